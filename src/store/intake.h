/*
 * store_intake: the requests of the committer's clients between their coming and their replies. The
 * committer has one, takes the requests of a batch, does them, sends the replies and goes on to the
 * next batch.
 */
#ifndef KABAR_STORE_INTAKE_H
#define KABAR_STORE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/log_pause.h"
#include "store/int.h"
#include "store/permit.h"

/* A request that was taken. */
struct store_waiting {
	struct store_op op;
	size_t client; /* index in clients */
	bool post;
	bool more; /* of a chain, and not the last */
};

struct store_intake {
	struct store *store; /* the committer's */
	struct store_clients clients;
	size_t turn;          /* the client with which the next round begins */
	unsigned char *arena; /* the bytes of the requests */
	size_t arena_used;
	struct store_waiting waiting[STORE_BATCH_OPS]; /* for the batch */
	size_t n_waiting;
	struct store_step steps[STORE_TX_STEPS]; /* of the request that is being judged */
	bool leave;   /* a client has asked the committer to end with its last client */
	int farewell; /* a client that waits for that end; -1: none */
	struct log_pause refusals; /* of what bound clients asked for */
	struct log_pause nonsense; /* requests that no client of ours sends */
};

/*
 * Begins with this listening socket, which becomes the intake's, and without clients; `descriptors`
 * is how many the process may have. 0, or -1: no memory.
 */
int store_intake_init(struct store_intake *, struct store *, int listening, size_t descriptors);
/*
 * Takes requests of the clients for which store_clients_poll() found any, as many as the batch has
 * room for. What is not to be done has its outcome: op.refused, or the reply at once.
 */
void store_intake_gather(struct store_intake *);
/* Lists the operations that were taken, which stay the intake's until the next batch; how many. */
size_t store_intake_list(struct store_intake *, struct store_op *ops[STORE_BATCH_OPS]);
/*
 * Sends those who asked for transactions, or those who asked for tasks, the outcomes. A client that
 * reads none is dropped. Ends the process when a reply is lost in another way.
 */
void store_intake_reply(struct store_intake *, bool tasks);
/*
 * Goes on to the next batch: forgets the requests and the clients that have gone, and takes a
 * client that waits at the listening socket.
 */
void store_intake_next(struct store_intake *);
/* Lets whoever waits for the committer's end go: it stays for other clients. */
void store_intake_stay(struct store_intake *);

#endif
