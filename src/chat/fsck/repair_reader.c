/*
 * chat_repair_reader: sessions of users who are there, and how far they have read what they can
 * read; all else is dropped.
 */
#include <inttypes.h>

#include "chat/fsck/repair_int.h"

static void
settle_sessions(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_TOKENS];
	uint64_t dropped = 0;

	for (size_t i = 0; i < rows->n; i++) {
		struct repair_record *record = &rows->list[i];
		struct unpack u;

		unpack_init(&u, record->value, record->len);
		bool known = unpack_u8(&u) == 1;
		uint64_t user = unpack_u64(&u);
		unpack_u32(&u);
		unpack_i64(&u);
		if (known && !u.bad && u.pos == record->len && chat_repair_has_user(r, user))
			continue;
		repair_rows_drop(record);
		dropped++;
	}
	if (dropped > 0)
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
		    "%" PRIu64 " sessions of users who are gone, or that were damaged", dropped);
}

static bool
is_member(struct chat_repair *r, uint64_t group, uint64_t user)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, group, user);
	return repair_rows_find(&r->tables[STORE_MEMBERS], key, sizeof(key)) != NULL;
}

static bool
reads(struct chat_repair *r, uint64_t user, uint64_t log)
{
	unsigned char key[CHAT_KEY_ID];
	uint64_t destination;

	chat_key_id(key, log);
	destination = repair_rows_number(&r->logs, key, sizeof(key));
	return log == user || is_member(r, log, user) ||
	    (destination != 0 && (destination == user || is_member(r, destination, user)));
}

int
chat_repair_readers(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_CURSORS];
	uint64_t dropped = 0, lowered = 0;

	settle_sessions(r);
	for (size_t i = 0; i < rows->n; i++) {
		struct repair_record *record = &rows->list[i];
		struct store_log_info info;

		if (record->key_len != CHAT_KEY_PAIR || record->len != 8 ||
		    !chat_repair_has_user(r, pack_get_u64(record->key)) ||
		    !reads(r, pack_get_u64(record->key), pack_get_u64(record->key + 8))) {
			repair_rows_drop(record);
			dropped++;
			continue;
		}
		if (store_log_info(r->chat->store, pack_get_u64(record->key + 8), &info) !=
		    STORE_OK)
			return -1;
		if (pack_get_u64(record->value) <= info.last)
			continue;
		repair_rows_put_number(rows, record->key, record->key_len, info.last);
		lowered++;
	}
	if (dropped > 0)
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
		    "%" PRIu64 " read positions of users and members who are gone", dropped);
	if (lowered > 0)
		store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
		    "%" PRIu64 " read positions were behind the end of their logs", lowered);
	return 0;
}
