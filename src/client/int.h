/*
 * The commands of the client, and what they share. Each returns the exit status, having told what
 * went wrong.
 */
#ifndef KABAR_CLIENT_INT_H
#define KABAR_CLIENT_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/session.h"
#include "client/settings.h"
#include "client/who.h"

/* One call of the program. */
struct client_call {
	struct client_settings settings;
	struct client_session session;
	const char *options[128]; /* by letter: the value, "" of one without; NULL: not given */
	char **operands;          /* behind the command, ended by NULL */
	size_t n_operands;
	bool json;
};

/* Finds the account by its name or the settings', as far as it is known. 0, or the status. */
int client_find_account(struct client_call *);
/* Finds the account, which must be logged in, and connects. 0, or the status. */
int client_begin(struct client_call *);
/* Reads a WHO of one of the kinds in the set of bits (1 << kind). 0, or the status. */
int client_read_who(const char *text, unsigned int kinds, struct client_who *);
#define CLIENT_USER_OR_GROUP ((1U << CLIENT_WHO_USER) | (1U << CLIENT_WHO_GROUP))
#define CLIENT_ANYBODY       (CLIENT_USER_OR_GROUP | (1U << CLIENT_WHO_SERVER))
/* Begins the reply that carries out a request and shows nothing. The status. */
int client_call_simply(struct client_call *, enum client_verb, const char *const *words);

/*
 * Tells what became of a message or file that the server has taken: that it waits, or that another
 * realm has refused it. 0, or the status.
 */
int client_tell_delivery(const struct client_call *, json_t *reply);
/* Waits about so long. */
void client_pause(int64_t pause_ms);
/* So long what has a key is sent again after the connection broke or the server was not sure. */
#define CLIENT_AGAIN_MS 120000
/*
 * Connects again after the connection broke, again and again until that succeeds or it is this late
 * by the monotonic clock. False: the connection's failure is the last one.
 */
bool client_come_back(struct client_session *, int64_t until_ms);

int client_login(struct client_call *);
int client_logout(struct client_call *);
int client_register(struct client_call *);
int client_passwd(struct client_call *);
int client_sessions(struct client_call *);
int client_send(struct client_call *);
int client_inbox(struct client_call *);
int client_history(struct client_call *);
int client_conversations(struct client_call *);
int client_follow(struct client_call *);
int client_who_online(struct client_call *);
int client_info(struct client_call *);
int client_group_add(struct client_call *);
int client_group_join(struct client_call *);
int client_group_leave(struct client_call *);
int client_group_list(struct client_call *);
int client_group_members(struct client_call *);
int client_file_send(struct client_call *);
int client_file_list(struct client_call *);
int client_file_get(struct client_call *);
int client_realm_list(struct client_call *);
int client_realm_add(struct client_call *);

#endif
