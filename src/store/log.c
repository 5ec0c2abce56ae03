/*
 * store_log: the entries of logs. Entries of all logs share one sequence; each entry points back to
 * the one before it in its log and to one further back, as in skew-binary random access lists
 * (Myers 1983), so that any number is found in O(log n) steps from the newest without an index. The
 * end of a log is left to store_head.
 */
#include <errno.h>
#include <string.h>

#include "store/int.h"

#define ENTRY_VERSION 1
#define ENTRY_HEADER  (1 + 9 * 8)
#define RECORD_MAX    (ENTRY_HEADER + STORE_VALUE_MAX)

static void
pack_header(struct pack *p, const struct store_header *header)
{
	pack_u8(p, ENTRY_VERSION);
	pack_u64(p, header->log);
	pack_u64(p, header->number);
	pack_i64(p, header->time_ms);
	pack_u64(p, header->prev_seq);
	pack_u64(p, header->jump);
	pack_u64(p, header->jump_seq);
	pack_u64(p, header->jump2);
	pack_u64(p, header->jump2_seq);
	pack_u64(p, header->lost);
}

int
store_log_parse(struct store_header *header, const void *data, size_t len)
{
	struct unpack u;

	unpack_init(&u, data, len);
	if (unpack_u8(&u) != ENTRY_VERSION)
		return -1;
	header->log = unpack_u64(&u);
	header->number = unpack_u64(&u);
	header->time_ms = unpack_i64(&u);
	header->prev_seq = unpack_u64(&u);
	header->jump = unpack_u64(&u);
	header->jump_seq = unpack_u64(&u);
	header->jump2 = unpack_u64(&u);
	header->jump2_seq = unpack_u64(&u);
	header->lost = unpack_u64(&u);
	if (u.bad)
		return -1;
	header->len = len - ENTRY_HEADER;
	return 0;
}

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
 * The record of an entry, until the next call. A writer reads the file each time: its transaction
 * may have been cancelled since.
 */
static enum store_status
find_record(struct store *store, uint64_t seq, const unsigned char **record, size_t *len)
{
	struct store_entry_cache *cache = &store->entries;
	unsigned char *room;
	enum store_status status;

	if (seq == 0)
		return STORE_ABSENT;
	*record = store->writer == NULL ? store_entry_cache_find(cache, seq, len) : NULL;
	if (*record != NULL)
		return STORE_OK;
	*record = room = store_entry_cache_room(cache, RECORD_MAX);
	if (room == NULL)
		return STORE_FAILED;
	store->entries_read++;
	status = find_in_files(store, seq, room, RECORD_MAX, len);
	if (status == STORE_ABSENT && store->writer == NULL) {
		if (store_files_refresh(store) != 0) /* a file has come or gone since we looked */
			return STORE_FAILED;
		status = find_in_files(store, seq, room, RECORD_MAX, len);
	}
	if (status == STORE_OK && (*len < ENTRY_HEADER || *len > RECORD_MAX))
		return STORE_FAILED;
	if (status == STORE_OK && store->writer == NULL)
		store_entry_cache_keep(cache, seq, *len);
	return status;
}

enum store_status
store_log_header(struct store *store, uint64_t seq, struct store_header *header)
{
	const unsigned char *record;
	size_t len;
	enum store_status status = find_record(store, seq, &record, &len);

	if (status == STORE_OK && store_log_parse(header, record, len) != 0)
		return STORE_FAILED;
	return status;
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
	    store_log_header(store, head->jump2_seq, &far) == STORE_OK) {
		header->jump2 = far.jump;
		header->jump2_seq = far.jump_seq;
	}
}

/* Leaves the numbers unused of newest entries that a repair did not find. */
static void
leave_gap(struct store *store, struct store_head *head, struct store_header *header)
{
	struct store_header newest;

	if (!head->cut || store_log_header(store, head->last_seq, &newest) != STORE_OK ||
	    newest.log != header->log || newest.number > head->last)
		return;
	header->lost = head->last - newest.number;
	head->last = newest.number;
}

static int
insert_entry(struct store *store, uint64_t seq, const struct store_header *header, const void *data,
    size_t len)
{
	unsigned char key[STORE_RECORD_KEY];
	unsigned char value[RECORD_MAX];
	struct pack p;

	pack_init(&p, value, sizeof(value));
	pack_header(&p, header);
	pack_raw(&p, data, len);
	if (p.overflow) {
		errno = EMSGSIZE;
		return -1;
	}
	store_key_make(key, STORE_RECORD_ENTRY, seq);
	return store_file_insert(store_files_current(store), key, sizeof(key), value, p.len);
}

int
store_log_append(struct store *store, uint64_t log, const void *data, size_t len, uint64_t *number)
{
	struct store_writer *writer = store->writer;
	struct store_head head;
	struct store_header header = { .log = log, .time_ms = writer->last_time_ms };

	if (store_head_take(store, log, &head) != STORE_OK)
		return -1;
	header.number = head.last + 1;
	header.prev_seq = head.last_seq;
	leave_gap(store, &head, &header);
	choose_jump(store, &head, &header);
	if (insert_entry(store, writer->next_seq, &header, data, len) != 0)
		return -1;
	head.last = header.number;
	head.last_seq = writer->next_seq++;
	head.bytes += len;
	head.jump = header.jump;
	head.jump_seq = header.jump_seq;
	head.jump2 = header.jump2;
	head.jump2_seq = header.jump2_seq;
	head.cut = false;
	*number = header.number;
	return store_head_set(store, log, &head);
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

int
store_log_rewrite(struct store_file *file, uint64_t seq, const struct store_header *header)
{
	unsigned char key[STORE_RECORD_KEY];
	unsigned char value[RECORD_MAX];
	struct pack p;
	size_t len;

	store_key_make(key, STORE_RECORD_ENTRY, seq);
	if (store_file_get(file, key, sizeof(key), value, sizeof(value), &len) != STORE_OK ||
	    len < ENTRY_HEADER || len > sizeof(value)) {
		errno = EIO;
		return -1;
	}
	pack_init(&p, value, ENTRY_HEADER);
	pack_header(&p, header);
	return store_file_put(file, key, sizeof(key), value, len);
}

bool
store_log_identify(const void *key, size_t key_len, const void *value, size_t len, uint64_t *seq,
    uint64_t *log, uint64_t *number)
{
	const unsigned char *bytes = key;
	struct store_header header;

	if (key_len != STORE_RECORD_KEY || bytes[0] != STORE_RECORD_ENTRY ||
	    store_log_parse(&header, value, len) != 0)
		return false;
	*seq = pack_get_u64(bytes + 1);
	*log = header.log;
	*number = header.number;
	return true;
}

enum store_status
store_log_info(struct store *store, uint64_t log, struct store_log_info *info)
{
	struct store_file *file = store_files_current(store);
	struct store_head head;
	enum store_status status;

	if (file == NULL)
		return STORE_FAILED;
	status = store_head_get(file, log, &head);
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
	struct store_header header;
	const unsigned char *record;
	size_t len;
	enum store_status status = find_record(store, seq, &record, &len);

	if (status != STORE_OK)
		return status;
	if (store_log_parse(&header, record, len) != 0)
		return STORE_FAILED;
	*entry = (struct store_entry){ .log = header.log,
		.number = header.number,
		.seq = seq,
		.time_ms = header.time_ms,
		.data = record + ENTRY_HEADER,
		.len = header.len };
	return STORE_OK;
}
