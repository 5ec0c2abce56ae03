/*
 * dialect_irc_oper: a KILL ends the sessions of a user, which the judge lets administrators do; so
 * the connections of the user end, whatever dialect they speak. A whisper only says why.
 */
#include "dialect/irc/oper.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/user.h"
#include "dialect/enter.h"
#include "dialect/irc/announce.h"
#include "dialect/irc/out.h"
#include "dialect/irc/register.h"
#include "dialect/irc/umode.h"
#include "dialect/irc/whisper.h"

#define KILLED_MS 10000 /* after which the end of a session has another reason */

struct irc_oper {
	struct chat_session session; /* the administrator's */
};

/* The store speaks for the connection's own user again, or the connection is over. */
static void
go_back(struct dialog *dialog)
{
	dialect_enter_back(dialog);
	if (dialog->auth != NULL && dialog->auth->id != dialog->session.user.id)
		dialect_irc_close(dialog, "the server failed");
}

static bool
is_oper(struct dialog *dialog)
{
	if (dialog->irc->oper != NULL)
		return true;
	dialect_irc_numeric(dialog, ERR_NOPRIVILEGES, "%s", "");
	return false;
}

/* Opens a session of the administrator's, for whom the store speaks now. */
static enum chat_result
begin_oper(struct dialog *dialog, const struct chat_user *user)
{
	struct irc_oper *oper = calloc(1, sizeof(*oper));
	enum chat_result result;

	if (oper == NULL)
		return CHAT_FAILED;
	result = chat_session_open(&dialog->chat, user, &oper->session);
	if (result == CHAT_OK)
		dialog->irc->oper = oper;
	else
		freezero(oper, sizeof(*oper));
	return result;
}

void
dialect_irc_oper(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_user user;
	enum chat_result result;

	dialect_irc_oper_end(dialog);
	result = dialect_enter_login(dialog, line->params[0], line->params[1], &user);
	if (result == CHAT_OK)
		result = user.admin ? begin_oper(dialog, &user) : CHAT_FORBIDDEN;
	go_back(dialog);
	if (result == CHAT_OK) {
		log_info("%s is an operator as %s", dialog->session.user.name, user.name);
		dialect_irc_numeric(dialog, RPL_YOUREOPER, "%s", "");
		dialect_irc_umode_set(dialog, IRC_MODE_OPER, true);
		return;
	}
	dialect_irc_umode_set(dialog, IRC_MODE_OPER, false);
	if (result == CHAT_FORBIDDEN)
		dialect_irc_numeric(dialog, ERR_NOOPERHOST, "%s", "");
	else
		dialect_irc_numeric(dialog, ERR_PASSWDMISMATCH, ":%s",
		    dialect_irc_register_reason(result));
}

void
dialect_irc_oper_end(struct dialog *dialog)
{
	struct irc_oper *oper = dialog->irc->oper;
	struct chat_session session;

	if (oper == NULL)
		return;
	dialog->irc->oper = NULL;
	if (dialect_enter_session(dialog, chat_text(oper->session.token), &session) == CHAT_OK)
		chat_session_drop(&dialog->chat, &session);
	go_back(dialog);
	freezero(oper, sizeof(*oper));
}

/* Ends the sessions of a user in the administrator's name. */
static enum chat_result
end_sessions(struct dialog *dialog, const struct chat_user *victim)
{
	struct chat_session session;
	enum chat_result result =
	    dialect_enter_session(dialog, chat_text(dialog->irc->oper->session.token), &session);

	if (result == CHAT_OK)
		result = session.user.admin ? chat_session_end_all(&dialog->chat, victim)
		                            : CHAT_FORBIDDEN;
	return result;
}

/* The session has ended: the client is told by whom. */
static void
tell_killed(struct dialog *dialog, const char *killer, struct chat_text reason)
{
	char source[IRC_SOURCE_SIZE], text[IRC_BODY_MOST];

	dialect_irc_send(dialog, NULL, ":%s KILL %s :%.*s",
	    dialect_irc_source(dialog, killer, source), dialog->irc->nick, (int)reason.len,
	    reason.data);
	snprintf(text, sizeof(text), "Killed (%s (%.*s))", killer, (int)reason.len, reason.data);
	dialect_irc_close(dialog, text);
}

/* The name by which a user is killed; false: there is none, and this is told. */
static bool
find_victim(struct dialog *dialog, struct chat_text nick, struct chat_user *victim)
{
	if (chat_text_is(nick, dialect_irc_server(dialog)))
		dialect_irc_numeric(dialog, ERR_CANTKILLSERVER, "%s", "");
	else if (chat_user_find(&dialog->chat, nick, victim) != CHAT_OK)
		dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", (int)nick.len, nick.data);
	else
		return true;
	return false;
}

static void
drop_character(struct chat_text *text)
{
	while (text->len > 0 && ((unsigned char)text->data[--text->len] & 0xc0) == 0x80)
		;
}

static bool
is_victim(void *arg, const struct wakeup_subscription *subscription)
{
	const struct chat_user *victim = arg;

	return subscription->user == victim->id;
}

bool
dialect_irc_oper_tell_killed(struct dialog *dialog)
{
	const struct irc_killed *killed = dialog->irc->killed;

	if (killed == NULL || clock_monotonic_ms() - killed->ms > KILLED_MS)
		return false;
	tell_killed(dialog, killed->by, chat_text(killed->reason));
	return true;
}

void
dialect_irc_kill(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text nick = line->params[0];
	struct chat_text reason = line->n > 1 ? line->params[1] : chat_text("No reason was given");
	struct chat_user victim;
	enum chat_result result;

	if (!is_oper(dialog) || !find_victim(dialog, nick, &victim))
		return;
	while (reason.len > IRC_KILL_MOST)
		drop_character(&reason);
	dialect_irc_whisper_to(dialog,
	    &(struct irc_whisper){ .kind = IRC_WHISPER_KILL, .text = reason }, is_victim, &victim);
	result = end_sessions(dialog, &victim);
	if (result == CHAT_OK && victim.id == dialog->session.user.id) {
		tell_killed(dialog, dialog->irc->nick, reason);
		return;
	}
	go_back(dialog);
	if (result == CHAT_OK)
		log_info("%s has killed %s", dialog->session.user.name, victim.name);
	if (result == CHAT_FORBIDDEN || result == CHAT_LOCKED)
		dialect_irc_numeric(dialog, ERR_NOPRIVILEGES, "%s", "");
	else
		dialect_irc_send(dialog, NULL, ":%s NOTICE %s :%s %s", dialect_irc_server(dialog),
		    dialog->irc->nick, victim.name,
		    result == CHAT_OK               ? "is disconnected and logged out"
		        : result == CHAT_NO_SESSION ? "has no session"
		                                    : "stays: the server failed, try again later");
}

static bool
is_anybody(void *arg, const struct wakeup_subscription *subscription)
{
	(void)arg;
	(void)subscription;
	return true;
}

void
dialect_irc_wallops(struct dialog *dialog, const struct irc_line *line)
{
	if (!is_oper(dialog))
		return;
	dialect_irc_whisper_to(dialog,
	    &(struct irc_whisper){ .kind = IRC_WHISPER_WALLOPS, .text = line->params[0] },
	    is_anybody, NULL);
	dialect_irc_announce_wallops(dialog, line->params[0], dialog->irc->nick);
}
