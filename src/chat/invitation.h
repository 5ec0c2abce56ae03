/*
 * chat_invitation: codes with which people register where registration is by invitation: their
 * records, making and removing them. The account that uses one up is made by chat_user. A code is a
 * secret: the store has its hash alone.
 */
#ifndef KABAR_CHAT_INVITATION_H
#define KABAR_CHAT_INVITATION_H

#include "base/code.h"
#include "chat/chat.h"

#define CHAT_INVITATION_MOST     1000 /* records at a time, also of codes that are used up */
#define CHAT_INVITATION_USES     1000 /* accounts that one code may make */
#define CHAT_INVITATION_NOTE_MAX 128  /* bytes, UTF-8 */
#define CHAT_INVITATION_RECORD   (64 + CHAT_INVITATION_NOTE_MAX + 8 * CHAT_INVITATION_USES)

#define CHAT_INVITATION_USER_MS (7 * INT64_C(86400) * 1000)

/* After its end a record stays for so long, so that it tells who came by it. */
#define CHAT_INVITATION_KEEP_MS (30 * INT64_C(86400) * 1000)

struct chat_invitation {
	uint64_t id;        /* names it where the code must not stand; never used again */
	uint64_t maker;     /* a user; 0: an administrator with kabarctl */
	int64_t created_ms; /* since 1970, as the others */
	int64_t expires_ms;
	int64_t used_ms; /* the last time; 0: never */
	char note[CHAT_INVITATION_NOTE_MAX + 1];
	uint32_t uses;                        /* how many accounts it may make */
	uint32_t n;                           /* has made */
	uint64_t users[CHAT_INVITATION_USES]; /* their ids; some may be gone */
};

/* The record, as CHAT_TABLE_INVITATIONS has it. False: damaged. */
size_t chat_invitation_pack(unsigned char data[CHAT_INVITATION_RECORD],
    const struct chat_invitation *);
bool chat_invitation_parse(struct chat_invitation *, const void *value, size_t len);

/*
 * Makes one from maker, uses, expires_ms and note, with a code of these letters. CHAT_BAD_ARGUMENT:
 * a number out of bounds, or a note that is not UTF-8 without control characters; CHAT_TOO_MANY:
 * there are CHAT_INVITATION_MOST, or half of them where a user makes it, or the user has as many
 * open ones as user_invitations says; CHAT_FORBIDDEN: users make none.
 */
enum chat_result chat_invitation_make(struct chat *, struct chat_invitation *, const char *letters);
/* One that a user makes, as users do: for one account, within CHAT_INVITATION_USER_MS. */
enum chat_result chat_invitation_make_by_user(struct chat *, uint64_t user, const char *letters);

/* Whether it makes one more account at this time. */
bool chat_invitation_open(const struct chat_invitation *, int64_t now_ms);

/*
 * Looks for the code of these letters. CHAT_NO_INVITATION: there is none, or it makes no account
 * any more. Whether its maker may still invite is for chat_user_invitation() to say.
 */
enum chat_result chat_invitation_find(struct chat *, const char *letters, struct chat_invitation *);

/* Adds the use by a user who is made in the same transaction; it expects what was found. */
void chat_invitation_use(struct store_tx *, const char *letters, struct chat_invitation *,
    uint64_t user);

/* Removes it: by its letters, or by its id where letters is NULL. CHAT_NO_INVITATION. */
enum chat_result chat_invitation_remove(struct chat *, const char *letters, uint64_t id);

/* Every one, in no order, until visit returns non-zero; it must not use the store. */
enum chat_result chat_invitation_each(struct chat *,
    int (*visit)(void *arg, const struct chat_invitation *), void *arg);

/* Removes those that ended CHAT_INVITATION_KEEP_MS ago. */
enum chat_result chat_invitation_expire(struct chat *, size_t *count);

#endif
