/*
 * dialect_irc_letter: the modes of channels: which letter is which choice or role of a group, and
 * telling that they were changed. Changing them is dialect_irc_mode's.
 */
#ifndef KABAR_DIALECT_IRC_LETTER_H
#define KABAR_DIALECT_IRC_LETTER_H

#include "chat/choice.h"
#include "chat/history/watch.h"
#include "dialect/irc/line.h"

struct dialog;

#define IRC_MODES_MOST 20 /* letters of one request, as RPL_ISUPPORT tells, and of one line */
#define IRC_LETTERS    10 /* that there are */

enum irc_letter_form {
	IRC_LETTER_FLAG,
	IRC_LETTER_KEY,
	IRC_LETTER_LIMIT,
	IRC_LETTER_ROLE,
	IRC_LETTER_BAN,
	IRC_LETTER_ALWAYS /* nobody changes it */
};

struct irc_letter {
	char letter;
	enum irc_letter_form form;
	enum chat_choice choice; /* of a flag, key or limit */
	uint8_t role;
	const char *on; /* the word of a flag's choice, or of an event of a role or ban */
	const char *off;
};

/* By index below IRC_LETTERS, in the order of the letters; or by the letter, NULL: there is none.
 */
const struct irc_letter *dialect_irc_letter_at(size_t);
const struct irc_letter *dialect_irc_letter_find(char);

/* Changes of one group by one user, which go into one line. All zero: there are none. */
struct irc_letter_told {
	char with[CHAT_WHO_TEXT];
	char by[NAME_MAX_BYTES + 1];
	uint64_t seq; /* of the first */
	int64_t time_ms;
	char letters[2 * IRC_MODES_MOST + 1];
	char params[IRC_BODY_MOST];
	unsigned int n;
	bool on; /* the sign of the last letter */
};

/* Whether an event is the change of a mode. */
bool dialect_irc_letter_is(const struct chat_watch_event *);
/*
 * Adds such an event to others. False: it is another group's or user's, or there is no room for it;
 * the others are to be told first.
 */
bool dialect_irc_letter_gather(struct irc_letter_told *, const struct chat_watch_event *);
/* Tells what was gathered, if anything was, and empties it. */
void dialect_irc_letter_tell(struct dialog *, struct irc_letter_told *);

#endif
