/*
 * client_dialect: how each request is called in each dialect of the family, and what a dialect
 * cannot do. What kabar has beyond the family is called by the names that its features list.
 */
#ifndef KABAR_CLIENT_DIALECT_H
#define KABAR_CLIENT_DIALECT_H

#include <stdbool.h>

enum client_verb {
	CLIENT_LOGIN,
	CLIENT_REGISTER,
	CLIENT_LOGOUT,
	CLIENT_SEND,
	CLIENT_SEND_GROUP,
	CLIENT_SEND_REALM,
	CLIENT_SEND_GROUP_REALM,
	CLIENT_INBOX,
	CLIENT_INBOX_REALM,
	CLIENT_FOLLOW,
	CLIENT_WHO_ONLINE,
	CLIENT_INFO,
	CLIENT_INFO_GROUP,
	CLIENT_GROUP_ADD,
	CLIENT_GROUP_JOIN,
	CLIENT_FILE_SEND,
	CLIENT_FILE_SEND_GROUP,
	CLIENT_FILE_SEND_REALM,
	CLIENT_FILE_SEND_GROUP_REALM,
	CLIENT_FILE_LIST,
	CLIENT_FILE_GET,
	CLIENT_REALM_ADD,
	/* From here on by the server's features alone. */
	CLIENT_POST,
	CLIENT_CONVERSATIONS,
	CLIENT_HISTORY,
	CLIENT_READ,
	CLIENT_WATCH,
	CLIENT_GROUPS,
	CLIENT_MEMBERS,
	CLIENT_LEAVE,
	CLIENT_KICK,
	CLIENT_WHOAMI,
	CLIENT_PASSWD,
	CLIENT_SESSIONS,
	CLIENT_PEOPLE,
	CLIENT_REALMS,
	CLIENT_POST_FILE,
	CLIENT_FILES,
	CLIENT_DOWNLOAD,
	CLIENT_VERBS /* how many there are */
};

struct client_dialect {
	const char *name;
	bool framed;   /* texts have a space before them, and one and CR LF behind */
	bool features; /* it may have the request "features" */
	const char *verbs[CLIENT_VERBS]; /* NULL: it cannot do this */
};

/* The dialect of this name, or NULL. */
const struct client_dialect *client_dialect_find(const char *name);
/* What a request does, for people: "to send to a group". In their language. */
const char *client_dialect_purpose(enum client_verb);
/* The name by which a server's features list it; NULL: it is older than features. */
const char *client_dialect_feature(enum client_verb);

#endif
