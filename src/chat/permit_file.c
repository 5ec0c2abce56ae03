/*
 * chat_permit_file: with a file that comes or goes, the references to its content and the quotas of
 * its owners change by what it is, and neither changes otherwise.
 */
#include <string.h>

#include "chat/file/quota.h"
#include "chat/permit_int.h"

static bool
read_record(const struct store_step *step, struct permit_file *file, struct chat_file *record)
{
	return chat_file_parse(step->key + 1, step->key_len - 1, step->value, step->len,
	    &file->conversation, &file->name, record);
}

bool
chat_permit_file_change(const struct permit *permit, struct permit_file *file)
{
	const struct store_step *change = NULL, *expected;

	for (unsigned int i = 0; i < permit->n; i++) {
		const struct store_step *step = &permit->steps[i];

		if (chat_permit_step_table(step) != CHAT_TABLE_FILES ||
		    !chat_permit_step_replaces(step))
			continue;
		if (change != NULL)
			return false;
		change = step;
	}
	if (change == NULL)
		return false;
	expected = chat_permit_step_expected(permit, change);
	*file = (struct permit_file){ .is = change->kind == STORE_STEP_PUT,
		.was = expected != NULL && expected->kind == STORE_STEP_EXPECT };
	return expected != NULL &&
	    chat_file_parse_key(change->key + 1, change->key_len - 1, &file->conversation,
	        &file->name) &&
	    (!file->was || read_record(expected, file, &file->before)) &&
	    (!file->is || read_record(change, file, &file->after));
}

static bool
has_content(bool there, const struct chat_file *file, const unsigned char *hash)
{
	return there && memcmp(file->hash, hash, CHAT_BLOB_HASH) == 0;
}

bool
chat_permit_file_blob_may(struct permit *permit, const struct store_step *step)
{
	struct permit_file file;
	uint64_t before, after;
	size_t len;
	const unsigned char *hash = chat_permit_step_key(step, &len);

	if (len != CHAT_BLOB_HASH || !chat_permit_file_change(permit, &file) ||
	    !chat_permit_step_numbers(permit, step, sizeof(before), &before, &after))
		return false;
	bool less = has_content(file.was, &file.before, hash);
	bool more = has_content(file.is, &file.after, hash);
	if (less == more)
		return false;
	return more ? after == before + 1 : after == (before > 0 ? before - 1 : 0);
}

static bool
read_quota(const struct store_step *step, struct chat_quota *quota)
{
	*quota = (struct chat_quota){ .bytes = 0 };
	if (step->kind == STORE_STEP_DELETE || step->kind == STORE_STEP_EXPECT_ABSENT)
		return true;
	return chat_quota_parse(step->value, step->len, quota);
}

bool
chat_permit_file_quota_may(struct permit *permit, const struct store_step *step)
{
	const struct store_step *expected = chat_permit_step_expected(permit, step);
	struct chat_quota before, after;
	struct permit_file file;
	uint64_t owner;

	if (!chat_permit_step_id(step, &owner) || !chat_permit_step_replaces(step) ||
	    expected == NULL || !read_quota(expected, &before) || !read_quota(step, &after) ||
	    !chat_permit_file_change(permit, &file))
		return false;
	bool less = file.was && file.before.owner == owner;
	bool more = file.is && file.after.owner == owner;
	if (less) {
		before.bytes -= file.before.size < before.bytes ? file.before.size : before.bytes;
		before.files -= before.files > 0;
	}
	if (more) {
		before.bytes += file.after.size;
		before.files++;
	}
	/* A record of no files is none, whatever the bytes. */
	return (less || more) && after.files == before.files &&
	    (after.files == 0 || after.bytes == before.bytes);
}

static bool
is_counted(const struct permit *permit, const struct chat_file *file, bool with_content)
{
	unsigned char owner[CHAT_KEY_ID];

	chat_key_id(owner, file->owner);
	return chat_permit_step_change(permit, CHAT_TABLE_QUOTAS, owner, sizeof(owner)) != NULL &&
	    (!with_content ||
	        chat_permit_step_change(permit, CHAT_TABLE_BLOBS, file->hash, sizeof(file->hash)) !=
	            NULL);
}

bool
chat_permit_file_whole(const struct permit *permit, const struct permit_file *file)
{
	bool other = !file->was || !file->is ||
	    memcmp(file->before.hash, file->after.hash, CHAT_BLOB_HASH) != 0;

	return (!file->was || is_counted(permit, &file->before, other)) &&
	    (!file->is || is_counted(permit, &file->after, other));
}
