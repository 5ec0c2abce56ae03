/*
 * bridge_legacy_request: what is said to an older server: each call writes one line, or its
 * beginning.
 */
#ifndef KABAR_BRIDGE_LEGACY_REQUEST_H
#define KABAR_BRIDGE_LEGACY_REQUEST_H

#include "chat/realm/outbound.h"
#include "net/wire.h"

#define BRIDGE_LEGACY_ADDRESSEES 65536 /* bytes of a list of users */

/* Whether there is a line for a letter: its text may hold no line end. */
bool bridge_legacy_request_possible(const struct chat_letter *);

/* The realm is what both ends call the other. Here we are: */
void bridge_legacy_request_announce(struct bridge_wire *, const char *realm, const char *host,
    uint16_t port);
/* Who is in a group? */
void bridge_legacy_request_members(struct bridge_wire *, const char *realm, struct chat_text group);
/* What is held for a user of ours? */
void bridge_legacy_request_chat(struct bridge_wire *, const char *realm, const char *user);
/*
 * A message to a user or, divided by commas, several; of a file all but the content and
 * bridge_legacy_request_end.
 */
void bridge_legacy_request_letter(struct bridge_wire *, const char *realm,
    const struct chat_letter *, struct chat_text to);
void bridge_legacy_request_end(struct bridge_wire *);

#endif
