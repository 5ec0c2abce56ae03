/*
 * chat_upload: sends a file piece by piece, with memory that does not depend on its size. Receivers
 * and permission are checked before the first byte is stored.
 */
#ifndef KABAR_CHAT_UPLOAD_H
#define KABAR_CHAT_UPLOAD_H

#include "chat/file/file.h"
#include "chat/realm/outbound.h"
#include "chat/session.h"

#define CHAT_UPLOAD_ADDRESS (CHAT_LIST_MAX * (NAME_MAX_BYTES + 1))

/* The receiver in another realm. */
struct chat_upload_abroad {
	struct chat_peer peer; /* id 0: the file is for this realm */
	enum chat_outbound_kind kind;
	char to[CHAT_UPLOAD_ADDRESS];
	size_t to_len;
};

/* The fields are upload.c's own. */
struct chat_upload {
	const struct chat_session *session; /* the caller's, until the end */
	struct chat_conversation to[CHAT_LIST_MAX];
	size_t n_to;
	struct chat_upload_abroad abroad;
	uint64_t room;         /* bytes that the file may have */
	enum chat_result over; /* the result when it has more */
	uint64_t others; /* bytes of the sender's other unfinished files that room allows for */
	const struct config *config; /* of the realm, when begun */
	bool begun;
	char name[CHAT_FILE_NAME_MAX];
	size_t name_len;
	struct chat_blob blob;
};

void chat_upload_init(struct chat_upload *, const struct chat_session *);
/* One of these names the receivers. CHAT_NO_USER, CHAT_NO_GROUP, CHAT_NOT_MEMBER, CHAT_INBOX_FULL.
 */
enum chat_result chat_upload_to_user(struct chat *, struct chat_upload *, struct chat_text user);
enum chat_result chat_upload_to_group(struct chat *, struct chat_upload *, struct chat_text group);
/* The users of a list such as messi,lineker. */
enum chat_result chat_upload_to_list(struct chat *, struct chat_upload *, struct chat_text list);

/* A receiver in another realm, as chat_outbound_address has it. */
enum chat_result chat_upload_to_peer(struct chat_upload *, const struct chat_peer *,
    enum chat_outbound_kind, struct chat_text to);

/*
 * Begins the file, of this name or path. CHAT_BAD_ARGUMENT, CHAT_NO_SPACE; CHAT_TOO_MANY: the
 * sender has uploads_max unfinished ones.
 */
enum chat_result chat_upload_begin(struct chat *, struct chat_upload *, struct chat_text name);
/* Whether a file of this size would be taken: CHAT_OK, or the results of chat_upload_write(). */
enum chat_result chat_upload_expect(const struct chat_upload *, uint64_t size);
/* Adds bytes. CHAT_TOO_BIG, CHAT_QUOTA, CHAT_NO_SPACE. */
enum chat_result chat_upload_write(struct chat_upload *, const void *data, size_t len);
/*
 * Stores the complete file and tells the receivers. CHAT_OK: all have it, durably; CHAT_QUEUED: it
 * waits for another realm. After another result, as when a receiver was removed meanwhile, some
 * users of a list may have it; sending it again does no harm.
 */
enum chat_result chat_upload_finish(struct chat *, struct chat_upload *);
/* Ends an upload, whatever happened since chat_upload_init; an unfinished file is removed. */
void chat_upload_end(struct chat_upload *);

#endif
