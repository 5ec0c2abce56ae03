/*
 * legacy_reply: what an older server answers, taken apart: one JSON object, whose texts are
 * those of the family's documents.
 */
#ifndef KABAR_BRIDGE_LEGACY_REPLY_H
#define KABAR_BRIDGE_LEGACY_REPLY_H

#include <jansson.h>

#include "chat/realm/legacy_pull.h"
#include "chat/reason.h"

struct legacy_reply {
	json_t *object;
	bool ok;
	enum chat_reason reason; /* of an error: what its text seems to say */
	bool missing;            /* of an error: whether it says that something is not there */
	const char *text;        /* the reply's; "": none */
};

/* 0, or -1 when it is no reply; else it is to be freed. */
int legacy_reply_read(struct legacy_reply *, const char *data, size_t len);
void legacy_reply_free(struct legacy_reply *);

/* The members of a group, divided by commas, in the caller's memory; NULL: there are none. */
char *legacy_reply_members(const struct legacy_reply *);
/*
 * What was held for a user; the list is the caller's, its texts are the reply's. by_name: senders
 * are shown by their user names. 0, or -1 without memory.
 */
int legacy_reply_messages(const struct legacy_reply *, const char *user,
    struct chat_legacy_pull **list, size_t *n, bool *by_name);

#endif
