/*
 * chat_download: finds and opens the files that a user may read: those of the user's conversations
 * and of the user's groups.
 */
#ifndef KABAR_CHAT_DOWNLOAD_H
#define KABAR_CHAT_DOWNLOAD_H

#include "chat/file/file.h"
#include "chat/realm/remote_user.h"
#include "chat/session.h"

/*
 * Calls visit for each file with the user, user@realm or group of the conversation and the file's
 * name; the files of one conversation come together. The texts are good until visit returns.
 * CHAT_OK or CHAT_FAILED.
 */
typedef void chat_download_visit(void *arg, struct chat_text who, struct chat_text name);
enum chat_result chat_download_list(struct chat *, const struct chat_session *,
    chat_download_visit *, void *arg);

struct chat_download {
	int fd; /* the caller reads it from its beginning and closes it */
	uint64_t size;
	unsigned char hash[CHAT_BLOB_HASH]; /* SHA-256 of the content */
	struct chat_text name;              /* without the path; the memory of the given name */
};

/*
 * Opens the file of this name in the conversation with this user, user@realm or group. CHAT_OK,
 * CHAT_NO_FILE or CHAT_FAILED.
 */
enum chat_result chat_download_open(struct chat *, const struct chat_session *,
    struct chat_text who, struct chat_text name, struct chat_download *);
/* The same in a conversation; others' files that were sent before since_ms are none. */
enum chat_result chat_download_open_in(struct chat *, const struct chat_session *,
    struct chat_conversation, int64_t since_ms, struct chat_text name, struct chat_download *);
/*
 * Opens the file that a message announces, or the file that has replaced it, by the owner of the
 * message's log (the user or a group), its from_id, its sender as user or user@realm, and its text.
 */
enum chat_result chat_download_told(struct chat *, const struct chat_session *, uint64_t owner,
    uint64_t from_id, struct chat_text sender, struct chat_text name, struct chat_download *);

/* A file and its conversation. */
struct chat_download_newest {
	char who[CHAT_REMOTE_USER_TEXT];
	size_t who_len;
	char name[CHAT_FILE_NAME_MAX];
	size_t name_len;
	int64_t sent_ms;
};

/* The newest file that another user has sent. CHAT_OK, CHAT_NO_FILE: none; CHAT_FAILED. */
enum chat_result chat_download_newest(struct chat *, const struct chat_session *,
    struct chat_download_newest *);

#endif
