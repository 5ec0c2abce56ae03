/*
 * bench_run: measures rows in several rounds and prints them as one table. What a row measures
 * is the row's own business.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "bench_load.h"
#include "bench_server.h"
#include "bench_stat.h"

enum bench_fixture {
	FIXTURE_MAIN, /* sync = on, accounts and groups */
	FIXTURE_NOSYNC,
	FIXTURE_OFF,        /* history = off */
	FIXTURE_CHECKPOINT, /* sync = on, messages, and one checkpoint after another */
	FIXTURE_DEEP,       /* sync = off, many old messages */
	FIXTURE_FEW,        /* sync = on, a hundred accounts */
	FIXTURE_MANY,       /* sync = on, a hundred thousand */
	FIXTURE_PUSH, /* sync = on, ten thousand and a group, and nobody else writes to them */
	FIXTURE_NEAR, /* sync = on, a thousand, and FIXTURE_FAR is a peer: see bench_realm.h */
	FIXTURE_FAR,
	FIXTURE_TALK, /* sync = off, conversations */
	FIXTURE_TLS,  /* sync = on, nobody; TLS at the second port */
	FIXTURE_WEB,  /* sync = on, accounts and conversations; the page at the second port */
	FIXTURE_IRC,  /* sync = on, accounts; IRC at the second port */
	FIXTURE_IRC_NOSYNC,
	FIXTURES
};

/* Servers of other makes, to compare with: see bench_other.h. */
enum bench_other {
	OTHER_NGIRCD,
	OTHER_INSPIRCD,
	OTHER_PROSODY,
	OTHER_EJABBERD,
	OTHER_EJABBERD_SQL,
	OTHERS
};
struct bench_other_server {
	pid_t pid; /* 0: not started; -1: does not serve */
	int port;
};

struct bench_row;
struct realm_pair;

#define BENCH_ROUNDS_MAX 16

/* A run of the benchmark. */
struct bench {
	const char *programs;       /* the directory of kabard and kabarctl */
	const char *own;            /* that of bench_echo */
	char dir[SERVER_PATH - 64]; /* temporary */
	bool quick;
	bool list;
	unsigned int rounds;
	double warm_s;
	double run_s;
	unsigned int round; /* the present one, from 0 */
	struct server servers[FIXTURES];
	pid_t echo_pid;
	int echo_port;
	struct bench_other_server others[OTHERS];
	struct realm_pair *pair;           /* NULL: none yet */
	const struct bench_row *memory_of; /* which row left memory_inbox */
	double memory_inbox;
	double page_list_ms;  /* left by page_paint */
	double page_requests; /* left by page_bytes */
	double tdb_64;
	double trim_most_mb;
	double trim_mb;
	struct stat_sample push_sent; /* left by push_latency and push_fanout */
	struct stat_sample push_fanout_sent;
};

#define BENCH_SKIPPED (-2)

/*
 * One measurement: 0, -1 when there is none (said on standard error), or BENCH_SKIPPED when a
 * program that it needs is not installed.
 */
typedef int bench_measure(struct bench *, const struct bench_row *, struct stat_sample *);

struct bench_row {
	const char *name;
	const char *unit; /* NULL: per second */
	bench_measure *measure;
	enum bench_fixture fixture;
	unsigned int n; /* clients, or whatever the row has most of */
	unsigned int m; /* its second number */
	enum bench_other other;
	bool web;             /* the clients are open pages: they speak WebSocket */
	const char *beside;   /* the name of the row that it is to be read beside; NULL: none */
	const char *packages; /* of Debian, without which it is skipped */
	const char *promise;  /* of the server about the disk, in words; NULL: none */
	bool full_only;       /* not in a quick run */
	bool once;            /* one round must do */
	bool slow;            /* one round must do in a quick run */
};

/*
 * A program's main: reads its arguments, measures those rows whose names match one of the
 * patterns among them (all, if there are none) and those that they are read beside, and prints
 * the table. The exit status.
 */
int bench_main(int argc, char *argv[], const struct bench_row *rows, size_t n);
/* bench_run.c: does the measuring and printing. 0, or -1 when a row failed. */
int bench_run(struct bench *, const struct bench_row *rows, size_t n, char *const patterns[],
    size_t n_patterns);

/* bench_fixture.c: the running server of a row, started when it is first asked for; or NULL. */
struct server *bench_server(struct bench *, enum bench_fixture);
/* The port of a server that the row's clients connect to. */
int bench_port(const struct bench_row *, const struct server *);
/* The port of bench_echo, or -1. */
int bench_echo(struct bench *);

/* The accounts of FIXTURE_DEEP: from each of these indices on, some of one kind. */
#define DEEP_MEMORY    0 /* with ten unread messages, for the rows of 10,000 connections */
#define DEEP_APPEND    0 /* the first of them, in turn, for appends to short logs */
#define DEEP_APPENDS   2000
#define DEEP_MEMORY_1K 10000 /* and for those of 1,000, a thousand for each round */
#define DEEP_READERS   13000 /* with ten messages that were read */
#define DEEP_N_READERS 32
#define DEEP_10K       13100 /* with ten thousand */
#define DEEP_MILLION   13101 /* with a million, in a quick run a tenth */
#define DEEP_SENDER    13102
#define DEEP_ACCOUNTS  13103

/* The accounts of FIXTURE_TALK. */
#define TALK_ONE      0 /* who talks with the two below */
#define TALK_100      1 /* a hundred messages */
#define TALK_MILLION  2 /* a million, in a quick run a tenth */
#define TALK_SCREEN   3 /* who opens the client's screen */
#define TALK_OTHERS   4 /* the first of those who talk with them */
#define TALK_N_OTHERS 1000
#define TALK_EACH     100 /* messages in each of these conversations */

/* The accounts of FIXTURE_WEB. */
#define WEB_SENDERS  0    /* who send to each other */
#define WEB_MEMORY   1000 /* who are logged in and watch */
#define WEB_READER   8000 /* who opens the page, and has conversations with those that follow */
#define WEB_TALKS    100
#define WEB_EACH     100 /* messages in each */
#define WEB_ACCOUNTS (WEB_READER + 1 + WEB_TALKS)

#define MAIN_ACCOUNTS  10000
#define SLOW_ACCOUNT   20000 /* in FIXTURE_MAIN, hashed at the default cost */
#define FEW_ACCOUNTS   100
#define MANY_ACCOUNTS  100000
#define QUICK_ACCOUNTS 20000
#define PUSH_ACCOUNTS  10000
#define PUSH_GROUP     1001 /* members: a thousand who follow, and the sender */

/* Fills in what a load has measured. 0, or -1 with a sentence when requests have failed. */
int bench_sample(const struct bench_row *, const struct load_result *, struct stat_sample *);

/* One thing done again and again for the time of a row; once returns 0, or -1 with errno set. */
struct bench_job {
	int (*once)(void *arg);
	void *arg;
};

/* Does it, and fills in how often and how long. 0 or -1. */
int bench_repeat(const struct bench *, const struct bench_job *, struct stat_sample *);

/* bench_floor.c */
bench_measure floor_fork, floor_tdb, floor_tdb_records, floor_tdb_nosync, floor_pingpong,
    floor_write, floor_relay, floor_memory;
/* bench_send.c */
bench_measure send_private, send_fixed, send_group, send_append;
/* bench_checkpoint.c */
bench_measure checkpoint_start;
/* bench_store.c */
bench_measure store_appends;
/* bench_read.c */
bench_measure read_inbox, read_auth, read_slow_auth, read_connect, read_connect_info;
/* bench_client.c */
bench_measure client_start, client_bytes, client_idle;
/* bench_history.c */
bench_measure history_newest;
/* bench_page.c */
bench_measure page_bytes, page_requests, page_paint, page_list;
/* bench_tls.c */
bench_measure tls_connect_one;
/* bench_memory.c */
bench_measure memory_login, memory_inbox, memory_watch;
/* Returns the memory that the machine has left, once it has settled, in kB. */
double memory_available(void);
/* bench_trim.c */
bench_measure trim_half, trim_end;
/* bench_push.c */
bench_measure push_latency, push_latency_sent, push_fanout, push_fanout_sent;
/*
 * Connects clients: the accounts from 0 on follow, those after them are only logged in; and waits
 * until all have had what was left for them. 0 or -1.
 */
int push_followers(struct load *, const struct server *, unsigned int followers,
    unsigned int others);
/* bench_realm_rows.c */
bench_measure realm_memory, realm_drain, realm_delivery_result, realm_peer_down;
/* bench_idle.c */
bench_measure idle_cpu;
/* The CPU time that the processes of a server have used so far. */
double idle_cpu_ns(const struct server *);
/* The same of one process with one thread; 0: it has ended. */
double idle_process_cpu_ns(pid_t);
/* Calls it for each process of a server: master, workers, and committer. */
void idle_each_process(const struct server *, void (*)(void *arg, pid_t), void *arg);

#endif
