/*
 * limits: how often each limit on clients has refused, slowed down or ended one, counted by all
 * processes of a state directory in a mapped file. The limits themselves are their owners'
 * business.
 */
#ifndef KABAR_LIMITS_H
#define KABAR_LIMITS_H

#include <stdint.h>

enum limits_kind {
	LIMITS_CLIENTS,      /* refused: max_clients are connected */
	LIMITS_ADDRESS,      /* refused: max_clients_per_address */
	LIMITS_CONNECT_RATE, /* refused: connect_rate */
	LIMITS_UNKNOWN,      /* refused or ended: max_unknown have not logged in */
	LIMITS_LOGIN_TIME,   /* ended: login_timeout */
	LIMITS_REQUEST_TIME, /* ended: request_timeout */
	LIMITS_READERS,      /* ended: write_timeout or write_rate */
	LIMITS_KINDS
};

struct limits;

/* Opens the file of a state directory, made if missing. NULL with errno. */
struct limits *limits_open(const char *state);
/* NULL is allowed. Keeps errno. */
void limits_close(struct limits *);

/* Counts one more; NULL: nothing is counted. */
void limits_count(struct limits *, enum limits_kind);
/* How many there have been since the file was made. */
uint64_t limits_counted(const struct limits *, enum limits_kind);

#endif
