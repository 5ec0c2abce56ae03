/* auth_queue: lists in an array that never grows. */
#include "auth/queue.h"

#include <string.h>

void
auth_queue_init(struct auth_queue *queue)
{
	memset(queue, 0, sizeof(*queue));
	for (size_t i = 0; i + 1 < AUTH_QUEUE_MAX; i++) {
		queue->entries[i].next = &queue->entries[i + 1];
		queue->addresses[i].next = &queue->addresses[i + 1];
	}
	queue->free_entries = queue->entries;
	queue->free_addresses = queue->addresses;
}

static struct auth_queue_address *
find_address(const struct auth_queue *queue, const unsigned char key[ADDRESS_KEY_SIZE])
{
	for (struct auth_queue_address *a = queue->first; a != NULL; a = a->next)
		if (memcmp(a->key, key, sizeof(a->key)) == 0)
			return a;
	return NULL;
}

static void
append_address(struct auth_queue *queue, struct auth_queue_address *address)
{
	address->next = NULL;
	if (queue->last != NULL)
		queue->last->next = address;
	else
		queue->first = address;
	queue->last = address;
}

/* Behind all that wait already: there is room, because there is room for its entry. */
static struct auth_queue_address *
new_address(struct auth_queue *queue, const unsigned char key[ADDRESS_KEY_SIZE], bool near)
{
	struct auth_queue_address *address = queue->free_addresses;

	queue->free_addresses = address->next;
	*address = (struct auth_queue_address){ .near = near };
	memcpy(address->key, key, sizeof(address->key));
	append_address(queue, address);
	return address;
}

bool
auth_queue_add(struct auth_queue *queue, const unsigned char key[ADDRESS_KEY_SIZE], bool near,
    bool guesses, void *item)
{
	struct auth_queue_address *address = find_address(queue, key);
	struct auth_queue_entry *entry = queue->free_entries;

	if (entry == NULL || (near && queue->n_near >= AUTH_QUEUE_NEAR) ||
	    (!near && address != NULL && address->n >= AUTH_QUEUE_EACH))
		return false;
	if (address == NULL)
		address = new_address(queue, key, near);
	address->guesses = guesses;
	queue->free_entries = entry->next;
	*entry = (struct auth_queue_entry){ .item = item };
	if (address->first == NULL)
		address->first = entry;
	else
		address->last->next = entry;
	address->last = entry;
	address->n++;
	queue->n++;
	queue->n_near += address->near;
	return true;
}

/* Takes the entry behind `before` (NULL: the first) from its address. */
static void *
drop_entry(struct auth_queue *queue, struct auth_queue_address *address,
    struct auth_queue_entry *before)
{
	struct auth_queue_entry *entry = before == NULL ? address->first : before->next;
	void *item = entry->item;

	if (before == NULL)
		address->first = entry->next;
	else
		before->next = entry->next;
	if (address->last == entry)
		address->last = before;
	address->n--;
	queue->n--;
	queue->n_near -= address->near;
	*entry = (struct auth_queue_entry){ .next = queue->free_entries };
	queue->free_entries = entry;
	return item;
}

static void
remove_address(struct auth_queue *queue, struct auth_queue_address *address)
{
	struct auth_queue_address *before = NULL;

	for (struct auth_queue_address *a = queue->first; a != address; a = a->next)
		before = a;
	if (before == NULL)
		queue->first = address->next;
	else
		before->next = address->next;
	if (queue->last == address)
		queue->last = before;
}

static void
free_address(struct auth_queue *queue, struct auth_queue_address *address)
{
	address->next = queue->free_addresses;
	queue->free_addresses = address;
}

/* The one whose turn it is; the other kind has it where none of its kind waits. */
static struct auth_queue_address *
choose_address(struct auth_queue *queue)
{
	bool guesses = ++queue->turns % AUTH_QUEUE_TURN == 0;

	for (struct auth_queue_address *a = queue->first; a != NULL; a = a->next)
		if (a->guesses == guesses)
			return a;
	return queue->first;
}

void *
auth_queue_take(struct auth_queue *queue)
{
	struct auth_queue_address *address = choose_address(queue);
	void *item;

	if (address == NULL)
		return NULL;
	item = drop_entry(queue, address, NULL);
	remove_address(queue, address);
	if (address->n > 0)
		append_address(queue, address);
	else
		free_address(queue, address);
	return item;
}

bool
auth_queue_remove(struct auth_queue *queue, const unsigned char key[ADDRESS_KEY_SIZE],
    const void *item)
{
	struct auth_queue_address *address = find_address(queue, key);
	struct auth_queue_entry *before = NULL;

	if (address == NULL)
		return false;
	for (struct auth_queue_entry *e = address->first; e != NULL; before = e, e = e->next) {
		if (e->item != item)
			continue;
		drop_entry(queue, address, before);
		if (address->n == 0) {
			remove_address(queue, address);
			free_address(queue, address);
		}
		return true;
	}
	return false;
}
