/* shared_record: a record in mapped memory that one process writes and any reads. */
#include "live/shared_record.h"

#include <sched.h>
#include <string.h>

#define READ_TRIES 200
#define SPIN_TRIES 50 /* then the writer was interrupted: let it run */

void
shared_record_write(struct shared_record *record, const void *words, size_t n)
{
	const unsigned char *from = words;
	/* It is odd already if the writer before was killed in the middle. */
	uint64_t sequence = atomic_load(&record->sequence) | 1;

	atomic_store_explicit(&record->sequence, sequence, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < n; i++) {
		uint64_t word;

		memcpy(&word, from + i * sizeof(word), sizeof(word));
		atomic_store_explicit(&record->words[i], word, memory_order_relaxed);
	}
	atomic_store_explicit(&record->sequence, sequence + 1, memory_order_release);
}

bool
shared_record_read(struct shared_record *record, void *words, size_t n)
{
	unsigned char *to = words;

	for (int tries = 0; tries < READ_TRIES; tries++) {
		uint64_t before = atomic_load_explicit(&record->sequence, memory_order_acquire);

		for (size_t i = 0; i < n; i++) {
			uint64_t word =
			    atomic_load_explicit(&record->words[i], memory_order_relaxed);

			memcpy(to + i * sizeof(word), &word, sizeof(word));
		}
		atomic_thread_fence(memory_order_acquire);
		if ((before & 1) == 0 &&
		    atomic_load_explicit(&record->sequence, memory_order_relaxed) == before)
			return true;
		if (tries >= SPIN_TRIES)
			sched_yield();
	}
	return false;
}
