/*
 * chat_unknown_peer: unknown realms that call, remembered for all workers, so that the log names
 * each of them once an hour, and not all of many.
 */
#ifndef KABAR_CHAT_UNKNOWN_PEER_H
#define KABAR_CHAT_UNKNOWN_PEER_H

enum chat_unknown_peer {
	CHAT_UNKNOWN_PEER_KNOWN, /* it was logged not long ago */
	CHAT_UNKNOWN_PEER_NEW,
	CHAT_UNKNOWN_PEER_LAST /* new, and the last one to be logged for now: there are too many */
};

/* Remembers an unknown realm, and says whether it is to be logged. */
enum chat_unknown_peer chat_unknown_peer_seen(const char *state, const char *fingerprint,
    const char *address);

/* Logs an unknown realm that is refused, if it is to be logged. */
void chat_unknown_peer_refuse(const char *state, const char *fingerprint, const char *address);

#endif
