/* dialect_web_page: the page's files, which lie in the program. */
#ifndef KABAR_DIALECT_WEB_PAGE_H
#define KABAR_DIALECT_WEB_PAGE_H

#include "dialect/web/assets.h"
#include "dialect/web/reply.h"

/* The file of a path, "/" and a name; "/" alone is index.html. NULL: there is none. */
const struct dialect_web_asset *dialect_web_page_find(struct chat_text path);
/* Replies with it: compressed, or not at all, if the client wants it so. */
void dialect_web_page_send(struct dialect_web_exchange *, const struct dialect_web_request *,
    const struct dialect_web_asset *);

#endif
