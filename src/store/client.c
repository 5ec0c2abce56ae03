/*
 * store_client: hands operations to the committer and waits for their outcomes. If the committer
 * dies, the next one is asked again: it knows which operations were done.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/int.h"
#include "store/ringer.h"
#include "store/store_admin.h"

#define START_DEADLINE_MS 20000
#define RECOVER_MS        10000  /* a committer that cannot bring the files back cannot start */
#define REPLAY_MS         600000 /* one that applies the journal is waited for so long */
#define START_PAUSE_MS    5
#define START_PAUSE_MAX   500 /* below a second; if none can start, as without a state directory */

/* Waits longer each time: *pause_ms is the time before, 0 before the first. */
static void
pause_longer(int64_t *pause_ms)
{
	*pause_ms = backoff_next_ms(*pause_ms, START_PAUSE_MS, START_PAUSE_MAX);
	struct timespec pause = { .tv_nsec = *pause_ms * 1000000 };
	nanosleep(&pause, NULL);
}

static void
close_connection(struct store *store)
{
	if (store->committer.fd >= 0)
		close(store->committer.fd);
	store->committer.fd = -1;
}

void
store_rest(struct store *store)
{
	close_connection(store);
	store_entry_cache_free(&store->entries);
	store_cache_clear(&store->cache);
}

/* A committer that applies much of a journal has its lock long before it listens. */
static bool
is_starting(const struct store *store, int64_t since_ms)
{
	return clock_monotonic_ms() - since_ms < REPLAY_MS && store_committer_pid(&store->opt) != 0;
}

/* Connects by path, starting a committer if none runs. A descriptor or -1. */
static int
connect_by_path(struct store *store, int64_t patience_ms)
{
	int64_t since = clock_monotonic_ms();
	int64_t pause_ms = 0;

	for (;;) {
		int fd = store_socket_connect(store);

		if (fd >= 0)
			return fd;
		int cause = errno;
		bool none = cause == ENOENT || cause == ECONNREFUSED;
		if ((!none && cause != EAGAIN) ||
		    (clock_monotonic_ms() - since > patience_ms &&
		        !(none && is_starting(store, since)))) {
			errno = cause;
			log_warn("store: cannot reach the committer");
			return -1;
		}
		if (none && store_committer_start(store) != 0)
			return -1;
		fd = store_socket_connect(store);
		if (fd >= 0)
			return fd;
		pause_longer(&pause_ms); /* a committer is just starting, or just ending */
	}
}

int
store_committer_connect(struct store *store)
{
	return connect_by_path(store, START_DEADLINE_MS);
}

/* 0 or -1. */
static int
open_connection(struct store *store, int64_t patience_ms)
{
	if (store->committer.fd >= 0)
		return 0;
	if (store->opt.connect == NULL) {
		store->committer.fd = connect_by_path(store, patience_ms);
	} else {
		store->committer.fd = store->opt.connect(store->opt.connect_arg);
		if (store->committer.fd < 0)
			log_warn("store: got no connection to the committer");
		else
			fcntl(store->committer.fd, F_SETFD, FD_CLOEXEC);
	}
	return store->committer.fd < 0 ? -1 : 0;
}

int
store_committer_bind(int fd, const struct store_principal *principal)
{
	unsigned char data[STORE_REQUEST_SIZE + STORE_BIND_SIZE];
	struct store_request request = { .flags = STORE_REQUEST_BIND };
	struct pack p;
	ssize_t sent;

	pack_init(&p, data, sizeof(data));
	store_request_pack(&p, &request);
	store_principal_pack(&p, principal);
	do
		sent = send(fd, data, p.len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)p.len ? 0 : -1;
}

struct store_request
store_client_request(struct store *store, const struct store_tx *tx, unsigned int flags)
{
	struct store_request request = { .flags = flags,
		.part = tx == NULL ? 0 : tx->part,
		.steps = tx == NULL ? 0 : tx->steps };
	struct pack p;

	if (store->committer.count == 0)
		arc4random_buf(store->committer.id, sizeof(store->committer.id));
	pack_init(&p, request.id, sizeof(request.id));
	pack_raw(&p, store->committer.id, sizeof(store->committer.id));
	pack_u64(&p, ++store->committer.count);
	return request;
}

static int
send_request(const struct store *store, const struct store_request *request, const void *data,
    size_t len)
{
	unsigned char header[STORE_REQUEST_SIZE];
	struct iovec iov[] = { { .iov_base = header, .iov_len = sizeof(header) },
		{ .iov_base = (void *)(uintptr_t)data, .iov_len = len } };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	struct pack p;
	ssize_t sent;

	pack_init(&p, header, sizeof(header));
	store_request_pack(&p, request);
	do
		sent = sendmsg(store->committer.fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

int
store_client_ask(struct store *store, unsigned int flags)
{
	struct store_request request;

	if (open_connection(store, START_DEADLINE_MS) != 0)
		return -1;
	request = store_client_request(store, NULL, flags);
	return send_request(store, &request, NULL, 0);
}

/* Compacting and copying take as long as they take; all else has a limit. */
static bool
is_too_late(const struct store_request *request)
{
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	return request->part < STORE_PART_COMPACT;
}

static ssize_t
read_message(const struct store *store, const struct store_request *request,
    unsigned char reply[STORE_REPLY_MOST])
{
	ssize_t got;

	do
		got = recv(store->committer.fd, reply, STORE_REPLY_MOST, 0);
	while (got < 0 && (errno == EINTR || errno == EAGAIN) && !is_too_late(request));
	return got;
}

/* Whether a reply begins with the result of this request. */
static bool
is_reply_to(const struct store_request *request, struct unpack u)
{
	struct store_result result;

	return store_result_unpack(&u, &result) == 0 &&
	    memcmp(result.id, request->id, STORE_OP_ID) == 0;
}

/*
 * Waits for the reply to this question. -1: the committer is gone; -1 with errno EAGAIN: it does
 * not answer, and may do the transaction yet.
 */
static int
read_reply(struct store *store, struct store_question *question, uint64_t *inode)
{
	unsigned char reply[STORE_REPLY_MOST];
	struct store_result result;
	struct unpack u;
	ssize_t got;

	do {
		got = read_message(store, &question->request, reply);
		if (got < STORE_REPLY_SIZE) {
			errno = got < 0 ? errno : 0;
			return -1;
		}
		unpack_init(&u, reply, (size_t)got);
	} while (!is_reply_to(&question->request, u));
	for (unsigned int i = 0; i < question->n; i++) {
		(void)store_result_unpack(&u, &result);
		question->outcomes[i] = result.outcome;
	}
	*inode = unpack_u64(&u);
	errno = 0;
	return u.bad ? -1 : 0;
}

/* The transaction may have been done in tables that were compacted meanwhile. */
static int
wait_reply(struct store *store, struct store_question *question)
{
	uint64_t inode;

	if (read_reply(store, question, &inode) != 0)
		return -1;
	if (inode != store->tables_inode)
		store_refresh(store);
	return 0;
}

/*
 * A committer brings the files back before it listens. The one to which this process is connected,
 * or for which it still finds a socket, may be the one that died, and so may its successors.
 */
int
store_client_recover(void *arg)
{
	struct store *store = arg;
	struct store_outcome outcome;
	struct store_question question = { .request = store_client_request(store, NULL,
		                               STORE_REQUEST_PING),
		.outcomes = &outcome,
		.n = 1 };
	int64_t deadline = clock_monotonic_ms() + START_DEADLINE_MS;
	int64_t pause_ms = 0;
	uint64_t inode;

	do {
		if (open_connection(store, RECOVER_MS) != 0)
			return -1;
		if (send_request(store, &question.request, NULL, 0) == 0 &&
		    read_reply(store, &question, &inode) == 0)
			return 0;
		close_connection(store);
		pause_longer(&pause_ms);
	} while (clock_monotonic_ms() < deadline);
	return -1;
}

/* Whether a committer may have the request: a connection that breaks does not tell. */
static bool
may_be_taken(int sent)
{
	return sent == 0 || errno == EPIPE || errno == ECONNRESET;
}

void
store_client_commit(struct store *store, struct store_question *question)
{
	struct store_request *request = &question->request;
	int64_t deadline = clock_monotonic_ms() + store->answer_ms;
	int64_t pause_ms = 0;
	bool late = false, taken = false;

	do {
		/* Where we start no committer ourselves, others take their time. */
		if ((request->flags & STORE_REQUEST_AGAIN) != 0 && store->opt.connect != NULL)
			pause_longer(&pause_ms);
		if (open_connection(store, START_DEADLINE_MS) != 0)
			break;
		errno = 0;
		int sent = send_request(store, request, question->data, question->len);
		taken |= may_be_taken(sent);
		if (sent == 0 && wait_reply(store, question) == 0)
			return;
		late = errno == EAGAIN || errno == EWOULDBLOCK;
		close_connection(store);
		request->flags |= STORE_REQUEST_AGAIN;
	} while (!late && clock_monotonic_ms() < deadline);
	/* The same committer would do it a second time if it was asked again. */
	if (late)
		log_warnx("store: the committer has not answered for %lld s: giving up",
		    (long long)(store->answer_ms / 1000));
	for (unsigned int i = 0; i < question->n; i++)
		question->outcomes[i] =
		    (struct store_outcome){ .status = taken ? STORE_UNSURE : STORE_FAILED };
}

static void
commit_remote(struct store *store, const struct store_tx *tx, struct store_outcome *outcome)
{
	struct store_question question = { .request = store_client_request(store, tx, 0),
		.data = tx->data,
		.len = tx->len,
		.outcomes = outcome,
		.n = 1 };

	store_client_commit(store, &question);
}

static void
commit_here(struct store *store, const struct store_tx *tx, struct store_outcome *outcome)
{
	struct store_op op = { .part = tx->part,
		.steps = tx->steps,
		.data = tx->data,
		.len = tx->len };
	struct store_op *ops[] = { &op };

	store_apply(store, ops, 1);
	store_ringer_here(store, &op);
	*outcome = op.outcome;
}

enum store_status
store_commit(struct store *store, const struct store_tx *tx, struct store_outcome *outcome)
{
	struct store_outcome mine;

	if (outcome == NULL)
		outcome = &mine;
	*outcome = (struct store_outcome){ .status = STORE_FAILED };
	if (tx->overflow) {
		log_warnx("store: a transaction is too big or concerns two parts");
		return STORE_FAILED;
	}
	if (tx->steps == 0)
		outcome->status = STORE_OK;
	else if (store->writer != NULL)
		commit_here(store, tx, outcome);
	else
		commit_remote(store, tx, outcome);
	store_entry_cache_clear(&store->entries);
	return outcome->status;
}

enum store_status
store_client_task(struct store *store, int part)
{
	struct store_tx tx;

	store_tx_init(&tx);
	tx.part = part;
	tx.steps = 1;
	return store_commit(store, &tx, NULL);
}

void
store_post(struct store *store, const struct store_tx *tx)
{
	struct store_outcome outcome;
	struct store_request request;

	if (tx->overflow || tx->steps == 0)
		return;
	if (store->writer != NULL) {
		commit_here(store, tx, &outcome);
		return;
	}
	if (open_connection(store, START_DEADLINE_MS) != 0)
		return;
	request = store_client_request(store, tx, STORE_REQUEST_POST);
	if (send_request(store, &request, tx->data, tx->len) == 0)
		return;
	close_connection(store);
	request.flags |= STORE_REQUEST_AGAIN;
	if (open_connection(store, START_DEADLINE_MS) == 0 &&
	    send_request(store, &request, tx->data, tx->len) != 0)
		close_connection(store);
}
