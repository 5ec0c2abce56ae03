/*
 * link_status: the state of each link to another realm, as the bridge shows it to other processes
 * in a mapped file. It is valid while a bridge holds the lock.
 */
#ifndef KABAR_LINKS_H
#define KABAR_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#define LINK_STATUS_PEERS     256 /* peers whose state can be shown; for others nobody waits */
#define LINK_STATUS_ERROR_MAX 160

enum link_status_state {
	LINK_STATUS_DOWN,       /* waits before it tries again */
	LINK_STATUS_CONNECTING, /* up to the peer's greeting */
	LINK_STATUS_UP
};

struct link_status {
	uint64_t peer; /* its id, never 0 */
	enum link_status_state state;
	int64_t since_ms;                  /* in this state, since 1970 */
	int64_t retry_ms;                  /* down: when it is tried again, since 1970; else 0 */
	int64_t round_trip_us;             /* as last measured, -1: not yet */
	char error[LINK_STATUS_ERROR_MAX]; /* the last one, "": none */
};

struct link_status_file;

/*
 * Maps the file of a state directory, made if missing. NULL with errno set. A process that leads
 * must not open it a second time: closing either would give up the lead.
 */
struct link_status_file *link_status_open(const char *state);
/* Gives up the lead, too. A child of fork() closes only its own copy. */
void link_status_close(struct link_status_file *);

/*
 * Takes the lead, for the bridge and for kabarctl where no bridge may run: hides what was shown
 * before. 0, or -1 with errno; EAGAIN: another process leads.
 */
int link_status_lead(struct link_status_file *);
/* Whether a process leads, which is a bridge in most cases. */
bool link_status_led(struct link_status_file *);
/*
 * The bridge shows a peer's state, until it hides it or ends. Nothing is shown of more than
 * LINK_STATUS_PEERS of them.
 */
void link_status_show(struct link_status_file *, const struct link_status *);
void link_status_hide(struct link_status_file *, uint64_t peer);
/* False: no bridge lives, or it shows nothing of this peer. */
bool link_status_get(struct link_status_file *, uint64_t peer, struct link_status *);

#endif
