/*
 * attack: honest clients of a realm while hostile ones do what they can: what the parts of the
 * program tell each other. It drives kabard from outside only, so it also measures another
 * version's programs.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "bench_load.h"
#include "bench_server.h"

#define ATTACK_HONEST   32   /* clients that are logged in and send */
#define ATTACK_LOGINS   32   /* accounts that log in meanwhile, in turn */
#define ATTACK_HOSTILE  1000 /* at most */
#define ATTACK_MANY     200  /* addresses */
#define ATTACK_NAME     "u%06u"
#define ATTACK_PASSWORD "rahasia-sekali"

/* Where clients come from: all are addresses of the loopback interface. */
#define ATTACK_FROM_HOSTILE 0x7f000002u /* 127.0.0.2 */
#define ATTACK_FROM_MANY    0x7f000101u /* 127.0.1.1 and so on */
#define ATTACK_FROM_HONEST  0x7f000201u
#define ATTACK_FROM_LOGINS  0x7f000301u

/* What hostile clients have done and met; shared with the process that measures. */
struct attack_hostile {
	_Atomic uint32_t present; /* clients that have been connected once */
	_Atomic uint64_t connects;
	_Atomic uint64_t refused; /* connections that failed, or ended within a second */
	_Atomic uint64_t closed;  /* connections that the server ended later */
	_Atomic uint64_t bytes;   /* sent */
};

/* Honest logins; shared with the process that measures. */
struct attack_logins {
	uint64_t done;
	uint64_t failed; /* refused, without reply, or later than ten seconds */
	int64_t max_ns;
	char failure[LOAD_HEAD + 1]; /* the first of the failed */
	struct stat_hist hist;
};

/* The most memory that the server has taken; shared with the process that measures. */
struct attack_memory {
	_Atomic uint64_t peak_kb;
};

/*
 * attack_hostile.c: serves as the hostile clients, who connect to the port from so many addresses,
 * the first of which is `from`. Ends by a signal only.
 */
void attack_hostile(struct attack_hostile *, size_t clients, int port, uint32_t from,
    unsigned int addresses) __attribute__((noreturn));
/* Listens on a free port of 127.0.0.1. The descriptor, or -1. */
int attack_sink_listen(int *port);
/* Accepts and discards what comes, without an answer. Ends by a signal only. */
void attack_sink(int listener) __attribute__((noreturn));

/* attack_login.c: logs in every 100 ms until a signal; *logins is complete from then on. */
void attack_login(struct attack_logins *, int port);

/* attack_memory.c: the kB of all processes of kabar that descend from this one (sum of PSS). */
uint64_t attack_memory_kb(pid_t root);
/* Samples that until a signal. */
void attack_memory_watch(struct attack_memory *, pid_t root);
/* The CPU time of these processes so far, in seconds, without that of processes nobody waited for.
 */
double attack_cpu_s(pid_t root);

#endif
