/* store_script, for its own files: what the transactions of the script write, by their serials. */
#ifndef KABAR_STORE_SCRIPT_INT_H
#define KABAR_STORE_SCRIPT_INT_H

#include "store_script.h"

#define SCRIPT_LOGS    5
#define SCRIPT_FILLERS 7 /* records that transactions overwrite in turn */
#define SCRIPT_PARTS   3 /* entries of a transaction, at most */
#define SCRIPT_COUNT   "count"
#define SCRIPT_ONCE    "once"

/* The data of an entry. */
struct script_entry {
	uint32_t serial;
	uint32_t part;
	unsigned char filler[20000];
};

extern const uint64_t script_logs[SCRIPT_LOGS];

/* Which part of the store a transaction changes, and whether it is meant to be refused. */
int script_part_of(unsigned int serial);
bool script_expects_refusal(unsigned int serial);
/* How many entries it appends; in which logs one is, how many, and how many bytes it has. */
unsigned int script_parts_of(unsigned int serial);
unsigned int script_logs_of(unsigned int serial, unsigned int part,
    uint64_t into[STORE_ENTRY_LOGS]);
size_t script_size_of(unsigned int serial, unsigned int part);
/* The entry, until the next call. */
const struct script_entry *script_entry_of(unsigned int serial, unsigned int part);
/* The key of its record; the length. */
size_t script_name_of(char name[16], unsigned int serial);

#endif
