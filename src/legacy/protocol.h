/*
 * legacy_protocol: what is written to a legacy peer, and what it replies. A request is one line. A
 * reply is one JSON object, whose texts are those of the family's documents.
 */
#ifndef KABAR_LEGACY_PROTOCOL_H
#define KABAR_LEGACY_PROTOCOL_H

#include <jansson.h>

#include "chat/realm/legacy_pull.h"
#include "chat/reason.h"
#include "net/wire.h"

/* The requests between servers, in both directions. */
#define LEGACY_ANNOUNCE      "recvrealm"
#define LEGACY_MESSAGE       "recvrealmprivatemsg"
#define LEGACY_GROUP_MESSAGE "recvrealmgroupmsg"
#define LEGACY_FILE          "recvfilerealm"
#define LEGACY_GROUP_FILE    "recvgroupfilerealm"
#define LEGACY_MEMBERS       "getgrouprealm"
#define LEGACY_PULL          "getrealmchat"

#define LEGACY_USERS_MAX 65536              /* bytes of a list of users */
#define LEGACY_REPLY_MAX (32 * 1024 * 1024) /* bytes of a reply, which may contain files */

/* Whether a line can carry the message: its text must not contain a line end. */
bool legacy_protocol_carries(const struct chat_outbound *);

/* Each writes a line. The realm is the name by which both ends call the other. */
void legacy_protocol_announce(struct wire *, const char *realm, const char *host, uint16_t port);
/* Asks for the members of a group. */
void legacy_protocol_ask_members(struct wire *, const char *realm, struct chat_text group);
/* Asks for the messages that the peer keeps for a user here. */
void legacy_protocol_ask_messages(struct wire *, const char *realm, const char *user);
/*
 * Sends a message to a user or several, divided by commas. Of a file it writes all but the content
 * and legacy_protocol_file_end.
 */
void legacy_protocol_message(struct wire *, const char *realm, const struct chat_outbound *,
    struct chat_text to);
void legacy_protocol_file_end(struct wire *);

struct legacy_reply {
	json_t *object;
	bool ok;
	enum chat_reason reason; /* of an error: what its text seems to mean */
	bool missing;            /* of an error: it means that something does not exist */
	const char *text;        /* the reply's; "": none */
};

/* 0, or -1 when it is no reply; otherwise the caller frees it. */
int legacy_protocol_read(struct legacy_reply *, const char *data, size_t len);
void legacy_protocol_free(struct legacy_reply *);

/* The members of a group, divided by commas, for the caller to free; NULL: none, or no memory. */
char *legacy_protocol_members(const struct legacy_reply *);
/*
 * The messages that the peer kept for a user. The caller frees the list, whose texts are the
 * reply's. *by_name: senders are shown by their user names. 0, or -1 without memory.
 */
int legacy_protocol_messages(const struct legacy_reply *, const char *user,
    struct chat_legacy_pull **list, size_t *n, bool *by_name);

#endif
