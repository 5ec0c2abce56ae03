/* The files of realm_sync share these declarations among themselves. */
#ifndef REALM_SYNC_INT_H
#define REALM_SYNC_INT_H

#include "realm_sync.h"

/* How much is recorded. */
uint64_t realm_sync_count(void);
/* One of that, when it is whole. */
const struct realm_sync_event *realm_sync_event(uint64_t index);

#endif
