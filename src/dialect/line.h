/*
 * dialect_line: what the line dialects have in common: a command word, words, perhaps a text up
 * to the end of the line; a token or none; replies of one JSON object. The tables of a dialect
 * say the rest.
 */
#ifndef KABAR_DIALECT_LINE_H
#define KABAR_DIALECT_LINE_H

#include "base/json_out.h"
#include "dialect/dialect.h"

#define LINE_WORDS   8
#define LINE_BORROWS 4

enum line_verb {
	LINE_AUTH,
	LINE_REGISTER,
	LINE_LOGOUT,
	LINE_SEND,
	LINE_SEND_GROUP,
	LINE_ADD_GROUP,
	LINE_JOIN_GROUP,
	LINE_INBOX,
	LINE_INFO,
	LINE_PRESENCE,
	LINE_WHO,
	LINE_ADD_REALM,
	LINE_SEND_REALM,
	LINE_SEND_GROUP_REALM,
	LINE_REALM_INBOX,
	LINE_FOLLOW,
	LINE_SEND_FILE,
	LINE_SEND_GROUP_FILE,
	LINE_MY_FILE,
	LINE_DOWNLOAD,
	LINE_GET_FILE,
	LINE_SEND_FILE_REALM,
	LINE_SEND_GROUP_FILE_REALM,
	LINE_HELP,
	LINE_VERBS /* how many there are */
};

/* A request taken apart: what follows the command and the token. */
struct line_request {
	const struct line_dialect *line; /* whose command it is, and so whose texts answer it */
	struct chat_text words[LINE_WORDS];
	size_t n_words;
	struct chat_text text; /* without the one space that clients put before it and after it */
	struct chat_session session; /* of commands that need one */
};

struct line_command {
	const char *name; /* one word, or two with a space between them */
	enum line_verb verb;
	unsigned char least; /* words after the token */
	unsigned char most;
	bool text;          /* and then a text to the end of the line */
	bool body;          /* or BASE64 of any length */
	bool session;       /* not without being logged in */
	bool alias;         /* of one of the others: not worth a line of help */
	const char *words;  /* what its arguments are called for who asks for help; NULL: none */
	unsigned char open; /* unless it has at most so many words; 0: it has no such form */
};

struct line_dialect {
	const struct line_command *commands;              /* ended by one without a name */
	const struct line_dialect *borrows[LINE_BORROWS]; /* whose commands are understood, too */
	bool clothed;        /* texts are shown with what clients put around them */
	bool realms;         /* its inbox leaves what came from another to getrealminbox */
	bool family;         /* does what more clients expect than those of the document */
	bool hides_files;    /* whoever sends a file says so in a message, too: one is enough */
	const char *unknown; /* texts of a dialect's own */
	const char *bad_arguments;
	/* What is said for a result of a verb; NULL: what `any` says for the result. */
	const char *texts[LINE_VERBS][CHAT_RESULTS];
	const char *any[CHAT_RESULTS];
	/* Write what follows "status":"OK" in replies that are more than a text; keys included. */
	void (*inbox)(struct dialog *, struct json_out *, const struct line_request *,
	    const struct chat_inbox *);
	void (*who)(struct dialog *, struct json_out *, const struct line_request *);
	void (*logout)(struct dialog *, struct json_out *, const struct line_request *);
};

/* Tables from which a listener of another dialect borrows. */
extern const struct line_dialect dialect_show_tables, dialect_login_tables, dialect_files_tables;

/* A struct dialect's line(), head() and too_long(), for tables of struct line_dialect. */
void dialect_line(struct dialog *, const struct frame_line *);
bool dialect_line_head(struct dialog *, const struct frame_line *);
void dialect_line_too_long(struct dialog *);

/* {"status":...: what is between the two is written with the json functions. */
void dialect_line_begin(struct dialog *, struct json_out *, const char *status);
void dialect_line_end(struct dialog *, struct json_out *);
/*
 * The text of a result, as the dialect of the request says it; of CHAT_QUEUED that of CHAT_OK, and
 * that it is only queued.
 */
void dialect_line_result(struct dialog *, const struct line_request *, enum line_verb,
    enum chat_result);

#endif
