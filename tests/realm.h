/*
 * realm: for integration tests: a realm of the test's own in a temporary directory, and the real
 * programs that serve and administer it. What is said to them is dialogue's business.
 */
#ifndef REALM_H
#define REALM_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "suite.h"

#define REALM_PATIENCE_MS SUITE_PATIENCE_MS
#define REALM_PATH_MAX    160

/* Where the built programs lie. */
extern const char *const realm_kabard_path;
extern const char *const realm_kabarctl_path;

struct sockaddr_in;

struct realm {
	char dir[REALM_PATH_MAX];
	char config[REALM_PATH_MAX];
	char state[REALM_PATH_MAX];
	char log[REALM_PATH_MAX]; /* the programs' standard error */
	const char *address;      /* numeric */
	uint16_t port;
	int port_fd;  /* keeps the port from others while kabard is down */
	int first_fd; /* the connection that showed that kabard is up, for the first who wants one
	               */
	pid_t kabard; /* 0: not running */
};

/* A test case with the fixture and the patience that realms need. */
TCase *realm_tcase(Suite *, const char *name);
/* The main() of a test program: runs the suite and gives the exit status. */
int realm_run_suite(Suite *);

/*
 * Makes the realm surabaya with the users messi, henderson and lineker, whose password is
 * surabaya, and a free port. `settings` are further lines for the configuration.
 */
void realm_make(struct realm *, const char *settings);
/* The same on another address; false when this machine does not have it. */
bool realm_make_at(struct realm *, const char *address, const char *settings);
/* Writes the configuration anew, with `settings` instead of those of before. */
void realm_configure(const struct realm *, const char *settings);
/* Stops kabard, if it runs, and removes everything. */
void realm_remove(struct realm *);

/* Starts kabard and returns when it accepts connections. */
void realm_start(struct realm *);
/* Sends SIGTERM and waits for the end; the status as waitpid() gives it. */
int realm_stop(struct realm *);

/*
 * Binds a socket to this port of 127.0.0.1 (0: to a free one), so that no other process gets it.
 * Returns the socket, which does not listen, and its name.
 */
int realm_bind_port(uint16_t port, struct sockaddr_in *name);

/* A new connection to kabard. -1 with errno when there is none to be had. */
int realm_connect(const struct realm *);
/* A condition: connects to the realm that is arg, and keeps the connection as its first_fd. */
bool realm_accepts(void *arg);
/* The same, but this side's kernel takes only a few kB that are not read. */
int realm_connect_narrow(const struct realm *);

/* Reads until the other side has ended the connection, and closes it. */
void realm_hear_end(int fd);

/* Starts a program whose standard error goes to the log; in and out become its 0 and 1. */
pid_t realm_spawn(const struct realm *, int in, int out, const char *const argv[]);
/* Waits, but not for ever; the status as waitpid() gives it. */
int realm_await(pid_t);

/*
 * Runs a program to its end with `input` (may be NULL) as its standard input; what it prints on
 * both outputs goes into output (may be NULL), cut where it does not fit. The exit status, or -1
 * when a signal ended it.
 */
int realm_run(const char *const argv[], const char *input, char *output, size_t size);
/* The same for kabard, with these arguments after `-c FILE`. */
int realm_run_kabard(const struct realm *, const char *const args[], char *output, size_t size);
/* Runs kabarctl and demands that it succeeds. */
void realm_ctl(const struct realm *, const char *input, const char *const args[]);
#define REALM_CTL(realm, input, ...) \
	realm_ctl(realm, input, (const char *const[]){ __VA_ARGS__, NULL })

/* Looks again and again until the condition holds; false when that does not happen. */
bool realm_until(bool (*condition)(void *), void *arg);
/* Tells whether a line of the log holds this text. */
bool realm_logged(const struct realm *, const char *text);
/* Waits for such a line; the test fails if none comes. */
void realm_await_log(const struct realm *, const char *text);
/* Has kabard read its configuration again, and waits until it has. */
void realm_reload(const struct realm *);
/* How many lines of the log hold this text. */
size_t realm_log_count(const struct realm *, const char *text);
/* The number of files below a directory of the state, without lock files and hidden ones. */
size_t realm_count_files(const struct realm *, const char *directory);
/* The process ids of the workers that have had to do with the store; how many there are. */
size_t realm_workers(const struct realm *, pid_t *pids, size_t size);
/* The one that has come since `before` was asked for, of which there were n. */
pid_t realm_new_worker(const struct realm *, const pid_t *before, size_t n);
/* How many of their connections are shown as those of somebody. */
size_t realm_online(const struct realm *);
/* The committer at work; 0: none. */
pid_t realm_committer(const struct realm *);
/* What kabarctl stats counts under this key. */
uint64_t realm_count(const struct realm *, const char *key);
/*
 * Everyone: the committer and all whose standard error is the log, such as master, workers and
 * janitor. How many of them are in pids, no more than its size.
 */
size_t realm_processes(const struct realm *, pid_t *pids, size_t size);
/* The bridge that runs now; 0: none does. */
pid_t realm_bridge(const struct realm *);

int64_t realm_now_ms(void);

#endif
