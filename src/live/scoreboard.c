/*
 * board: who is connected. A slot is written by its owner alone, who holds a lock on its
 * first byte, and read by anyone: a sequence counter tells a reader that it saw half of a
 * change. What the entries are used for is left to others, the file itself to board_file.
 */
#include "live/scoreboard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/scoreboard_file.h"

#define BOARD_NAME "board"
#define READ_TRIES 1000
#define SPIN_TRIES 50          /* then the writer was interrupted: let it run */
#define FIBONACCI  2654435769U /* 2^32 / golden ratio: spreads what follows one another */

struct board {
	struct board_file file;
	int own;   /* -1: none */
	pid_t pid; /* whose own it is: not that of a child of fork() */
};

struct board *
board_open(const char *state, unsigned int slots)
{
	char path[PATH_MAX];
	struct board *board;

	if (snprintf(path, sizeof(path), "%s/" BOARD_NAME, state) >= (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	board = calloc(1, sizeof(*board));
	if (board == NULL)
		return NULL;
	board->own = -1;
	if (board_file_open(&board->file, path, slots) == 0)
		return board;
	int saved = errno;
	free(board);
	errno = saved;
	return NULL;
}

static bool
owns(const struct board *board)
{
	return board->own >= 0 && board->pid == getpid();
}

void
board_close(struct board *board)
{
	if (board == NULL)
		return;
	board_leave(board);
	board_file_close(&board->file);
	free(board);
}

unsigned int
board_slots(const struct board *board)
{
	return atomic_load_explicit(&board->file.header->slots, memory_order_acquire);
}

int
board_slot(const struct board *board)
{
	return board->own;
}

/* The slot at which the search for a process begins. */
static unsigned int
home(const struct board *board, int64_t pid)
{
	uint32_t spread = (uint32_t)pid * FIBONACCI;

	return (unsigned int)(((uint64_t)spread * board_slots(board)) >> 32);
}

static uint32_t
slot_state(const struct board_slot *slot)
{
	return atomic_load_explicit(&slot->state, memory_order_acquire);
}

/* A slot that says `state` and can be locked, from home on; -1: there is none. */
static int
take(struct board *board, uint32_t state)
{
	unsigned int slots = board_slots(board), first = home(board, getpid());

	for (unsigned int distance = 0; distance < slots; distance++) {
		unsigned int slot = (first + distance) % slots;
		uint32_t reach;

		if (slot_state(&board->file.slots[slot]) != state ||
		    board_file_lock(board->file.fd, F_SETLK, F_WRLCK, board_file_offset(slot)) != 0)
			continue;
		reach = atomic_load(&board->file.header->reach);
		while (distance > reach &&
		    !atomic_compare_exchange_weak(&board->file.header->reach, &reach, distance))
			;
		return (int)slot;
	}
	return -1;
}

int
board_enter(struct board *board)
{
	int slot;

	if (owns(board))
		return board->own;
	slot = take(board, BOARD_SLOT_FREE);
	/* Those whose owners died unburied come last: asking the kernel for each is slower. */
	if (slot < 0)
		slot = take(board, BOARD_SLOT_USED);
	if (slot < 0)
		return -1;
	board->own = slot;
	board->pid = getpid();
	board_show(board, &(struct board_entry){ .pid = 0 });
	return slot;
}

void
board_leave(struct board *board)
{
	if (!owns(board))
		return;
	atomic_store(&board->file.slots[board->own].state, BOARD_SLOT_FREE);
	board_file_lock(board->file.fd, F_SETLK, F_UNLCK,
	    board_file_offset((unsigned int)board->own));
	board->own = -1;
}

void
board_show(struct board *board, const struct board_entry *entry)
{
	struct board_entry copy = *entry;
	uint64_t words[BOARD_ENTRY_WORDS];
	struct board_slot *slot;
	uint32_t sequence;

	if (!owns(board))
		return;
	copy.pid = board->pid;
	memcpy(words, &copy, sizeof(words));
	slot = &board->file.slots[board->own];
	/* It is odd already if the owner before was killed in the middle. */
	sequence = atomic_load(&slot->sequence) | 1;
	atomic_store_explicit(&slot->sequence, sequence, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < BOARD_ENTRY_WORDS; i++)
		atomic_store_explicit(&slot->words[i], words[i], memory_order_relaxed);
	atomic_store_explicit(&slot->sequence, sequence + 1, memory_order_release);
	atomic_store_explicit(&slot->state, BOARD_SLOT_USED, memory_order_release);
}

/* True when the entry is whole. */
static bool
read_slot(struct board_slot *slot, struct board_entry *entry)
{
	uint64_t words[BOARD_ENTRY_WORDS];

	for (int tries = 0; tries < READ_TRIES; tries++) {
		uint32_t before = atomic_load_explicit(&slot->sequence, memory_order_acquire);

		for (size_t i = 0; i < BOARD_ENTRY_WORDS; i++)
			words[i] = atomic_load_explicit(&slot->words[i], memory_order_relaxed);
		atomic_thread_fence(memory_order_acquire);
		if ((before & 1) == 0 &&
		    atomic_load_explicit(&slot->sequence, memory_order_relaxed) == before) {
			memcpy(entry, words, sizeof(*entry));
			entry->dialect[sizeof(entry->dialect) - 1] = '\0';
			entry->address[sizeof(entry->address) - 1] = '\0';
			entry->name[sizeof(entry->name) - 1] = '\0';
			return true;
		}
		if (tries >= SPIN_TRIES)
			sched_yield();
	}
	return false;
}

/* 0: nobody holds the slot; -1: one does whom we cannot see, of another process namespace. */
static int64_t
holder(const struct board *board, unsigned int slot)
{
	struct flock lock = { .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = board_file_offset(slot),
		.l_len = 1 };

	if (owns(board) && board->own == (int)slot)
		return board->pid; /* the kernel does not tell us of our own locks */
	if (fcntl(board->file.fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

/* Whether this very process holds the slot, and not one that has just taken it over. */
static bool
held(const struct board *board, unsigned int slot, int64_t pid)
{
	int64_t who = holder(board, slot);

	return who == pid || who < 0;
}

bool
board_get(struct board *board, unsigned int slot, struct board_entry *entry)
{
	if (slot >= board_slots(board) || slot_state(&board->file.slots[slot]) != BOARD_SLOT_USED)
		return false;
	return read_slot(&board->file.slots[slot], entry) && held(board, slot, entry->pid);
}

void
board_each(struct board *board,
    int (*visit)(void *arg, unsigned int slot, const struct board_entry *), void *arg)
{
	unsigned int slots = board_slots(board);
	struct board_entry entry;

	for (unsigned int slot = 0; slot < slots; slot++)
		if (board_get(board, slot, &entry) && visit(arg, slot, &entry) != 0)
			return;
}

void
board_glance(struct board *board,
    int (*visit)(void *arg, unsigned int slot, const struct board_entry *), void *arg)
{
	unsigned int slots = board_slots(board);
	struct board_entry entry;

	for (unsigned int slot = 0; slot < slots; slot++) {
		struct board_slot *at = &board->file.slots[slot];

		/* The kernel goes through all locks to find one; a process it finds at once. */
		if (slot_state(at) == BOARD_SLOT_USED && read_slot(at, &entry) &&
		    (kill((pid_t)entry.pid, 0) == 0 || errno == EPERM ||
		        held(board, slot, entry.pid)) &&
		    visit(arg, slot, &entry) != 0)
			return;
	}
}

/* Whether a slot shows this user; what is read may be half of a change. */
static bool
may_show(struct board_slot *slot, uint64_t user)
{
	const size_t word = offsetof(struct board_entry, user) / sizeof(slot->words[0]);

	return slot_state(slot) == BOARD_SLOT_USED &&
	    atomic_load_explicit(&slot->words[word], memory_order_relaxed) == user;
}

unsigned int
board_signal(struct board *board, uint64_t user, int number)
{
	unsigned int slots = board_slots(board), count = 0;
	struct board_entry entry;

	for (unsigned int slot = 0; slot < slots; slot++) {
		struct board_slot *at = &board->file.slots[slot];

		/* The lock says that the number is still that of the process that wrote it. */
		if (may_show(at, user) && read_slot(at, &entry) && entry.user == user &&
		    entry.pid != getpid() && holder(board, slot) == entry.pid &&
		    kill((pid_t)entry.pid, number) == 0)
			count++;
	}
	return count;
}

/* Marks a slot free unless someone has it: holding its lock, so that nobody takes it meanwhile. */
static void
clear(struct board *board, unsigned int slot, int64_t pid)
{
	struct board_slot *at = &board->file.slots[slot];

	if (owns(board) && board->own == (int)slot)
		return;
	if (board_file_lock(board->file.fd, F_SETLK, F_WRLCK, board_file_offset(slot)) != 0)
		return;
	if (pid == 0 || (int64_t)atomic_load(&at->words[0]) == pid)
		atomic_store(&at->state, BOARD_SLOT_FREE);
	board_file_lock(board->file.fd, F_SETLK, F_UNLCK, board_file_offset(slot));
}

void
board_bury(struct board *board, int64_t pid)
{
	unsigned int slots = board_slots(board), first = home(board, pid);
	unsigned int reach = atomic_load(&board->file.header->reach);

	for (unsigned int distance = 0; distance <= reach && distance < slots; distance++) {
		unsigned int slot = (first + distance) % slots;
		struct board_slot *at = &board->file.slots[slot];

		if (slot_state(at) != BOARD_SLOT_USED || (int64_t)atomic_load(&at->words[0]) != pid)
			continue;
		clear(board, slot, pid);
		return;
	}
}

void
board_sweep(struct board *board)
{
	unsigned int slots = board_slots(board);

	for (unsigned int slot = 0; slot < slots; slot++)
		if (slot_state(&board->file.slots[slot]) == BOARD_SLOT_USED)
			clear(board, slot, 0);
}
