/*
 * store_salvage: the records of a damaged file that store_file does not open or read any more.
 */
#ifndef KABAR_STORE_SALVAGE_H
#define KABAR_STORE_SALVAGE_H

#include "store/store.h"

struct store_salvage {
	uint64_t size;          /* bytes of the file */
	uint64_t records;       /* records found */
	uint64_t strange;       /* records with damaged keys, or filed by another program's hash */
	uint64_t lost;          /* bytes between them that are no record */
	bool cut;               /* the file was longer once */
	uint32_t slots;         /* of its hash table; 0: not known */
	uint32_t guessed_slots; /* then: if the first record found is the first of the file */
	bool open;              /* fd is the file's descriptor */
	int fd;
};

/*
 * Calls visit for each record whose key is whole, in the order in which they lie in the file, until
 * it returns non-zero: one that was changed may come twice. Nobody has checked the data. The file
 * is only read; where the disk gives errors it counts as zero. 0, or -1 with errno set. The result
 * keeps the file open until store_salvage_end: closing it gives up all locks that this process has
 * on the file by fcntl(), also those of store_file_lock.
 */
int store_salvage_scan(const char *path, store_visit *, void *arg, struct store_salvage *);

void store_salvage_end(struct store_salvage *);

/*
 * Tells whether the first records of a file were overwritten. `slots` is the hash size that its
 * kind of file has at first, see store_key_slots.
 */
bool store_salvage_begins_late(const struct store_salvage *, uint32_t slots);

#endif
