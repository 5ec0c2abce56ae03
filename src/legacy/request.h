/*
 * legacy_request: what is said to an older server: each call writes one line, or its
 * beginning.
 */
#ifndef KABAR_BRIDGE_LEGACY_REQUEST_H
#define KABAR_BRIDGE_LEGACY_REQUEST_H

#include "chat/realm/outbound.h"
#include "net/wire.h"

#define LEGACY_LINK_ADDRESSEES 65536 /* bytes of a list of users */

/* Whether there is a line for a letter: its text may hold no line end. */
bool legacy_request_possible(const struct chat_outbound *);

/* The realm is what both ends call the other. Here we are: */
void legacy_request_announce(struct wire *, const char *realm, const char *host, uint16_t port);
/* Who is in a group? */
void legacy_request_members(struct wire *, const char *realm, struct chat_text group);
/* What is held for a user of ours? */
void legacy_request_chat(struct wire *, const char *realm, const char *user);
/*
 * A message to a user or, divided by commas, several; of a file all but the content and
 * legacy_request_end.
 */
void legacy_request_message(struct wire *, const char *realm, const struct chat_outbound *,
    struct chat_text to);
void legacy_request_end(struct wire *);

#endif
