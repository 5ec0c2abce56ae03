/*
 * chat_upload: sending a file, piece by piece, with memory that does not depend on its size. Who
 * gets it and whether it may be sent is settled before its first byte is stored.
 */
#ifndef KABAR_CHAT_UPLOAD_H
#define KABAR_CHAT_UPLOAD_H

#include "chat/file/file.h"
#include "chat/realm/outbound.h"
#include "chat/session.h"

#define CHAT_UPLOAD_ADDRESS (CHAT_LIST_MAX * (NAME_MAX_BYTES + 1))

/* To another realm. */
struct chat_upload_abroad {
	struct chat_peer peer; /* its id is 0: it is not for another realm */
	enum chat_outbound_kind kind;
	char to[CHAT_UPLOAD_ADDRESS];
	size_t to_len;
};

/* The fields are chat_upload.c's own. */
struct chat_upload {
	const struct chat_session *session; /* the caller's, until the end */
	struct chat_conversation to[CHAT_LIST_MAX];
	size_t n_to;
	struct chat_upload_abroad abroad; /* or there */
	uint64_t room;                    /* bytes that it may have */
	enum chat_result over;            /* what it is when it has more */
	bool begun;
	char name[CHAT_FILE_NAME_MAX];
	size_t name_len;
	struct chat_blob body;
};

void chat_upload_init(struct chat_upload *, const struct chat_session *);
/* To whom: one of these. CHAT_NO_USER, CHAT_NO_GROUP, CHAT_NOT_MEMBER, CHAT_INBOX_FULL. */
enum chat_result chat_upload_to_user(struct chat *, struct chat_upload *, struct chat_text user);
enum chat_result chat_upload_to_group(struct chat *, struct chat_upload *, struct chat_text group);
/* To the users of a list such as messi,lineker. */
enum chat_result chat_upload_to_list(struct chat *, struct chat_upload *, struct chat_text list);

/* To another realm, as chat_outbound_address has it. */
enum chat_result chat_upload_to_peer(struct chat_upload *, const struct chat_peer *,
    enum chat_outbound_kind, struct chat_text to);

/* Then: the name, perhaps as a path. CHAT_BAD_ARGUMENT, CHAT_NO_SPACE. */
enum chat_result chat_upload_begin(struct chat *, struct chat_upload *, struct chat_text name);
/* CHAT_TOO_BIG, CHAT_QUOTA, CHAT_NO_SPACE. */
enum chat_result chat_upload_write(struct chat_upload *, const void *data, size_t len);
/*
 * It is complete: stores it and tells the receivers. CHAT_OK: all have it, durably; CHAT_QUEUED: it
 * is on its way to another realm. Else, as when a receiver has been removed since, some of a list
 * may have it; sending it again does no harm.
 */
enum chat_result chat_upload_finish(struct chat *, struct chat_upload *);
/* To be called whatever happened since chat_upload_init: what is unfinished leaves no trace. */
void chat_upload_end(struct chat_upload *);

#endif
