/*
 * store_fsck log: the logs of a store, put right.
 */
#ifndef KABAR_STORE_FSCK_LOG_H
#define KABAR_STORE_FSCK_LOG_H

#include "store/fsck/finding.h"

/*
 * Links all entries that can be kept so that they can be read, in their order and with their
 * numbers, over those that are lost; those are added to losses. 0, or -1: it failed half-way, and
 * can be done again. It takes about 100 bytes of memory for each entry, of at most 4 million at
 * once.
 */
int store_fsck_logs(struct store_fsck *, struct store *);

#endif
