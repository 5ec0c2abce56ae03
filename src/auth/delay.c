/* auth_delay: a table in which a key has a few places; the one changed longest ago makes way. */
#include "auth/delay.h"

#include <bsd/stdlib.h>
#include <sha2.h>
#include <string.h>

#include "base/name.h"
#include "base/pack.h"

#define STEP_MS      1000 /* the first wait of an address, doubled with each failure */
#define ACCOUNT_STEP 50   /* ms by which the wait for an account grows with each failure */
#define MOST_DOUBLED 20

void
auth_delay_init(struct auth_delay *delay)
{
	memset(delay, 0, sizeof(*delay));
	arc4random_buf(delay->secret, sizeof(delay->secret));
}

/* Never 0. */
static uint64_t
make_key(const struct auth_delay *delay, char kind, const char *name, size_t len,
    const unsigned char *address)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	SHA2_CTX sha;
	uint64_t key;

	SHA256Init(&sha);
	SHA256Update(&sha, delay->secret, sizeof(delay->secret));
	SHA256Update(&sha, (const unsigned char *)&kind, 1);
	if (address != NULL)
		SHA256Update(&sha, address, ADDRESS_KEY_SIZE);
	SHA256Update(&sha, (const unsigned char *)name, len);
	SHA256Final(digest, &sha);
	key = pack_get_u64(digest);
	return key == 0 ? 1 : key;
}

void
auth_delay_name(const struct auth_delay *delay, struct auth_delay_try *try, const char *name,
    const unsigned char key[ADDRESS_KEY_SIZE], bool near)
{
	char folded[NAME_MAX_BYTES] = "";
	size_t len = name_valid(name, strlen(name)) ? name_fold(name, strlen(name), folded) : 0;

	*try = (struct auth_delay_try){ .near = near };
	try->pair = make_key(delay, 'p', folded, len, key);
	try->account = make_key(delay, 'a', folded, len, NULL);
	try->address = make_key(delay, 'f', "", 0, key);
}

void
auth_delay_code(const struct auth_delay *delay, struct auth_delay_try *try,
    const unsigned char key[ADDRESS_KEY_SIZE], bool near)
{
	*try = (struct auth_delay_try){ .near = near };
	try->pair = make_key(delay, 'i', "", 0, key);
	try->account = make_key(delay, 'c', "", 0, NULL);
	try->address = make_key(delay, 'f', "", 0, key);
}

/* The slot of a key; NULL: it has none. */
static struct auth_delay_slot *
find_slot(struct auth_delay *delay, uint64_t key)
{
	for (size_t i = 0; i < AUTH_DELAY_WAYS; i++) {
		struct auth_delay_slot *slot = &delay->slots[(key + i) % AUTH_DELAY_SLOTS];

		if (slot->key == key)
			return slot;
	}
	return NULL;
}

/* Addresses that proved the password once are the last to make way. */
static bool
is_staler(const struct auth_delay_slot *a, const struct auth_delay_slot *b)
{
	if (a->key == 0 || b->key == 0)
		return b->key != 0;
	return a->good != b->good ? b->good : a->ms < b->ms;
}

static struct auth_delay_slot *
make_slot(struct auth_delay *delay, uint64_t key, int64_t now_ms)
{
	struct auth_delay_slot *slot = find_slot(delay, key), *stalest = NULL;

	if (slot != NULL)
		return slot;
	for (size_t i = 0; i < AUTH_DELAY_WAYS; i++) {
		slot = &delay->slots[(key + i) % AUTH_DELAY_SLOTS];
		if (stalest == NULL || is_staler(slot, stalest))
			stalest = slot;
	}
	*stalest = (struct auth_delay_slot){ .key = key, .ms = now_ms };
	return stalest;
}

/* Halves the count for the time that has passed. */
static void
age_slot(struct auth_delay_slot *slot, int64_t now_ms)
{
	int64_t halves = (now_ms - slot->ms) / AUTH_DELAY_HALVE_MS;

	if (halves <= 0)
		return;
	slot->count = halves < 32 ? slot->count >> halves : 0;
	slot->ms += halves * AUTH_DELAY_HALVE_MS;
}

/* The wait that a count asks for, from the last change on. */
static int64_t
wait_of_pair(uint32_t count, int64_t most_ms)
{
	uint32_t doubled = count - AUTH_DELAY_FREE_PAIR;
	int64_t wait;

	if (count < AUTH_DELAY_FREE_PAIR)
		return 0;
	wait = (int64_t)STEP_MS << (doubled < MOST_DOUBLED ? doubled : MOST_DOUBLED);
	return wait < most_ms ? wait : most_ms;
}

static int64_t
wait_of_account(uint32_t count, int64_t most_ms)
{
	int64_t wait, most = most_ms < AUTH_DELAY_ACCOUNT_MS ? most_ms : AUTH_DELAY_ACCOUNT_MS;

	if (count < AUTH_DELAY_FREE_ACCOUNT)
		return 0;
	wait = (int64_t)(count - AUTH_DELAY_FREE_ACCOUNT + 1) * ACCOUNT_STEP;
	return wait < most ? wait : most;
}

/* How much of its wait is left for a key. */
static int64_t
find_wait(struct auth_delay *delay, uint64_t key, int64_t now_ms, int64_t most_ms,
    int64_t (*wait_of)(uint32_t, int64_t))
{
	struct auth_delay_slot *slot = find_slot(delay, key);
	int64_t wait;

	if (slot == NULL)
		return 0;
	age_slot(slot, now_ms);
	wait = wait_of(slot->count, most_ms);
	if (wait > 0)
		wait -= now_ms - slot->ms;
	return wait > 0 ? wait : 0;
}

static void
count_failure(struct auth_delay *delay, uint64_t key, int64_t now_ms)
{
	struct auth_delay_slot *slot = make_slot(delay, key, now_ms);

	if (slot->count < UINT32_MAX)
		slot->count++;
	slot->ms = now_ms;
}

static void
uncount(struct auth_delay *delay, uint64_t key)
{
	struct auth_delay_slot *slot = find_slot(delay, key);

	if (slot != NULL && slot->count > 0)
		slot->count--;
}

int64_t
auth_delay_wait(struct auth_delay *delay, const struct auth_delay_try *try, int64_t now_ms,
    int64_t most_ms)
{
	const struct auth_delay_slot *slot = find_slot(delay, try->pair);
	int64_t wait = 0, account;

	if (!try->near)
		wait = find_wait(delay, try->pair, now_ms, most_ms, wait_of_pair);
	account = find_wait(delay, try->account, now_ms, most_ms, wait_of_account);
	/* Others who guess do not keep the user out. */
	return account > wait && (slot == NULL || !slot->good) ? account : wait;
}

void
auth_delay_failed(struct auth_delay *delay, const struct auth_delay_try *try, int64_t now_ms)
{
	if (!try->near) {
		count_failure(delay, try->pair, now_ms);
		count_failure(delay, try->address, now_ms);
	}
	count_failure(delay, try->account, now_ms);
}

int64_t
auth_delay_begin(struct auth_delay *delay, const struct auth_delay_try *try, int64_t now_ms,
    int64_t most_ms, int64_t hold_ms)
{
	int64_t wait = most_ms == 0 ? 0 : auth_delay_wait(delay, try, now_ms, most_ms);

	if (most_ms > 0 && wait <= hold_ms)
		auth_delay_failed(delay, try, now_ms);
	return wait;
}

void
auth_delay_right(struct auth_delay *delay, const struct auth_delay_try *try, int64_t now_ms)
{
	struct auth_delay_slot *pair = make_slot(delay, try->pair, now_ms);

	*pair = (struct auth_delay_slot){ .key = try->pair, .ms = now_ms, .good = true };
	/* Those who guess the account from elsewhere, or others from here, have guessed no less. */
	uncount(delay, try->account);
	uncount(delay, try->address);
}

void
auth_delay_undo(struct auth_delay *delay, const struct auth_delay_try *try)
{
	uncount(delay, try->pair);
	uncount(delay, try->account);
	uncount(delay, try->address);
}

static uint32_t
count_of(struct auth_delay *delay, uint64_t key, int64_t now_ms)
{
	struct auth_delay_slot *slot = find_slot(delay, key);

	if (slot == NULL)
		return 0;
	age_slot(slot, now_ms);
	return slot->count;
}

bool
auth_delay_guesses(struct auth_delay *delay, const struct auth_delay_try *try, int64_t now_ms)
{
	const struct auth_delay_slot *pair = find_slot(delay, try->pair);

	if (pair != NULL && pair->good)
		return false;
	return count_of(delay, try->address, now_ms) > AUTH_DELAY_FREE_ADDRESS ||
	    count_of(delay, try->account, now_ms) > AUTH_DELAY_FREE_ACCOUNT;
}

static int64_t
count_of_day(struct auth_delay *delay, uint64_t key, unsigned int most, int64_t now_ms)
{
	struct auth_delay_slot *slot = make_slot(delay, key, now_ms);

	if (now_ms - slot->ms >= AUTH_DELAY_DAY_MS)
		*slot = (struct auth_delay_slot){ .key = key, .ms = now_ms };
	if (slot->count >= most)
		return slot->ms + AUTH_DELAY_DAY_MS - now_ms;
	slot->count++;
	return 0;
}

int64_t
auth_delay_register(struct auth_delay *delay, const unsigned char key[ADDRESS_KEY_SIZE],
    unsigned int most, int64_t now_ms)
{
	return count_of_day(delay, make_key(delay, 'r', "", 0, key), most, now_ms);
}

int64_t
auth_delay_guest(struct auth_delay *delay, const unsigned char key[ADDRESS_KEY_SIZE],
    unsigned int most, int64_t now_ms)
{
	return count_of_day(delay, make_key(delay, 'g', "", 0, key), most, now_ms);
}
