/*
 * soak: two realms that are one another's peers live through a busy time: what all parts of the
 * soak test share. Each user, each newcomer, each administrator and the watch are a thread.
 */
#ifndef SOAK_H
#define SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench_server.h"
#include "soak_ledger.h"

enum { SOAK_ROUGH, SOAK_CALM, SOAK_REALMS }; /* in the calm one only workers are killed */
enum soak_port { PORT_REALM, PORT_SHOW, PORT_LOGIN, PORT_FILES, PORT_PEER, SOAK_PORTS };

#define SOAK_USERS     50 /* of each realm: u00 ... */
#define SOAK_NEWCOMERS 2
#define SOAK_GROUPS    5
#define SOAK_USER      "u%02u"
#define SOAK_GROUP     "g%u"
#define SOAK_PASSWORD  "rahasia"
#define SOAK_PATH      (SERVER_PATH + 64)

/* The senders by number: users of both realms, then newcomers, then the administrators. */
#define SOAK_NEWCOMER(realm, i) (SOAK_REALMS * SOAK_USERS + (realm)*SOAK_NEWCOMERS + (i))
#define SOAK_ADMIN(realm)       (SOAK_REALMS * (SOAK_USERS + SOAK_NEWCOMERS) + (realm))
_Static_assert(SOAK_ADMIN(SOAK_REALMS) <= LEDGER_SENDERS, "the ledger knows all who send");
_Static_assert(SOAK_REALMS *SOAK_USERS <= LEDGER_READERS, "and all who read");

/* Counters of the report; soak_report.c has the words. */
enum soak_count {
	SOAK_SESSIONS,
	SOAK_VANISHED,
	SOAK_REQUESTS,
	SOAK_ACKNOWLEDGED,
	SOAK_ABROAD,
	SOAK_REFUSED,
	SOAK_UNANSWERED,
	SOAK_READ,
	SOAK_REPEATED,
	SOAK_PUSHED,
	SOAK_UPLOADS,
	SOAK_DOWNLOADS,
	SOAK_NEWCOMERS_CAME,
	SOAK_RELOADS,
	SOAK_UPGRADES,
	SOAK_BACKUPS,
	SOAK_RESTORES,
	SOAK_COMPACTIONS,
	SOAK_CHECKS,
	SOAK_BROADCASTS,
	SOAK_KICKS,
	SOAK_OTHER_COMMANDS,
	SOAK_WORKERS_KILLED,
	SOAK_COMMITTERS_KILLED,
	SOAK_BRIDGES_KILLED,
	SOAK_KABARDS_KILLED,
	SOAK_POWER_CUTS,
	SOAK_RESTARTS,
	SOAK_ROTATIONS,
	SOAK_CHECKPOINTS,
	SOAK_DOUBLED,
	SOAK_DISORDERED,
	SOAK_STRAYED,
	SOAK_BOUNCED,
	SOAK_EXPIRED,
	SOAK_LOST,
	SOAK_FAILURES,
	SOAK_COUNTS
};

enum soak_phase {
	SOAK_RUNNING,
	SOAK_DRAINING, /* nobody sends any more, all read what there is */
	SOAK_OVER
};

struct soak_realm {
	unsigned int index;
	const char *name;
	char dir[SERVER_PATH];
	char state[SOAK_PATH];
	char config[SOAK_PATH];
	char log[SOAK_PATH];
	int ports[SOAK_PORTS];
	int port_fds[SOAK_PORTS];        /* keep the ports while kabard is down */
	atomic_int kabard;               /* 0: it does not run */
	atomic_int connected;            /* of our clients */
	atomic_uint_fast64_t newest_log; /* what its name begins with, and one; 0: not seen yet */
	atomic_uint_fast64_t newest_checkpoint;
};

struct soak {
	const char *programs;
	unsigned int seconds;
	unsigned int keep_s; /* read messages, and files */
	uint64_t seed;
	char dir[SERVER_PATH - 64];
	struct soak_realm realms[SOAK_REALMS];
	struct ledger *ledger;
	atomic_uint_fast64_t counts[SOAK_COUNTS];
	atomic_int phase; /* enum soak_phase */
	atomic_uint connections;
	int64_t start_ms;
};

/* soak.c */
int64_t soak_now_ms(void);
void soak_pause_ms(unsigned int ms);
void soak_count(struct soak *, enum soak_count);
/* Something that must not be: counted, and the first of them printed. */
void soak_fail(struct soak *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool soak_runs(const struct soak *);
bool soak_is_member(unsigned int group, unsigned int user);
/* The readers of a group, LEDGER_READERS at most; how many there are. */
unsigned int soak_members(unsigned int realm, unsigned int group, unsigned int *readers);

/* Numbers that look random, the same for the same seed. */
struct dice {
	uint64_t state;
};
void dice_init(struct dice *, uint64_t seed, uint64_t stream);
/* 0 ... n - 1; n is not 0. */
unsigned int dice_roll(struct dice *, unsigned int n);
bool dice_percent(struct dice *, unsigned int percent);

/* soak_realm.c: 0, or -1 with a sentence printed. */
int soak_realm_make(struct soak *, unsigned int index);
/* Writes both configurations, when both realms are made. */
int soak_realm_configure(struct soak *, unsigned int index);
int soak_realm_start(struct soak *, struct soak_realm *);
/* Waits until kabard has ended, by this signal or at the latest by SIGKILL; its status. */
int soak_realm_end(struct soak *, struct soak_realm *, int signal);
void soak_realm_remove(struct soak_realm *);
/*
 * Runs kabarctl, with `input` (may be NULL) as its standard input; what it says goes into output
 * (may be NULL). config NULL: the realm's. The exit status, or -1.
 */
int soak_ctl(struct soak *, const struct soak_realm *, const char *config, const char *input,
    char *output, size_t size, const char *const args[]);
#define SOAK_CTL(soak, realm, ...) \
	soak_ctl(soak, realm, NULL, NULL, NULL, 0, (const char *const[]){ __VA_ARGS__, NULL })

/* The threads; each returns when its part is over. */
struct soak_role {
	struct soak *soak;
	struct soak_realm *realm;
	unsigned int index; /* among its like */
};
void *soak_user(void *role);     /* soak_user.c */
void *soak_newcomer(void *role); /* soak_newcomer.c */
void *soak_admin(void *role);    /* soak_admin.c */

#endif
