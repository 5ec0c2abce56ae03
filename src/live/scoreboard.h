/*
 * board: who is connected: a mapped file of fixed slots, one per worker, each good while its
 * owner holds the lock on its byte. What it is used for is left to others.
 */
#ifndef KABAR_BOARD_H
#define KABAR_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOARD_ADDRESS_MAX 48
#define BOARD_NAME_MAX    72
#define BOARD_DIALECT_MAX 16
#define BOARD_SLOTS_MAX   65536

struct board;

/* Its layout is also that of the file. */
struct board_entry {
	int64_t pid;         /* filled in by board_show */
	uint64_t connection; /* its number, as in the log */
	uint64_t user;       /* 0: connected but not logged in */
	int64_t since_ms;    /* login, or connection before that; since 1970 */
	char dialect[BOARD_DIALECT_MAX];
	char address[BOARD_ADDRESS_MAX];
	uint64_t room;             /* the group in whose room this connection is; 0: in none */
	char name[BOARD_NAME_MAX]; /* the user's; so that lists need not look everybody up */
};

/*
 * Maps the board of a state directory, made if missing, with room for this many workers
 * (an existing one that is bigger stays; one of another version is replaced). NULL with
 * errno set. While a process holds a slot it must not open the board a second time: closing
 * either would give up the slot.
 */
struct board *board_open(const char *state, unsigned int slots);
/* Gives up the own slot too. A child of fork() closes only its own copy. */
void board_close(struct board *);

/*
 * Takes a free slot for this process, near where its pid points. The slot, or -1 when all are
 * taken. It is given up by board_leave, or by the end of the process however it comes. One slot
 * a process; a child of fork() takes its own.
 */
int board_enter(struct board *);
void board_leave(struct board *);
/* The own slot, -1: none. */
int board_slot(const struct board *);
/* Says what is to be seen in the own slot. */
void board_show(struct board *, const struct board_entry *);

/* Copies a slot. False when nobody holds it. */
bool board_get(struct board *, unsigned int slot, struct board_entry *);
unsigned int board_slots(const struct board *);
/* Each slot that is held, until visit returns non-zero. */
void board_each(struct board *,
    int (*visit)(void *arg, unsigned int slot, const struct board_entry *), void *arg);
/*
 * The same for lists that are made often: asks for less. Who was killed is seen as long as there
 * is a process with the same number, or until buried.
 */
void board_glance(struct board *,
    int (*visit)(void *arg, unsigned int slot, const struct board_entry *), void *arg);
/*
 * Sends a signal to each process that shows this user, but for our own. How many there were. A
 * process has to expect it from board_enter() on.
 */
unsigned int board_signal(struct board *, uint64_t user, int number);
/* Clears the slot of a worker that has ended, if it had one, so that others need not ask. */
void board_bury(struct board *, int64_t pid);
/* Clears whatever those left who ended when there was no one to bury them. */
void board_sweep(struct board *);

#endif
