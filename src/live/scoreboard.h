/*
 * board: who is connected: a mapped file of fixed slots, one per worker, each good while its
 * owner holds the lock on its byte. What it is used for is left to others.
 */
#ifndef KABAR_SCOREBOARD_H
#define KABAR_SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCOREBOARD_ADDRESS_MAX 48
#define SCOREBOARD_NAME_MAX    72
#define SCOREBOARD_DIALECT_MAX 16
#define SCOREBOARD_SLOTS_MAX   65536

struct scoreboard;

/* Its layout is also that of the file. */
struct scoreboard_entry {
	int64_t pid;         /* filled in by scoreboard_show */
	uint64_t connection; /* its number, as in the log */
	uint64_t user;       /* 0: connected but not logged in */
	int64_t since_ms;    /* login, or connection before that; since 1970 */
	char dialect[SCOREBOARD_DIALECT_MAX];
	char address[SCOREBOARD_ADDRESS_MAX];
	uint64_t room;                  /* the group in whose room this connection is; 0: in none */
	char name[SCOREBOARD_NAME_MAX]; /* the user's; so that lists need not look everybody up */
};

/*
 * Maps the board of a state directory, made if missing, with room for this many workers
 * (an existing one that is bigger stays; one of another version is replaced). NULL with
 * errno set. While a process holds a slot it must not open the board a second time: closing
 * either would give up the slot.
 */
struct scoreboard *scoreboard_open(const char *state, unsigned int slots);
/* Gives up the own slot too. A child of fork() closes only its own copy. */
void scoreboard_close(struct scoreboard *);

/*
 * Takes a free slot for this process, near where its pid points. The slot, or -1 when all are
 * taken. It is given up by scoreboard_leave, or by the end of the process however it comes. One
 * slot a process; a child of fork() takes its own.
 */
int scoreboard_enter(struct scoreboard *);
void scoreboard_leave(struct scoreboard *);
/* The own slot, -1: none. */
int scoreboard_slot(const struct scoreboard *);
/* Says what is to be seen in the own slot. */
void scoreboard_show(struct scoreboard *, const struct scoreboard_entry *);

/* Copies a slot. False when nobody holds it. */
bool scoreboard_get(struct scoreboard *, unsigned int slot, struct scoreboard_entry *);
unsigned int scoreboard_slots(const struct scoreboard *);
/* Each slot that is held, until visit returns non-zero. */
void scoreboard_each(struct scoreboard *,
    int (*visit)(void *arg, unsigned int slot, const struct scoreboard_entry *), void *arg);
/*
 * The same for lists that are made often: asks for less. Who was killed is seen as long as there
 * is a process with the same number, or until buried.
 */
void scoreboard_list_fast(struct scoreboard *,
    int (*visit)(void *arg, unsigned int slot, const struct scoreboard_entry *), void *arg);
/*
 * Sends a signal to each process that shows this user, but for our own. How many there were. A
 * process has to expect it from scoreboard_enter() on.
 */
unsigned int scoreboard_signal(struct scoreboard *, uint64_t user, int number);
/* Clears the slot of a worker that has ended, if it had one, so that others need not ask. */
void scoreboard_reap(struct scoreboard *, int64_t pid);
/* Clears whatever those left who ended when there was no one to bury them. */
void scoreboard_reap_all(struct scoreboard *);

#endif
