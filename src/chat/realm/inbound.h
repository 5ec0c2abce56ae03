/*
 * chat_inbound: one message or file from another realm: its receivers here, their logs, and whether
 * the file is taken. Making many durable in one transaction is left to chat_receive.
 */
#ifndef KABAR_CHAT_INBOUND_H
#define KABAR_CHAT_INBOUND_H

#include "chat/file/file.h"
#include "chat/history/logs.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/reason.h"

struct chat_inbound {
	/* slot, wait_id, epoch, from_id and file_id are not used; the texts are the caller's. */
	struct chat_outbound outbound;
	bool pulled;     /* a legacy peer handed it over when it was asked */
	int64_t time_ms; /* when the sender's realm says that it was sent */
	enum chat_reason
	    refused; /* in: NONE, or the caller's reason to refuse it; out: the reason */
};

/* A receiver. */
struct chat_target {
	uint64_t id;         /* a user or group */
	uint64_t log;        /* its remote log for this peer */
	uint64_t read_up_to; /* in the log, by its owner; 0 for a group */
	struct chat_text name;
	struct chat_text full_name;
	char texts[NAME_MAX_BYTES + CHAT_FULLNAME_MAX]; /* of both */
};

struct chat_targets {
	bool group;
	size_t n;
	struct chat_target list[CHAT_LIST_MAX];
};

/*
 * Finds the receivers, and makes the remote logs that are missing. CHAT_OK, also when the message
 * is now refused; CHAT_NO_SPACE or CHAT_FAILED.
 */
enum chat_result chat_inbound_targets(struct chat *, const struct chat_peer *,
    struct chat_inbound *, struct chat_targets *);
/*
 * The two halves of that, for several messages to the same receivers: finding these, and asking
 * them whether they take messages from the sender.
 */
enum chat_result chat_inbound_find(struct chat *, const struct chat_peer *, struct chat_inbound *,
    struct chat_targets *);
enum chat_result chat_inbound_judge(struct chat *, const struct chat_peer *, struct chat_inbound *,
    const struct chat_targets *);
/* The entry for a receiver's log: its length, 0 when it does not fit. */
size_t chat_inbound_entry(const struct chat_peer *, const struct chat_inbound *,
    const struct chat_targets *, size_t index, unsigned char entry[CHAT_MESSAGE_RECORD]);

/*
 * The logs of the conversation with a receiver; none for a group. *made: it begins with this
 * message. Results as above.
 */
enum chat_result chat_inbound_history(struct chat *, const struct chat_peer *,
    const struct chat_inbound *, const struct chat_targets *, size_t index,
    struct chat_history_logs *, bool *made);

/*
 * Whether a file would be taken now, before its content comes. It is refused if a receiver does not
 * exist or has no room for the message, if it is too big or exceeds the quota of its realm, or if a
 * group has a file of this name from another realm. Results as above.
 */
enum chat_result chat_inbound_offer(struct chat *, const struct chat_peer *, struct chat_inbound *);
/* Stores a file, whose content is kept already, for all receivers. Results as above. */
enum chat_result chat_inbound_file(struct chat *, const struct chat_peer *, struct chat_inbound *,
    const struct chat_targets *);

#endif
