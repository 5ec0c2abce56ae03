/*
 * links: what the bridge lets others see, in a mapped file: how each link is, and, for workers
 * that wait, what became of a letter. A status is written by the bridge alone, with a sequence
 * counter as on the board; who tells of a letter is settled by one compare-and-swap.
 */
#include "live/link_status.h"

#include <bsd/stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_NAME "links"
#define LOCK_NAME "bridge.lock"

#define READ_TRIES   1000
#define SPIN_TRIES   50 /* then the writer was interrupted: let it run */
#define STATUS_WORDS (sizeof(struct link_status) / sizeof(uint64_t))

/* A slot's word: the ticket, and below it one of these, or the verdict added to the last. */
#define WORD_BITS           16
#define WORD_WAITS          1U
#define WORD_GAVE           2U /* up */
#define WORD_TOLD           3U
#define WORD_CLAIM          4096U
#define DELIVERY_RESULT_MAX 255

struct link_status_entry {
	_Atomic uint64_t sequence;            /* odd: a change is under way */
	_Atomic uint64_t words[STATUS_WORDS]; /* a struct link_status; the first is the peer's id */
};

struct shared {
	struct link_status_entry peers[LINK_STATUS_PEERS];
	_Atomic uint64_t slots[LINK_STATUS_SLOTS];
};

_Static_assert(sizeof(struct link_status) == STATUS_WORDS * sizeof(uint64_t), "whole words");
_Static_assert(offsetof(struct link_status, peer) == 0, "the id comes first");

struct link_status_file {
	struct shared *shared;
	int lock_fd;
	pid_t leader; /* the process that has the lead by this; 0: none */
};

static int
open_file(const char *state, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", state, name) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static struct shared *
map_file(const char *state)
{
	void *mapped = MAP_FAILED;
	struct stat st;
	int fd = open_file(state, FILE_NAME);

	if (fd < 0)
		return NULL;
	/* All blocks now: writing to a hole on a full disk would be a SIGBUS. */
	int error = fstat(fd, &st) != 0 ? errno : 0;
	if (error == 0 && st.st_size < (off_t)sizeof(struct shared))
		error = posix_fallocate(fd, 0, sizeof(struct shared));
	if (error == 0) {
		mapped =
		    mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		error = mapped == MAP_FAILED ? errno : 0;
	}
	close(fd);
	errno = error;
	return error == 0 ? mapped : NULL;
}

struct link_status_file *
link_status_open(const char *state)
{
	struct link_status_file *links = calloc(1, sizeof(*links));

	if (links == NULL)
		return NULL;
	links->lock_fd = open_file(state, LOCK_NAME);
	links->shared = links->lock_fd >= 0 ? map_file(state) : NULL;
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
	if (links->shared != NULL)
		munmap(links->shared, sizeof(*links->shared));
	if (links->lock_fd >= 0)
		close(links->lock_fd);
	free(links);
}

static int
lock(const struct link_status_file *links, int command, struct flock *flock)
{
	int result;

	*flock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	do
		result = fcntl(links->lock_fd, command, flock);
	while (result != 0 && errno == EINTR);
	return result;
}

static bool
leads(const struct link_status_file *links)
{
	return links->leader != 0 && links->leader == getpid();
}

int
link_status_lead(struct link_status_file *links)
{
	struct flock flock;

	if (leads(links))
		return 0;
	if (lock(links, F_SETLK, &flock) != 0) {
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

	if (leads(links))
		return true; /* the kernel does not tell us of our own locks */
	return lock(links, F_GETLK, &flock) == 0 && flock.l_type != F_UNLCK;
}

/* The peer's place, or NULL. */
static struct link_status_entry *
find(struct link_status_file *links, uint64_t id)
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
	struct link_status_entry *peer = find(links, status->peer);
	uint64_t words[STATUS_WORDS];
	uint64_t sequence;

	if (peer == NULL)
		peer = find(links, 0);
	if (peer == NULL || !leads(links))
		return;
	memcpy(words, status, sizeof(words));
	/* It is odd already if the bridge before was killed in the middle. */
	sequence = atomic_load(&peer->sequence) | 1;
	atomic_store_explicit(&peer->sequence, sequence, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < STATUS_WORDS; i++)
		atomic_store_explicit(&peer->words[i], words[i], memory_order_relaxed);
	atomic_store_explicit(&peer->sequence, sequence + 1, memory_order_release);
}

void
link_status_hide(struct link_status_file *links, uint64_t id)
{
	struct link_status_entry *peer = find(links, id);

	if (peer != NULL && leads(links))
		atomic_store(&peer->words[0], 0);
}

/* True when the status is whole. */
static bool
read_status(struct link_status_entry *peer, struct link_status *status)
{
	uint64_t words[STATUS_WORDS];

	for (int tries = 0; tries < READ_TRIES; tries++) {
		uint64_t before = atomic_load_explicit(&peer->sequence, memory_order_acquire);

		for (size_t i = 0; i < STATUS_WORDS; i++)
			words[i] = atomic_load_explicit(&peer->words[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if ((before & 1) == 0 &&
		    atomic_load_explicit(&peer->sequence, memory_order_relaxed) == before) {
			memcpy(status, words, sizeof(*status));
			status->error[sizeof(status->error) - 1] = '\0';
			return true;
		}
		if (tries >= SPIN_TRIES)
			sched_yield();
	}
	return false;
}

bool
link_status_get(struct link_status_file *links, uint64_t id, struct link_status *status)
{
	struct link_status_entry *peer = id == 0 ? NULL : find(links, id);

	return peer != NULL && read_status(peer, status) && status->peer == id &&
	    link_status_led(links);
}

uint64_t
delivery_wait_begin(struct link_status_file *links, unsigned int slot)
{
	uint64_t wait_id = 0;

	while (wait_id == 0) {
		arc4random_buf(&wait_id, sizeof(wait_id));
		wait_id >>= WORD_BITS;
	}
	if (slot < LINK_STATUS_SLOTS)
		atomic_store(&links->shared->slots[slot], wait_id << WORD_BITS | WORD_WAITS);
	return wait_id;
}

/* Whether a slot's word is this ticket's verdict. */
static bool
is_delivery_result(uint64_t word, uint64_t wait_id, unsigned int *delivery_result)
{
	unsigned int low = (unsigned int)(word & ((1U << WORD_BITS) - 1));

	if (word >> WORD_BITS != wait_id || low < WORD_TOLD || low >= WORD_CLAIM)
		return false;
	*delivery_result = low - WORD_TOLD;
	return true;
}

/* Whether it is a verdict of this ticket that is not told before all is settled. */
static bool
is_claimed(uint64_t word, uint64_t wait_id, unsigned int *delivery_result)
{
	unsigned int low = (unsigned int)(word & ((1U << WORD_BITS) - 1));

	if (word >> WORD_BITS != wait_id || low < WORD_CLAIM)
		return false;
	*delivery_result = low - WORD_CLAIM;
	return true;
}

bool
delivery_wait_poll(struct link_status_file *links, unsigned int slot, uint64_t wait_id,
    unsigned int *delivery_result)
{
	return slot < LINK_STATUS_SLOTS &&
	    is_delivery_result(atomic_load(&links->shared->slots[slot]), wait_id, delivery_result);
}

bool
delivery_wait_give_up(struct link_status_file *links, unsigned int slot, uint64_t wait_id,
    unsigned int *delivery_result)
{
	uint64_t word = wait_id << WORD_BITS | WORD_WAITS;

	if (slot >= LINK_STATUS_SLOTS ||
	    atomic_compare_exchange_strong(&links->shared->slots[slot], &word,
	        wait_id << WORD_BITS | WORD_GAVE))
		return true;
	return !is_delivery_result(word, wait_id, delivery_result) &&
	    !is_claimed(word, wait_id, delivery_result);
}

bool
delivery_wait_claim(struct link_status_file *links, unsigned int slot, uint64_t wait_id,
    unsigned int delivery_result)
{
	uint64_t word = wait_id << WORD_BITS | WORD_WAITS;

	if (slot >= LINK_STATUS_SLOTS || wait_id == 0 || delivery_result > DELIVERY_RESULT_MAX)
		return false;
	uint64_t claimed = wait_id << WORD_BITS | (WORD_CLAIM + delivery_result);
	uint64_t told = wait_id << WORD_BITS | (WORD_TOLD + delivery_result);
	return atomic_compare_exchange_strong(&links->shared->slots[slot], &word, claimed) ||
	    word == claimed || word == told;
}

bool
delivery_wait_tell(struct link_status_file *links, unsigned int slot, uint64_t wait_id,
    unsigned int delivery_result)
{
	uint64_t word = wait_id << WORD_BITS | WORD_WAITS;

	if (slot >= LINK_STATUS_SLOTS || wait_id == 0 || delivery_result > DELIVERY_RESULT_MAX)
		return false;
	uint64_t claimed = wait_id << WORD_BITS | (WORD_CLAIM + delivery_result);
	uint64_t told = wait_id << WORD_BITS | (WORD_TOLD + delivery_result);
	_Atomic uint64_t *at = &links->shared->slots[slot];
	return atomic_compare_exchange_strong(at, &word, told) ||
	    (word == claimed && atomic_compare_exchange_strong(at, &word, told)) || word == told;
}
