/*
 * chat_file: the record of a file that a user has sent: in which conversation, under which name, of
 * which owner, with which content; and the sets in which files are found. How files come and go is
 * left to chat/file/put.h, chat_upload, chat_download and chat_expire.
 */
#ifndef KABAR_CHAT_FILE_H
#define KABAR_CHAT_FILE_H

#include "chat/chat.h"
#include "chat/file/blob.h"
#include "chat/file/conversation.h"
#include "chat/key.h"
#include "chat/set.h"

#define CHAT_FILE_NAME_MAX 255 /* bytes of a file's name, UTF-8 */

struct chat_file {
	uint64_t owner; /* the user who sent it, or the realm, in whose quota it counts */
	uint64_t size;
	int64_t sent_ms;
	unsigned char hash[CHAT_BLOB_HASH]; /* of the content */
};

/* The name of the one file in the conversation of an outbound message. */
struct chat_text chat_file_enclosed(void);
/*
 * Cuts the name from what a client gives, perhaps a path, whose last component it then is; in the
 * caller's memory. CHAT_BAD_ARGUMENT: it is no component of a path, too long or not UTF-8.
 */
enum chat_result chat_file_name(struct chat_text given, struct chat_text *name);

/* CHAT_OK, CHAT_NO_FILE or CHAT_FAILED. */
enum chat_result chat_file_get(struct chat *, struct chat_conversation, struct chat_text name,
    struct chat_file *);

/* By index from 0, until CHAT_NO_FILE: the name of a file, and with whom a user has files. */
enum chat_result chat_file_name_at(struct chat *, struct chat_conversation, uint32_t index,
    char name[CHAT_FILE_NAME_MAX], size_t *len);
enum chat_result chat_file_partner_at(struct chat *, uint64_t user, uint32_t index,
    uint64_t *partner);
/* The sets of the names in a conversation and of those with whom a user has files. */
struct chat_set chat_file_names(struct chat_conversation);
struct chat_set chat_file_partners(uint64_t user);

/* The conversation whose names a set has. False: it is a set of something else. */
bool chat_file_conversation_of(const struct chat_set *, struct chat_conversation *);

/* A record of CHAT_TABLE_FILES and its key: lengths; and both taken apart, false: damaged. */
#define CHAT_FILE_RECORD 64
#define CHAT_FILE_KEY    (CHAT_KEY_PAIR + CHAT_FILE_NAME_MAX)
size_t chat_file_pack(unsigned char data[CHAT_FILE_RECORD], const struct chat_file *);
size_t chat_file_key(unsigned char key[CHAT_FILE_KEY], struct chat_conversation,
    struct chat_text name);
bool chat_file_parse_key(const void *key, size_t key_len, struct chat_conversation *,
    struct chat_text *name);
bool chat_file_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_conversation *, struct chat_text *name, struct chat_file *);

#endif
