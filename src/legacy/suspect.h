/*
 * legacy_suspect: users whose last messages to a legacy peer had no answer. The server may have
 * failed because of them, so that the next message of such a user has one try and a short time: one
 * user does not hold up the messages of all others again and again.
 */
#ifndef KABAR_LEGACY_SUSPECT_H
#define KABAR_LEGACY_SUSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEGACY_SUSPECTS 16

/* Zero: none. */
struct legacy_suspects {
	uint64_t users[LEGACY_SUSPECTS]; /* ids; 0: none */
	int64_t until_ms[LEGACY_SUSPECTS];
	size_t next; /* the place of the next one */
};

/* For ten minutes from this tick. */
void legacy_suspect_add(struct legacy_suspects *, uint64_t user, int64_t tick);
/* A message had an answer. */
void legacy_suspect_clear(struct legacy_suspects *, uint64_t user);
bool legacy_suspect_is(const struct legacy_suspects *, uint64_t user, int64_t tick);

#endif
