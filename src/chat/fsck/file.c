/*
 * chat_fsck file: the files that users have sent each other, and what is counted of them. A file
 * without its content is lost; that of a message in an outbox has its record back from the message.
 */
#include "chat/file/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/file/quota.h"
#include "chat/fsck/int.h"
#include "chat/realm/outbox.h"
#include "chat/table.h"

static void
drop_file(struct chat_fsck *f, struct chat_fsck_row *row, const char *why)
{
	char first[CHAT_FSCK_NAME], second[CHAT_FSCK_NAME];
	struct chat_conversation place;
	struct chat_text name;

	if (!chat_file_parse_key(row->key, row->key_len, &place, &name))
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_FILES, row, "a file: %s", why);
	else if (chat_conversation_is_outbound(place))
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_FILES, row,
		    "the file of a message that waits for another realm: %s", why);
	else if (place.first == 0)
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_FILES, row,
		    "file %.*s of group %s: %s", (int)name.len, name.data,
		    chat_fsck_name(f, place.second, second), why);
	else
		chat_fsck_say(f, STORE_FOUND_LOST, CHAT_TABLE_FILES, row,
		    "file %.*s of %s and %s: %s", (int)name.len, name.data,
		    chat_fsck_name(f, place.first, first), chat_fsck_name(f, place.second, second),
		    why);
	chat_fsck_rows_drop(row);
}

static bool
has_person(const struct chat_fsck *f, uint64_t id)
{
	return chat_fsck_has_user(f, id) || chat_fsck_has_remote_user(f, id);
}

static bool
has_conversation(const struct chat_fsck *f, struct chat_conversation place)
{
	if (chat_conversation_is_outbound(place))
		return true;
	return place.first == 0 ? chat_fsck_has_group(f, place.second)
	                        : has_person(f, place.first) && has_person(f, place.second);
}

static bool
parse_file(const struct chat_fsck_row *row, struct chat_conversation *place, struct chat_text *name,
    struct chat_file *file)
{
	struct chat_text last;

	return chat_file_parse(row->key, row->key_len, chat_fsck_value(row), row->len, place, name,
	           file) &&
	    chat_file_name(*name, &last) == CHAT_OK && last.len == name->len;
}

/* 0, or -1: the directory of contents cannot be read. */
static int
check_file(struct chat_fsck *f, struct chat_fsck_row *row, uint64_t *stale)
{
	unsigned char data[CHAT_FILE_RECORD];
	struct chat_conversation place;
	struct chat_text name;
	struct chat_file file;
	char why[80];
	int64_t size;

	if (!parse_file(row, &place, &name, &file)) {
		drop_file(f, row, "the record is damaged");
		return 0;
	}
	if (chat_conversation_is_outbound(place))
		chat_fsck_take_id(f, place.first);
	size = chat_blob_size(f->chat->config, file.hash);
	if (size < 0 && errno != ENOENT)
		return -1;
	if (!has_conversation(f, place)) {
		++*stale;
	} else if (size < 0) {
		drop_file(f, row, "the content is missing");
	} else if ((uint64_t)size != file.size) {
		snprintf(why, sizeof(why), "the content has %" PRId64 " bytes instead of %" PRIu64,
		    size, file.size);
		drop_file(f, row, why);
	} else if (row->len > chat_file_pack(data, &file)) {
		chat_fsck_say(f, STORE_FOUND_STALE, CHAT_TABLE_FILES, row,
		    "file %.*s: its record is too long", (int)name.len, name.data);
		chat_fsck_rows_put(&f->tables[CHAT_TABLE_FILES], row->key, row->key_len, data,
		    chat_file_pack(data, &file));
	}
	return 0;
}

static int
check_files(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	uint64_t stale = 0;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_FILES], &i)) != NULL;)
		if (check_file(f, row, &stale) != 0)
			return -1;
	chat_fsck_say_count(f, STORE_FOUND_WARNING, CHAT_TABLE_FILES, stale,
	    "files of users and groups who are gone: they will be removed");
	return 0;
}

/* The outbox that is gone through. */
struct visit {
	struct chat_fsck *f;
	const struct chat_peer *peer;
};

static int
look_at_outbound(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	const struct visit *visit = arg;
	struct chat_fsck_rows *rows = &visit->f->tables[CHAT_TABLE_FILES];
	unsigned char key[CHAT_FILE_KEY], data[CHAT_FILE_RECORD];
	struct chat_file file;

	if (outbound == NULL)
		store_fsck_say(visit->f->fsck, STORE_FOUND_LOST, entry->log,
		    "realm %s: message %" PRIu64 " that waits for it is damaged", visit->peer->name,
		    entry->number);
	if (outbound == NULL || !outbound->file)
		return 0;
	chat_fsck_take_id(visit->f, outbound->file_id);
	size_t key_len =
	    chat_file_key(key, chat_conversation_outbound(outbound->file_id), chat_file_enclosed());
	if (chat_fsck_rows_find(rows, key, key_len) != NULL)
		return 0;
	store_fsck_say(visit->f->fsck, STORE_FOUND_DAMAGED, entry->log,
	    "realm %s: message %" PRIu64 " that waits for it lacks its file", visit->peer->name,
	    entry->number);
	file = (struct chat_file){ .owner = outbound->from_id,
		.size = outbound->size,
		.sent_ms = entry->time_ms };
	memcpy(file.hash, outbound->hash, sizeof(file.hash));
	chat_fsck_rows_put(rows, key, key_len, data, chat_file_pack(data, &file));
	return 0;
}

static int
check_outbounds(struct chat_fsck *f)
{
	struct chat_peer peer;
	struct visit visit = { .f = f, .peer = &peer };

	for (size_t i = 0; chat_fsck_next_peer(f, &i, &peer);)
		if (chat_outbox_each(f->chat, peer.id, 0, look_at_outbound, &visit) != CHAT_OK)
			return -1;
	return 0;
}

/* Adds a file to what its owner has, and to the references of its content. */
static void
add_file(struct chat_fsck_rows *quotas, struct chat_fsck_rows *bodies, const struct chat_file *file)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_QUOTA_RECORD];
	struct chat_quota quota = { .bytes = 0 };
	const struct chat_fsck_row *row = chat_fsck_rows_find_id(quotas, file->owner);

	if (row != NULL)
		chat_quota_parse(chat_fsck_value(row), row->len, &quota);
	quota.bytes += file->size;
	quota.files++;
	chat_key_id(key, file->owner);
	chat_fsck_rows_put(quotas, key, sizeof(key), data, chat_quota_pack(data, &quota));
	chat_fsck_rows_put_number(bodies, file->hash, sizeof(file->hash),
	    chat_fsck_rows_number(bodies, file->hash, sizeof(file->hash)) + 1);
}

/* Tells how a quota, or the references to a content, were counted; both rows may be absent. */
static void
say_sum(struct chat_fsck *f, int table, const struct chat_fsck_row *was,
    const struct chat_fsck_row *now)
{
	struct chat_quota before = { .bytes = 0 }, after = { .bytes = 0 };
	uint64_t counted = was == NULL || was->len != 8 ? 0 : pack_get_u64(chat_fsck_value(was));
	uint64_t have = now == NULL ? 0 : pack_get_u64(chat_fsck_value(now));

	if (table == CHAT_TABLE_BLOBS) {
		/* With too few references a content would be removed that is still wanted. */
		chat_fsck_say(f, counted < have ? STORE_FOUND_DAMAGED : STORE_FOUND_STALE, table,
		    now == NULL ? was : now,
		    "a content that %" PRIu64 " files have is counted %" PRIu64 " times", have,
		    counted);
		return;
	}
	if (was != NULL)
		chat_quota_parse(chat_fsck_value(was), was->len, &before);
	if (now != NULL)
		chat_quota_parse(chat_fsck_value(now), now->len, &after);
	chat_fsck_say(f, STORE_FOUND_STALE, table, now == NULL ? was : now,
	    "user " CHAT_FSCK_NUMBER ": %" PRIu32 " files of %" PRIu64
	    " bytes are counted as %" PRIu32 " of %" PRIu64,
	    pack_get_u64((now == NULL ? was : now)->key), after.files, after.bytes, before.files,
	    before.bytes);
}

static void
replace_sums(struct chat_fsck *f, int table, const struct chat_fsck_rows *sums)
{
	struct chat_fsck_rows *rows = &f->tables[table];
	struct chat_fsck_row *row;

	for (size_t i = 0; (row = chat_fsck_rows_next(sums, &i)) != NULL;) {
		const struct chat_fsck_row *was = chat_fsck_rows_find(rows, row->key, row->key_len);

		if (was != NULL && was->len == row->len &&
		    memcmp(chat_fsck_value(was), chat_fsck_value(row), row->len) == 0)
			continue;
		say_sum(f, table, was, row);
		chat_fsck_rows_put(rows, row->key, row->key_len, chat_fsck_value(row), row->len);
	}
	for (size_t i = 0; (row = chat_fsck_rows_next(rows, &i)) != NULL;) {
		if (chat_fsck_rows_find(sums, row->key, row->key_len) != NULL)
			continue;
		say_sum(f, table, row, NULL);
		chat_fsck_rows_drop(row);
	}
	rows->failed |= sums->failed;
}

static void
count_files(struct chat_fsck *f)
{
	struct chat_fsck_rows quotas = { .n = 0 }, bodies = { .n = 0 };
	const struct chat_fsck_row *row;
	struct chat_conversation place;
	struct chat_text name;
	struct chat_file file;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_FILES], &i)) != NULL;)
		if (parse_file(row, &place, &name, &file))
			add_file(&quotas, &bodies, &file);
	replace_sums(f, CHAT_TABLE_QUOTAS, &quotas);
	replace_sums(f, CHAT_TABLE_BLOBS, &bodies);
	chat_fsck_rows_free(&quotas);
	chat_fsck_rows_free(&bodies);
}

int
chat_fsck_files(struct chat_fsck *f)
{
	if (check_files(f) != 0 || check_outbounds(f) != 0)
		return -1;
	count_files(f);
	return 0;
}
