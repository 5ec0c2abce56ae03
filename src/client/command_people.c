/* The commands who and info. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"

/* Each dialect lists who is online in a way of its own: objects or names, under either key. */
static const json_t *
find_list(const json_t *reply)
{
	const json_t *list = json_object_get(reply, "message");

	return json_is_array(list) ? list : json_object_get(reply, "messages");
}

/* The country has been under three names. */
static const char *
find_country(const json_t *user)
{
	const char *const keys[] = { "country", "country ", "negara" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (client_json_text(user, keys[i], NULL)[0] != '\0')
			return client_json_text(user, keys[i], NULL);
	return "";
}

int
client_who_online(struct client_call *call)
{
	struct client_output_table table = { .n = 0 };
	int status = client_begin(call);
	const json_t *user;
	char since[32];
	json_t *reply;
	size_t i;

	if (status != 0)
		return status;
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	reply = client_session_call(&call->session, CLIENT_WHO_ONLINE, CLIENT_NO_WORDS, NULL, 0);
	if (reply == NULL)
		return call->session.status;
	json_array_foreach (find_list(reply), i, user) {
		if (call->json) {
			client_output_json(json_is_string(user)
			        ? json_pack("{s:s}", "username", json_string_value(user))
			        : json_deep_copy(user));
			continue;
		}
		client_output_time(client_json_text(user, "since", NULL), since);
		if (json_is_string(user))
			client_output_row(&table, CLIENT_WORDS(json_string_value(user)));
		else
			client_output_row(&table,
			    CLIENT_WORDS(client_json_text(user, "username", NULL),
			        client_json_text(user, "name", NULL), find_country(user), since));
	}
	client_output_table(&table);
	json_decref(reply);
	return 0;
}

static void
print_user(const json_t *user)
{
	char since[32];

	client_output_time(client_json_text(user, "since", NULL), since);
	client_output_line(_("user: %s"), client_json_text(user, "username", NULL));
	client_output_line(_("name: %s"), client_json_text(user, "name", NULL));
	client_output_line(_("country: %s"), find_country(user));
	if (client_json_true(user, "online"))
		client_output_line(_("online since %s"), since);
	else
		client_output_line("%s", _("offline"));
}

static void
print_group(const json_t *group)
{
	const json_t *invitee;
	size_t i;

	client_output_line(_("group: %s"), client_json_text(group, "group", NULL));
	client_output_line(_("owner: %s"), client_json_text(group, "owner", NULL));
	client_output_line(_("private: %s"), client_json_text(group, "private", NULL));
	client_output_line(_("history: %s"), client_json_text(group, "history", NULL));
	client_output_line(_("files: %s"), client_json_text(group, "files", NULL));
	json_array_foreach (json_object_get(group, "invited"), i, invitee) {
		client_output_line(_("invited: %s"),
		    json_is_string(invitee) ? json_string_value(invitee) : "");
	}
}

int
client_info(struct client_call *call)
{
	char written[CLIENT_WHO_TEXT];
	struct client_who who;
	int status = client_read_who(call->operands[0], CLIENT_USER_OR_GROUP, &who);
	bool group;
	json_t *reply;

	if (status == 0)
		status = client_begin(call);
	if (status != 0)
		return status;
	group = who.kind == CLIENT_WHO_GROUP;
	client_who_write(&who, written);
	reply = client_session_call(&call->session, group ? CLIENT_INFO_GROUP : CLIENT_INFO,
	    CLIENT_WORDS(group ? written + 1 : written), NULL, 0);
	if (reply == NULL)
		return call->session.status;
	if (call->json)
		client_output_json(json_deep_copy(json_object_get(reply, "message")));
	else if (group)
		print_group(json_object_get(reply, "message"));
	else
		print_user(json_object_get(reply, "message"));
	json_decref(reply);
	return 0;
}
