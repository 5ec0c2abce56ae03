/* address_list: addresses and networks between commas, such as
 * "127.0.0.1,10.0.0.0/8,2001:db8::/32". */
#ifndef KABAR_ADDRESS_LIST_H
#define KABAR_ADDRESS_LIST_H

#include <sys/socket.h>

#include <stdbool.h>

/*
 * Whether an address is one of a list, or in one of its networks (ADDRESS/BITS). Spaces may stand
 * around each; "" has none. IPv4 within IPv6 is IPv4. What is not of IP is in no list.
 */
bool address_list_has(const char *list, const struct sockaddr *);
/* Whether a text is such a list. No bit of an address is set behind the first BITS. */
bool address_list_valid(const char *list);

#endif
