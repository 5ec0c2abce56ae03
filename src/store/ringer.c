/*
 * store_ringer: the process that tells of the events of transactions, so that the committer need
 * not look up whom each concerns. The committer hands it the events of a batch and never waits for
 * it. Telling is left to the function of struct store_options.
 */
#include "store/ringer.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/daemon.h"
#include "base/log.h"

#define MESSAGE_EVENTS 1024 /* in one message, at most */
#define TOLD_AT_ONCE   (4 * MESSAGE_EVENTS)
#define EVERYONE       0    /* the kind of no event: any may have been missed */
#define END_MS         1000 /* for what it was told to tell, when the committer ends */
#define RESTART_MS     1000 /* one that dies sooner is started again by the next event */

/* What both processes see. */
struct shared {
	atomic_bool missed; /* a message had no room: whoever reads on tells everyone */
};

struct store_ringer {
	struct store *store; /* the committer's */
	pid_t pid;           /* 0: it does not run */
	int64_t started_ms;  /* monotonic */
	int fd;
	struct shared *shared;
	size_t n;
	struct store_event events[MESSAGE_EVENTS];
};

/* The ringer's own. */
struct told {
	struct store *store; /* NULL: it cannot be read */
	const struct store_options *opt;
	struct shared *shared;
	int fd;
	void *kept;
	size_t n;
	struct store_event events[TOLD_AT_ONCE];
};

/* Reads the next message behind the events so far. False: there is none, or the committer ended. */
static bool
receive_events(struct told *told, int flags)
{
	ssize_t got;

	if (told->n + MESSAGE_EVENTS > TOLD_AT_ONCE)
		return false;
	do
		got = recv(told->fd, told->events + told->n,
		    MESSAGE_EVENTS * sizeof(told->events[0]), flags);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return false;
	told->n += (size_t)got / sizeof(told->events[0]);
	return true;
}

static bool
has_missed(struct told *told)
{
	bool missed = atomic_exchange(&told->shared->missed, false);

	for (size_t i = 0; i < told->n && !missed; i++)
		missed = told->events[i].kind == EVERYONE;
	return missed;
}

static void
tell_events(struct told *told)
{
	bool all = has_missed(told);

	if (told->store != NULL)
		store_refresh(told->store);
	told->opt->ring(told->store, told->opt->state, all ? NULL : told->events, all ? 0 : told->n,
	    &told->kept);
	told->n = 0;
}

/* A process that brings files back is another: the ringer lives only as long as its committer. */
static int
connect_nowhere(void *arg)
{
	(void)arg;
	errno = ECONNREFUSED;
	return -1;
}

/* The ringer keeps no descriptor of the committer's but its end of the pair, and no file. */
static void __attribute__((noreturn)) run_ringer(struct store_ringer *ringer, int fd)
{
	struct store_options opt = ringer->store->opt;
	struct told *told = calloc(1, sizeof(*told));
	char error[512];

	store_files_close(ringer->store);
	daemon_detach(fd, "ringer", opt.state);
	if (told == NULL)
		fatal("out of memory");
	opt.connect = connect_nowhere;
	told->opt = &opt;
	told->shared = ringer->shared;
	told->fd = DAEMON_KEPT_FD;
	told->store = store_open(&opt, error, sizeof(error));
	if (told->store == NULL)
		log_warnx("every event is told to everyone: %s", error);
	while (receive_events(told, 0)) {
		while (receive_events(told, MSG_DONTWAIT))
			;
		tell_events(told);
	}
	_exit(0);
}

static void
start_ringer(struct store_ringer *ringer)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
		log_warn("store: cannot start the ringer");
		return;
	}
	ringer->pid = fork();
	if (ringer->pid == 0)
		run_ringer(ringer, pair[1]);
	close(pair[1]);
	ringer->fd = pair[0];
	ringer->started_ms = clock_monotonic_ms();
	if (ringer->pid > 0)
		return;
	log_warn("store: cannot start the ringer");
	close(pair[0]);
	ringer->pid = 0;
}

/* Waits at most so long for the ringer's end, of which its end of the pair tells. */
static void
await_end(struct store_ringer *ringer, int ms)
{
	struct pollfd end = { .fd = ringer->fd };
	int status = 0;

	while (poll(&end, 1, ms) < 0 && errno == EINTR)
		;
	if (end.revents == 0) {
		log_warnx("store: the ringer has not ended");
	} else {
		while (waitpid(ringer->pid, &status, 0) < 0 && errno == EINTR)
			;
		if (WIFSIGNALED(status))
			log_warnx("store: the ringer died of signal %d", WTERMSIG(status));
	}
	close(ringer->fd);
	ringer->pid = 0;
}

/* True when the ringer has it, or will tell everyone. */
static bool
send_message(struct store_ringer *ringer, const struct store_event *events, size_t n)
{
	const struct store_event everyone = { .kind = EVERYONE };
	ssize_t sent;

	if (ringer->pid == 0)
		return false;
	do
		sent = send(ringer->fd, events, n * sizeof(*events), MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return true;
	if (errno != EAGAIN && errno != ENOBUFS)
		return false;
	/* If there is no room now either, messages are waiting: it looks here when it reads them.
	 */
	atomic_store(&ringer->shared->missed, true);
	sent = send(ringer->fd, &everyone, sizeof(everyone), MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent >= 0 || errno == EAGAIN || errno == ENOBUFS || errno == EINTR;
}

void
store_ringer_everyone(struct store_ringer *ringer)
{
	const struct store_event everyone = { .kind = EVERYONE };

	if (ringer == NULL || send_message(ringer, &everyone, 1))
		return;
	if (ringer->pid != 0)
		await_end(ringer, END_MS);
	start_ringer(ringer);
	(void)send_message(ringer, &everyone, 1);
}

static void
flush_events(struct store_ringer *ringer)
{
	if (ringer->n == 0)
		return;
	if (!send_message(ringer, ringer->events, ringer->n))
		store_ringer_everyone(ringer);
	ringer->n = 0;
}

/* Many members of a group often write to it at once. */
static void
add_event(struct store_ringer *ringer, const struct store_event *event)
{
	const struct store_event *last = &ringer->events[ringer->n - (ringer->n > 0)];

	if (ringer->n > 0 && last->kind == event->kind && last->a == event->a &&
	    last->b == event->b)
		return;
	if (ringer->n == MESSAGE_EVENTS)
		flush_events(ringer);
	ringer->events[ringer->n++] = *event;
}

/* The events of an operation that was done; how many. */
static size_t
read_events(const struct store_op *op, struct store_event events[STORE_TX_RINGS])
{
	struct store_step step;
	struct unpack u;
	size_t n = 0;

	unpack_init(&u, op->data, op->ordered && op->outcome.status == STORE_OK ? op->len : 0);
	while (n < STORE_TX_RINGS && store_tx_step(&u, &step) == 1)
		if (step.kind == STORE_STEP_RING)
			events[n++] = (struct store_event){ .kind = (uint32_t)step.log,
				.a = step.a,
				.b = step.b };
	return n;
}

void
store_ringer_ring(struct store_ringer *ringer, struct store_op *const *ops, size_t n)
{
	struct store_event events[STORE_TX_RINGS];

	for (size_t i = 0; ringer != NULL && i < n; i++) {
		size_t rung = read_events(ops[i], events);

		for (size_t j = 0; j < rung; j++)
			add_event(ringer, &events[j]);
	}
	if (ringer != NULL)
		flush_events(ringer);
}

void
store_ringer_here(struct store *store, const struct store_op *op)
{
	struct store_event events[STORE_TX_RINGS];
	size_t n = store->opt.ring == NULL ? 0 : read_events(op, events);

	if (n > 0)
		store->opt.ring(store, store->state, events, n, NULL);
}

struct store_ringer *
store_ringer_start(struct store *store)
{
	struct store_ringer *ringer;

	if (store->opt.ring == NULL)
		return NULL;
	ringer = calloc(1, sizeof(*ringer));
	if (ringer == NULL)
		fatal("out of memory");
	ringer->store = store;
	ringer->shared = mmap(NULL, sizeof(*ringer->shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ringer->shared == MAP_FAILED)
		fatal("out of memory");
	start_ringer(ringer);
	return ringer;
}

void
store_ringer_watch(struct store_ringer *ringer)
{
	struct pollfd end = { .events = 0 };

	if (ringer == NULL || ringer->pid == 0)
		return;
	end.fd = ringer->fd;
	if (poll(&end, 1, 0) <= 0)
		return;
	await_end(ringer, END_MS);
	if (clock_monotonic_ms() - ringer->started_ms >= RESTART_MS)
		store_ringer_everyone(ringer);
}

void
store_ringer_end(struct store_ringer *ringer)
{
	if (ringer == NULL)
		return;
	if (ringer->pid != 0 && shutdown(ringer->fd, SHUT_WR) == 0)
		await_end(ringer, END_MS);
	munmap(ringer->shared, sizeof(*ringer->shared));
	free(ringer);
}
