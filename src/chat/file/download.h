/*
 * chat_download: the files that a user can have: those of the own conversations and of the own
 * groups, whoever sent them.
 */
#ifndef KABAR_CHAT_DOWNLOAD_H
#define KABAR_CHAT_DOWNLOAD_H

#include "chat/file/file.h"
#include "chat/realm/remote_user.h"
#include "chat/session.h"

/*
 * Shows each file: with whom, a user's or group's name, and what it is called; those of one name
 * after each other. The texts are good until visit returns.
 */
typedef void chat_download_visit(void *arg, struct chat_text who, struct chat_text name);
enum chat_result chat_download_list(struct chat *, const struct chat_session *,
    chat_download_visit *, void *arg);

struct chat_download {
	int fd; /* to be read from its beginning, and closed */
	uint64_t size;
	struct chat_text name; /* without the path, in the caller's memory */
};

/* Opens the file of this name exchanged with this user, user@realm or group. CHAT_NO_FILE. */
enum chat_result chat_download_open(struct chat *, const struct chat_session *,
    struct chat_text who, struct chat_text name, struct chat_download *);
/*
 * Opens the file of which a message to owner (the user or a group) tells, or what has replaced it:
 * the message's from_id, its sender as user or user@realm, and its text.
 */
enum chat_result chat_download_told(struct chat *, const struct chat_session *, uint64_t owner,
    uint64_t from_id, struct chat_text sender, struct chat_text name, struct chat_download *);

/* The names of a file. */
struct chat_download_newest {
	char who[CHAT_REMOTE_USER_TEXT];
	size_t who_len;
	char name[CHAT_FILE_NAME_MAX];
	size_t name_len;
	int64_t sent_ms;
};

/* The one that somebody else has sent last. CHAT_NO_FILE: nobody has. */
enum chat_result chat_download_newest(struct chat *, const struct chat_session *,
    struct chat_download_newest *);

#endif
