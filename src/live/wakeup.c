/*
 * bell: waking workers that wait for news, and the bridge. Who listens for what stands in a mapped
 * file, one entry a worker; the bell itself is a datagram socket without content, bound to a name.
 * A ring may be lost or come twice without harm: the logs are the truth.
 */
#include "live/wakeup.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "live/scoreboard.h"

#define DIRECTORY_NAME "bell"
#define FILE_NAME      "listeners"
#define PATH_SIZE      1200
#define BRIDGE         BOARD_SLOTS_MAX /* its bell has a name instead of a number */
#define BRIDGE_NAME    "bridge"

/* Fields are read while their owner may change them: what comes of it is a ring too many. */
struct entry {
	_Atomic uint64_t kind;
	_Atomic uint64_t user;
	_Atomic uint64_t room;
};

struct listeners {
	_Atomic uint64_t used[BOARD_SLOTS_MAX / 64]; /* a bit for each entry that is not deaf */
	struct entry entries[BOARD_SLOTS_MAX];
	_Atomic uint64_t changes[BELL_TOPICS];
};

struct bell {
	char directory[PATH_SIZE];
	struct listeners *listeners;
	int socket; /* for ringing; when listening, bound to our name */
	bool listening;
	unsigned int slot;
};

static int
map_listeners(struct bell *bell)
{
	char path[PATH_SIZE + 16];
	void *mapped;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", bell->directory, FILE_NAME);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	/* All blocks now: writing to a hole on a full disk would be a SIGBUS. */
	int error = fstat(fd, &st) != 0 ? errno : 0;
	if (error == 0 && st.st_size < (off_t)sizeof(struct listeners))
		error = posix_fallocate(fd, 0, sizeof(struct listeners));
	mapped = error == 0
	    ? mmap(NULL, sizeof(struct listeners), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
	    : MAP_FAILED;
	if (error == 0 && mapped == MAP_FAILED)
		error = errno;
	close(fd);
	errno = error;
	bell->listeners = error == 0 ? mapped : NULL;
	return error == 0 ? 0 : -1;
}

struct bell *
bell_open(const char *state)
{
	struct bell *bell = calloc(1, sizeof(*bell));

	if (bell == NULL)
		return NULL;
	snprintf(bell->directory, sizeof(bell->directory), "%s/%s", state, DIRECTORY_NAME);
	bell->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (bell->socket >= 0 && (mkdir(bell->directory, 0700) == 0 || errno == EEXIST) &&
	    map_listeners(bell) == 0)
		return bell;
	int saved = errno;
	bell_close(bell);
	errno = saved;
	return NULL;
}

static void
set_ear(struct bell *bell, const struct bell_ear *ear)
{
	struct entry *entry = &bell->listeners->entries[bell->slot];
	_Atomic uint64_t *used = &bell->listeners->used[bell->slot / 64];
	uint64_t bit = UINT64_C(1) << bell->slot % 64;

	atomic_store(&entry->user, ear->user);
	atomic_store(&entry->room, ear->room);
	atomic_store(&entry->kind, ear->kind);
	if (ear->kind == BELL_DEAF)
		atomic_fetch_and(used, ~bit);
	else
		atomic_fetch_or(used, bit);
}

static void
socket_name(struct sockaddr_un *address, unsigned int slot)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (slot == BRIDGE)
		snprintf(address->sun_path, sizeof(address->sun_path), BRIDGE_NAME);
	else
		snprintf(address->sun_path, sizeof(address->sun_path), "%u", slot);
}

void
bell_close(struct bell *bell)
{
	struct sockaddr_un address;
	static const struct bell_ear deaf = { .kind = BELL_DEAF };
	int before;

	if (bell->listening) {
		if (bell->slot != BRIDGE)
			set_ear(bell, &deaf);
		before = workdir_enter(bell->directory);
		if (before >= 0) {
			socket_name(&address, bell->slot);
			unlink(address.sun_path);
			workdir_leave(before);
		}
	}
	if (bell->listeners != NULL)
		munmap(bell->listeners, sizeof(*bell->listeners));
	if (bell->socket >= 0)
		close(bell->socket);
	free(bell);
}

static int
bind_socket(struct bell *bell)
{
	struct sockaddr_un address;
	int before = workdir_enter(bell->directory), result;

	if (before < 0)
		return -1;
	socket_name(&address, bell->slot);
	unlink(address.sun_path); /* of a worker that had this slot and died */
	result = bind(bell->socket, (const struct sockaddr *)&address, sizeof(address));
	workdir_leave(before);
	return result;
}

static int
bind_as(struct bell *bell, unsigned int slot)
{
	if (bell->listening)
		return bell->socket;
	bell->slot = slot;
	if (bind_socket(bell) != 0)
		return -1;
	bell->listening = true;
	return bell->socket;
}

int
bell_await(struct bell *bell, unsigned int slot)
{
	if (slot < BOARD_SLOTS_MAX)
		return bind_as(bell, slot);
	errno = EINVAL;
	return -1;
}

int
bell_listen(struct bell *bell, unsigned int slot, const struct bell_ear *ear)
{
	int fd = bell_await(bell, slot);

	if (fd >= 0)
		set_ear(bell, ear);
	return fd;
}

int
bell_listen_bridge(struct bell *bell)
{
	return bind_as(bell, BRIDGE);
}

void
bell_hush(struct bell *bell)
{
	char byte;

	while (recv(bell->socket, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}

void
bell_change(struct bell *bell, enum bell_topic topic)
{
	atomic_fetch_add(&bell->listeners->changes[topic], 1);
}

uint64_t
bell_changes(const struct bell *bell, enum bell_topic topic)
{
	return atomic_load(&bell->listeners->changes[topic]);
}

/* A full queue means that the bell is ringing already; a refusal, that its owner has died. */
static void
ring_one(const struct bell *bell, unsigned int slot)
{
	struct sockaddr_un address;

	socket_name(&address, slot);
	(void)sendto(bell->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, sizeof(address));
}

/* Rings for an entry if it is concerned. Returns where we are to go back to, -1: did not leave. */
static int
ring_entry(struct bell *bell, unsigned int slot, int before,
    bool (*concerned)(void *arg, const struct bell_ear *), void *arg)
{
	struct entry *entry = &bell->listeners->entries[slot];
	struct bell_ear ear = { .kind = (enum bell_kind)atomic_load(&entry->kind),
		.user = atomic_load(&entry->user),
		.room = atomic_load(&entry->room) };

	if (ear.kind == BELL_DEAF || !concerned(arg, &ear))
		return before;
	if (before < 0)
		before = workdir_enter(bell->directory);
	if (before >= 0)
		ring_one(bell, slot);
	return before;
}

void
bell_ring(struct bell *bell, bool (*concerned)(void *arg, const struct bell_ear *), void *arg)
{
	int before = -1;

	for (unsigned int word = 0; word < BOARD_SLOTS_MAX / 64; word++) {
		uint64_t used =
		    atomic_load_explicit(&bell->listeners->used[word], memory_order_relaxed);

		for (unsigned int bit = 0; used != 0; bit++, used >>= 1)
			if ((used & 1) != 0)
				before = ring_entry(bell, word * 64 + bit, before, concerned, arg);
	}
	if (before >= 0)
		workdir_leave(before);
}

void
bell_ring_slot(struct bell *bell, unsigned int slot)
{
	int before = workdir_enter(bell->directory);

	if (before < 0)
		return;
	ring_one(bell, slot);
	workdir_leave(before);
}

void
bell_ring_bridge(struct bell *bell)
{
	bell_ring_slot(bell, BRIDGE);
}

void
bell_ring_self(struct bell *bell)
{
	if (bell->listening && bell->slot != BRIDGE &&
	    atomic_load(&bell->listeners->entries[bell->slot].kind) != BELL_DEAF)
		bell_ring_slot(bell, bell->slot);
}
