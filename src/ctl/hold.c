/*
 * ctl_hold: takes the locks of kabard, kabar-bridge and the committer, and looks for clients under
 * inetd.
 */
#include "ctl/hold.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "master/pidfile.h"
#include "store/store_admin.h"

#define ERROR_MAX     1024
#define IDLE_TRIES    150 /* a committer stays for a second after its last client */
#define IDLE_PAUSE_NS 20000000L

static int
hold_store(struct ctl *ctl)
{
	struct store_options opt = chat_store_options(&ctl->config);
	struct timespec pause = { .tv_nsec = IDLE_PAUSE_NS };
	int fd = -1;

	for (int i = 0; i < IDLE_TRIES; i++) {
		fd = store_hold(&opt);
		if (fd >= 0 || errno != EAGAIN)
			break;
		nanosleep(&pause, NULL);
	}
	return fd;
}

static int
count_connection(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	unsigned int *count = arg;

	(void)slot;
	(void)entry;
	(*count)++;
	return 0;
}

/* How many clients are connected under inetd, where no master keeps a lock. */
static unsigned int
count_connections(const struct config *config)
{
	struct scoreboard *scoreboard = scoreboard_open(config->state, 1);
	unsigned int count = 0;

	if (scoreboard == NULL)
		return 0;
	scoreboard_each(scoreboard, count_connection, &count);
	scoreboard_close(scoreboard);
	return count;
}

int
ctl_hold_take(struct ctl *ctl, struct ctl_hold *hold)
{
	const char *state = ctl->config.state;
	char error[ERROR_MAX];
	pid_t pid;

	*hold = (struct ctl_hold){ .master = -1, .committer = -1 };
	hold->master = master_pidfile_take(state, error, sizeof(error));
	if (hold->master < 0 && master_pidfile_look(state, &pid) == MASTER_PIDFILE_LOCKED)
		return ctl_error(CTL_BUSY, "%s", error);
	if (hold->master < 0)
		return ctl_unavailable(&ctl->config, error);
	hold->links = link_status_open(state);
	if (hold->links == NULL)
		return ctl_unavailable(&ctl->config, "the state of the links cannot be opened");
	if (link_status_lead(hold->links) != 0)
		return ctl_error(CTL_BUSY, "kabar-bridge is running on this state");
	if (count_connections(&ctl->config) > 0)
		return ctl_error(CTL_BUSY, "clients are connected, see kabarctl who");
	hold->committer = hold_store(ctl);
	if (hold->committer < 0)
		return ctl_error(errno == EAGAIN ? CTL_BUSY : CTL_UNAVAILABLE,
		    "a process writes to the store in %s: %s", state, strerror(errno));
	return CTL_OK;
}

void
ctl_hold_drop(struct ctl *ctl, struct ctl_hold *hold)
{
	link_status_close(hold->links);
	if (hold->committer >= 0)
		close(hold->committer);
	if (hold->master >= 0)
		master_pidfile_drop(ctl->config.state, hold->master);
}
