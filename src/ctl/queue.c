/*
 * ctl_queue: what waits for other realms: looking at it, having it sent now, throwing it away.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/realm/bridge.h"
#include "chat/realm/outbox.h"
#include "ctl/list.h"

struct row {
	struct chat_text realm;
	uint64_t number;
	int64_t queued_ms;
	uint64_t bytes;
	/* These have no value where the message cannot be read. */
	struct chat_text from;
	struct chat_text to;
	signed char file;
	char sides[CTL_FIELD_TEXT_MAX]; /* for people */
};

/* The users are shown, but nothing of the text. */
#define AT(member) CTL_FIELD_AT(struct row, member)

static const struct ctl_field field_list[] = {
	{ .key = "realm", .forms = CTL_IN_LIST, .type = CTL_TEXT, AT(realm) },
	{ .key = "number", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(number) },
	{ .key = "queued_ms",
	    .label = "queued",
	    .forms = CTL_IN_LIST,
	    .type = CTL_TIME,
	    AT(queued_ms) },
	{ .key = "bytes", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(bytes) },
	{ .key = "from", .forms = CTL_LIST_KEY, .type = CTL_TEXT, AT(from) },
	{ .key = "to", .forms = CTL_LIST_KEY, .type = CTL_TEXT, AT(to) },
	{ .key = "file", .forms = CTL_LIST_KEY, .type = CTL_BOOL, AT(file) },
	{ .label = "from -> to", .forms = CTL_COLUMN, AT(sides) },
};
static const struct ctl_fields fields = CTL_FIELDS(field_list);

struct listing {
	struct ctl_list list;
	const char *realm;
};

static int
list_outbound(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct listing *listing = arg;
	struct row row = { .realm = chat_text(listing->realm),
		.number = entry->number,
		.queued_ms = entry->time_ms,
		.bytes = entry->len,
		.file = -1,
		.sides = "unreadable" };

	if (outbound != NULL) {
		row.from = outbound->from;
		row.to = outbound->to;
		row.file = outbound->file;
		snprintf(row.sides, sizeof(row.sides), "%.*s -> %.*s%s", (int)row.from.len,
		    row.from.data,
		    3 * NAME_MAX_BYTES < row.to.len ? 3 * NAME_MAX_BYTES : (int)row.to.len,
		    row.to.data, outbound->file ? " (file)" : "");
	}
	ctl_list_row(&listing->list, &row);
	return 0;
}

static enum chat_result
list_peer(struct ctl *ctl, struct listing *listing, const struct chat_peer *peer)
{
	listing->realm = peer->name;
	return chat_outbox_each(&ctl->chat, peer->id, 0, list_outbound, listing);
}

static enum chat_result
list_all_peers(struct ctl *ctl, struct listing *listing)
{
	enum chat_result result = CHAT_OK;
	struct chat_peer peer;

	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_peer_at(&ctl->chat, i, &peer);
		if (result == CHAT_OK)
			result = list_peer(ctl, listing, &peer);
	}
	return result == CHAT_NO_REALM ? CHAT_OK : result;
}

/* The peer that the first operand names, if there is one. CTL_OK, or a status having said why. */
static int
find_peer(struct ctl *ctl, struct chat_peer *peer)
{
	const char *name = ctl->operands[0];

	return name == NULL
	    ? CTL_OK
	    : ctl_result(chat_peer_find(&ctl->chat, chat_text(name), peer), "realm", name);
}

int
ctl_queue_list(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct listing listing = { .realm = NULL };
	enum chat_result result;
	struct chat_peer peer;
	int status = find_peer(ctl, &peer);

	if (status != CTL_OK)
		return status;
	ctl_list_begin(&listing.list, ctl, &fields);
	result = name == NULL ? list_all_peers(ctl, &listing) : list_peer(ctl, &listing, &peer);
	status = ctl_list_end(&listing.list);
	return result == CHAT_OK
	    ? status
	    : ctl_result(result, "queue", name == NULL ? "of all realms" : name);
}

static int
complain_no_bridge(void)
{
	return ctl_error(CTL_UNAVAILABLE, "kabar-bridge does not run, or does not answer");
}

int
ctl_queue_flush(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_peer peer;
	int status = find_peer(ctl, &peer);

	if (status != CTL_OK)
		return status;
	enum chat_result result = chat_bridge_flush(&ctl->chat, name == NULL ? NULL : &peer);
	return result == CHAT_NO_ANSWER ? complain_no_bridge() : ctl_result(result, "realm", name);
}

int
ctl_queue_drop(struct ctl *ctl)
{
	struct link_status_file *links = chat_bridge_links(&ctl->chat);
	enum chat_result result = CHAT_FAILED;
	uint64_t dropped = 0;
	struct chat_peer peer;
	int status = find_peer(ctl, &peer);

	if (status != CTL_OK)
		return status;
	/* Only the leader may touch an outbox: the bridge, or this process where none runs. */
	if (links != NULL && link_status_lead(links) == 0)
		result = chat_outbox_drop(&ctl->chat, &peer, &dropped);
	else if (links != NULL)
		result = chat_bridge_drop(&ctl->chat, &peer, &dropped);
	if (result == CHAT_OK || dropped > 0) {
		ctl_say(ctl, "%" PRIu64 " dropped, their senders are told\n", dropped);
		ctl_report_int(ctl, "dropped", (int64_t)dropped);
	}
	return result == CHAT_NO_ANSWER ? complain_no_bridge()
	                                : ctl_result(result, "queue", peer.name);
}
