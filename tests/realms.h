/*
 * realms: for integration tests: two or three realms on the loopback that are one another's peers,
 * each with a clock of its own. What one bridge says to another realm goes through a relay.
 */
#ifndef REALMS_H
#define REALMS_H

#include "dialogue.h"
#include "live/link_status.h"
#include "net/realm_key.h"
#include "realm_clock.h"
#include "relay.h"

enum { SURABAYA, MALANG, BATU, REALMS };

struct realms {
	int n;
	struct realm realm[REALMS];
	struct realm_clock clock[REALMS];
	struct dialogue talk[REALMS];       /* one for each */
	struct relay relay[REALMS][REALMS]; /* from the one's bridge to the other */
	int port_fd[REALMS];
	uint16_t port[REALMS]; /* where other realms are listened for */
	char fingerprint[REALMS][REALM_KEY_FINGERPRINT];
	uint64_t peer_id[REALMS][REALMS]; /* in the one's store; 0: not looked up yet */
};

extern const char *const realms_names[REALMS];
/* Of the test that runs. */
extern struct realms realms;

/* A test case in which each test has two or three realms that know one another. */
TCase *realms_tcase(Suite *, const char *name, int n);

/* Writes a realm's configuration anew, with these lines besides; they hold at once if it runs. */
void realms_configure(int realm, const char *settings);
/* The same without peers but those of the settings. */
void realms_configure_alone(int realm, const char *settings);
/* A section "peer" as the configuration has it. */
#define REALMS_PEER 512
void realms_peer(int realm, int peer, const char *fingerprint, char text[REALMS_PEER]);

/* Starts kabard and, by the first words of its dialogue, connections. */
void realms_start(int realm);
/* Stops it; the dialogue is over. */
void realms_stop(int realm);
/* Kills kabard and all that belongs to it. */
void realms_kill(int realm);
/* Starts all, and returns when they are connected to one another. */
void realms_start_all(void);

/* dialogue_run(), and with a script made as printf() does. */
#define realms_run(realm, script) dialogue_run_at(&realms.talk[realm], __FILE__, __LINE__, script)
#define realms_runf(realm, ...) \
	dialogue_runf_at(&realms.talk[realm], __FILE__, __LINE__, __VA_ARGS__)
/* messi logs in as a, henderson as b, lineker as c. */
void realms_login(int realm);
/* The same in each realm. */
void realms_login_all(void);

/*
 * realm_until(), but where a bridge is dead or a link down, time passes meanwhile, so that nobody
 * waits for the pause before the next try.
 */
bool realms_until(bool (*condition)(void *), void *arg);
/* False: nobody shows anything of it. */
bool realms_link(int realm, int peer, struct link_status *);
void realms_await_link(int realm, int peer, enum link_status_state);
/* Returns the number of messages that wait in an outbox. */
uint64_t realms_queued(int realm, int peer);
void realms_await_queued(int realm, int peer, uint64_t n);
/* Waits until all outboxes are empty. */
void realms_await_all(void);
/* A line of the realm's log says this; how many do. */
void realms_await_log(int realm, const char *text);
/* The process that is the bridge; 0: none. */
pid_t realms_bridge(int realm);
/* kabarctl check finds nothing wrong in any of them. */
void realms_check(void);
/* Runs kabarctl in a realm and demands that it succeeds and says exactly this. */
void realms_says(int realm, const char *output, const char *const args[]);

#endif
