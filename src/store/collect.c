/*
 * store_collect: removes files of logs in which little is still kept. Trimming only moves the
 * beginning of a log; the space is freed when the whole file goes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/vector.h"
#include "store/int.h"
#include "store/store_admin.h"

#define KEPT_PART        8   /* a file goes when less than an eighth of its entries is kept */
#define CARRY_AT_ONCE    256 /* entries carried in one transaction */
#define HEADS_REMEMBERED 1024

/* The entries of a file that are still kept. */
struct kept {
	struct store *store;
	uint64_t *seqs;
	size_t n;
	size_t all;
	bool failed;
	struct {
		uint64_t log;
		uint64_t first; /* 0: nothing is remembered here */
	} heads[HEADS_REMEMBERED];
};

/* The number of the oldest entry that a log keeps; 0 if it cannot be read. */
static uint64_t
find_first_kept(struct kept *kept, struct store_file *current, uint64_t log)
{
	size_t slot = log % HEADS_REMEMBERED;
	struct store_head head;

	if (kept->heads[slot].first != 0 && kept->heads[slot].log == log)
		return kept->heads[slot].first;
	if (store_head_get(current, log, &head) != STORE_OK)
		return 0;
	kept->heads[slot].log = log;
	kept->heads[slot].first = head.first;
	return head.first;
}

static int
keep_entry(struct kept *kept, uint64_t seq)
{
	uint64_t *added = vector_add(&kept->seqs, &kept->n, sizeof(*added));

	if (added == NULL)
		return -1;
	*added = seq;
	return 0;
}

/* 1: one of its logs keeps the entry, 0: none does, or -1. */
static int
is_kept(struct kept *kept, const struct store_entry_record *record)
{
	struct store_file *current = kept->store->logs[kept->store->n_logs - 1].file;

	for (unsigned int i = 0; i < record->n; i++) {
		uint64_t first = find_first_kept(kept, current, record->places[i].log);

		if (first == 0)
			return -1;
		if (record->places[i].number >= first)
			return 1;
	}
	return 0;
}

static int
look_at_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct kept *kept = arg;
	const unsigned char *bytes = key;
	struct store_entry_record record;

	if (key_len != STORE_RECORD_KEY || bytes[0] != STORE_RECORD_ENTRY ||
	    store_record_parse(&record, value, len) != 0)
		return 0;
	kept->all++;
	int result = is_kept(kept, &record);
	if (result > 0)
		result = keep_entry(kept, pack_get_u64(bytes + 1));
	kept->failed = result != 0;
	return result;
}

static int
carry_entries(struct store *store, const struct kept *kept)
{
	struct store_tx tx;

	for (size_t done = 0; done < kept->n;) {
		store_tx_init(&tx);
		for (size_t i = 0; i < CARRY_AT_ONCE && done < kept->n; i++)
			store_tx_carry(&tx, kept->seqs[done++]);
		if (store_commit(store, &tx, NULL) != STORE_OK)
			return -1;
	}
	return 0;
}

/* 1 when the file can be removed, 0 when it stays, -1. */
static int
collect_file(struct store *store, size_t index)
{
	struct store_file *file = store_files_at(store, index);
	struct kept *kept = calloc(1, sizeof(*kept));
	int result = -1;

	if (kept == NULL || file == NULL) {
		free(kept);
		return -1;
	}
	kept->store = store;
	if (store_file_each(file, look_at_record, kept) != 0 || kept->failed)
		log_warnx("store: cannot look through a file of logs");
	else if (kept->n * KEPT_PART > kept->all)
		result = 0;
	else
		result = carry_entries(store, kept) == 0 ? 1 : -1;
	free(kept->seqs);
	free(kept);
	return result;
}

/* Carries what is kept of files that can go, and lists these. 0 or -1. */
static int
collect_files(struct store *store, uint64_t **seqs, size_t *n)
{
	uint64_t after = 0, *added;

	for (;;) {
		size_t i = 0;

		/* The transactions of each turn may change the list: go on by seq. */
		if (store_files_refresh(store) != 0 || store_files_current(store) == NULL)
			return -1;
		while (i + 1 < store->n_logs && store->logs[i].first_seq <= after)
			i++;
		if (i + 1 >= store->n_logs)
			return 0;
		after = store->logs[i].first_seq;
		int result = collect_file(store, i);
		if (result < 0 ||
		    (result > 0 && (added = vector_add(seqs, n, sizeof(*added))) == NULL))
			return -1;
		if (result > 0)
			*added = after;
	}
}

static int
drop_file(struct store *store, uint64_t first_seq)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_drop(&tx, first_seq);
	return store_commit(store, &tx, NULL) == STORE_OK ? 0 : -1;
}

int
store_collect(struct store *store, size_t *dropped)
{
	uint64_t *seqs = NULL;
	size_t n = 0;
	int result = collect_files(store, &seqs, &n);

	*dropped = 0;
	/* After a power cut what was carried is in the checkpoint, or nowhere. */
	if (result == 0 && n > 0 && store_client_task(store, STORE_PART_CHECKPOINT) != STORE_OK)
		result = -1;
	while (result == 0 && *dropped < n) {
		result = drop_file(store, seqs[*dropped]);
		*dropped += result == 0;
	}
	free(seqs);
	return result;
}
