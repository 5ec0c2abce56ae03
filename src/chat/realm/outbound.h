/*
 * chat_outbound: a message or file for another realm, as it waits in an outbox, the log with the
 * peer's id: its entry, its address, and putting it there.
 */
#ifndef KABAR_CHAT_OUTBOUND_H
#define KABAR_CHAT_OUTBOUND_H

#include "chat/chat.h"
#include "chat/file/blob.h"
#include "chat/realm/peer.h"
#include "chat/session.h"

enum chat_outbound_kind {
	CHAT_OUTBOUND_USER = 1, /* `to` is a user */
	CHAT_OUTBOUND_LIST,     /* users divided by commas: all get it or none */
	CHAT_OUTBOUND_GROUP
};

struct chat_outbound {
	enum chat_outbound_kind kind;
	uint64_t epoch; /* of the outbox when it was queued, never 0 */
	/* Of the worker that waits for the delivery result (link_status.h); wait_id 0: none does.
	 */
	unsigned int slot;
	uint64_t wait_id;
	uint64_t from_id;
	struct chat_text from; /* user name, bare */
	struct chat_text from_name;
	struct chat_text to;
	/* Or the file's name. A message's notice and tags stay here: no protocol has them. */
	struct chat_text text;
	bool file;
	/* Of a file: the id by which the outbox holds the content (chat_conversation_outbound). */
	uint64_t file_id;
	uint64_t size;
	unsigned char hash[CHAT_BLOB_HASH];
};

/*
 * The entry: its length, 0 when it does not fit; and back: 0, or -1 when it is no message of a
 * known version. The texts are the entry's.
 */
#define CHAT_OUTBOUND_RECORD (CHAT_TEXT_MAX + 6144)
size_t chat_outbound_write(unsigned char *entry, size_t size, const struct chat_outbound *);
int chat_outbound_read(struct chat_outbound *, const void *entry, size_t len);

/* Whether `to` is a group, whose prefix group: is taken off, or users divided by commas. */
enum chat_outbound_kind chat_outbound_kind_of(struct chat_text *to);
/*
 * Whether such a user, group, or users can exist: CHAT_OK, CHAT_NO_USER, CHAT_NO_GROUP, or
 * CHAT_BAD_ARGUMENT for too many of them.
 */
enum chat_result chat_outbound_address(enum chat_outbound_kind, struct chat_text to);

/*
 * The one who gets it, as chat_remote_user names users and groups; false: there are several, or the
 * name is too long for a record. The text lies in the message or in name.
 */
#define CHAT_OUTBOUND_NAME (1 + NAME_MAX_BYTES)
bool chat_outbound_receiver(const struct chat_outbound *, char name[CHAT_OUTBOUND_NAME],
    struct chat_text *);

/*
 * Puts a message into a peer's outbox; epoch is filled in. CHAT_OK: it is on the disk and the
 * bridge was woken. CHAT_QUEUE_FULL; CHAT_BAD_ARGUMENT: too long. *id is the message's, the seq of
 * its entry.
 */
enum chat_result chat_outbound_put(struct chat *, const struct chat_peer *, struct chat_outbound *,
    uint64_t *id);

/* The current epoch of a peer's outbox, 0: nothing was ever queued. */
enum chat_result chat_outbound_epoch(struct chat *, uint64_t peer, uint64_t *epoch);
/*
 * Begins a new one, after an older state was restored: no message queued from here on is taken
 * for one that another copy of this realm may have sent.
 */
enum chat_result chat_outbound_renew(struct chat *, uint64_t peer);

#endif
