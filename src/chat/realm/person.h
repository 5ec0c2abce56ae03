/*
 * chat_person: the public data of a user of this realm or another: the JSON object that clients,
 * peers and the bridge's socket show it by.
 */
#ifndef KABAR_CHAT_PERSON_H
#define KABAR_CHAT_PERSON_H

#include <jansson.h>

#include "base/json_out.h"
#include "chat/user.h"

#define CHAT_PERSON_SINCE 41

struct chat_person {
	uint64_t id; /* of a user of this realm; 0: of another */
	char name[NAME_MAX_BYTES + 1];
	char fullname[CHAT_FULLNAME_MAX + 1];
	char country[CHAT_COUNTRY_MAX + 1];
	bool online;
	char since[CHAT_PERSON_SINCE]; /* as the object has it; "": not online, or unknown */
};

/* A user of this realm, not online. */
void chat_person_init(struct chat_person *, const struct chat_user *);
/* Online since then, in ms since 1970; 0: not online. */
void chat_person_set_online(struct chat_person *, int64_t since_ms);

/* The object; and back: false when a member is missing, other than "since", or too long. */
void chat_person_write(struct json_out *, const struct chat_person *);
bool chat_person_read(struct chat_person *, const json_t *);

#endif
