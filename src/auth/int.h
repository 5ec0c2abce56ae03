/* The gate as its own files see it. */
#ifndef KABAR_AUTH_INT_H
#define KABAR_AUTH_INT_H

#include <bsd/sys/queue.h>

#include "auth/delay.h"
#include "auth/helper.h"
#include "auth/protocol.h"
#include "auth/queue.h"
#include "base/log_pause.h"
#include "chat/login.h"
#include "live/limits.h"

#define AUTH_HASHERS_MAX 64
#define AUTH_TASKS_MAX   2048 /* requests at work, held or waiting */
#define AUTH_HOLD_MS     4000 /* a request that must wait longer is refused */
/*
 * A request that has waited so long is dropped: nothing is to be done for which the worker waits no
 * more, and a helper that is at it may need the rest of AUTH_ANSWER_MS.
 */
#define AUTH_PATIENCE_MS (AUTH_ANSWER_MS - 5000)

/* What a descriptor of the gate's epoll stands for; the first member of each such struct. */
enum auth_source {
	AUTH_SOURCE_LISTEN,
	AUTH_SOURCE_ALIVE,
	AUTH_SOURCE_ASK,
	AUTH_SOURCE_CONNECTION,
	AUTH_SOURCE_HELPER
};

struct auth_task;

/* A worker's connection. */
struct auth_connection {
	enum auth_source source;
	LIST_ENTRY(auth_connection) others;
	int fd;
	bool greeted;
	bool near; /* the limits for an address leave it alone */
	unsigned char key[ADDRESS_KEY_SIZE];
	char address[ADDRESS_TEXT_MAX];
	struct auth_task *task; /* at work; no other request is read meanwhile; NULL: none */
	/* For whom the last yes was. */
	unsigned int principal;
	uint64_t id;
	uint32_t epoch;      /* of a user's account */
	limits_paid renamed; /* the names that a guest has taken */
};

enum auth_place { AUTH_HELD, AUTH_QUEUED, AUTH_AT_HASHER, AUTH_FOR_CLERK, AUTH_AT_CLERK };

/* A request that takes time. It holds secrets. */
struct auth_task {
	struct auth_connection *connection; /* NULL: it has gone */
	struct auth_task *next;             /* held, or waiting for a clerk */
	LIST_ENTRY(auth_task) others;       /* all there are */
	int64_t begun_ms;                   /* ticks */
	enum auth_place place;
	enum auth_kind kind;
	uint32_t seq;
	bool tried; /* `try` is counted */
	struct auth_delay_try try;
	int64_t due_ms; /* held until then; ticks */
	struct chat_login login;
	struct auth_job job;
};

struct auth_crew {
	enum auth_source source;
	struct auth_helper helper;
	struct auth_task *task;    /* NULL: idle */
	struct auth_task *waiting; /* for the clerk or the resolver */
	int64_t started_ms;
	int64_t given_ms; /* when it got the task; ticks */
	bool outdated;    /* it has an old configuration */
};

struct auth_gate {
	struct config *config;
	struct chat chat; /* the store alone */
	int epoll;
	int state_fd;
	bool retired;
	bool ended;
	int64_t paused_ms; /* no connection is taken before this; 0: not paused */
	enum auth_source listen_source, alive_source, ask_source;
	int listen_fd;
	int ask_fd; /* over which the master asks */
	LIST_HEAD(auth_connections, auth_connection) connections;
	size_t n_connections;
	size_t most_connections;
	/* Logged now and then: workers that had to wait, a lack of the committer or of helpers. */
	struct log_pause overflow, no_committer, no_helper;
	LIST_HEAD(auth_tasks, auth_task) tasks;
	size_t n_tasks;
	int64_t look_ms; /* when to look again whether one has waited for too long; ticks */
	struct auth_task *held;
	struct auth_crew hashers[AUTH_HASHERS_MAX];
	size_t n_hashers;
	struct auth_crew clerk;
	struct auth_crew resolver; /* started when a name is to be looked up */
	struct auth_queue queue;
	struct auth_delay delay;
};

/* connection.c: takes one that waits; false: there is none, or no room for it for a while. */
bool auth_connection_accept(struct auth_gate *);
/* Reads and serves a request, or closes the connection when it has gone or is not to be trusted. */
void auth_connection_serve(struct auth_gate *, struct auth_connection *, bool hung_up);
/* Answers the request of a connection. It may be closed then. */
void auth_connection_answer(struct auth_gate *, struct auth_connection *,
    const struct auth_reply *);
/* Answers yes, with the descriptors of this principal, and the epoch of the account that was
 * judged. */
void auth_connection_admit(struct auth_gate *, struct auth_connection *, uint32_t seq,
    unsigned int principal, uint64_t id, uint32_t epoch);

/* task.c: begins a request; the answer comes now or later. */
void auth_task_begin(struct auth_gate *, struct auth_connection *, const struct auth_request *);
/* Its connection has gone: it costs no hash any more, and changes nothing. */
void auth_task_abandon(struct auth_gate *, struct auth_task *);
/* Nobody waits for it any more: its connection has gone, or it has taken too long. */
bool auth_task_unwanted(const struct auth_task *);
/* Drops those who have waited for too long, and helpers that hang. The ms until it has to look
 * again; -1: none is there.
 */
int64_t auth_task_expire(struct auth_gate *);
/* Queues what has been held long enough. The ms until the next one; -1: none is held. */
int64_t auth_task_release(struct auth_gate *);

/* For the files that begin requests: answers one at once. */
void auth_task_answer(struct auth_gate *, struct auth_connection *, uint32_t seq, enum chat_result,
    int64_t retry_ms);
/*
 * The user to whom this connection's last yes went, who is still as the gate judged it. CHAT_OK;
 * CHAT_NO_SESSION, CHAT_LOCKED, CHAT_NO_USER or CHAT_FAILED.
 */
enum chat_result auth_task_judge_again(struct auth_gate *, const struct auth_connection *,
    struct chat_user *);
/* NULL: there are too many, and the request has been answered. */
struct auth_task *auth_task_new(struct auth_gate *, struct auth_connection *,
    const struct auth_request *);
/* As auth_task_new, if the result is CHAT_OK; what it is else has been answered. */
struct auth_task *auth_task_new_if(struct auth_gate *, struct auth_connection *,
    const struct auth_request *, enum chat_result);
/* Copies name and password into the job. */
void auth_task_keep_password(struct auth_task *, const struct auth_request *);
/* Queues it for a hasher, or answers that too many wait. */
void auth_task_queue(struct auth_gate *, struct auth_task *);
/* Queues it when it has waited so many ms; 0: at once. */
void auth_task_hold(struct auth_gate *, struct auth_task *, int64_t wait);

/* register.c: begins a registration, or a guest's claim. */
void auth_register_begin(struct auth_gate *, struct auth_connection *, const struct auth_request *);
void auth_register_begin_claim(struct auth_gate *, struct auth_connection *,
    const struct auth_request *);

/* guest.c: begins a guest's account, its next name, or its end. */
void auth_guest_begin(struct auth_gate *, struct auth_connection *, const struct auth_request *);
void auth_guest_begin_rename(struct auth_gate *, struct auth_connection *,
    const struct auth_request *);
void auth_guest_begin_gone(struct auth_gate *, struct auth_connection *,
    const struct auth_request *);

/* crew.c: starts the hashers and the clerk. 0 or -1. */
int auth_crew_start(struct auth_gate *);
void auth_crew_stop(struct auth_gate *);
/* A result is here, or the helper has died. */
void auth_crew_serve(struct auth_gate *, struct auth_crew *);
/* Gives work to those that are idle. */
void auth_crew_dispatch(struct auth_gate *);
/* Adds work for the clerk, or for the resolver. */
void auth_crew_ask_clerk(struct auth_gate *, struct auth_task *);
/* The one of the two whose task this is. */
struct auth_crew *auth_crew_of(struct auth_gate *, const struct auth_task *);
/* The clerk is at a task that nobody wants: it is not to change anything any more. */
void auth_crew_cancel(struct auth_gate *, const struct auth_task *);
/* Kills helpers that have been at one task for far too long. */
void auth_crew_expire(struct auth_gate *);
/* The configuration is another: clerk and resolver get it before their next jobs. */
void auth_crew_reload(struct auth_gate *);

/* outcome.c: a helper is done with a task; died: no result. */
void auth_outcome_hashed(struct auth_gate *, struct auth_task *, bool died);
void auth_outcome_clerked(struct auth_gate *, struct auth_task *, bool died);
/* Fills the job for a hasher. False: the task has been answered. */
bool auth_outcome_prepare(struct auth_gate *, struct auth_task *);
/* Answers and frees a task. */
void auth_outcome_end(struct auth_gate *, struct auth_task *, enum chat_result, int64_t retry_ms);

#endif
