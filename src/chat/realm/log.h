/*
 * chat_log: what the logs of other realms have in common: visiting their entries, and the numbers
 * that STORE_LOG_STATE keeps beside a log.
 */
#ifndef KABAR_CHAT_LOG_H
#define KABAR_CHAT_LOG_H

#include "chat/chat.h"

/*
 * Visits the entries behind a number, oldest first, until visit, which must not use the store,
 * returns non-zero. Entries that are trimmed meanwhile are passed over. CHAT_OK or CHAT_FAILED.
 */
typedef int chat_log_visit(void *arg, const struct store_entry *);
enum chat_result chat_log_each(struct chat *, uint64_t log, uint64_t after, chat_log_visit *,
    void *arg);
/* The entry of this number, good until the store's next call. STORE_ABSENT: the log has none. */
enum store_status chat_log_entry(struct chat *, uint64_t log, uint64_t number,
    struct store_entry *);

/*
 * The number of the oldest entry kept that has reached something, as all that come after it have;
 * the newest number plus 1: none has. Reads as many entries as the logarithm of their number needs.
 * reached must not use the store. CHAT_OK or CHAT_FAILED.
 */
typedef bool chat_log_reached(const void *arg, const struct store_entry *);
enum chat_result chat_log_search(struct chat *, uint64_t log, chat_log_reached *reached,
    const void *arg, uint64_t *number);

/* A number beside a log (CHAT_STATE_... of chat_key); 0: none was stored. CHAT_OK or CHAT_FAILED.
 */
enum chat_result chat_log_number(struct chat *, char what, uint64_t log, uint64_t *number);
/* The step that changes it, and expects it as it was read; the same twice only expects. */
void chat_log_tx_number(struct store_tx *, char what, uint64_t log, uint64_t before,
    uint64_t after);
/* The step that raises it, if it is lower. */
void chat_log_tx_advance(struct store_tx *, char what, uint64_t log, uint64_t to);

#endif
