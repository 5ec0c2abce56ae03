/*
 * store_intake: what the committer's clients ask for: takes their requests for the next batch,
 * fairly and many at once, has those of bound clients judged, and sends the replies. Doing them is
 * left to store_apply.
 */
#include "store/intake.h"

#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

#define ARENA_SIZE    (1024 * 1024)
#define REQUEST_MAX   (STORE_REQUEST_SIZE + STORE_TX_MAX)
#define POSTS_AT_ONCE 4 /* requests taken from one client in a round, all but the last posts */

/*
 * A client that has gone, or that reads none of its replies, is dropped. One that is there and has
 * no reply would ask again; only another committer looks up what was done.
 */
static void
send_reply(struct store_intake *intake, const struct store_waiting *waiting)
{
	unsigned char reply[STORE_REPLY_MOST];
	const struct store_waiting *first = waiting;
	struct pack p;
	ssize_t sent;

	if (waiting->post || waiting->more || intake->clients.polls[waiting->client].fd < 0)
		return;
	while (first->op.after != NULL)
		first--;
	pack_init(&p, reply, sizeof(reply));
	for (; first <= waiting; first++)
		store_result_pack(&p, first->op.id, &first->op.outcome);
	pack_u64(&p, intake->store->tables_inode);
	do
		sent = send(intake->clients.polls[waiting->client].fd, reply, p.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return;
	if (errno != EPIPE && errno != ECONNRESET && errno != EAGAIN)
		fatal("a reply was lost: another committer is to see what was done");
	store_clients_drop(&intake->clients, waiting->client);
}

/* An operation as a request asks for it. */
static struct store_waiting
make_waiting(size_t client, const struct store_request *request)
{
	struct store_waiting waiting = { .client = client,
		.post = (request->flags & STORE_REQUEST_POST) != 0,
		.op = { .part = request->part,
		    .steps = request->steps,
		    .again = (request->flags & STORE_REQUEST_AGAIN) != 0,
		    .data = request->data,
		    .len = request->len } };

	memcpy(waiting.op.id, request->id, STORE_OP_ID);
	return waiting;
}

/* Tells whether a client may ask for this; else *refused is the step. */
static bool
is_permitted(struct store_intake *intake, const struct store_waiting *waiting, unsigned int flags,
    unsigned int *refused)
{
	const struct store_principal *principal =
	    &intake->clients.client[waiting->client].principal;
	const struct store_op *op = &waiting->op;
	struct store_op done = *op;

	*refused = 0;
	if (principal->kind == 0 || (flags & STORE_REQUEST_PING) != 0)
		return true;
	if (!store_request_is_transaction(op->part))
		return false;
	/* What another committer did was judged there, before it was done. */
	if (store_apply_was_done(intake->store, &done))
		return true;
	for (; *refused < op->steps; ++*refused)
		if (intake->steps[*refused].kind == STORE_STEP_CARRY ||
		    intake->steps[*refused].kind == STORE_STEP_DROP)
			return false;
	return intake->store->opt.permit(intake->store, principal, intake->steps, op->steps,
	    refused);
}

static void
log_refusal(struct store_intake *intake, const struct store_waiting *waiting, unsigned int refused)
{
	const struct store_principal *principal =
	    &intake->clients.client[waiting->client].principal;
	const struct store_op *op = &waiting->op;
	const struct store_step none = { .log = 0 };
	const struct store_step *step =
	    refused < op->steps && op->len > 0 ? &intake->steps[refused] : &none;

	if (log_pause_over(&intake->refusals))
		log_warnx("store: forbidden to principal %u/%" PRIu64 ": step %u of kind %d, table "
		          "%d, log %" PRIu64 " (%" PRIu64 " refusals so far)",
		    principal->kind, principal->id, refused, (int)step->kind,
		    step->key_len == 0 ? 0 : step->key[0], step->log, intake->refusals.count);
}

/* True when the request is to wait for the next batch, as all of a chain do; else it has its reply.
 */
static bool
judge_request(struct store_intake *intake, struct store_waiting *waiting, unsigned int flags)
{
	unsigned int refused;

	if (!is_permitted(intake, waiting, flags, &refused)) {
		log_refusal(intake, waiting, refused);
		waiting->op.outcome =
		    (struct store_outcome){ .status = STORE_FORBIDDEN, .step = refused };
		waiting->op.refused = true;
		if ((flags & STORE_REQUEST_CHAIN) != 0)
			return true;
	} else if ((flags & STORE_REQUEST_LEAVE) != 0) {
		intake->leave = intake->clients.client[waiting->client].leaving = true;
	} else if ((flags & STORE_REQUEST_PING) == 0) {
		return true;
	}
	send_reply(intake, waiting);
	return false;
}

/* Listens anew if somebody has removed the socket: new clients would not find the committer. */
static void
keep_listening(struct store_intake *intake)
{
	char path[PATH_MAX];
	int fd;

	store_path(intake->store, path, sizeof(path), STORE_SOCKET_NAME);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return;
	log_warnx("store: somebody has removed %s: making it again", path);
	fd = store_socket_listen(intake->store);
	if (fd < 0) {
		log_warn("store: cannot listen");
		return;
	}
	store_clients_listen(&intake->clients, fd);
}

/* Makes a request of a chain follow the one before it. */
static void
join_chain(struct store_waiting *waiting)
{
	struct store_waiting *before = waiting - 1;

	before->more = true;
	waiting->op.after = &before->op;
	waiting->op.again = before->op.again;
}

/* Reads the request with which these bytes begin. False: it is none, or does not go on a chain. */
static bool
read_request(struct store_intake *intake, const unsigned char *data, size_t len, bool chained,
    struct store_request *request)
{
	if (store_request_read(request, intake->steps, data, len) == 0 &&
	    (!chained || (request->flags & STORE_REQUEST_CHAIN) != 0))
		return true;
	if (log_pause_over(&intake->nonsense))
		log_warnx("store: a client sent nonsense and is cut off (%" PRIu64 " so far)",
		    intake->nonsense.count);
	return false;
}

/* False when the client is to be dropped. */
static bool
take_request(struct store_intake *intake, size_t client, const struct store_request *request,
    bool chained)
{
	struct store_waiting *waiting = &intake->waiting[intake->n_waiting];

	if (request->flags & STORE_REQUEST_BIND)
		return intake->store->opt.permit != NULL &&
		    store_clients_bind(&intake->clients, client, &request->principal);
	*waiting = make_waiting(client, request);
	if (chained)
		join_chain(waiting);
	intake->clients.client[client].spoken = true;
	if (judge_request(intake, waiting, request->flags))
		intake->n_waiting++;
	else if (request->flags & STORE_REQUEST_PING)
		keep_listening(intake);
	return true;
}

/* Takes a request, or a chain of them as a whole. False when the client is to be dropped. */
static bool
take_message(struct store_intake *intake, size_t client, const unsigned char *data, size_t len,
    unsigned int *flags)
{
	const size_t before = intake->n_waiting;
	unsigned int n = 0;

	for (size_t at = 0; at < len || n == 0; n++) {
		struct store_request request;

		if (n == STORE_CHAIN_MOST ||
		    !read_request(intake, data + at, len - at, n > 0, &request) ||
		    !take_request(intake, client, &request, n > 0)) {
			intake->n_waiting = before;
			return false;
		}
		*flags = request.flags;
		at += request.size;
	}
	if (intake->n_waiting > before)
		intake->arena_used += len;
	return true;
}

/* Tells whether a message of any kind can be taken into this batch. */
static bool
has_room(const struct store_intake *intake)
{
	return intake->n_waiting + STORE_CHAIN_MOST <= STORE_BATCH_OPS &&
	    ARENA_SIZE - intake->arena_used >= REQUEST_MAX;
}

/*
 * Whoever has asked the committer to leave waits for the end of the connection: if it was the last
 * client, that comes when the files are synced and closed.
 */
static void
end_client(struct store_intake *intake, size_t client)
{
	if (intake->clients.client[client].leaving && intake->farewell < 0) {
		intake->farewell = intake->clients.polls[client].fd;
		intake->clients.polls[client].fd = -1;
	} else {
		store_clients_drop(&intake->clients, client);
	}
}

static void
read_client(struct store_intake *intake, size_t client)
{
	unsigned int flags = STORE_REQUEST_POST;

	for (int i = 0; i < POSTS_AT_ONCE && (flags & STORE_REQUEST_POST) != 0; i++) {
		unsigned char *at = intake->arena + intake->arena_used;
		ssize_t got;

		if (!has_room(intake))
			return;
		got = recv(intake->clients.polls[client].fd, at, REQUEST_MAX,
		    MSG_DONTWAIT | MSG_TRUNC);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got == 0) {
			end_client(intake, client);
			return;
		}
		/* MSG_TRUNC: the length is the message's, even if there was no room for all of it.
		 */
		if (got < 0 || got > REQUEST_MAX ||
		    !take_message(intake, client, at, (size_t)got, &flags)) {
			store_clients_drop(&intake->clients, client);
			return;
		}
	}
}

/* Every client gets a turn before any gets a second one. */
void
store_intake_gather(struct store_intake *intake)
{
	size_t n = intake->clients.n - 1;

	for (size_t i = 0; i < n; i++) {
		size_t client = 1 + (intake->turn + i) % n;

		if (intake->clients.polls[client].fd < 0 ||
		    intake->clients.polls[client].revents == 0)
			continue;
		if (!has_room(intake)) {
			intake->turn = client - 1;
			return;
		}
		read_client(intake, client);
	}
}

size_t
store_intake_list(struct store_intake *intake, struct store_op *ops[STORE_BATCH_OPS])
{
	for (size_t i = 0; i < intake->n_waiting; i++)
		ops[i] = &intake->waiting[i].op;
	return intake->n_waiting;
}

void
store_intake_reply(struct store_intake *intake, bool tasks)
{
	for (size_t i = 0; i < intake->n_waiting; i++)
		if (store_request_is_transaction(intake->waiting[i].op.part) != tasks)
			send_reply(intake, &intake->waiting[i]);
}

void
store_intake_next(struct store_intake *intake)
{
	intake->n_waiting = 0;
	intake->arena_used = 0;
	store_clients_forget_dropped(&intake->clients);
	if (intake->clients.polls[0].revents != 0 && store_clients_accept(&intake->clients))
		intake->leave = false;
}

void
store_intake_stay(struct store_intake *intake)
{
	if (intake->farewell < 0)
		return;
	close(intake->farewell);
	intake->farewell = -1;
}

int
store_intake_init(struct store_intake *intake, struct store *store, int listening,
    size_t descriptors)
{
	*intake = (struct store_intake){ .store = store, .farewell = -1 };
	intake->arena = malloc(ARENA_SIZE);
	return intake->arena == NULL ? -1
	                             : store_clients_init(&intake->clients, listening, descriptors);
}
