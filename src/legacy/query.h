/*
 * legacy_query: questions to a legacy peer: the messages that it keeps for a user, and the members
 * of a group. Existing servers do not reply at all to what they do not expect, such as the name of
 * an unknown user. So each question has a connection and a short time limit of its own, and its
 * failure does not concern the link.
 */
#ifndef KABAR_LEGACY_QUERY_H
#define KABAR_LEGACY_QUERY_H

#include "legacy/state.h"

/*
 * Asks for the members of the group to which a message goes, unless that is under way.
 * legacy_outbound_members or _no_members gets the answer.
 */
void legacy_query_members(struct bridge_link *, uint64_t outbound, struct chat_text group);
/* As those of struct bridge_link_protocol. */
bool legacy_query_pull(struct bridge_link *, uint64_t id, const char *user);
void legacy_query_polls(struct bridge_link *, struct polls *);
bool legacy_query_got(const struct bridge_link *, const struct polls *);
int64_t legacy_query_due(const struct bridge_link *);
void legacy_query_step(struct bridge_link *, const struct polls *);
/* Gives up the pulls that wait and the question for members; or, too, all that are under way. */
void legacy_query_end(struct bridge_link *);
void legacy_query_end_all(struct bridge_link *);

#endif
