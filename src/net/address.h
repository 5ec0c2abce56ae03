/* address: a client's address: as text for people, as bytes for comparing. */
#ifndef KABAR_ADDRESS_H
#define KABAR_ADDRESS_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr_in6;

#define ADDRESS_TEXT_MAX 64 /* numeric, with the scope of a link-local one */
#define ADDRESS_KEY_SIZE 16

/*
 * Writes the address in numbers, and sets *port. "local" and 0 if it is not of IP. IPv4 within IPv6
 * is written as IPv4.
 */
void address_text(const struct sockaddr *, char *text, size_t size, uint16_t *port);

/*
 * The same bytes for the same host, whether it came by IPv4 or by IPv4 within IPv6; and for all of
 * a /64 of IPv6, which is what one host may have.
 */
void address_key(const struct sockaddr *, unsigned char key[ADDRESS_KEY_SIZE]);

/* Whether the other end is on this machine: 127.0.0.0/8, ::1, and what is not of IP. */
bool address_is_loopback(const struct sockaddr *);

/* IPv4 becomes IPv4 within IPv6, and nothing but the address is kept. False: it is not of IP. */
bool address_map(const struct sockaddr *, struct sockaddr_in6 *);
/*
 * Reads an address in numbers, without a scope, and maps it likewise. False: it is none.
 */
bool address_parse(const char *text, size_t len, struct sockaddr_in6 *);

/*
 * Whether an address, as address_text() writes it, is one of a host's. The host is in numbers, or a
 * name, which is looked up: that may wait. False also where nothing is found.
 */
bool address_host_has(const char *host, const char *address);

#endif
