/* auth_gate: the loop over the workers, the helpers, the clock and the signals. */
#include "auth/gate.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "auth/int.h"
#include "base/capabilities.h"
#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "chat/realm/legacy.h"
#include "live/limits.h"

#define ERROR_SIZE  512
#define AT_ONCE     64  /* events of one turn */
#define ACCEPT_TURN 64  /* connections of one turn */
#define RETRY_MS    100 /* while a helper, or descriptors, are lacking */
#define FOR_WORK \
	128 /* descriptors that no worker gets: helpers, the store, what comes with a yes */

static volatile sig_atomic_t got_end, got_reload, got_retire;

static void
on_signal(int number)
{
	if (number == SIGHUP)
		got_reload = 1;
	else if (number == AUTH_GATE_RETIRE)
		got_retire = 1;
	else
		got_end = 1;
}

static void
catch_signals(void)
{
	signals_catch((const int[]){ SIGTERM, SIGINT, SIGHUP, AUTH_GATE_RETIRE, 0 }, on_signal);
	signals_ignore((const int[]){ SIGPIPE, 0 });
	signals_reset((const int[]){ SIGCHLD, 0 });
}

/* Each worker has a connection here, but some descriptors are kept for the work. */
static size_t
count_connections(void)
{
	size_t descriptors = descriptors_raise();

	return descriptors > 2 * FOR_WORK ? descriptors - FOR_WORK : descriptors / 2;
}

static int
watch_fixed(struct auth_gate *gate, int fd, enum auth_source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	return epoll_ctl(gate->epoll, EPOLL_CTL_ADD, fd, &event);
}

static int
open_store(struct auth_gate *gate)
{
	struct store_options opt = chat_store_options(gate->config);
	char error[ERROR_SIZE];

	gate->chat = (struct chat){ .config = gate->config };
	gate->chat.store = store_open(&opt, error, sizeof(error));
	gate->chat.limits = limits_open(gate->config->state);
	if (gate->chat.limits == NULL)
		log_warn("refused logins are not counted");
	if (gate->chat.store != NULL)
		return 0;
	log_warnx("%s", error);
	return -1;
}

/* The helpers first: they inherit what is open. */
static int
open_gate(struct auth_gate *gate, int alive_fd)
{
	gate->listen_source = AUTH_SOURCE_LISTEN;
	gate->alive_source = AUTH_SOURCE_ALIVE;
	gate->ask_source = AUTH_SOURCE_ASK;
	auth_queue_init(&gate->queue);
	auth_delay_init(&gate->delay);
	gate->epoll = epoll_create1(EPOLL_CLOEXEC);
	gate->state_fd = open(gate->config->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (gate->epoll < 0 || gate->state_fd < 0 ||
	    watch_fixed(gate, gate->listen_fd, &gate->listen_source) != 0 ||
	    watch_fixed(gate, alive_fd, &gate->alive_source) != 0 ||
	    watch_fixed(gate, gate->ask_fd, &gate->ask_source) != 0) {
		log_warn("cannot start the gate");
		return -1;
	}
	return auth_crew_start(gate) == 0 ? open_store(gate) : -1;
}

static void
reload(struct auth_gate *gate)
{
	struct config fresh, *config = gate->config;
	char error[ERROR_SIZE];

	if (config_load(&fresh, config->path, error, sizeof(error)) != 0) {
		log_warnx("the gate keeps its configuration: %s", error);
		return;
	}
	/* What stays as long as the master runs. */
	memcpy(fresh.state, config->state, sizeof(fresh.state));
	memcpy(fresh.realm, config->realm, sizeof(fresh.realm));
	memcpy(fresh.user, config->user, sizeof(fresh.user));
	config_free(config);
	*config = fresh;
	log_set_level(config->log_level);
	auth_crew_reload(gate);
}

static void
stop_listening(struct auth_gate *gate)
{
	if (gate->listen_fd >= 0) {
		epoll_ctl(gate->epoll, EPOLL_CTL_DEL, gate->listen_fd, NULL);
		close(gate->listen_fd);
	}
	gate->listen_fd = -1;
	gate->retired = true;
}

/* Who comes once a new gate is there is the new one's, however late this one wakes up. */
static void
accept_connections(struct auth_gate *gate)
{
	for (int i = 0; i < ACCEPT_TURN && !got_retire && auth_connection_accept(gate); i++)
		;
	if (gate->paused_ms == 0)
		return;
	epoll_ctl(gate->epoll, EPOLL_CTL_DEL, gate->listen_fd, NULL);
}

static void
end_pause(struct auth_gate *gate)
{
	if (gate->paused_ms == 0 || clock_monotonic_ms() < gate->paused_ms)
		return;
	gate->paused_ms = 0;
	if (gate->listen_fd >= 0 && watch_fixed(gate, gate->listen_fd, &gate->listen_source) != 0)
		gate->paused_ms = clock_monotonic_ms() + RETRY_MS;
}

/* After an upgrade nobody asks any more: the new program has a gate of its own. */
static void
answer_master(struct auth_gate *gate)
{
	char question;
	ssize_t got = recv(gate->ask_fd, &question, sizeof(question), MSG_DONTWAIT);

	if (got > 0)
		(void)send(gate->ask_fd, &question, sizeof(question), MSG_DONTWAIT | MSG_NOSIGNAL);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		epoll_ctl(gate->epoll, EPOLL_CTL_DEL, gate->ask_fd, NULL);
}

static void
serve_event(struct auth_gate *gate, const struct epoll_event *event)
{
	bool hung_up = (event->events & (EPOLLHUP | EPOLLERR)) != 0;

	switch (*(enum auth_source *)event->data.ptr) {
	case AUTH_SOURCE_LISTEN:
		if (gate->listen_fd >= 0 && gate->paused_ms == 0)
			accept_connections(gate);
		break;
	case AUTH_SOURCE_ALIVE:
		gate->ended = true;
		break;
	case AUTH_SOURCE_ASK:
		answer_master(gate);
		break;
	case AUTH_SOURCE_CONNECTION:
		auth_connection_serve(gate, event->data.ptr, hung_up);
		break;
	case AUTH_SOURCE_HELPER:
		auth_crew_serve(gate, event->data.ptr);
		break;
	}
}

/* The ms until the clock has something to do; -1: never. */
static int64_t
wait_ms(struct auth_gate *gate)
{
	int64_t wait = auth_task_release(gate), look = auth_task_expire(gate);
	bool lacking = false;

	if (look >= 0 && (wait < 0 || wait > look))
		wait = look;
	auth_crew_dispatch(gate);
	for (size_t i = 0; i < gate->n_hashers; i++)
		lacking |= gate->hashers[i].helper.fd < 0;
	lacking |= gate->clerk.helper.fd < 0 || gate->paused_ms != 0;
	lacking |= gate->resolver.helper.fd < 0 && gate->resolver.waiting != NULL;
	return lacking && (wait < 0 || wait > RETRY_MS) ? RETRY_MS : wait;
}

static void
serve_turn(struct auth_gate *gate)
{
	struct epoll_event events[AT_ONCE];
	int64_t wait = wait_ms(gate);
	struct pollfd ready = { .fd = gate->epoll, .events = POLLIN };
	int n = 0;

	if (signals_poll(&ready, 1, wait < 0 ? -1 : wait * 1000) > 0)
		n = epoll_wait(gate->epoll, events, AT_ONCE, 0);
	signals_let_in();
	for (int i = 0; i < n; i++)
		serve_event(gate, &events[i]);
	end_pause(gate);
}

int
auth_gate_confine(const struct config *config, char *error, size_t size)
{
	char directory[sizeof(config->path)], *slash;
	static const char *const naming[] = { "/", NULL };
	const char *const readable[] = { directory, NULL };
	bool names = chat_legacy_named(config);
	const struct sandbox sandbox = { .kind = names ? SANDBOX_NAMING : SANDBOX_GATE,
		.writable = config->state,
		.readable = names ? naming : readable };

	if (capabilities_drop() != 0) {
		snprintf(error, size, "cannot give up capabilities: %s", strerror(errno));
		return -1;
	}
	if (!config->sandbox)
		return 0;
	strlcpy(directory, config->path, sizeof(directory));
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
	/* Of those that it starts, too: the library cannot be loaded afterwards. */
	if (sandbox_prepare(SANDBOX_BIT(sandbox.kind) | SANDBOX_BIT(SANDBOX_COMMITTER) |
	            SANDBOX_BIT(SANDBOX_HASHER),
	        error, size) != 0)
		return -1;
	return sandbox_enter(&sandbox, error, size);
}

int
auth_gate_main(struct config *config, int listen_fd, int alive_fd, int ask_fd)
{
	static struct auth_gate gate;
	char error[ERROR_SIZE];

	log_set_tag("gate");
	catch_signals();
	gate.most_connections = count_connections();
	setproctitle("gate");
	gate.config = config;
	gate.listen_fd = listen_fd;
	gate.ask_fd = ask_fd;
	if (auth_gate_confine(config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return EX_OSERR;
	}
	if (open_gate(&gate, alive_fd) != 0)
		return EX_OSERR;
	while (!got_end && !gate.ended && !(gate.retired && LIST_EMPTY(&gate.connections))) {
		serve_turn(&gate);
		if (got_reload) {
			got_reload = 0;
			reload(&gate);
		}
		if (got_retire)
			stop_listening(&gate);
	}
	auth_crew_stop(&gate);
	store_close(gate.chat.store);
	return 0;
}
