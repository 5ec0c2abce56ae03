/*
 * legacy_dialect: what an older server says on a listener of the dialect `realm`. It is answered as
 * a client is that does the like, in the same words.
 */
#include "legacy/dialect.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "chat/member.h"
#include "chat/realm/legacy.h"
#include "chat/realm/legacy_spool.h"
#include "chat/realm/bridge.h"
#include "chat/user.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/message.h"
#include "dialect/parse.h"
#include "legacy/protocol.h"
#include "net/address.h"

#define LOOK_UP_MS 60000 /* how long an answer is good */

/* Whether there may be an older server at the other end. Ticks say until when an answer is good. */
struct state {
	bool expected;
	int64_t expected_ms;
	char host[CHAT_PEER_ADDRESS]; /* the name that was looked up last; "": none */
	bool is_host;                 /* and whether the connection comes from there */
	int64_t host_ms;
	struct chat_peer peer; /* of the request */
};

/* Names are not looked up for every message. */
static bool
comes_from(struct dialog *dialog, const char *host)
{
	struct state *state = dialog->servers_state;
	int64_t now = clock_monotonic_ms();

	if (strcmp(state->host, host) != 0 || now >= state->host_ms) {
		strlcpy(state->host, host, sizeof(state->host));
		state->is_host = address_host_has(host, dialog->address);
		state->host_ms = now + LOOK_UP_MS;
	}
	return state->is_host;
}

static bool
same_name(const char *name, const struct chat_text *text)
{
	return text->len == strlen(name) && strncasecmp(name, text->data, text->len) == 0;
}

/* Which peer is at the other end: the one of this name (NULL: any), if it may be that one. */
static bool
find_peer(struct dialog *dialog, const struct chat_text *name, struct chat_peer *peer)
{
	uint32_t index = 0;

	while (chat_legacy_at(&dialog->chat, &index, peer) == CHAT_OK)
		if ((name == NULL || same_name(peer->name, name)) &&
		    comes_from(dialog, peer->address))
			return true;
	return false;
}

static bool
is_expected(struct dialog *dialog)
{
	struct state *state = dialog->servers_state;
	int64_t now = clock_monotonic_ms();
	struct chat_peer peer;

	if (state == NULL)
		state = dialog->servers_state = calloc(1, sizeof(*state));
	if (state == NULL)
		return false;
	if (now >= state->expected_ms) {
		state->expected = find_peer(dialog, NULL, &peer);
		state->expected_ms = now + LOOK_UP_MS;
	}
	return state->expected;
}

static void
say_hello(struct dialog *dialog, const struct chat_peer *peer)
{
	if (dialog->from_server)
		return;
	dialog->from_server = true;
	log_info("the older server of %s", peer->name);
	if (dialog->seen_user == 0)
		dialect_present(dialog, 0, peer->name);
}

/*
 * The peer at the other end, which must be the one of this name (NULL: any). NULL: it is not, and
 * that was replied.
 */
static const struct chat_peer *
meet_peer(struct dialog *dialog, const struct line_request *request, const struct chat_text *name)
{
	struct state *state = dialog->servers_state;

	if (find_peer(dialog, name, &state->peer)) {
		say_hello(dialog, &state->peer);
		return &state->peer;
	}
	if (request->streams)
		frame_discard(&dialog->frame);
	dialect_line_result(dialog, request, CHAT_NO_REALM);
	return NULL;
}

static void
hear_realm(struct dialog *dialog, struct line_request *request)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[0]);

	if (peer == NULL)
		return;
	chat_bridge_alive(&dialog->chat, peer);
	dialect_line_result(dialog, request, CHAT_OK);
}

static void
send_members(struct dialog *dialog, struct line_request *request)
{
	struct chat_text name = request->words[1];
	struct chat_group group;
	struct chat_user user;
	struct json_out json;
	uint64_t id;
	enum chat_result result;

	if (meet_peer(dialog, request, NULL) == NULL)
		return;
	(void)chat_outbound_kind_of(&name);
	result = chat_group_find(&dialog->chat, name, &group);
	if (result != CHAT_OK) {
		dialect_line_result(dialog, request, result);
		return;
	}
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "members");
	json_out_array_begin(&json);
	for (uint32_t i = 0; chat_member_user(&dialog->chat, group.id, i, &id) == CHAT_OK; i++)
		if (chat_user_get(&dialog->chat, id, &user) == CHAT_OK)
			json_out_cstring(&json, user.name);
	json_out_array_end(&json);
	dialect_line_end(dialog, &json);
}

struct handing {
	struct json_out json;
	const struct line_dialect *line;
};

static void
hand_over(void *arg, const struct chat_message *message)
{
	struct handing *handing = arg;

	dialect_message_object(&handing->json, handing->line, message);
}

/* What users here wrote to one of theirs. What cannot be read now is asked for again. */
static void
send_held(struct dialog *dialog, struct line_request *request)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[0]);
	struct handing handing = { .line = dialog->dialect->tables };

	if (peer == NULL)
		return;
	dialect_line_begin(dialog, &handing.json, "OK");
	json_out_key(&handing.json, "messages");
	json_out_array_begin(&handing.json);
	if (chat_legacy_spool_each(&dialog->chat, peer, request->words[1], hand_over, &handing,
	        &dialog->pending) != CHAT_OK)
		log_warnx("what is held for %s cannot be read", peer->name);
	json_out_array_end(&handing.json);
	dialect_line_end(dialog, &handing.json);
}

/* A file whose content is on its way; the words are copied, for they do not stay. */
struct parcel {
	struct dialog *dialog;
	struct chat_inbound inbound;
	struct chat_blob body;
	char words[FRAME_BUFFER];
	size_t used;
};

static bool
copy(struct parcel *parcel, struct chat_text *out, struct chat_text word)
{
	if (word.len > sizeof(parcel->words) - parcel->used)
		return false;
	out->data = parcel->words + parcel->used;
	out->len = word.len;
	memcpy(parcel->words + parcel->used, word.data, word.len);
	parcel->used += word.len;
	return true;
}

static enum chat_result
address(struct parcel *parcel, const struct line_request *request, bool group)
{
	struct chat_outbound *outbound = &parcel->inbound.outbound;
	const struct chat_text *words = request->words;
	struct chat_text name, to = words[2];
	enum chat_result result = chat_file_name(words[3], &name);

	parcel->used = 0;
	parcel->inbound = (struct chat_inbound){ .outbound = { .file = true } };
	outbound->kind = group ? chat_outbound_kind_of(&to) : CHAT_OUTBOUND_USER;
	if (result != CHAT_OK || !copy(parcel, &outbound->from, words[0]) ||
	    !copy(parcel, &outbound->to, to) || !copy(parcel, &outbound->text, name))
		return CHAT_BAD_ARGUMENT;
	return CHAT_OK;
}

static enum chat_result
write_parcel(void *arg, const void *data, size_t len)
{
	struct parcel *parcel = arg;

	if (len > parcel->dialog->config->file_max - parcel->body.size)
		return CHAT_TOO_BIG;
	return chat_blob_write(&parcel->body, data, len);
}

/* To a group; where there is none of this name, to the user of this name. */
static enum chat_result
deliver_parcel(struct parcel *parcel, const struct chat_peer *peer)
{
	struct chat *chat = &parcel->dialog->chat;
	struct chat_outbound *outbound = &parcel->inbound.outbound;
	enum chat_result result = chat_blob_keep(chat->config, &parcel->body);

	if (result != CHAT_OK)
		return result;
	outbound->size = parcel->body.size;
	memcpy(outbound->hash, parcel->body.hash, sizeof(outbound->hash));
	store_refresh(chat->store);
	result = chat_legacy_deliver(chat, peer, &parcel->inbound);
	if (result != CHAT_NO_GROUP)
		return result;
	outbound->kind = CHAT_OUTBOUND_USER;
	return chat_legacy_deliver(chat, peer, &parcel->inbound) == CHAT_OK ? CHAT_OK : result;
}

/* No more messages a second than a realm may deliver; one connection says one at a time. */
static void
slow_down(struct dialog *dialog)
{
	if (dialog->config->peer_rate > 0 && dialog->wait_for != NULL)
		(void)dialog->wait_for(dialog, -1, 1000 / dialog->config->peer_rate);
}

static void
receive_file(struct dialog *dialog, struct line_request *request, bool group)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[1]);
	struct parcel parcel = { .dialog = dialog };
	enum chat_result result;
	bool whole = true;

	if (peer == NULL)
		return;
	slow_down(dialog);
	result = address(&parcel, request, group);
	if (result == CHAT_OK)
		result = chat_blob_begin(dialog->config, &parcel.body);
	if (result == CHAT_OK) {
		whole = dialect_file_decode(dialog, request, write_parcel, &parcel, &result);
		if (whole && result == CHAT_OK)
			result = deliver_parcel(&parcel, peer);
		chat_blob_end(&parcel.body);
	} else if (request->streams) {
		frame_discard(&dialog->frame);
	}
	if (whole)
		dialect_line_result(dialog, request, result);
	else
		dialog->ending = true;
}

static void
receive_user_file(struct dialog *dialog, struct line_request *request)
{
	receive_file(dialog, request, false);
}

static void
receive_group_file(struct dialog *dialog, struct line_request *request)
{
	receive_file(dialog, request, true);
}

static void
receive_message(struct dialog *dialog, struct line_request *request, enum chat_outbound_kind kind)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[1]);
	const struct chat_inbound inbound = { .outbound = { .kind = kind,
		                                  .from = request->words[0],
		                                  .to = request->words[2],
		                                  .text = request->text } };

	if (peer == NULL)
		return;
	slow_down(dialog);
	dialect_line_result(dialog, request, chat_legacy_deliver(&dialog->chat, peer, &inbound));
}

static void
receive_user_message(struct dialog *dialog, struct line_request *request)
{
	receive_message(dialog, request, CHAT_OUTBOUND_USER);
}

static void
receive_group_message(struct dialog *dialog, struct line_request *request)
{
	receive_message(dialog, request, CHAT_OUTBOUND_LIST);
}

static const struct line_command commands[] = {
	{ .name = LEGACY_ANNOUNCE,
	    .words = "realm [host port]",
	    .run = hear_realm,
	    .texts = { [CHAT_OK] = "Realm added successfully" } },
	{ .name = LEGACY_MESSAGE,
	    .words = "from realm user " LINE_TEXT,
	    .run = receive_user_message,
	    .texts = { [CHAT_OK] = "Message sent to user in realm" } },
	{ .name = LEGACY_GROUP_MESSAGE,
	    .words = "from realm to " LINE_TEXT,
	    .run = receive_group_message,
	    .texts = { [CHAT_OK] = "Message sent to group in realm" } },
	{ .name = LEGACY_FILE,
	    .words = "from realm user name " LINE_BODY,
	    .run = receive_user_file,
	    .texts = { [CHAT_OK] = "File sent to user in realm" } },
	{ .name = LEGACY_GROUP_FILE,
	    .words = "from realm to name " LINE_BODY,
	    .run = receive_group_file,
	    .texts = { [CHAT_OK] = "File sent to group in realm" } },
	/* Some servers have the whole message follow. */
	{ .name = LEGACY_MEMBERS, .words = "realm group " LINE_TEXT, .run = send_members },
	{ .name = LEGACY_PULL, .words = "realm user", .run = send_held },
	{ .name = NULL },
};

static const struct line_dialect tables = { .commands = commands };

/*
 * Runs the line's command. False: it is none, or this is no older server. The texts of failures are
 * those of the listener's own dialect.
 */
static bool
run_request(struct dialog *dialog, const struct frame_line *line, bool streams)
{
	struct chat_text text = { .data = line->data, .len = line->len }, rest;
	struct line_request request = { .streams = streams };
	const struct line_command *command = dialect_parse_command(&tables, text, &request, &rest);

	if (command == NULL || (streams && !dialect_parse_has_body(command)) ||
	    !dialect_begin(dialog) || !is_expected(dialog))
		return false;
	dialect_follow_end(dialog);
	dialect_check_session(dialog);
	request.line = dialog->dialect->tables;
	if (!dialect_parse_words(rest, &request)) {
		if (streams)
			frame_discard(&dialog->frame);
		dialect_line_result(dialog, &request, CHAT_BAD_ARGUMENT);
		return true;
	}
	if (streams)
		frame_stream(&dialog->frame, (size_t)(request.text.data - line->data));
	command->run(dialog, &request);
	return true;
}

static bool
read_line(struct dialog *dialog, const struct frame_line *line)
{
	return run_request(dialog, line, false);
}

static bool
read_head(struct dialog *dialog, const struct frame_line *head)
{
	return run_request(dialog, head, true);
}

const struct dialect_servers legacy_dialect = {
	.line = read_line,
	.head = read_head,
};
