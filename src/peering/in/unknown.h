/*
 * peer_stranger: unknown realms that knock, remembered for all workers, so that the log tells of
 * each once in a while and not of a storm.
 */
#ifndef KABAR_PEER_STRANGER_H
#define KABAR_PEER_STRANGER_H

enum peer_stranger {
	PEER_STRANGER_KNOWN, /* it was told of not long ago */
	PEER_STRANGER_NEW,
	PEER_STRANGER_LAST /* new, but it is the last one for now: there are too many */
};

/* Remembers one, and says whether the log is to tell of it. */
enum peer_stranger peer_stranger_seen(const char *state, const char *fingerprint,
    const char *address);

#endif
