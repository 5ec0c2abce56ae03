/*
 * seed: for tests that draw their steps: numbers that a seed decides, so that a failure can be
 * repeated.
 */
#ifndef SEED_H
#define SEED_H

#include <stddef.h>
#include <stdint.h>

/* A seed for this run: that of KABAR_TEST_SEED in the environment, or a new one. */
uint64_t seed_choose(void);
/* Draws a number below this; state begins as the seed. */
size_t seed_draw(uint64_t *state, size_t below);
/* Mixes the bits of a number, for numbers that do not depend on the order of the draws. */
uint64_t seed_mix(uint64_t);

#endif
