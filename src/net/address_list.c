/* address_list: IPv4 is compared as within IPv6, but no network has addresses of both kinds. */
#include "net/address_list.h"

#include <netinet/in.h>

#include <string.h>

#include "base/comma_list.h"
#include "net/address.h"

#define V6_BITS 128
#define V4_BITS 32

/* An address, or all those that begin with the same bits. */
struct network {
	struct sockaddr_in6 address;
	unsigned int bits;
};

/* Whether two addresses are the same in their first bits. */
static bool
same_bits(const struct in6_addr *a, const struct in6_addr *b, unsigned int bits)
{
	unsigned int bytes = bits / 8, rest = bits % 8;

	return memcmp(a->s6_addr, b->s6_addr, bytes) == 0 &&
	    (rest == 0 || (a->s6_addr[bytes] ^ b->s6_addr[bytes]) >> (8 - rest) == 0);
}

/* "::/0" has no IPv4. */
static bool
same_kind(const struct in6_addr *address, const struct network *network)
{
	return IN6_IS_ADDR_V4MAPPED(address) == IN6_IS_ADDR_V4MAPPED(&network->address.sin6_addr);
}

/* Reads how many bits count, `most` at most. False: that is no number. */
static bool
parse_bits(const char *text, size_t len, unsigned int most, unsigned int *bits)
{
	*bits = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*bits = *bits * 10 + (unsigned int)(text[i] - '0');
		if (*bits > most)
			return false;
	}
	return len > 0;
}

static bool
parse_network(const char *text, size_t len, struct network *network)
{
	const char *slash = memchr(text, '/', len);
	size_t host = slash == NULL ? len : (size_t)(slash - text);
	unsigned int most = memchr(text, ':', host) != NULL ? V6_BITS : V4_BITS;

	network->bits = most;
	if (!address_parse(text, host, &network->address) ||
	    (slash != NULL && !parse_bits(slash + 1, len - host - 1, most, &network->bits)))
		return false;
	network->bits += V6_BITS - most;
	return true;
}

/* Whether all bits are 0 but those that count: the others may be a slip of the hand. */
static bool
is_network(const struct network *network)
{
	for (unsigned int i = network->bits; i < V6_BITS; i++)
		if ((network->address.sin6_addr.s6_addr[i / 8] >> (7 - i % 8) & 1) != 0)
			return false;
	return true;
}

/* Takes the next item without the spaces around it. */
static bool
next_item(struct comma_list *list, const char **item, size_t *len)
{
	if (!comma_list_next(list, item, len))
		return false;
	for (; *len > 0 && **item == ' '; (*item)++)
		(*len)--;
	while (*len > 0 && (*item)[*len - 1] == ' ')
		(*len)--;
	return true;
}

bool
address_list_has(const char *list, const struct sockaddr *sa)
{
	struct comma_list items = comma_list(list, strlen(list));
	struct sockaddr_in6 mapped;
	struct network network;
	const char *item;
	size_t len;

	if (!address_map(sa, &mapped))
		return false;
	while (next_item(&items, &item, &len))
		if (parse_network(item, len, &network) && same_kind(&mapped.sin6_addr, &network) &&
		    same_bits(&mapped.sin6_addr, &network.address.sin6_addr, network.bits))
			return true;
	return false;
}

bool
address_list_valid(const char *list)
{
	struct comma_list items = comma_list(list, strlen(list));
	struct network network;
	const char *item;
	size_t len;

	while (*list != '\0' && next_item(&items, &item, &len))
		if (!parse_network(item, len, &network) || !is_network(&network))
			return false;
	return true;
}
