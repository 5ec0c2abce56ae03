/*
 * chat_marker: up to where a user has read a conversation: the user's cursors in its logs, which
 * never go back.
 */
#ifndef KABAR_CHAT_HISTORY_MARKER_H
#define KABAR_CHAT_HISTORY_MARKER_H

#include "chat/history/place.h"

/*
 * The user has read everything up to this id, which need be no message's. Tells the user's devices
 * the id of the message that is the last one read, if that is news. CHAT_OK or a failure.
 */
enum chat_result chat_marker_move(struct chat *, const struct chat_place *, uint64_t id);

/* Up to where a conversation is read. */
struct chat_marker {
	uint64_t read; /* id of the last message before all that are unread; 0: none that is kept */
	uint64_t unread; /* id of the first unread one; 0: none is */
	int64_t time_ms; /* of `read`, or a later one that a client has told; 0: none */
};

/* Costs a few look-ups for each log of the conversation. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_marker_find(struct chat *, const struct chat_place *, struct chat_marker *);

/*
 * The user has read everything up to this time, in ms since 1970, and not to a later one than now:
 * what comes meanwhile cannot have been seen. Tells the user's devices as chat_marker_move() does,
 * and where no message was read, an id before all of them. *told is what was told, 0: nothing.
 * CHAT_OK or a failure.
 */
enum chat_result chat_marker_move_to(struct chat *, const struct chat_place *, int64_t time_ms,
    uint64_t *told);

/*
 * Tells the user's devices that watch that the user has read a log, whose owner is the user or a
 * group, up to this number; of a group, up to where all its logs are read; nothing if it is no log
 * of a conversation. What cannot be told is only
 * logged.
 */
void chat_marker_tell(struct chat *, uint64_t user, uint64_t owner, uint64_t log, uint64_t number);

/*
 * The step that moves a user's cursor in a log, if it is lower, as long as its owner is the
 * reader's account, or the group of which the reader is a member.
 */
void chat_marker_tx_advance(struct store_tx *, uint64_t user, uint64_t owner, uint64_t log,
    uint64_t number);

#endif
