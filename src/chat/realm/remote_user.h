/*
 * chat_foreign: people of other realms with whom somebody here has files, or for whom copies are
 * held (chat_held). They have an id, as users have, so that a conversation with them is one like
 * any other.
 */
#ifndef KABAR_CHAT_FOREIGN_H
#define KABAR_CHAT_FOREIGN_H

#include "chat/chat.h"
#include "chat/realm/peer.h"

#define CHAT_FOREIGN_TEXT (2 * NAME_MAX_BYTES + 2) /* user@realm and NUL */

struct chat_foreign {
	uint64_t id;   /* never used again */
	uint64_t peer; /* whose user it is */
	char name[NAME_MAX_BYTES + 1];
};

/* The one of this name, made where there is none. CHAT_BAD_ARGUMENT: it is no name. */
enum chat_result chat_foreign_make(struct chat *, uint64_t peer, struct chat_text name,
    uint64_t *id);
/* CHAT_OK, CHAT_NO_USER or CHAT_FAILED. */
enum chat_result chat_foreign_get(struct chat *, uint64_t id, struct chat_foreign *);
/* By user@realm, with the results of chat_foreign_get; and back. */
enum chat_result chat_foreign_find(struct chat *, struct chat_text text, uint64_t *id);
enum chat_result chat_foreign_text(struct chat *, uint64_t id, char text[CHAT_FOREIGN_TEXT]);

/* A record as store_each shows it: by name, id is set and *person's name is the key's; or by id. */
enum chat_foreign_record { CHAT_FOREIGN_NAME, CHAT_FOREIGN_ID, CHAT_FOREIGN_BAD };
enum chat_foreign_record chat_foreign_parse(const void *key, size_t key_len, const void *value,
    size_t len, struct chat_foreign *person);
/* The id of a name of a peer's, 0: there is none. */
enum chat_result chat_foreign_id(struct chat *, uint64_t peer, struct chat_text name, uint64_t *id);
/* The record under the id of one, for those who put it right. */
#define CHAT_FOREIGN_RECORD 128
size_t chat_foreign_pack(unsigned char data[CHAT_FOREIGN_RECORD], const struct chat_foreign *);

#endif
