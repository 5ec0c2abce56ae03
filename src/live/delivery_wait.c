/* delivery_wait: one word of mapped memory between a worker that waits and the bridge. */
#include "live/delivery_wait.h"

#include <bsd/stdlib.h>
#include <stdatomic.h>

#include "live/mapped_file.h"
#include "live/scoreboard_entry.h"

#define FILE_NAME "delivery_wait"

/* A word: the wait id, and below it one of these, or a result added to one of the last two. */
#define STATE_BITS 16
#define WAITS      1U
#define GIVEN_UP   2U
#define TOLD       3U
#define CLAIMED    4096U
#define RESULT_MAX 255

struct delivery_wait {
	_Atomic uint64_t words[SCOREBOARD_SLOTS_MAX];
};

struct delivery_wait *
delivery_wait_open(const char *state)
{
	return mapped_file_whole(state, FILE_NAME, sizeof(struct delivery_wait));
}

void
delivery_wait_close(struct delivery_wait *waits)
{
	mapped_file_unmap(waits, sizeof(*waits));
}

static uint64_t
make_word(uint64_t wait_id, unsigned int state)
{
	return wait_id << STATE_BITS | state;
}

/* Whether a word is this wait's result, told or claimed. */
static bool
has_result(uint64_t word, uint64_t wait_id, bool told, unsigned int *result)
{
	unsigned int state = (unsigned int)(word & ((1U << STATE_BITS) - 1));
	unsigned int base = told ? TOLD : CLAIMED;

	/* Another worker may have written whatever it likes. */
	if (word >> STATE_BITS != wait_id || state < base || state - base > RESULT_MAX)
		return false;
	*result = state - base;
	return true;
}

uint64_t
delivery_wait_begin(struct delivery_wait *waits, unsigned int slot)
{
	uint64_t wait_id = 0;

	while (wait_id == 0) {
		arc4random_buf(&wait_id, sizeof(wait_id));
		wait_id >>= STATE_BITS;
	}
	if (slot < SCOREBOARD_SLOTS_MAX)
		atomic_store(&waits->words[slot], make_word(wait_id, WAITS));
	return wait_id;
}

bool
delivery_wait_poll(struct delivery_wait *waits, unsigned int slot, uint64_t wait_id,
    unsigned int *result)
{
	return slot < SCOREBOARD_SLOTS_MAX &&
	    has_result(atomic_load(&waits->words[slot]), wait_id, true, result);
}

bool
delivery_wait_give_up(struct delivery_wait *waits, unsigned int slot, uint64_t wait_id,
    unsigned int *result)
{
	uint64_t word = make_word(wait_id, WAITS);

	if (slot >= SCOREBOARD_SLOTS_MAX ||
	    atomic_compare_exchange_strong(&waits->words[slot], &word,
	        make_word(wait_id, GIVEN_UP)))
		return true;
	return !has_result(word, wait_id, true, result) &&
	    !has_result(word, wait_id, false, result);
}

static bool
can_be_told(unsigned int slot, uint64_t wait_id, unsigned int result)
{
	return slot < SCOREBOARD_SLOTS_MAX && wait_id != 0 && result <= RESULT_MAX;
}

bool
delivery_wait_claim(struct delivery_wait *waits, unsigned int slot, uint64_t wait_id,
    unsigned int result)
{
	uint64_t word = make_word(wait_id, WAITS), claimed = make_word(wait_id, CLAIMED + result);

	return can_be_told(slot, wait_id, result) &&
	    (atomic_compare_exchange_strong(&waits->words[slot], &word, claimed) ||
	        word == claimed || word == make_word(wait_id, TOLD + result));
}

bool
delivery_wait_tell(struct delivery_wait *waits, unsigned int slot, uint64_t wait_id,
    unsigned int result)
{
	uint64_t word = make_word(wait_id, WAITS), told = make_word(wait_id, TOLD + result);

	if (!can_be_told(slot, wait_id, result))
		return false;
	_Atomic uint64_t *at = &waits->words[slot];
	return atomic_compare_exchange_strong(at, &word, told) ||
	    (word == make_word(wait_id, CLAIMED + result) &&
	        atomic_compare_exchange_strong(at, &word, told)) ||
	    word == told;
}
