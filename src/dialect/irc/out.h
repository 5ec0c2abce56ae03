/*
 * dialect_irc_out: lines to the client: tags as far as the client has asked for them, numerics,
 * standard replies, and the batch or ACK of a labeled request.
 */
#ifndef KABAR_DIALECT_IRC_OUT_H
#define KABAR_DIALECT_IRC_OUT_H

#include "dialect/dialect.h"
#include "dialect/irc/line.h"
#include "dialect/irc/numeric.h"
#include "dialect/irc/state.h"

#define IRC_SOURCE_SIZE (5 * NAME_MAX_BYTES) /* nick!user@host and NUL */
#define IRC_BATCH_SIZE  16                   /* a batch's name and NUL */

/* Tags of a line; what is 0, empty or NULL is none. The texts are the caller's. */
struct irc_tags {
	int64_t time_ms;         /* since 1970 */
	uint64_t msgid;          /* of a message, the seq of its entry; not of its further lines */
	const char *account;     /* of the one who did it */
	const char *batch;       /* the name of a batch in which it stands */
	struct chat_text client; /* what another client has put there */
	bool concat;             /* of a line of a multiline batch: joins the one before */
};

/* Whether the client has asked for a capability. */
bool dialect_irc_has(const struct dialog *, enum irc_cap);
/* How the client is called in replies: its nick, or * while it has none. */
const char *dialect_irc_nick(const struct dialog *);
/* The server's name: the realm's. */
const char *dialect_irc_server(const struct dialog *);

/* A name of chat, lineker@malang, as IRC has it: lineker/malang. And back. */
void dialect_irc_name(char name[IRC_NAME_SIZE], const char *who);
/* False: it is too long for any. */
bool dialect_irc_who(char who[CHAT_WHO_TEXT], struct chat_text name);
/* The source of what a user did: nick!nick@host; of the server itself, its name. Returns `source`.
 */
const char *dialect_irc_source(const struct dialog *, const char *who,
    char source[IRC_SOURCE_SIZE]);

/*
 * Sends a line, made as printf() does, without its end; what is longer than IRC_BODY_MOST is cut
 * between two characters. tags NULL: none.
 */
void dialect_irc_send(struct dialog *, const struct irc_tags *, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/*
 * A numeric: the parameters behind the nick, made as printf() does, and then the numeric's text, if
 * it has one. With a text of its own the format ends with it.
 */
void dialect_irc_numeric(struct dialog *, enum irc_numeric, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Tells the client the reason and ends the conversation. */
void dialect_irc_close(struct dialog *, const char *reason);
/*
 * A standard reply (IRCv3): kind is FAIL, WARN or NOTE; context: parameters before the text, or "".
 */
void dialect_irc_standard(struct dialog *, const char *kind, const char *command, const char *code,
    const char *context, const char *text);

/*
 * Begins a batch of this type with its parameters, as printf() makes them, and writes its name. If
 * an answer begins with it, the batch is the whole answer.
 */
void dialect_irc_batch_begin(struct dialog *, char batch[IRC_BATCH_SIZE], const struct irc_tags *,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void dialect_irc_batch_end(struct dialog *, const char *batch);

/* A request begins, which may have a label; what is sent up to its end is the answer. */
void dialect_irc_reply_begin(struct dialog *, const struct irc_line *);
void dialect_irc_reply_end(struct dialog *);
/*
 * The request under way is answered later, by another one: its label, "" if it has none. And that:
 * what is sent from here on, up to the end of the request under way, answers to this label.
 */
void dialect_irc_reply_put_off(struct dialog *, char label[IRC_LABEL_MOST + 1]);
void dialect_irc_reply_resume(struct dialog *, const char *label);
/* What is sent from here on is no part of the answer, or is again. */
void dialect_irc_reply_apart(struct dialog *, bool apart);

#endif
