/*
 * master_open: everything that a master has open before it serves, made anew or taken over from the
 * master before, and giving it up.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/state_directory.h"
#include "chat/chat.h"
#include "master/activate.h"
#include "master/control.h"
#include "master/handover.h"
#include "master/int.h"
#include "master/master.h"
#include "master/pidfile.h"
#include "store/store.h"

#define SCOREBOARD_SPARE 256 /* slots beyond max_clients, for workers that inetd starts */

/* A missing store is told now and not to the first client. It is not kept: see store_open. */
int
master_check(const struct config *config, char *error, size_t size)
{
	struct store_options opt = chat_store_options(config);
	struct store *store = store_open(&opt, error, size);

	if (store == NULL)
		return -1;
	store_close(store);
	return 0;
}

static int
open_scoreboard(struct master *master, char *error, size_t size)
{
	unsigned int slots = (unsigned int)master->config->max_clients + SCOREBOARD_SPARE;

	master->scoreboard = scoreboard_open(master->config->state, slots);
	if (master->scoreboard == NULL) {
		snprintf(error, size, "cannot open the scoreboard in %s: %s", master->config->state,
		    strerror(errno));
		return -1;
	}
	master->limits = limits_open(master->config->state);
	master->admit = master_admit_new();
	if (master->limits == NULL || master->admit == NULL) {
		snprintf(error, size, "cannot open the limits in %s: %s", master->config->state,
		    strerror(errno));
		return -1;
	}
	scoreboard_reap_all(master->scoreboard);
	scoreboard_hide_from_children(master->scoreboard); /* a worker opens it by itself */
	return 0;
}

/* Makes what an old master would have left us. */
static int
open_fresh(struct master *master, char *error, size_t size)
{
	const struct config *config = master->config;

	/* First of all: whatever comes next could disturb a master that is running. */
	master->pidfile = master_pidfile_take(config->state, error, size);
	if (master->pidfile < 0)
		return -1;
	master->children = master_children_new((unsigned int)config->max_clients);
	master->since_ms = clock_now_ms();
	if (master->children == NULL || pipe2(master->alive, O_CLOEXEC) != 0) {
		snprintf(error, size, "cannot start: %s", strerror(errno));
		return -1;
	}
	master->control = master_control_open(config->state);
	master_gate_close(&master->gate, master->config);
	if (master->control >= 0)
		return 0;
	snprintf(error, size, "cannot make the control socket in %s: %s", config->state,
	    strerror(errno));
	return -1;
}

void
master_close(struct master *master)
{
	master_listen_close(&master->listen);
	master_refuse_end(&master->refuse);
	master_tls_close(&master->tls);
	scoreboard_close(master->scoreboard);
	master_children_free(master->children);
	master_admit_free(master->admit);
	limits_close(master->limits);
	if (master->alive[0] >= 0) {
		close(master->alive[0]);
		close(master->alive[1]);
	}
	if (master->control >= 0)
		master_control_close(master->control, master->config->state);
	if (master->pidfile >= 0)
		master_pidfile_drop(master->config->state, master->pidfile);
}

/* Builds the filters of its children once, and before the first of them. */
static int
prepare_sandbox(const struct config *config, char *error, size_t size)
{
	if (config->sandbox)
		return sandbox_prepare(SANDBOX_BIT(SANDBOX_WORKER) |
		        SANDBOX_BIT(SANDBOX_COMMITTER) | SANDBOX_BIT(SANDBOX_NAMING) |
		        SANDBOX_BIT(SANDBOX_JANITOR) | SANDBOX_BIT(SANDBOX_GATE) |
		        SANDBOX_BIT(SANDBOX_HASHER),
		    error, size);
	log_warnx("sandbox = off: what a fault lets an attacker do is confined by nothing");
	return 0;
}

int
master_open(struct master *master, struct master_control_asker *asker, char *error, size_t size)
{
	const struct master_options *opt = master->opt;
	const struct config *config = master->config;
	struct master_listen sockets = { .n = 0 };
	int result = opt->handover >= 0
	    ? master_handover_load(opt->handover, master, &sockets, asker, error, size)
	    : open_fresh(master, error, size);

	if (result == 0 && master_gate_open(&master->gate, config) != 0) {
		snprintf(error, size, "cannot make the gate's socket in %s: %s", config->state,
		    strerror(errno));
		result = -1;
	}
	if (result == 0 && opt->worker_uid != 0)
		result = state_directory_share(config->state, error, size);
	if (result != 0 || prepare_sandbox(config, error, size) != 0 ||
	    master_check(config, error, size) != 0 || open_scoreboard(master, error, size) != 0 ||
	    master_tls_open(&master->tls, config, error, size) != 0 ||
	    (opt->n_passed > 0 &&
	        master_activate(&sockets, config, opt->n_passed, error, size) != 0) ||
	    master_listen_open(&master->listen, config, &sockets, error, size) != 0) {
		master_listen_close(&sockets);
		return -1;
	}
	if (master_housekeeping_start(&master->housekeeping, config) == 0)
		return 0;
	snprintf(error, size, "cannot start: %s", strerror(errno));
	return -1;
}
