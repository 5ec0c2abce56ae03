/* store_key: the keys of a file's records, and the hash under which TDB files them. */
#ifndef KABAR_STORE_KEY_H
#define KABAR_STORE_KEY_H

#include <stddef.h>
#include <stdint.h>

/* The first byte of a key that is not a table's. */
enum store_record {
	STORE_RECORD_FORMAT = 200, /* kind and version of this file */
	STORE_RECORD_BATCH,        /* what the last transaction held */
	STORE_RECORD_ENTRY,        /* seq -> an entry of a log */
	STORE_RECORD_PAGE,         /* page number -> heads of logs */
	STORE_RECORD_STATE,        /* index -> key of a table's record that lies with the logs */
	STORE_RECORD_STATE_INDEX   /* such a key -> its index */
};

/* The key of an entry or a page: the record's kind and a number. */
#define STORE_RECORD_KEY 9

void store_key_make(unsigned char key[STORE_RECORD_KEY], enum store_record, uint64_t number);
/*
 * The hash under which a key is filed. Entries are numbered in the order in which they come, so
 * that those of one transaction lie side by side in the hash table and dirty one block of it.
 */
uint32_t store_key_hash(const void *key, size_t key_len);
/* The hash size for so many records: at least `slots`, doubled until they have one each. */
uint32_t store_key_slots(uint32_t slots, uint64_t records);

#endif
