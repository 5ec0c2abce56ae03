/*
 * Replies that are shown: a sentence, or a list as a page.
 */
#include <stdlib.h>
#include <string.h>

#include "client/i18n.h"
#include "client/json.h"
#include "client/refusal.h"
#include "client/screen/int.h"

/* A reply that is a list, shown as a page. */
struct table {
	const char *key; /* of the list in the reply, and the name of the table */
	const char *title;
	struct client_screen_page_column columns[CLIENT_SCREEN_PAGE_COLUMNS];
};

static const struct table tables[] = {
	{ "groups", N_("Groups"),
	    { { .key = "name" }, { .key = "owner" },
	        { .key = "members", .form = CLIENT_SCREEN_PAGE_NUMBER },
	        { .key = "member", .form = CLIENT_SCREEN_PAGE_FLAG, .word = N_("member") },
	        { .key = "private", .form = CLIENT_SCREEN_PAGE_FLAG, .word = N_("private") } } },
	{ "members", N_("Members"),
	    { { .key = "username" }, { .key = "name" },
	        { .key = "online", .form = CLIENT_SCREEN_PAGE_FLAG, .word = N_("online") } } },
	{ "people", N_("People"),
	    { { .key = "username" }, { .key = "name" },
	        { .key = "online", .form = CLIENT_SCREEN_PAGE_FLAG, .word = N_("online") } } },
	{ "sessions", N_("Sessions"),
	    { { .key = "session" },
	        { .key = "this", .form = CLIENT_SCREEN_PAGE_FLAG, .word = N_("this one") },
	        { .key = "client" }, { .key = "address" },
	        { .key = "used", .form = CLIENT_SCREEN_PAGE_TIME } } },
	{ "realms", N_("Realms"), { { .key = "name" }, { .key = "state" } } },
	{ "files", N_("Files"),
	    { { .key = "name" }, { .key = "size", .form = CLIENT_SCREEN_PAGE_SIZE },
	        { .key = "time", .form = CLIENT_SCREEN_PAGE_TIME }, { .key = "from" } } },
	{ "message", N_("People"),
	    { { .key = "username" }, { .key = "name" }, { .key = "country" },
	        { .key = "online", .form = CLIENT_SCREEN_PAGE_FLAG, .word = N_("online") },
	        { .key = "since", .form = CLIENT_SCREEN_PAGE_TIME } } },
};

void
client_screen_reply_ask(struct client_screen *s, client_screen_link_taker *take, const char *about,
    const char *verb, const char *rest)
{
	if (!client_screen_link_ask(&s->link, take, about, verb, rest))
		client_screen_talk_note(s, true, _("there is no connection"));
}

bool
client_screen_reply_has_ended(struct client_screen *s, const json_t *reply)
{
	char text[CLIENT_REFUSAL_TEXT];

	if (s->in_form || strcmp(client_refusal_code(reply), "NO_SESSION") != 0)
		return false;
	client_refusal_explain(reply, text);
	s->account.token[0] = '\0';
	client_screen_login_start(s, text);
	return true;
}

bool
client_screen_reply_is_good(struct client_screen *s, const json_t *reply)
{
	char text[CLIENT_REFUSAL_TEXT];

	if (client_refusal_is_none(reply))
		return true;
	if (client_screen_reply_has_ended(s, reply))
		return false;
	client_refusal_explain(reply, text);
	client_screen_talk_note(s, true, "%s", text);
	return false;
}

void
client_screen_reply_done(void *arg, const json_t *reply, const char *about)
{
	(void)about;
	if (client_screen_reply_is_good(arg, reply))
		client_screen_talk_note(arg, false, _("done"));
}

/* One object is shown as a list of one. */
void
client_screen_reply_table(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	const struct table *table = tables;
	json_t *list = json_object_get(reply, about), *entry;
	bool are_files = strcmp(about, "files") == 0;
	size_t i;

	if (!client_screen_reply_is_good(s, reply))
		return;
	while (strcmp(table->key, about) != 0)
		table++;
	list = json_is_object(list) ? json_pack("[O]", list) : json_incref(list);
	client_screen_page_open(&s->page,
	    are_files ? CLIENT_SCREEN_PAGE_FILES : CLIENT_SCREEN_PAGE_TEXT, _(table->title));
	client_screen_page_table(&s->page, list, table->columns);
	if (are_files && s->page.n > 0)
		s->page.names = calloc(s->page.n, sizeof(*s->page.names));
	json_array_foreach (list, i, entry)
		if (s->page.names != NULL && i < s->page.n)
			s->page.names[i] = strdup(client_json_text(entry, "name", NULL));
	if (s->page.n == 0)
		client_screen_page_add(&s->page, _("nothing"));
	json_decref(list);
	client_screen_talk_page(s);
}
