/*
 * limits: how often each limit on clients has refused, slowed down or ended one, counted by all
 * processes of a state directory in a mapped file. The limits themselves are their owners'
 * business.
 */
#ifndef KABAR_LIMITS_H
#define KABAR_LIMITS_H

#include <stdatomic.h>
#include <stdint.h>

enum limits_kind {
	LIMITS_CLIENTS,      /* refused: max_clients are connected */
	LIMITS_ADDRESS,      /* refused: max_clients_per_address */
	LIMITS_CONNECT_RATE, /* refused: connect_rate */
	LIMITS_UNKNOWN,      /* refused or ended: max_unknown have not logged in */
	LIMITS_LOGIN_TIME,   /* ended: login_timeout */
	LIMITS_REQUEST_TIME, /* ended: request_timeout */
	LIMITS_READERS,      /* ended: write_timeout or write_rate */
	LIMITS_BEFORE_LOGIN, /* ended: unknown_requests */
	LIMITS_SLOWED,       /* slowed down: request_rate or byte_rate */
	LIMITS_TOO_FAST,     /* requests refused: a client that is slowed down sends on and on */
	/* Of logins, by the gate: */
	LIMITS_LOGIN_WRONG,   /* no user or another password */
	LIMITS_LOGIN_DELAY,   /* held, or refused for a while: login_delay */
	LIMITS_LOGIN_QUEUE,   /* refused: too many wait */
	LIMITS_REGISTRATIONS, /* refused: registrations_per_day */
	/* Requests refused: */
	LIMITS_SEND_BYTES,
	LIMITS_INBOX, /* inbox_max or inbox_bytes */
	LIMITS_QUEUE, /* queue_max, or a user's share of it */
	LIMITS_QUOTA, /* user_quota; peer_quota, of an older server */
	LIMITS_UPLOADS,
	LIMITS_GROUPS,     /* groups_max, groups_own_max or group_members_max */
	LIMITS_PEER_BYTES, /* links ended, and older servers' requests */
	LIMITS_MIN_FREE,   /* likewise; or the disk is full */
	LIMITS_GUESTS,     /* refused: guests_per_day */
	LIMITS_KINDS
};

struct limits;

/*
 * What has been asked for at a rate: the moment, in microseconds by the monotonic clock, when all
 * of it is paid for. 0: nothing was asked for.
 */
typedef _Atomic int64_t limits_paid;

/*
 * Asks for something that costs so much time at the rate. Returns the microseconds to wait, so that
 * no more than what costs burst_us is ever ahead of the clock; 0: none. A moment that no burst
 * explains is nonsense and forgotten.
 */
int64_t limits_charge(limits_paid *, int64_t cost_us, int64_t burst_us, int64_t now_us);

/* What a user's connections ask for together: an account of requests and one of bytes. */
enum limits_account { LIMITS_REQUESTS, LIMITS_BYTES, LIMITS_ACCOUNTS };

/* Opens the file of a state directory, made if missing. NULL with errno. */
struct limits *limits_open(const char *state);
/* NULL is allowed. Keeps errno. */
void limits_close(struct limits *);

/* Counts one more; NULL: nothing is counted. */
void limits_count(struct limits *, enum limits_kind);
/* Of a user; users with ids far apart may share it. Lasts until limits_close(). */
limits_paid *limits_of_user(struct limits *, uint64_t user, enum limits_account);
/* How many there have been since the file was made. */
uint64_t limits_counted(const struct limits *, enum limits_kind);

#endif
