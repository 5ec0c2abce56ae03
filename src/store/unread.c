/*
 * store_unread: how large the entries are that a log's reader has not read. A head knows the size
 * of all kept entries, which is enough for most logs; only where those are more than may be unread
 * are entries looked at.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/secret_hash.h"
#include "store/int.h"

#define SLOTS    1024
#define TOGETHER 8    /* slots in which a log may be */
#define EXACT_MS 1000 /* between two looks at many entries of one log */
#define FEW      64   /* entries that are looked at in between */

/* What was found of a log; true as long as its reader has not moved and nothing was trimmed. */
struct slot {
	uint64_t log;
	uint64_t floor;
	uint64_t first;
	uint64_t kept;   /* bytes of the kept entries then */
	uint64_t unread; /* and of those behind the floor */
	int64_t used_ms; /* monotonic */
	int64_t exact_ms;
};

struct store_unread {
	struct secret_hash hash;
	uint64_t looks;
	struct slot slots[SLOTS];
};

/* Adds up the newest entries behind the floor; if there are more, those count as large as these. */
static uint64_t
measure(struct store *store, uint64_t log, const struct store_head *head, uint64_t floor,
    uint64_t most)
{
	uint64_t seq = head->last_seq, bytes = 0, n = 0;
	struct store_header header;

	while (n < most && store_log_header(store, seq, log, &header) == STORE_OK &&
	    header.number > floor) {
		bytes += header.len;
		n++;
		seq = header.prev_seq;
	}
	store->writer->unread->looks += n;
	return n < most ? bytes : bytes / n * (head->last - floor);
}

/* The log's slot, which is another's if it has none; the one that was not used for longest. */
static struct slot *
find_slot(struct store_unread *unread, uint64_t log)
{
	size_t first = (size_t)(secret_hash(&unread->hash, log) % (SLOTS / TOGETHER)) * TOGETHER;
	struct slot *oldest = &unread->slots[first];

	for (size_t i = 0; i < TOGETHER; i++) {
		struct slot *slot = &unread->slots[first + i];

		if (slot->log == log)
			return slot;
		if (slot->used_ms < oldest->used_ms)
			oldest = slot;
	}
	return oldest;
}

static struct slot *
take_slot(struct store *store, uint64_t log)
{
	struct store_writer *writer = store->writer;

	if (writer->unread == NULL) {
		writer->unread = calloc(1, sizeof(*writer->unread));
		if (writer->unread == NULL)
			return NULL;
		secret_hash_init(&writer->unread->hash);
	}
	struct slot *slot = find_slot(writer->unread, log);
	if (slot->log != log)
		*slot = (struct slot){ .log = log };
	return slot;
}

/* A reader that moves all the time does not make each append look at many entries. */
static uint64_t
measure_again(struct store *store, struct slot *slot, const struct store_head *head, uint64_t floor)
{
	int64_t now = clock_monotonic_ms();

	if (slot->exact_ms != 0 && now - slot->exact_ms < EXACT_MS)
		return measure(store, slot->log, head, floor, FEW);
	slot->exact_ms = now;
	return measure(store, slot->log, head, floor, STORE_UNREAD_LOOKS);
}

bool
store_unread_fits(struct store *store, uint64_t log, const struct store_head *head, uint64_t floor,
    uint64_t kib, size_t len)
{
	uint64_t most = kib * 1024;

	if (kib == 0 || head->bytes + len <= most)
		return true;
	struct slot *slot = take_slot(store, log);
	if (slot == NULL)
		return false;
	if (slot->kept > 0 && slot->floor == floor && slot->first == head->first &&
	    head->bytes >= slot->kept)
		slot->unread += head->bytes - slot->kept;
	else
		slot->unread = measure_again(store, slot, head, floor);
	slot->floor = floor;
	slot->first = head->first;
	slot->kept = head->bytes;
	slot->used_ms = clock_monotonic_ms();
	return slot->unread + len <= most;
}

uint64_t
store_unread_looks(const struct store *store)
{
	return store->writer->unread == NULL ? 0 : store->writer->unread->looks;
}
