/*
 * shared_record: a record in mapped memory that one process writes and any reads, without locks: a
 * counter tells a reader that it saw half of a change.
 */
#ifndef KABAR_SHARED_RECORD_H
#define KABAR_SHARED_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Followed by its words. All zero: a record of zeroes. */
struct shared_record {
	_Atomic uint64_t sequence; /* odd: a change is under way */
	_Atomic uint64_t words[];
};

/* Writes n words. There must be no other writer. */
void shared_record_write(struct shared_record *, const void *words, size_t n);
/* Reads n words. False: the writer was always in the middle, or was killed there. */
bool shared_record_read(struct shared_record *, void *words, size_t n);

#endif
