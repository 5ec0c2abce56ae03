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
#include "chat/realm/remote.h"
#include "chat/user.h"
#include "dialect/file.h"
#include "dialect/follow.h"
#include "dialect/info.h"
#include "dialect/parse.h"
#include "legacy/protocol.h"
#include "net/address_host.h"

#define LOOK_UP_MS 60000 /* how long an answer is good */

/* The verbs are those of a user who does what the other server's user has done. */
static const struct line_command commands[] = {
	{ .name = LEGACY_ANNOUNCE, .verb = LINE_ADD_REALM, .least = 1, .most = 3 },
	{ .name = LEGACY_MESSAGE, .verb = LINE_SEND_REALM, .least = 3, .most = 3, .text = true },
	{ .name = LEGACY_GROUP_MESSAGE,
	    .verb = LINE_SEND_GROUP_REALM,
	    .least = 3,
	    .most = 3,
	    .text = true },
	{ .name = LEGACY_FILE, .verb = LINE_SEND_FILE_REALM, .least = 4, .most = 4, .body = true },
	{ .name = LEGACY_GROUP_FILE,
	    .verb = LINE_SEND_GROUP_FILE_REALM,
	    .least = 4,
	    .most = 4,
	    .body = true },
	/* Some servers have the whole message follow. */
	{ .name = LEGACY_MEMBERS, .verb = LINE_WHO, .least = 2, .most = 2, .text = true },
	{ .name = LEGACY_PULL, .verb = LINE_REALM_INBOX, .least = 2, .most = 2 },
	{ .name = NULL },
};

static const struct line_dialect tables = { .commands = commands };

/* A request of an older server. */
struct request {
	struct line_request line;
	enum line_verb verb;
	struct chat_peer peer;
};

/* Whether there may be an older server at the other end. Ticks say until when an answer is good. */
struct state {
	bool expected;
	int64_t expected_ms;
	char host[CHAT_PEER_ADDRESS]; /* the name that was looked up last; "": none */
	bool is_host;                 /* and whether the connection comes from there */
	int64_t host_ms;
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

/* Which of the words is the realm's name, by which the connection goes at both ends. */
static const struct chat_text *
realm_of(const struct request *request)
{
	switch (request->verb) {
	case LINE_WHO:
		return NULL;
	case LINE_ADD_REALM:
	case LINE_REALM_INBOX:
		return &request->line.words[0];
	default:
		return &request->line.words[1];
	}
}

static enum chat_result
send_members(struct dialog *dialog, const struct request *request)
{
	struct chat_text name = request->line.words[1];
	struct chat_group group;
	struct chat_user user;
	struct json_out json;
	uint64_t id;
	enum chat_result result;

	(void)chat_outbound_kind_of(&name);
	result = chat_group_find(&dialog->chat, name, &group);
	if (result != CHAT_OK)
		return result;
	dialect_line_begin(dialog, &json, "OK");
	json_out_key(&json, "members");
	json_out_array_begin(&json);
	for (uint32_t i = 0; chat_member_user(&dialog->chat, group.id, i, &id) == CHAT_OK; i++)
		if (chat_user_get(&dialog->chat, id, &user) == CHAT_OK)
			json_out_cstring(&json, user.name);
	json_out_array_end(&json);
	dialect_line_end(dialog, &json);
	return CHAT_OK;
}

struct handing {
	struct json_out json;
	const struct line_dialect *line;
};

static void
hand_over(void *arg, const struct chat_message *message)
{
	struct handing *handing = arg;

	dialect_info_message(&handing->json, handing->line, message);
}

/* What users here wrote to one of theirs. What cannot be read now is asked for again. */
static void
send_held(struct dialog *dialog, const struct request *request)
{
	struct handing handing = { .line = dialog->dialect->tables };

	dialect_line_begin(dialog, &handing.json, "OK");
	json_out_key(&handing.json, "messages");
	json_out_array_begin(&handing.json);
	if (chat_legacy_spool_each(&dialog->chat, &request->peer, request->line.words[1], hand_over,
	        &handing, &dialog->mark) != CHAT_OK)
		log_warnx("what is held for %s cannot be read", request->peer.name);
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
address(struct parcel *parcel, const struct request *request)
{
	struct chat_outbound *outbound = &parcel->inbound.outbound;
	const struct chat_text *words = request->line.words;
	struct chat_text name, to = words[2];
	enum chat_result result = chat_file_name(words[3], &name);

	parcel->used = 0;
	parcel->inbound = (struct chat_inbound){ .outbound = { .file = true } };
	outbound->kind =
	    request->verb == LINE_SEND_FILE_REALM ? CHAT_OUTBOUND_USER : chat_outbound_kind_of(&to);
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

/* False when the connection ended before the file did. */
static bool
receive_file(struct dialog *dialog, const struct request *request, bool streams,
    enum chat_result *result)
{
	struct parcel parcel = { .dialog = dialog };
	bool whole;

	*result = address(&parcel, request);
	if (*result == CHAT_OK)
		*result = chat_blob_begin(dialog->config, &parcel.body);
	if (*result != CHAT_OK) {
		if (streams)
			frame_discard(&dialog->frame);
		return true;
	}
	whole =
	    dialect_file_decode(dialog, request->line.text, streams, write_parcel, &parcel, result);
	if (whole && *result == CHAT_OK)
		*result = deliver_parcel(&parcel, &request->peer);
	chat_blob_end(&parcel.body);
	return whole;
}

static enum chat_result
receive(struct dialog *dialog, const struct request *request, enum chat_outbound_kind kind)
{
	const struct chat_text *words = request->line.words;
	const struct chat_inbound inbound = { .outbound = { .kind = kind,
		                                  .from = words[0],
		                                  .to = words[2],
		                                  .text = request->line.text } };

	return chat_legacy_deliver(&dialog->chat, &request->peer, &inbound);
}

/* No more messages a second than a realm may deliver; one connection says one at a time. */
static void
slow_down(struct dialog *dialog)
{
	if (dialog->config->peer_rate > 0 && dialog->wait_for != NULL)
		(void)dialog->wait_for(dialog, -1, 1000 / dialog->config->peer_rate);
}

static void
run(struct dialog *dialog, const struct request *request, bool streams)
{
	enum chat_result result = CHAT_OK;

	switch (request->verb) {
	case LINE_REALM_INBOX:
		send_held(dialog, request);
		return;
	case LINE_WHO:
		result = send_members(dialog, request);
		if (result == CHAT_OK)
			return;
		break;
	case LINE_ADD_REALM:
		chat_remote_alive(&dialog->chat, &request->peer);
		break;
	case LINE_SEND_REALM:
	case LINE_SEND_GROUP_REALM:
		slow_down(dialog);
		result = receive(dialog, request,
		    request->verb == LINE_SEND_REALM ? CHAT_OUTBOUND_USER : CHAT_OUTBOUND_LIST);
		break;
	default:
		slow_down(dialog);
		if (!receive_file(dialog, request, streams, &result)) {
			dialog->ending = true;
			return;
		}
	}
	dialect_line_result(dialog, &request->line, request->verb, result);
}

/* What every request needs before it is run; what was lacking is said. */
static bool
prepare(struct dialog *dialog, const struct line_command *command, struct chat_text rest,
    bool whole, struct request *request)
{
	enum chat_result result = CHAT_OK;

	dialect_follow_end(dialog);
	dialect_delivered(dialog, true);
	dialect_check_session(dialog);
	request->verb = command->verb;
	if (!dialect_parse_words(command, rest, &request->line) ||
	    (whole && command->body && request->line.text.len == 0))
		result = CHAT_BAD_ARGUMENT;
	if (result == CHAT_OK && !find_peer(dialog, realm_of(request), &request->peer))
		result = CHAT_NO_REALM;
	if (result == CHAT_OK)
		say_hello(dialog, &request->peer);
	else
		dialect_line_result(dialog, &request->line, command->verb, result);
	return result == CHAT_OK;
}

/* The command of a line, if it is one for us. */
static const struct line_command *
find_command(struct dialog *dialog, const struct frame_line *line, struct chat_text *rest)
{
	struct chat_text text = { .data = line->data, .len = line->len };
	const struct line_dialect *owner;
	const struct line_command *command = dialect_parse_command(&tables, text, &owner, rest);

	if (command == NULL || !dialect_chat(dialog))
		return NULL;
	if (dialog->servers_state == NULL)
		dialog->servers_state = calloc(1, sizeof(struct state));
	if (dialog->servers_state == NULL)
		return NULL;
	store_refresh(dialog->chat.store);
	return is_expected(dialog) ? command : NULL;
}

static bool
read_line(struct dialog *dialog, const struct frame_line *line)
{
	struct request request = { .line.line = dialog->dialect->tables };
	struct chat_text rest;
	const struct line_command *command = find_command(dialog, line, &rest);

	if (command == NULL)
		return false;
	if (prepare(dialog, command, rest, true, &request))
		run(dialog, &request, false);
	return true;
}

static bool
read_head(struct dialog *dialog, const struct frame_line *head)
{
	struct request request = { .line.line = dialog->dialect->tables };
	struct chat_text rest;
	const struct line_command *command = find_command(dialog, head, &rest);

	if (command == NULL || !command->body)
		return false;
	if (!prepare(dialog, command, rest, false, &request)) {
		frame_discard(&dialog->frame);
		return true;
	}
	frame_stream(&dialog->frame, (size_t)(request.line.text.data - head->data));
	run(dialog, &request, true);
	return true;
}

const struct dialect_servers legacy_dialect = {
	.line = read_line,
	.head = read_head,
};
