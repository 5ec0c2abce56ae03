/* address_host: whether an address is one of a host's. Unlike the rest of address it may wait. */
#include "net/address_host.h"

#include <netdb.h>
#include <stddef.h>
#include <string.h>

#include "net/address.h"

bool
address_host_has(const char *host, const char *address)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char text[ADDRESS_TEXT_MAX];
	bool has = false;
	uint16_t port;

	if (getaddrinfo(host, NULL, &hints, &found) != 0)
		return false;
	for (const struct addrinfo *at = found; at != NULL && !has; at = at->ai_next) {
		address_text(at->ai_addr, text, sizeof(text), &port);
		has = strcmp(text, address) == 0;
	}
	freeaddrinfo(found);
	return has;
}
