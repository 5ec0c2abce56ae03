/*
 * chat_file: what is known of the files that users have sent each other: in which conversation,
 * under which name, whose, and which content. How they come and go is left to chat_upload,
 * chat_download and chat_expire.
 */
#ifndef KABAR_CHAT_FILE_H
#define KABAR_CHAT_FILE_H

#include "chat/chat.h"
#include "chat/file/blob.h"
#include "chat/set.h"

#define CHAT_FILE_NAME_MAX 255 /* bytes of a file's name, UTF-8 */

/*
 * A conversation: of two users, in either order, of one with oneself, or of a group; or the letter
 * by which one file goes to another realm, which is in nobody's list. One of two users may be
 * somebody of another realm (chat_remote_user).
 */
struct chat_conversation {
	uint64_t first;  /* the lower id of two users; 0: a group's; else the letter's file_id */
	uint64_t second; /* the other user, or the group; 0: a letter's */
};

struct chat_file {
	uint64_t owner; /* the user who sent it, or the realm, in whose quota it counts */
	uint64_t size;
	int64_t sent_ms;
	unsigned char hash[CHAT_BLOB_HASH]; /* of the content */
};

struct chat_conversation chat_conversation_users(uint64_t a, uint64_t b);
struct chat_conversation chat_conversation_group(uint64_t group);
struct chat_conversation chat_conversation_outbound(uint64_t file_id);
bool chat_conversation_is_outbound(struct chat_conversation);
/* The name of the one file in a letter's place. */
struct chat_text chat_file_enclosed(void);

/* Whether all of whom it is are there: CHAT_OK, CHAT_NO_USER, CHAT_NO_GROUP or CHAT_FAILED. */
enum chat_result chat_conversation_exists(struct chat *, struct chat_conversation);

/*
 * The name of a file as a client gives it, perhaps as a path, whose last component it then is; in
 * the caller's memory. CHAT_BAD_ARGUMENT: it is no component of a path, too long or not UTF-8.
 */
enum chat_result chat_file_name(struct chat_text given, struct chat_text *name);

/* CHAT_OK, CHAT_NO_FILE or CHAT_FAILED. */
enum chat_result chat_file_get(struct chat *, struct chat_conversation, struct chat_text name,
    struct chat_file *);
/*
 * Stores a file, whose body is kept already, instead of the one of this name. CHAT_QUOTA: it is
 * too much for its owner.
 */
enum chat_result chat_file_put(struct chat *, struct chat_conversation, struct chat_text name,
    const struct chat_file *);
/* Forgets the file of this name if it still is the given one, else CHAT_NO_FILE. */
enum chat_result chat_file_remove(struct chat *, struct chat_conversation, struct chat_text name,
    const struct chat_file *);
/* Forgets the file of a letter that is over; CHAT_OK also when there is none. */
enum chat_result chat_file_release(struct chat *, uint64_t file_id);

/* By index from 0, until CHAT_NO_FILE: the name of a file, and with whom a user has files. */
enum chat_result chat_file_name_at(struct chat *, struct chat_conversation, uint32_t index,
    char name[CHAT_FILE_NAME_MAX], size_t *len);
enum chat_result chat_file_partner_at(struct chat *, uint64_t user, uint32_t index,
    uint64_t *partner);

/* Takes a record apart, as store_each shows it. False: damaged. */
bool chat_file_parse(const void *key, size_t key_len, const void *value, size_t len,
    struct chat_conversation *, struct chat_text *name, struct chat_file *);
#define CHAT_FILE_RECORD 64
size_t chat_file_pack(unsigned char data[CHAT_FILE_RECORD], const struct chat_file *);
/* The sets of the names in a conversation and of those with whom a user has files. */
struct chat_set chat_file_names(struct chat_conversation);
struct chat_set chat_file_partners(uint64_t user);

#endif
