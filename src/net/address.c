/* address: IPv4 within IPv6 is IPv4. */
#include "net/address.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#define MAPPED_PREFIX "::ffff:"
#define V6_NETWORK    8 /* bytes */

static void
text_v6(const struct sockaddr_in6 *sin6, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN] = "";
	const char *plain = host;

	inet_ntop(AF_INET6, &sin6->sin6_addr, host, sizeof(host));
	if (IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr))
		plain += strlen(MAPPED_PREFIX);
	if (sin6->sin6_scope_id != 0)
		snprintf(text, size, "%s%%%u", plain, (unsigned int)sin6->sin6_scope_id);
	else
		snprintf(text, size, "%s", plain);
}

/* Not by getnameinfo(3), which is far more work, for every connection. */
void
address_text(const struct sockaddr *sa, char *text, size_t size, uint16_t *port)
{
	const struct sockaddr_in *sin = (const void *)sa;
	const struct sockaddr_in6 *sin6 = (const void *)sa;
	char host[INET_ADDRSTRLEN] = "";

	switch (sa->sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &sin->sin_addr, host, sizeof(host));
		snprintf(text, size, "%s", host);
		*port = ntohs(sin->sin_port);
		break;
	case AF_INET6:
		text_v6(sin6, text, size);
		*port = ntohs(sin6->sin6_port);
		break;
	default:
		snprintf(text, size, "local");
		*port = 0;
	}
}

/* The four bytes of IPv4 within IPv6, whose others are 0. */
static void
map_four(const void *four, unsigned char six[ADDRESS_KEY_SIZE])
{
	six[10] = six[11] = 0xff;
	memcpy(six + 12, four, 4);
}

void
address_key(const struct sockaddr *sa, unsigned char key[ADDRESS_KEY_SIZE])
{
	memset(key, 0, ADDRESS_KEY_SIZE);
	if (sa->sa_family == AF_INET6) {
		const struct sockaddr_in6 *sin6 = (const void *)sa;
		bool mapped = IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr);

		memcpy(key, &sin6->sin6_addr, mapped ? ADDRESS_KEY_SIZE : V6_NETWORK);
	} else if (sa->sa_family == AF_INET) {
		map_four(&((const struct sockaddr_in *)(const void *)sa)->sin_addr, key);
	}
}

bool
address_is_loopback(const struct sockaddr *sa)
{
	const struct sockaddr_in6 *sin6 = (const void *)sa;
	unsigned char key[ADDRESS_KEY_SIZE];

	if (sa->sa_family == AF_INET6 && !IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr))
		return IN6_IS_ADDR_LOOPBACK(&sin6->sin6_addr);
	address_key(sa, key);
	return (sa->sa_family != AF_INET && sa->sa_family != AF_INET6) || key[12] == 127;
}

bool
address_map(const struct sockaddr *sa, struct sockaddr_in6 *mapped)
{
	*mapped = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	if (sa->sa_family == AF_INET6)
		mapped->sin6_addr = ((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr;
	else if (sa->sa_family == AF_INET)
		address_key(sa, mapped->sin6_addr.s6_addr);
	return sa->sa_family == AF_INET6 || sa->sa_family == AF_INET;
}

bool
address_parse(const char *text, size_t len, struct sockaddr_in6 *mapped)
{
	char host[INET6_ADDRSTRLEN];
	unsigned char four[4];

	*mapped = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	if (len >= sizeof(host) || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (inet_pton(AF_INET, host, four) != 1)
		return inet_pton(AF_INET6, host, &mapped->sin6_addr) == 1;
	map_four(four, mapped->sin6_addr.s6_addr);
	return true;
}

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
