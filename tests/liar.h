/*
 * liar: for tests of the client: a server that says what a test has it say, on loopback, in a
 * process of its own.
 */
#ifndef LIAR_H
#define LIAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A client's connection as the server sees it. */
struct liar_client {
	int fd;
	void *arg;
};

/* Serves one client, whose connection is closed when it returns. */
typedef void liar_serve(struct liar_client *);

struct liar {
	pid_t pid;
	uint16_t port;
};

/* Starts one that serves its clients one after the other. */
struct liar liar_start(liar_serve *, void *arg);
void liar_stop(struct liar *);

/* Reads a request up to CR LF, without it, ended by NUL; what is too long is cut. False: no more.
 */
bool liar_hear(struct liar_client *, char *request, size_t size);
/* Says all of it. A client that has gone hears nothing: false. */
bool liar_say(struct liar_client *, const void *data, size_t len);
bool liar_say_text(struct liar_client *, const char *);
/* Says a reply: the text and CR LF CR LF. */
bool liar_reply(struct liar_client *, const char *);

#endif
