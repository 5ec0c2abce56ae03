/*
 * store_log: the entries of logs. Entries of all logs share one sequence; each entry points back to
 * the one before it in its log and to one further back, as in skew-binary random access lists
 * (Myers 1983), so that any number is found in O(log n) steps from the newest without an index. The
 * end of a log is left to store_head. An entry that is in several logs has a place in each, with
 * what leads back there. The bytes of entries are left to store_record.
 */
#include <errno.h>
#include <string.h>

#include "store/int.h"

/* One more than the index of the last file that begins at or before a seq; 0: none does. */
static size_t
find_first_file(const struct store *store, uint64_t seq)
{
	size_t i = store->n_logs;

	while (i > 0 && store->logs[i - 1].first_seq > seq)
		i--;
	return i;
}

/* An entry is in the file of its seq, or in a later one if it was carried forward. */
static enum store_status
find_in_files(struct store *store, uint64_t seq, void *value, size_t size, size_t *len)
{
	unsigned char key[STORE_RECORD_KEY];
	size_t from = find_first_file(store, seq);

	store_key_make(key, STORE_RECORD_ENTRY, seq);
	for (size_t i = from == 0 ? 0 : from - 1; i < store->n_logs; i++) {
		struct store_file *file = store_files_at(store, i);
		enum store_status status;

		if (file == NULL && errno != ENOENT)
			return STORE_FAILED; /* a file that cannot be opened now is not gone */
		if (file == NULL)
			continue;
		status = store_file_get(file, key, sizeof(key), value, size, len);
		if (status != STORE_ABSENT)
			return status;
	}
	return STORE_ABSENT;
}

/*
 * The record of an entry, until the next call. A writer forgets those that it remembers when a
 * transaction is cancelled: another entry gets the seq then.
 */
static enum store_status
find_record(struct store *store, uint64_t seq, const unsigned char **record, size_t *len)
{
	struct store_entry_cache *cache = &store->entries;
	unsigned char *room;
	enum store_status status;

	if (seq == 0)
		return STORE_ABSENT;
	*record = store_entry_cache_find(cache, seq, len);
	if (*record != NULL)
		return STORE_OK;
	*record = room = store_entry_cache_room(cache, STORE_RECORD_MAX);
	if (room == NULL)
		return STORE_FAILED;
	store->entries_read++;
	status = find_in_files(store, seq, room, STORE_RECORD_MAX, len);
	if (status == STORE_ABSENT && store->writer == NULL) {
		if (store_files_refresh(store) != 0) /* a file has come or gone since we looked */
			return STORE_FAILED;
		status = find_in_files(store, seq, room, STORE_RECORD_MAX, len);
	}
	if (status == STORE_OK && *len > STORE_RECORD_MAX)
		return STORE_FAILED;
	if (status == STORE_OK)
		store_entry_cache_keep(cache, seq, *len);
	return status;
}

/* An entry's record, parsed; *data is where its data begins, until the next call. */
static enum store_status
read_record(struct store *store, uint64_t seq, struct store_entry_record *record,
    const unsigned char **data)
{
	const unsigned char *bytes;
	size_t len;
	enum store_status status = find_record(store, seq, &bytes, &len);

	if (status != STORE_OK)
		return status;
	if (store_record_parse(record, bytes, len) != 0)
		return STORE_FAILED;
	*data = bytes + record->at;
	return STORE_OK;
}

enum store_status
store_log_header(struct store *store, uint64_t seq, uint64_t log, struct store_header *header)
{
	const struct store_header *place;
	const unsigned char *data;
	struct store_entry_record record;
	enum store_status status = read_record(store, seq, &record, &data);

	if (status != STORE_OK)
		return status;
	place = store_record_place(&record, log);
	if (place == NULL)
		return STORE_ABSENT;
	*header = *place;
	return STORE_OK;
}

/* Chooses the jump of the next entry: past that of the newest if the last two are equally long. */
static void
choose_jump(struct store *store, const struct store_head *head, struct store_header *header)
{
	struct store_header far;

	if (head->last_seq == 0)
		return;
	if (head->last - head->jump != head->jump - head->jump2) {
		header->jump = head->last;
		header->jump_seq = head->last_seq;
		header->jump2 = head->jump;
		header->jump2_seq = head->jump_seq;
		return;
	}
	header->jump = head->jump2;
	header->jump_seq = head->jump2_seq;
	if (head->jump2 >= head->first &&
	    store_log_header(store, head->jump2_seq, header->log, &far) == STORE_OK) {
		header->jump2 = far.jump;
		header->jump2_seq = far.jump_seq;
	}
}

/* Leaves the numbers unused of newest entries that a repair did not find. */
static void
leave_gap(struct store *store, struct store_head *head, struct store_header *header)
{
	struct store_header newest;

	if (!head->cut ||
	    store_log_header(store, head->last_seq, header->log, &newest) != STORE_OK ||
	    newest.number > head->last)
		return;
	header->lost = head->last - newest.number;
	head->last = newest.number;
}

/* The next entries of its logs are likely to lead back to what it led back to. */
static int
insert_entry(struct store *store, uint64_t seq, const struct store_entry_record *record,
    const void *data, size_t len)
{
	unsigned char key[STORE_RECORD_KEY];
	unsigned char *value = store_entry_cache_room(&store->entries, STORE_RECORD_MAX);
	struct pack p;

	if (value == NULL)
		return -1;
	pack_init(&p, value, STORE_RECORD_MAX);
	store_record_pack(&p, record->places, record->n);
	pack_raw(&p, data, len);
	if (p.overflow) {
		errno = EMSGSIZE;
		return -1;
	}
	store_key_make(key, STORE_RECORD_ENTRY, seq);
	if (store_file_insert(store_files_current(store), key, sizeof(key), value, p.len) != 0)
		return -1;
	store_entry_cache_keep(&store->entries, seq, p.len);
	return 0;
}

/* Takes the next number of a log for an entry of this size. -1 with errno set. */
static int
take_place(struct store *store, uint64_t seq, size_t len, struct store_header *place)
{
	struct store_head head;

	if (store_head_take(store, place->log, &head) != STORE_OK)
		return -1;
	place->number = head.last + 1;
	place->prev_seq = head.last_seq;
	leave_gap(store, &head, place);
	choose_jump(store, &head, place);
	head.last = place->number;
	head.last_seq = seq;
	head.bytes += len;
	head.jump = place->jump;
	head.jump_seq = place->jump_seq;
	head.jump2 = place->jump2;
	head.jump2_seq = place->jump2_seq;
	head.cut = false;
	return store_head_set(store, place->log, &head);
}

int
store_log_append(struct store *store, const struct store_step *step, uint64_t *seq)
{
	struct store_writer *writer = store->writer;
	struct store_entry_record record = { .n = 1 + step->n_also };

	for (unsigned int i = 0; i < record.n; i++) {
		record.places[i] =
		    (struct store_header){ .log = i == 0 ? step->log : step->also[i - 1],
			    .time_ms = writer->last_time_ms };
		if (take_place(store, writer->next_seq, step->len, &record.places[i]) != 0)
			return -1;
	}
	if (insert_entry(store, writer->next_seq, &record, step->value, step->len) != 0)
		return -1;
	*seq = writer->next_seq++;
	return 0;
}

void
store_log_forget(struct store *store)
{
	store_head_drop(store);
	store_entry_cache_clear(&store->entries);
}

int
store_log_carry(struct store *store, uint64_t seq)
{
	unsigned char key[STORE_RECORD_KEY];
	const unsigned char *record;
	size_t len;
	enum store_status status = find_record(store, seq, &record, &len);

	if (status == STORE_ABSENT)
		return 0; /* trimmed and removed with its file meanwhile */
	if (status != STORE_OK) {
		errno = EIO;
		return -1;
	}
	store_key_make(key, STORE_RECORD_ENTRY, seq);
	return store_file_put(store_files_current(store), key, sizeof(key), record, len);
}

enum store_status
store_log_info(struct store *store, uint64_t log, struct store_log_info *info)
{
	struct store_file *file = store_files_current(store);
	struct store_head head;
	enum store_status status;

	if (file == NULL)
		return STORE_FAILED;
	status = store->writer != NULL ? store_head_take(store, log, &head)
	                               : store_head_get(file, log, &head);
	if (status == STORE_OK)
		*info = (struct store_log_info){ .first = head.first,
			.last = head.last,
			.bytes = head.bytes,
			.closed = head.closed };
	return status;
}

enum store_status
store_entry(struct store *store, uint64_t seq, struct store_entry *entry)
{
	const struct store_header *first;
	struct store_entry_record record;
	enum store_status status = read_record(store, seq, &record, &entry->data);

	if (status != STORE_OK)
		return status;
	first = &record.places[0];
	entry->log = first->log;
	entry->number = first->number;
	entry->n_places = record.n;
	for (unsigned int i = 0; i < record.n; i++)
		entry->places[i] = (struct store_entry_place){ .log = record.places[i].log,
			.number = record.places[i].number };
	entry->seq = seq;
	entry->time_ms = first->time_ms;
	entry->len = first->len;
	return STORE_OK;
}

uint64_t
store_entry_number(const struct store_entry *entry, uint64_t log)
{
	for (unsigned int i = 0; i < entry->n_places; i++)
		if (entry->places[i].log == log)
			return entry->places[i].number;
	return 0;
}
