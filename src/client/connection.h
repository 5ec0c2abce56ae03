/*
 * client_connection: a connection to a server, for an event loop and for a program that waits for
 * each reply. It dials, speaks TLS where it is told to, judges the server's key, gathers requests,
 * and cuts what comes into replies and events. What these mean is left to others.
 *
 * A loop calls polls, waits for wait_ms() at most, calls step, and then next until there is
 * nothing.
 */
#ifndef KABAR_CLIENT_CONNECTION_H
#define KABAR_CLIENT_CONNECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/known_keys.h"
#include "net/polls.h"

#define CLIENT_REPLY_MAX        (1024 * 1024)      /* bytes of a reply, its end not counted */
#define CLIENT_REPLY_INBOX_MAX  (96 * 1024 * 1024) /* of one that may hold files */
#define CLIENT_CONNECTION_ERROR 512

enum client_connection_state {
	CLIENT_CLOSED,     /* nothing is open */
	CLIENT_CONNECTING, /* the host is looked up and dialled, and TLS begins */
	CLIENT_OPEN,       /* requests go out and replies come */
	CLIENT_FAILED,     /* nothing more comes: see the failure and the error */
};

enum client_failure {
	CLIENT_FAILURE_NONE,
	CLIENT_FAILURE_MEMORY,
	CLIENT_FAILURE_LOCAL,       /* the files of known keys, or libtls */
	CLIENT_FAILURE_UNREACHABLE, /* no such host, or it does not answer */
	CLIENT_FAILURE_TLS,         /* it does not speak TLS, or not as it should */
	CLIENT_FAILURE_KEY,         /* its key is another than it should be */
	CLIENT_FAILURE_CLOSED,      /* the connection has ended */
	CLIENT_FAILURE_PROTOCOL,    /* what came is no reply */
	CLIENT_FAILURE_SILENT,      /* a reply did not come in time */
};

enum client_message {
	CLIENT_NOTHING, /* nothing whole has come yet */
	CLIENT_REPLY,
	CLIENT_EVENT,  /* it has a member "event", which no reply has */
	CLIENT_BROKEN, /* the connection has failed: it is said once and again */
};

struct client_connection;

/* NULL without memory. */
struct client_connection *client_connection_new(void);
/* Ends what is open. */
void client_connection_free(struct client_connection *);

/*
 * Begins to connect; what was open before ends. With tls the server's certificate must have the
 * given fingerprint (letters in any case), which is then remembered; or, if that is NULL or "", the
 * one that is remembered; a server never seen before is believed, and its key remembered. The texts
 * may go.
 */
void client_connection_open(struct client_connection *, const char *host, uint16_t port, bool tls,
    const char *fingerprint);
void client_connection_close(struct client_connection *);

enum client_connection_state client_connection_state(const struct client_connection *);
enum client_failure client_connection_failure(const struct client_connection *);
/* Why it failed: a sentence for people, clean for a terminal. "" before that. */
const char *client_connection_error(const struct client_connection *);
/* The fingerprint of the server's certificate, or "" without TLS and before it is known. */
const char *client_connection_fingerprint(const struct client_connection *);
/* Whether the server was never seen before, so that its key was believed unseen. */
bool client_connection_is_new(const struct client_connection *);

void client_connection_polls(struct client_connection *, struct polls *);
/* How long to wait at most, in milliseconds; -1: for ever. Asked after polls. */
int client_connection_wait_ms(struct client_connection *);
/* After the wait. */
void client_connection_step(struct client_connection *, const struct polls *);
/*
 * The next reply or event, which the caller gives back with json_decref(). What came before an end
 * is handed out before CLIENT_BROKEN.
 */
enum client_message client_connection_next(struct client_connection *, json_t **);

/* Gathers bytes, which step sends. Nothing happens where the connection has failed. */
void client_connection_put(struct client_connection *, const char *data, size_t len);
/* Whether enough waits to be sent; a caller with much to send waits until it is false. */
bool client_connection_is_full(const struct client_connection *);
/* Replies may have so many bytes from here on. */
void client_connection_set_reply_max(struct client_connection *, size_t max);

/*
 * For a reply that is taken as it comes: the bytes that are here, good until the next step, and
 * taking the first of them. Nothing is cut or judged.
 */
size_t client_connection_rest(const struct client_connection *, const char **data);
void client_connection_take(struct client_connection *, size_t len);
/* The caller cannot go on with what came: the connection fails with a sentence. */
void client_connection_fail(struct client_connection *, enum client_failure, const char *sentence);

/*
 * For programs that wait: one turn of a loop, which ends when something happened, or fails the
 * connection with CLIENT_FAILURE_SILENT when nothing did for so many milliseconds (-1: for ever). A
 * signal ends it, too. The state afterwards.
 */
enum client_connection_state client_connection_turn(struct client_connection *, int wait_ms);

#endif
