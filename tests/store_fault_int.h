/* store_fault_int: what the files of store_fault share. */
#ifndef KABAR_STORE_FAULT_INT_H
#define KABAR_STORE_FAULT_INT_H

#include "store_fault.h"

/* By a whole path. */
bool fault_is_watched(const char *path);
/* Counts a step. True when it is to fail, with errno set. */
bool fault_step_fails(enum fault_kind);

#endif
