/*
 * store_fsck head: what the head of a log has to be, by its entries and what else is known of it.
 */
#ifndef KABAR_STORE_FSCK_HEAD_H
#define KABAR_STORE_FSCK_HEAD_H

#include "store/fsck/index.h"

/* The highest number that was ever given in a log, as far as that can be told. */
uint64_t store_fsck_head_last(const struct fsck_row *);
/* The head of a log whose entries are linked, with the numbers that it has to have at least. */
struct store_head store_fsck_head_make(const struct fsck_row *, uint64_t first, uint64_t last);
/* The head of a closed log, which has no entries. */
struct store_head store_fsck_head_closed(const struct fsck_row *);
/* Whether a head can stay. Of an empty log only the numbers matter, where the rest can be. */
bool store_fsck_head_is_same(const struct store_head *now, const struct store_head *wanted);
/* Tells how the stored head differs. */
void store_fsck_head_tell(struct store_fsck *, const struct fsck_row *,
    const struct store_head *wanted);

#endif
