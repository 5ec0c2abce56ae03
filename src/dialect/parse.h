/*
 * dialect_parse: takes a line of a line dialect apart by the dialect's table of commands. Running
 * the command is left to dialect_request.
 */
#ifndef KABAR_DIALECT_PARSE_H
#define KABAR_DIALECT_PARSE_H

#include "dialect/line.h"

/*
 * Finds the command of a line, and sets the request's command and line (the dialect itself, or the
 * one it borrows the command from); rest is what follows the command. NULL, and the request's line
 * is the dialect itself: there is no such command.
 */
const struct line_command *dialect_parse_command(const struct line_dialect *, struct chat_text line,
    struct line_request *, struct chat_text *rest);

/* Whether the command ends with a body. */
bool dialect_parse_has_body(const struct line_command *);

/*
 * Cuts a token off, if there is one; without one it is that of the connection's session (empty:
 * there is none). The text is the line's or the dialog's.
 */
struct chat_text dialect_parse_token(const struct dialog *, const struct line_command *,
    struct chat_text *rest);

/*
 * Fills in the request's words and text; of a command with a body, text is the part of the body
 * that stands in the rest, which may be nothing yet if the request streams. False when there are
 * too few words, too many or empty ones.
 */
bool dialect_parse_words(struct chat_text rest, struct line_request *);

#endif
