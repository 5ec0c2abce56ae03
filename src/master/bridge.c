/*
 * master_bridge: the bridge to other realms, as long as there are peers: the program that lies
 * beside this one, or in libexecdir. When it dies it is started again, after growing pauses.
 */
#include "master/bridge.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "chat/realm/peer.h"
#include "live/tell_master.h"
#include "master/child.h"
#include "master/pidfile.h"

#define PROGRAM        "kabar-bridge"
#define FIRST_PAUSE_MS 1000
#define MOST_PAUSE_MS  60000
#define GOOD_MS        60000 /* having lived this long it did not fail at once */
#define ERROR_SIZE     512

void
master_bridge_init(struct master_bridge *bridge)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	*bridge = (struct master_bridge){ .pid = 0 };
	self[len < 0 ? 0 : len] = '\0';
	slash = strrchr(self, '/');
	if (slash != NULL) {
		slash[1] = '\0';
		len = snprintf(bridge->path, sizeof(bridge->path), "%s" PROGRAM, self);
		if (len < (ssize_t)sizeof(bridge->path) && access(bridge->path, X_OK) == 0)
			return;
	}
	snprintf(bridge->path, sizeof(bridge->path), "%s", KABAR_LIBEXEC_DIR "/" PROGRAM);
	if (access(bridge->path, X_OK) != 0)
		bridge->path[0] = '\0';
}

/* Whether somebody is to be talked to, or somebody's letters are to go back. */
static enum chat_result
find_wanted(struct chat *chat, bool *wanted)
{
	struct store_log_info outbox;
	struct chat_peer peer;
	enum chat_result result;

	*wanted = false;
	for (uint32_t i = 0; (result = chat_peer_at(chat, i, &peer)) == CHAT_OK; i++) {
		if (store_log_info(chat->store, peer.id, &outbox) != STORE_OK)
			return CHAT_FAILED;
		*wanted |= peer.active || outbox.first <= outbox.last;
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

/* With `sync` the store is made to agree with the configuration first. */
static enum chat_result
read_peers(const struct config *config, bool sync, bool *wanted)
{
	struct store_options opt = chat_store_options(config);
	struct chat chat = { .config = config };
	char error[ERROR_SIZE];
	enum chat_result result = CHAT_OK;

	chat.store = store_open(&opt, error, sizeof(error));
	if (chat.store == NULL) {
		log_warnx("peers: %s", error);
		return CHAT_FAILED;
	}
	if (sync)
		result = chat_peer_sync(&chat);
	if (result == CHAT_OK)
		result = find_wanted(&chat, wanted);
	if (result != CHAT_OK)
		log_warnx("peers: %s", chat_strerror(result));
	store_close(chat.store);
	return result;
}

static void
update_wanted(struct master_bridge *bridge, const struct config *config, bool sync)
{
	bool wanted;

	/* Without knowing who they are the own users are served all the same. */
	if (read_peers(config, sync, &wanted) != CHAT_OK)
		return;
	if (bridge->pid != 0)
		kill(bridge->pid, wanted ? SIGHUP : SIGTERM);
	bridge->wanted = wanted;
}

void
master_bridge_look(struct master_bridge *bridge, const struct config *config)
{
	update_wanted(bridge, config, true);
}

void
master_bridge_news(struct master_bridge *bridge, const struct config *config)
{
	update_wanted(bridge, config, false);
}

int
master_bridge_ask(const char *state)
{
	int result = master_pidfile_signal(state, MASTER_BRIDGE_SIGNAL);

	return result != 0 && errno == EPERM ? tell_master(state, TELL_MASTER_BRIDGE) : result;
}

int64_t
master_bridge_wait_ms(const struct master_bridge *bridge, int64_t most)
{
	int64_t left = bridge->due_ms - clock_monotonic_ms();

	if (!bridge->wanted || bridge->pid != 0 || left > most)
		return most;
	return left > 0 ? left : 0;
}

void
master_bridge_adopt(struct master_bridge *bridge, pid_t pid)
{
	bridge->pid = pid;
	if (pid != 0)
		kill(pid, SIGTERM);
}

/* After a failure, or when it has died. */
static void
pause_more(struct master_bridge *bridge)
{
	bridge->pause_ms = backoff_next_ms(bridge->pause_ms, FIRST_PAUSE_MS, MOST_PAUSE_MS);
	bridge->due_ms = clock_monotonic_ms() + bridge->pause_ms;
}

/* Signals stay blocked until it has its own handlers: what comes before must reach those. */
static void __attribute__((noreturn))
become_bridge(const struct master_bridge *bridge, const struct master_options *opt, int alive_fd)
{
	if (dup2(alive_fd, STDIN_FILENO) >= 0)
		execl(bridge->path, PROGRAM, opt->foreground ? "-fm" : "-m", "-c", opt->config_path,
		    (char *)NULL);
	log_warn("%s", bridge->path);
	_exit(1);
}

void
master_bridge_run(struct master_bridge *bridge, const struct master_options *opt, int alive_fd,
    void (*leave)(void *arg), void *arg)
{
	int64_t now = clock_monotonic_ms();

	if (!bridge->wanted || bridge->pid != 0 || now < bridge->due_ms)
		return;
	if (bridge->path[0] == '\0') {
		if (!bridge->lacking)
			log_warnx("%s is neither beside kabard nor in %s: no message goes to "
			          "other realms",
			    PROGRAM, KABAR_LIBEXEC_DIR);
		bridge->lacking = true;
		bridge->due_ms = now + MOST_PAUSE_MS;
		return;
	}
	bridge->started_ms = now;
	pid_t pid = fork();
	if (pid == 0) {
		leave(arg);
		become_bridge(bridge, opt, alive_fd);
	}
	if (pid > 0) {
		bridge->pid = pid;
		return;
	}
	log_warn("cannot start the bridge");
	pause_more(bridge);
}

bool
master_bridge_reaped(struct master_bridge *bridge, pid_t pid, int status)
{
	if (pid != bridge->pid)
		return false;
	bridge->pid = 0;
	if (clock_monotonic_ms() - bridge->started_ms >= GOOD_MS)
		bridge->pause_ms = 0;
	pause_more(bridge);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		bridge->wanted = false; /* it says so; the master is to look again */
	if (!bridge->wanted)
		return true;
	if (WIFSIGNALED(status))
		log_warnx("the bridge died of signal %d (%s)%s, starting it again in %d s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)),
		    sandbox_explain(WTERMSIG(status)), (int)(bridge->pause_ms / 1000));
	else
		log_warnx("the bridge ended with status %d, starting it again in %d s",
		    WEXITSTATUS(status), (int)(bridge->pause_ms / 1000));
	return true;
}

void
master_bridge_stop(struct master_bridge *bridge)
{
	bridge->wanted = false;
	master_child_end(bridge->pid, "bridge");
	bridge->pid = 0;
}
