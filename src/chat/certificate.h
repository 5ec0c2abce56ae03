/*
 * chat_certificate: TLS certificates by which users log in. What is stored is a hash of a
 * certificate's fingerprint, so that who reads the tables cannot tell the gate of it, and its first
 * digits, for its owner to know it. Each has a record that names its user, and stands in the user's
 * list; both change in one transaction. Only the gate's clerk writes them.
 */
#ifndef KABAR_CHAT_CERTIFICATE_H
#define KABAR_CHAT_CERTIFICATE_H

#include <sha2.h>

#include "chat/chat.h"
#include "chat/key.h"

struct chat_user;

#define CHAT_CERTIFICATES_MOST     8  /* of a user */
#define CHAT_CERTIFICATE_TEXT      72 /* "SHA256:", 64 digits and NUL */
#define CHAT_CERTIFICATE_KEY       SHA256_DIGEST_LENGTH
#define CHAT_CERTIFICATE_START     4 /* bytes of a fingerprint that are stored as they are */
#define CHAT_CERTIFICATE_RECORD    (1 + CHAT_KEY_ID + CHAT_CERTIFICATE_START)
#define CHAT_CERTIFICATE_LIST_ITEM (CHAT_CERTIFICATE_KEY + CHAT_CERTIFICATE_START)
#define CHAT_CERTIFICATE_LIST      (1 + CHAT_CERTIFICATES_MOST * CHAT_CERTIFICATE_LIST_ITEM)

struct chat_certificate {
	unsigned char key[CHAT_CERTIFICATE_KEY];
	unsigned char start[CHAT_CERTIFICATE_START];
};

struct chat_certificate_list {
	struct chat_certificate items[CHAT_CERTIFICATES_MOST]; /* in the order of their coming */
	size_t n;
};

/*
 * Reads a SHA-256 fingerprint: 64 hexadecimal digits in any case, with colons or without, and
 * perhaps "SHA256:" before them. False: it is none.
 */
bool chat_certificate_read(struct chat_certificate *, struct chat_text fingerprint);

/* Writes it in the one form that the gate is told: "SHA256:" and lower-case digits. */
bool chat_certificate_write(char text[CHAT_CERTIFICATE_TEXT], struct chat_text fingerprint);

/* Whose it is. CHAT_OK, CHAT_NO_USER: nobody's; CHAT_FAILED. */
enum chat_result chat_certificate_find(struct chat *, const struct chat_certificate *,
    uint64_t *user);
/*
 * Judges a login by one, under this name or "". CHAT_OK and the account; CHAT_NO_USER: it is
 * nobody's, or another's than the name's; CHAT_LOCKED, CHAT_FAILED.
 */
enum chat_result chat_certificate_login(struct chat *, const struct chat_certificate *,
    struct chat_text name, struct chat_user *);
/* Those of a user; none where the list is damaged. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_certificate_of(struct chat *, uint64_t user, struct chat_certificate_list *);

/*
 * Gives a user one; one that the user has already stays. CHAT_FORBIDDEN: it is another's;
 * CHAT_TOO_MANY, CHAT_NO_USER, or a failure.
 */
enum chat_result chat_certificate_add(struct chat *, uint64_t user,
    const struct chat_certificate *);
/* Takes one from a user. CHAT_BAD_ARGUMENT: the user does not have it; or a failure. */
enum chat_result chat_certificate_remove(struct chat *, uint64_t user,
    const struct chat_certificate *);
/* The steps that remove all of a user, which expect the list as it is. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_certificate_tx_clear(struct chat *, struct store_tx *, uint64_t user);

/* The records, for check and repair: under a key, and a user's list. False: damaged. */
size_t chat_certificate_pack(unsigned char data[CHAT_CERTIFICATE_RECORD], uint64_t user,
    const struct chat_certificate *);
bool chat_certificate_parse(struct chat_certificate *, uint64_t *user, const void *key,
    size_t key_len, const void *value, size_t len);
size_t chat_certificate_pack_list(unsigned char data[CHAT_CERTIFICATE_LIST],
    const struct chat_certificate_list *);
bool chat_certificate_parse_list(struct chat_certificate_list *, const void *value, size_t len);

#endif
