/*
 * store_check: looks for damage in the layers that store knows: files and the shape of their
 * records, heads, the entries of every log and the ways back through them, cursors. It reads
 * as any reader does, while others may write; what the records say is left to chat.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "store/int.h"
#include "store/store_admin.h"

#define TEXT_MAX  512
#define NEW_PAGES 4096

struct cursor {
	uint64_t log;
	uint64_t reader;
	uint64_t number;
};

struct check {
	struct store *store;
	store_report *report;
	void *arg;
	int result;
	struct cursor *cursors;
	size_t n_cursors;
	size_t cursors_size;
	uint64_t next_seq; /* what it was a moment ago */
	/* Of the file that is being looked through. */
	const char *name;
	uint64_t end_seq; /* where the next file begins; 0: this is the last */
	uint64_t highest_page;
	bool failed; /* not the store's fault, such as memory */
};

static void found(struct check *, bool lost, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
found(struct check *check, bool lost, const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;
	int result = lost ? 2 : 1;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	if (result > check->result)
		check->result = result;
	check->report(check->arg, lost, text);
}

static int
cursor_keep(struct check *check, const unsigned char *key, const unsigned char *value)
{
	if (check->n_cursors == check->cursors_size) {
		size_t size = check->cursors_size * 2 + 64;
		struct cursor *bigger = reallocarray(check->cursors, size, sizeof(*bigger));

		if (bigger == NULL) {
			check->failed = true;
			return -1;
		}
		check->cursors = bigger;
		check->cursors_size = size;
	}
	check->cursors[check->n_cursors++] = (struct cursor){
		.reader = pack_get_u64(key),
		.log = pack_get_u64(key + 8),
		.number = pack_get_u64(value),
	};
	return 0;
}

static int
check_table_record(struct check *check, const unsigned char *key, size_t key_len, const void *value,
    size_t len)
{
	if (key_len > 1 + STORE_KEY_MAX || len > STORE_VALUE_MAX)
		found(check, false, "%s: a record of table %d is bigger than it may be",
		    check->name, key[0]);
	if (key[0] == STORE_COUNTERS && len != 8)
		found(check, true, "%s: a counter is no number", check->name);
	if (key[0] != STORE_CURSORS)
		return 0;
	if (key_len == 1 + 16 && len == 8)
		return cursor_keep(check, key + 1, value);
	found(check, true, "%s: a cursor is no number", check->name);
	return 0;
}

/* Whether an entry may lie in this file: one carried forward lies behind its own. */
static void
check_entry_place(struct check *check, uint64_t seq)
{
	if (seq == 0 || (check->end_seq != 0 && seq >= check->end_seq))
		found(check, true, "%s: the entry with seq %" PRIu64 " does not belong there",
		    check->name, seq);
}

static int
check_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct check *check = arg;
	const unsigned char *bytes = key;

	if (key_len == 0) {
		found(check, false, "%s: a record has no key", check->name);
	} else if (bytes[0] < STORE_RECORD_FORMAT) {
		return check_table_record(check, bytes, key_len, value, len);
	} else if (bytes[0] == STORE_RECORD_ENTRY && key_len == STORE_FILE_KEY) {
		check_entry_place(check, pack_get_u64(bytes + 1));
	} else if (bytes[0] == STORE_RECORD_PAGE && key_len == STORE_FILE_KEY) {
		uint64_t number = pack_get_u64(bytes + 1);

		if (number > check->highest_page)
			check->highest_page = number;
	} else if ((bytes[0] == STORE_RECORD_STATE && key_len == STORE_FILE_KEY) ||
	    bytes[0] == STORE_RECORD_PLACE) {
		return 0;
	} else if ((bytes[0] != STORE_RECORD_FORMAT && bytes[0] != STORE_RECORD_BATCH) ||
	    key_len != 1) {
		found(check, false, "%s: there is a record of an unknown kind", check->name);
	}
	return 0;
}

/*
 * 0, or -1 when it could not be checked. TDB's check also goes through what a dead process left
 * behind, so the records are looked at on their own.
 */
static int
check_file(struct check *check, struct store_file *file, const char *name, uint64_t end_seq)
{
	bool sound = store_file_check(file) == 0;

	check->name = name;
	check->end_seq = end_seq;
	check->highest_page = 0;
	int result = store_file_each(file, check_record, check);
	if (check->failed)
		return -1;
	if (result != 0)
		found(check, true, "%s: not all of its records can be read", name);
	else if (!sound)
		found(check, false, "%s: space in it is lost, but every record can be read", name);
	return 0;
}

/* The pages behind the last one would be forgotten when a new file of logs begins. */
static int
check_pages_known(struct check *check)
{
	uint64_t next_seq, last_page;

	if (store_apply_progress(check->store, &next_seq, &last_page) != STORE_OK)
		return -1;
	if (check->highest_page > last_page)
		found(check, true,
		    "%s: there are heads in page %" PRIu64 ", the last is said to be %" PRIu64,
		    check->name, check->highest_page, last_page);
	return 0;
}

static struct store_file *
file_from(struct store *store, uint64_t first_seq)
{
	for (size_t i = 0; i < store->n_logs; i++)
		if (store->logs[i].first_seq == first_seq)
			return store_files_at(store, i);
	errno = ENOENT; /* it was dropped meanwhile */
	return NULL;
}

static int
check_log_file(struct check *check, uint64_t first_seq, uint64_t end_seq)
{
	char name[64];
	struct store_file *file = file_from(check->store, first_seq);

	store_files_log_name(name, sizeof(name), first_seq);
	if (file == NULL && errno == ENOENT)
		return 0;
	if (file == NULL) {
		found(check, true, "%s: it cannot be opened", name);
		return 0;
	}
	if (check_file(check, file, name, end_seq) != 0)
		return -1;
	return end_seq == 0 ? check_pages_known(check) : 0;
}

static int
check_log_files(struct check *check)
{
	struct store *store = check->store;
	int result = 0;

	if (store_files_current(store) == NULL || store_files_refresh(store) != 0)
		return -1;
	/* The list may change on the way: take what was there at the start. */
	size_t n = store->n_logs;
	uint64_t *seqs = calloc(n + 1, sizeof(*seqs));
	if (seqs == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		seqs[i] = store->logs[i].first_seq;
	for (size_t i = 0; i < n && result == 0; i++)
		result = check_log_file(check, seqs[i], seqs[i + 1]);
	free(seqs);
	return result;
}

static bool
head_is_sane(const struct store_head *head)
{
	if (head->last == 0)
		return head->first == 1 && head->last_seq == 0 && head->jump == 0;
	return head->first >= 1 && head->first <= head->last + 1 &&
	    (head->cut || head->last_seq >= head->last) && head->jump < head->last &&
	    head->jump2 <= head->jump;
}

static enum store_status
head_now(struct check *check, uint64_t log, struct store_head *head)
{
	struct store_file *file = store_files_current(check->store);

	if (file == NULL)
		return STORE_FAILED;
	return store_head_get(check->store, file, log, head);
}

/* An entry that is not there may have been forgotten since we began. */
static bool
is_trimmed(struct check *check, uint64_t log, uint64_t number)
{
	struct store_head head;

	return head_now(check, log, &head) == STORE_OK && head.first > number;
}

/* Whether the shortcut back from an entry leads where it says. */
static void
check_jump(struct check *check, const struct store_head *head, const struct store_header *header)
{
	struct store_header target;
	enum store_status status;

	if (header->jump < head->first)
		return; /* into what was forgotten, or nowhere */
	status = store_log_header(check->store, header->jump_seq, &target);
	if (status == STORE_OK && target.log == header->log && target.number == header->jump &&
	    (header->jump2 == 0 ||
	        (header->jump2 == target.jump && header->jump2_seq == target.jump_seq)))
		return;
	if (status == STORE_ABSENT && is_trimmed(check, header->log, header->jump))
		return;
	found(check, true,
	    "log %" PRIu64 ": the shortcut from entry %" PRIu64 " does not lead to %" PRIu64,
	    header->log, header->number, header->jump);
}

static bool
entry_is_sane(const struct store_header *header, uint64_t log, uint64_t number, uint64_t seq,
    const struct store_header *next)
{
	return header->log == log && header->number == number && header->prev_seq < seq &&
	    header->lost < number && (header->prev_seq == 0) == (number == 1) &&
	    header->jump < number && (header->jump == 0 || header->jump_seq < seq) &&
	    header->len <= STORE_VALUE_MAX && (next == NULL || header->time_ms <= next->time_ms);
}

static void
check_newest(struct check *check, const struct store_head *head, const struct store_header *newest)
{
	if (head->jump != newest->jump || head->jump_seq != newest->jump_seq ||
	    head->jump2 != newest->jump2 || head->jump2_seq != newest->jump2_seq)
		found(check, true, "log %" PRIu64 ": its head and its newest entry differ",
		    newest->log);
}

/* The number of the newest entry there is. */
static uint64_t
newest_number(struct check *check, uint64_t log, const struct store_head *head)
{
	struct store_header header;

	if (!head->cut || store_log_header(check->store, head->last_seq, &header) != STORE_OK ||
	    header.log != log || header.number > head->last)
		return head->last;
	return header.number;
}

/* From the newest entry to the oldest, one at a time; over what a repair did not find. */
static void
check_entries(struct check *check, uint64_t log, const struct store_head *head)
{
	uint64_t seq = head->last_seq, bytes = 0;
	uint64_t newest = newest_number(check, log, head), number = newest;
	struct store_header header, next;

	while (number >= head->first) {
		enum store_status status = store_log_header(check->store, seq, &header);
		const struct store_header *behind = number == newest ? NULL : &next;

		if (status == STORE_ABSENT && is_trimmed(check, log, number))
			return;
		if (status != STORE_OK || !entry_is_sane(&header, log, number, seq, behind)) {
			found(check, true,
			    "log %" PRIu64 ": entry %" PRIu64 " of %" PRIu64 " to %" PRIu64
			    " %s, and with it the way to those before it",
			    log, number, head->first, head->last,
			    status == STORE_ABSENT ? "is missing" : "is damaged");
			return;
		}
		if (behind == NULL)
			check_newest(check, head, &header);
		check_jump(check, head, &header);
		bytes += header.len;
		seq = header.prev_seq;
		number -= 1 + header.lost;
		next = header;
	}
	if (bytes != head->bytes)
		found(check, false,
		    "log %" PRIu64 ": its entries take %" PRIu64 " bytes, not %" PRIu64, log, bytes,
		    head->bytes);
}

/* A seq that is given twice would hide an entry. */
static int
check_next_seq(struct check *check, uint64_t log, uint64_t last_seq)
{
	uint64_t last_page;

	if (last_seq < check->next_seq)
		return 0;
	if (store_apply_progress(check->store, &check->next_seq, &last_page) != STORE_OK)
		return -1;
	if (last_seq >= check->next_seq)
		found(check, true,
		    "log %" PRIu64 ": its newest seq %" PRIu64 " will be given again", log,
		    last_seq);
	return 0;
}

static int
check_log(struct check *check, uint64_t log)
{
	struct store_head head;

	if (head_now(check, log, &head) != STORE_OK)
		return -1;
	if (!head_is_sane(&head)) {
		found(check, true, "log %" PRIu64 ": its head is damaged", log);
		return 0;
	}
	if (head.closed && head.first <= head.last)
		found(check, false, "log %" PRIu64 ": it is closed, but not empty", log);
	if (check_next_seq(check, log, head.last_seq) != 0)
		return -1;
	check_entries(check, log, &head);
	return 0;
}

static int
check_page(struct check *check, uint64_t page)
{
	uint64_t log = page * STORE_PAGE_HEADS;
	struct store_head head;

	if (head_now(check, log, &head) != STORE_OK) {
		found(check, true, "logs %" PRIu64 " to %" PRIu64 ": their heads cannot be read",
		    log, log + STORE_PAGE_HEADS - 1);
		return 0;
	}
	for (uint64_t i = 0; i < STORE_PAGE_HEADS; i++)
		if (check_log(check, log + i) != 0)
			return -1;
	return 0;
}

static int
check_logs(struct check *check)
{
	uint64_t next_seq, last_page;

	if (store_apply_progress(check->store, &next_seq, &last_page) != STORE_OK)
		return -1;
	/* A few more may have come since the file was looked through. */
	if (last_page > check->highest_page && last_page - check->highest_page > NEW_PAGES) {
		found(check, true,
		    "the last page of heads is said to be %" PRIu64 ", but is %" PRIu64, last_page,
		    check->highest_page);
		last_page = check->highest_page;
	}
	for (uint64_t page = 0; page <= last_page; page++)
		if (check_page(check, page) != 0)
			return -1;
	return 0;
}

/* They were read before the heads, which only grow. */
static void
check_cursors(struct check *check)
{
	for (size_t i = 0; i < check->n_cursors; i++) {
		const struct cursor *cursor = &check->cursors[i];
		struct store_head head;

		if (head_now(check, cursor->log, &head) != STORE_OK)
			continue; /* which is told of its page */
		if (cursor->number > head.last)
			found(check, true,
			    "log %" PRIu64 ": reader %" PRIu64 " is at %" PRIu64
			    ", but the newest entry is %" PRIu64,
			    cursor->log, cursor->reader, cursor->number, head.last);
	}
}

static int
check_all(struct store *store, store_report *report, void *arg)
{
	struct check check = { .store = store, .report = report, .arg = arg };
	bool done = check_file(&check, store->tables, "tables.tdb", 0) == 0 &&
	    check_log_files(&check) == 0 && check_logs(&check) == 0;

	if (done)
		check_cursors(&check);
	free(check.cursors);
	return done ? check.result : -1;
}

int
store_check(struct store *store, store_report *report, void *arg)
{
	bool mapped = store->mapped;
	int result = -1;

	/* TDB looks at unused space byte by byte, which takes a system call each if not mapped. */
	if (store_files_map(store, true) == 0)
		result = check_all(store, report, arg);
	return store_files_map(store, mapped) == 0 ? result : -1;
}
