/* address_host: whether an address is one of a host's. */
#ifndef KABAR_ADDRESS_HOST_H
#define KABAR_ADDRESS_HOST_H

#include <stdbool.h>

/*
 * The address as address_text() writes it, the host in numbers or as a name, which is then looked
 * up: that may take time. False also where nothing is found.
 */
bool address_host_has(const char *host, const char *address);

#endif
