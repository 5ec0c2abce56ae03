/*
 * store_cut: what the tests of checkpoints and recovery share: a store whose content is a function
 * of a number, and a power cut that leaves nothing of the files that a store does not sync.
 * Everything here fails the running test by itself.
 */
#ifndef KABAR_STORE_CUT_H
#define KABAR_STORE_CUT_H

#include "store/copies.h"
#include "store_fixture.h"

#define CUT_BOOT  "first-boot"
#define CUT_LATER "second-boot"

/* Of a new directory, in the first boot, with the smallest files of logs. */
struct store_options cut_options(char dir[FIXTURE_DIR_MAX]);
/* A new store; this process writes to it. */
struct store *cut_create(const struct store_options *);
/* Closes a store as the death of its process does. */
void cut_die(struct store *);

/* Adds what comes after the first `from` up to the `to`th. */
void cut_fill(struct store *, unsigned int from, unsigned int to);
/* Fails unless the store has the first n, and no more, and a check finds nothing. */
void cut_verify(struct store *, unsigned int n);
/* Opens the store as a writer of this boot, verifies, and dies. */
void cut_recovered(const struct store_options *, const char *boot, unsigned int n);

/* Overwrites the tables, and all files of logs from the checkpoint's on, with garbage. */
void cut_tear(const struct store_options *);
/* How many checkpoints there are, and which counts. */
unsigned int cut_count(const struct store_options *);
struct store_copies cut_last(const struct store_options *);

/* Whether a writer has the files open, or was killed. */
bool cut_is_marked(const struct store_options *);

#endif
