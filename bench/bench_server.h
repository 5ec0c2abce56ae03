/*
 * bench_server: the real kabard, with a state directory of its own, on a free port of 127.0.0.1;
 * and other programs that serve the benchmark.
 */
#ifndef BENCH_SERVER_H
#define BENCH_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "chat/chat.h"

#define SERVER_PATH 512

struct server {
	pid_t pid; /* 0: does not run */
	int port;
	int second_port;       /* of another listener that the settings add; 0: none */
	char dir[SERVER_PATH]; /* state, config and log */
};

struct server_options {
	const char *programs; /* the directory of kabard and kabarctl */
	const char *dir;      /* below this one, which is there */
	const char *name;
	bool sync;
	bool defaults;        /* limits and the cost of passwords are as the server has them */
	const char *realm;    /* NULL: bench */
	const char *settings; /* more lines of the configuration; NULL: none */
	/* Puts into the store what the server will find there. NULL: nothing. 0 or -1. */
	int (*fill)(struct chat *, void *arg);
	void *arg;
};

/* Makes the realm, fills it without sync, starts kabard and waits until it answers. 0 or -1. */
int server_start(struct server *, const struct server_options *);
/* The same without starting it; and starting what was made, with these settings. 0 or -1. */
int server_make(struct server *, const struct server_options *);
int server_serve(struct server *, const struct server_options *);
/* Writes a realm's configuration; tells whether this version of kabard accepts it. */
bool server_accepts(struct server *, const struct server_options *);
/* Opens the store of a server, running or not. 0 or -1; close both afterwards. */
int server_chat(const struct server *, struct config *, struct chat *);
/* SIGTERM, then SIGKILL; waits until it and its committer are gone. */
void server_stop(struct server *);
/* Removes a realm that does not run. */
void server_forget(struct server *);

/*
 * Starts a program that ends with us, its output in the file `log` (NULL: ours), its standard
 * output in the pipe *out unless NULL. The pid, or -1.
 */
pid_t server_spawn(const char *const argv[], const char *log, int *out);
/* Ends it with this signal, after ten seconds with SIGKILL. */
void server_end(pid_t, int signal);
/* Waits until somebody listens, at most so long. 0, or -1 when the process has ended. */
int server_wait(pid_t, int port, int seconds);
/* A port of 127.0.0.1 that nobody listens on just now, or -1. */
int server_free_port(void);
/* Reads the beginning of a file of a process, as a string. False: it has ended, or may not be read.
 */
bool server_read_proc(pid_t, const char *name, char *data, size_t size);
/* Removes a directory and all that is in it. */
void server_remove(const char *dir);

#endif
