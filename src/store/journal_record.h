/*
 * store_journal_record: the bytes of a batch in the journal: a header with its number, length and a
 * checksum over all, the batch, zeros up to a multiple of 8. What a batch means is left to others.
 *
 *     0  magic: its first byte is in no UTF-8, so that no text of a user can look like a record
 *     4  version, flags, two bytes of zero
 *     8  length of the batch (u32)    12  CRC-32 of the 24 bytes without these four, and the batch
 *    16  number (u64)                 24  the batch
 *
 * A newer version keeps the header and what the checksum covers.
 */
#ifndef KABAR_STORE_JOURNAL_RECORD_H
#define KABAR_STORE_JOURNAL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_JOURNAL_RECORD_HEADER 24
#define STORE_JOURNAL_RECORD_ALIGN  8

struct store_journal_record {
	uint64_t number;
	const unsigned char *data; /* the batch, within the bytes that were read */
	size_t len;                /* of it */
	size_t size;               /* of the record */
	bool synced;               /* it was written to be synced before the next one */
	bool newer;                /* a newer version made it: its batch says nothing to this one */
};

/* The size of the record of a batch. */
size_t store_journal_record_size(size_t len);
/* Writes the record, of just that size, with number, data, len and synced. */
void store_journal_record_pack(unsigned char *out, const struct store_journal_record *);
/* Whether a whole record begins here; `len` bytes follow. */
bool store_journal_record_parse(struct store_journal_record *, const unsigned char *, size_t len);
/* The same by its header only, with number, len and size: the record may be broken. */
bool store_journal_record_claim(struct store_journal_record *, const unsigned char *, size_t len);

#endif
