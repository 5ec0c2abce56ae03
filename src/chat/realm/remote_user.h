/*
 * chat_remote_user: people of other realms with whom somebody here has files, or for whom copies
 * are held (chat_legacy_spool). They have an id, as users have, so that a conversation with them is
 * one like any other.
 */
#ifndef KABAR_CHAT_REMOTE_USER_H
#define KABAR_CHAT_REMOTE_USER_H

#include "chat/chat.h"
#include "chat/realm/peer.h"

#define CHAT_REMOTE_USER_TEXT (2 * NAME_MAX_BYTES + 2) /* user@realm and NUL */

struct chat_remote_user {
	uint64_t id;   /* never used again */
	uint64_t peer; /* whose user it is */
	char name[NAME_MAX_BYTES + 1];
};

/* The one of this name, made where there is none. CHAT_BAD_ARGUMENT: it is no name. */
enum chat_result chat_remote_user_make(struct chat *, uint64_t peer, struct chat_text name,
    uint64_t *id);
/* CHAT_OK, CHAT_NO_USER or CHAT_FAILED. */
enum chat_result chat_remote_user_get(struct chat *, uint64_t id, struct chat_remote_user *);
/* By user@realm, with the results of chat_remote_user_get; and back. */
enum chat_result chat_remote_user_find(struct chat *, struct chat_text text, uint64_t *id);
enum chat_result chat_remote_user_text(struct chat *, uint64_t id,
    char text[CHAT_REMOTE_USER_TEXT]);

/* A record as store_each shows it: by name, id is set and *person's name is the key's; or by id. */
enum chat_remote_user_record { CHAT_REMOTE_USER_NAME, CHAT_REMOTE_USER_ID, CHAT_REMOTE_USER_BAD };
enum chat_remote_user_record chat_remote_user_parse(const void *key, size_t key_len,
    const void *value, size_t len, struct chat_remote_user *person);
/* The id of a name of a peer's, 0: there is none. */
enum chat_result chat_remote_user_id(struct chat *, uint64_t peer, struct chat_text name,
    uint64_t *id);
/* The record under the id of one, for those who put it right. */
#define CHAT_REMOTE_USER_RECORD 128
size_t chat_remote_user_pack(unsigned char data[CHAT_REMOTE_USER_RECORD],
    const struct chat_remote_user *);

#endif
