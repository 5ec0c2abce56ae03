/*
 * master_admit: the connections that have not logged in stand in a list by age and in lists by
 * address. A worker's byte is looked at only when there is no room: a client that has logged in
 * then leaves the lists.
 */
#include "master/admit.h"

#include <sys/mman.h>

#include <bsd/sys/queue.h>
#include <signal.h>
#include <string.h>

#include "base/fnv.h"
#include "master/rate.h"

#define BUCKETS      1024
#define FORKS_SECOND 200 /* workers started for others than this machine */
#define FORKS_BURST  800
#define BURST_S      8    /* seconds of its rate that an address may use at once */
#define RUSH_COST    100  /* so many connections one counts for while forks run short */
#define GRACE_MS     5000 /* the time in which a client that means well has logged in */

struct unknown {
	TAILQ_ENTRY(unknown) by_age; /* of those of no use: the list of free ones */
	LIST_ENTRY(unknown) by_address;
	pid_t pid; /* 0: not started yet */
	int64_t since_ms;
	unsigned char key[ADDRESS_KEY_SIZE];
};

TAILQ_HEAD(unknown_queue, unknown);
LIST_HEAD(unknown_list, unknown);

struct master_admit {
	struct master_rate_all all;
	struct master_rate rates;
	struct unknown_queue queue; /* the oldest first */
	struct unknown_queue free;
	struct unknown_list addresses[BUCKETS];
	int count;
	struct unknown *begun;
	int fresh;           /* unknowns[fresh...] were never used */
	atomic_uchar *known; /* of each, in memory that workers share */
	struct unknown unknowns[MASTER_ADMIT_MAX];
};

struct master_admit *
master_admit_new(void)
{
	struct master_admit *admit =
	    mmap(NULL, sizeof(*admit), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (admit == MAP_FAILED)
		return NULL;
	admit->known =
	    mmap(NULL, MASTER_ADMIT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (admit->known == MAP_FAILED || madvise(admit, sizeof(*admit), MADV_DONTFORK) != 0) {
		munmap(admit, sizeof(*admit));
		return NULL;
	}
	TAILQ_INIT(&admit->queue);
	TAILQ_INIT(&admit->free);
	return admit;
}

void
master_admit_free(struct master_admit *admit)
{
	if (admit == NULL)
		return;
	munmap(admit->known, MASTER_ADMIT_MAX);
	munmap(admit, sizeof(*admit));
}

static struct unknown_list *
address_list(struct master_admit *admit, const unsigned char *key)
{
	uint64_t hash = fnv_bytes(FNV_BEGIN, key, ADDRESS_KEY_SIZE);

	return &admit->addresses[(hash ^ hash >> 32) % BUCKETS];
}

static int
count_of(struct master_admit *admit, const unsigned char *key)
{
	const struct unknown *unknown;
	int count = 0;

	LIST_FOREACH (unknown, address_list(admit, key), by_address)
		count += memcmp(unknown->key, key, ADDRESS_KEY_SIZE) == 0;
	return count;
}

static void
forget_unknown(struct master_admit *admit, struct unknown *unknown)
{
	TAILQ_REMOVE(&admit->queue, unknown, by_age);
	LIST_REMOVE(unknown, by_address);
	TAILQ_INSERT_HEAD(&admit->free, unknown, by_age);
	admit->count--;
}

/* Forgets those who have logged in since. */
static void
forget_known(struct master_admit *admit)
{
	struct unknown *unknown, *next;

	TAILQ_FOREACH_SAFE (unknown, &admit->queue, by_age, next)
		if (atomic_load(&admit->known[unknown - admit->unknowns]) != 0)
			forget_unknown(admit, unknown);
}

/* The oldest of the address that has most; with as many, the one that is older. */
static struct unknown *
find_greediest(struct master_admit *admit, int *most)
{
	struct unknown *unknown, *greediest = NULL;

	*most = 0;
	TAILQ_FOREACH (unknown, &admit->queue, by_age) {
		int count = count_of(admit, unknown->key);

		if (unknown->pid == 0 || count <= *most)
			continue;
		*most = count;
		greediest = unknown;
	}
	return greediest;
}

/*
 * Ends a connection for one from this address. The pid of its worker; 0: none makes way, since no
 * address has clearly more, and all may be about to log in.
 */
static pid_t
make_room(struct master_admit *admit, const unsigned char *key, int64_t now)
{
	int most, own = count_of(admit, key);
	struct unknown *greediest = find_greediest(admit, &most);
	pid_t pid;

	if (greediest == NULL || (most <= own + 1 && now - greediest->since_ms < GRACE_MS))
		return 0;
	pid = greediest->pid;
	forget_unknown(admit, greediest);
	kill(pid, SIGTERM);
	return pid;
}

int64_t
master_admit_pause_ms(struct master_admit *admit, int64_t now)
{
	return master_rate_all_wait_ms(&admit->all, FORKS_SECOND, FORKS_BURST, now);
}

bool
master_admit(struct master_admit *admit, const struct master_admit_limits *limits,
    const unsigned char key[ADDRESS_KEY_SIZE], int64_t now, enum limits_kind *limit, pid_t *ended)
{
	bool rush = master_rate_all_left(&admit->all) < FORKS_BURST / 2;
	int burst = limits->rate * BURST_S, cost = rush ? RUSH_COST : 1;

	*ended = 0;
	*limit = LIMITS_CONNECT_RATE;
	/* Where the rate is low: a few connections have to remain, also amid a rush. */
	if (cost > 1 && cost > burst / 4)
		cost = burst / 4 > 0 ? burst / 4 : 1;
	if (limits->rate > 0 &&
	    !master_rate_take(&admit->rates, key, limits->rate, burst, cost, now))
		return false;
	*limit = LIMITS_UNKNOWN;
	if (admit->count >= limits->unknown)
		forget_known(admit);
	if (admit->count < limits->unknown)
		return true;
	*ended = make_room(admit, key, now);
	return *ended != 0;
}

atomic_uchar *
master_admit_begin(struct master_admit *admit, const unsigned char key[ADDRESS_KEY_SIZE],
    int64_t now)
{
	struct unknown *unknown = TAILQ_FIRST(&admit->free);
	atomic_uchar *known;

	master_rate_all_take(&admit->all);
	if (unknown != NULL)
		TAILQ_REMOVE(&admit->free, unknown, by_age);
	else if (admit->fresh < MASTER_ADMIT_MAX)
		unknown = &admit->unknowns[admit->fresh++];
	else
		return NULL;
	unknown->pid = 0;
	unknown->since_ms = now;
	memcpy(unknown->key, key, ADDRESS_KEY_SIZE);
	TAILQ_INSERT_TAIL(&admit->queue, unknown, by_age);
	LIST_INSERT_HEAD(address_list(admit, key), unknown, by_address);
	admit->count++;
	admit->begun = unknown;
	known = &admit->known[unknown - admit->unknowns];
	atomic_store(known, 0);
	return known;
}

void
master_admit_started(struct master_admit *admit, pid_t pid)
{
	if (admit->begun == NULL)
		return;
	admit->begun->pid = pid;
	if (pid < 0)
		forget_unknown(admit, admit->begun);
	admit->begun = NULL;
}

void
master_admit_ended(struct master_admit *admit, pid_t pid)
{
	struct unknown *unknown;

	TAILQ_FOREACH (unknown, &admit->queue, by_age)
		if (unknown->pid == pid) {
			forget_unknown(admit, unknown);
			return;
		}
}
