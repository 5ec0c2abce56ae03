/*
 * chat_legacy_spool: copies and notes of messages to users of a legacy peer. The peer asks for the
 * copies when its user reads. The notes tell which messages it may hand over to a user of the same
 * name here (chat_legacy_pull).
 */
#ifndef KABAR_CHAT_LEGACY_SPOOL_H
#define KABAR_CHAT_LEGACY_SPOOL_H

#include "chat/inbox.h"
#include "chat/realm/outbound.h"

/*
 * For each remote user inbox_max copies and notes are kept; if these are too many, the older half
 * is forgotten.
 *
 * Notes that a message is about to be sent to a user there, so that it is known when it comes back.
 * If this realm has no user of that name, nobody can ask for it, and nothing is noted. CHAT_OK,
 * CHAT_BAD_ARGUMENT, CHAT_NO_SPACE, CHAT_FAILED.
 */
enum chat_result chat_legacy_spool_note(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
/* Notes that the message noted last was refused: it cannot come back. Results as above. */
enum chat_result chat_legacy_spool_refused(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
/* Notes in a remote user's log that a message of this sum has come back. Results as above. */
enum chat_result chat_legacy_spool_spent(struct chat *, uint64_t log, uint64_t sum);
/* Keeps a copy for a user there, which is also a note if there is none. Results as above. */
enum chat_result chat_legacy_spool_add(struct chat *, const struct chat_peer *,
    struct chat_text user, const struct chat_outbound *);
/*
 * Visits the copies for a user there that were not handed over, oldest first. visit must not use
 * the store. They are pending until the peer has them. CHAT_OK or CHAT_FAILED.
 */
typedef void chat_legacy_spool_visit(void *arg, const struct chat_message *);
enum chat_result chat_legacy_spool_each(struct chat *, const struct chat_peer *,
    struct chat_text user, chat_legacy_spool_visit *, void *arg, struct chat_inbox_pending *);

/* The log of a user there, 0: none. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_legacy_spool_log(struct chat *, const struct chat_peer *,
    struct chat_text user, uint64_t *log);
/* The number in such a log up to which copies are handed over and notes have no use any more. */
enum chat_result chat_legacy_spool_over(struct chat *, uint64_t log, uint64_t *number);

/* The sum by which a text, or the name of a file, is known after legacy peers had it. */
uint64_t chat_legacy_spool_sum(struct chat_text, bool file);
/* The meaning of an entry for messages that may come back. */
enum chat_legacy_spool_kind {
	CHAT_LEGACY_SPOOL_NOTHING, /* a copy of a message that was noted before */
	CHAT_LEGACY_SPOOL_SENT,    /* a message of this sum may come back */
	CHAT_LEGACY_SPOOL_OVER     /* a noted message of this sum has, or never will */
};
enum chat_legacy_spool_kind chat_legacy_spool_read(const struct chat_message *, uint64_t *sum);

#endif
