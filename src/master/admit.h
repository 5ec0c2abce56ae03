/*
 * master_admit: who may connect: a rate for each address, one for all, and a bound on those who
 * have not logged in, among whom an address that has many makes way for one that has few.
 */
#ifndef KABAR_MASTER_ADMIT_H
#define KABAR_MASTER_ADMIT_H

#include <sys/types.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "live/limits.h"
#include "net/address.h"

#define MASTER_ADMIT_MAX 32000 /* connections of whom it keeps account */

struct master_admit;

/* NULL with errno. No child of fork() has it, but for the bytes that workers write. */
struct master_admit *master_admit_new(void);
void master_admit_free(struct master_admit *);

/* Milliseconds, by the monotonic clock's `now`, until another worker may be started; 0: at once. */
int64_t master_admit_pause_ms(struct master_admit *, int64_t now);

struct master_admit_limits {
	int rate;    /* connections a second from one address, 0: any */
	int unknown; /* connections that have not logged in */
};

/*
 * Whether a client from this address may connect now. False with the limit that refuses it. The
 * oldest connection of another address may be ended for it (SIGTERM); then *ended is its pid, else
 * 0.
 */
bool master_admit(struct master_admit *, const struct master_admit_limits *,
    const unsigned char key[ADDRESS_KEY_SIZE], int64_t now, enum limits_kind *, pid_t *ended);

/*
 * Before the fork: where the worker will say that it knows its client, by a 1: that it has logged
 * in, or is another server. NULL: there is no room.
 */
atomic_uchar *master_admit_begin(struct master_admit *, const unsigned char key[ADDRESS_KEY_SIZE],
    int64_t now);
/* After the fork of the last begun: its process, or -1: there is none. */
void master_admit_started(struct master_admit *, pid_t);
/* A worker has ended; one that is not known here is nothing. */
void master_admit_ended(struct master_admit *, pid_t);

#endif
