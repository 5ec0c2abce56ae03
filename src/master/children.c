/*
 * master_children: two hash tables over one array, by process and by address. It lies in memory
 * that no child has: a child could write to shared memory, and the master follows its pointers; of
 * private memory every child would come to hold its own old copies of the pages that the master
 * goes on to change.
 */
#include "master/children.h"

#include <sys/mman.h>

#include <bsd/sys/queue.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/fnv.h"

struct child {
	LIST_ENTRY(child) by_pid; /* of those of no use: the list of free ones */
	LIST_ENTRY(child) by_address;
	uint64_t connection;
	pid_t pid;
	unsigned char key[ADDRESS_KEY_SIZE];
};

LIST_HEAD(child_list, child);

struct master_children {
	size_t size; /* of the mapping */
	unsigned int capacity;
	unsigned int count;
	unsigned int fresh;   /* children[fresh...] were never used */
	unsigned int buckets; /* a power of two */
	struct child_list free;
	struct child_list *pids;
	struct child_list *addresses;
	struct child children[];
};

struct master_children *
master_children_new(unsigned int capacity)
{
	struct master_children *table;
	unsigned int buckets = 16;
	size_t lists, size;

	while (buckets < capacity)
		buckets *= 2;
	lists = sizeof(*table) + capacity * sizeof(struct child);
	size = lists + 2 * (size_t)buckets * sizeof(struct child_list);
	table = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (table == MAP_FAILED)
		return NULL;
	if (madvise(table, size, MADV_DONTFORK) != 0) {
		munmap(table, size);
		return NULL;
	}
	table->size = size;
	table->capacity = capacity;
	table->buckets = buckets;
	table->pids = (struct child_list *)(void *)((char *)table + lists);
	table->addresses = table->pids + buckets;
	return table;
}

void
master_children_free(struct master_children *table)
{
	if (table != NULL)
		munmap(table, table->size);
}

static struct child_list *
pid_list(const struct master_children *table, pid_t pid)
{
	return &table->pids[(unsigned int)pid & (table->buckets - 1)];
}

/* Addresses that are chosen to collide only make a list of their own longer. */
static struct child_list *
address_list(const struct master_children *table, const unsigned char *key)
{
	uint64_t hash = fnv_bytes(FNV_BEGIN, key, ADDRESS_KEY_SIZE);

	return &table->addresses[(hash ^ hash >> 32) & (table->buckets - 1)];
}

int
master_children_grow(struct master_children **table, unsigned int capacity)
{
	struct master_children *bigger;

	if (capacity <= (*table)->capacity)
		return 0;
	bigger = master_children_new(capacity);
	if (bigger == NULL)
		return -1;
	for (unsigned int i = 0; i < (*table)->buckets; i++) {
		const struct child *child;

		LIST_FOREACH (child, &(*table)->pids[i], by_pid)
			master_children_add(bigger, child->pid, child->connection, child->key);
	}
	master_children_free(*table);
	*table = bigger;
	return 0;
}

unsigned int
master_children_count(const struct master_children *table)
{
	return table->count;
}

unsigned int
master_children_from(const struct master_children *table, const unsigned char key[ADDRESS_KEY_SIZE],
    unsigned int limit)
{
	const struct child *child;
	unsigned int count = 0;

	LIST_FOREACH (child, address_list(table, key), by_address) {
		if (count == limit)
			break;
		if (memcmp(child->key, key, ADDRESS_KEY_SIZE) == 0)
			count++;
	}
	return count;
}

void
master_children_add(struct master_children *table, pid_t pid, uint64_t connection,
    const unsigned char key[ADDRESS_KEY_SIZE])
{
	struct child *child = LIST_FIRST(&table->free);

	if (child != NULL)
		LIST_REMOVE(child, by_pid);
	else
		child = &table->children[table->fresh++];
	child->pid = pid;
	child->connection = connection;
	memcpy(child->key, key, ADDRESS_KEY_SIZE);
	LIST_INSERT_HEAD(pid_list(table, pid), child, by_pid);
	LIST_INSERT_HEAD(address_list(table, key), child, by_address);
	table->count++;
}

bool
master_children_has(const struct master_children *table, pid_t pid)
{
	const struct child *child;

	LIST_FOREACH (child, pid_list(table, pid), by_pid)
		if (child->pid == pid)
			return true;
	return false;
}

uint64_t
master_children_remove(struct master_children *table, pid_t pid)
{
	struct child *child;

	LIST_FOREACH (child, pid_list(table, pid), by_pid) {
		if (child->pid != pid)
			continue;
		LIST_REMOVE(child, by_pid);
		LIST_REMOVE(child, by_address);
		LIST_INSERT_HEAD(&table->free, child, by_pid);
		table->count--;
		return child->connection;
	}
	return 0;
}

void
master_children_each(const struct master_children *table,
    void (*visit)(void *arg, pid_t pid, uint64_t connection,
        const unsigned char key[ADDRESS_KEY_SIZE]),
    void *arg)
{
	const struct child *child;

	for (unsigned int i = 0; i < table->buckets; i++)
		LIST_FOREACH (child, &table->pids[i], by_pid)
			visit(arg, child->pid, child->connection, child->key);
}

void
master_children_signal(const struct master_children *table, int number)
{
	const struct child *child;

	for (unsigned int i = 0; i < table->buckets; i++)
		LIST_FOREACH (child, &table->pids[i], by_pid)
			kill(child->pid, number);
}
