/* dialect_feature: the commands `features` and `client`: what each side tells of its program. */
#ifndef KABAR_DIALECT_FEATURE_H
#define KABAR_DIALECT_FEATURE_H

#include "dialect/line.h"

/* Replies the server's program, the commands that errors have codes for, and limits. */
enum chat_result dialect_feature_show(struct dialog *, struct line_request *);
/*
 * Notes the client's program: NAME/VERSION, printable UTF-8 of less than CHAT_SESSION_PROGRAM
 * bytes. CHAT_BAD_ARGUMENT.
 */
enum chat_result dialect_feature_client(struct dialog *, struct line_request *);

#endif
