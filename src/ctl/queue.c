/*
 * ctl_queue: what waits for other realms: looking at it, having it sent now, throwing it away.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/realm/outbox.h"
#include "chat/realm/remote.h"
#include "ctl/ctl.h"

struct listing {
	struct json_out *json; /* NULL: for people */
	const char *realm;
};

static void
print_text(struct chat_text text)
{
	char copy[3 * NAME_MAX_BYTES + 1];

	snprintf(copy, sizeof(copy), "%.*s", (int)text.len, text.data);
	ctl_print(copy);
}

static void
print_outbound(const char *realm, const struct store_entry *entry,
    const struct chat_outbound *outbound)
{
	char queued[CTL_TIME_SIZE];

	ctl_time(entry->time_ms, queued, sizeof(queued));
	printf("%-20s %8" PRIu64 "  %s  %7zu  ", realm, entry->number, queued, entry->len);
	if (outbound == NULL) {
		puts("unreadable");
		return;
	}
	print_text(outbound->from);
	fputs(" -> ", stdout);
	print_text(outbound->to);
	puts(outbound->file ? " (file)" : "");
}

static void
put_text(struct json_out *json, const char *key, struct chat_text text)
{
	json_out_key(json, key);
	json_out_string(json, text.data, text.len);
}

/* A letter that cannot be read has all keys, too. */
static void
put_sides(struct json_out *json, const struct chat_outbound *outbound)
{
	if (outbound == NULL) {
		ctl_json_null(json, "from");
		ctl_json_null(json, "to");
		ctl_json_null(json, "file");
		return;
	}
	put_text(json, "from", outbound->from);
	put_text(json, "to", outbound->to);
	ctl_json_bool(json, "file", outbound->file);
}

static void
put_outbound(struct json_out *json, const char *realm, const struct store_entry *entry,
    const struct chat_outbound *outbound)
{
	json_out_object_begin(json);
	ctl_json_text(json, "realm", realm);
	ctl_json_int(json, "number", (int64_t)entry->number);
	ctl_json_int(json, "queued_ms", entry->time_ms);
	ctl_json_int(json, "bytes", (int64_t)entry->len);
	put_sides(json, outbound);
	json_out_object_end(json);
}

/* Who writes to whom, but nothing of what. */
static int
list_outbound(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	const struct listing *listing = arg;

	if (listing->json != NULL)
		put_outbound(listing->json, listing->realm, entry, outbound);
	else
		print_outbound(listing->realm, entry, outbound);
	return 0;
}

static enum chat_result
list_peer(struct ctl *ctl, struct listing *listing, const struct chat_peer *peer)
{
	listing->realm = peer->name;
	return chat_outbox_each(&ctl->chat, peer->id, 0, list_outbound, listing);
}

static enum chat_result
list_all(struct ctl *ctl, struct listing *listing)
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

/* The peer that the first operand names. CTL_OK, or another status having said why. */
static int
find_peer(struct ctl *ctl, struct chat_peer *peer)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_peer_find(&ctl->chat, chat_text(name), peer), "realm", name);
}

int
ctl_queue_list(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct listing listing = { .json = NULL };
	enum chat_result result;
	struct chat_peer peer;
	struct json_out json;
	int status = name == NULL ? CTL_OK : find_peer(ctl, &peer);
	if (status != CTL_OK)
		return status;
	if (ctl->json) {
		listing.json = &json;
		ctl_json_begin(&json);
		json_out_array_begin(&json);
	} else {
		printf("%-20s %8s  %-25s  %7s  %s\n", "REALM", "NUMBER", "QUEUED", "BYTES",
		    "FROM -> TO");
	}
	result = name == NULL ? list_all(ctl, &listing) : list_peer(ctl, &listing, &peer);
	if (listing.json != NULL) {
		json_out_array_end(&json);
		ctl_json_end(&json);
	}
	return ctl_result(result, "queue", name == NULL ? "of all realms" : name);
}

static int
no_answer(void)
{
	return ctl_error(CTL_UNAVAILABLE, "kabar-bridge does not run, or does not answer");
}

int
ctl_queue_flush(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_peer peer;
	int status = name == NULL ? CTL_OK : find_peer(ctl, &peer);

	if (status != CTL_OK)
		return status;
	enum chat_result result = chat_remote_flush(&ctl->chat, name == NULL ? NULL : &peer);
	return result == CHAT_NO_ANSWER ? no_answer() : ctl_result(result, "realm", name);
}

int
ctl_queue_drop(struct ctl *ctl)
{
	struct link_status_file *links = chat_remote_links(&ctl->chat);
	enum chat_result result = CHAT_FAILED;
	uint64_t dropped = 0;
	struct chat_peer peer;
	int status = find_peer(ctl, &peer);

	if (status != CTL_OK)
		return status;
	/* Whoever leads may touch an outbox: the bridge, or we while there is none. */
	if (links != NULL && link_status_lead(links) == 0)
		result = chat_outbox_drop(&ctl->chat, &peer, &dropped);
	else if (links != NULL)
		result = chat_remote_drop(&ctl->chat, &peer, &dropped);
	if (result == CHAT_OK || dropped > 0) {
		ctl_say(ctl, "%" PRIu64 " dropped, their senders are told\n", dropped);
		ctl_report_int(ctl, "dropped", (int64_t)dropped);
	}
	return result == CHAT_NO_ANSWER ? no_answer() : ctl_result(result, "queue", peer.name);
}
