/*
 * chat_inbound: one letter that came from another realm: to whom it goes here, whether a file is
 * taken, how both lie there. How letters become durable together is left to chat_receive.
 */
#ifndef KABAR_CHAT_INBOUND_H
#define KABAR_CHAT_INBOUND_H

#include "chat/file/file.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/reason.h"

struct chat_inbound {
	/* slot, ticket, epoch, from_id and file_id are not used; the texts are the caller's. */
	struct chat_outbound outbound;
	bool fetched;             /* an older server handed it over when it was asked */
	int64_t time_ms;          /* when it was sent, as they say there */
	enum chat_reason refused; /* in: NONE, or why the caller refuses it; out: why it is */
};

/* Somebody to whom one goes. */
struct chat_target {
	uint64_t id;         /* a user or group */
	uint64_t log;        /* of what came to it from this realm */
	uint64_t read_up_to; /* there, by its owner; a group's has none */
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
 * Finds to whom it goes; who has got nothing from this realm yet gets a log for it. CHAT_OK, also
 * when it is now refused; CHAT_NO_SPACE or CHAT_FAILED.
 */
enum chat_result chat_inbound_targets(struct chat *, const struct chat_peer *,
    struct chat_inbound *, struct chat_targets *);
/* The entry for one of them: its length, 0 when it does not fit. */
size_t chat_inbound_entry(const struct chat_peer *, const struct chat_inbound *,
    const struct chat_targets *, size_t index, unsigned char entry[CHAT_MESSAGE_RECORD]);

/*
 * Whether a file would be taken now, before its content comes: refused if its receivers are not
 * there or have no room for the message, if it is too big or too much for its realm's quota, or if
 * a group has a file of this name that did not come from the same realm. Results as above.
 */
enum chat_result chat_inbound_offer(struct chat *, const struct chat_peer *, struct chat_inbound *);
/* Stores a file, whose content is kept already, with all its receivers. Results as above. */
enum chat_result chat_inbound_file(struct chat *, const struct chat_peer *, struct chat_inbound *,
    const struct chat_targets *);

#endif
