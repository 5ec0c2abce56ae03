/*
 * store_outage: the script of store_script, recorded once, and the store as a power cut at any
 * event of it may leave it.
 */
#ifndef KABAR_STORE_OUTAGE_H
#define KABAR_STORE_OUTAGE_H

#include "store_crash.h"
#include "store_power.h"

struct outage {
	struct store_options opt; /* of the boot in which the script ran */
	struct script whole;
	const struct fault_event *events;
	size_t n;
	size_t from; /* the events before it made the store */
	struct power *power;
};

/* Makes a store, runs the script and records it. */
void outage_open(struct outage *, const struct store_options *);
void outage_close(struct outage *);
/* Syncs of files and directories. */
bool outage_is_sync(const struct outage *, size_t at);
/*
 * Makes the store anew as after a cut just before event `at`, which never decreases from call to
 * call. script: what is known of its transactions then.
 */
void outage_make(struct outage *, size_t at, enum power_cut, uint64_t seed, struct script *script);
/*
 * A writer opens the store and closes it, and the power goes at some moment of that. opt->boot is
 * that of the writer.
 */
void outage_opening(const struct store_options *opt, enum power_cut, uint64_t seed);

/* A boot of the machine, one after the other. */
const char *outage_boot(unsigned int number);

#endif
