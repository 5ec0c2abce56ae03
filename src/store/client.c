/*
 * store_client: hands operations to the committer and waits for their outcomes. If the committer
 * dies, the next one is asked again: it knows which operations were done.
 */
#include <sys/socket.h>
#include <sys/uio.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/int.h"

#define START_DEADLINE_MS 20000
#define START_PAUSE_MS    5   /* doubled with each try */
#define START_PAUSE_MAX   500 /* if none can start, as without a state directory */

static void
pause_ms(long ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

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
}

/* Connects, starting a committer if none runs. 0 or -1. */
static int
open_connection(struct store *store)
{
	int64_t deadline = clock_monotonic_ms() + START_DEADLINE_MS;
	long pause = START_PAUSE_MS;

	if (store->committer.fd >= 0)
		return 0;
	if (store->committer.count == 0)
		arc4random_buf(store->committer.id, sizeof(store->committer.id));
	for (;;) {
		store->committer.fd = store_committer_socket(store, false);
		if (store->committer.fd >= 0)
			return 0;
		if ((errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN) ||
		    clock_monotonic_ms() > deadline) {
			log_warn("store: cannot reach the committer");
			return -1;
		}
		if (errno != EAGAIN && store_committer_start(store) != 0)
			return -1;
		store->committer.fd = store_committer_socket(store, false);
		if (store->committer.fd >= 0)
			return 0;
		pause_ms(pause); /* a committer is just starting, or just ending */
		pause = pause * 2 < START_PAUSE_MAX ? pause * 2 : START_PAUSE_MAX;
	}
}

struct request {
	unsigned char header[STORE_REQUEST_SIZE];
	const void *data;
	size_t len;
};

static void
make_request(struct request *request, struct store *store, const struct store_tx *tx,
    unsigned int flags)
{
	struct pack p;

	pack_init(&p, request->header, sizeof(request->header));
	pack_u8(&p, (uint8_t)flags);
	pack_raw(&p, store->committer.id, sizeof(store->committer.id));
	pack_u64(&p, ++store->committer.count);
	pack_u8(&p, tx == NULL ? 0 : (uint8_t)tx->part);
	pack_u32(&p, tx == NULL ? 0 : tx->steps);
	request->data = tx == NULL ? NULL : tx->data;
	request->len = tx == NULL ? 0 : tx->len;
}

static int
send_request(const struct store *store, const struct request *request)
{
	struct iovec iov[] = { { .iov_base = (void *)(uintptr_t)request->header,
		                   .iov_len = sizeof(request->header) },
		{ .iov_base = (void *)(uintptr_t)request->data, .iov_len = request->len } };
	struct msghdr message = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t sent;

	do
		sent = sendmsg(store->committer.fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

int
store_client_ask(struct store *store, unsigned int flags)
{
	struct request request;

	if (open_connection(store) != 0)
		return -1;
	make_request(&request, store, NULL, flags);
	return send_request(store, &request);
}

/*
 * Waits for the reply to this request; -1: the committer is gone. It may have done the transaction
 * in tables that were compacted meanwhile.
 */
static int
wait_reply(struct store *store, const struct request *request, struct store_outcome *outcome)
{
	unsigned char reply[STORE_REPLY_SIZE];
	struct unpack u;
	ssize_t got;

	do {
		do
			got = recv(store->committer.fd, reply, sizeof(reply), 0);
		while (got < 0 && errno == EINTR);
		if (got != sizeof(reply))
			return -1;
	} while (memcmp(reply, request->header + 1, STORE_OP_ID) != 0);
	unpack_init(&u, reply + STORE_OP_ID, sizeof(reply) - STORE_OP_ID);
	outcome->status = (enum store_status)unpack_u8(&u);
	outcome->step = unpack_u32(&u);
	outcome->value = unpack_u64(&u);
	if (unpack_u64(&u) != store->tables_inode)
		store_refresh(store);
	return 0;
}

static void
commit_remote(struct store *store, const struct store_tx *tx, struct store_outcome *outcome)
{
	struct request request;
	int64_t deadline = clock_monotonic_ms() + START_DEADLINE_MS;
	bool made = false;

	do {
		if (open_connection(store) != 0)
			break;
		if (!made)
			make_request(&request, store, tx, 0);
		made = true;
		if (send_request(store, &request) == 0 && wait_reply(store, &request, outcome) == 0)
			return;
		close_connection(store);
		request.header[0] |= STORE_REQUEST_AGAIN;
	} while (clock_monotonic_ms() < deadline);
	*outcome = (struct store_outcome){ .status = STORE_FAILED };
}

static void
commit_here(struct store *store, const struct store_tx *tx, struct store_outcome *outcome)
{
	struct store_op op = { .part = tx->part,
		.steps = tx->steps,
		.data = tx->data,
		.len = tx->len };
	struct store_op *ops[] = { &op };

	store_apply(store, tx->part, ops, 1);
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

void
store_post(struct store *store, const struct store_tx *tx)
{
	struct store_outcome outcome;
	struct request request;

	if (tx->overflow || tx->steps == 0)
		return;
	if (store->writer != NULL) {
		commit_here(store, tx, &outcome);
		return;
	}
	if (open_connection(store) != 0)
		return;
	make_request(&request, store, tx, STORE_REQUEST_POST);
	if (send_request(store, &request) == 0)
		return;
	close_connection(store);
	request.header[0] |= STORE_REQUEST_AGAIN;
	if (open_connection(store) == 0 && send_request(store, &request) != 0)
		close_connection(store);
}
