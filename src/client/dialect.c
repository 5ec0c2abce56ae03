/* client_dialect: the tables. */
#include "client/dialect.h"

#include <stddef.h>
#include <string.h>

#include "client/i18n.h"

static const struct client_dialect dialects[] = {
	{
	    .name = "realm",
	    .features = true,
	    .verbs = {
		[CLIENT_LOGIN] = "auth",
		[CLIENT_REGISTER] = "register",
		[CLIENT_LOGOUT] = "logout",
		[CLIENT_SEND] = "send",
		[CLIENT_SEND_GROUP] = "sendgroup",
		[CLIENT_SEND_REALM] = "sendprivaterealm",
		[CLIENT_SEND_GROUP_REALM] = "sendgrouprealm",
		[CLIENT_INBOX] = "inbox",
		[CLIENT_INBOX_REALM] = "getrealminbox",
		[CLIENT_FOLLOW] = "follow",
		[CLIENT_WHO_ONLINE] = "info",
		[CLIENT_INFO] = "info",
		[CLIENT_INFO_GROUP] = "group",
		[CLIENT_GROUP_ADD] = "addgroup",
		[CLIENT_GROUP_JOIN] = "joingroup",
		[CLIENT_FILE_SEND] = "sendfile",
		[CLIENT_FILE_SEND_GROUP] = "sendgroupfile",
		[CLIENT_FILE_SEND_REALM] = "sendfilerealm",
		[CLIENT_FILE_SEND_GROUP_REALM] = "sendgroupfilerealm",
		[CLIENT_FILE_LIST] = "my_file",
		[CLIENT_FILE_GET] = "download_file",
		[CLIENT_REALM_ADD] = "addrealm",
	    },
	},
	{
	    .name = "show",
	    .framed = true,
	    .verbs = {
		[CLIENT_LOGIN] = "auth",
		[CLIENT_LOGOUT] = "logout",
		[CLIENT_SEND] = "send",
		[CLIENT_INBOX] = "inbox",
		[CLIENT_FOLLOW] = "follow",
		[CLIENT_WHO_ONLINE] = "show",
	    },
	},
	{
	    .name = "login",
	    .framed = true,
	    .verbs = {
		[CLIENT_LOGIN] = "login",
		[CLIENT_LOGOUT] = "logout",
		[CLIENT_SEND] = "send",
		[CLIENT_INBOX] = "inbox",
		[CLIENT_FOLLOW] = "follow",
		[CLIENT_WHO_ONLINE] = "show_user",
	    },
	},
	{
	    .name = "files",
	    .framed = true,
	    .verbs = {
		[CLIENT_LOGIN] = "auth",
		[CLIENT_LOGOUT] = "logout",
		[CLIENT_SEND] = "send",
		[CLIENT_SEND_GROUP] = "send_group",
		[CLIENT_INBOX] = "inbox",
		[CLIENT_FOLLOW] = "follow",
		[CLIENT_FILE_SEND] = "send_file",
		[CLIENT_FILE_SEND_GROUP] = "send_group_file",
		[CLIENT_FILE_LIST] = "my_file",
		[CLIENT_FILE_GET] = "download_file",
	    },
	},
};

/* What each request does, and its name among the features. */
static const struct {
	const char *purpose;
	const char *feature;
} verbs[CLIENT_VERBS] = {
	[CLIENT_LOGIN] = { N_("to log in"), NULL },
	[CLIENT_REGISTER] = { N_("to register"), NULL },
	[CLIENT_LOGOUT] = { N_("to log out"), NULL },
	[CLIENT_SEND] = { N_("to send to a user"), NULL },
	[CLIENT_SEND_GROUP] = { N_("to send to a group"), NULL },
	[CLIENT_SEND_REALM] = { N_("to send to another realm"), NULL },
	[CLIENT_SEND_GROUP_REALM] = { N_("to send to a group of another realm"), NULL },
	[CLIENT_INBOX] = { N_("to show an inbox"), NULL },
	[CLIENT_INBOX_REALM] = { N_("to show messages from other realms"), NULL },
	[CLIENT_FOLLOW] = { N_("to tell of messages as they come"), NULL },
	[CLIENT_WHO_ONLINE] = { N_("to tell who is online"), NULL },
	[CLIENT_INFO] = { N_("to tell about a user"), NULL },
	[CLIENT_INFO_GROUP] = { N_("to tell about a group"), NULL },
	[CLIENT_GROUP_ADD] = { N_("to make groups"), NULL },
	[CLIENT_GROUP_JOIN] = { N_("to join groups"), NULL },
	[CLIENT_FILE_SEND] = { N_("to send files to a user"), NULL },
	[CLIENT_FILE_SEND_GROUP] = { N_("to send files to a group"), NULL },
	[CLIENT_FILE_SEND_REALM] = { N_("to send files to another realm"), NULL },
	[CLIENT_FILE_SEND_GROUP_REALM] = { N_("to send files to a group of another realm"), NULL },
	[CLIENT_FILE_LIST] = { N_("to list files"), NULL },
	[CLIENT_FILE_GET] = { N_("to hand out files"), NULL },
	[CLIENT_REALM_ADD] = { N_("to add realms"), NULL },
	[CLIENT_POST] = { N_("to send exactly once"), "post" },
	[CLIENT_CONVERSATIONS] = { N_("to list conversations"), "conversations" },
	[CLIENT_HISTORY] = { N_("to show what was said before"), "history" },
	[CLIENT_READ] = { N_("to mark messages as read"), "read" },
	[CLIENT_WATCH] = { N_("to tell every device of messages"), "watch" },
	[CLIENT_GROUPS] = { N_("to list groups"), "groups" },
	[CLIENT_MEMBERS] = { N_("to list the members of a group"), "members" },
	[CLIENT_LEAVE] = { N_("to leave groups"), "leave" },
	[CLIENT_KICK] = { N_("to send members away"), "kick" },
	[CLIENT_WHOAMI] = { N_("to tell who one is"), "whoami" },
	[CLIENT_PASSWD] = { N_("to change passwords"), "passwd" },
	[CLIENT_SESSIONS] = { N_("to list sessions"), "sessions" },
	[CLIENT_PEOPLE] = { N_("to list people"), "people" },
	[CLIENT_REALMS] = { N_("to list realms"), "realms" },
	[CLIENT_POST_FILE] = { N_("to send files exactly once"), "postfile" },
	[CLIENT_FILES] = { N_("to list the files of a conversation"), "files" },
	[CLIENT_DOWNLOAD] = { N_("to hand out files of a conversation"), "download" },
};

const struct client_dialect *
client_dialect_find(const char *name)
{
	for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	return NULL;
}

const char *
client_dialect_purpose(enum client_verb verb)
{
	return _(verbs[verb].purpose);
}

const char *
client_dialect_feature(enum client_verb verb)
{
	return verbs[verb].feature;
}
