/*
 * dialect_irc_line: a line of IRC taken apart: tags, source, command and parameters. A pure
 * function of the bytes. The format is that of RFC 1459, section 2.3.1, with the tags of IRCv3
 * (message-tags).
 */
#ifndef KABAR_DIALECT_IRC_LINE_H
#define KABAR_DIALECT_IRC_LINE_H

#include "chat/chat.h"

#define IRC_PARAMS_MOST  15
#define IRC_TAGS_MOST    4096 /* bytes of a client's tags, with the @ and the space behind them */
#define IRC_BODY_MOST    510  /* bytes of a line behind its tags, without CR LF */
#define IRC_COMMAND_MOST 32   /* bytes of a command's name */

struct irc_line {
	struct chat_text tags;              /* without @; empty: none */
	char command[IRC_COMMAND_MOST + 1]; /* in capital letters; "": the line is empty */
	struct chat_text params[IRC_PARAMS_MOST];
	size_t n;
};

enum irc_line_fault {
	IRC_LINE_GOOD,
	IRC_LINE_TOO_LONG,
	IRC_LINE_NOT_UTF8,
	IRC_LINE_CONTROL /* it holds NUL, CR or LF */
};

/*
 * Takes a line without its end apart; the texts lie in it. With a fault the command's name is there
 * if it could be read. A source is passed over, as clients have none to give.
 */
enum irc_line_fault dialect_irc_line_read(struct irc_line *, const char *data, size_t len);

/* A tag by its key, escaped as it came. False: there is none of this key. */
bool dialect_irc_line_tag(const struct irc_line *, const char *key, struct chat_text *value);
/*
 * Copies the tags that clients tell each other: those whose key begins with +, as they came, with
 * semicolons between them. The length; what does not fit is left out.
 */
size_t dialect_irc_line_client_tags(const struct irc_line *, char *out, size_t size);

/* The next of the texts that a separator divides. False: there is none. */
bool dialect_irc_line_next(struct chat_text *rest, char separator, struct chat_text *item);
/* A decimal number without a sign. False: it is none, or larger than `most`. */
bool dialect_irc_line_number(struct chat_text, uint64_t most, uint64_t *);

#endif
