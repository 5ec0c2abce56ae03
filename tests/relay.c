/*
 * relay: for tests and benchmarks: a process between those who connect and a server on the
 * loopback, which hands on bytes as a network would. See relay.h.
 */
#include "relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAIRS      64
#define PIECE_MAX  65536
#define UNDER_WAY  (64 * 1024 * 1024) /* bytes of one direction, after which no more is read */
#define FOREVER_NS INT64_MAX
#define KEPT_FDS   3 /* from here on nothing of the parent's stays open */

/* In memory that both processes share. */
struct relay_control {
	atomic_uint delay_ms;
	atomic_uint trickle_ms;
	atomic_bool frozen;
	atomic_bool cut;
	atomic_uint breaking; /* raised: whatever is open breaks */
	atomic_uint stranding;
	_Atomic uint64_t least;
	_Atomic uint64_t most;
	_Atomic uint64_t drawn;
	_Atomic uint64_t requests; /* bytes of them, then a connection breaks */
	atomic_uint connections;
	atomic_uint breaks;
	_Atomic uint64_t said;
	_Atomic uint64_t answered;
};

struct piece {
	struct piece *next;
	int64_t due_ns;
	size_t start;
	size_t len;
	char data[];
};

/* One direction of a connection. */
struct way {
	int from;
	int to;
	bool ended;   /* nothing will come any more */
	bool shut;    /* and that was handed on */
	bool limited; /* breaks after `left` bytes */
	uint64_t left;
	int64_t due_ns; /* trickling: the next byte */
	size_t under_way;
	struct piece *first;
	struct piece **last;
};

struct pair {
	bool open;
	bool stranded;
	bool dying; /* the one who connected has gone: what was said is still handed on */
	struct way up;
	struct way down;
	size_t place;
};

struct state {
	struct relay_control *control;
	int listener;
	int wake_fd;
	struct sockaddr_in server;
	struct pair pairs[PAIRS];
	unsigned int breaking, stranding; /* as they were last */
	struct pollfd polls[2 + 2 * PAIRS];
	size_t n_polls;
	int64_t due_ns;
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * Connections.
 */

static void
way_init(struct way *way, int from, int to)
{
	*way = (struct way){ .from = from, .to = to };
	way->last = &way->first;
}

static void
way_clear(struct way *way)
{
	while (way->first != NULL) {
		struct piece *next = way->first->next;

		free(way->first);
		way->first = next;
	}
	way->last = &way->first;
	way->under_way = 0;
}

/* Closing is then a reset. */
static void
reset_connection(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

static void
pair_break(struct state *state, struct pair *pair)
{
	reset_connection(pair->up.from);
	reset_connection(pair->up.to);
	way_clear(&pair->up);
	way_clear(&pair->down);
	pair->open = false;
	state->control->breaks++;
}

static void
pair_close(struct pair *pair)
{
	if (pair->up.from >= 0)
		close(pair->up.from);
	close(pair->up.to);
	way_clear(&pair->up);
	way_clear(&pair->down);
	pair->open = false;
}

/* The client hears nothing more; the server reads all that the client said, and then the end. */
static void
pair_break_gently(struct state *state, struct pair *pair)
{
	reset_connection(pair->up.from);
	pair->up.from = pair->down.to = -1;
	pair->up.ended = true;
	pair->up.limited = false;
	pair->dying = true;
	way_clear(&pair->down);
	state->control->breaks++;
}

static uint64_t
draw_bits(struct state *state)
{
	state->control->drawn = state->control->drawn * 6364136223846793005 + 1442695040888963407;
	return state->control->drawn >> 33;
}

static int
connect_server(const struct state *state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0)
		return -1;
	/* On the loopback this takes no time. */
	if (connect(fd, (const struct sockaddr *)&state->server, sizeof(state->server)) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
pair_open(struct state *state, struct pair *pair, int fd)
{
	struct relay_control *control = state->control;
	int server = control->cut ? -1 : connect_server(state), on = 1;
	uint64_t least = control->least, most = control->most;

	control->connections++;
	if (server < 0) {
		reset_connection(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*pair = (struct pair){ .open = true };
	way_init(&pair->up, fd, server);
	way_init(&pair->down, server, fd);
	pair->down.limited = most > 0;
	if (most > 0)
		pair->down.left = least + draw_bits(state) % (most - least + 1);
	pair->up.left = control->requests;
	pair->up.limited = pair->up.left > 0;
}

static void
take_connections(struct state *state)
{
	for (size_t i = 0; i < PAIRS; i++) {
		int fd;

		if (state->pairs[i].open)
			continue;
		fd = accept4(state->listener, NULL, NULL, SOCK_NONBLOCK);
		if (fd < 0)
			return;
		pair_open(state, &state->pairs[i], fd);
	}
}

/*
 * Bytes.
 */

static bool
is_lost(ssize_t result)
{
	return result < 0 && errno != EAGAIN && errno != EINTR;
}

/* Reads what there is, due when the delay is over. False: the connection is broken. */
static bool
way_read(const struct state *state, struct way *way)
{
	char data[PIECE_MAX];
	ssize_t n = read(way->from, data, sizeof(data));
	struct piece *piece;

	if (n <= 0) {
		way->ended |= n == 0;
		return !is_lost(n);
	}
	piece = malloc(sizeof(*piece) + (size_t)n);
	if (piece == NULL)
		return false;
	*piece = (struct piece){ .len = (size_t)n,
		.due_ns = now_ns() + (int64_t)state->control->delay_ms * 1000000 };
	memcpy(piece->data, data, (size_t)n);
	*way->last = piece;
	way->last = &piece->next;
	way->under_way += (size_t)n;
	return true;
}

static void
way_pop(struct way *way)
{
	struct piece *piece = way->first;

	way->first = piece->next;
	if (way->first == NULL)
		way->last = &way->first;
	free(piece);
}

/* How many bytes of the first piece may go now. */
static size_t
allowance(const struct state *state, const struct way *way, int64_t now)
{
	size_t len = way->first->len - way->first->start;

	if (way->first->due_ns > now || (state->control->trickle_ms > 0 && way->due_ns > now))
		return 0;
	if (state->control->trickle_ms > 0)
		len = 1;
	if (way->limited && way->left < len)
		len = (size_t)way->left;
	return len;
}

/* Hands on what is due. False: the connection is broken. */
static bool
way_write(const struct state *state, struct way *way, _Atomic uint64_t *count)
{
	int64_t now = now_ns();

	while (way->first != NULL && !(way->limited && way->left == 0)) {
		struct piece *piece = way->first;
		size_t len = allowance(state, way, now);
		ssize_t n;

		if (len == 0)
			return true;
		n = send(way->to, piece->data + piece->start, len, MSG_NOSIGNAL);
		if (n <= 0)
			return !is_lost(n);
		piece->start += (size_t)n;
		way->under_way -= (size_t)n;
		way->left -= way->limited ? (uint64_t)n : 0;
		*count += (uint64_t)n;
		way->due_ns = now + (int64_t)state->control->trickle_ms * 1000000;
		if (piece->start == piece->len)
			way_pop(way);
	}
	if (way->ended && !way->shut && way->first == NULL) {
		way->shut = true;
		shutdown(way->to, SHUT_WR);
	}
	return true;
}

static bool
is_used_up(const struct pair *pair)
{
	return (pair->down.limited && pair->down.left == 0) ||
	    (pair->up.limited && pair->up.left == 0);
}

static void
pair_turn(struct state *state, struct pair *pair)
{
	struct relay_control *control = state->control;
	short up = state->polls[pair->place].revents, down = state->polls[pair->place + 1].revents;
	bool good = true;

	if (up & (POLLIN | POLLHUP | POLLERR) && !pair->up.ended)
		good = way_read(state, &pair->up);
	if (good && down & (POLLIN | POLLHUP | POLLERR) && !pair->down.ended)
		good = way_read(state, &pair->down);
	if (pair->dying)
		way_clear(&pair->down);
	good = good && way_write(state, &pair->up, &control->said) &&
	    (pair->dying || way_write(state, &pair->down, &control->answered));
	if (!good) {
		reset_connection(pair->up.from);
		reset_connection(pair->up.to);
		pair->up.from = pair->up.to = -1;
		way_clear(&pair->up);
		way_clear(&pair->down);
		pair->open = false;
	} else if (!pair->dying && is_used_up(pair)) {
		if (draw_bits(state) % 2 == 0)
			pair_break(state, pair);
		else
			pair_break_gently(state, pair);
	} else if ((pair->up.shut || pair->dying) && pair->down.ended && pair->down.first == NULL &&
	    pair->up.first == NULL) {
		pair_close(pair);
	}
}

/*
 * The loop.
 */

static void
look_forward(struct state *state, const struct way *way)
{
	int64_t due = FOREVER_NS;

	if (way->first == NULL)
		return;
	due = way->first->due_ns;
	if (state->control->trickle_ms > 0 && way->due_ns > due)
		due = way->due_ns;
	if (due < state->due_ns)
		state->due_ns = due;
}

static void
poll_way(struct state *state, const struct way *way, const struct way *back)
{
	struct pollfd *pfd = &state->polls[state->n_polls++];
	int64_t now = now_ns();

	*pfd = (struct pollfd){ .fd = way->from };
	if (!way->ended && way->under_way < UNDER_WAY)
		pfd->events = POLLIN;
	/* Where something could be handed on, but there is no room. */
	if (back->first != NULL && allowance(state, back, now) > 0)
		pfd->events = (short)(pfd->events | POLLOUT);
	else
		look_forward(state, back);
	if (pfd->events == 0)
		pfd->fd = -1;
}

static void
wait_for_something(struct state *state)
{
	bool frozen = state->control->frozen;
	int64_t left;
	struct timespec timeout;

	state->n_polls = 0;
	state->due_ns = FOREVER_NS;
	state->polls[state->n_polls++] = (struct pollfd){ .fd = state->wake_fd, .events = POLLIN };
	state->polls[state->n_polls++] = (struct pollfd){ .fd = state->listener, .events = POLLIN };
	for (size_t i = 0; i < PAIRS; i++) {
		struct pair *pair = &state->pairs[i];

		pair->place = 0;
		if (!pair->open || pair->stranded || frozen)
			continue;
		pair->place = state->n_polls;
		poll_way(state, &pair->up, &pair->down);
		poll_way(state, &pair->down, &pair->up);
	}
	left = state->due_ns == FOREVER_NS ? 0 : state->due_ns - now_ns();
	left = left < 0 ? 0 : left;
	timeout = (struct timespec){ .tv_sec = left / 1000000000, .tv_nsec = left % 1000000000 };
	if (ppoll(state->polls, state->n_polls, state->due_ns == FOREVER_NS ? NULL : &timeout,
	        NULL) < 0)
		state->n_polls = 0;
}

static void
turn(struct state *state)
{
	struct relay_control *control = state->control;
	unsigned int breaking = control->breaking, stranding = control->stranding;
	bool all = breaking != state->breaking || control->cut;
	bool strand = stranding != state->stranding;
	char bytes[64];

	state->breaking = breaking;
	state->stranding = stranding;
	while (read(state->wake_fd, bytes, sizeof(bytes)) > 0)
		;
	for (size_t i = 0; i < PAIRS; i++) {
		struct pair *pair = &state->pairs[i];

		pair->stranded |= strand;
		if (pair->open && all)
			pair_break(state, pair);
		else if (pair->open && pair->place != 0 && state->n_polls > 0 && !pair->stranded &&
		    !control->frozen)
			pair_turn(state, pair);
	}
	take_connections(state);
}

/* Other connections of the parent's would not end as long as we have them. */
static void
keep_only_ours(struct state *state)
{
	int listener = fcntl(state->listener, F_DUPFD, KEPT_FDS + 2);
	int wake_fd = fcntl(state->wake_fd, F_DUPFD, KEPT_FDS + 2);

	state->listener = dup2(listener, KEPT_FDS);
	state->wake_fd = dup2(wake_fd, KEPT_FDS + 1);
	closefrom(KEPT_FDS + 2);
}

static void __attribute__((noreturn)) run(struct state *state)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	keep_only_ours(state);
	for (;;) {
		wait_for_something(state);
		turn(state);
	}
}

/*
 * From outside.
 */

/* *port: where it listens. -1 with errno. */
static int
listen_somewhere(uint16_t *port)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&name, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &len) != 0 || listen(fd, PAIRS) != 0)
		return -1;
	*port = ntohs(name.sin_port);
	return fd;
}

int
relay_begin(struct relay *relay, uint16_t server_port)
{
	static struct state state; /* the child's */
	int wake[2], listener = listen_somewhere(&relay->port);

	relay->control = mmap(NULL, sizeof(*relay->control), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (listener < 0 || relay->control == MAP_FAILED || pipe2(wake, O_CLOEXEC) != 0)
		return -1;
	fcntl(wake[0], F_SETFL, O_NONBLOCK);
	fcntl(wake[1], F_SETFL, O_NONBLOCK);
	relay->wake_fd = wake[1];
	relay->pid = fork();
	if (relay->pid == 0) {
		state.control = relay->control;
		state.listener = listener;
		state.wake_fd = wake[0];
		state.server = (struct sockaddr_in){ .sin_family = AF_INET,
			.sin_port = htons(server_port),
			.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		run(&state);
	}
	close(listener);
	close(wake[0]);
	return relay->pid < 0 ? -1 : 0;
}

void
relay_end(struct relay *relay)
{
	if (relay->pid <= 0)
		return;
	kill(relay->pid, SIGKILL);
	waitpid(relay->pid, NULL, 0);
	relay->pid = 0;
	close(relay->wake_fd);
	munmap(relay->control, sizeof(*relay->control));
}

/* A pipe that is full wakes it, too. */
static void
wake_relay(const struct relay *relay)
{
	ssize_t written = write(relay->wake_fd, "+", 1);

	(void)written;
}

void
relay_delay(struct relay *relay, unsigned int ms)
{
	relay->control->delay_ms = ms;
	wake_relay(relay);
}

void
relay_trickle(struct relay *relay, unsigned int ms)
{
	relay->control->trickle_ms = ms;
	wake_relay(relay);
}

void
relay_freeze(struct relay *relay)
{
	relay->control->frozen = true;
	wake_relay(relay);
}

void
relay_cut(struct relay *relay)
{
	relay->control->cut = true;
	wake_relay(relay);
}

void
relay_mend(struct relay *relay)
{
	relay->control->cut = false;
	relay->control->frozen = false;
	wake_relay(relay);
}

void
relay_strand(struct relay *relay)
{
	relay->control->stranding++;
	wake_relay(relay);
}

void
relay_break(struct relay *relay)
{
	relay->control->breaking++;
	wake_relay(relay);
}

void
relay_break_answers(struct relay *relay, uint64_t least, uint64_t most, uint64_t seed)
{
	relay->control->least = least;
	relay->control->drawn = seed;
	relay->control->most = most;
	wake_relay(relay);
}

void
relay_break_requests(struct relay *relay, uint64_t bytes)
{
	relay->control->requests = bytes;
	wake_relay(relay);
}

unsigned int
relay_connections(const struct relay *relay)
{
	return relay->control->connections;
}

unsigned int
relay_breaks(const struct relay *relay)
{
	return relay->control->breaks;
}

uint64_t
relay_said(const struct relay *relay)
{
	return relay->control->said;
}

uint64_t
relay_answered(const struct relay *relay)
{
	return relay->control->answered;
}
