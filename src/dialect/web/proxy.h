/* dialect_web_proxy: the client for whom a trusted proxy speaks. */
#ifndef KABAR_DIALECT_WEB_PROXY_H
#define KABAR_DIALECT_WEB_PROXY_H

#include "dialect/web/reply.h"

struct sockaddr_in6;

enum dialect_web_proxy {
	DIALECT_WEB_PROXY_FOUND, /* the client */
	DIALECT_WEB_PROXY_ALL,   /* every address is a trusted proxy's; the leftmost is given */
	DIALECT_WEB_PROXY_BAD    /* the text is malformed where it was read */
};

/*
 * Finds the rightmost address in the value of a header X-Forwarded-For that is not in the list of
 * trusted proxies (address_list_has). Each proxy adds the address of its client at the right, so
 * what is left of the one found was written by the client, and is not read. An address is IPv4 or
 * IPv6, as it is or within brackets; ":PORT" may follow IPv4 and brackets.
 */
enum dialect_web_proxy dialect_web_proxy_find(const char *trusted, const char *value, size_t len,
    struct sockaddr_in6 *client);

/*
 * If the other side is a trusted proxy, has the dialog's requests come from the address in
 * X-Forwarded-For from here on, and notes whether the client speaks TLS with it
 * (X-Forwarded-Proto). False: an address is malformed, and nothing was done.
 */
bool dialect_web_proxy_heed(struct dialect_web_exchange *, const struct dialect_web_request *);

#endif
