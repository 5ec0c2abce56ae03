/*
 * scoreboard: takes, writes, reads and reaps slots. A slot is written by its owner alone, which
 * holds a lock on its first byte. The file is scoreboard_file's business.
 */
#include "live/scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "live/scoreboard_file.h"

#define FIBONACCI 2654435769U /* 2^32 / golden ratio: spreads what follows one another */

struct scoreboard {
	struct scoreboard_file file;
	int own;   /* -1: none */
	pid_t pid; /* whose own it is: not that of a child of fork() */
};

struct scoreboard *
scoreboard_open(const char *state, unsigned int slots)
{
	struct scoreboard *scoreboard = calloc(1, sizeof(*scoreboard));

	if (scoreboard == NULL)
		return NULL;
	scoreboard->own = -1;
	if (scoreboard_file_open(&scoreboard->file, state, slots) == 0)
		return scoreboard;
	int saved = errno;
	free(scoreboard);
	errno = saved;
	return NULL;
}

static bool
owns_slot(const struct scoreboard *scoreboard)
{
	return scoreboard->own >= 0 && scoreboard->pid == getpid();
}

void
scoreboard_close(struct scoreboard *scoreboard)
{
	if (scoreboard == NULL)
		return;
	scoreboard_leave(scoreboard);
	scoreboard_file_close(&scoreboard->file);
	free(scoreboard);
}

unsigned int
scoreboard_slots(struct scoreboard *scoreboard)
{
	return scoreboard_file_slots(&scoreboard->file);
}

int
scoreboard_slot(const struct scoreboard *scoreboard)
{
	return scoreboard->own;
}

/* The slot at which the search for a process begins. */
static unsigned int
first_slot(struct scoreboard *scoreboard, int64_t pid)
{
	uint32_t spread = (uint32_t)pid * FIBONACCI;

	return (unsigned int)(((uint64_t)spread * scoreboard_slots(scoreboard)) >> 32);
}

static struct shared_record *
record_of(struct scoreboard_slot *slot)
{
	return (struct shared_record *)(void *)&slot->sequence;
}

static uint64_t
slot_state(const struct scoreboard_slot *slot)
{
	return atomic_load_explicit(&slot->state, memory_order_acquire);
}

/* A slot that says `state` and can be locked, from home on; -1: there is none. */
static int
lock_slot(struct scoreboard *scoreboard, uint64_t state)
{
	unsigned int slots = scoreboard_slots(scoreboard), first = first_slot(scoreboard, getpid());

	for (unsigned int distance = 0; distance < slots; distance++) {
		unsigned int slot = (first + distance) % slots;
		uint32_t reach;

		if (slot_state(&scoreboard->file.slots[slot]) != state ||
		    scoreboard_file_lock(scoreboard->file.fd, F_SETLK, F_WRLCK,
		        scoreboard_file_offset(slot)) != 0)
			continue;
		reach = atomic_load(&scoreboard->file.header->reach);
		while (distance > reach &&
		    !atomic_compare_exchange_weak(&scoreboard->file.header->reach, &reach,
		        distance))
			;
		return (int)slot;
	}
	return -1;
}

int
scoreboard_enter(struct scoreboard *scoreboard)
{
	int slot;

	if (owns_slot(scoreboard))
		return scoreboard->own;
	slot = lock_slot(scoreboard, SCOREBOARD_SLOT_FREE);
	/* Slots whose owners died and were not reaped come last: asking the kernel for each is
	 * slower. */
	if (slot < 0)
		slot = lock_slot(scoreboard, SCOREBOARD_SLOT_USED);
	if (slot < 0)
		return -1;
	scoreboard->own = slot;
	scoreboard->pid = getpid();
	scoreboard_show(scoreboard, &(struct scoreboard_entry){ .pid = 0 });
	return slot;
}

void
scoreboard_leave(struct scoreboard *scoreboard)
{
	if (!owns_slot(scoreboard))
		return;
	atomic_store(&scoreboard->file.slots[scoreboard->own].state, SCOREBOARD_SLOT_FREE);
	scoreboard_file_lock(scoreboard->file.fd, F_SETLK, F_UNLCK,
	    scoreboard_file_offset((unsigned int)scoreboard->own));
	scoreboard->own = -1;
}

void
scoreboard_show(struct scoreboard *scoreboard, const struct scoreboard_entry *entry)
{
	struct scoreboard_entry copy = *entry;
	struct scoreboard_slot *slot;

	if (!owns_slot(scoreboard))
		return;
	copy.pid = scoreboard->pid;
	slot = &scoreboard->file.slots[scoreboard->own];
	shared_record_write(record_of(slot), &copy, SCOREBOARD_ENTRY_WORDS);
	atomic_store_explicit(&slot->state, SCOREBOARD_SLOT_USED, memory_order_release);
}

/* Ends the text, and leaves nothing in it that a terminal or a JSON reader could take amiss. */
static void
clean_text(char *text, size_t size)
{
	size_t len = strnlen(text, size - 1);

	text[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			text[i] = '?';
}

/* Ends a sentence, and leaves it on one line: it may have any character, but no controls. */
static void
clean_sentence(char *text, size_t size)
{
	size_t len = strnlen(text, size - 1);

	text[len] = '\0';
	if (!utf8_valid(text, len)) {
		clean_text(text, size);
		return;
	}
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
}

/* True when the entry is whole. Whoever shows itself may have written anything. */
static bool
read_slot(struct scoreboard_slot *slot, struct scoreboard_entry *entry)
{
	if (!shared_record_read(record_of(slot), entry, SCOREBOARD_ENTRY_WORDS) ||
	    entry->pid <= 0 || entry->pid > INT_MAX)
		return false;
	clean_text(entry->dialect, sizeof(entry->dialect));
	clean_text(entry->address, sizeof(entry->address));
	clean_text(entry->name, sizeof(entry->name));
	entry->program[sizeof(entry->program) - 1] = '\0';
	if (!utf8_printable(entry->program, strlen(entry->program)))
		clean_text(entry->program, sizeof(entry->program));
	clean_text(entry->ident, sizeof(entry->ident));
	clean_sentence(entry->away, sizeof(entry->away));
	clean_sentence(entry->fullname, sizeof(entry->fullname));
	return true;
}

/* 0: nobody holds the slot; -1: one does whom we cannot see, of another process namespace. */
static int64_t
find_holder(const struct scoreboard *scoreboard, unsigned int slot)
{
	struct flock lock = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = scoreboard_file_offset(slot),
		.l_len = 1 };

	if (owns_slot(scoreboard) && scoreboard->own == (int)slot)
		return scoreboard->pid; /* the kernel does not tell us of our own locks */
	if (fcntl(scoreboard->file.fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* Whether this very process holds the slot, and not one that has just taken it over. */
static bool
is_held_by(const struct scoreboard *scoreboard, unsigned int slot, int64_t pid)
{
	int64_t who = find_holder(scoreboard, slot);

	return who == pid || who < 0;
}

bool
scoreboard_get(struct scoreboard *scoreboard, unsigned int slot, struct scoreboard_entry *entry)
{
	if (slot >= scoreboard_slots(scoreboard) ||
	    slot_state(&scoreboard->file.slots[slot]) != SCOREBOARD_SLOT_USED)
		return false;
	return read_slot(&scoreboard->file.slots[slot], entry) &&
	    is_held_by(scoreboard, slot, entry->pid);
}

bool
scoreboard_last(struct scoreboard *scoreboard, unsigned int slot, int64_t pid,
    struct scoreboard_entry *entry)
{
	return slot < scoreboard_slots(scoreboard) &&
	    read_slot(&scoreboard->file.slots[slot], entry) && entry->pid == pid;
}

void
scoreboard_each(struct scoreboard *scoreboard,
    int (*visit)(void *arg, unsigned int slot, const struct scoreboard_entry *), void *arg)
{
	unsigned int slots = scoreboard_slots(scoreboard);
	struct scoreboard_entry entry;

	for (unsigned int slot = 0; slot < slots; slot++)
		if (scoreboard_get(scoreboard, slot, &entry) && visit(arg, slot, &entry) != 0)
			return;
}

void
scoreboard_list_fast(struct scoreboard *scoreboard,
    int (*visit)(void *arg, unsigned int slot, const struct scoreboard_entry *), void *arg)
{
	unsigned int slots = scoreboard_slots(scoreboard);
	struct scoreboard_entry entry;

	for (unsigned int slot = 0; slot < slots; slot++) {
		struct scoreboard_slot *at = &scoreboard->file.slots[slot];

		/* The kernel goes through all locks to find one; a process it finds at once. */
		if (slot_state(at) == SCOREBOARD_SLOT_USED && read_slot(at, &entry) &&
		    (kill((pid_t)entry.pid, 0) == 0 || errno == EPERM ||
		        is_held_by(scoreboard, slot, entry.pid)) &&
		    visit(arg, slot, &entry) != 0)
			return;
	}
}

static bool
is_asked_for(uint64_t shown, uint64_t user)
{
	return shown != 0 && (shown == user || user == SCOREBOARD_ANY_USER);
}

/* Whether a slot shows this user; what is read may be half of a change. */
static bool
may_show(struct scoreboard_slot *slot, uint64_t user)
{
	const size_t word = offsetof(struct scoreboard_entry, user) / sizeof(slot->words[0]);

	return slot_state(slot) == SCOREBOARD_SLOT_USED &&
	    is_asked_for(atomic_load_explicit(&slot->words[word], memory_order_relaxed), user);
}

unsigned int
scoreboard_signal(struct scoreboard *scoreboard, uint64_t user, int number, unsigned int *denied)
{
	unsigned int slots = scoreboard_slots(scoreboard), count = 0;
	struct scoreboard_entry entry;

	*denied = 0;
	for (unsigned int slot = 0; slot < slots; slot++) {
		struct scoreboard_slot *at = &scoreboard->file.slots[slot];

		/* The lock says that the number is still that of the process that wrote it. */
		if (!may_show(at, user) || !read_slot(at, &entry) ||
		    !is_asked_for(entry.user, user) || entry.pid == getpid() ||
		    find_holder(scoreboard, slot) != entry.pid)
			continue;
		if (kill((pid_t)entry.pid, number) == 0) {
			count++;
		} else if (errno == EPERM) {
			count++;
			(*denied)++;
		}
	}
	return count;
}

/* Marks a slot free unless someone has it: holding its lock, so that nobody takes it meanwhile. */
static void
clear_slot(struct scoreboard *scoreboard, unsigned int slot, int64_t pid)
{
	struct scoreboard_slot *at = &scoreboard->file.slots[slot];

	if (owns_slot(scoreboard) && scoreboard->own == (int)slot)
		return;
	if (scoreboard_file_lock(scoreboard->file.fd, F_SETLK, F_WRLCK,
	        scoreboard_file_offset(slot)) != 0)
		return;
	if (pid == 0 || (int64_t)atomic_load(&at->words[0]) == pid)
		atomic_store(&at->state, SCOREBOARD_SLOT_FREE);
	scoreboard_file_lock(scoreboard->file.fd, F_SETLK, F_UNLCK, scoreboard_file_offset(slot));
}

void
scoreboard_reap(struct scoreboard *scoreboard, int64_t pid)
{
	unsigned int slots = scoreboard_slots(scoreboard), first = first_slot(scoreboard, pid);
	unsigned int reach = atomic_load(&scoreboard->file.header->reach);

	for (unsigned int distance = 0; distance <= reach && distance < slots; distance++) {
		unsigned int slot = (first + distance) % slots;
		struct scoreboard_slot *at = &scoreboard->file.slots[slot];

		if (slot_state(at) != SCOREBOARD_SLOT_USED ||
		    (int64_t)atomic_load(&at->words[0]) != pid)
			continue;
		clear_slot(scoreboard, slot, pid);
		return;
	}
}

void
scoreboard_reap_all(struct scoreboard *scoreboard)
{
	unsigned int slots = scoreboard_slots(scoreboard);

	for (unsigned int slot = 0; slot < slots; slot++)
		if (slot_state(&scoreboard->file.slots[slot]) == SCOREBOARD_SLOT_USED)
			clear_slot(scoreboard, slot, 0);
}

void
scoreboard_hide_from_children(struct scoreboard *scoreboard)
{
	scoreboard_file_hide_from_children(&scoreboard->file);
}
