/*
 * link_status: a table of shared records, written by the process that leads, and a lock file that
 * tells whether one does.
 */
#include "live/link_status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "live/mapped_file.h"
#include "live/shared_record.h"

#define FILE_NAME    "link_status"
#define LOCK_NAME    "bridge.lock"
#define STATUS_WORDS (sizeof(struct link_status) / sizeof(uint64_t))

struct link_status_entry {
	_Atomic uint64_t sequence;            /* the struct shared_record begins here */
	_Atomic uint64_t words[STATUS_WORDS]; /* a struct link_status; the first is the peer's id */
};

struct shared {
	struct link_status_entry peers[LINK_STATUS_PEERS];
};

_Static_assert(sizeof(struct link_status) == STATUS_WORDS * sizeof(uint64_t), "whole words");
_Static_assert(offsetof(struct link_status, peer) == 0, "the id comes first");

struct link_status_file {
	struct shared *shared;
	int lock_fd;
	pid_t leader; /* the process that has the lead by this; 0: none */
};

static struct shared_record *
record_of(struct link_status_entry *entry)
{
	return (struct shared_record *)(void *)&entry->sequence;
}

struct link_status_file *
link_status_open(const char *state)
{
	struct link_status_file *links = calloc(1, sizeof(*links));

	if (links == NULL)
		return NULL;
	links->lock_fd = mapped_file_open(state, LOCK_NAME);
	if (links->lock_fd >= 0)
		links->shared = mapped_file_whole(state, FILE_NAME, sizeof(*links->shared));
	if (links->shared != NULL)
		return links;
	int saved = errno;
	link_status_close(links);
	errno = saved;
	return NULL;
}

void
link_status_close(struct link_status_file *links)
{
	if (links == NULL)
		return;
	mapped_file_unmap(links->shared, sizeof(*links->shared));
	if (links->lock_fd >= 0)
		close(links->lock_fd);
	free(links);
}

static int
lock_file(const struct link_status_file *links, int command, struct flock *flock)
{
	int result;

	*flock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	do
		result = fcntl(links->lock_fd, command, flock);
	while (result != 0 && errno == EINTR);
	return result;
}

static bool
is_leader(const struct link_status_file *links)
{
	return links->leader != 0 && links->leader == getpid();
}

int
link_status_lead(struct link_status_file *links)
{
	struct flock flock;

	if (is_leader(links))
		return 0;
	if (lock_file(links, F_SETLK, &flock) != 0) {
		if (errno == EACCES)
			errno = EAGAIN;
		return -1;
	}
	links->leader = getpid();
	/* What the last one showed: also halves of changes in whose middle it was killed. */
	for (unsigned int i = 0; i < LINK_STATUS_PEERS; i++)
		atomic_store(&links->shared->peers[i].words[0], 0);
	return 0;
}

bool
link_status_led(struct link_status_file *links)
{
	struct flock flock;

	if (is_leader(links))
		return true; /* the kernel does not tell us of our own locks */
	return lock_file(links, F_GETLK, &flock) == 0 && flock.l_type != F_UNLCK;
}

/* The peer's place, or NULL. */
static struct link_status_entry *
find_entry(struct link_status_file *links, uint64_t id)
{
	for (unsigned int i = 0; i < LINK_STATUS_PEERS; i++)
		if (atomic_load_explicit(&links->shared->peers[i].words[0], memory_order_acquire) ==
		    id)
			return &links->shared->peers[i];
	return NULL;
}

void
link_status_show(struct link_status_file *links, const struct link_status *status)
{
	struct link_status_entry *peer = find_entry(links, status->peer);

	if (peer == NULL)
		peer = find_entry(links, 0);
	if (peer == NULL || !is_leader(links))
		return;
	shared_record_write(record_of(peer), status, STATUS_WORDS);
}

void
link_status_hide(struct link_status_file *links, uint64_t id)
{
	struct link_status_entry *peer = find_entry(links, id);

	if (peer != NULL && is_leader(links))
		atomic_store(&peer->words[0], 0);
}

/* True when the status is whole. */
static bool
read_status(struct link_status_entry *peer, struct link_status *status)
{
	if (!shared_record_read(record_of(peer), status, STATUS_WORDS))
		return false;
	status->error[sizeof(status->error) - 1] = '\0';
	return true;
}

bool
link_status_get(struct link_status_file *links, uint64_t id, struct link_status *status)
{
	struct link_status_entry *peer = id == 0 ? NULL : find_entry(links, id);

	return peer != NULL && read_status(peer, status) && status->peer == id &&
	    link_status_led(links);
}
