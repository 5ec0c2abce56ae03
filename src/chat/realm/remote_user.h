/*
 * chat_remote_user: users of other realms who have conversations or files with users here, or for
 * whom copies are kept (chat_legacy_spool). They have an id, as users have, so that their
 * conversations are like all others. A group of another realm, to which users here write, is one
 * whose name begins with #.
 */
#ifndef KABAR_CHAT_REMOTE_USER_H
#define KABAR_CHAT_REMOTE_USER_H

#include "chat/chat.h"
#include "chat/realm/peer.h"

#define CHAT_REMOTE_USER_TEXT (2 * NAME_MAX_BYTES + 2) /* user@realm and NUL */

#define CHAT_REMOTE_USER_GROUP '#' /* the first byte of a group's name */

struct chat_remote_user {
	uint64_t id;   /* never used again */
	uint64_t peer; /* whose user it is */
	char name[NAME_MAX_BYTES + 1];
};

/* Whether it is a user's name, or # and a group's, and not too long for a record. */
bool chat_remote_user_name(struct chat_text);
/* The id of a user of a peer, who is made if unknown. CHAT_BAD_ARGUMENT: it is no name. */
enum chat_result chat_remote_user_make(struct chat *, uint64_t peer, struct chat_text name,
    uint64_t *id);
/* The steps that make one, with a new id, who is expected to be unknown. */
void chat_remote_user_tx_make(struct store_tx *, uint64_t peer, struct chat_text name, uint64_t id);
/* CHAT_OK, CHAT_NO_USER or CHAT_FAILED. */
enum chat_result chat_remote_user_get(struct chat *, uint64_t id, struct chat_remote_user *);
/* The id for user@realm, with the results of chat_remote_user_get; and back. */
enum chat_result chat_remote_user_find(struct chat *, struct chat_text text, uint64_t *id);
enum chat_result chat_remote_user_text(struct chat *, uint64_t id,
    char text[CHAT_REMOTE_USER_TEXT]);

/* A record as store_each shows it. One by name has the id and, from its key, the folded name. */
enum chat_remote_user_record { CHAT_REMOTE_USER_NAME, CHAT_REMOTE_USER_ID, CHAT_REMOTE_USER_BAD };
enum chat_remote_user_record chat_remote_user_parse(const void *key, size_t key_len,
    const void *value, size_t len, struct chat_remote_user *);
/* The id of a user of a peer, 0: unknown. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_remote_user_id(struct chat *, uint64_t peer, struct chat_text name,
    uint64_t *id);
/* The key of the record by name, for repair; its length. It is longer than that of an id. */
#define CHAT_REMOTE_USER_KEY (8 + NAME_MAX_BYTES)
size_t chat_remote_user_key(unsigned char key[CHAT_REMOTE_USER_KEY], uint64_t peer,
    struct chat_text name);
/* The record under the id, for repair. */
#define CHAT_REMOTE_USER_RECORD 128
size_t chat_remote_user_pack(unsigned char data[CHAT_REMOTE_USER_RECORD],
    const struct chat_remote_user *);

#endif
