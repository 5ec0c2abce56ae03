/*
 * ctl_peer: the realms that this one knows: how the links to them are, and what waits for them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "chat/realm/outbox.h"
#include "chat/realm/remote.h"
#include "ctl/ctl.h"
#include "live/link_status.h"

struct row {
	struct chat_peer peer;
	struct link_status link;
	bool shown; /* by a bridge that lives */
	struct chat_outbox_info queue;
};

static const char *
state_name(const struct row *row)
{
	static const char *const names[] = {
		[LINK_STATUS_DOWN] = "down",
		[LINK_STATUS_CONNECTING] = "connecting",
		[LINK_STATUS_UP] = "up",
	};

	if (!row->peer.active)
		return "removed";
	return row->shown ? names[row->link.state] : "no bridge";
}

static uint64_t
queued(const struct row *row)
{
	return row->queue.last + 1 - row->queue.first;
}

static void
read_row(struct ctl *ctl, struct row *row, enum chat_result *result)
{
	struct link_status_file *links = chat_remote_links(&ctl->chat);

	row->shown = links != NULL && link_status_get(links, row->peer.id, &row->link);
	*result = chat_outbox_info(&ctl->chat, row->peer.id, &row->queue);
}

/* A moment, or "-" where there is none. */
static void
print_time(int64_t time_ms)
{
	char text[CTL_TIME_SIZE];

	ctl_time(time_ms, text, sizeof(text));
	printf("%-27s", time_ms == 0 ? "-" : text);
}

static void
print_row(const struct row *row)
{
	char round_trip[32] = "-";

	if (row->shown && row->link.round_trip_us >= 0)
		snprintf(round_trip, sizeof(round_trip), "%.1f ms",
		    (double)row->link.round_trip_us / 1000);
	ctl_print_cell(row->peer.name, 20);
	printf(" %-11s", state_name(row));
	print_time(row->shown ? row->link.since_ms : 0);
	printf("%9s %8" PRIu64 "  ", round_trip, queued(row));
	print_time(row->queue.oldest_ms);
	ctl_print(row->shown && row->link.error[0] != '\0' ? row->link.error : "-");
	putchar('\n');
}

static void
put_time(struct json_out *json, const char *key, int64_t time_ms)
{
	if (time_ms == 0)
		ctl_json_null(json, key);
	else
		ctl_json_int(json, key, time_ms);
}

static void
put_row(struct json_out *json, const struct row *row)
{
	json_out_object_begin(json);
	ctl_json_text(json, "name", row->peer.name);
	ctl_json_text(json, "address", row->peer.address);
	ctl_json_int(json, "port", row->peer.port);
	ctl_json_text(json, "fingerprint", row->peer.fingerprint);
	ctl_json_bool(json, "legacy", row->peer.legacy);
	ctl_json_bool(json, "added", row->peer.added);
	ctl_json_text(json, "state", state_name(row));
	put_time(json, "since_ms", row->shown ? row->link.since_ms : 0);
	put_time(json, "retry_ms", row->shown ? row->link.retry_ms : 0);
	if (row->shown && row->link.round_trip_us >= 0)
		ctl_json_int(json, "round_trip_us", row->link.round_trip_us);
	else
		ctl_json_null(json, "round_trip_us");
	ctl_json_int(json, "queued", (int64_t)queued(row));
	ctl_json_int(json, "queued_bytes", (int64_t)row->queue.bytes);
	put_time(json, "oldest_ms", row->queue.oldest_ms);
	ctl_json_text(json, "error", row->shown ? row->link.error : "");
	json_out_object_end(json);
}

int
ctl_peer_list(struct ctl *ctl)
{
	bool as_json = ctl->json;
	enum chat_result result = CHAT_OK;
	struct json_out json;
	struct row row;

	if (as_json) {
		ctl_json_begin(&json);
		json_out_array_begin(&json);
	} else {
		printf("%-20s %-11s%-27s%9s %8s  %-27s%s\n", "NAME", "STATE", "SINCE", "TRIP",
		    "QUEUED", "OLDEST", "LAST ERROR");
	}
	for (uint32_t i = 0; result == CHAT_OK; i++) {
		result = chat_peer_at(&ctl->chat, i, &row.peer);
		if (result == CHAT_OK)
			read_row(ctl, &row, &result);
		if (result != CHAT_OK)
			break;
		if (as_json)
			put_row(&json, &row);
		else
			print_row(&row);
	}
	if (as_json) {
		json_out_array_end(&json);
		ctl_json_end(&json);
	}
	return result == CHAT_NO_REALM ? CTL_OK : ctl_result(result, "peers", "of this realm");
}
