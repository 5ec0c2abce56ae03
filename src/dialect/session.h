/* dialect_session: the commands `sessions` and `logout`, which may name one of them. */
#ifndef KABAR_DIALECT_SESSION_H
#define KABAR_DIALECT_SESSION_H

#include "dialect/line.h"

/* Whether the first word could be a session's id. */
bool dialect_session_is_id(const struct line_request *);
enum chat_result dialect_session_show(struct dialog *, struct line_request *);
/* Ends the request's session, or that of the same user whose id is given. */
enum chat_result dialect_session_logout(struct dialog *, struct line_request *);

#endif
