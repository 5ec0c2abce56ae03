/*
 * master: the process that listens: its signals, its loop and its end. What it opens first is in
 * master_open. Clients are taken in by master_accept and served by worker; new configurations and
 * programs are master_reload's and master_upgrade's.
 */
#include "master/master.h"

#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "chat/chat.h"
#include "chat/push.h"
#include "master/control.h"
#include "master/int.h"
#include "master/service.h"

#define STOP_MS     5000 /* for workers to send what is under way; then they are killed */
#define ERROR_SIZE  2048
#define NOTIFY_SIZE 1024

static const int caught[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT, MASTER_BRIDGE_SIGNAL,
	MASTER_UPGRADE_SIGNAL, 0 };
static const int ignored[] = { SIGPIPE, 0 };
static volatile sig_atomic_t got_child, got_peer, got_reload, got_stop, got_upgrade;

static void
on_signal(int number)
{
	if (number == SIGCHLD)
		got_child = 1;
	else if (number == SIGHUP)
		got_reload = 1;
	else if (number == MASTER_BRIDGE_SIGNAL)
		got_peer = 1;
	else if (number == MASTER_UPGRADE_SIGNAL)
		got_upgrade = 1;
	else
		got_stop = 1;
}

void
master_forget_signals(void)
{
	signals_reset(caught);
	signals_reset(ignored);
}

static int
start_master(struct master *master, struct master_control_asker *asker)
{
	char error[ERROR_SIZE];

	/* Before anybody can know of us. */
	signals_catch(caught, on_signal);
	signals_ignore(ignored);
	if (master_open(master, asker, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return -1;
	}
	pid_t old_bridge = master->bridge.pid;
	master_bridge_init(&master->bridge);
	master_bridge_look(&master->bridge, master->config);
	master_bridge_adopt(&master->bridge, old_bridge);
	master_gate_adopt(&master->gate);
	got_child = 1; /* those who ended meanwhile */
	setproctitle("master %s", master->config->realm);
	return 0;
}

void
master_start_log(const struct master *master)
{
	log_init("kabard", master->opt->foreground ? LOG_IN_FOREGROUND : LOG_TO_SYSLOG,
	    master->config->log_facility);
	log_set_level(master->config->log_level);
}

void
master_describe(const struct master *master, char *text, size_t size)
{
	int len = snprintf(text, size, "realm %s, listening on ", master->config->realm);

	if (len > 0 && (size_t)len < size)
		master_listen_describe(&master->listen, text + len, size - (size_t)len);
}

void
master_notify_ready(const struct master *master)
{
	char text[NOTIFY_SIZE];

	master_describe(master, text, sizeof(text));
	master_service_notify("READY=1\nMAINPID=%ld\nSTATUS=%s", (long)getpid(), text);
}

/* Tells the parent, the log, the asker and the service manager that we serve. */
static void
announce_start(struct master *master, const struct master_control_asker *asker)
{
	char text[ERROR_SIZE];
	size_t len = (size_t)snprintf(text, sizeof(text),
	    "%s%s: ", master->opt->handover >= 0 ? "upgraded to " : "", PACKAGE_STRING);

	if (master->opt->ready != NULL)
		master->opt->ready(master->opt->arg);
	master_describe(master, text + len, sizeof(text) - len);
	log_info("%s", text);
	master_control_answer(master->control, asker, true, text);
	master_notify_ready(master);
	master->watchdog_ms = master_service_watchdog_ms();
	master->watchdog_due_ms = clock_monotonic_ms();
}

/* Who looks at the people sees that one has gone. */
static void
announce_death(const struct config *config)
{
	struct chat chat = { .config = config };

	chat_push_people(&chat, 0);
	if (chat.wakeup != NULL)
		wakeup_close(chat.wakeup);
}

/* A child that was no worker. */
static void
reap_helper(struct master *master, pid_t pid, int status)
{
	if (master_housekeeping_reaped(&master->housekeeping, pid, status) ||
	    master_gate_reaped(&master->gate, pid, status) ||
	    master_tls_reaped(&master->tls, pid, status))
		return;
	if (master_bridge_reaped(&master->bridge, pid, status) && !master->bridge.wanted)
		got_peer = 1;
}

static void
reap_children(struct master *master)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		uint64_t connection = master_children_remove(master->children, pid);

		if (connection == 0) {
			reap_helper(master, pid, status);
			continue;
		}
		scoreboard_reap(master->scoreboard, pid);
		master_admit_ended(master->admit, pid);
		if (WIFSIGNALED(status)) {
			announce_death(master->config);
			log_warnx("worker %ld (#%llu) died of signal %d (%s)%s", (long)pid,
			    (unsigned long long)connection, WTERMSIG(status),
			    strsignal(WTERMSIG(status)), sandbox_explain(WTERMSIG(status)));
		} else {
			log_debug("worker %ld (#%llu) ended with status %d", (long)pid,
			    (unsigned long long)connection, WEXITSTATUS(status));
		}
	}
}

static int64_t
watchdog_wait_ms(const struct master *master, int64_t most)
{
	int64_t left = master->watchdog_due_ms - clock_monotonic_ms();

	if (master->watchdog_ms == 0 || left >= most)
		return most;
	return left > 0 ? left : 0;
}

static void
notify_watchdog(struct master *master)
{
	int64_t now = clock_monotonic_ms();

	if (master->watchdog_ms == 0 || now < master->watchdog_due_ms)
		return;
	master->watchdog_due_ms = now + master->watchdog_ms;
	/* A realm that can store nothing is not well, however well its master is. */
	if (master_housekeeping_well(&master->housekeeping))
		master_service_notify("WATCHDOG=1");
}

/* Waits for clients and signals, for the end of a pause without clients, or for a chore. */
static void
wait_and_accept(struct master *master)
{
	struct master_listen *listen = &master->listen;
	struct pollfd *control = listen->polls + listen->n;
	int64_t pause = master->paused_until_ms - clock_monotonic_ms();
	int64_t wait = master_refuse_wait_ms(&master->refuse,
	    master_housekeeping_wait_ms(&master->housekeeping));
	bool paused = master->paused_until_ms != 0 && pause > 0;
	int ready;

	wait = master_gate_wait_ms(&master->gate, master_bridge_wait_ms(&master->bridge, wait));
	wait = watchdog_wait_ms(master, master_tls_wait_ms(&master->tls, wait));
	if (paused && pause < wait)
		wait = pause;
	*control = (struct pollfd){ .fd = master->control, .events = POLLIN };
	ready =
	    signals_poll(paused ? control : listen->polls, paused ? 1 : listen->n + 1, wait * 1000);
	if (ready < 0 && errno != EINTR)
		fatal("ppoll");
	if (ready <= 0)
		return;
	for (size_t i = 0; !paused && i < listen->n; i++)
		if (listen->polls[i].revents != 0)
			master_accept(master, i);
	/* Last: the sockets may be others afterwards. */
	if (control->revents != 0)
		master_command(master);
	signals_let_in();
}

static void
leave_in_child(void *arg)
{
	master_leave(arg);
}

/* Waits until no worker is left, at most so long. */
static void
await_workers(struct master *master, int64_t ms)
{
	int64_t deadline = clock_monotonic_ms() + ms, left = ms;

	reap_children(master);
	while (master_children_count(master->children) > 0 && left > 0) {
		signals_poll(NULL, 0, left * 1000);
		reap_children(master);
		left = deadline - clock_monotonic_ms();
	}
}

static void
stop_master(struct master *master)
{
	unsigned int left = master_children_count(master->children);

	log_info("stopping, %u connected", left);
	master_service_notify("STOPPING=1");
	master_listen_close(&master->listen);
	master_children_signal(master->children, SIGTERM);
	await_workers(master, STOP_MS);
	left = master_children_count(master->children);
	if (left > 0) {
		log_warnx("%u workers did not stop in time, killing them", left);
		master_children_signal(master->children, SIGKILL);
		await_workers(master, STOP_MS);
	}
	master_bridge_stop(&master->bridge);
	master_gate_stop(&master->gate);
	master_housekeeping_stop(&master->housekeeping);
	log_info("stopped");
}

/* Does what the signals since the last turn ask for. */
static void
act_on_signals(struct master *master)
{
	char text[ERROR_SIZE];

	if (got_child) {
		got_child = 0;
		reap_children(master);
	}
	if (got_reload) {
		got_reload = 0;
		(void)master_reload(master, text, sizeof(text));
	}
	if (got_peer) {
		got_peer = 0;
		master_bridge_news(&master->bridge, master->config);
	}
	if (got_upgrade) {
		got_upgrade = 0;
		(void)master_upgrade(master, NULL, text, sizeof(text));
	}
}

int
master_main(struct config *config, const struct master_options *opt)
{
	struct master master = { .config = config,
		.opt = opt,
		.pidfile = -1,
		.control = -1,
		.gate = { .listen_fd = -1, .ask_fd = -1 },
		.alive = { -1, -1 } };
	struct master_control_asker asker = { .len = 0 };

	if (start_master(&master, &asker) != 0) {
		master_close(&master);
		return daemon_failure(config->state);
	}
	announce_start(&master, &asker);
	while (!got_stop) {
		master_gate_run(&master.gate, config, master.alive[0], leave_in_child, &master);
		master_tls_run(&master.tls, config);
		wait_and_accept(&master);
		master_refuse_run(&master.refuse);
		master_housekeeping_run(&master.housekeeping, master.config, leave_in_child,
		    &master);
		master_gate_watch(&master.gate, master_housekeeping_well(&master.housekeeping));
		master_bridge_run(&master.bridge, opt, master.alive[0], leave_in_child, &master);
		act_on_signals(&master);
		notify_watchdog(&master);
	}
	stop_master(&master);
	master_close(&master);
	return 0;
}
