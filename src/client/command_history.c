/* The commands history and conversations: what was said, by both sides. */
#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"
#include "client/refusal.h"

#define PAGE    500 /* messages that a server shows at once */
#define COUNT   50  /* those shown where no number is told */
#define ID_TEXT 24
#define ID_MAX  (INT64_C(1) << 53)

/* Reads the value of an option. False after a complaint. */
static bool
read_number(const char *text, int64_t most, int64_t *number)
{
	const char *error = NULL;

	if (text == NULL)
		return true;
	*number = strtonum(text, 1, most, &error);
	if (error == NULL)
		return true;
	client_output_error(EX_USAGE, _("\"%s\" is no number from 1 to %jd"), text, (intmax_t)most);
	return false;
}

/* What stands behind a text: the size of a file, and what became of a message to another realm. */
static void
describe_message(const json_t *message, char *text, size_t size)
{
	const json_t *file = json_object_get(message, "file");
	const char *delivery = client_json_text(message, "delivery", NULL);
	uint64_t bytes = client_json_number(file, "size");
	char reason[CLIENT_REFUSAL_TEXT];

	text[0] = '\0';
	if (file != NULL)
		snprintf(text, size, ngettext(" (file of %ju byte)", " (file of %ju bytes)", bytes),
		    (uintmax_t)bytes);
	if (strcmp(delivery, "queued") == 0)
		snprintf(text + strlen(text), size - strlen(text), "%s", _(" (waits)"));
	if (strcmp(delivery, "refused") == 0) {
		client_refusal_reason(client_json_text(message, "reason", NULL), reason);
		snprintf(text + strlen(text), size - strlen(text), _(" (refused: %s)"), reason);
	}
}

static void
print_message(const json_t *message)
{
	char time[32], more[1024];
	size_t len;
	const char *text = client_json_text(message, "text", &len);

	client_output_time(client_json_text(message, "time", NULL), time);
	describe_message(message, more, sizeof(more));
	client_output_line("%s %s: %.*s%s", time, client_json_text(message, "from", NULL), (int)len,
	    text, more);
}

/* Asks for a page of messages before or after an id (0: the newest). NULL: see the status. */
static json_t *
ask_page(struct client_call *call, const char *who, const char *direction, int64_t id, int64_t n)
{
	char id_text[ID_TEXT], n_text[ID_TEXT];

	snprintf(id_text, sizeof(id_text), "%" PRId64, id);
	snprintf(n_text, sizeof(n_text), "%" PRId64, n);
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	if (id == 0)
		return client_session_call(&call->session, CLIENT_HISTORY,
		    CLIENT_WORDS(who, n_text), NULL, 0);
	return client_session_call(&call->session, CLIENT_HISTORY,
	    CLIENT_WORDS(who, direction, id_text, n_text), NULL, 0);
}

static void
show_page(const struct client_call *call, const json_t *reply)
{
	const json_t *message;
	size_t i;

	json_array_foreach (json_object_get(reply, "messages"), i, message) {
		if (call->json)
			client_output_json(json_deep_copy(message));
		else
			print_message(message);
	}
}

/* The id of the first or the last message of a page; 0: it has none, and there is no more. */
static int64_t
edge_id(const json_t *reply, bool last)
{
	const json_t *messages = json_object_get(reply, "messages");
	size_t n = json_array_size(messages);

	/* One of which nothing is shown says where the look has ended. */
	return n == 0
	    ? (int64_t)client_json_number(reply, "next")
	    : (int64_t)client_json_number(json_array_get(messages, last ? n - 1 : 0), "id");
}

/* How much of what is wanted a page has; one of which nothing is shown counts, so that all ends. */
static int64_t
size_of(const json_t *reply)
{
	size_t n = json_array_size(json_object_get(reply, "messages"));

	return n == 0 ? 1 : (int64_t)n;
}

static int
show_after(struct client_call *call, const char *who, int64_t id, int64_t count)
{
	while (count > 0) {
		json_t *reply = ask_page(call, who, "after", id, count < PAGE ? count : PAGE);
		int64_t next = reply == NULL ? 0 : edge_id(reply, true);
		bool more = client_json_true(reply, "more") && next > id;

		if (reply == NULL)
			return call->session.status;
		show_page(call, reply);
		count -= size_of(reply);
		json_decref(reply);
		if (!more)
			break;
		id = next;
	}
	return 0;
}

/* The newest come first from the server, and last to the screen: the pages are kept until then. */
static int
show_before(struct client_call *call, const char *who, int64_t id, int64_t count)
{
	json_t *pages = json_array(), *reply;
	bool more = true;

	while (more && count > 0) {
		reply = ask_page(call, who, "before", id, count < PAGE ? count : PAGE);
		if (reply == NULL)
			break;
		int64_t next = edge_id(reply, false);
		more = client_json_true(reply, "more") && next > 0 && (id == 0 || next < id);
		id = next;
		count -= size_of(reply);
		json_array_append_new(pages, reply);
		call->session.status = 0;
	}
	for (size_t i = json_array_size(pages); i > 0; i--)
		show_page(call, json_array_get(pages, i - 1));
	json_decref(pages);
	return call->session.status;
}

int
client_history(struct client_call *call)
{
	int64_t count = COUNT, before = 0, after = 0;
	char written[CLIENT_WHO_TEXT];
	struct client_who who;
	int status = client_read_who(call->operands[0], CLIENT_ANYBODY, &who);

	if (status != 0)
		return status;
	if (!read_number(call->options['n'], 1000000, &count) ||
	    !read_number(call->options['B'], ID_MAX, &before) ||
	    !read_number(call->options['A'], ID_MAX, &after))
		return EX_USAGE;
	if (before != 0 && after != 0)
		return client_output_error(EX_USAGE, _("--before and --after exclude each other"));
	status = client_begin(call);
	if (status != 0)
		return status;
	client_who_write(&who, written);
	return after != 0 ? show_after(call, written, after, count)
	                  : show_before(call, written, before, count);
}

/* Who is online of a conversation with a person, or how many a group has. */
static void
describe_presence(const json_t *conversation, char *text, size_t size)
{
	if (json_is_integer(json_object_get(conversation, "members")))
		snprintf(text, size,
		    ngettext("%ju member", "%ju members",
		        client_json_number(conversation, "members")),
		    (uintmax_t)client_json_number(conversation, "members"));
	else
		snprintf(text, size, "%s",
		    client_json_true(conversation, "online") ? _("online") : "");
}

int
client_conversations(struct client_call *call)
{
	struct client_output_table table = { .n = 0 };
	char unread[ID_TEXT], time[32], presence[64];
	const json_t *conversation;
	int status = client_begin(call);
	json_t *reply;
	size_t i;

	if (status != 0)
		return status;
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	reply = client_session_call(&call->session, CLIENT_CONVERSATIONS, CLIENT_NO_WORDS, NULL, 0);
	if (reply == NULL)
		return call->session.status;
	json_array_foreach (json_object_get(reply, "conversations"), i, conversation) {
		if (call->json) {
			client_output_json(json_deep_copy(conversation));
			continue;
		}
		client_output_time(client_json_text(conversation, "time", NULL), time);
		snprintf(unread, sizeof(unread), "%ju",
		    (uintmax_t)client_json_number(conversation, "unread"));
		describe_presence(conversation, presence, sizeof(presence));
		client_output_row(&table,
		    CLIENT_WORDS(time, unread, client_json_text(conversation, "with", NULL),
		        presence));
	}
	client_output_table(&table);
	json_decref(reply);
	return 0;
}
