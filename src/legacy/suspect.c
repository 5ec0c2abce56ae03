/* legacy_suspect: a ring, in which a new user takes the place of the oldest. */
#include "legacy/suspect.h"

#define SUSPECT_MS 600000

/* The place of a user, or LEGACY_SUSPECTS. */
static size_t
find_suspect(const struct legacy_suspects *suspects, uint64_t user)
{
	size_t i = 0;

	while (i < LEGACY_SUSPECTS && suspects->users[i] != user)
		i++;
	return i;
}

void
legacy_suspect_add(struct legacy_suspects *suspects, uint64_t user, int64_t tick)
{
	size_t at = find_suspect(suspects, user);

	if (at == LEGACY_SUSPECTS) {
		at = suspects->next;
		suspects->next = (at + 1) % LEGACY_SUSPECTS;
	}
	suspects->users[at] = user;
	suspects->until_ms[at] = tick + SUSPECT_MS;
}

void
legacy_suspect_clear(struct legacy_suspects *suspects, uint64_t user)
{
	size_t at = find_suspect(suspects, user);

	if (at < LEGACY_SUSPECTS)
		suspects->users[at] = 0;
}

bool
legacy_suspect_is(const struct legacy_suspects *suspects, uint64_t user, int64_t tick)
{
	size_t at = user == 0 ? LEGACY_SUSPECTS : find_suspect(suspects, user);

	return at < LEGACY_SUSPECTS && tick < suspects->until_ms[at];
}
