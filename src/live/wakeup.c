/*
 * wakeup: wakes the processes that wait for news. A datagram, without content or with a whisper,
 * goes to a socket named after the slot of a process, if its subscription in the mapped file asks
 * for it.
 */
#include "live/wakeup.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/state_directory.h"
#include "live/mapped_file.h"
#include "live/scoreboard_entry.h"
#include "net/local_socket.h"

#define DIRECTORY_NAME "wakeup"
#define FILE_NAME      "subscriptions"
#define PATH_SIZE      1200
#define BRIDGE         SCOREBOARD_SLOTS_MAX /* its socket has a name instead of a number */
#define BRIDGE_NAME    "bridge"
#define AT_ONCE        256 /* receivers of a whisper */

/* Fields are read while their owner may change them: at worst it is woken once too often. */
struct entry {
	_Atomic uint64_t kind;
	_Atomic uint64_t user;
	_Atomic uint64_t room;
};

struct table {
	_Atomic uint64_t changes[WAKEUP_PEOPLE + 1];
	_Atomic uint64_t used[SCOREBOARD_SLOTS_MAX / 64]; /* a bit for each subscription */
	struct entry entries[SCOREBOARD_SLOTS_MAX];
	/* Stands behind what older programs have, which may be at work during an upgrade. */
	_Atomic uint64_t missed[SCOREBOARD_SLOTS_MAX / 64]; /* a bit for each that lost a whisper */
	_Atomic uint64_t away;                              /* the changes of WAKEUP_AWAY */
};

struct wakeup {
	char directory[PATH_SIZE];
	struct table *table;
	int sender; /* -1: nothing was sent yet */
	int socket; /* receives, when bound */
	bool bound; /* to the name of our slot */
	unsigned int slot;
	bool hears; /* our subscription is WAKEUP_IRC */
	struct whisper_queue whispers;
	struct scoreboard *scoreboard; /* the caller's; NULL: none */
};

/* What a datagram has. */
struct content {
	const void *data;
	size_t len;
};

static int
make_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

struct wakeup *
wakeup_open(const char *state)
{
	struct wakeup *wakeup = calloc(1, sizeof(*wakeup));

	if (wakeup == NULL)
		return NULL;
	snprintf(wakeup->directory, sizeof(wakeup->directory), "%s/%s", state, DIRECTORY_NAME);
	wakeup->sender = -1;
	wakeup->socket = make_socket();
	if (wakeup->socket >= 0 && state_directory_make(wakeup->directory) == 0)
		wakeup->table =
		    mapped_file_whole(wakeup->directory, FILE_NAME, sizeof(*wakeup->table));
	if (wakeup->table != NULL)
		return wakeup;
	int saved = errno;
	wakeup_close(wakeup);
	errno = saved;
	return NULL;
}

static uint64_t
bit_of(unsigned int slot)
{
	return UINT64_C(1) << slot % 64;
}

static void
set_subscription(struct wakeup *wakeup, const struct wakeup_subscription *subscription)
{
	struct entry *entry = &wakeup->table->entries[wakeup->slot];
	_Atomic uint64_t *used = &wakeup->table->used[wakeup->slot / 64];
	uint64_t bit = bit_of(wakeup->slot);

	atomic_store(&entry->user, subscription->user);
	atomic_store(&entry->room, subscription->room);
	atomic_store(&entry->kind, subscription->kind);
	if (subscription->kind == WAKEUP_NONE)
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
	static const struct wakeup_subscription none = { .kind = WAKEUP_NONE };

	if (wakeup->bound) {
		if (wakeup->slot != BRIDGE)
			set_subscription(wakeup, &none);
		socket_name(&address, wakeup->slot);
		local_socket_remove(wakeup->directory, address.sun_path);
	}
	mapped_file_unmap(wakeup->table, sizeof(*wakeup->table));
	whisper_forget(&wakeup->whispers);
	if (wakeup->socket >= 0)
		close(wakeup->socket);
	if (wakeup->sender >= 0)
		close(wakeup->sender);
	free(wakeup);
}

static int
bind_socket(struct wakeup *wakeup)
{
	struct sockaddr_un address;

	socket_name(&address, wakeup->slot);
	return local_socket_bind(wakeup->socket, wakeup->directory, address.sun_path,
	    STATE_DIRECTORY_SHARED);
}

static int
bind_as(struct wakeup *wakeup, unsigned int slot)
{
	if (wakeup->bound)
		return wakeup->socket;
	wakeup->slot = slot;
	if (bind_socket(wakeup) != 0)
		return -1;
	wakeup->bound = true;
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

/* Before the subscription is there: no whisper comes without the kernel's word on its sender. */
static int
set_hearing(struct wakeup *wakeup, bool hears)
{
	if (hears == wakeup->hears)
		return 0;
	if (hears && whisper_listen(wakeup->socket) != 0)
		return -1;
	/* What was missed before is another's, or of before. */
	atomic_fetch_and(&wakeup->table->missed[wakeup->slot / 64], ~bit_of(wakeup->slot));
	wakeup->whispers.missed = false;
	whisper_forget(&wakeup->whispers);
	wakeup->hears = hears;
	return 0;
}

int
wakeup_subscribe(struct wakeup *wakeup, unsigned int slot,
    const struct wakeup_subscription *subscription)
{
	int fd = wakeup_await(wakeup, slot);

	if (fd < 0 || set_hearing(wakeup, subscription->kind == WAKEUP_IRC) != 0)
		return -1;
	set_subscription(wakeup, subscription);
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

	if (wakeup->hears)
		while (whisper_receive(&wakeup->whispers, wakeup->socket, wakeup->scoreboard))
			;
	else
		while (recv(wakeup->socket, &byte, sizeof(byte), MSG_DONTWAIT) >= 0)
			;
}

static _Atomic uint64_t *
find_changes(const struct wakeup *wakeup, enum wakeup_topic topic)
{
	struct table *table = wakeup->table;

	return topic == WAKEUP_AWAY ? &table->away : &table->changes[topic];
}

void
wakeup_change(struct wakeup *wakeup, enum wakeup_topic topic)
{
	atomic_fetch_add(find_changes(wakeup, topic), 1);
}

uint64_t
wakeup_changes(const struct wakeup *wakeup, enum wakeup_topic topic)
{
	return atomic_load(find_changes(wakeup, topic));
}

/* False when there was no room, in the queue of the process or for what we have sent together. */
static bool
send_to(const struct wakeup *wakeup, const struct sockaddr_un *address,
    const struct content *content)
{
	return sendto(wakeup->sender, content->data, content->len, MSG_DONTWAIT | MSG_NOSIGNAL,
	           (const struct sockaddr *)address, sizeof(*address)) >= 0 ||
	    (errno != EAGAIN && errno != ENOBUFS);
}

/*
 * False: the queue of the process is full, which means that it wakes up anyhow. A refusal means
 * that it has died. What a socket has sent to some hundred others, and they have not received yet,
 * fills that socket: another one has room.
 */
static bool
send_to_slot(struct wakeup *wakeup, unsigned int slot, const struct content *content)
{
	struct sockaddr_un address;
	struct pollfd room = { .events = POLLOUT };

	socket_name(&address, slot);
	if (wakeup->sender < 0)
		wakeup->sender = make_socket();
	if (send_to(wakeup, &address, content))
		return true;
	room.fd = wakeup->sender;
	if (poll(&room, 1, 0) != 0)
		return false;
	close(wakeup->sender);
	wakeup->sender = make_socket();
	return send_to(wakeup, &address, content);
}

static void
send_notification(struct wakeup *wakeup, unsigned int slot)
{
	static const struct content nothing = { .data = "", .len = 1 };

	(void)send_to_slot(wakeup, slot, &nothing);
}

static struct wakeup_subscription
read_entry(const struct wakeup *wakeup, unsigned int slot)
{
	const struct entry *entry = &wakeup->table->entries[slot];

	return (struct wakeup_subscription){ .kind = (enum wakeup_kind)atomic_load(&entry->kind),
		.user = atomic_load(&entry->user),
		.room = atomic_load(&entry->room) };
}

/* The first slot with a subscription from this one on, SCOREBOARD_SLOTS_MAX: none. */
static unsigned int
next_used(const struct wakeup *wakeup, unsigned int slot)
{
	while (slot < SCOREBOARD_SLOTS_MAX) {
		uint64_t used =
		    atomic_load_explicit(&wakeup->table->used[slot / 64], memory_order_relaxed) >>
		    slot % 64;

		if (used == 0) {
			slot = (slot / 64 + 1) * 64;
			continue;
		}
		for (; (used & 1) == 0; used >>= 1)
			slot++;
		return slot;
	}
	return SCOREBOARD_SLOTS_MAX;
}

unsigned int
wakeup_count(const struct wakeup *wakeup)
{
	unsigned int count = 0;

	for (unsigned int slot = next_used(wakeup, 0); slot < SCOREBOARD_SLOTS_MAX;
	     slot = next_used(wakeup, slot + 1))
		count++;
	return count;
}

/* Wakes the process of an entry if it is concerned. Returns the way back from our
 * directory, -1: we have not gone there yet. */
static int
notify_entry(struct wakeup *wakeup, unsigned int slot, int before,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg)
{
	struct wakeup_subscription subscription = read_entry(wakeup, slot);

	if (subscription.kind == WAKEUP_NONE || !concerned(arg, &subscription))
		return before;
	if (before < 0)
		before = chdir_guard_enter(wakeup->directory);
	if (before >= 0)
		send_notification(wakeup, slot);
	return before;
}

void
wakeup_notify(struct wakeup *wakeup,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg)
{
	int before = -1;

	for (unsigned int slot = next_used(wakeup, 0); slot < SCOREBOARD_SLOTS_MAX;
	     slot = next_used(wakeup, slot + 1))
		before = notify_entry(wakeup, slot, before, concerned, arg);
	if (before >= 0)
		chdir_guard_leave(before);
}

void
wakeup_notify_slot(struct wakeup *wakeup, unsigned int slot)
{
	int before = chdir_guard_enter(wakeup->directory);

	if (before < 0)
		return;
	send_notification(wakeup, slot);
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
	if (wakeup->bound && wakeup->slot != BRIDGE &&
	    atomic_load(&wakeup->table->entries[wakeup->slot].kind) != WAKEUP_NONE)
		wakeup_notify_slot(wakeup, wakeup->slot);
}

static void
mark_missed(struct wakeup *wakeup, unsigned int slot)
{
	atomic_fetch_or(&wakeup->table->missed[slot / 64], bit_of(slot));
}

static void
send_whisper(struct wakeup *wakeup, const unsigned int *slots, size_t n,
    const struct content *content)
{
	int before = n == 0 ? -1 : chdir_guard_enter(wakeup->directory);

	for (size_t i = 0; i < n; i++) {
		if (before >= 0 && send_to_slot(wakeup, slots[i], content))
			continue;
		mark_missed(wakeup, slots[i]);
		/* It may have received everything just now, and found itself unmarked. */
		if (before >= 0)
			send_notification(wakeup, slots[i]);
	}
	if (before >= 0)
		chdir_guard_leave(before);
}

void
wakeup_whisper(struct wakeup *wakeup,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg, const void *data,
    size_t len)
{
	unsigned char datagram[WHISPER_HEAD + WHISPER_MAX];
	const struct content content = { .data = datagram, .len = WHISPER_HEAD + len };
	unsigned int slots[AT_ONCE];
	size_t n = 0;

	if (!wakeup->bound || wakeup->slot == BRIDGE || len > WHISPER_MAX)
		return;
	whisper_head(datagram, wakeup->slot);
	memcpy(datagram + WHISPER_HEAD, data, len);
	for (unsigned int slot = next_used(wakeup, 0); slot < SCOREBOARD_SLOTS_MAX;
	     slot = next_used(wakeup, slot + 1)) {
		struct wakeup_subscription subscription = read_entry(wakeup, slot);

		if (slot == wakeup->slot || subscription.kind != WAKEUP_IRC ||
		    !concerned(arg, &subscription))
			continue;
		slots[n++] = slot;
		/* Not each at once: concerned() needs the present directory. */
		if (n == AT_ONCE) {
			send_whisper(wakeup, slots, n, &content);
			n = 0;
		}
	}
	send_whisper(wakeup, slots, n, &content);
}

/* Whether whispers for us were lost since the last call. */
static bool
take_missed(struct wakeup *wakeup)
{
	_Atomic uint64_t *word = &wakeup->table->missed[wakeup->slot / 64];
	uint64_t bit = bit_of(wakeup->slot);
	bool missed = wakeup->whispers.missed;

	wakeup->whispers.missed = false;
	if ((atomic_load(word) & bit) != 0)
		missed |= (atomic_fetch_and(word, ~bit) & bit) != 0;
	return missed;
}

bool
wakeup_hear(struct wakeup *wakeup, char data[WHISPER_MAX], size_t *len,
    struct whisper_sender *sender, bool *missed)
{
	bool found = whisper_next(&wakeup->whispers, data, len, sender);

	if (!found) {
		wakeup_drain(wakeup);
		found = whisper_next(&wakeup->whispers, data, len, sender);
	}
	*missed = wakeup->hears && take_missed(wakeup);
	return found;
}

void
wakeup_set_scoreboard(struct wakeup *wakeup, struct scoreboard *scoreboard)
{
	wakeup->scoreboard = scoreboard;
}
