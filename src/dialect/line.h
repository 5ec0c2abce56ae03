/*
 * dialect_line: what the table of a line dialect declares, a request taken apart by it, and the
 * replies of one JSON object.
 */
#ifndef KABAR_DIALECT_LINE_H
#define KABAR_DIALECT_LINE_H

#include "base/json_out.h"
#include "dialect/dialect.h"

#define LINE_WORDS   8
#define LINE_ALIASES 3
#define LINE_BORROWS 4

#define LINE_OPEN    (LINE_WORDS + 1)
#define LINE_REPLIED CHAT_RESULTS

/* The last word of a struct line_command's words may be one of these. */
#define LINE_TEXT "text"   /* anything up to the end of the line */
#define LINE_BODY "base64" /* a body of any length */

struct chat_upload;
struct line_request;

/* Tells an upload its receivers. */
typedef enum chat_result line_address(struct chat *, struct chat_upload *,
    const struct line_request *);

struct line_command {
	const char *name;                  /* one word, or two with a space between them */
	const char *aliases[LINE_ALIASES]; /* other names, which `help` does not list */
	/* After the token, as `help` shows them; those from a [ on are optional. NULL: none. */
	const char *words;
	/*
	 * Needs no session with at most so many words, though there may be one (else its user's id
	 * is 0); LINE_OPEN: never, and has no token.
	 */
	unsigned char open;
	bool keyed; /* the first word may look like a token: before it another one is the token */
	/* Came after the family's commands: its errors have a code, and `features` has it. */
	bool coded;
	bool needs_history; /* with `history = off` it is refused, and `features` leaves it out */
	/*
	 * Words that the family's command has not: whether these are such, and no mistake as they
	 * were there. With them its errors have a code. NULL: there are none.
	 */
	bool (*takes)(const struct line_request *);
	/*
	 * Does it. The result is then replied; LINE_REPLIED: that was done. The body of a request
	 * that streams must be read or discarded.
	 */
	enum chat_result (*run)(struct dialog *, struct line_request *);
	/*
	 * Replies to a result of run; or the result that is to be replied. It does without the
	 * request's words. NULL: the result itself is.
	 */
	enum chat_result (*reply)(struct dialog *, const struct line_request *, enum chat_result);
	/* It sends a message, writes nothing in run, and may wait there in a chain (struct chat).
	 */
	bool pipelined;
	line_address *address;           /* where run is dialect_file_receive */
	const char *texts[CHAT_RESULTS]; /* replies; NULL: that of line_texts */
};

/* The words of a dialect. */
struct line_texts {
	const char *unknown; /* there is no such command */
	const char *bad_arguments;
	const char *results[CHAT_RESULTS];
};

struct line_dialect {
	const struct line_command *commands; /* ended by one without a name */
	const struct dialect
	    *borrows[LINE_BORROWS]; /* line dialects: understands their commands, too */
	const struct line_texts *texts;
	bool keeps_padding; /* shows texts with the spaces that clients put around them */
	bool family;        /* has what clients of the family expect beyond the document */
	bool hides_files;   /* its clients tell of a file in a message, too: one is enough */
};

/* A request taken apart: what follows the command and the token. */
struct line_request {
	const struct line_dialect *line; /* the dialect of the command */
	const struct line_command *command;
	struct chat_text words[LINE_WORDS];
	size_t n_words;
	struct chat_text text; /* without the one space that clients put before and after it */
	bool coded;            /* its errors have a code */
	bool streams;          /* the body: the dialog's frame hands it out */
	struct chat_session session; /* of commands that need one */
};

/* {"status":...: members are written between the two with the json functions. */
void dialect_line_begin(struct dialog *, struct json_out *, const char *status);
enum chat_result dialect_line_end(struct dialog *, struct json_out *); /* LINE_REPLIED */
/*
 * Replies with the text of a result, as the command has it or its dialect; CHAT_QUEUED: that of
 * CHAT_OK, and that it is only queued.
 */
void dialect_line_result(struct dialog *, const struct line_request *, enum chat_result);
/*
 * An error with this text, and with a code (dialect/code.h) if the command is coded or the client
 * has told its program.
 */
void dialect_line_error(struct dialog *, bool coded, const char *text, const char *code);
/* Replies to what a command's run has given. */
void dialect_line_reply(struct dialog *, const struct line_request *, enum chat_result);
/* Runs the request's command and replies. */
void dialect_line_run(struct dialog *, struct line_request *);

#endif
