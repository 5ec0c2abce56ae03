/*
 * chat_sender: a list of names, and a hash table of their indices with linear probing. Names that
 * differ in case only have the same hash, and stand in the table in the order of the list.
 */
#include "chat/sender.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/fnv.h"
#include "base/vector.h"

#define SLOTS_LEAST 16

/* The slot at which a search for a name begins. */
static size_t
first_slot(const struct chat_senders *senders, const char *name)
{
	uint64_t hash = FNV_BEGIN;

	for (; *name != '\0'; name++)
		hash = fnv_byte(hash, (unsigned char)tolower((unsigned char)*name));
	return (size_t)(hash ^ hash >> 32) & (senders->n_slots - 1);
}

/* The index of the first name that compares equal; n: there is none. */
static size_t
find_name(const struct chat_senders *senders, const char *name,
    int (*compare)(const char *, const char *))
{
	size_t slot;

	if (senders->n == 0)
		return 0;
	for (slot = first_slot(senders, name); senders->slots[slot] != 0;
	     slot = (slot + 1) & (senders->n_slots - 1))
		if (compare(senders->names[senders->slots[slot] - 1], name) == 0)
			return senders->slots[slot] - 1;
	return senders->n;
}

size_t
chat_sender_find(const struct chat_senders *senders, const char *name)
{
	return find_name(senders, name, strcasecmp);
}

static void
enter_slot(struct chat_senders *senders, size_t index)
{
	size_t slot = first_slot(senders, senders->names[index]);

	while (senders->slots[slot] != 0)
		slot = (slot + 1) & (senders->n_slots - 1);
	senders->slots[slot] = (uint32_t)index + 1;
}

/* Makes room in the table for one more name than there is. 0 or -1. */
static int
grow_slots(struct chat_senders *senders)
{
	size_t n_slots = senders->n_slots == 0 ? SLOTS_LEAST : senders->n_slots * 2;
	uint32_t *slots;

	if (senders->n_slots > senders->n * 2)
		return 0;
	slots = calloc(n_slots, sizeof(*slots));
	if (slots == NULL)
		return -1;
	free(senders->slots);
	senders->slots = slots;
	senders->n_slots = n_slots;
	for (size_t i = 0; i < senders->n; i++)
		enter_slot(senders, i);
	return 0;
}

uint32_t
chat_sender_add(struct chat_senders *senders, const char *name)
{
	size_t found = find_name(senders, name, strcmp);
	char **added, *copy;

	if (found < senders->n)
		return (uint32_t)found;
	copy = strdup(name);
	added = copy == NULL || grow_slots(senders) != 0
	    ? NULL
	    : vector_add(&senders->names, &senders->n, sizeof(*added));
	if (added == NULL) {
		free(copy);
		return UINT32_MAX;
	}
	*added = copy;
	enter_slot(senders, senders->n - 1);
	return (uint32_t)senders->n - 1;
}

void
chat_sender_free(struct chat_senders *senders)
{
	for (size_t i = 0; i < senders->n; i++)
		free(senders->names[i]);
	free(senders->names);
	free(senders->slots);
	*senders = (struct chat_senders){ .n = 0 };
}
