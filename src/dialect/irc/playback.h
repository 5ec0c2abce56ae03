/*
 * dialect_irc_playback: what became of a group and its members, as a part of its history (IRCv3,
 * draft/event-playback). What happens now is told elsewhere.
 */
#ifndef KABAR_DIALECT_IRC_PLAYBACK_H
#define KABAR_DIALECT_IRC_PLAYBACK_H

#include "chat/history/place.h"

struct dialog;

/*
 * Adds the events of a group to its conversation, if the client has asked for such. CHAT_OK or
 * CHAT_FAILED.
 */
enum chat_result dialect_irc_playback_begin(struct dialog *, struct chat_place *);
/* Writes the event of this id in a batch, if it is one. CHAT_OK or CHAT_FAILED. */
enum chat_result dialect_irc_playback_write(struct dialog *, const struct chat_place *, uint64_t id,
    const char *batch);

#endif
