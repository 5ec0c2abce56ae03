/* dialect_irc_presence: what is shown on the scoreboard, and said to those whom it concerns. */
#include "dialect/irc/presence.h"

#include <bsd/string.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/vector.h"
#include "chat/group.h"
#include "chat/history/activity.h"
#include "chat/member.h"
#include "chat/push.h"
#include "dialect/irc/out.h"
#include "dialect/irc/people.h"
#include "dialect/irc/whisper.h"

/* Why a user is away who has no connection. */
#define OFFLINE "offline"

/* Copies as much of a sentence as there is room for; control characters become spaces. */
static void
copy_sentence(char *out, size_t size, struct chat_text text)
{
	size_t len = text.len < size ? text.len : size - 1;

	while (len > 0 && len < text.len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
		len--;
	for (size_t i = 0; i < len; i++)
		out[i] =
		    (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? ' ' : text.data[i];
	out[len] = '\0';
}

static void
show(struct dialog *dialog)
{
	dialect_present(dialog, dialog->session.user.id, dialog->session.user.name);
}

static void
whisper_away(struct dialog *dialog, const char *reason)
{
	const struct irc_whisper whisper = { .kind = IRC_WHISPER_AWAY, .text = chat_text(reason) };

	dialect_irc_whisper_presence(dialog, &whisper, NULL);
}

/* Those who remember who is away have to look again. */
static void
count_away(struct dialog *dialog)
{
	struct wakeup *wakeup = chat_push_wakeup(&dialog->chat);

	if (wakeup != NULL)
		wakeup_change(wakeup, WAKEUP_AWAY);
}

/* A user is away who is that on all connections. */
void
dialect_irc_away(struct dialog *dialog, const struct irc_line *line)
{
	const struct chat_text reason = line->n > 0 ? line->params[0] : chat_text("");
	const bool was_away = dialog->away[0] != '\0';
	char other[SCOREBOARD_AWAY_MAX];
	struct irc_person others;

	copy_sentence(dialog->away, sizeof(dialog->away), reason);
	dialect_irc_numeric(dialog, dialog->away[0] == '\0' ? RPL_UNAWAY : RPL_NOWAWAY, "%s", "");
	if (!was_away && dialog->away[0] == '\0')
		return;
	show(dialog);
	count_away(dialog);
	dialect_irc_person_find(dialog, dialog->session.user.id, true, &others, other);
	if (others.here == 0)
		whisper_away(dialog, dialog->away);
}

void
dialect_irc_setname(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	const struct chat_text name = line->params[0];
	struct irc_whisper whisper = { .kind = IRC_WHISPER_SETNAME };
	char source[IRC_SOURCE_SIZE];

	if (name.len == 0 || name.len > CHAT_FULLNAME_MAX || !utf8_printable(name.data, name.len)) {
		dialect_irc_standard(dialog, "FAIL", "SETNAME", "INVALID_REALNAME", "",
		    "A name has up to 128 bytes and no control characters");
		return;
	}
	copy_sentence(dialog->fullname, sizeof(dialog->fullname), name);
	strlcpy(irc->realname, dialog->fullname, sizeof(irc->realname));
	show(dialog);
	if (dialect_irc_has(dialog, IRC_CAP_SETNAME))
		dialect_irc_send(dialog, NULL, ":%s SETNAME :%s",
		    dialect_irc_source(dialog, irc->nick, source), dialog->fullname);
	whisper.text = chat_text(dialog->fullname);
	dialect_irc_whisper_presence(dialog, &whisper, NULL);
}

/* Of a source's parts it must not be the end. */
void
dialect_irc_presence_ident(struct dialog *dialog, struct chat_text ident)
{
	size_t len = 0;

	for (size_t i = 0; i < ident.len && len + 1 < sizeof(dialog->ident); i++) {
		char c = ident.data[i];

		if (c > ' ' && c < 0x7f && strchr("!@:*?,%", c) == NULL)
			dialog->ident[len++] = c;
	}
	dialog->ident[len] = '\0';
}

void
dialect_irc_presence_arrive(struct dialog *dialog)
{
	char reason[SCOREBOARD_AWAY_MAX];
	struct irc_person others;

	if (dialog->listener != NULL && dialog->listener->tls)
		dialog->modes |= IRC_MODE_SECURE;
	show(dialog);
	if (dialog->irc->guest)
		return;
	dialect_irc_person_find(dialog, dialog->session.user.id, true, &others, reason);
	if (others.here > 0)
		return;
	if (others.connections > 0)
		count_away(dialog);
	whisper_away(dialog, "");
}

/* Groups are told by their logs, since the name of whoever writes there must be known. */
static void
tell_groups(struct dialog *dialog, const char *before)
{
	struct chat *chat = &dialog->chat;
	const struct chat_user *self = &dialog->session.user;
	uint64_t group;

	for (uint32_t i = 0; chat_member_group(chat, self->id, i, &group) == CHAT_OK; i++)
		chat_activity_of_group(chat, group, self->id, CHAT_ACTIVITY_RENAME, self, before,
		    chat_text(self->name));
}

void
dialect_irc_presence_renamed(struct dialog *dialog, const char *before)
{
	const struct irc_whisper whisper = { .kind = IRC_WHISPER_NICK, .text = chat_text(before) };

	show(dialog);
	tell_groups(dialog, before);
	chat_push_people(&dialog->chat, 0);
	dialect_irc_whisper_presence(dialog, &whisper, before);
}

void
dialect_irc_presence_account(struct dialog *dialog)
{
	const struct irc_whisper whisper = { .kind = IRC_WHISPER_ACCOUNT, .text = chat_text("") };

	if (dialog->irc->registered)
		dialect_irc_whisper_presence(dialog, &whisper, NULL);
}

/* The last membership is ended first, as leaving moves the others. */
static void
leave_groups(struct dialog *dialog, struct chat_text reason)
{
	struct chat *chat = &dialog->chat;
	struct chat_group group;
	uint64_t id;

	while (chat_member_group(chat, dialog->session.user.id, 0, &id) == CHAT_OK &&
	    chat_group_get(chat, id, &group) == CHAT_OK &&
	    chat_group_leave_with(chat, chat_text(group.name), dialog->session.user.id,
	        CHAT_ACTIVITY_QUIT, reason) == CHAT_OK)
		store_refresh(chat->store);
}

void
dialect_irc_presence_leave(struct dialog *dialog, struct chat_text reason)
{
	char other[SCOREBOARD_AWAY_MAX];
	struct irc_person others;

	if (!dialog->irc->registered || dialog->irc->left || dialog->stopping)
		return;
	dialog->irc->left = true;
	if (dialog->irc->guest) {
		leave_groups(dialog, reason);
		return;
	}
	if (dialog->away[0] != '\0')
		count_away(dialog);
	dialect_irc_person_find(dialog, dialog->session.user.id, true, &others, other);
	if (others.connections == 0)
		whisper_away(dialog, OFFLINE);
	else if (others.here == 0 && dialog->away[0] == '\0') {
		count_away(dialog);
		whisper_away(dialog, other);
	}
}

/* Keeps those who are away. */
static void
look_who_is_away(struct dialog *dialog, struct irc_away *away)
{
	struct irc_people people;
	uint64_t *added;

	free(away->users);
	away->users = NULL;
	away->n = 0;
	dialect_irc_people_find(dialog, &people);
	for (size_t i = 0; i < people.n; i++) {
		if (!dialect_irc_person_is_away(&people.list[i]))
			continue;
		added = vector_add(&away->users, &away->n, sizeof(*added));
		if (added == NULL)
			break;
		*added = people.list[i].user;
	}
	dialect_irc_people_free(&people);
}

bool
dialect_irc_presence_is_away(struct dialog *dialog, uint64_t user, char reason[SCOREBOARD_AWAY_MAX])
{
	struct irc_away *away = &dialog->irc->away;
	/* Read before the look; 0 is that of no look. */
	const uint64_t changes = chat_push_changes(&dialog->chat, WAKEUP_AWAY) + 1;
	struct irc_person person;

	reason[0] = '\0';
	if (away->changes != changes)
		look_who_is_away(dialog, away);
	away->changes = changes;
	if (away->n == 0 ||
	    bsearch(&user, away->users, away->n, sizeof(user), vector_compare_u64) == NULL)
		return false;
	dialect_irc_person_find(dialog, user, false, &person, reason);
	return dialect_irc_person_is_away(&person);
}

void
dialect_irc_presence_tell_away(struct dialog *dialog, struct chat_text nick)
{
	char reason[SCOREBOARD_AWAY_MAX];
	struct chat_user user;

	if (nick.len > 0 && name_valid(nick.data, nick.len) &&
	    chat_user_find(&dialog->chat, nick, &user) == CHAT_OK &&
	    dialect_irc_presence_is_away(dialog, user.id, reason))
		dialect_irc_numeric(dialog, RPL_AWAY, "%s :%s", user.name, reason);
}

void
dialect_irc_presence_end(struct dialog *dialog)
{
	free(dialog->irc->away.users);
	dialog->irc->away = (struct irc_away){ .n = 0 };
}
