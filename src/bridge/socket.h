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

/* A question or command, as its function gets it. */
struct bridge_question {
	const char *realm; /* NULL: all */
	const char *user;  /* a valid name */
	uint64_t id;       /* of a later answer */
	bool own;          /* the asker has this process's user; else it may be a worker's */
	/* Set by the function. */
	uint64_t peer; /* that will answer, with BRIDGE_ANSWER_LATER */
	int64_t count; /* told with the answer; -1: none */
};

/* A list of these ends with a name of NULL. */
struct bridge_socket_command {
	const char *name;
	bool needs_realm;
	bool needs_user;
	bool needs_own; /* it is not for workers that run as another user */
	enum bridge_answer (*run)(void *arg, struct bridge_question *);
};

struct bridge_socket;

/* Listens in this state directory; the commands and their arg must stay. NULL with errno. */
struct bridge_socket *bridge_socket_open(const char *state, const struct bridge_socket_command *,
    void *arg);
void bridge_socket_close(struct bridge_socket *);

void bridge_socket_polls(struct bridge_socket *, struct polls *);
/* The tick at which a question or a silent asker is given up, or INT64_MAX. */
int64_t bridge_socket_due(const struct bridge_socket *);
void bridge_socket_step(struct bridge_socket *, const struct polls *);

/*
 * Answers the question of this id to this peer, if it still waits; id 0: all questions to it. A
 * person goes with OK.
 */
void bridge_socket_answer(struct bridge_socket *, uint64_t peer, uint64_t id, enum bridge_answer,
    const struct chat_person *);
/* Answers it with OK and a count. */
void bridge_socket_count(struct bridge_socket *, uint64_t peer, uint64_t id, uint64_t count);

#endif
