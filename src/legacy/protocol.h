/*
 * legacy_protocol: what is written to a legacy peer, and what it replies. A request is one line. A
 * reply is one JSON object, whose texts are those of the family's documents.
 */
#ifndef KABAR_LEGACY_PROTOCOL_H
#define KABAR_LEGACY_PROTOCOL_H

#include <jansson.h>

#include "chat/realm/outbound.h"
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

#define LEGACY_USERS_MAX   65536        /* bytes of a list of users */
#define LEGACY_MEMBERS_MAX 1024         /* members of a group to which a message goes */
#define LEGACY_REPLY_MAX   (256 * 1024) /* bytes of a reply; legacy_answer reads longer ones */

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

/*
 * The members of a group, divided by commas, for the caller to free; NULL: none, or no memory. *n
 * counts them; those beyond LEGACY_MEMBERS_MAX are counted only.
 */
char *legacy_protocol_members(const struct legacy_reply *, size_t *n);
/* A message that the peer kept. Its texts are those of the object, which the caller frees. */
struct legacy_element {
	json_t *object;
	struct chat_text from;
	struct chat_text text; /* or the name of a file */
	const char *to;
};

/*
 * Reads an element of such a reply; `file`: it has the content of a file. False: it is no message
 * that can be shown; then nothing is to be freed.
 */
bool legacy_protocol_element(struct legacy_element *, const char *data, size_t len, bool file);

#endif
