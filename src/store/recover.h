/*
 * store_recover: makes the files of a store whole when the machine has stopped while a writer had
 * them open, from the last checkpoint. What the journal has beyond it is left to store_replay. A
 * mark (store_mark) tells whether this is needed.
 */
#ifndef KABAR_STORE_RECOVER_H
#define KABAR_STORE_RECOVER_H

#include <stdbool.h>
#include <stddef.h>

struct store;

/*
 * For a writer, before it opens the files of a store. A store that has no journal yet, because it
 * is new, was restored, or an older version made it, gets one, and its first checkpoint. 0, or -1
 * with a sentence in error: then nothing was changed that is needed to save what can be saved.
 */
int store_recover(struct store *, char *error, size_t size);
/* For the same writer, when it has applied the journal: until then a reader sees an old state. 0 or
 * -1 with a sentence in error. */
int store_recover_end(struct store *, char *error, size_t size);
/*
 * For a repair: puts the files of a checkpoint in the place of those that are there. 0, or -1 with
 * a sentence in error: then it can be begun anew.
 */
struct store_copies;
int store_recover_replace(struct store *, const struct store_copies *, char *error, size_t size);
/* For a reader: whether a writer has to recover before the files can be read. */
bool store_recover_is_needed(const struct store *);

#endif
