/*
 * store_power: what a disk may hold after the power went at some moment: all that was synced,
 * and of the rest any part, in any order over all files and directories. Sectors are written whole
 * or not at all; the changes of names in one directory keep their order.
 */
#ifndef KABAR_STORE_POWER_H
#define KABAR_STORE_POWER_H

#include "store_fault.h"

/* The share of unsynced changes that survives. */
enum power_cut {
	POWER_NOTHING,
	POWER_PREFIX,      /* what came first */
	POWER_SOME,        /* each sector as it was at some moment since its sync */
	POWER_ALL_OR_NONE, /* each sector as it is or as it was synced */
	POWER_ALL,
	POWER_CUTS
};

struct power;

/* An empty directory: a record begins by making what is there. */
struct power *power_new(void);
void power_free(struct power *);
/* Goes forward to just before event `at`. */
void power_advance(struct power *, const struct fault_event *events, size_t at);
/* Writes what the disk may hold then into an existing, empty directory. */
void power_make(struct power *, enum power_cut, uint64_t seed, const char *dir);

#endif
