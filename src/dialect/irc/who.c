/*
 * dialect_irc_who: a channel shows all of its members, those who are not there as gone; a mask is
 * looked for among those who are online.
 */
#include "dialect/irc/who.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "chat/group.h"
#include "chat/member.h"
#include "dialect/irc/channel.h"
#include "dialect/irc/out.h"
#include "dialect/irc/people.h"

#define ROWS_MOST      1000 /* of a reply: the rest is left out */
#define TOKEN_MOST     3    /* digits that a client puts into its question */
#define USERHOSTS_MOST 5
#define ROW_SIZE       1024
#define NOT_TOLD       "255.255.255.255" /* in place of an address */

/* A question, and what of the answer is there. */
struct who {
	struct dialog *dialog;
	struct irc_people people;
	char fields[32]; /* of WHOX; "": it is a plain WHO */
	char token[TOKEN_MOST + 1];
	bool opers; /* are asked for alone */
	unsigned int rows;
	unsigned int looks;
};

/* What a row tells of a user; person NULL: offline. */
struct row {
	const char *channel;
	const char *prefix; /* of a member */
	const struct chat_user *user;
	const struct irc_person *person;
};

static void
write_flags(const struct row *row, char flags[8])
{
	const struct irc_person *person = row->person;
	const uint64_t modes = person == NULL ? 0 : person->modes;

	snprintf(flags, 8, "%s%s%s%s",
	    person == NULL || dialect_irc_person_is_away(person) ? "G" : "H",
	    (modes & IRC_MODE_OPER) != 0 ? "*" : "", (modes & IRC_MODE_BOT) != 0 ? "B" : "",
	    row->prefix);
}

/* One field of WHOX. */
static const char *
write_field(const struct who *who, const struct row *row, char field, const char *ident,
    const char *flags)
{
	switch (field) {
	case 't':
		return who->token[0] == '\0' ? "0" : who->token;
	case 'c':
		return row->channel;
	case 'u':
		return ident;
	case 'i':
		return NOT_TOLD;
	case 'h':
	case 's':
		return dialect_irc_server(who->dialog);
	case 'n':
		return row->user->name;
	case 'f':
		return flags;
	case 'a':
		return row->user->guest ? "0" : row->user->name;
	case 'o':
		return "n/a";
	default: /* d: how far away the server is; l: how long the user was silent, which is not
	            known */
		return "0";
	}
}

/* The fields have an order of their own, whatever the client's was; the name is the last. */
static void
send_fields(const struct who *who, const struct row *row, const char *ident, const char *flags)
{
	static const char order[] = "tcuihsnfdlao";
	char text[ROW_SIZE] = "";

	for (const char *field = order; *field != '\0'; field++) {
		if (strchr(who->fields, *field) == NULL)
			continue;
		if (text[0] != '\0')
			strlcat(text, " ", sizeof(text));
		strlcat(text, write_field(who, row, *field, ident, flags), sizeof(text));
	}
	if (strchr(who->fields, 'r') != NULL) {
		strlcat(text, text[0] == '\0' ? ":" : " :", sizeof(text));
		strlcat(text, dialect_irc_person_fullname(row->person, row->user), sizeof(text));
	}
	dialect_irc_numeric(who->dialog, RPL_WHOSPCRPL, "%s", text);
}

static void
send_row(struct who *who, const struct row *row)
{
	const char *server = dialect_irc_server(who->dialog);
	char ident[NAME_MAX_BYTES + 2], flags[8];

	if (who->opers && (row->person == NULL || (row->person->modes & IRC_MODE_OPER) == 0))
		return;
	who->rows++;
	dialect_irc_person_ident(row->person, row->user, ident);
	write_flags(row, flags);
	if (who->fields[0] != '\0')
		send_fields(who, row, ident, flags);
	else
		dialect_irc_numeric(who->dialog, RPL_WHOREPLY, "%s %s %s %s %s %s :0 %s",
		    row->channel, ident, server, server, row->user->name, flags,
		    dialect_irc_person_fullname(row->person, row->user));
}

static bool
is_hidden(const struct irc_person *person)
{
	return person != NULL && (person->modes & IRC_MODE_INVISIBLE) != 0;
}

static void
send_channel(struct who *who, struct chat_text channel)
{
	struct chat *chat = &who->dialog->chat;
	struct chat_text name = { .data = channel.data + 1, .len = channel.len - 1 };
	char shown[NAME_MAX_BYTES + 2];
	struct chat_group group;
	struct chat_user user;
	bool member;
	uint64_t id;

	if (chat_group_find(chat, name, &group) != CHAT_OK)
		return;
	member = chat_member_find(chat, group.id, who->dialog->session.user.id) == CHAT_OK;
	if (!member && (group.private || group.secret))
		return;
	snprintf(shown, sizeof(shown), "#%s", group.name);
	for (uint32_t i = 0;
	     who->rows < ROWS_MOST && chat_member_user(chat, group.id, i, &id) == CHAT_OK; i++) {
		struct row row = { .channel = shown,
			.user = &user,
			.person = dialect_irc_people_get(&who->people, id) };

		if ((!member && is_hidden(row.person)) || chat_user_get(chat, id, &user) != CHAT_OK)
			continue;
		row.prefix = dialect_irc_channel_prefix(who->dialog, &group, id);
		send_row(who, &row);
	}
}

/* The name of the scoreboard is asked first, so that the store is asked for few. */
static bool
fits(const struct who *who, const char *mask, const struct irc_person *person,
    const struct chat_user *user)
{
	char ident[NAME_MAX_BYTES + 2];

	dialect_irc_person_ident(person, user, ident);
	return name_matches(mask, user->name) || name_matches(mask, ident) ||
	    name_matches(mask, dialect_irc_server(who->dialog)) ||
	    name_matches(mask, dialect_irc_person_fullname(person, user));
}

/* Who does not want to be found is found by those in a common channel. */
static bool
may_be_found(struct who *who, const struct irc_person *person)
{
	if (!is_hidden(person) || person->user == who->dialog->session.user.id)
		return true;
	return dialect_irc_people_meet(who->dialog, person->user, &who->looks) && who->looks > 0;
}

static void
send_masked(struct who *who, const char *mask)
{
	struct chat_user user;

	for (size_t i = 0; i < who->people.n && who->rows < ROWS_MOST; i++) {
		const struct irc_person *person = &who->people.list[i];
		const struct row row = { .channel = "*",
			.prefix = "",
			.user = &user,
			.person = person };

		if (chat_user_get(&who->dialog->chat, person->user, &user) == CHAT_OK &&
		    fits(who, mask, person, &user) && may_be_found(who, person))
			send_row(who, &row);
	}
}

static void
send_named(struct who *who, struct chat_text name)
{
	char mask[IRC_BODY_MOST + 1];
	struct chat_user user;
	struct row row = { .channel = "*", .prefix = "", .user = &user };

	if (name_valid(name.data, name.len) &&
	    chat_user_find(&who->dialog->chat, name, &user) == CHAT_OK) {
		row.person = dialect_irc_people_get(&who->people, user.id);
		send_row(who, &row);
	} else if (dialect_copy(mask, sizeof(mask), name)) {
		send_masked(who, strcmp(mask, "0") == 0 || mask[0] == '\0' ? "*" : mask);
	}
}

/* FLAGS%FIELDS,TOKEN */
static void
read_options(struct who *who, struct chat_text options)
{
	struct chat_text flags, fields, token = chat_text("");

	if (!dialect_irc_line_next(&options, '%', &flags))
		return;
	who->opers = memchr(flags.data, 'o', flags.len) != NULL;
	if (!dialect_irc_line_next(&options, ',', &fields))
		return;
	(void)dialect_irc_line_next(&options, ',', &token);
	if (!dialect_copy(who->fields, sizeof(who->fields), fields) || fields.len == 0)
		strlcpy(who->fields, "t", sizeof(who->fields));
	for (size_t i = 0; i < token.len; i++)
		if (token.data[i] < '0' || token.data[i] > '9')
			return;
	if (!dialect_copy(who->token, sizeof(who->token), token))
		who->token[0] = '\0';
}

void
dialect_irc_who_command(struct dialog *dialog, const struct irc_line *line)
{
	const struct chat_text mask = line->n > 0 ? line->params[0] : chat_text("*");
	struct who who = { .dialog = dialog, .looks = IRC_PEOPLE_LOOKS };

	if (line->n > 1)
		read_options(&who, line->params[1]);
	dialect_irc_people_find(dialog, &who.people);
	if (mask.len > 0 && mask.data[0] == '#')
		send_channel(&who, mask);
	else
		send_named(&who, mask);
	dialect_irc_people_free(&who.people);
	dialect_irc_numeric(dialog, RPL_ENDOFWHO, "%.*s", mask.len == 0 ? 1 : (int)mask.len,
	    mask.len == 0 ? "*" : mask.data);
}

/* Adds a word, if there is room. */
static void
add_word(char *text, size_t size, const char *word)
{
	if (strlen(text) + strlen(word) + 2 > size)
		return;
	if (text[0] != '\0')
		strlcat(text, " ", size);
	strlcat(text, word, size);
}

void
dialect_irc_ison(struct dialog *dialog, const struct irc_line *line)
{
	char found[IRC_BODY_MOST - 2 * NAME_MAX_BYTES] = "";
	struct irc_people people;
	struct chat_text rest, nick;
	struct chat_user user;

	dialect_irc_people_find(dialog, &people);
	for (size_t i = 0; i < line->n; i++) {
		rest = line->params[i];
		while (dialect_irc_line_next(&rest, ' ', &nick))
			if (name_valid(nick.data, nick.len) &&
			    chat_user_find(&dialog->chat, nick, &user) == CHAT_OK &&
			    dialect_irc_people_get(&people, user.id) != NULL)
				add_word(found, sizeof(found), user.name);
	}
	dialect_irc_people_free(&people);
	dialect_irc_numeric(dialog, RPL_ISON, ":%s", found);
}

void
dialect_irc_userhost(struct dialog *dialog, const struct irc_line *line)
{
	char found[ROW_SIZE] = "", item[3 * NAME_MAX_BYTES + 8], ident[NAME_MAX_BYTES + 2];
	char reason[SCOREBOARD_AWAY_MAX];
	struct irc_person person;
	struct chat_user user;

	for (size_t i = 0; i < line->n && i < USERHOSTS_MOST; i++) {
		struct chat_text nick = line->params[i];

		if (!name_valid(nick.data, nick.len) ||
		    chat_user_find(&dialog->chat, nick, &user) != CHAT_OK)
			continue;
		dialect_irc_person_find(dialog, user.id, false, &person, reason);
		if (person.connections == 0)
			continue;
		dialect_irc_person_ident(&person, &user, ident);
		snprintf(item, sizeof(item), "%s%s=%s%s@%s", user.name,
		    (person.modes & IRC_MODE_OPER) != 0 ? "*" : "",
		    dialect_irc_person_is_away(&person) ? "-" : "+", ident,
		    dialect_irc_server(dialog));
		add_word(found, sizeof(found), item);
	}
	dialect_irc_numeric(dialog, RPL_USERHOST, ":%s", found);
}
