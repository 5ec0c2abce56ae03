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
#define BRIDGE         SCOREBOARD_SLOTS_MAX /* its bell has a name instead of a number */
#define BRIDGE_NAME    "bridge"

/* Fields are read while their owner may change them: what comes of it is a ring too many. */
struct entry {
	_Atomic uint64_t kind;
	_Atomic uint64_t user;
	_Atomic uint64_t room;
};

struct listeners {
	_Atomic uint64_t
	    used[SCOREBOARD_SLOTS_MAX / 64]; /* a bit for each entry that is not deaf */
	struct entry entries[SCOREBOARD_SLOTS_MAX];
	_Atomic uint64_t changes[WAKEUP_TOPICS];
};

struct wakeup {
	char directory[PATH_SIZE];
	struct listeners *listeners;
	int socket; /* for ringing; when listening, bound to our name */
	bool listening;
	unsigned int slot;
};

static int
map_listeners(struct wakeup *wakeup)
{
	char path[PATH_SIZE + 16];
	void *mapped;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", wakeup->directory, FILE_NAME);
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
	wakeup->listeners = error == 0 ? mapped : NULL;
	return error == 0 ? 0 : -1;
}

struct wakeup *
wakeup_open(const char *state)
{
	struct wakeup *wakeup = calloc(1, sizeof(*wakeup));

	if (wakeup == NULL)
		return NULL;
	snprintf(wakeup->directory, sizeof(wakeup->directory), "%s/%s", state, DIRECTORY_NAME);
	wakeup->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (wakeup->socket >= 0 && (mkdir(wakeup->directory, 0700) == 0 || errno == EEXIST) &&
	    map_listeners(wakeup) == 0)
		return wakeup;
	int saved = errno;
	wakeup_close(wakeup);
	errno = saved;
	return NULL;
}

static void
set_ear(struct wakeup *wakeup, const struct wakeup_subscription *ear)
{
	struct entry *entry = &wakeup->listeners->entries[wakeup->slot];
	_Atomic uint64_t *used = &wakeup->listeners->used[wakeup->slot / 64];
	uint64_t bit = UINT64_C(1) << wakeup->slot % 64;

	atomic_store(&entry->user, ear->user);
	atomic_store(&entry->room, ear->room);
	atomic_store(&entry->kind, ear->kind);
	if (ear->kind == WAKEUP_NONE)
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
wakeup_close(struct wakeup *wakeup)
{
	struct sockaddr_un address;
	static const struct wakeup_subscription deaf = { .kind = WAKEUP_NONE };
	int before;

	if (wakeup->listening) {
		if (wakeup->slot != BRIDGE)
			set_ear(wakeup, &deaf);
		before = chdir_guard_enter(wakeup->directory);
		if (before >= 0) {
			socket_name(&address, wakeup->slot);
			unlink(address.sun_path);
			chdir_guard_leave(before);
		}
	}
	if (wakeup->listeners != NULL)
		munmap(wakeup->listeners, sizeof(*wakeup->listeners));
	if (wakeup->socket >= 0)
		close(wakeup->socket);
	free(wakeup);
}

static int
bind_socket(struct wakeup *wakeup)
{
	struct sockaddr_un address;
	int before = chdir_guard_enter(wakeup->directory), result;

	if (before < 0)
		return -1;
	socket_name(&address, wakeup->slot);
	unlink(address.sun_path); /* of a worker that had this slot and died */
	result = bind(wakeup->socket, (const struct sockaddr *)&address, sizeof(address));
	chdir_guard_leave(before);
	return result;
}

static int
bind_as(struct wakeup *wakeup, unsigned int slot)
{
	if (wakeup->listening)
		return wakeup->socket;
	wakeup->slot = slot;
	if (bind_socket(wakeup) != 0)
		return -1;
	wakeup->listening = true;
	return wakeup->socket;
}

int
wakeup_await(struct wakeup *wakeup, unsigned int slot)
{
	if (slot < SCOREBOARD_SLOTS_MAX)
		return bind_as(wakeup, slot);
	errno = EINVAL;
	return -1;
}

int
wakeup_subscribe(struct wakeup *wakeup, unsigned int slot, const struct wakeup_subscription *ear)
{
	int fd = wakeup_await(wakeup, slot);

	if (fd >= 0)
		set_ear(wakeup, ear);
	return fd;
}

int
wakeup_subscribe_bridge(struct wakeup *wakeup)
{
	return bind_as(wakeup, BRIDGE);
}

void
wakeup_drain(struct wakeup *wakeup)
{
	char byte;

	while (recv(wakeup->socket, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
		;
}

void
wakeup_change(struct wakeup *wakeup, enum wakeup_topic topic)
{
	atomic_fetch_add(&wakeup->listeners->changes[topic], 1);
}

uint64_t
wakeup_changes(const struct wakeup *wakeup, enum wakeup_topic topic)
{
	return atomic_load(&wakeup->listeners->changes[topic]);
}

/* A full queue means that the bell is ringing already; a refusal, that its owner has died. */
static void
ring_one(const struct wakeup *wakeup, unsigned int slot)
{
	struct sockaddr_un address;

	socket_name(&address, slot);
	(void)sendto(wakeup->socket, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, sizeof(address));
}

/* Rings for an entry if it is concerned. Returns where we are to go back to, -1: did not leave. */
static int
ring_entry(struct wakeup *wakeup, unsigned int slot, int before,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg)
{
	struct entry *entry = &wakeup->listeners->entries[slot];
	struct wakeup_subscription ear = { .kind = (enum wakeup_kind)atomic_load(&entry->kind),
		.user = atomic_load(&entry->user),
		.room = atomic_load(&entry->room) };

	if (ear.kind == WAKEUP_NONE || !concerned(arg, &ear))
		return before;
	if (before < 0)
		before = chdir_guard_enter(wakeup->directory);
	if (before >= 0)
		ring_one(wakeup, slot);
	return before;
}

void
wakeup_notify(struct wakeup *wakeup,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg)
{
	int before = -1;

	for (unsigned int word = 0; word < SCOREBOARD_SLOTS_MAX / 64; word++) {
		uint64_t used =
		    atomic_load_explicit(&wakeup->listeners->used[word], memory_order_relaxed);

		for (unsigned int bit = 0; used != 0; bit++, used >>= 1)
			if ((used & 1) != 0)
				before =
				    ring_entry(wakeup, word * 64 + bit, before, concerned, arg);
	}
	if (before >= 0)
		chdir_guard_leave(before);
}

void
wakeup_notify_slot(struct wakeup *wakeup, unsigned int slot)
{
	int before = chdir_guard_enter(wakeup->directory);

	if (before < 0)
		return;
	ring_one(wakeup, slot);
	chdir_guard_leave(before);
}

void
wakeup_notify_bridge(struct wakeup *wakeup)
{
	wakeup_notify_slot(wakeup, BRIDGE);
}

void
wakeup_notify_self(struct wakeup *wakeup)
{
	if (wakeup->listening && wakeup->slot != BRIDGE &&
	    atomic_load(&wakeup->listeners->entries[wakeup->slot].kind) != WAKEUP_NONE)
		wakeup_notify_slot(wakeup, wakeup->slot);
}
