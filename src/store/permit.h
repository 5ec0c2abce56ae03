/*
 * store_permit: the steps of a transaction as the committer reads them, for the function of struct
 * store_options that judges bound connections. The committer calls it for each transaction that
 * comes over such a connection, with all its steps and before it does any. The function may read
 * the store. True: they may all be done; false: *refused is the index of one that may not.
 */
#ifndef KABAR_STORE_PERMIT_H
#define KABAR_STORE_PERMIT_H

#include "store/store.h"

enum store_step_kind {
	STORE_STEP_EXPECT_ABSENT = 1,
	STORE_STEP_EXPECT,
	STORE_STEP_PUT,
	STORE_STEP_DELETE,
	STORE_STEP_NEXT,
	STORE_STEP_ADVANCE,
	STORE_STEP_APPEND,
	STORE_STEP_TRIM,
	STORE_STEP_CLOSE_LOG,
	STORE_STEP_CARRY, /* copy an entry from an older file into the current one */
	STORE_STEP_DROP,  /* give up the file of logs that begins with this seq */
	STORE_STEP_ADVANCE_IF,
	STORE_STEP_CHARGE,    /* log is the payer, a the bytes, b those of a day */
	STORE_STEP_APPEND_TO, /* the bytes of an append to several logs; it is read as an append */
	STORE_STEP_ONCE,      /* value is the id, a how many are kept, b for how many ms */
	STORE_STEP_RING       /* log is the kind of the event */
};

struct store_step {
	enum store_step_kind kind;
	const unsigned char *key; /* a byte with the table's number, then the key */
	size_t key_len;
	const unsigned char *value; /* or the key of the guard, with its table */
	size_t len;
	uint64_t log;
	uint64_t a; /* floor, first, count or number */
	uint64_t b; /* limit or bytes */
	/* Of an append: the logs in which the entry is beside `log`. A rule has to look at each. */
	uint64_t also[STORE_ENTRY_LOGS - 1];
	unsigned int n_also;
};

#endif
