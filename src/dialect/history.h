/* dialect_history: handlers of realm that show conversations and move their read markers. */
#ifndef KABAR_DIALECT_HISTORY_H
#define KABAR_DIALECT_HISTORY_H

#include "dialect/line.h"

/* All conversations of the user, newest first. */
enum chat_result dialect_history_list(struct dialog *, struct line_request *);
/* A part of one: who [before id | after id] [n]. */
enum chat_result dialect_history_show(struct dialog *, struct line_request *);
/* Moves the marker: who id. */
enum chat_result dialect_history_read(struct dialog *, struct line_request *);

/* Reads the number of a message, which is below 2^53. False: it is none. */
bool dialect_history_id(struct chat_text, uint64_t *id);

#endif
