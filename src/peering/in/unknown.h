/*
 * peering_unknown: unknown realms that knock, remembered for all workers, so that the log tells of
 * each once in a while and not of a storm.
 */
#ifndef KABAR_PEER_UNKNOWN_PEER_H
#define KABAR_PEER_UNKNOWN_PEER_H

enum peering_unknown {
	PEERING_UNKNOWN_KNOWN, /* it was told of not long ago */
	PEERING_UNKNOWN_NEW,
	PEERING_UNKNOWN_LAST /* new, but it is the last one for now: there are too many */
};

/* Remembers one, and says whether the log is to tell of it. */
enum peering_unknown peering_unknown_seen(const char *state, const char *fingerprint,
    const char *address);

#endif
