/*
 * chat_check_file: what must be true of the files that users have sent each other: their contents,
 * the lists in which they are found, and the sums over them. Only chat_check uses it.
 */
#ifndef KABAR_CHAT_CHECK_FILE_H
#define KABAR_CHAT_CHECK_FILE_H

#include "chat/fsck/check_rule.h"
#include "store/store_admin.h"

/* Rules of STORE_FILES and STORE_SETS. */
enum chat_delivery_result chat_check_file(struct chat *, struct chat_check_row *);
enum chat_delivery_result chat_check_set(struct chat *, struct chat_check_row *);

/* Holds STORE_QUOTAS and STORE_BODIES against all files. 0, or -1 when that could not be done. */
int chat_check_sums(struct chat *, chat_check_found *, void *arg);

#endif
