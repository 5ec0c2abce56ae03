/*
 * remote_log_fixture: what the tests of messages from other realms share, in the realm of
 * file_fixture. Everything here fails the running test by itself.
 */
#ifndef REMOTE_LOG_FIXTURE_H
#define REMOTE_LOG_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* Adds the realm malang; its id. */
uint64_t remote_log_add_peer(void);
/* The log of what came to a user or group from a peer. */
uint64_t remote_log_make(uint64_t destination, uint64_t peer);
/* Puts a message into it. */
void remote_log_append(uint64_t log);
/* How many messages the user sees, see chat_inbox_look; they are then read. */
size_t remote_log_read(uint64_t user, uint64_t from, uint64_t *lost);
/* Removes a record. */
void remote_log_drop(int, const void *key, size_t len);

#endif
