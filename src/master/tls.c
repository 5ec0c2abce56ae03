/*
 * master_tls: the certificates of all listeners, read once: a worker only shakes hands. The keys
 * are read by the signer alone, and first, since it says what is wrong with them. Where no listener
 * speaks TLS nothing of it is touched, and nothing costs the plain workers memory.
 */
#include "master/tls.h"

#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "worker/tls.h"

#define FIRST_PAUSE_MS 100
#define MOST_PAUSE_MS  10000
#define GOOD_MS        60000 /* after such a life the next pause is the first again */
#define BUSY_MS        5000
#define START_MS       10000
#define ERROR_SIZE     2048

/* 0, or -1 with a sentence in error. */
static int
add_listener(struct master_tls *all, const struct config *config,
    const struct config_listen *section, char *error, size_t size)
{
	struct tls *tls = worker_tls_without_key(config, section, error, size);

	if (tls == NULL)
		return -1;
	memcpy(all->listeners[all->n].name, section->name, sizeof(section->name));
	all->listeners[all->n++].tls = tls;
	return 0;
}

static bool
is_wanted(const struct config *config)
{
	for (size_t i = 0; i < config->n_listens; i++)
		if (worker_tls_wanted(&config->listens[i]))
			return true;
	return false;
}

int
master_tls_open(struct master_tls *all, const struct config *config, char *error, size_t size)
{
	*all = (struct master_tls){ .started_ms = clock_monotonic_ms() };
	if (!is_wanted(config))
		return 0;
	if (master_signer_start(&all->signer, config, START_MS, error, size) != 0)
		return -1;
	all->listeners = calloc(config->n_listens, sizeof(*all->listeners));
	if (all->listeners == NULL) {
		snprintf(error, size, "out of memory");
		master_signer_stop(&all->signer);
		return -1;
	}
	for (size_t i = 0; i < config->n_listens; i++) {
		if (worker_tls_wanted(&config->listens[i]) &&
		    add_listener(all, config, &config->listens[i], error, size) != 0) {
			master_tls_close(all);
			return -1;
		}
	}
	/* A key of before and a certificate of after would fail all handshakes. */
	if (worker_tls_stamp(config) == all->signer.stamp)
		return 0;
	snprintf(error, size, "certificates or keys were replaced while they were read");
	master_tls_close(all);
	return -1;
}

void
master_tls_close(struct master_tls *all)
{
	for (size_t i = 0; i < all->n; i++)
		worker_tls_free(all->listeners[i].tls);
	free(all->listeners);
	master_signer_stop(&all->signer);
	*all = (struct master_tls){ .n = 0 };
}

/* A signer that has taken no socket for a while although many wait is ended. Keeps errno. */
static void
watch_signer(struct master_tls *all, bool busy)
{
	int64_t now = clock_monotonic_ms();
	int saved = errno;

	if (!busy)
		all->busy_since_ms = 0;
	else if (all->busy_since_ms == 0)
		all->busy_since_ms = now;
	else if (now - all->busy_since_ms >= BUSY_MS)
		kill(all->signer.pid, SIGKILL);
	errno = saved;
}

struct tls *
master_tls_of(struct master_tls *all, const struct config_listen *section, int *signer)
{
	*signer = -1;
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->listeners[i].name, section->name) != 0)
			continue;
		*signer = master_signer_open(&all->signer, (unsigned int)i);
		watch_signer(all, *signer < 0 && errno == EAGAIN);
		return all->listeners[i].tls;
	}
	return NULL;
}

static void
pause_more(struct master_tls *all)
{
	all->pause_ms = backoff_next_ms(all->pause_ms, FIRST_PAUSE_MS, MOST_PAUSE_MS);
	all->due_ms = clock_monotonic_ms() + all->pause_ms;
}

bool
master_tls_reaped(struct master_tls *all, pid_t pid, int status)
{
	if (all->signer.pid == 0 || pid != all->signer.pid)
		return false;
	master_signer_stop(&all->signer);
	if (clock_monotonic_ms() - all->started_ms >= GOOD_MS)
		all->pause_ms = 0;
	pause_more(all);
	if (WIFSIGNALED(status))
		log_warnx("the signer of TLS died of signal %d (%s)%s", WTERMSIG(status),
		    strsignal(WTERMSIG(status)), sandbox_explain(WTERMSIG(status)));
	else
		log_warnx("the signer of TLS ended with status %d", WEXITSTATUS(status));
	return true;
}

static bool
is_lacking(const struct master_tls *all)
{
	return all->n > 0 && all->signer.pid == 0;
}

int64_t
master_tls_wait_ms(const struct master_tls *all, int64_t most)
{
	int64_t left = all->due_ms - clock_monotonic_ms();

	if (!is_lacking(all) || left > most)
		return most;
	return left > 0 ? left : 0;
}

void
master_tls_run(struct master_tls *all, const struct config *config)
{
	struct master_tls fresh;
	char error[ERROR_SIZE];

	if (!is_lacking(all) || clock_monotonic_ms() < all->due_ms)
		return;
	if (master_tls_open(&fresh, config, error, sizeof(error)) != 0) {
		log_warnx("no TLS until the next try: %s", error);
		pause_more(all);
		return;
	}
	fresh.pause_ms = all->pause_ms;
	master_tls_close(all);
	*all = fresh;
}
