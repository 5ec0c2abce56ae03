/*
 * dialect_parse: a line of a line dialect, taken apart by the dialect's table of commands. What
 * is then done is left to dialect_line.
 */
#ifndef KABAR_DIALECT_PARSE_H
#define KABAR_DIALECT_PARSE_H

#include "dialect/line.h"

/*
 * The command of a line, and the dialect whose table it stands in (the own one's, or one that it
 * borrows from); rest is what follows the command. NULL when there is none.
 */
const struct line_command *dialect_parse_command(const struct line_dialect *, struct chat_text line,
    const struct line_dialect **owner, struct chat_text *rest);

/*
 * Cuts a token off, where there is one; who leaves it out means the session of the connection
 * (empty: there is none). The text is the line's or the dialog's.
 */
struct chat_text dialect_parse_token(const struct dialog *, const struct line_command *,
    struct chat_text *rest);

/*
 * Fills in the request's words and text; of a command with a body, text is what stands of the
 * body in this part of the line. False when there are too few, too many or empty ones.
 */
bool dialect_parse_words(const struct line_command *, struct chat_text rest, struct line_request *);

#endif
