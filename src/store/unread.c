/*
 * store_unread: how large the entries are that a log's reader has not read. A head knows the size
 * of all kept entries, which is enough for most logs; only where those are more than may be unread
 * are entries looked at.
 */
#include <stdlib.h>

#include "store/int.h"

#define SLOTS 1024

/* What was found of a log; true as long as its reader has not moved and nothing was trimmed. */
struct store_unread {
	uint64_t log;
	uint64_t floor;
	uint64_t first;
	uint64_t kept;   /* bytes of the kept entries then */
	uint64_t unread; /* and of those behind the floor */
};

/* Adds up the newest entries behind the floor; if there are more, those count as large as these. */
static uint64_t
measure(struct store *store, const struct store_head *head, uint64_t floor)
{
	uint64_t seq = head->last_seq, bytes = 0, n = 0;
	struct store_header header;

	while (n < STORE_UNREAD_LOOKS && store_log_header(store, seq, &header) == STORE_OK &&
	    header.number > floor) {
		bytes += header.len;
		n++;
		seq = header.prev_seq;
	}
	return n < STORE_UNREAD_LOOKS ? bytes : bytes / n * (head->last - floor);
}

static struct store_unread *
find_slot(struct store *store, uint64_t log)
{
	struct store_writer *writer = store->writer;

	if (writer->unread == NULL)
		writer->unread = calloc(SLOTS, sizeof(*writer->unread));
	return writer->unread == NULL ? NULL : &writer->unread[log % SLOTS];
}

bool
store_unread_fits(struct store *store, uint64_t log, const struct store_head *head, uint64_t floor,
    uint64_t kib, size_t len)
{
	uint64_t most = kib * 1024;

	if (kib == 0 || head->bytes + len <= most)
		return true;
	struct store_unread *slot = find_slot(store, log);
	if (slot == NULL)
		return false;
	if (slot->log == log && slot->floor == floor && slot->first == head->first &&
	    head->bytes >= slot->kept)
		slot->unread += head->bytes - slot->kept;
	else
		slot->unread = measure(store, head, floor);
	slot->log = log;
	slot->floor = floor;
	slot->first = head->first;
	slot->kept = head->bytes;
	return slot->unread + len <= most;
}
