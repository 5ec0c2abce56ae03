/*
 * Lines that begin with a slash.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/i18n.h"
#include "client/refusal.h"
#include "client/screen/int.h"

#define WORDS 4

/* A line, cut into words; rest[i] is the text from word i on. */
struct words {
	char *words[WORDS];
	const char *rest[WORDS];
	size_t n;
};

struct command {
	const char *name;
	const char *usage; /* what follows the name */
	const char *does;  /* in the language of the source */
	size_t least;      /* words */
	void (*run)(struct client_screen *, const struct words *);
};

/* The group that is named, or the one that is open, without its sign; NULL and said: neither. */
static const char *
find_group(struct client_screen *s, const struct words *w, size_t at)
{
	const char *name = at < w->n                                   ? w->words[at]
	    : s->focus != NULL && s->focus->kind == CLIENT_MODEL_GROUP ? s->focus->with
	                                                               : NULL;

	if (name == NULL)
		client_screen_talk_note(s, true, _("which group?"));
	return name != NULL && name[0] == '#' ? name + 1 : name;
}

static void
take_group(void *arg, const json_t *reply, const char *about)
{
	char who[CLIENT_WHO_TEXT];

	if (!client_screen_reply_is_good(arg, reply))
		return;
	snprintf(who, sizeof(who), "#%s", about);
	client_screen_talk_open(arg, who);
	client_screen_talk_list(arg);
	client_screen_talk_note(arg, false, _("you are in %s"), who);
}

static void
take_left(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;
	struct client_model_conversation *c;
	char who[CLIENT_WHO_TEXT];

	if (strcmp(client_refusal_code(reply), "NOT_MEMBER") != 0 &&
	    !client_screen_reply_is_good(s, reply))
		return;
	snprintf(who, sizeof(who), "#%s", about);
	c = client_model_find(&s->model, who);
	client_screen_talk_note(s, false, _("you have left %s"), who);
	if (c != NULL)
		client_screen_talk_close(s, c);
}

static void
run_join(struct client_screen *s, const struct words *w)
{
	const char *group = find_group(s, w, 0);

	client_screen_reply_ask(s, take_group, group, "joingroup", group);
}

static void
run_leave(struct client_screen *s, const struct words *w)
{
	const char *group = find_group(s, w, 0);

	if (group != NULL)
		client_screen_reply_ask(s, take_left, group, "leave", group);
}

static void
run_group(struct client_screen *s, const struct words *w)
{
	const char *group = find_group(s, w, 1);
	char rest[CLIENT_WHO_TEXT + 32];

	if (strcasecmp(w->words[0], "add") == 0 && w->n == 2) {
		client_screen_reply_ask(s, take_group, group, "addgroup", group);
	} else if (strcasecmp(w->words[0], "private") == 0 && w->n == 2) {
		group = find_group(s, &(struct words){ 0 }, 0);
		snprintf(rest, sizeof(rest), "%s private %s", group == NULL ? "" : group,
		    w->words[1]);
		if (group != NULL)
			client_screen_reply_ask(s, client_screen_reply_done, NULL, "group", rest);
	} else {
		client_screen_talk_note(s, true, _("usage: %s"),
		    "/group add GROUP, /group private on|off");
	}
}

/* VERB GROUP USER. */
static void
ask_member(struct client_screen *s, const struct words *w, const char *verb)
{
	const char *group = find_group(s, w, 1);
	char rest[CLIENT_WHO_TEXT * 2];

	if (group == NULL)
		return;
	snprintf(rest, sizeof(rest), "%.*s %.*s", CLIENT_WHO_TEXT - 2, group, CLIENT_WHO_TEXT - 2,
	    w->words[0]);
	client_screen_reply_ask(s, client_screen_reply_done, NULL, verb, rest);
}

static void
run_invite(struct client_screen *s, const struct words *w)
{
	ask_member(s, w, "invite");
}

static void
run_kick(struct client_screen *s, const struct words *w)
{
	ask_member(s, w, "kick");
}

static void
run_msg(struct client_screen *s, const struct words *w)
{
	if (client_screen_talk_open(s, w->words[0]) && w->n > 1)
		client_screen_talk_say(s, w->rest[1]);
}

static void
run_groups(struct client_screen *s, const struct words *w)
{
	client_screen_reply_ask(s, client_screen_reply_table, "groups", "groups",
	    w->n > 0 ? w->words[0] : "all");
}

static void
run_members(struct client_screen *s, const struct words *w)
{
	const char *group = find_group(s, w, 0);

	if (group != NULL)
		client_screen_reply_ask(s, client_screen_reply_table, "members", "members", group);
}

static void
run_who(struct client_screen *s, const struct words *w)
{
	(void)w;
	client_screen_reply_ask(s, client_screen_reply_table, "message", "info", NULL);
}

static void
run_people(struct client_screen *s, const struct words *w)
{
	client_screen_reply_ask(s, client_screen_reply_table, "people", "people",
	    w->n > 0 ? w->words[0] : NULL);
}

static void
run_info(struct client_screen *s, const struct words *w)
{
	client_screen_reply_ask(s, client_screen_reply_table, "message", "info", w->words[0]);
}

static void
run_realms(struct client_screen *s, const struct words *w)
{
	(void)w;
	client_screen_reply_ask(s, client_screen_reply_table, "realms", "realms", NULL);
}

static void
run_realm(struct client_screen *s, const struct words *w)
{
	if (strcasecmp(w->words[0], "add") == 0)
		client_screen_reply_ask(s, client_screen_reply_done, NULL, "addrealm", w->rest[1]);
	else
		client_screen_talk_note(s, true, _("usage: %s"), "/realm add REALM HOST PORT");
}

static void
run_passwd(struct client_screen *s, const struct words *w)
{
	client_screen_reply_ask(s, client_screen_reply_done, NULL, "passwd", w->rest[0]);
}

static void
run_sessions(struct client_screen *s, const struct words *w)
{
	(void)w;
	client_screen_reply_ask(s, client_screen_reply_table, "sessions", "sessions", NULL);
}

static void
take_logout(void *arg, const json_t *reply, const char *about)
{
	struct client_screen *s = arg;

	(void)about;
	if (!client_screen_reply_is_good(s, reply))
		return;
	s->account.token[0] = '\0';
	client_account_save(&s->account);
	client_screen_login_start(s, _("you are logged out"));
}

static void
run_logout(struct client_screen *s, const struct words *w)
{
	if (w->n > 0)
		client_screen_reply_ask(s, client_screen_reply_done, NULL, "logout", w->words[0]);
	else
		client_screen_reply_ask(s, take_logout, NULL, "logout", NULL);
}

static void
run_files(struct client_screen *s, const struct words *w)
{
	(void)w;
	client_screen_command_files(s);
}

static void
run_get(struct client_screen *s, const struct words *w)
{
	client_screen_input_fetch(s, w->rest[0]);
}

static void
run_send(struct client_screen *s, const struct words *w)
{
	const char *path = w->rest[0], *home = getenv("HOME"), *name;
	char *whole = NULL;

	if (s->focus == NULL) {
		client_screen_talk_note(s, true, _("to whom? /msg WHO opens a conversation"));
		return;
	}
	if (strncmp(path, "~/", 2) == 0 && home != NULL &&
	    asprintf(&whole, "%s%s", home, path + 1) < 0)
		whole = NULL;
	if (whole != NULL)
		path = whole;
	name = strrchr(path, '/');
	client_model_send(&s->model, s->focus, name == NULL ? path : name + 1, path);
	free(whole);
	s->view.bottom = 0;
}

static void
run_block(struct client_screen *s, const struct words *w)
{
	client_screen_reply_ask(s, client_screen_reply_done, NULL, "block", w->words[0]);
}

static void
run_unblock(struct client_screen *s, const struct words *w)
{
	client_screen_reply_ask(s, client_screen_reply_done, NULL, "unblock", w->words[0]);
}

static void
run_search(struct client_screen *s, const struct words *w)
{
	snprintf(s->search, sizeof(s->search), "%s", w->rest[0]);
	s->view.found = 0;
	client_screen_command_search(s);
}

/* What was refused is sent again with its key, or forgotten. */
static void
run_retry(struct client_screen *s, const struct words *w)
{
	(void)w;
	for (size_t i = 0; i < s->model.n_pending; i++) {
		struct client_model_pending *p = &s->model.pending[i];

		if (p->error == NULL)
			continue;
		free(p->error);
		p->error = NULL;
		p->sent = false;
	}
}

static void
run_drop(struct client_screen *s, const struct words *w)
{
	(void)w;
	for (size_t i = s->model.n_pending; i > 0; i--)
		if (s->model.pending[i - 1].error != NULL)
			client_model_settle(&s->model, s->model.pending[i - 1].key, 0, 0);
}

static void
run_help(struct client_screen *s, const struct words *w)
{
	(void)w;
	client_screen_command_help(s);
}

static void
run_quit(struct client_screen *s, const struct words *w)
{
	(void)w;
	client_screen_input_quit(s);
}

static const struct command commands[] = {
	{ "block", "USER", N_("take no messages of somebody"), 1, run_block },
	{ "drop", "", N_("forget own messages that were refused"), 0, run_drop },
	{ "files", "", N_("files of the conversation"), 0, run_files },
	{ "get", "NAME", N_("fetch a file of the conversation"), 1, run_get },
	{ "group", "add GROUP", N_("make a group; or: private on|off"), 1, run_group },
	{ "groups", "[mine]", N_("the groups there are"), 0, run_groups },
	{ "help", "", N_("this list"), 0, run_help },
	{ "info", "USER", N_("who somebody is"), 1, run_info },
	{ "invite", "USER [GROUP]", N_("let somebody into a private group"), 1, run_invite },
	{ "join", "GROUP", N_("join a group"), 1, run_join },
	{ "kick", "USER [GROUP]", N_("remove a member of an own group"), 1, run_kick },
	{ "leave", "[GROUP]", N_("leave a group"), 0, run_leave },
	{ "logout", "[SESSION]", N_("end this session, or another own one"), 0, run_logout },
	{ "members", "[GROUP]", N_("who is in a group"), 0, run_members },
	{ "msg", "WHO [TEXT]", N_("open a conversation: user, #group, user@realm"), 1, run_msg },
	{ "passwd", "OLD NEW", N_("change the own password"), 2, run_passwd },
	{ "people", "[PREFIX]", N_("who has an account"), 0, run_people },
	{ "quit", "", N_("quit"), 0, run_quit },
	{ "realm", "add REALM HOST PORT", N_("make a realm known to the server"), 2, run_realm },
	{ "realms", "", N_("the realms there are"), 0, run_realms },
	{ "retry", "", N_("send again what was refused"), 0, run_retry },
	{ "search", "TEXT", N_("search in the conversation, also what is older"), 1, run_search },
	{ "send", "PATH", N_("send a file"), 1, run_send },
	{ "sessions", "", N_("where one is logged in"), 0, run_sessions },
	{ "unblock", "USER", N_("take messages of somebody again"), 1, run_unblock },
	{ "who", "", N_("who is online"), 0, run_who },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

void
client_screen_command_complete(struct client_screen_complete *c)
{
	char name[32];

	for (size_t i = 0; i < N_COMMANDS; i++) {
		snprintf(name, sizeof(name), "/%s", commands[i].name);
		client_screen_complete_add(c, name);
	}
}

void
client_screen_command_help(struct client_screen *s)
{
	char line[256], name[64];

	client_screen_page_open(&s->page, CLIENT_SCREEN_PAGE_TEXT, _("Keys and commands"));
	for (const struct client_screen_keys_line *l = client_screen_keys_lines; l->keys != NULL;
	     l++) {
		snprintf(line, sizeof(line), "%-18s %s", l->keys, _(l->does));
		client_screen_page_add(&s->page, line);
	}
	client_screen_page_add(&s->page, "");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		snprintf(name, sizeof(name), "/%s %s", commands[i].name, commands[i].usage);
		snprintf(line, sizeof(line), "%-26s %s", name, _(commands[i].does));
		client_screen_page_add(&s->page, line);
	}
	client_screen_talk_page(s);
}

void
client_screen_command_files(struct client_screen *s)
{
	if (s->focus == NULL)
		client_screen_talk_note(s, true, _("no conversation is open"));
	else
		client_screen_reply_ask(s, client_screen_reply_table, "files", "files",
		    s->focus->with);
}

void
client_screen_command_search(struct client_screen *s)
{
	uint64_t found;

	s->seeking = false;
	if (s->focus == NULL || s->search[0] == '\0')
		return;
	found = client_screen_view_search(s->focus, s->search, s->view.found, true);
	if (found != 0) {
		s->view.found = found;
		client_screen_view_show(&s->view, found);
		client_screen_view_scroll(&s->view, &s->model, s->focus, s->pane_width,
		    s->pane_height / 2);
		client_screen_talk_note(s, false, _("found: %s"), s->search);
	} else if (s->focus->older) {
		s->seeking = true;
		client_screen_talk_note(s, false, _("searching for: %s"), s->search);
		client_screen_talk_older(s);
	} else {
		s->view.found = 0;
		client_screen_talk_note(s, true, _("not found: %s"), s->search);
	}
}

/* Cuts the line, which is changed; `whole` is the same line that is not. */
static void
cut_words(char *line, const char *whole, struct words *w)
{
	size_t at = 0;

	*w = (struct words){ 0 };
	while (w->n < WORDS) {
		at += strspn(whole + at, " ");
		if (whole[at] == '\0')
			return;
		w->words[w->n] = line + at;
		w->rest[w->n++] = whole + at;
		at += strcspn(whole + at, " ");
		line[at] = '\0';
	}
}

void
client_screen_command_run(struct client_screen *s, const char *whole)
{
	char *line = strdup(whole);
	const struct command *command = NULL;
	size_t len = strcspn(whole, " ");
	struct words w;

	if (line == NULL)
		return;
	s->dirty = true;
	for (size_t i = 0; i < N_COMMANDS && command == NULL; i++)
		if (strlen(commands[i].name) == len - 1 &&
		    strncasecmp(commands[i].name, whole + 1, len - 1) == 0)
			command = &commands[i];
	cut_words(line + len, whole + len, &w);
	if (command == NULL)
		client_screen_talk_note(s, true, _("there is no command %s: /help lists them"),
		    line);
	else if (w.n < command->least)
		client_screen_talk_note(s, true, _("usage: /%s %s"), command->name, command->usage);
	else
		command->run(s, &w);
	free(line);
}
