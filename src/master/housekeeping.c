/* master_housekeeping: the watch over the committer, and the janitor, which is a child. */
#include "master/housekeeping.h"

#include <sys/wait.h>

#include <string.h>
#include <unistd.h>

#include "base/capabilities.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "chat/chat.h"
#include "chat/janitor.h"
#include "master/child.h"

#define JANITOR_NICE     10
#define FIRST_JANITOR_MS 60000 /* after a start there is more urgent work */

int
master_housekeeping_start(struct master_housekeeping *housekeeping, const struct config *config)
{
	struct store_options opt = chat_store_options(config);
	int64_t first = config->janitor_interval * 1000;

	if (first > FIRST_JANITOR_MS)
		first = FIRST_JANITOR_MS;
	housekeeping->watch = store_watch_open(&opt);
	housekeeping->watch_ms = clock_monotonic_ms() + STORE_WATCH_MS;
	housekeeping->janitor_ms = clock_monotonic_ms() + first;
	return housekeeping->watch == NULL ? -1 : 0;
}

int64_t
master_housekeeping_wait_ms(const struct master_housekeeping *housekeeping)
{
	int64_t due = housekeeping->watch_ms < housekeeping->janitor_ms ? housekeeping->watch_ms
	                                                                : housekeeping->janitor_ms;
	int64_t now = clock_monotonic_ms();

	return due > now ? due - now : 0;
}

int
master_housekeeping_confine(const struct config *config, char *error, size_t size)
{
	const struct sandbox sandbox = { .kind = SANDBOX_JANITOR, .writable = config->state };

	return config->sandbox ? sandbox_enter(&sandbox, error, size) : 0;
}

static void __attribute__((noreturn)) run_janitor(const struct config *config)
{
	struct chat chat;
	struct chat_janitor done;
	char error[512];
	enum chat_result result = CHAT_FAILED;

	log_set_tag("janitor");
	(void)capabilities_drop();
	if (master_housekeeping_confine(config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		_exit(1);
	}
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
	if (done.sent_files > 0 || done.blobs > 0)
		log_info("removed %zu files that users had sent, %zu contents of such files",
		    done.sent_files, done.blobs);
	if (done.guests > 0)
		log_info("removed %zu guests who have gone", done.guests);
	_exit(result == CHAT_OK ? 0 : 1);
}

static void
send_janitor(struct master_housekeeping *housekeeping, const struct config *config,
    void (*leave)(void *arg), void *arg)
{
	housekeeping->janitor_ms = clock_monotonic_ms() + config->janitor_interval * 1000;
	if (housekeeping->janitor != 0) {
		log_info("the janitor is still at work");
		return;
	}
	pid_t pid = fork();
	if (pid == 0) {
		leave(arg);
		run_janitor(config);
	}
	if (pid < 0)
		log_warn("cannot send the janitor");
	else
		housekeeping->janitor = pid;
}

void
master_housekeeping_run(struct master_housekeeping *housekeeping, const struct config *config,
    void (*leave)(void *arg), void *arg)
{
	int64_t now = clock_monotonic_ms();

	if (now >= housekeeping->watch_ms) {
		housekeeping->watch_ms = now + STORE_WATCH_MS;
		store_watch_min_free(housekeeping->watch, config->min_free);
		store_watch_tick(housekeeping->watch);
	}
	if (now >= housekeeping->janitor_ms)
		send_janitor(housekeeping, config, leave, arg);
}

bool
master_housekeeping_well(const struct master_housekeeping *housekeeping)
{
	return store_watch_well(housekeeping->watch);
}

bool
master_housekeeping_reaped(struct master_housekeeping *housekeeping, pid_t pid, int status)
{
	if (pid != housekeeping->janitor)
		return false;
	housekeeping->janitor = 0;
	if (WIFSIGNALED(status))
		log_warnx("the janitor died of signal %d%s", WTERMSIG(status),
		    sandbox_explain(WTERMSIG(status)));
	return true;
}

void
master_housekeeping_abandon(const struct master_housekeeping *housekeeping)
{
	if (housekeeping->watch != NULL)
		store_watch_abandon(housekeeping->watch);
}

void
master_housekeeping_stop(struct master_housekeeping *housekeeping)
{
	master_child_end(housekeeping->janitor, "janitor");
	housekeeping->janitor = 0;
	if (housekeeping->watch != NULL)
		store_watch_close(housekeeping->watch);
	housekeeping->watch = NULL;
}
