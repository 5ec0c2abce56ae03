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

#define SILENT_MS 3000 /* this long without an answer is worth a word in the log */
#define LEAVE_MS  5000

struct store_watch {
	struct store *store; /* only its link is used */
	int64_t asked_ms;    /* tick of the question that is not answered yet; 0: none is */
	int64_t said_ms;     /* tick of the last complaint; 0: all is well */
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

/* Nothing is freed or written: every page that a child changes is copied for it. */
void
store_watch_abandon(const struct store_watch *watch)
{
	if (watch->store->link.fd >= 0)
		close(watch->store->link.fd);
}

/* Takes in what the committer said. False when it is gone. */
static bool
hear(struct store_watch *watch)
{
	unsigned char reply[STORE_REPLY_SIZE];
	ssize_t got;

	while ((got = recv(watch->store->link.fd, reply, sizeof(reply), MSG_DONTWAIT)) > 0)
		watch->asked_ms = 0;
	return got < 0 && (errno == EAGAIN || errno == EINTR);
}

void
store_watch_close(struct store_watch *watch)
{
	struct pollfd poll_fd = { .fd = watch->store->link.fd, .events = POLLIN };
	int64_t deadline = clock_monotonic_ms() + LEAVE_MS;

	/* The socket stays open here for writing no more: its end shows when the other has gone. */
	if (poll_fd.fd >= 0 && store_link_ask(watch->store, STORE_REQUEST_LEAVE) == 0) {
		shutdown(poll_fd.fd, SHUT_WR);
		while (clock_monotonic_ms() < deadline && hear(watch))
			poll(&poll_fd, 1, (int)(deadline - clock_monotonic_ms()));
	}
	store_close(watch->store);
	free(watch);
}

static void
complain(struct store_watch *watch, int64_t now)
{
	if (watch->said_ms != 0 && now - watch->said_ms < 10 * SILENT_MS)
		return;
	log_warnx("the committer (process %ld) has not answered for %lld s: nothing can be stored",
	    (long)store_committer_pid(&watch->store->opt),
	    (long long)((now - watch->asked_ms) / 1000));
	watch->said_ms = now;
}

void
store_watch_tick(struct store_watch *watch)
{
	int64_t now = clock_monotonic_ms();

	if (watch->store->link.fd >= 0 && !hear(watch)) {
		log_warnx("the committer has ended, a new one is started");
		store_rest(watch->store);
		watch->asked_ms = 0;
	}
	if (watch->asked_ms != 0) {
		if (now - watch->asked_ms >= SILENT_MS)
			complain(watch, now);
		return;
	}
	if (watch->said_ms != 0)
		log_info("the committer answers again");
	watch->said_ms = 0;
	if (store_link_ask(watch->store, STORE_REQUEST_PING) == 0)
		watch->asked_ms = now;
}

bool
store_watch_well(const struct store_watch *watch)
{
	return watch->said_ms == 0;
}
