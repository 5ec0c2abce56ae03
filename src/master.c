/*
 * master: the process that listens: its start, its signals, its reloading and its end. Clients
 * are taken in by master_accept and served by worker.
 */
#include "master.h"

#include <sys/wait.h>

#include <bsd/string.h>
#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "chat.h"
#include "chat_push.h"
#include "log.h"
#include "master_int.h"
#include "master_pidfile.h"
#include "store.h"

#define STOP_MS     5000 /* for workers to send what is under way; then they are killed */
#define ERROR_SIZE  2048
#define BOARD_SPARE 256 /* slots beyond max_clients, for workers that inetd starts */

static volatile sig_atomic_t got_child, got_reload, got_stop;

static void
on_signal(int number)
{
	if (number == SIGCHLD)
		got_child = 1;
	else if (number == SIGHUP)
		got_reload = 1;
	else
		got_stop = 1;
}

int64_t
master_tick_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* From here on signals come through only where the loop lets them. */
static void
catch_signals(void)
{
	static const int caught[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT };
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t blocked;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaddset(&blocked, caught[i]);
		sigaction(caught[i], &action, NULL);
	}
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

/* ppoll() delivers no signals while there is always something to read. */
static void
let_signals_in(void)
{
	sigset_t none, blocked;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* A missing store is told now and not to the first client. It is not kept: see store_open. */
static int
check_store(const struct config *config, char *error, size_t size)
{
	struct store_options opt = chat_store_options(config);
	struct store *store = store_open(&opt, error, size);

	if (store == NULL)
		return -1;
	store_close(store);
	return 0;
}

static int
open_board(struct master *master, char *error, size_t size)
{
	unsigned int slots = (unsigned int)master->config->max_clients + BOARD_SPARE;

	master->board = board_open(master->config->state, slots);
	if (master->board == NULL) {
		snprintf(error, size, "cannot open the board in %s: %s", master->config->state,
		    strerror(errno));
		return -1;
	}
	board_sweep(master->board);
	return 0;
}

static int
open_rest(struct master *master, char *error, size_t size)
{
	master->children = master_children_new((unsigned int)master->config->max_clients);
	if (master->children == NULL || pipe(master->alive) != 0) {
		snprintf(error, size, "cannot start: %s", strerror(errno));
		return -1;
	}
	fcntl(master->alive[0], F_SETFD, FD_CLOEXEC);
	fcntl(master->alive[1], F_SETFD, FD_CLOEXEC);
	return 0;
}

static void
close_all(struct master *master)
{
	master_listen_close(&master->listen);
	board_close(master->board);
	master_children_free(master->children);
	if (master->alive[0] >= 0) {
		close(master->alive[0]);
		close(master->alive[1]);
	}
	if (master->pidfile >= 0)
		master_pidfile_drop(master->config->state, master->pidfile);
}

static int
start(struct master *master)
{
	char error[ERROR_SIZE];

	const struct config *config = master->config;

	/* First of all: whatever comes next could disturb a master that is running. */
	master->pidfile = master_pidfile_take(config->state, error, sizeof(error));
	if (master->pidfile < 0 || check_store(config, error, sizeof(error)) != 0 ||
	    open_board(master, error, sizeof(error)) != 0 ||
	    open_rest(master, error, sizeof(error)) != 0 ||
	    master_listen_open(&master->listen, config, NULL, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return -1;
	}
	if (master_chores_start(&master->chores, config) != 0) {
		log_warn("cannot start");
		return -1;
	}
	catch_signals();
	setproctitle("master %s", config->realm);
	return 0;
}

static void
log_state(const struct master *master, const char *what)
{
	char text[ERROR_SIZE];

	master_listen_describe(&master->listen, text, sizeof(text));
	log_info("%s: realm %s, listening on %s", what, master->config->realm, text);
}

/* Who was killed could not say goodbye: those who show who is online are told for it. */
static void
tell_of_death(const struct config *config)
{
	struct chat chat = { .config = config };

	chat_push_people(&chat, 0);
	if (chat.bell != NULL)
		bell_close(chat.bell);
}

static void
reap(struct master *master)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		uint64_t connection = master_children_remove(master->children, pid);

		if (master_chores_reaped(&master->chores, pid, status) || connection == 0)
			continue;
		board_bury(master->board, pid);
		if (WIFSIGNALED(status)) {
			tell_of_death(master->config);
			log_warnx("worker %ld (#%llu) died of signal %d (%s)", (long)pid,
			    (unsigned long long)connection, WTERMSIG(status),
			    strsignal(WTERMSIG(status)));
		} else {
			log_debug("worker %ld (#%llu) ended with status %d", (long)pid,
			    (unsigned long long)connection, WEXITSTATUS(status));
		}
	}
}

/* Keeps what holds for as long as the master runs. */
static void
keep(const char *name, char *fresh, size_t size, const char *old)
{
	if (strcmp(fresh, old) == 0)
		return;
	log_warnx("reload: %s stays \"%s\" until kabard is started again", name, old);
	strlcpy(fresh, old, size);
}

/* Takes a new configuration over, all of it or nothing. 0, or -1 with a sentence in error. */
static int
take_over(struct master *master, struct config *fresh, char *error, size_t size)
{
	struct config *config = master->config;
	struct master_listen listen;

	keep("realm", fresh->realm, sizeof(fresh->realm), config->realm);
	keep("user", fresh->user, sizeof(fresh->user), config->user);
	keep("state", fresh->state, sizeof(fresh->state), config->state);
	if (master_children_grow(&master->children, (unsigned int)fresh->max_clients) != 0) {
		snprintf(error, size, "max_clients: %s", strerror(errno));
		return -1;
	}
	if (master_listen_open(&listen, fresh, &master->listen, error, size) != 0)
		return -1;
	master->listen = listen;
	config_free(config);
	*config = *fresh;
	return 0;
}

static void
reload(struct master *master)
{
	char error[ERROR_SIZE];
	struct config fresh;

	if (config_load(&fresh, master->opt->config_path, error, sizeof(error)) != 0) {
		log_warnx("reload refused, everything stays as it was: %s", error);
		return;
	}
	if (take_over(master, &fresh, error, sizeof(error)) != 0) {
		log_warnx("reload refused, everything stays as it was: %s", error);
		config_free(&fresh);
		return;
	}
	log_init("kabard", master->opt->foreground ? LOG_IN_FOREGROUND : LOG_TO_SYSLOG,
	    master->config->log_facility);
	log_set_level(master->config->log_level);
	log_state(master, "reloaded");
}

/* Waits for clients and signals, for the end of a pause without clients, or for a chore. */
static void
wait_and_accept(struct master *master)
{
	struct master_listen *listen = &master->listen;
	int64_t pause = master->paused_until_ms - master_tick_ms();
	int64_t wait = master_chores_wait_ms(&master->chores);
	bool paused = master->paused_until_ms != 0 && pause > 0;
	struct timespec timeout;
	sigset_t none;
	int ready;

	sigemptyset(&none);
	if (paused && pause < wait)
		wait = pause;
	timeout = (struct timespec){ .tv_sec = wait / 1000, .tv_nsec = wait % 1000 * 1000000 };
	ready = ppoll(listen->polls, paused ? 0 : (nfds_t)listen->n, &timeout, &none);
	if (ready < 0 && errno != EINTR)
		fatal("ppoll");
	if (ready <= 0)
		return;
	for (size_t i = 0; i < listen->n; i++)
		if (listen->polls[i].revents != 0)
			master_accept(master, i);
	let_signals_in();
}

static void
leave(void *arg)
{
	master_leave(arg);
}

/* Waits until no worker is left, at most so long. */
static void
await_workers(struct master *master, int64_t ms)
{
	int64_t deadline = master_tick_ms() + ms, left = ms;
	sigset_t none;

	sigemptyset(&none);
	reap(master);
	while (master_children_count(master->children) > 0 && left > 0) {
		struct timespec timeout = { .tv_sec = left / 1000,
			.tv_nsec = left % 1000 * 1000000 };

		ppoll(NULL, 0, &timeout, &none);
		reap(master);
		left = deadline - master_tick_ms();
	}
}

static void
stop(struct master *master)
{
	unsigned int left = master_children_count(master->children);

	log_info("stopping, %u connected", left);
	master_listen_close(&master->listen);
	master_children_signal(master->children, SIGTERM);
	await_workers(master, STOP_MS);
	left = master_children_count(master->children);
	if (left > 0) {
		log_warnx("%u workers did not stop in time, killing them", left);
		master_children_signal(master->children, SIGKILL);
		await_workers(master, STOP_MS);
	}
	master_chores_stop(&master->chores);
	log_info("stopped");
}

int
master_main(struct config *config, const struct master_options *opt)
{
	struct master master = { .config = config, .opt = opt, .pidfile = -1, .alive = { -1, -1 } };

	if (start(&master) != 0) {
		close_all(&master);
		return 1;
	}
	if (opt->ready != NULL)
		opt->ready(opt->arg);
	log_state(&master, PACKAGE_STRING);
	while (!got_stop) {
		wait_and_accept(&master);
		master_chores_run(&master.chores, master.config, leave, &master);
		if (got_child) {
			got_child = 0;
			reap(&master);
		}
		if (got_reload) {
			got_reload = 0;
			reload(&master);
		}
	}
	stop(&master);
	close_all(&master);
	return 0;
}
