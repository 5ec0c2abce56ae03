/*
 * client_session: for commands: an account, the connection to its server, and requests that wait
 * for their reply. Whatever goes wrong is told on the standard error in one sentence, and as an
 * exit status of sysexits.h, which is 0 where all went well.
 */
#ifndef KABAR_CLIENT_SESSION_H
#define KABAR_CLIENT_SESSION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/account.h"
#include "client/connection.h"
#include "client/dialect.h"

#define CLIENT_SESSION_WORDS   8
#define CLIENT_SESSION_WAIT_MS 60000 /* without a byte of a reply */

struct client_session {
	struct client_account account;
	char fingerprint[CLIENT_FINGERPRINT]; /* given for this time, or "" */
	const struct client_dialect *dialect;
	struct client_connection *connection; /* NULL: never opened */
	json_t *features;                     /* the reply that lists them; NULL: it has none */
	int status;                           /* of what failed last, or 0 */
};

/*
 * Connects, and asks the server for its features where its dialect may have them. Does it again
 * after the connection was lost. 0, or the status.
 */
int client_session_open(struct client_session *);
/* The same, and says nothing of a server that does not answer. */
int client_session_reopen(struct client_session *);
void client_session_close(struct client_session *);

/* Whether the server can do this, as far as that is known before it is asked. */
bool client_session_can(const struct client_session *, enum client_verb);
/* Says that it cannot. Returns the status for that. */
int client_session_cannot(struct client_session *, enum client_verb);

/*
 * Sends a request: the verb, the token, if there is one, the words up to the first NULL, and a text
 * (NULL: none). 0, or the status: the server cannot do it, or a word cannot be sent.
 */
int client_session_put(struct client_session *, enum client_verb, const char *const *words,
    const char *text, size_t len);
/* The same without an end: what follows the words, and CR LF, is the caller's. */
int client_session_begin(struct client_session *, enum client_verb, const char *const *words);
/*
 * Waits for the next reply, or with `event` also for an event; other events are dropped. The caller
 * gives it back. NULL: the connection has failed, and the status says how; without `quiet` it is
 * told.
 */
json_t *client_session_await(struct client_session *, bool event, bool quiet);
/*
 * Fails the connection where a reply comes too slowly for ever: it began then, by the monotonic
 * clock, and so many bytes have come.
 */
void client_session_watch_pace(struct client_session *, int64_t begun_ms, uint64_t came);
/* Both, and demands that all went well: else NULL, and the status says why. */
json_t *client_session_call(struct client_session *, enum client_verb, const char *const *words,
    const char *text, size_t len);
#define CLIENT_WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define CLIENT_NO_WORDS   ((const char *const[]){ NULL })
/*
 * The reply of a request that has a key, which the server takes once. NULL: the connection broke,
 * or is failed here, since the reply says that the request's fate is not known. The request goes
 * again then.
 */
json_t *client_session_sure(struct client_session *, json_t *reply);
/* Tells of a reply that is a refusal. Returns the status. */
int client_session_refused(struct client_session *, const json_t *reply);
/* The status of a connection that has failed: EX_TEMPFAIL where it broke. */
int client_session_failure(struct client_session *);
/* Tells why the connection has failed. Returns the status. */
int client_session_broken(struct client_session *);

#endif
