/*
 * chat_people: users of the realm by the beginning of their names, at a bounded cost. There is no
 * order of names in the store, so those are looked at who are likely to be meant: who has exactly
 * this name, whom the caller adds, with whom the user has conversations, the members of the user's
 * groups, the oldest and the newest accounts. In a small and young realm these are all.
 */
#ifndef KABAR_CHAT_PEOPLE_H
#define KABAR_CHAT_PEOPLE_H

#include "chat/chat.h"

#define CHAT_PEOPLE_MAX   100  /* in a list */
#define CHAT_PEOPLE_LOOKS 4096 /* accounts that are looked at, of each kind */

struct chat_people {
	struct chat_people_item {
		uint64_t id;
		char name[NAME_MAX_BYTES + 1];
		char fullname[CHAT_FULLNAME_MAX + 1];
	} list[CHAT_PEOPLE_MAX]; /* by name, each once */
	size_t n;
	bool more; /* there are more, or there may be: not all were looked at */
	char prefix[NAME_MAX_BYTES];
	size_t prefix_len;
	bool nobody; /* no name can begin so */
};

/* An empty list for names that begin with these bytes, in any case. */
void chat_people_begin(struct chat_people *, struct chat_text prefix);
/* Adds a user whose name begins so; of too many, the last by name are left out. */
enum chat_result chat_people_add(struct chat *, struct chat_people *, uint64_t id);
/* Adds those who are likely to be meant by this user. CHAT_OK or CHAT_FAILED. */
enum chat_result chat_people_look(struct chat *, struct chat_people *, uint64_t user);

#endif
