/*
 * store_fsck link: the entries of one log, in the order and with the ways back that they have to
 * have. It changes them in memory only.
 */
#ifndef KABAR_STORE_FSCK_LINK_H
#define KABAR_STORE_FSCK_LINK_H

#include "store/fsck/index.h"

/* Leaves out what does not fit, and what is forgotten. 0 or -1. */
int store_fsck_keep(struct fsck_row *, uint64_t first);
/* Changes what is to be changed in the headers of the rest, and marks it as changed. */
void store_fsck_link(struct fsck_row *);

#endif
