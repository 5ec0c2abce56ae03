/*
 * The list of conversations.
 */
#include "client/screen/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/vector.h"
#include "client/i18n.h"

void
client_screen_list_clear_realms(struct client_screen_list *list)
{
	for (size_t i = 0; i < list->n_realms; i++) {
		free(list->realms[i].name);
		free(list->realms[i].state);
	}
	list->n_realms = 0;
	list->made = false;
}

void
client_screen_list_free(struct client_screen_list *list)
{
	client_screen_list_clear_realms(list);
	free(list->rows);
	*list = (struct client_screen_list){ 0 };
}

bool
client_screen_list_add_realm(struct client_screen_list *list, char *name, char *state)
{
	if (list->n_realms == CLIENT_SCREEN_LIST_REALMS || name == NULL || state == NULL)
		return false;
	list->realms[list->n_realms++] =
	    (struct client_screen_list_realm){ .name = name, .state = state };
	list->made = false;
	return true;
}

static struct client_screen_list_row *
add_row(struct client_screen_list *list, enum client_screen_list_kind kind, const char *text)
{
	struct client_screen_list_row *row = vector_add(&list->rows, &list->n, sizeof(*row));

	if (row != NULL)
		*row = (struct client_screen_list_row){ .kind = kind, .text = text };
	return row;
}

static int
add_conversations(struct client_screen_list *list, const struct client_model *m,
    enum client_model_kind kind, const char *title)
{
	bool any = false;

	for (size_t i = 0; i < m->n; i++) {
		struct client_screen_list_row *row;

		if (m->list[i]->kind != kind)
			continue;
		if (!any && add_row(list, CLIENT_SCREEN_LIST_TITLE, title) == NULL)
			return -1;
		any = true;
		row = add_row(list, CLIENT_SCREEN_LIST_CONVERSATION, m->list[i]->with);
		if (row == NULL)
			return -1;
		row->conversation = m->list[i];
	}
	return 0;
}

static int
add_realms(struct client_screen_list *list)
{
	if (list->n_realms > 0 && add_row(list, CLIENT_SCREEN_LIST_TITLE, _("Realms")) == NULL)
		return -1;
	for (size_t i = 0; i < list->n_realms; i++) {
		const struct client_screen_list_realm *realm = &list->realms[i];
		struct client_screen_list_row *row =
		    add_row(list, CLIENT_SCREEN_LIST_REALM, realm->name);

		if (row == NULL)
			return -1;
		row->is_up = strcmp(realm->state, "up") == 0 || strcmp(realm->state, "own") == 0;
	}
	return 0;
}

int
client_screen_list_update(struct client_screen_list *list, const struct client_model *m)
{
	if (list->made && list->version == m->version)
		return 0;
	free(list->rows);
	list->rows = NULL;
	list->n = 0;
	list->version = m->version;
	list->made = true;
	if (add_conversations(list, m, CLIENT_MODEL_GROUP, _("Groups")) != 0 ||
	    add_conversations(list, m, CLIENT_MODEL_PERSON, _("People")) != 0)
		return -1;
	return add_realms(list);
}

static bool
find_row(const struct client_screen_list *list, const struct client_model_conversation *c,
    size_t *at)
{
	for (*at = 0; c != NULL && *at < list->n; ++*at)
		if (list->rows[*at].conversation == c)
			return true;
	return false;
}

void
client_screen_list_reveal(struct client_screen_list *list,
    const struct client_model_conversation *c, size_t height)
{
	size_t at;

	if (list->top > 0 && list->n < list->top + height)
		list->top = list->n > height ? list->n - height : 0;
	if (!find_row(list, c, &at))
		return;
	if (at < list->top)
		list->top =
		    at > 0 && list->rows[at - 1].kind == CLIENT_SCREEN_LIST_TITLE ? at - 1 : at;
	else if (at >= list->top + height)
		list->top = at - height + 1;
}

struct client_model_conversation *
client_screen_list_step(const struct client_screen_list *list,
    const struct client_model_conversation *c, int step, bool unread)
{
	size_t at;

	if (list->n == 0)
		return NULL;
	if (!find_row(list, c, &at))
		at = step > 0 ? list->n - 1 : 0;
	for (size_t tries = 0; tries < list->n; tries++) {
		at = step > 0 ? (at + 1) % list->n : (at + list->n - 1) % list->n;
		if (list->rows[at].conversation != NULL && list->rows[at].conversation != c &&
		    (!unread || list->rows[at].conversation->unread > 0))
			return list->rows[at].conversation;
	}
	return NULL;
}
