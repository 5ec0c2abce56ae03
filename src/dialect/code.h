/*
 * dialect_code: the stable words for results, which errors of newer commands have beside the text.
 */
#ifndef KABAR_DIALECT_CODE_H
#define KABAR_DIALECT_CODE_H

#include "chat/chat.h"

/* What a client says that names no command; no result of a verb. */
#define DIALECT_CODE_UNKNOWN "UNKNOWN"

/* The word for an error, in capitals; that of CHAT_FAILED for what is none. */
const char *dialect_code(enum chat_result);

#endif
