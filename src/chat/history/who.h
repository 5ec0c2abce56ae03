/*
 * chat_who: with whom a conversation is, as programs write it: `henderson`, `#kopi`,
 * `lineker@malang`, `#kopi@malang`, `kabar`. A realm that is this one is left out.
 */
#ifndef KABAR_CHAT_HISTORY_WHO_H
#define KABAR_CHAT_HISTORY_WHO_H

#include "chat/chat.h"
#include "chat/realm/peer.h"

#define CHAT_WHO_TEXT (1 + 2 * NAME_MAX_BYTES + 2) /* #group@realm and NUL */

enum chat_who_kind {
	CHAT_WHO_USER,
	CHAT_WHO_GROUP,
	CHAT_WHO_REMOTE_USER,
	CHAT_WHO_REMOTE_GROUP,
	CHAT_WHO_SERVER
};

struct chat_who {
	enum chat_who_kind kind;
	/*
	 * The user's, group's or remote user's; 0 of the server. 0 also of one of another realm
	 * with whom nobody here has had a conversation yet.
	 */
	uint64_t id;
	struct chat_peer peer;         /* of the latter: the realm */
	char name[NAME_MAX_BYTES + 1]; /* as the record has it, without # and realm */
};

/*
 * Finds with whom it is. CHAT_OK; CHAT_NO_USER, CHAT_NO_GROUP, CHAT_NO_REALM; CHAT_BAD_ARGUMENT: it
 * is no such text; CHAT_FAILED. Whether the user may see a private group, or is a member, is not
 * asked here.
 */
enum chat_result chat_who_find(struct chat *, struct chat_text text, struct chat_who *);
/*
 * The same by id: a partner (chat_history_next), a group, or what an entry of activity names.
 * CHAT_NO_USER: nobody any more.
 */
enum chat_result chat_who_of(struct chat *, uint64_t id, struct chat_who *);
/* The text, which chat_who_find() reads back. */
void chat_who_text(const struct chat_who *, char text[CHAT_WHO_TEXT]);

#endif
