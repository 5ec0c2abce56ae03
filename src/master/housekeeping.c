/* master_housekeeping: what the master does by the clock: minding the committer, sending the
 * janitor. */
#include "master/housekeeping.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/chat.h"
#include "chat/janitor.h"
#include "master/int.h"

#define JANITOR_NICE     10
#define FIRST_JANITOR_MS 60000 /* after a start there is more urgent work */

int
master_housekeeping_start(struct master_housekeeping *chores, const struct config *config)
{
	struct store_options opt = chat_store_options(config);
	int64_t first = config->janitor_interval * 1000;

	if (first > FIRST_JANITOR_MS)
		first = FIRST_JANITOR_MS;
	chores->watch = store_watch_open(&opt);
	chores->watch_ms = clock_monotonic_ms() + STORE_WATCH_MS;
	chores->janitor_ms = clock_monotonic_ms() + first;
	return chores->watch == NULL ? -1 : 0;
}

int64_t
master_housekeeping_wait_ms(const struct master_housekeeping *chores)
{
	int64_t due = chores->watch_ms < chores->janitor_ms ? chores->watch_ms : chores->janitor_ms;
	int64_t now = clock_monotonic_ms();

	return due > now ? due - now : 0;
}

static void __attribute__((noreturn)) janitor(const struct config *config)
{
	struct chat chat;
	struct chat_janitor done;
	char error[512];
	enum chat_result result = CHAT_FAILED;

	log_set_tag("janitor");
	if (nice(JANITOR_NICE) < 0)
		log_debug("cannot step back");
	if (chat_open(&chat, config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		_exit(1);
	}
	result = chat_janitor_run(&chat, &done);
	chat_close(&chat);
	if (result != CHAT_OK)
		log_warnx("%s", chat_strerror(result));
	else if (done.messages > 0 || done.tokens > 0 || done.files > 0)
		log_info("trimmed %llu messages, %zu tokens, gave %zu files of logs back",
		    (unsigned long long)done.messages, done.tokens, done.files);
	if (done.sent_files > 0 || done.bodies > 0)
		log_info("removed %zu files that users had sent, %zu contents of such files",
		    done.sent_files, done.bodies);
	_exit(result == CHAT_OK ? 0 : 1);
}

static void
send_janitor(struct master_housekeeping *chores, const struct config *config,
    void (*leave)(void *arg), void *arg)
{
	chores->janitor_ms = clock_monotonic_ms() + config->janitor_interval * 1000;
	if (chores->janitor != 0) {
		log_info("the janitor is still at work");
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		leave(arg);
		janitor(config);
	}
	if (pid < 0)
		log_warn("cannot send the janitor");
	else
		chores->janitor = pid;
}

void
master_housekeeping_run(struct master_housekeeping *chores, const struct config *config,
    void (*leave)(void *arg), void *arg)
{
	int64_t now = clock_monotonic_ms();

	if (now >= chores->watch_ms) {
		chores->watch_ms = now + STORE_WATCH_MS;
		store_watch_tick(chores->watch);
	}
	if (now >= chores->janitor_ms)
		send_janitor(chores, config, leave, arg);
}

bool
master_housekeeping_well(const struct master_housekeeping *chores)
{
	return store_watch_well(chores->watch);
}

bool
master_housekeeping_reaped(struct master_housekeeping *chores, pid_t pid, int status)
{
	if (pid != chores->janitor)
		return false;
	chores->janitor = 0;
	if (WIFSIGNALED(status))
		log_warnx("the janitor died of signal %d", WTERMSIG(status));
	return true;
}

void
master_housekeeping_abandon(const struct master_housekeeping *chores)
{
	if (chores->watch != NULL)
		store_watch_abandon(chores->watch);
}

void
master_housekeeping_stop(struct master_housekeeping *chores)
{
	if (chores->janitor != 0) {
		kill(chores->janitor, SIGTERM);
		while (waitpid(chores->janitor, NULL, 0) < 0 && errno == EINTR)
			;
		chores->janitor = 0;
	}
	if (chores->watch != NULL)
		store_watch_close(chores->watch);
	chores->watch = NULL;
}
