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

#define SILENT_MS 3000 /* silence of this length is logged */
#define LEAVE_MS  5000

struct store_watch {
	struct store *store; /* only its connection is used */
	int64_t asked_ms;    /* monotonic time of the question without an answer yet; 0: none */
	int64_t logged_ms;   /* monotonic time at which silence was logged last; 0: all is well */
};

struct store_watch *
store_watch_open(const struct store_options *opt)
{
	char error[256];
	struct store_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
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
}

/* Reads the replies that have come. False when the committer is gone. */
static bool
read_replies(struct store_watch *watch)
{
	unsigned char reply[STORE_REPLY_SIZE];
	ssize_t got;

	while ((got = recv(watch->store->committer.fd, reply, sizeof(reply), MSG_DONTWAIT)) > 0)
		watch->asked_ms = 0;
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

void
store_watch_close(struct store_watch *watch)
{
	struct pollfd poll_fd = { .fd = watch->store->committer.fd, .events = POLLIN };
	int64_t deadline = clock_monotonic_ms() + LEAVE_MS;

	/* The socket stays open for reading: its end shows that the committer has ended. */
	if (poll_fd.fd >= 0 && store_client_ask(watch->store, STORE_REQUEST_LEAVE) == 0) {
		shutdown(poll_fd.fd, SHUT_WR);
		while (clock_monotonic_ms() < deadline && read_replies(watch))
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

void
store_watch_tick(struct store_watch *watch)
{
	int64_t now = clock_monotonic_ms();

	if (watch->store->committer.fd >= 0 && !read_replies(watch)) {
		log_warnx("the committer has ended, a new one is started");
		store_rest(watch->store);
		watch->asked_ms = 0;
	}
	if (watch->asked_ms != 0) {
		if (now - watch->asked_ms >= SILENT_MS)
			log_silence(watch, now);
		return;
	}
	if (watch->logged_ms != 0)
		log_info("the committer answers again");
	watch->logged_ms = 0;
	if (store_client_ask(watch->store, STORE_REQUEST_PING) == 0)
		watch->asked_ms = now;
}

bool
store_watch_well(const struct store_watch *watch)
{
	return watch->logged_ms == 0;
}
