/* The master as its own files see it. */
#ifndef KABAR_MASTER_INT_H
#define KABAR_MASTER_INT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/log_pause.h"
#include "config/config.h"
#include "live/limits.h"
#include "live/scoreboard.h"
#include "master/admit.h"
#include "master/bridge.h"
#include "master/children.h"
#include "master/gate.h"
#include "master/housekeeping.h"
#include "master/listen.h"
#include "master/options.h"
#include "master/refuse.h"
#include "master/tls.h"

/* Complaints that are logged at most once in a while, however often they occur. */
enum master_complaint {
	MASTER_CANNOT_ACCEPT,
	MASTER_CANNOT_FORK,
	MASTER_TOO_MANY,
	MASTER_TOO_MANY_OF_ONE,
	MASTER_TOO_FAST,
	MASTER_TOO_MANY_UNKNOWN,
	MASTER_COMPLAINTS
};

/* A child has the copy of the moment of its fork(): what it closes must not change meanwhile. */
struct master {
	struct config *config;
	const struct master_options *opt;
	struct master_listen listen;
	struct master_tls tls;
	struct master_children *children;
	struct master_admit *admit;
	struct limits *limits; /* where refusals are counted */
	struct master_housekeeping housekeeping;
	struct master_bridge bridge;
	struct master_gate gate;
	struct master_refuse refuse;
	struct scoreboard *scoreboard; /* to reap slots; workers open it themselves */
	int pidfile;
	int control;          /* where kabarctl asks */
	int alive[2];         /* a pipe that nobody writes to: its end tells workers of ours */
	uint64_t connections; /* how many there ever were: the last one's number */
	uint64_t upgrades;    /* how often it has become a new program */
	int64_t since_ms;     /* when the first of them started, since 1970 */
	int64_t watchdog_ms;  /* how often the service manager wants to hear of us; 0: never */
	int64_t watchdog_due_ms;
	int64_t paused_until_ms;
	struct log_pause complaints[MASTER_COMPLAINTS];
};

#define MASTER_UPGRADE_SIGNAL SIGUSR2

/* In a child: as if the master had caught nothing; what is blocked stays so. */
void master_forget_signals(void);

/*
 * Opens everything that can fail; fills in who asked the master before for an upgrade. 0, or -1
 * with a sentence in error; master_close() is needed then, too.
 */
struct master_control_asker;
int master_open(struct master *, struct master_control_asker *, char *error, size_t size);
void master_close(struct master *);

/* To the configuration's target, facility and level. */
void master_start_log(const struct master *);
/* Writes the realm and its listeners, for people. */
void master_describe(const struct master *, char *text, size_t size);
/* Tells the service manager that we serve, and what. */
void master_notify_ready(const struct master *);
/* Sets those settings in a fresh configuration that stay as long as the master runs. */
void master_keep(struct config *fresh, const char *realm, const char *user, const char *state);
/* Reads the configuration again. 0, or -1: nothing has changed; text says how it went. */
int master_reload(struct master *, char *text, size_t size);
/* Answers one request at the control socket. */
void master_command(struct master *);
/*
 * Becomes the installed program; if that goes well it does not return, and the new program answers
 * the asker (NULL: nobody asked). -1 with a sentence in error: nothing has changed.
 */
int master_upgrade(struct master *, const struct master_control_asker *, char *error, size_t size);

/* In a child: closes the master's descriptors and resets its signals. */
void master_leave(const struct master *);

/* Takes the clients that wait at a listening socket, but only so many in one turn. */
void master_accept(struct master *, size_t listener);

#endif
