/*
 * chat_sender: the names of an inbox's senders, each once, found by a hash.
 */
#ifndef KABAR_CHAT_SENDER_H
#define KABAR_CHAT_SENDER_H

#include <stddef.h>
#include <stdint.h>

/* All zero: none. */
struct chat_senders {
	char **names; /* in the order in which they were added; spellings of a name are several */
	size_t n;
	uint32_t *slots; /* of the hash table: an index of names and 1; 0: empty */
	size_t n_slots;  /* a power of two, at least twice n */
};

/* The index of a name, which is added if it is not there. UINT32_MAX: no memory. */
uint32_t chat_sender_add(struct chat_senders *, const char *name);
/* The index of the first name that differs in case only; n: there is none. */
size_t chat_sender_find(const struct chat_senders *, const char *name);
void chat_sender_free(struct chat_senders *);

#endif
