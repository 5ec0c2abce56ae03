/*
 * dialect_web_file: files as bodies of HTTP: /files/WHO/NAME, where WHO is as in the commands
 * postfile and download.
 */
#ifndef KABAR_DIALECT_WEB_FILE_H
#define KABAR_DIALECT_WEB_FILE_H

#include "dialect/web/reply.h"

#define DIALECT_WEB_FILE_PATH "/files/"

/* A range of bytes of a content, as the header Range asks for it (RFC 9110, 14.2). */
enum dialect_web_file_range {
	DIALECT_WEB_FILE_WHOLE, /* none is asked for, or in a form that may be passed over */
	DIALECT_WEB_FILE_PART,
	DIALECT_WEB_FILE_BEYOND /* it begins behind the content's end */
};

/*
 * Reads the value of a header Range for a content of this size. *first and *len are set for a part.
 * Several ranges count as none: the client must take the whole then.
 */
enum dialect_web_file_range dialect_web_file_range(struct chat_text value, uint64_t size,
    uint64_t *first, uint64_t *len);

/* Replies to GET, HEAD and PUT of a path that begins with DIALECT_WEB_FILE_PATH. */
void dialect_web_file_serve(struct dialect_web_exchange *, const struct dialect_web_request *);

#endif
