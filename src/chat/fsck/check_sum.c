/*
 * chat_check_sum: whether what is counted of files is what there is of them: each user's quota and
 * the references to each content. As others write meanwhile, all is counted twice, and a finding
 * stands that has stayed the same.
 */
#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/file/quota.h"
#include "chat/fsck/check_file.h"
#include "chat/key.h"

/* What belongs to a user or a content, as its files have it and as its record has it. */
struct sum {
	enum store_table table;
	unsigned char key[CHAT_BLOB_HASH];
	uint64_t found_bytes;
	uint64_t found_files;
	uint64_t bytes;
	uint64_t files;
};

struct sums {
	struct sum *list;
	size_t n;
	size_t room;
	bool failed;
};

static struct sum *
sums_add(struct sums *sums, enum store_table table, const void *key, size_t key_len)
{
	struct sum *sum;

	if (sums->n == sums->room) {
		size_t room = sums->room == 0 ? 256 : sums->room * 2;
		struct sum *bigger = reallocarray(sums->list, room, sizeof(*bigger));

		if (bigger == NULL) {
			sums->failed = true;
			return NULL;
		}
		sums->list = bigger;
		sums->room = room;
	}
	sum = &sums->list[sums->n++];
	*sum = (struct sum){ .table = table };
	memcpy(sum->key, key, key_len < sizeof(sum->key) ? key_len : sizeof(sum->key));
	return sum;
}

static int
add_file(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sums *sums = arg;
	struct chat_conversation place;
	struct chat_text name;
	struct chat_file file;
	unsigned char owner[CHAT_KEY_ID];
	struct sum *sum;

	if (!chat_file_parse(key, key_len, value, len, &place, &name, &file))
		return 0;
	chat_key_id(owner, file.owner);
	sum = sums_add(sums, STORE_QUOTAS, owner, sizeof(owner));
	if (sum == NULL)
		return 1;
	sum->found_bytes = file.size;
	sum->found_files = 1;
	sum = sums_add(sums, STORE_BODIES, file.hash, sizeof(file.hash));
	if (sum == NULL)
		return 1;
	sum->found_files = 1;
	return 0;
}

static int
add_quota(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct chat_quota quota = { .bytes = UINT64_MAX };
	struct sum *sum = sums_add(arg, STORE_QUOTAS, key, key_len);

	if (sum == NULL)
		return 1;
	chat_quota_parse(value, len, &quota);
	sum->bytes = quota.bytes;
	sum->files = quota.files;
	return 0;
}

static int
add_body(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct sum *sum = sums_add(arg, STORE_BODIES, key, key_len);

	if (sum == NULL)
		return 1;
	sum->files = len == 8 ? pack_get_u64(value) : 0;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct sum *left = a, *right = b;

	if (left->table != right->table)
		return left->table < right->table ? -1 : 1;
	return memcmp(left->key, right->key, sizeof(left->key));
}

/* Adds up what is of the same user or content, and keeps what does not fit. */
static void
sums_reduce(struct sums *sums)
{
	size_t kept = 0;

	if (sums->n > 1)
		qsort(sums->list, sums->n, sizeof(*sums->list), compare);
	for (size_t i = 0; i < sums->n;) {
		struct sum sum = sums->list[i++];

		while (i < sums->n && compare(&sum, &sums->list[i]) == 0) {
			sum.found_bytes += sums->list[i].found_bytes;
			sum.found_files += sums->list[i].found_files;
			sum.bytes += sums->list[i].bytes;
			sum.files += sums->list[i].files;
			i++;
		}
		if (sum.found_bytes != sum.bytes || sum.found_files != sum.files)
			sums->list[kept++] = sum;
	}
	sums->n = kept;
}

static int
sums_count(struct chat *chat, struct sums *sums)
{
	if (store_each(chat->store, STORE_FILES, add_file, sums) != 0 ||
	    store_each(chat->store, STORE_QUOTAS, add_quota, sums) != 0 ||
	    store_each(chat->store, STORE_BODIES, add_body, sums) != 0 || sums->failed)
		return -1;
	sums_reduce(sums);
	return 0;
}

/* Too few references, and a content would be removed that is still wanted. */
static void
report_sum(const struct sum *sum, chat_check_found *report, void *arg)
{
	char text[CHAT_CHECK_TEXT];

	if (sum->table == STORE_QUOTAS)
		snprintf(text, sizeof(text),
		    "user number %" PRIu64 ": %" PRIu64 " files of %" PRIu64
		    " bytes are counted as %" PRIu64 " of %" PRIu64,
		    pack_get_u64(sum->key), sum->found_files, sum->found_bytes, sum->files,
		    sum->bytes);
	else
		snprintf(text, sizeof(text),
		    "a content that %" PRIu64 " files have is counted %" PRIu64 " times",
		    sum->found_files, sum->files);
	report(arg, sum->table == STORE_BODIES && sum->files < sum->found_files, text);
}

/* Whether a finding is the same both times. */
static bool
stands(const struct sum *first, const struct sum *second)
{
	return first->found_bytes == second->found_bytes &&
	    first->found_files == second->found_files && first->bytes == second->bytes &&
	    first->files == second->files;
}

int
chat_check_sums(struct chat *chat, chat_check_found *report, void *arg)
{
	struct sums first = { .n = 0 }, second = { .n = 0 };
	int result = sums_count(chat, &first);

	if (result == 0 && first.n > 0)
		result = sums_count(chat, &second);
	for (size_t i = 0, j = 0; result == 0 && i < first.n && j < second.n;) {
		int order = compare(&first.list[i], &second.list[j]);

		if (order == 0 && stands(&first.list[i], &second.list[j]))
			report_sum(&first.list[i], report, arg);
		i += order <= 0;
		j += order >= 0;
	}
	free(first.list);
	free(second.list);
	return result;
}
