/*
 * scoreboard: the processes that serve clients, in a mapped file of fixed slots, one for each. A
 * slot is valid while its owner holds the lock on its byte. What the entries are used for is left
 * to others.
 */
#ifndef KABAR_SCOREBOARD_H
#define KABAR_SCOREBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/scoreboard_entry.h"

struct scoreboard;

/*
 * Maps the scoreboard of a state directory, made if missing, with room for this many workers
 * (an existing one that is bigger stays; one of another version is replaced). NULL with
 * errno set. While a process holds a slot it must not open the scoreboard a second time: closing
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
/*
 * Copies what a slot shows of this process, or showed when the process gave it up. False: it is
 * another's by now. Neither the process nor the lock is asked for.
 */
bool scoreboard_last(struct scoreboard *, unsigned int slot, int64_t pid,
    struct scoreboard_entry *);
unsigned int scoreboard_slots(struct scoreboard *);
/* Each slot that is held, until visit returns non-zero. */
void scoreboard_each(struct scoreboard *,
    int (*visit)(void *arg, unsigned int slot, const struct scoreboard_entry *), void *arg);
/*
 * The same for lists that are made often: asks the kernel for less. A process that was killed is
 * shown as long as another one has its number, or until its slot is reaped.
 */
void scoreboard_list_fast(struct scoreboard *,
    int (*visit)(void *arg, unsigned int slot, const struct scoreboard_entry *), void *arg);
#define SCOREBOARD_ANY_USER UINT64_MAX
/*
 * Sends a signal to each process that shows this user, or any at all, but for our own. How many
 * there were; *denied counts those among them that this process may not signal. A process has to
 * expect it from scoreboard_enter() on.
 */
unsigned int scoreboard_signal(struct scoreboard *, uint64_t user, int number,
    unsigned int *denied);
/* Clears the slot of a process that has ended, if it had one, so that others need not ask. */
void scoreboard_reap(struct scoreboard *, int64_t pid);
/* Clears all slots whose owners ended while no master reaped them. */
void scoreboard_reap_all(struct scoreboard *);
/* The children that this process forks do not inherit the mapping. */
void scoreboard_hide_from_children(struct scoreboard *);

#endif
