/* signals: what the processes of kabar do with signals. */
#include "base/signals.h"

#include <stddef.h>
#include <time.h>

static void
set_all(const int *signals, void (*handler)(int))
{
	const struct sigaction action = { .sa_handler = handler };

	for (; *signals != 0; signals++)
		sigaction(*signals, &action, NULL);
}

void
signals_catch(const int *signals, void (*handler)(int))
{
	sigset_t blocked;

	sigemptyset(&blocked);
	for (const int *at = signals; *at != 0; at++)
		sigaddset(&blocked, *at);
	/* Blocked first: a signal that comes while we start has to wait, not to kill. */
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	set_all(signals, handler);
}

void
signals_ignore(const int *signals)
{
	set_all(signals, SIG_IGN);
}

void
signals_reset(const int *signals)
{
	set_all(signals, SIG_DFL);
}

void
signals_reset_all(void)
{
	for (int number = 1; number < NSIG; number++)
		set_all((const int[]){ number, 0 }, SIG_DFL);
	set_all((const int[]){ SIGPIPE, 0 }, SIG_IGN);
}

void
signals_unblock_all(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int
signals_poll(struct pollfd *polls, size_t n, int64_t us)
{
	const struct timespec timeout = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
	sigset_t none;

	sigemptyset(&none);
	return ppoll(polls, (nfds_t)n, us < 0 ? NULL : &timeout, &none);
}

void
signals_let_in(void)
{
	sigset_t none, blocked;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, &blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}
