/*
 * dialect_irc_pieces: a text as the lines in which IRC has it. A text that came in lines of which
 * some continue the one before has the places where they were joined in a tag; what is too long for
 * a line is cut between two characters. A pure function of text and tags.
 */
#ifndef KABAR_DIALECT_IRC_PIECES_H
#define KABAR_DIALECT_IRC_PIECES_H

#include "chat/chat.h"

/* The tag: where in the text, in bytes, a line continues the one before, as "12,400,812". */
#define IRC_PIECES_TAG "+kabar/joined"

struct irc_pieces {
	struct chat_text rest;
	struct chat_text joined; /* what the tag has that was not used yet */
	size_t at;               /* where in the text `rest` begins */
	size_t room;
	bool amid; /* a line is not over */
	bool over;
};

/* Begins with a text and the tags of its message; room: bytes of a piece, at least 4. */
void dialect_irc_pieces_begin(struct irc_pieces *, struct chat_text text, struct chat_text tags,
    size_t room);
/* The next piece, which may be empty; joins: it continues the one before. False: there is none. */
bool dialect_irc_pieces_next(struct irc_pieces *, struct chat_text *piece, bool *joins);

#endif
