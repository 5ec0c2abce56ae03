/*
 * peering_unknown: unknown realms that call, remembered for all workers, so that the log names each
 * of them once an hour, and not all of many.
 */
#ifndef KABAR_PEERING_IN_UNKNOWN_H
#define KABAR_PEERING_IN_UNKNOWN_H

enum peering_unknown {
	PEERING_UNKNOWN_KNOWN, /* it was logged not long ago */
	PEERING_UNKNOWN_NEW,
	PEERING_UNKNOWN_LAST /* new, and the last one to be logged for now: there are too many */
};

/* Remembers an unknown realm, and says whether it is to be logged. */
enum peering_unknown peering_unknown_seen(const char *state, const char *fingerprint,
    const char *address);

#endif
