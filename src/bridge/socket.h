/*
 * bridge_socket: questions and commands for the bridge, from workers and kabarctl: a socket in the
 * state directory, one JSON object for a request and for a reply.
 */
#ifndef KABAR_BRIDGE_SOCKET_H
#define KABAR_BRIDGE_SOCKET_H

#include "net/polls.h"
#include "peering/reply.h"

enum bridge_answer {
	BRIDGE_ANSWER_OK,
	BRIDGE_ANSWER_LATER, /* bridge_socket_answer() will tell it */
	BRIDGE_ANSWER_NO_REALM,
	BRIDGE_ANSWER_NO_USER,
	BRIDGE_ANSWER_NO_ANSWER,
	BRIDGE_ANSWER_BAD,   /* the request makes no sense */
	BRIDGE_ANSWER_FAILED /* the log has the reason */
};

/* The functions behind questions and commands. */
struct bridge_commands {
	/* Asks about a user (a valid name) elsewhere; *peer will answer this id. */
	enum bridge_answer (
	    *info)(void *arg, const char *realm, const char *user, uint64_t id, uint64_t *peer);
	/* Pulls the messages that a legacy peer keeps for a user. */
	enum bridge_answer (
	    *pull)(void *arg, const char *realm, const char *user, uint64_t id, uint64_t *peer);
	/* Bounces all messages that wait for a realm; *count: how many. */
	enum bridge_answer (*drop)(void *arg, const char *realm, uint64_t *count);
	/* Dials a realm now; NULL: all. */
	enum bridge_answer (*flush)(void *arg, const char *realm);
	/* The peer has just called, so it can be reached. */
	enum bridge_answer (*alive)(void *arg, const char *realm);
	enum bridge_answer (*reload)(void *arg);
	void *arg;
};

struct bridge_socket;

/* Listens in this state directory; the commands must stay. NULL with errno. */
struct bridge_socket *bridge_socket_open(const char *state, const struct bridge_commands *);
void bridge_socket_close(struct bridge_socket *);

void bridge_socket_polls(struct bridge_socket *, struct polls *);
/* The tick at which a question is given up, or INT64_MAX. */
int64_t bridge_socket_due(const struct bridge_socket *);
void bridge_socket_step(struct bridge_socket *, const struct polls *);

/*
 * Answers the question of this id to this peer, if it still waits; id 0: all questions to it. A
 * person goes with OK.
 */
void bridge_socket_answer(struct bridge_socket *, uint64_t peer, uint64_t id, enum bridge_answer,
    const struct peering_person *);
/* Answers it with OK and a count. */
void bridge_socket_count(struct bridge_socket *, uint64_t peer, uint64_t id, uint64_t count);

#endif
