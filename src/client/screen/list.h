/*
 * list: the rows of the list of conversations and realms, in the order in which they are shown.
 */
#ifndef KABAR_CLIENT_SCREEN_LIST_H
#define KABAR_CLIENT_SCREEN_LIST_H

#include "client/model.h"

#define CLIENT_SCREEN_LIST_REALMS 64 /* that are shown */

enum client_screen_list_kind {
	CLIENT_SCREEN_LIST_TITLE,
	CLIENT_SCREEN_LIST_CONVERSATION,
	CLIENT_SCREEN_LIST_REALM,
};

struct client_screen_list_row {
	enum client_screen_list_kind kind;
	const char *text; /* a title or a realm's name; not the row's own */
	struct client_model_conversation *conversation;
	bool is_up; /* of a realm */
};

/* A realm, as the server has told. */
struct client_screen_list_realm {
	char *name;
	char *state;
};

struct client_screen_list {
	struct client_screen_list_row *rows;
	size_t n;
	uint64_t version; /* of the model when they were made */
	bool made;
	size_t top; /* the first that is seen */
	struct client_screen_list_realm realms[CLIENT_SCREEN_LIST_REALMS];
	size_t n_realms;
};

void client_screen_list_free(struct client_screen_list *);
/* Makes the rows anew where the model has changed. 0, or -1 without memory. */
int client_screen_list_update(struct client_screen_list *, const struct client_model *);
/* Takes the texts over (free()), if there is room. True: they are taken. */
bool client_screen_list_add_realm(struct client_screen_list *, char *name, char *state);
void client_screen_list_clear_realms(struct client_screen_list *);
/* Moves the part that is seen so that the conversation is. */
void client_screen_list_reveal(struct client_screen_list *,
    const struct client_model_conversation *, size_t height);
/*
 * The conversation so many steps below (above: negative) this one, around the ends; only such as
 * have something unread if that is asked for. NULL: there is none.
 */
struct client_model_conversation *client_screen_list_step(const struct client_screen_list *,
    const struct client_model_conversation *, int step, bool unread);

#endif
