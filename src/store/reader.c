/*
 * store_reader: reads a log forwards although its entries only point back: it finds the end of a
 * window from the newest entry by jumps, goes through the window backwards and remembers the seqs.
 */
#include <string.h>

#include "store/int.h"

enum store_status
store_next_seq(struct store *store, uint64_t *seq)
{
	uint64_t last_page;

	return store_progress_of_logs(store, seq, &last_page);
}

enum store_status
store_reader_init(struct store_reader *reader, struct store *store, uint64_t log, uint64_t after)
{
	struct store_file *file = store_files_current(store);
	struct store_head head;

	if (file == NULL || store_head_get(file, log, &head) != STORE_OK)
		return STORE_FAILED;
	reader->store = store;
	reader->log = log;
	reader->next = after < head.first ? head.first
	    : after < head.last           ? after + 1
	                                  : head.last + 1;
	reader->last = head.last;
	reader->last_seq = head.last_seq;
	reader->window_first = 0;
	reader->window_len = 0;
	return STORE_OK;
}

/* Goes from the newest entry back to the one with this number, by the longest jumps that fit. */
static enum store_status
seek_back(struct store_reader *reader, uint64_t number, uint64_t *seq, struct store_header *header)
{
	enum store_status status;

	*seq = reader->last_seq;
	while ((status = store_log_header(reader->store, *seq, reader->log, header)) == STORE_OK &&
	    header->number > number)
		*seq = header->jump >= number ? header->jump_seq : header->prev_seq;
	return status;
}

/* Fills the window with the seqs of the next entries: 0 for those that are gone. */
static enum store_status
fill_window(struct store_reader *reader)
{
	uint64_t end = reader->next + STORE_WINDOW - 1, seq;
	struct store_header header;
	enum store_status status;

	if (end > reader->last)
		end = reader->last;
	reader->window_first = reader->next;
	reader->window_len = (size_t)(end - reader->next + 1);
	memset(reader->window, 0, sizeof(reader->window));
	status = seek_back(reader, end, &seq, &header);
	while (status == STORE_OK && header.number >= reader->next) {
		reader->window[header.number - reader->next] = seq;
		seq = header.prev_seq;
		if (header.number == reader->next)
			break;
		status = store_log_header(reader->store, seq, reader->log, &header);
	}
	return status == STORE_FAILED ? STORE_FAILED : STORE_OK;
}

enum store_status
store_reader_peek(struct store_reader *reader, uint64_t *seq)
{
	for (; reader->next <= reader->last; reader->next++) {
		if (reader->next >= reader->window_first + reader->window_len &&
		    fill_window(reader) != STORE_OK)
			return STORE_FAILED;
		*seq = reader->window[reader->next - reader->window_first];
		if (*seq != 0)
			return STORE_OK;
	}
	return STORE_ABSENT;
}

void
store_reader_skip(struct store_reader *reader)
{
	reader->next++;
}

enum store_status
store_log_find(struct store *store, uint64_t log, uint64_t seq, uint64_t *number)
{
	struct store_file *file = store_files_current(store);
	struct store_header at = { .number = 0 };
	enum store_status status = STORE_OK;
	struct store_head head;

	*number = 0;
	if (file == NULL || store_head_get(file, log, &head) != STORE_OK)
		return STORE_FAILED;
	if (head.first > head.last)
		return STORE_OK;
	for (uint64_t next = head.last_seq; status == STORE_OK;) {
		status = store_log_header(store, next, log, &at);
		if (status != STORE_OK || at.number < head.first)
			break;
		if (next <= seq) {
			*number = at.number;
			break;
		}
		next = at.jump_seq >= seq ? at.jump_seq : at.prev_seq;
	}
	return status == STORE_FAILED ? STORE_FAILED : STORE_OK;
}
