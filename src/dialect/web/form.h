/* dialect_web_form: the body of a POST, as a page's form sends it. */
#ifndef KABAR_DIALECT_WEB_FORM_H
#define KABAR_DIALECT_WEB_FORM_H

#include "dialect/web/reply.h"

#define DIALECT_WEB_FORM_MAX 8192 /* bytes */

/* It holds passwords: to be wiped after use. */
struct dialect_web_form {
	char body[DIALECT_WEB_FORM_MAX];
	size_t len;
};

/* Whether the head announces a form. If not, this is replied, and the connection ends. */
bool dialect_web_form_comes(struct dialect_web_exchange *, const struct dialect_web_request *);
/*
 * Reads the body, for which it waits. The head is gone then. False: it did not come as a whole, and
 * nothing is to be replied.
 */
bool dialect_web_form_read(struct dialect_web_exchange *, struct dialect_web_form *);
/*
 * The values of the fields of these names, decoded in their places; empty: the form has no such
 * field. To be called once. False: it has one of them twice, or badly encoded.
 */
bool dialect_web_form_fields(struct dialect_web_form *, const char *const names[],
    struct chat_text values[], size_t n);

#endif
