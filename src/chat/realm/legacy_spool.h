/*
 * chat_legacy_spool: what is kept of messages to users of an older server: copies of what was
 * delivered, for which such a server asks when its user wants to read, and notes of what it was
 * sent, for it hands that over to a user of the same name here (chat_legacy_pull).
 */
#ifndef KABAR_CHAT_HELD_H
#define KABAR_CHAT_HELD_H

#include "chat/inbox.h"
#include "chat/realm/outbound.h"

/*
 * For each user there inbox_max copies and notes are kept; where that is too few, the older half is
 * forgotten.
 *
 * Notes that a letter is about to be sent to a user there, so that it is known when it comes back.
 * Without a user of that name here nobody can ask for it, and nothing is noted. CHAT_OK,
 * CHAT_BAD_ARGUMENT, CHAT_NO_SPACE, CHAT_FAILED.
 */
enum chat_result chat_legacy_spool_note(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
/* The letter noted last was refused: it cannot come back. Results as above. */
enum chat_result chat_legacy_spool_refused(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
/* In the log of somebody there, one that was noted, with this sum, has come back. Likewise. */
enum chat_result chat_legacy_spool_spent(struct chat *, uint64_t log, uint64_t sum);
/* Keeps a copy for a user there, which is also a note if there is none. Results as above. */
enum chat_result chat_legacy_spool_add(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
/*
 * What is held for a user there, oldest first, for visit, which must not use the store. The mark is
 * then what is to be forgotten when the other server has it. CHAT_OK or CHAT_FAILED.
 */
typedef void chat_legacy_spool_visit(void *arg, const struct chat_message *);
enum chat_result chat_legacy_spool_each(struct chat *, const struct chat_peer *,
    struct chat_text user, chat_legacy_spool_visit *, void *arg, struct chat_inbox_mark *);

/* The log of a user there, 0: there is none. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_legacy_spool_log(struct chat *, const struct chat_peer *,
    struct chat_text user, uint64_t *log);
/* How far all is over in such a log: it was handed over, and cannot come back any more. */
enum chat_result chat_legacy_spool_over(struct chat *, uint64_t log, uint64_t *number);

/* By what a text, or the name of a file, is known that went through older servers. */
uint64_t chat_legacy_spool_sum(struct chat_text, bool file);
/* What an entry says of messages that may come back. */
enum chat_legacy_spool_kind {
	CHAT_LEGACY_SPOOL_NOTHING, /* a copy of a message that was noted before */
	CHAT_LEGACY_SPOOL_SENT,    /* one, with this sum, may come back */
	CHAT_LEGACY_SPOOL_OVER     /* one with this sum that was noted does not, or has */
};
enum chat_legacy_spool_kind chat_legacy_spool_read(const struct chat_message *, uint64_t *sum);

#endif
