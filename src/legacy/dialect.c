/*
 * legacy_dialect: requests of older servers on a listener of the dialect `realm`. The replies have
 * the words that a client gets for the like.
 */
#include "legacy/dialect.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/choice.h"
#include "chat/member.h"
#include "chat/permit.h"
#include "chat/realm/bridge.h"
#include "chat/realm/legacy.h"
#include "chat/realm/legacy_spool.h"
#include "chat/user.h"
#include "dialect/enter.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/message.h"
#include "dialect/parse.h"
#include "dialect/pipeline.h"
#include "legacy/protocol.h"
#include "net/address.h"

#define LOOK_UP_MS 60000 /* how long an answer is good */
#define PAY_SIZE   65536 /* bytes of a file that are paid together, before they are stored */

/* Whether the other end may be an older server. Ticks say until when that is good. */
struct state {
	bool expected;
	int64_t expected_ms;
	char host[CHAT_PEER_ADDRESS]; /* the name that was looked up last; "": none */
	bool is_host;                 /* the connection comes from that host */
	int64_t host_ms;
	struct chat_peer peer; /* of the request */
};

/* Whether the connection comes from a host. A name is not looked up for every message. */
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

/*
 * Under a master the gate has found out; a worker can ask no name server. A peer that has another
 * address since then is somewhere else.
 */
static bool
is_other_end(struct dialog *dialog, const struct chat_peer *peer)
{
	const struct state *state = dialog->servers_state;
	const struct auth_client *auth = dialog->auth;

	if (auth == NULL)
		return comes_from(dialog, peer->address);
	return auth->principal == CHAT_PRINCIPAL_SERVER && auth->id == peer->id && state->is_host &&
	    strcmp(state->host, peer->address) == 0;
}

/* Finds the peer at the other end, which must have this name (NULL: any). */
static bool
find_peer(struct dialog *dialog, const struct chat_text *name, struct chat_peer *peer)
{
	uint32_t index = 0;

	while (chat_legacy_at(&dialog->chat, &index, peer) == CHAT_OK)
		if ((name == NULL || chat_text_is(*name, peer->name)) && is_other_end(dialog, peer))
			return true;
	return false;
}

/* Asks the gate which peer is at the other end, and notes under which address. */
static enum chat_result
ask_gate(struct dialog *dialog)
{
	struct state *state = dialog->servers_state;
	struct chat_peer peer;
	enum chat_result result = dialect_enter_server(dialog);

	if (result == CHAT_OK)
		result = chat_peer_get(&dialog->chat, dialog->auth->id, &peer);
	if (result == CHAT_OK)
		strlcpy(state->host, peer.address, sizeof(state->host));
	return result;
}

/*
 * Whether the gate takes the other end for an older server. It is asked again when the peer is not
 * as it was, and now and then, since a name may get another address. What was known stays good
 * while the gate does not answer. CHAT_OK, CHAT_NO_REALM, or no answer.
 */
static enum chat_result
recognize(struct dialog *dialog)
{
	struct state *state = dialog->servers_state;
	int64_t now = clock_monotonic_ms();
	struct chat_peer peer;
	enum chat_result result;

	if (dialog->auth == NULL)
		return CHAT_OK;
	bool known = dialog->chat_open && find_peer(dialog, NULL, &peer);
	if (known && now < state->host_ms)
		return CHAT_OK;
	result = ask_gate(dialog);
	if (known && result != CHAT_NO_REALM)
		result = CHAT_OK;
	state->is_host = result == CHAT_OK;
	state->host_ms = now + LOOK_UP_MS;
	return result;
}

static bool
is_expected(struct dialog *dialog)
{
	struct state *state = dialog->servers_state;
	int64_t now = clock_monotonic_ms();
	struct chat_peer peer;
	enum chat_result result;

	if (state == NULL)
		state = dialog->servers_state = calloc(1, sizeof(*state));
	if (state == NULL)
		return false;
	if (now < state->expected_ms)
		return state->expected;
	result = recognize(dialog);
	state->expected = result == CHAT_OK && find_peer(dialog, NULL, &peer);
	/* Only an answer is worth keeping. */
	if (result == CHAT_OK || result == CHAT_NO_REALM)
		state->expected_ms = now + LOOK_UP_MS;
	return state->expected;
}

static void
note_server(struct dialog *dialog, const struct chat_peer *peer)
{
	if (dialog->from_server)
		return;
	dialog->from_server = true;
	log_info("the older server of %s", peer->name);
	if (dialog->seen_user == 0)
		dialect_present(dialog, 0, peer->name);
}

/*
 * The peer at the other end, which must have this name (NULL: any). NULL: it is another; the body
 * of the request is then discarded.
 */
static const struct chat_peer *
meet_peer(struct dialog *dialog, const struct line_request *request, const struct chat_text *name)
{
	struct state *state = dialog->servers_state;

	if (recognize(dialog) == CHAT_OK && find_peer(dialog, name, &state->peer)) {
		note_server(dialog, &state->peer);
		return &state->peer;
	}
	if (request->streams)
		frame_discard(&dialog->frame);
	return NULL;
}

static enum chat_result
note_announcement(struct dialog *dialog, struct line_request *request)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[0]);

	if (peer == NULL)
		return CHAT_NO_REALM;
	chat_bridge_alive(&dialog->chat, peer);
	return CHAT_OK;
}

static enum chat_result
send_members(struct dialog *dialog, struct line_request *request)
{
	struct chat_text name = request->words[1];
	struct chat_group group;
	struct chat_user user;
	struct json_out json;
	uint64_t id;
	enum chat_result result;

	if (meet_peer(dialog, request, NULL) == NULL)
		return CHAT_NO_REALM;
	(void)chat_outbound_kind_of(&name);
	result = chat_group_find(&dialog->chat, name, &group);
	/* Who is in a private or secret group is told to nobody outside. */
	if (result == CHAT_OK && chat_choice_hidden(&group))
		result = CHAT_NO_GROUP;
	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "members");
	json_out_array_begin(&json);
	for (uint32_t i = 0; chat_member_user(&dialog->chat, group.id, i, &id) == CHAT_OK; i++)
		if (chat_user_get(&dialog->chat, id, &user) == CHAT_OK)
			json_out_cstring(&json, user.name);
	json_out_array_end(&json);
	return dialect_line_end(dialog, &json);
}

struct copies {
	struct json_out json;
	const struct line_dialect *line;
};

static void
write_copy(void *arg, const struct chat_message *message)
{
	struct copies *copies = arg;

	dialect_message_object(&copies->json, copies->line, message);
}

/* Sends the copies for a user there. The server asks again for those that cannot be read now. */
static enum chat_result
send_copies(struct dialog *dialog, struct line_request *request)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[0]);
	struct copies copies = { .line = dialog->dialect->tables };

	if (peer == NULL)
		return CHAT_NO_REALM;
	dialect_line_begin(dialog, &copies.json, "OK");
	json_out_key(&copies.json, "messages");
	json_out_array_begin(&copies.json);
	if (chat_legacy_spool_each(&dialog->chat, peer, request->words[1], write_copy, &copies,
	        &dialog->pending) != CHAT_OK)
		log_warnx("the copies for %s cannot be read", peer->name);
	json_out_array_end(&copies.json);
	return dialect_line_end(dialog, &copies.json);
}

/* A file whose content is being received. The words are copied, because the frame reuses them. */
struct parcel {
	struct dialog *dialog;
	struct chat_inbound inbound;
	struct chat_blob body;
	uint64_t peer; /* id */
	uint64_t paid; /* bytes of the body for which the peer has paid */
	char words[FRAME_BUFFER];
	size_t used;
};

static bool
copy_word(struct parcel *parcel, struct chat_text *out, struct chat_text word)
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
address_parcel(struct parcel *parcel, const struct line_request *request, bool group)
{
	struct chat_outbound *outbound = &parcel->inbound.outbound;
	const struct chat_text *words = request->words;
	struct chat_text name, to = words[2];
	enum chat_result result = chat_file_name(words[3], &name);

	parcel->used = 0;
	parcel->inbound = (struct chat_inbound){ .outbound = { .file = true } };
	outbound->kind = group ? chat_outbound_kind_of(&to) : CHAT_OUTBOUND_USER;
	if (result != CHAT_OK || !copy_word(parcel, &outbound->from, words[0]) ||
	    !copy_word(parcel, &outbound->to, to) || !copy_word(parcel, &outbound->text, name))
		return CHAT_BAD_ARGUMENT;
	return CHAT_OK;
}

static enum chat_result
write_parcel(void *arg, const void *data, size_t len)
{
	struct parcel *parcel = arg;
	enum chat_result result = CHAT_OK;

	if (len > parcel->dialog->config->file_max - parcel->body.size)
		return CHAT_TOO_BIG;
	while (result == CHAT_OK && parcel->paid < parcel->body.size + len) {
		result = chat_peer_pay(&parcel->dialog->chat, parcel->peer, PAY_SIZE);
		parcel->paid += PAY_SIZE;
	}
	return result == CHAT_OK ? chat_blob_write(&parcel->body, data, len) : result;
}

/* Delivers to a group or, if no group has this name, to the user who has it. */
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
	result = chat_legacy_deliver(chat, peer, &parcel->inbound);
	return result == CHAT_OK || result == CHAT_UNSURE ? result : CHAT_NO_GROUP;
}

/* Limits the messages a second to peer_rate; one connection delivers one at a time. */
static void
slow_down(struct dialog *dialog)
{
	if (dialog->config->peer_rate > 0 && dialog->wait_for != NULL)
		(void)dialog->wait_for(dialog, -1, 1000 / dialog->config->peer_rate);
}

/*
 * An error would give back to its sender what may have been delivered: the connection ends without
 * a reply instead.
 */
static enum chat_result
reply_delivery(struct dialog *dialog, enum chat_result result)
{
	if (result != CHAT_UNSURE)
		return result;
	log_warnx("the connection ends: %s", chat_strerror(result));
	dialog->ending = true;
	return LINE_REPLIED;
}

static enum chat_result
receive_file(struct dialog *dialog, struct line_request *request, bool group)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[1]);
	struct parcel parcel = { .dialog = dialog };
	enum chat_result result;
	bool whole = true;

	if (peer == NULL)
		return CHAT_NO_REALM;
	slow_down(dialog);
	parcel.peer = peer->id;
	result = address_parcel(&parcel, request, group);
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
	dialog->ending |= !whole;
	return whole ? reply_delivery(dialog, result) : LINE_REPLIED;
}

static enum chat_result
receive_user_file(struct dialog *dialog, struct line_request *request)
{
	return receive_file(dialog, request, false);
}

static enum chat_result
receive_group_file(struct dialog *dialog, struct line_request *request)
{
	return receive_file(dialog, request, true);
}

static enum chat_result
receive_message(struct dialog *dialog, struct line_request *request, enum chat_outbound_kind kind)
{
	const struct chat_peer *peer = meet_peer(dialog, request, &request->words[1]);
	const struct chat_inbound inbound = { .outbound = { .kind = kind,
		                                  .from = request->words[0],
		                                  .to = request->words[2],
		                                  .text = request->text } };

	if (peer == NULL)
		return CHAT_NO_REALM;
	slow_down(dialog);
	return reply_delivery(dialog, chat_legacy_deliver(&dialog->chat, peer, &inbound));
}

static enum chat_result
receive_user_message(struct dialog *dialog, struct line_request *request)
{
	return receive_message(dialog, request, CHAT_OUTBOUND_USER);
}

static enum chat_result
receive_group_message(struct dialog *dialog, struct line_request *request)
{
	return receive_message(dialog, request, CHAT_OUTBOUND_LIST);
}

/* A server has no session and no token. */
static const struct line_command commands[] = {
	{ .name = LEGACY_ANNOUNCE,
	    .words = "realm [host port]",
	    .run = note_announcement,
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
	/* Some servers append the whole message. */
	{ .name = LEGACY_MEMBERS, .words = "realm group " LINE_TEXT, .run = send_members },
	{ .name = LEGACY_PULL, .words = "realm user", .run = send_copies },
	{ .name = NULL },
};

static const struct line_dialect tables = { .commands = commands };

/*
 * Runs the line's command. False: it is none, or the other end is no older server. Failures have
 * the texts of the listener's own dialect.
 */
static bool
run_request(struct dialog *dialog, const struct frame_line *line, bool streams)
{
	struct chat_text text = { .data = line->data, .len = line->len }, rest;
	struct line_request request = { .streams = streams };
	const struct line_command *command = dialect_parse_command(&tables, text, &request, &rest);

	if (command == NULL || (streams && !dialect_parse_has_body(command)) ||
	    !dialect_begin(dialog) || !is_expected(dialog) || !dialog->chat_open)
		return false;
	dialect_pipeline_settle(dialog);
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
	dialect_line_run(dialog, &request);
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
