/* master_children: the workers, and how many of them serve one address. */
#ifndef KABAR_MASTER_CHILDREN_H
#define KABAR_MASTER_CHILDREN_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "net/address.h"

struct master_children;

/* Room for that many. NULL with errno. */
struct master_children *master_children_new(unsigned int capacity);
void master_children_free(struct master_children *);
/* Never less room than there was. 0, or -1 with errno and all as before. */
int master_children_grow(struct master_children **, unsigned int capacity);

unsigned int master_children_count(const struct master_children *);
/* Those from one address, but counted only up to limit. */
unsigned int master_children_from(const struct master_children *,
    const unsigned char key[ADDRESS_KEY_SIZE], unsigned int limit);
/* There must be room. */
void master_children_add(struct master_children *, pid_t, uint64_t connection,
    const unsigned char key[ADDRESS_KEY_SIZE]);
/* Whether this process is one of them. */
bool master_children_has(const struct master_children *, pid_t);
/* The number of its connection, 0 when it was not one of ours. */
uint64_t master_children_remove(struct master_children *, pid_t);
void master_children_each(const struct master_children *,
    void (*visit)(void *arg, pid_t, uint64_t connection, const unsigned char key[ADDRESS_KEY_SIZE]),
    void *arg);
void master_children_signal(const struct master_children *, int number);

#endif
