/*
 * dialect_inbox: replies with the messages of an inbox, oldest first, in the shapes that dialects
 * have for it.
 */
#ifndef KABAR_DIALECT_INBOX_H
#define KABAR_DIALECT_INBOX_H

#include "chat/inbox.h"
#include "dialect/line.h"
#include "dialect/order.h"

/* A reply that is being written. */
struct inbox_reply {
	struct dialog *dialog;
	const struct line_request *request;
	const struct chat_inbox *inbox;
	struct json_out json;
	uint64_t file_room; /* bytes of files that it may still carry */
	struct dialect_order order;
	bool failed; /* no memory: it shows nothing, and the messages stay unread */
};

/* Writes the member "messages". */
typedef void dialect_inbox_writer(struct inbox_reply *);
/* A list. */
dialect_inbox_writer dialect_inbox_write_list;
/* An object: sender -> list. */
dialect_inbox_writer dialect_inbox_write_by_sender;

/*
 * Replies with what is unread from a realm (a peer's id, CHAT_INBOX_OWN or CHAT_INBOX_ALL), or
 * returns the reason why not. The messages count as read when the client has the reply.
 */
enum chat_result dialect_inbox_reply(struct dialog *, const struct line_request *, uint64_t from,
    dialect_inbox_writer *);
/* A struct line_command's run(): all by sender. */
enum chat_result dialect_inbox_show(struct dialog *, struct line_request *);
/* A reply of its own for one message, as `follow` sends it. */
void dialect_inbox_event(struct dialog *, const struct line_dialect *, const struct chat_inbox *,
    const struct chat_inbox_item *);

/*
 * For other writers. Where a message's sender is shown by the full name alone, and others in the
 * inbox have one that looks the same, puts the user name behind it: Lionel Messi (messi). buffer
 * holds that.
 */
#define DIALECT_INBOX_NAME 384
void dialect_inbox_tell_apart(const struct inbox_reply *, const struct chat_inbox_item *,
    struct chat_message *, char buffer[DIALECT_INBOX_NAME]);
/* Sorts the items by keys, of which it frees the list; NULL: no memory. */
void dialect_inbox_sort(struct inbox_reply *, uint32_t *keys, size_t n_keys);
/*
 * Reads a message of the inbox; false when there is nothing to show: it was
 * removed in the meantime, or tells of a file and the dialect hides these.
 */
bool dialect_inbox_read(struct dialog *, const struct line_dialect *,
    const struct chat_inbox_item *, struct chat_message *);
/* The server's message about the messages that expired unread; text holds it. */
#define DIALECT_INBOX_LOST_SIZE 80
struct chat_message dialect_inbox_lost(const struct inbox_reply *,
    char text[DIALECT_INBOX_LOST_SIZE]);

#endif
