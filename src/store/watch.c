/*
 * store_watch: asks the committer whether it still answers.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/int.h"
#include "store/store_admin.h"

#define SILENT_MS 3000  /* silence of this length is logged */
#define LEAVE_MS  60000 /* until the files are on the disk */

struct store_watch {
	/* Only its connection is used: it keeps the committer, and ends when that ends. */
	struct store *store;
	int question;      /* a connection of its own for each question; -1: none */
	int64_t asked_ms;  /* monotonic time of the question without an answer yet; 0: none */
	bool told;         /* the committer has the min_free of the options */
	int64_t logged_ms; /* monotonic time at which silence was logged last; 0: all is well */
};

struct store_watch *
store_watch_open(const struct store_options *opt)
{
	char error[256];
	struct store_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->question = -1;
	watch->store = store_new(opt, error, sizeof(error));
	if (watch->store == NULL) {
		log_warnx("store: %s", error);
		free(watch);
		return NULL;
	}
	store_watch_tick(watch);
	return watch;
}

/* Frees and writes nothing: every page that a child changes is copied for it. */
void
store_watch_abandon(const struct store_watch *watch)
{
	if (watch->store->committer.fd >= 0)
		close(watch->store->committer.fd);
	if (watch->question >= 0)
		close(watch->question);
}

/* Reads the replies that have come. False when the connection has ended. */
static bool
read_replies(int fd, bool *answered)
{
	unsigned char reply[STORE_REPLY_SIZE];
	ssize_t got;

	*answered = false;
	while ((got = recv(fd, reply, sizeof(reply), MSG_DONTWAIT)) > 0)
		*answered = true;
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

static void
close_question(struct store_watch *watch)
{
	if (watch->question >= 0)
		close(watch->question);
	watch->question = -1;
}

void
store_watch_close(struct store_watch *watch)
{
	struct pollfd poll_fd = { .fd = watch->store->committer.fd, .events = POLLIN };
	int64_t deadline = clock_monotonic_ms() + LEAVE_MS;
	bool answered;

	close_question(watch);
	/* The socket stays open for reading: its end shows that the committer has ended. */
	if (poll_fd.fd >= 0 && store_client_ask(watch->store, STORE_REQUEST_LEAVE) == 0) {
		shutdown(poll_fd.fd, SHUT_WR);
		while (clock_monotonic_ms() < deadline && read_replies(poll_fd.fd, &answered))
			poll(&poll_fd, 1, (int)(deadline - clock_monotonic_ms()));
	}
	store_close(watch->store);
	free(watch);
}

static void
log_silence(struct store_watch *watch, int64_t now)
{
	if (watch->logged_ms != 0 && now - watch->logged_ms < 10 * SILENT_MS)
		return;
	log_warnx("the committer (process %ld) has not answered for %lld s: nothing can be stored",
	    (long)store_committer_pid(&watch->store->opt),
	    (long long)((now - watch->asked_ms) / 1000));
	watch->logged_ms = now;
}

/* Keeps the lasting connection, whose end tells that the committer has ended. */
static void
keep_committer(struct store_watch *watch)
{
	bool answered;

	if (watch->store->committer.fd >= 0 &&
	    !read_replies(watch->store->committer.fd, &answered)) {
		log_warnx("the committer has ended, a new one is started");
		store_rest(watch->store);
		close_question(watch);
		watch->asked_ms = 0;
	}
	if (watch->store->committer.fd < 0) {
		store_client_ask(watch->store, STORE_REQUEST_PING);
		watch->told = false;
	}
}

/* A process with other settings may have started the committer. */
static void
tell_min_free(struct store_watch *watch)
{
	struct store_tx tx;

	if (watch->told || watch->store->committer.fd < 0)
		return;
	store_tx_init(&tx);
	store_tx_charge(&tx, STORE_PAYER_NONE, watch->store->opt.min_free, 0);
	store_post(watch->store, &tx);
	watch->told = true;
}

void
store_watch_min_free(struct store_watch *watch, uint64_t min_free)
{
	watch->told &= watch->store->opt.min_free == min_free;
	watch->store->opt.min_free = min_free;
}

static void
read_answer(struct store_watch *watch)
{
	bool answered;

	if (watch->question < 0)
		return;
	bool open = read_replies(watch->question, &answered);
	if (answered)
		watch->asked_ms = 0;
	if (answered || !open)
		close_question(watch);
}

/*
 * A committer that cannot take new clients any more is of no use, though it may answer those that
 * it has: so each question goes over a new connection. Without the name of the socket there is
 * none: the committer is told over the lasting one, and makes it again.
 */
static void
ask_question(struct store_watch *watch, int64_t now)
{
	unsigned char request[STORE_REQUEST_SIZE] = { STORE_REQUEST_PING };

	if (watch->asked_ms == 0)
		watch->asked_ms = now;
	watch->question = store_socket_try(watch->store);
	if (watch->question < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		store_client_ask(watch->store, STORE_REQUEST_PING);
	if (watch->question >= 0 &&
	    send(watch->question, request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		close_question(watch);
}

void
store_watch_tick(struct store_watch *watch)
{
	int64_t now = clock_monotonic_ms();

	keep_committer(watch);
	tell_min_free(watch);
	read_answer(watch);
	if (watch->asked_ms != 0 && now - watch->asked_ms >= SILENT_MS)
		log_silence(watch, now);
	if (watch->asked_ms == 0 && watch->logged_ms != 0) {
		log_info("the committer answers again");
		watch->logged_ms = 0;
	}
	if (watch->question < 0)
		ask_question(watch, now);
}

bool
store_watch_well(const struct store_watch *watch)
{
	return watch->logged_ms == 0;
}
