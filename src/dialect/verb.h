/* dialect_verb: commands that several line dialects have, as their tables name them. */
#ifndef KABAR_DIALECT_VERB_H
#define KABAR_DIALECT_VERB_H

#include "dialect/line.h"

enum chat_result dialect_verb_login(struct dialog *, struct line_request *);
/* The request's session was opened: it is the connection's from here on; replies its token. */
enum chat_result dialect_verb_enter(struct dialog *, const struct line_request *);
enum chat_result dialect_verb_logout(struct dialog *, struct line_request *);
enum chat_result dialect_verb_send(struct dialog *, struct line_request *);

#endif
