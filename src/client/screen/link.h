/*
 * link: the connection of a screen: requests in order and whose reply is whose, and a new
 * connection when it was lost, after pauses that grow. What is asked and what replies mean is left
 * to others.
 */
#ifndef KABAR_CLIENT_SCREEN_LINK_H
#define KABAR_CLIENT_SCREEN_LINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "client/account.h"
#include "client/connection.h"

enum client_screen_link_state {
	CLIENT_SCREEN_LINK_OFF, /* nothing is tried: see the error, if there is one */
	CLIENT_SCREEN_LINK_CONNECTING,
	CLIENT_SCREEN_LINK_ON,
	CLIENT_SCREEN_LINK_WAITING, /* until the next try */
};

/* Takes a reply; `about` is what client_screen_link_ask() was told. */
typedef void client_screen_link_taker(void *arg, const json_t *reply, const char *about);

struct client_screen_link_request {
	client_screen_link_taker *take; /* NULL: nobody wants the reply */
	char *about;
};

struct client_screen_link {
	const struct client_account *account; /* where to, and with which token */
	const char *fingerprint;
	struct client_connection *connection;
	enum client_screen_link_state state;
	struct client_screen_link_request *requests; /* without replies so far, in order */
	size_t n;
	int64_t pause_ms;
	int64_t retry_ms;                    /* monotonic, as the next */
	int64_t opened_ms;                   /* since when the connection holds */
	int64_t heard_ms;                    /* when something came, or was asked behind nothing */
	size_t rest;                         /* bytes that had come then and were not taken */
	char error[CLIENT_CONNECTION_ERROR]; /* why it was lost; clean */
	void *arg;
	void (*opened)(void *arg);                     /* requests may be made */
	void (*event)(void *arg, const json_t *event); /* one that was not asked for */
};

/* The account and the fingerprint (or NULL) stay the caller's. 0, or -1 without memory. */
int client_screen_link_init(struct client_screen_link *, const struct client_account *,
    const char *fingerprint, void *arg);
void client_screen_link_free(struct client_screen_link *);
/* Connects now. */
void client_screen_link_start(struct client_screen_link *);
/* Ends the connection and tries no more. */
void client_screen_link_stop(struct client_screen_link *);
bool client_screen_link_is_on(const struct client_screen_link *);

/*
 * Asks `verb TOKEN rest`, or without the token when there is none yet, or where the verb begins
 * with '!', which is then left out. False: there is no connection, or no memory, or a byte in it
 * that ends lines. `about` is copied, and may be NULL.
 */
bool client_screen_link_ask(struct client_screen_link *link, client_screen_link_taker *take,
    const char *about, const char *verb, const char *rest);

/* Ends a connection that cannot be trusted to be in step, as one that was lost; a clean text. */
void client_screen_link_break(struct client_screen_link *, const char *why);

void client_screen_link_polls(struct client_screen_link *, struct polls *);
/* Milliseconds until it has something to do; -1: only when the polls tell. */
int client_screen_link_wait_ms(const struct client_screen_link *);
/* Takes what has come. */
void client_screen_link_step(struct client_screen_link *, const struct polls *);

#endif
