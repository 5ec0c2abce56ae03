/*
 * store_committer: the one process that changes a store. The first client starts it; it ends when
 * the last has disconnected. Transactions that arrive while one batch is being synced form the
 * next. Doing a batch is left to store_apply.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "store/checkpoint.h"
#include "store/int.h"
#include "store/ringer.h"
#include "store/store_admin.h"

#define LINGER_MS     1000 /* how long to wait for new clients when the last has gone */
#define ARENA_SIZE    (1024 * 1024)
#define REQUEST_MAX   (STORE_REQUEST_SIZE + STORE_TX_MAX)
#define CHECKPOINT_MS 1000 /* how often to look whether a checkpoint is synced */
#define LARGE_BATCH   10   /* transactions */
#define SMALL_BATCH   4
#define STREAK        16
#define POSTS_AT_ONCE 4 /* requests taken from one client in a round, all but the last posts */

/* A request waiting in the arena. */
struct waiting {
	struct store_op op;
	size_t client; /* index in clients */
	bool post;
	bool more; /* of a chain, and not the last */
};

struct committer {
	struct store *store;
	struct store_ringer *ringer;
	struct store_clients clients;
	struct store_step steps[STORE_TX_STEPS]; /* of the request that is being judged */
	size_t turn;                             /* the client with which the next round begins */
	unsigned char *arena;
	size_t arena_used;
	struct waiting waiting[STORE_BATCH_OPS];
	size_t n_waiting;
	bool leave;
	int farewell;              /* a client that waits for the end; -1: none */
	struct log_pause refusals; /* of what bound clients asked for */
	struct log_pause nonsense; /* requests that no client of ours sends */
	unsigned int streak;       /* batches in a row for which the other mapping is better */
};

/*
 * A client that has gone, or that reads none of its replies, is dropped. One that is there and has
 * no reply would ask again; only another committer looks up what was done.
 */
static void
send_reply(struct committer *c, const struct waiting *waiting)
{
	unsigned char reply[STORE_REPLY_MOST];
	const struct waiting *first = waiting;
	struct pack p;
	ssize_t sent;

	if (waiting->post || waiting->more || c->clients.polls[waiting->client].fd < 0)
		return;
	while (first->op.after != NULL)
		first--;
	pack_init(&p, reply, sizeof(reply));
	for (; first <= waiting; first++)
		store_result_pack(&p, first->op.id, &first->op.outcome);
	pack_u64(&p, c->store->tables_inode);
	do
		sent = send(c->clients.polls[waiting->client].fd, reply, p.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return;
	if (errno != EPIPE && errno != ECONNRESET && errno != EAGAIN)
		fatal("a reply was lost: another committer is to see what was done");
	store_clients_drop(&c->clients, waiting->client);
}

/* An operation as a request asks for it. */
static struct waiting
make_waiting(size_t client, const struct store_request *request)
{
	struct waiting waiting = { .client = client,
		.post = (request->flags & STORE_REQUEST_POST) != 0,
		.op = { .part = request->part,
		    .steps = request->steps,
		    .again = (request->flags & STORE_REQUEST_AGAIN) != 0,
		    .data = request->data,
		    .len = request->len } };

	memcpy(waiting.op.id, request->id, STORE_OP_ID);
	return waiting;
}

/* Tells whether a client may ask for an operation; else *refused is the step. */
static bool
is_permitted(struct committer *c, const struct waiting *waiting, unsigned int *refused)
{
	const struct store_principal *principal = &c->clients.client[waiting->client].principal;
	const struct store_op *op = &waiting->op;
	struct store_op done = *op;

	*refused = 0;
	if (principal->kind == 0)
		return true;
	if (op->part != STORE_PART_TABLES && op->part != STORE_PART_LOGS)
		return false;
	/* What another committer did was judged there, before it was done. */
	if (store_apply_was_done(c->store, &done))
		return true;
	for (; *refused < op->steps; ++*refused)
		if (c->steps[*refused].kind == STORE_STEP_CARRY ||
		    c->steps[*refused].kind == STORE_STEP_DROP)
			return false;
	return c->store->opt.permit(c->store, principal, c->steps, op->steps, refused);
}

static void
log_refusal(struct committer *c, const struct waiting *waiting, unsigned int refused)
{
	const struct store_principal *principal = &c->clients.client[waiting->client].principal;
	const struct store_op *op = &waiting->op;
	const struct store_step none = { .log = 0 };
	const struct store_step *step =
	    refused < op->steps && op->len > 0 ? &c->steps[refused] : &none;

	if (log_pause_over(&c->refusals))
		log_warnx("store: forbidden to principal %u/%" PRIu64 ": step %u of kind %d, table "
		          "%d, log %" PRIu64 " (%" PRIu64 " refusals so far)",
		    principal->kind, principal->id, refused, (int)step->kind,
		    step->key_len == 0 ? 0 : step->key[0], step->log, c->refusals.count);
}

/* True when the request is to wait for the next batch, as all of a chain do; else it has its reply.
 */
static bool
judge_request(struct committer *c, struct waiting *waiting, unsigned int flags)
{
	bool bound = c->clients.client[waiting->client].principal.kind != 0;
	unsigned int refused = 0;

	if ((flags & STORE_REQUEST_PING) == 0 &&
	    ((bound && (flags & STORE_REQUEST_LEAVE) != 0) ||
	        !is_permitted(c, waiting, &refused))) {
		log_refusal(c, waiting, refused);
		waiting->op.outcome =
		    (struct store_outcome){ .status = STORE_FORBIDDEN, .step = refused };
		waiting->op.refused = true;
		if ((flags & STORE_REQUEST_CHAIN) != 0)
			return true;
	} else if ((flags & (STORE_REQUEST_PING | STORE_REQUEST_LEAVE)) == 0) {
		return true;
	} else {
		if ((flags & STORE_REQUEST_LEAVE) != 0)
			c->leave = c->clients.client[waiting->client].leaving = true;
	}
	send_reply(c, waiting);
	return false;
}

/* Listens anew if somebody has removed the socket: new clients would not find the committer. */
static void
keep_listening(struct committer *c)
{
	char path[PATH_MAX];
	int fd;

	store_path(c->store, path, sizeof(path), STORE_SOCKET_NAME);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return;
	log_warnx("store: somebody has removed %s: making it again", path);
	fd = store_socket_listen(c->store);
	if (fd < 0) {
		log_warn("store: cannot listen");
		return;
	}
	store_clients_listen(&c->clients, fd);
}

/* Makes a request of a chain follow the one before it. */
static void
join_chain(struct waiting *waiting)
{
	struct waiting *before = waiting - 1;

	before->more = true;
	waiting->op.after = &before->op;
	waiting->op.again = before->op.again;
}

/* Reads the request with which these bytes begin. False: it is none, or does not go on a chain. */
static bool
read_request(struct committer *c, const unsigned char *data, size_t len, bool chained,
    struct store_request *request)
{
	if (store_request_read(request, c->steps, data, len) == 0 &&
	    (!chained || (request->flags & STORE_REQUEST_CHAIN) != 0))
		return true;
	if (log_pause_over(&c->nonsense))
		log_warnx("store: a client sent nonsense and is cut off (%" PRIu64 " so far)",
		    c->nonsense.count);
	return false;
}

/* False when the client is to be dropped. */
static bool
take_request(struct committer *c, size_t client, const struct store_request *request, bool chained)
{
	struct waiting *waiting = &c->waiting[c->n_waiting];

	if (request->flags & STORE_REQUEST_BIND)
		return c->store->opt.permit != NULL &&
		    store_clients_bind(&c->clients, client, &request->principal);
	*waiting = make_waiting(client, request);
	if (chained)
		join_chain(waiting);
	c->clients.client[client].spoken = true;
	if (judge_request(c, waiting, request->flags))
		c->n_waiting++;
	else if (request->flags & STORE_REQUEST_PING)
		keep_listening(c);
	return true;
}

/* Takes a request, or a chain of them as a whole. False when the client is to be dropped. */
static bool
take_message(struct committer *c, size_t client, const unsigned char *data, size_t len,
    unsigned int *flags)
{
	const size_t before = c->n_waiting;
	unsigned int n = 0;

	for (size_t at = 0; at < len || n == 0; n++) {
		struct store_request request;

		if (n == STORE_CHAIN_MOST ||
		    !read_request(c, data + at, len - at, n > 0, &request) ||
		    !take_request(c, client, &request, n > 0)) {
			c->n_waiting = before;
			return false;
		}
		*flags = request.flags;
		at += request.size;
	}
	if (c->n_waiting > before)
		c->arena_used += len;
	return true;
}

/* Tells whether a message of any kind can be taken into this batch. */
static bool
has_room(const struct committer *c)
{
	return c->n_waiting + STORE_CHAIN_MOST <= STORE_BATCH_OPS &&
	    ARENA_SIZE - c->arena_used >= REQUEST_MAX;
}

/*
 * Whoever has asked the committer to leave waits for the end of the connection: if it was the last
 * client, that comes when the files are synced and closed.
 */
static void
end_client(struct committer *c, size_t client)
{
	if (c->clients.client[client].leaving && c->farewell < 0) {
		c->farewell = c->clients.polls[client].fd;
		c->clients.polls[client].fd = -1;
	} else {
		store_clients_drop(&c->clients, client);
	}
}

static void
read_client(struct committer *c, size_t client)
{
	unsigned int flags = STORE_REQUEST_POST;

	for (int i = 0; i < POSTS_AT_ONCE && (flags & STORE_REQUEST_POST) != 0; i++) {
		unsigned char *at = c->arena + c->arena_used;
		ssize_t got;

		if (!has_room(c))
			return;
		got = recv(c->clients.polls[client].fd, at, REQUEST_MAX, MSG_DONTWAIT | MSG_TRUNC);
		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (got == 0) {
			end_client(c, client);
			return;
		}
		/* MSG_TRUNC: the length is the message's, even if there was no room for all of it.
		 */
		if (got < 0 || got > REQUEST_MAX ||
		    !take_message(c, client, at, (size_t)got, &flags)) {
			store_clients_drop(&c->clients, client);
			return;
		}
	}
}

/* Every client gets a turn before any gets a second one. */
static void
gather_requests(struct committer *c)
{
	size_t n = c->clients.n - 1;

	for (size_t i = 0; i < n; i++) {
		size_t client = 1 + (c->turn + i) % n;

		if (c->clients.polls[client].fd < 0 || c->clients.polls[client].revents == 0)
			continue;
		if (!has_room(c)) {
			c->turn = client - 1;
			return;
		}
		read_client(c, client);
	}
}

/*
 * TDB maps a file anew for each transaction, and each page that is touched costs a fault; without,
 * each look at a record costs system calls. So the sizes of the last batches decide.
 */
static void
choose_mapping(struct committer *c, size_t ops)
{
	bool large = ops >= LARGE_BATCH, small = ops <= SMALL_BATCH;

	if (c->store->mapped ? !small : !large) {
		c->streak = 0;
		return;
	}
	if (++c->streak < STREAK)
		return;
	c->streak = 0;
	if (store_map(c->store, !c->store->mapped) != 0)
		fatalx("cannot open the store again");
}

/* Whoever is told of a batch that is not known to be done might never hear of it again. */
static void
end_if_broken(const struct committer *c)
{
	if (c->store->writer->broken)
		fatalx("the disk failed: another committer is to see what is there");
}

/* Replies to those who asked for transactions, or to those who asked for tasks. */
static void
send_replies(struct committer *c, bool tasks)
{
	for (size_t i = 0; i < c->n_waiting; i++)
		if ((c->waiting[i].op.part > STORE_PART_LOGS) == tasks)
			send_reply(c, &c->waiting[i]);
}

static void
commit_batch(struct committer *c)
{
	struct store_op *ops[STORE_BATCH_OPS] = { NULL };

	if (c->n_waiting == 0)
		return;
	for (size_t i = 0; i < c->n_waiting; i++)
		ops[i] = &c->waiting[i].op;
	store_apply_transactions(c->store, ops, c->n_waiting);
	end_if_broken(c);
	send_replies(c, false);
	store_ringer_ring(c->ringer, ops, c->n_waiting);
	choose_mapping(c, c->n_waiting);
	store_apply_tasks(c->store, ops, c->n_waiting);
	end_if_broken(c);
	send_replies(c, true);
}

/* Until when a request is waited for, in ms; below 0: without end. */
static int
choose_patience(const struct committer *c)
{
	if (c->clients.n == 1)
		return c->leave ? 0 : LINGER_MS;
	return store_checkpoint_is_busy(c->store) ? CHECKPOINT_MS : -1;
}

static void
serve_clients(struct committer *c)
{
	for (;;) {
		bool alone = c->clients.n == 1;

		if (!alone && c->farewell >= 0) {
			close(c->farewell); /* it stays for others */
			c->farewell = -1;
		}
		store_checkpoint_turn(c->store);
		end_if_broken(c);
		store_apply_ahead(c->store);
		int ready = store_clients_poll(&c->clients, choose_patience(c));

		if (ready < 0 && errno != EINTR)
			fatal("committer: poll");
		if (ready < 0)
			store_ringer_watch(c->ringer);
		if (ready == 0 && alone)
			return;
		if (ready <= 0)
			continue;
		gather_requests(c);
		commit_batch(c);
		c->n_waiting = 0;
		c->arena_used = 0;
		store_clients_forget_dropped(&c->clients);
		if (c->clients.polls[0].revents != 0 && store_clients_accept(&c->clients))
			c->leave = false;
	}
}

/* It ends the wait in store_clients_poll(), and nothing else. */
static void
ignore_child(int number)
{
	(void)number;
}

/* The committer serves all clients: it keeps no descriptor or signal of the one that started it. */
static void
detach_process(struct store *store, int ready)
{
	int null = open("/dev/null", O_RDWR);

	setsid();
	store_files_close(store); /* the committer opens them itself, and a process may only once */
	signals_reset_all();
	signals_unblock_all();
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(ready, STDERR_FILENO + 1);
	closefrom(STDERR_FILENO + 2);
	if (!log_detach()) /* it must not hold a descriptor that was just closed */
		dup2(STDIN_FILENO, STDERR_FILENO);
	signals_catch((const int[]){ SIGCHLD, 0 }, ignore_child);
	log_set_tag("committer");
	setproctitle("committer (%s)", store->state);
}

/* Tells the process that waits for this committer why there will be none. */
static void __attribute__((noreturn)) refuse_start(const char *error)
{
	if (write(STDERR_FILENO + 1, error, strlen(error)) < 0)
		log_warn("store: nobody waits for the committer");
	fatalx("%s", error);
}

static struct committer *
make_committer(const struct store *store)
{
	char error[512];
	struct committer *c = calloc(1, sizeof(*c));

	if (c == NULL)
		fatal("out of memory");
	c->farewell = -1;
	c->arena = malloc(ARENA_SIZE);
	if (c->arena == NULL)
		fatal("out of memory");
	c->store = store_open_writer(&store->opt, error, sizeof(error));
	if (c->store == NULL)
		refuse_start(error);
	/* A committer that ends in good order takes its socket with it. */
	bool died = store_socket_is_left(store);
	int listening = store_socket_listen(store);
	if (listening < 0)
		fatal("cannot listen in %s", store->state);
	c->ringer = store_ringer_start(c->store);
	if (died)
		store_ringer_everyone(c->ringer);
	if (store_clients_init(&c->clients, listening, descriptors_raise()) != 0)
		fatal("out of memory");
	return c;
}

int
store_committer_confine(const struct store_options *opt, char *error, size_t size)
{
	const struct sandbox sandbox = { .kind = SANDBOX_COMMITTER, .writable = opt->state };

	return opt->sandbox ? sandbox_enter(&sandbox, error, size) : 0;
}

static void
run_committer(struct store *store, int ready)
{
	char error[512];

	detach_process(store, ready);
	(void)capabilities_drop();
	if (store_lock(store->state, STORE_COMMITTER_LOCK) < 0)
		_exit(0); /* another one is there already */
	if (store_committer_confine(&store->opt, error, sizeof(error)) != 0)
		refuse_start(error);
	struct committer *c = make_committer(store);

	close(STDERR_FILENO + 1);
	log_debug("started");
	serve_clients(c);
	/* A client that connects from here on sees the connection end, and starts the next
	 * committer. */
	close(c->clients.polls[0].fd);
	if (store_checkpoint_leave(c->store) != 0)
		log_warn("store: cannot close the files in good order");
	store_close(c->store);
	store_ringer_end(c->ringer);
	store_socket_remove(store);
	log_debug("ended");
	_exit(0);
}

int
store_committer_start(struct store *store)
{
	int ready[2];
	ssize_t len = 0;
	pid_t pid;

	if (pipe(ready) != 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		/* A grandchild, so that no client has to wait for it. */
		if (fork() == 0)
			run_committer(store, ready[1]);
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		do
			len = read(ready[0], store->refusal, sizeof(store->refusal) - 1);
		while (len < 0 && errno == EINTR);
	} else {
		log_warn("store: cannot start the committer");
	}
	close(ready[0]);
	store->refusal[len > 0 ? len : 0] = '\0';
	return pid > 0 && len <= 0 ? 0 : -1;
}
