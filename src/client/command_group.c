/* The commands about groups and realms. A group may be told with its "#" or without. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "client/i18n.h"
#include "client/int.h"
#include "client/json.h"
#include "client/output.h"

/* The name of the group that the first operand tells. NULL after a complaint. */
static const char *
read_group(const struct client_call *call)
{
	const char *name = call->operands[0];

	if (name[0] == '#')
		name++;
	if (name_valid(name, strlen(name)))
		return name;
	client_output_error(EX_DATAERR, _("\"%s\" cannot be the name of a group"),
	    call->operands[0]);
	return NULL;
}

/* A command that tells the server the name of a group, and no more. */
static int
call_group(struct client_call *call, enum client_verb verb)
{
	const char *group = read_group(call);
	int status = group == NULL ? EX_DATAERR : client_begin(call);

	return status != 0 ? status : client_call_simply(call, verb, CLIENT_WORDS(group));
}

int
client_group_add(struct client_call *call)
{
	return call_group(call, CLIENT_GROUP_ADD);
}

int
client_group_join(struct client_call *call)
{
	return call_group(call, CLIENT_GROUP_JOIN);
}

int
client_group_leave(struct client_call *call)
{
	return call_group(call, CLIENT_LEAVE);
}

/* Shows the objects of a list: as JSON, or each as a row that add_row makes of it. */
static int
show_list(struct client_call *call, json_t *reply, const char *key,
    void (*add_row)(struct client_output_table *, const json_t *))
{
	struct client_output_table table = { .n = 0 };
	const json_t *object;
	size_t i;

	if (reply == NULL)
		return call->session.status;
	json_array_foreach (json_object_get(reply, key), i, object) {
		if (call->json)
			client_output_json(json_deep_copy(object));
		else
			add_row(&table, object);
	}
	client_output_table(&table);
	json_decref(reply);
	return 0;
}

static void
add_group(struct client_output_table *table, const json_t *group)
{
	uint64_t n = client_json_number(group, "members");
	char members[64], name[CLIENT_WHO_TEXT];

	snprintf(members, sizeof(members), ngettext("%ju member", "%ju members", n), (uintmax_t)n);
	snprintf(name, sizeof(name), "#%s", client_json_text(group, "name", NULL));
	client_output_row(table,
	    CLIENT_WORDS(name, members, client_json_text(group, "owner", NULL),
	        client_json_true(group, "member") ? _("joined") : "",
	        client_json_true(group, "private") ? _("private") : ""));
}

int
client_group_list(struct client_call *call)
{
	bool all = call->n_operands == 1;
	int status;

	if (all && strcmp(call->operands[0], "all") != 0)
		return client_output_error(EX_USAGE, _("\"%s\" is not \"all\""), call->operands[0]);
	status = client_begin(call);
	if (status != 0)
		return status;
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	return show_list(call,
	    client_session_call(&call->session, CLIENT_GROUPS, CLIENT_WORDS(all ? "all" : "mine"),
	        NULL, 0),
	    "groups", add_group);
}

static void
add_member(struct client_output_table *table, const json_t *member)
{
	client_output_row(table,
	    CLIENT_WORDS(client_json_text(member, "username", NULL),
	        client_json_text(member, "name", NULL),
	        client_json_true(member, "online") ? _("online") : ""));
}

int
client_group_members(struct client_call *call)
{
	const char *group = read_group(call);
	int status = group == NULL ? EX_DATAERR : client_begin(call);

	if (status != 0)
		return status;
	client_connection_set_reply_max(call->session.connection, CLIENT_REPLY_INBOX_MAX);
	return show_list(call,
	    client_session_call(&call->session, CLIENT_MEMBERS, CLIENT_WORDS(group), NULL, 0),
	    "members", add_member);
}

static void
add_realm(struct client_output_table *table, const json_t *realm)
{
	client_output_row(table,
	    CLIENT_WORDS(client_json_text(realm, "name", NULL),
	        client_json_text(realm, "state", NULL)));
}

int
client_realm_list(struct client_call *call)
{
	int status = client_begin(call);

	if (status != 0)
		return status;
	return show_list(call,
	    client_session_call(&call->session, CLIENT_REALMS, CLIENT_NO_WORDS, NULL, 0), "realms",
	    add_realm);
}

int
client_realm_add(struct client_call *call)
{
	int status;

	if (call->n_operands == 2)
		return client_output_error(EX_USAGE, _("with a host goes its port"));
	status = client_begin(call);
	if (status != 0)
		return status;
	return client_call_simply(call, CLIENT_REALM_ADD, (const char *const *)call->operands);
}
