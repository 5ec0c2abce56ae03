/* address: what a client's address looks like: as text for people, as bytes for comparing. */
#ifndef KABAR_ADDRESS_H
#define KABAR_ADDRESS_H

#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT_MAX 64 /* numeric, with the scope of a link-local one */
#define ADDRESS_KEY_SIZE 16

/*
 * The address in numbers; the port goes to *port. "local" and 0 for whatever is not IP. IPv4
 * within IPv6 is written as IPv4.
 */
void address_text(const struct sockaddr *, char *text, size_t size, uint16_t *port);

/* The same bytes for the same host, whether it came by IPv4 or by IPv4 within IPv6. */
void address_key(const struct sockaddr *, unsigned char key[ADDRESS_KEY_SIZE]);

#endif
