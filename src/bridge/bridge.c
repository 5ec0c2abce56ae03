/*
 * bridge: the process that carries messages to other realms: its start, its loop, its reloading
 * and its end. What is done for a peer is left to bridge_link, for those who ask to bridge_socket.
 */
#include "bridge/bridge.h"

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/signals.h"
#include "bridge/command.h"
#include "net/tls_lib.h"
#include "peering/tls.h"

#define ERROR_SIZE 2048
#define STOP_MS    2000 /* for what is under way to be acknowledged */

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
	size_t wakeup_place;
	size_t master_place;
	int64_t stop_by; /* tick; 0: nobody has asked us to end */
};

static void
on_signal(int number)
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

/* The realm's key may come later: without it there are no links, and they say why. */
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
reload(void *arg)
{
	struct bridge *bridge = arg;
	struct config *config = bridge->config, fresh;
	char error[ERROR_SIZE];

	if (config_load(&fresh, bridge->opt->config_path, error, sizeof(error)) != 0) {
		log_warnx("reload refused, everything stays as it was: %s", error);
		return BRIDGE_ANSWER_FAILED;
	}
	/* What holds for as long as we run; kabard says so. */
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

/* The store, and being the only bridge. Whatever comes next could disturb one that is running. */
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
	return 0;
}

static int
open_rest(struct bridge *bridge, char *error, size_t size)
{
	struct bridge_env *env = &bridge->env;

	bridge_command_init(&bridge->command, env, &bridge->peers, reload, bridge);
	env->resolver = resolve_new();
	env->chat.wakeup = wakeup_open(bridge->config->state);
	bridge->wakeup_fd =
	    env->chat.wakeup == NULL ? -1 : wakeup_subscribe_bridge(env->chat.wakeup);
	bridge->socket = bridge_socket_open(bridge->config->state, &bridge->command.table);
	bridge->command.socket = bridge->socket;
	if (env->resolver == NULL || bridge->wakeup_fd < 0 || bridge->socket == NULL) {
		snprintf(error, size, "cannot start: %s", strerror(errno));
		return -1;
	}
	open_tls(env);
	env->mastered = bridge->opt->master_fd >= 0;
	/* Listening first, and then looking: nothing falls in between. */
	if (bridge_peers_sync(&bridge->peers, env) != CHAT_OK) {
		snprintf(error, size, "cannot learn who the peers are");
		return -1;
	}
	return 0;
}

static void
close_all(struct bridge *bridge)
{
	struct bridge_env *env = &bridge->env;

	bridge_peers_free(&bridge->peers);
	if (bridge->socket != NULL)
		bridge_socket_close(bridge->socket);
	resolve_free(env->resolver);
	free_tls(env);
	free(bridge->polls.fds);
	/* The bell goes by a name that the next bridge takes as soon as we lead no more. */
	if (env->chat.wakeup != NULL)
		wakeup_close(env->chat.wakeup);
	env->chat.wakeup = NULL;
	if (env->chat.store != NULL)
		chat_close(&env->chat);
}

static int
start(struct bridge *bridge)
{
	char error[ERROR_SIZE];

	signals_catch((const int[]){ SIGHUP, SIGTERM, SIGINT, 0 }, on_signal);
	signals_ignore((const int[]){ SIGPIPE, 0 });
	if (open_state(bridge, error, sizeof(error)) == 0 &&
	    open_rest(bridge, error, sizeof(error)) == 0)
		return 0;
	log_warnx("%s", error);
	return -1;
}

/* The first tick at which something is due. */
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
	bridge->wakeup_place = polls_add(polls, bridge->wakeup_fd, POLLIN);
	/* Once it has gone there is nothing more to hear from there. */
	bridge->master_place =
	    polls_add(polls, bridge->env.stopping ? -1 : bridge->opt->master_fd, POLLIN);
	bridge_socket_polls(bridge->socket, polls);
	resolve_polls(bridge->env.resolver, polls);
	for (size_t i = 0; i < bridge->peers.n; i++)
		bridge_step_polls(bridge->peers.links[i], polls);
}

/* False: nothing is known of what was polled. */
static bool
wait_for_news(struct bridge *bridge)
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

/* Something was put into an outbox. */
static void
hear_wakeup(struct bridge *bridge)
{
	wakeup_drain(bridge->env.chat.wakeup);
	for (size_t i = 0; i < bridge->peers.n; i++)
		bridge_link_news(bridge->peers.links[i]);
}

static void
turn(struct bridge *bridge)
{
	const struct polls *polls = &bridge->polls;
	int64_t tick;

	if (polls_got(polls, bridge->master_place) != 0) {
		log_info("the master has gone");
		got_stop = 1;
	}
	if (polls_got(polls, bridge->wakeup_place) != 0)
		hear_wakeup(bridge);
	resolve_step(bridge->env.resolver, polls);
	bridge_socket_step(bridge->socket, polls);
	tick = clock_monotonic_ms();
	for (size_t i = 0; i < bridge->peers.n; i++) {
		struct bridge_link *link = bridge->peers.links[i];

		if (bridge_step_got(link, polls) || tick >= bridge_step_due(link))
			bridge_step(link, polls);
	}
}

/* Whether there is nobody to talk to, and nothing left to give back. */
static bool
is_idle(const struct bridge *bridge)
{
	for (size_t i = 0; i < bridge->peers.n; i++)
		if (bridge->peers.links[i]->peer.active ||
		    !bridge_link_empty(bridge->peers.links[i]))
			return false;
	return true;
}

/* Whether it is time to go: when all that was sent is answered, or has taken too long. */
static bool
is_over(struct bridge *bridge)
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
		if (!bridge_link_quiet(bridge->peers.links[i]))
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

	if (start(&bridge) != 0) {
		close_all(&bridge);
		return daemon_failure(config->state);
	}
	setproctitle("%s -c %s", config->realm, opt->config_path);
	if (opt->ready != NULL)
		opt->ready(opt->arg);
	log_info("%s: realm %s, %zu peers", PACKAGE_STRING, config->realm, bridge.peers.n);
	while (!is_over(&bridge)) {
		if (wait_for_news(&bridge))
			turn(&bridge);
		if (got_reload) {
			got_reload = 0;
			reload(&bridge);
		}
	}
	close_all(&bridge);
	log_info("stopped");
	return 0;
}
