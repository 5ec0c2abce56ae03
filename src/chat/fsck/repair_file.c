/*
 * chat_repair_file: the files that users have sent each other, and what is counted of them. One
 * whose content is gone is gone; what a letter encloses has its record back from the letter.
 */
#include <inttypes.h>
#include <string.h>

#include "chat/file/file.h"
#include "chat/file/quota.h"
#include "chat/fsck/repair_int.h"
#include "chat/realm/outbox.h"
#include "chat/realm/peer.h"

static bool
name_possible(struct chat_text given)
{
	struct chat_text name;

	return chat_file_name(given, &name) == CHAT_OK && name.len == given.len;
}

static void
drop_file(struct chat_repair *r, struct repair_record *record, struct chat_conversation place,
    struct chat_text name, const char *why)
{
	char first[CHAT_REPAIR_NAME], second[CHAT_REPAIR_NAME];

	if (chat_conversation_is_outbound(place))
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "the file of a letter: %s", why);
	else if (place.first == 0)
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "file %.*s of group %s: %s",
		    (int)name.len, name.data, chat_repair_name(r, place.second, second), why);
	else
		store_fsck_say(r->fsck, STORE_FOUND_LOST, 0, "file %.*s of %s and %s: %s",
		    (int)name.len, name.data, chat_repair_name(r, place.first, first),
		    chat_repair_name(r, place.second, second), why);
	if (record != NULL)
		repair_rows_drop(record);
}

/* Whose length is damaged. */
static void
shorten(struct repair_rows *rows, const struct repair_record *record, const struct chat_file *file)
{
	unsigned char data[CHAT_FILE_RECORD];
	size_t len = chat_file_pack(data, file);

	if (record->len > len)
		repair_rows_put(rows, record->key, record->key_len, data, len);
}

static void
settle_files(struct chat_repair *r)
{
	struct repair_rows *rows = &r->tables[STORE_FILES];

	for (size_t i = 0; i < rows->n; i++) {
		struct repair_record *record = &rows->list[i];
		struct chat_conversation place = { .first = 0 };
		struct chat_text name = { .data = (const char *)record->key, .len = 0 };
		struct chat_file file;
		int64_t size;

		if (record->key_len > CHAT_KEY_PAIR) {
			place.first = pack_get_u64(record->key);
			place.second = pack_get_u64(record->key + 8);
			name.data = (const char *)record->key + CHAT_KEY_PAIR;
			name.len = record->key_len - CHAT_KEY_PAIR;
		}
		if (!chat_file_parse(record->key, record->key_len, record->value, record->len,
		        &place, &name, &file) ||
		    !name_possible(name)) {
			drop_file(r, record, place, name, "its record");
			continue;
		}
		shorten(rows, record, &file);
		size = chat_blob_size(r->chat->config, file.hash);
		if (size < 0)
			drop_file(r, record, place, name, "the content is missing");
		else if ((uint64_t)size != file.size)
			drop_file(r, record, place, name, "the content is not as long as it was");
		if (chat_conversation_is_outbound(place))
			chat_repair_id(r, place.first);
	}
}

static int
look_at_outbound(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct chat_repair *r = arg;
	struct repair_rows *rows = &r->tables[STORE_FILES];
	struct chat_text name = chat_file_enclosed();
	unsigned char key[CHAT_KEY_PAIR + CHAT_FILE_NAME_MAX], data[CHAT_FILE_RECORD];
	struct chat_file file;

	if (outbound == NULL || !outbound->file)
		return 0;
	chat_repair_id(r, outbound->file_id);
	chat_key_pair(key, outbound->file_id, 0);
	memcpy(key + CHAT_KEY_PAIR, name.data, name.len);
	if (repair_rows_find(rows, key, CHAT_KEY_PAIR + name.len) != NULL)
		return 0;
	file = (struct chat_file){ .owner = outbound->from_id,
		.size = outbound->size,
		.sent_ms = entry->time_ms };
	memcpy(file.hash, outbound->hash, sizeof(file.hash));
	size_t len = chat_file_pack(data, &file);
	repair_rows_put(rows, key, CHAT_KEY_PAIR + name.len, data, len);
	store_fsck_say(r->fsck, STORE_FOUND_DAMAGED, 0,
	    "the record of a file that waits for another realm");
	return 0;
}

static int
settle_outbounds(struct chat_repair *r)
{
	const struct repair_rows *peers = &r->tables[STORE_PEERS];
	struct chat_peer peer;

	for (size_t i = 0; i < peers->n; i++)
		if (!peers->list[i].gone &&
		    chat_peer_parse(&peer, peers->list[i].value, peers->list[i].len) &&
		    chat_outbox_each(r->chat, peer.id, 0, look_at_outbound, r) != CHAT_OK)
			return -1;
	return 0;
}

/* Names that are listed, but whose records are gone. */
static void
tell_missing(struct chat_repair *r)
{
	const struct repair_rows *sets = &r->tables[STORE_SETS];

	for (size_t i = 0; i < sets->n; i++) {
		const struct repair_record *record = &sets->list[i];
		unsigned char key[CHAT_KEY_PAIR + CHAT_FILE_NAME_MAX];
		struct chat_set_row row;
		struct chat_conversation place;
		struct chat_set names;
		struct chat_text name;

		chat_set_row(&row, record->key, record->key_len, record->value, record->len);
		if (row.record != CHAT_SET_INDEX || row.set.len != 1 + CHAT_KEY_PAIR ||
		    row.member_len > CHAT_FILE_NAME_MAX)
			continue;
		place.first = pack_get_u64(row.set.name + 1);
		place.second = pack_get_u64(row.set.name + 9);
		names = chat_file_names(place);
		if (names.name[0] != row.set.name[0])
			continue;
		name =
		    (struct chat_text){ .data = (const char *)row.member, .len = row.member_len };
		chat_key_pair(key, place.first, place.second);
		memcpy(key + CHAT_KEY_PAIR, name.data, name.len);
		if (repair_rows_find(&r->tables[STORE_FILES], key, CHAT_KEY_PAIR + name.len) ==
		    NULL)
			drop_file(r, NULL, place, name, "its record");
	}
}

static void
charge(struct chat_repair *r, struct repair_rows *quotas, const struct chat_file *file)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_QUOTA_RECORD];
	struct chat_quota quota = { .bytes = 0 };
	struct repair_rows *bodies = &r->tables[STORE_BODIES];
	const struct repair_record *record;
	uint64_t references;

	chat_key_id(key, file->owner);
	record = repair_rows_find(quotas, key, sizeof(key));
	if (record != NULL && record->marked)
		chat_quota_parse(record->value, record->len, &quota);
	quota.bytes += file->size;
	quota.files++;
	size_t len = chat_quota_pack(data, &quota);
	repair_rows_put(quotas, key, sizeof(key), data, len);
	record = repair_rows_find(bodies, file->hash, sizeof(file->hash));
	references = record != NULL && record->marked
	    ? repair_rows_number(bodies, file->hash, sizeof(file->hash))
	    : 0;
	repair_rows_put_number(bodies, file->hash, sizeof(file->hash), references + 1);
}

/* What was changed on the way to the same sum need not be written. */
static void
count_files(struct chat_repair *r)
{
	const struct repair_rows *rows = &r->tables[STORE_FILES];
	struct repair_rows *quotas = &r->tables[STORE_QUOTAS];

	repair_rows_unmark(quotas);
	repair_rows_unmark(&r->tables[STORE_BODIES]);
	for (size_t i = 0; i < rows->n; i++) {
		struct chat_conversation place;
		struct chat_text name;
		struct chat_file file;

		if (!rows->list[i].gone &&
		    chat_file_parse(rows->list[i].key, rows->list[i].key_len, rows->list[i].value,
		        rows->list[i].len, &place, &name, &file))
			charge(r, quotas, &file);
	}
	repair_rows_drop_unmarked(quotas);
	repair_rows_drop_unmarked(&r->tables[STORE_BODIES]);
}

int
chat_repair_files(struct chat_repair *r)
{
	settle_files(r);
	if (settle_outbounds(r) != 0)
		return -1;
	tell_missing(r);
	count_files(r);
	return 0;
}
