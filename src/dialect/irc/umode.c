/* dialect_irc_umode: modes of a user are its connection's, and the scoreboard shows them. */
#include "dialect/irc/umode.h"

#include <string.h>

#include "chat/user.h"
#include "dialect/irc/out.h"

static const struct umode {
	char letter;
	uint64_t mode;
} umodes[] = {
	{ 'B', IRC_MODE_BOT },
	{ 'i', IRC_MODE_INVISIBLE },
	{ 'o', IRC_MODE_OPER },
	{ 'w', IRC_MODE_WALLOPS },
};
#define N_UMODES (sizeof(umodes) / sizeof(umodes[0]))

void
dialect_irc_umode_letters(uint64_t modes, char letters[IRC_UMODES_SIZE])
{
	size_t n = 0;

	for (size_t i = 0; i < N_UMODES; i++)
		if ((modes & umodes[i].mode) != 0)
			letters[n++] = umodes[i].letter;
	letters[n] = '\0';
}

static void
tell_change(struct dialog *dialog, uint64_t before)
{
	char on[IRC_UMODES_SIZE], off[IRC_UMODES_SIZE], source[IRC_SOURCE_SIZE];
	const char *nick = dialog->irc->nick;

	if (dialog->modes == before)
		return;
	dialect_present(dialog, dialog->session.user.id, dialog->session.user.name);
	dialect_irc_umode_letters(dialog->modes & ~before, on);
	dialect_irc_umode_letters(before & ~dialog->modes, off);
	dialect_irc_send(dialog, NULL, ":%s MODE %s :%s%s%s%s",
	    dialect_irc_source(dialog, nick, source), nick, on[0] == '\0' ? "" : "+", on,
	    off[0] == '\0' ? "" : "-", off);
}

void
dialect_irc_umode_set(struct dialog *dialog, uint64_t mode, bool on)
{
	const uint64_t before = dialog->modes;

	dialog->modes = on ? before | mode : before & ~mode;
	tell_change(dialog, before);
}

/* Nobody becomes an operator by MODE. False: there is no such mode. */
static bool
change(struct dialog *dialog, char letter, bool on)
{
	for (size_t i = 0; i < N_UMODES; i++) {
		if (umodes[i].letter != letter)
			continue;
		if (!on)
			dialog->modes &= ~umodes[i].mode;
		else if (umodes[i].mode != IRC_MODE_OPER)
			dialog->modes |= umodes[i].mode;
		return true;
	}
	return false;
}

static void
change_all(struct dialog *dialog, struct chat_text letters)
{
	const uint64_t before = dialog->modes;
	bool on = true, known = true;

	for (size_t i = 0; i < letters.len; i++) {
		if (letters.data[i] == '+' || letters.data[i] == '-')
			on = letters.data[i] == '+';
		else
			known = change(dialog, letters.data[i], on) && known;
	}
	tell_change(dialog, before);
	if (!known)
		dialect_irc_numeric(dialog, ERR_UMODEUNKNOWNFLAG, "%s", "");
}

void
dialect_irc_umode(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text nick = line->params[0];
	char letters[IRC_UMODES_SIZE];
	struct chat_user user;

	if (!chat_text_is(nick, dialog->irc->nick)) {
		if (chat_user_find(&dialog->chat, nick, &user) == CHAT_OK)
			dialect_irc_numeric(dialog, ERR_USERSDONTMATCH, "%s", "");
		else
			dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", (int)nick.len,
			    nick.data);
		return;
	}
	if (line->n > 1) {
		change_all(dialog, line->params[1]);
		return;
	}
	dialect_irc_umode_letters(dialog->modes, letters);
	dialect_irc_numeric(dialog, RPL_UMODEIS, "+%s", letters);
}
