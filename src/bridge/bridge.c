/*
 * bridge: start, loop, reload and end of the process. The peers are left to bridge_link, questions
 * and commands to bridge_socket and bridge_command.
 */
#include "bridge/bridge.h"

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "bridge/command.h"
#include "live/delivery_wait.h"
#include "net/tls_lib.h"
#include "peering/tls.h"

#define ERROR_SIZE 2048
#define STOP_MS    2000 /* for acknowledgements of requests under way */

static volatile sig_atomic_t got_reload, got_stop;

struct bridge {
	struct config *config;
	const struct bridge_options *opt;
	struct bridge_env env;
	struct bridge_peers peers;
	struct bridge_socket *socket;
	struct bridge_command command;
	struct polls polls;
	int wakeup_fd;
	size_t wakeup_index;
	size_t master_index;
	int64_t stop_by; /* tick; 0: the process is not to end */
};

static void
note_signal(int number)
{
	if (number == SIGHUP)
		got_reload = 1;
	else
		got_stop = 1;
}

static void
free_tls(struct bridge_env *env)
{
	char error[ERROR_SIZE];

	if (env->tls != NULL) /* then the library is there */
		tls_lib(error, sizeof(error))->tls_config_free(env->tls);
	env->tls = NULL;
}

/* Without the realm's key, which may come later, links fail and say why. */
static void
open_tls(struct bridge_env *env)
{
	struct tls_config *fresh =
	    peering_tls_client(env->chat.config->state, env->tls_error, sizeof(env->tls_error));

	if (fresh == NULL && env->tls != NULL)
		log_warnx("%s; going on with the key as it was", env->tls_error);
	if (fresh == NULL)
		return;
	free_tls(env);
	env->tls = fresh;
}

static enum bridge_answer
reload_config(void *arg)
{
	struct bridge *bridge = arg;
	struct config *config = bridge->config, fresh;
	char error[ERROR_SIZE];

	if (config_load(&fresh, bridge->opt->config_path, error, sizeof(error)) != 0) {
		log_warnx("reload refused, everything stays as it was: %s", error);
		return BRIDGE_ANSWER_FAILED;
	}
	/* These hold as long as the process runs; kabard logs a change of them. */
	strlcpy(fresh.realm, config->realm, sizeof(fresh.realm));
	strlcpy(fresh.user, config->user, sizeof(fresh.user));
	strlcpy(fresh.state, config->state, sizeof(fresh.state));
	config_free(config);
	*config = fresh;
	log_init("kabar-bridge", bridge->opt->foreground ? LOG_IN_FOREGROUND : LOG_TO_SYSLOG,
	    config->log_facility);
	log_set_level(config->log_level);
	open_tls(&bridge->env);
	if (bridge_peers_sync(&bridge->peers, &bridge->env) != CHAT_OK) {
		log_warnx("cannot learn who the peers are");
		return BRIDGE_ANSWER_FAILED;
	}
	log_info("reloaded: %zu peers", bridge->peers.n);
	return BRIDGE_ANSWER_OK;
}

/* Opens the store, as the only bridge of the realm: the rest would disturb one that runs. */
static int
open_state(struct bridge *bridge, char *error, size_t size)
{
	struct chat *chat = &bridge->env.chat;

	if (chat_open(chat, bridge->config, error, size) != 0) {
		*chat = (struct chat){ .config = bridge->config };
		return -1;
	}
	chat->links = link_status_open(bridge->config->state);
	if (chat->links == NULL || link_status_lead(chat->links) != 0) {
		if (chat->links != NULL && errno == EAGAIN)
			snprintf(error, size, "a bridge is running already on %s",
			    bridge->config->state);
		else
			snprintf(error, size, "cannot open the state of the links in %s: %s",
			    bridge->config->state, strerror(errno));
		return -1;
	}
	chat->waits = delivery_wait_open(bridge->config->state);
	if (chat->waits != NULL)
		return 0;
	snprintf(error, size, "cannot open the state of deliveries in %s: %s",
	    bridge->config->state, strerror(errno));
	return -1;
}

static int
open_services(struct bridge *bridge, char *error, size_t size)
{
	struct bridge_env *env = &bridge->env;

	bridge_command_init(&bridge->command, env, &bridge->peers, reload_config, bridge);
	env->resolver = resolve_new();
	env->chat.wakeup = wakeup_open(bridge->config->state);
	bridge->wakeup_fd =
	    env->chat.wakeup == NULL ? -1 : wakeup_subscribe_bridge(env->chat.wakeup);
	bridge->socket =
	    bridge_socket_open(bridge->config->state, bridge_command_table, &bridge->command);
	bridge->command.socket = bridge->socket;
	if (env->resolver == NULL || bridge->wakeup_fd < 0 || bridge->socket == NULL) {
		snprintf(error, size, "cannot start: %s", strerror(errno));
		return -1;
	}
	open_tls(env);
	env->mastered = bridge->opt->master_fd >= 0;
	/* It listens before it looks, so that it misses nothing. */
	if (bridge_peers_sync(&bridge->peers, env) != CHAT_OK) {
		snprintf(error, size, "cannot learn who the peers are");
		return -1;
	}
	return 0;
}

static void
close_bridge(struct bridge *bridge)
{
	struct bridge_env *env = &bridge->env;

	bridge_peers_free(&bridge->peers);
	if (bridge->socket != NULL)
		bridge_socket_close(bridge->socket);
	resolve_free(env->resolver);
	free_tls(env);
	free(bridge->polls.fds);
	/* The next bridge takes the name of this wakeup as soon as this one does not lead. */
	if (env->chat.wakeup != NULL)
		wakeup_close(env->chat.wakeup);
	env->chat.wakeup = NULL;
	if (env->chat.store != NULL)
		chat_close(&env->chat);
}

/* The directory of the system's file of name servers, which can be a link to one that is replaced.
 */
static void
find_resolv_conf(char directory[PATH_MAX])
{
	char *slash;

	if (realpath("/etc/resolv.conf", directory) == NULL)
		directory[0] = '\0';
	slash = strrchr(directory, '/');
	if (slash != NULL)
		*slash = '\0';
}

int
bridge_confine(const struct config *config, char *error, size_t size)
{
	char resolv[PATH_MAX], own[sizeof(config->path)], ignored[ERROR_SIZE];
	const char *const readable[] = { "/etc", resolv, own, NULL };
	const struct sandbox sandbox = { .kind = SANDBOX_BRIDGE,
		.writable = config->state,
		.readable = readable };

	if (!config->sandbox)
		return 0;
	find_resolv_conf(resolv);
	snprintf(own, sizeof(own), "%s", config->path);
	*(strrchr(own, '/') == NULL ? own : strrchr(own, '/')) = '\0';
	(void)tls_lib(ignored, sizeof(ignored)); /* links say why there is none */
	if (sandbox_prepare(SANDBOX_BIT(SANDBOX_BRIDGE) | SANDBOX_BIT(SANDBOX_COMMITTER), error,
	        size) != 0)
		return -1;
	return sandbox_enter(&sandbox, error, size);
}

static int
start_bridge(struct bridge *bridge)
{
	char error[ERROR_SIZE];

	signals_catch((const int[]){ SIGHUP, SIGTERM, SIGINT, 0 }, note_signal);
	signals_ignore((const int[]){ SIGPIPE, 0 });
	if (bridge_confine(bridge->config, error, sizeof(error)) == 0 &&
	    open_state(bridge, error, sizeof(error)) == 0 &&
	    open_services(bridge, error, sizeof(error)) == 0)
		return 0;
	log_warnx("%s", error);
	return -1;
}

/* The earliest tick at which anything is due. */
static int64_t
next_due(const struct bridge *bridge)
{
	int64_t due = bridge->stop_by != 0 ? bridge->stop_by : INT64_MAX;
	int64_t other = bridge_socket_due(bridge->socket);
	int resolver_ms = resolve_wait_ms(bridge->env.resolver);

	due = other < due ? other : due;
	if (resolver_ms >= 0 && clock_monotonic_ms() + resolver_ms < due)
		due = clock_monotonic_ms() + resolver_ms;
	for (size_t i = 0; i < bridge->peers.n; i++) {
		other = bridge_step_due(bridge->peers.links[i]);
		due = other < due ? other : due;
	}
	return due;
}

static void
gather_polls(struct bridge *bridge)
{
	struct polls *polls = &bridge->polls;

	polls->n = 0;
	bridge->wakeup_index = polls_add(polls, bridge->wakeup_fd, POLLIN);
	/* It stays readable once the master has gone. */
	bridge->master_index =
	    polls_add(polls, bridge->env.stopping ? -1 : bridge->opt->master_fd, POLLIN);
	bridge_socket_polls(bridge->socket, polls);
	resolve_polls(bridge->env.resolver, polls);
	for (size_t i = 0; i < bridge->peers.n; i++) {
		struct bridge_link *link = bridge->peers.links[i];

		link->protocol->polls(link, polls);
	}
}

/* False: poll() was interrupted. */
static bool
wait_for_events(struct bridge *bridge)
{
	struct polls *polls = &bridge->polls;
	int64_t due, left;
	int ready;

	gather_polls(bridge);
	due = next_due(bridge);
	left = due == INT64_MAX ? -1 : due - clock_monotonic_ms();
	if (due != INT64_MAX && left < 0)
		left = 0;
	ready = signals_poll(polls->fds, polls->n, left < 0 ? -1 : left * 1000);
	if (ready < 0 && errno != EINTR)
		fatal("poll");
	signals_let_in();
	return ready >= 0;
}

/* A message was put into one of the outboxes. */
static void
look_into_outboxes(struct bridge *bridge)
{
	wakeup_drain(bridge->env.chat.wakeup);
	for (size_t i = 0; i < bridge->peers.n; i++)
		bridge_link_news(bridge->peers.links[i]);
}

static void
step_all(struct bridge *bridge)
{
	const struct polls *polls = &bridge->polls;
	int64_t tick;

	if (polls_got(polls, bridge->master_index) != 0) {
		log_info("the master has gone");
		got_stop = 1;
	}
	if (polls_got(polls, bridge->wakeup_index) != 0)
		look_into_outboxes(bridge);
	resolve_step(bridge->env.resolver, polls);
	bridge_socket_step(bridge->socket, polls);
	tick = clock_monotonic_ms();
	for (size_t i = 0; i < bridge->peers.n; i++) {
		struct bridge_link *link = bridge->peers.links[i];

		if (link->protocol->got(link, polls) || tick >= bridge_step_due(link))
			bridge_step(link, polls);
	}
}

/* Whether no peer is active, and no message is left to bounce. */
static bool
is_idle(const struct bridge *bridge)
{
	for (size_t i = 0; i < bridge->peers.n; i++)
		if (bridge->peers.links[i]->peer.active ||
		    !bridge_link_empty(bridge->peers.links[i]))
			return false;
	return true;
}

/* Whether the process ends now: all requests are answered, or that has taken too long. */
static bool
may_end(struct bridge *bridge)
{
	/* kabard starts us again when there is a peer. */
	if (bridge->opt->master_fd >= 0 && is_idle(bridge))
		got_stop = 1;
	if (!got_stop)
		return false;
	if (bridge->stop_by == 0) {
		log_info("stopping");
		bridge->stop_by = clock_monotonic_ms() + STOP_MS;
		bridge->env.stopping = true;
	}
	for (size_t i = 0; i < bridge->peers.n; i++)
		if (!bridge_link_answered(bridge->peers.links[i]))
			return clock_monotonic_ms() >= bridge->stop_by;
	return true;
}

int
bridge_main(struct config *config, const struct bridge_options *opt)
{
	struct bridge bridge = { .config = config,
		.opt = opt,
		.env.chat.config = config,
		.env.legacy = opt->legacy,
		.wakeup_fd = -1 };

	if (start_bridge(&bridge) != 0) {
		close_bridge(&bridge);
		return daemon_failure(config->state);
	}
	setproctitle("%s -c %s", config->realm, opt->config_path);
	if (opt->ready != NULL)
		opt->ready(opt->arg);
	log_info("%s: realm %s, %zu peers", PACKAGE_STRING, config->realm, bridge.peers.n);
	while (!may_end(&bridge)) {
		if (wait_for_events(&bridge))
			step_all(&bridge);
		if (got_reload) {
			got_reload = 0;
			reload_config(&bridge);
		}
	}
	close_bridge(&bridge);
	log_info("stopped");
	return 0;
}
