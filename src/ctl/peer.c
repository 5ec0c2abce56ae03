/*
 * ctl_peer: the table of a peer's fields, reading peers for it, and the list of all.
 */
#include "ctl/peer.h"

#include <stdio.h>

#include "chat/realm/bridge.h"
#include "chat/realm/outbox.h"
#include "ctl/list.h"

#define AT(member) CTL_FIELD_AT(struct ctl_peer, member)

static const struct ctl_field fields[] = {
	{ .key = "name", .forms = CTL_IN_LIST, AT(peer.name) },
	{ .key = "address", .forms = CTL_LIST_KEY, AT(peer.address) },
	{ .key = "port", .forms = CTL_LIST_KEY, .type = CTL_NUMBER, AT(peer.port) },
	{ .key = "fingerprint", .forms = CTL_LIST_KEY, AT(peer.fingerprint) },
	{ .key = "legacy", .forms = CTL_LIST_KEY, .type = CTL_BOOL, AT(peer.legacy) },
	{ .key = "added", .forms = CTL_LIST_KEY, .type = CTL_BOOL, AT(peer.added) },
	{ .key = "state", .forms = CTL_IN_LIST, AT(state) },
	{ .key = "up", .forms = CTL_LIST_KEY, .type = CTL_BOOL, AT(up) },
	{ .key = "since_ms",
	    .label = "since",
	    .forms = CTL_IN_LIST,
	    .type = CTL_TIME,
	    .optional = true,
	    AT(link.since_ms) },
	{ .key = "retry_ms",
	    .forms = CTL_LIST_KEY,
	    .type = CTL_TIME,
	    .optional = true,
	    AT(link.retry_ms) },
	{ .key = "round_trip_us",
	    .label = "trip",
	    .forms = CTL_IN_LIST,
	    .type = CTL_TRIP,
	    AT(link.round_trip_us) },
	{ .key = "queued", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(queued) },
	{ .key = "queued_bytes", .forms = CTL_LIST_KEY, .type = CTL_NUMBER, AT(queued_bytes) },
	{ .key = "oldest_ms",
	    .label = "oldest",
	    .forms = CTL_IN_LIST,
	    .type = CTL_TIME,
	    .optional = true,
	    AT(oldest_ms) },
	{ .key = "error", .label = "last error", .forms = CTL_IN_LIST, AT(link.error) },
};
const struct ctl_fields ctl_peer_fields = CTL_FIELDS(fields);

static const char *
state_name(const struct ctl_peer *peer, bool shown)
{
	static const char *const names[] = {
		[LINK_STATUS_DOWN] = "down",
		[LINK_STATUS_CONNECTING] = "connecting",
		[LINK_STATUS_UP] = "up",
	};

	if (!peer->peer.active)
		return "removed";
	return shown ? names[peer->link.state] : "no bridge";
}

enum chat_result
ctl_peer_at(struct chat *chat, uint32_t index, struct ctl_peer *peer)
{
	struct link_status_file *links = chat_bridge_links(chat);
	enum chat_result result = chat_peer_at(chat, index, &peer->peer);
	struct chat_outbox_info queue;

	if (result == CHAT_OK)
		result = chat_outbox_info(chat, peer->peer.id, &queue);
	if (result != CHAT_OK)
		return result;
	bool shown = links != NULL && link_status_get(links, peer->peer.id, &peer->link);
	if (!shown)
		peer->link = (struct link_status){ .round_trip_us = -1 };
	snprintf(peer->state, sizeof(peer->state), "%s", state_name(peer, shown));
	peer->up = shown && peer->link.state == LINK_STATUS_UP;
	peer->queued = queue.last + 1 - queue.first;
	peer->queued_bytes = queue.bytes;
	peer->ever = queue.last;
	peer->oldest_ms = queue.oldest_ms;
	return CHAT_OK;
}

int
ctl_peer_list(struct ctl *ctl)
{
	enum chat_result result;
	struct ctl_list list;
	struct ctl_peer peer;

	ctl_list_begin(&list, ctl, &ctl_peer_fields);
	for (uint32_t i = 0; (result = ctl_peer_at(&ctl->chat, i, &peer)) == CHAT_OK; i++)
		ctl_list_row(&list, &peer);
	int status = ctl_list_end(&list);
	return result == CHAT_NO_REALM ? status : ctl_result(result, "peers", "of this realm");
}
