/*
 * dialect_web_request: the head of an HTTP/1.1 request (RFC 9112), taken apart. A pure parser: a
 * head that two parsers could read in different ways is refused, so a proxy and this server always
 * agree where a request ends.
 */
#ifndef KABAR_DIALECT_WEB_REQUEST_H
#define KABAR_DIALECT_WEB_REQUEST_H

#include "chat/chat.h"

#define DIALECT_WEB_REQUEST_HEAD    16384 /* bytes of a head, from the method to its empty line */
#define DIALECT_WEB_REQUEST_HEADERS 64
#define DIALECT_WEB_REQUEST_WHITE   " \t" /* around values and items (RFC 9110, 5.6.3) */

enum dialect_web_method {
	DIALECT_WEB_GET,
	DIALECT_WEB_HEAD,
	DIALECT_WEB_POST,
	DIALECT_WEB_PUT,
	DIALECT_WEB_OTHER, /* a method that no path knows */
};

struct dialect_web_header {
	struct chat_text name;
	struct chat_text value; /* without the white space around it */
};

/* The texts are the head's. */
struct dialect_web_request {
	enum dialect_web_method method;
	struct chat_text path;  /* begins with a slash; percent-encoded, as it came */
	struct chat_text query; /* what follows the first question mark; empty: nothing */
	struct chat_text host;
	uint64_t length; /* of the body, which follows the head */
	bool has_length; /* the client has told it */
	bool close;      /* the client wants no further reply on this connection */
	bool expects;    /* the client waits for `100 Continue` before it sends the body */
	struct dialect_web_header headers[DIALECT_WEB_REQUEST_HEADERS];
	size_t n_headers;
};

/*
 * Takes a head apart, whose last empty line is cut off. 0, or the status of the refusal: 400, 417,
 * 431, 501, 505. After that nothing more may be read from the connection.
 */
int dialect_web_request_parse(struct dialect_web_request *, const char *head, size_t len);

/* The value of the first header of this name, in any case. False: there is none. */
bool dialect_web_request_header(const struct dialect_web_request *, const char *name,
    struct chat_text *value);
/*
 * The items of a header that is a list, one after another, over all headers of this name, in their
 * order and without the white space around them. Begin with a struct that is all zero.
 */
struct dialect_web_items {
	size_t header; /* the next one to look at */
	const char *at, *end;
};
bool dialect_web_request_next(const struct dialect_web_request *, const char *name,
    struct dialect_web_items *, struct chat_text *item);
/* Whether a list has this item, in any case. */
bool dialect_web_request_lists(const struct dialect_web_request *, const char *name,
    const char *item);
/* Whether the client has what this ETag stands for (If-None-Match). */
bool dialect_web_request_knows(const struct dialect_web_request *, const char *etag);
/* The value of the first cookie of this name (RFC 6265). False: there is none. */
bool dialect_web_request_cookie(const struct dialect_web_request *, const char *name,
    struct chat_text *value);

/*
 * Decodes a part of a path as a string; in a form (`plus`), a plus sign is a space. Returns its
 * length, or -1: it does not fit, has a NUL, or a percent sign without two digits.
 */
ssize_t dialect_web_request_decode(struct chat_text part, bool plus, char *out, size_t size);

/* Whether it is this text, in any case. */
bool dialect_web_request_is(struct chat_text text, const char *other);

#endif
