/*
 * dialect_irc_register: an account is shown by a password (PASS), or was by SASL or REGISTER
 * before; a nick that is no account's becomes a guest's where guests are allowed.
 */
#include "dialect/irc/register.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <string.h>

#include "dialect/enter.h"
#include "dialect/irc/out.h"
#include "dialect/irc/presence.h"
#include "dialect/irc/welcome.h"

const char *
dialect_irc_register_reason(enum chat_result result)
{
	switch (result) {
	case CHAT_NO_USER:
	case CHAT_BAD_PASSWORD:
		return "Wrong name or password";
	case CHAT_LOCKED:
		return "The account is locked";
	case CHAT_TOO_SOON:
		return "Too many tries: try again later";
	case CHAT_USER_EXISTS:
		return "This nick is an account: log in to it with SASL or PASS";
	case CHAT_FORBIDDEN:
		return "An account is needed here: log in with SASL or PASS";
	case CHAT_NEEDS_INVITATION:
		return "Accounts are made by invitation here";
	case CHAT_TOO_MANY:
		return "There are too many guests: log in with SASL or PASS, or try again later";
	case CHAT_BAD_ARGUMENT:
		return "This cannot be a name or a password here";
	default:
		return "The server failed: try again later";
	}
}

enum chat_result
dialect_irc_register_enter(struct dialog *dialog, const struct chat_user *user)
{
	struct chat_session session;
	enum chat_result result = chat_session_open(&dialog->chat, user, &session);

	if (result != CHAT_OK)
		return result;
	dialect_welcome(dialog, &session);
	/* Nobody else can use it: it ends with the connection. */
	dialog->token_untold = true;
	return CHAT_OK;
}

static void
forget_password(struct irc_state *irc)
{
	if (irc->password != NULL)
		freezero(irc->password, strlen(irc->password));
	irc->password = NULL;
}

/* The name and full name that the client wants, for a new account. False: there is no good nick. */
static bool
wish_account(const struct irc_state *irc, struct chat_user *user)
{
	*user = (struct chat_user){ .id = 0 };
	strlcpy(user->name, irc->nick, sizeof(user->name));
	strlcpy(user->fullname, irc->realname, sizeof(user->fullname));
	return irc->nick[0] != '\0';
}

/* PASS may name the account, as bouncers have it: NAME:PASSWORD. */
static enum chat_result
log_in(struct dialog *dialog, struct chat_user *user)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text name = chat_text(irc->nick), password = chat_text(irc->password);
	enum chat_result result = dialect_enter_login(dialog, name, password, user);

	forget_password(irc);
	return result == CHAT_OK ? dialect_irc_register_enter(dialog, user) : result;
}

static enum chat_result
come_as_guest(struct dialog *dialog, struct chat_user *user)
{
	enum chat_result result = CHAT_BAD_ARGUMENT;

	if (wish_account(dialog->irc, user))
		result = dialect_enter_guest(dialog, user);
	if (result == CHAT_OK)
		result = dialect_irc_register_enter(dialog, user);
	dialog->irc->guest = result == CHAT_OK;
	return result;
}

/* Another nick may be tried after these; after others the conversation is over. */
static void
refuse_guest(struct dialog *dialog, enum chat_result result)
{
	struct irc_state *irc = dialog->irc;
	const char *reason = dialect_irc_register_reason(result);

	if (result == CHAT_USER_EXISTS || result == CHAT_BAD_ARGUMENT) {
		dialect_irc_numeric(dialog,
		    result == CHAT_USER_EXISTS ? ERR_NICKNAMEINUSE : ERR_ERRONEUSNICKNAME, "%s :%s",
		    irc->nick, reason);
		irc->nick[0] = '\0';
		return;
	}
	dialect_irc_numeric(dialog, ERR_PASSWDMISMATCH, ":%s", reason);
	dialect_irc_close(dialog, reason);
}

/* The nick is the account's, whatever was asked for. */
static void
greet(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;
	const char *account = dialog->session.user.name;

	if (!name_same(irc->nick, account))
		dialect_irc_numeric(dialog, ERR_NICKNAMEINUSE, "%s :Your nick is your account, %s",
		    irc->nick, account);
	strlcpy(irc->nick, account, sizeof(irc->nick));
	if (!irc->guest)
		strlcpy(irc->realname, dialog->session.user.fullname, sizeof(irc->realname));
	irc->registered = true;
	dialect_irc_welcome(dialog);
	if (!dialog->ending)
		dialect_irc_presence_arrive(dialog);
}

void
dialect_irc_register_try(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;
	struct chat_user user;
	enum chat_result result = CHAT_OK;

	if (irc->registered || irc->negotiating || !irc->has_user || irc->nick[0] == '\0' ||
	    dialog->ending)
		return;
	if (!dialog->logged_in && irc->password != NULL) {
		result = log_in(dialog, &user);
		if (result != CHAT_OK) {
			const char *reason = dialect_irc_register_reason(result);

			dialect_irc_numeric(dialog, ERR_PASSWDMISMATCH, ":%s", reason);
			dialect_irc_close(dialog, reason);
			return;
		}
	} else if (!dialog->logged_in) {
		result = come_as_guest(dialog, &user);
		if (result != CHAT_OK) {
			refuse_guest(dialog, result);
			return;
		}
	}
	greet(dialog);
}

/* Only a guest's account has another name later. */
static void
rename_guest(struct dialog *dialog, struct chat_text nick)
{
	struct irc_state *irc = dialog->irc;
	char source[IRC_SOURCE_SIZE], before[sizeof(irc->nick)];
	enum chat_result result = dialect_enter_rename(dialog, &dialog->session, nick);

	if (result == CHAT_USER_EXISTS) {
		dialect_irc_numeric(dialog, ERR_NICKNAMEINUSE, "%.*s :Nickname is already in use",
		    (int)nick.len, nick.data);
		return;
	}
	if (result != CHAT_OK) {
		dialect_irc_numeric(dialog, ERR_ERRONEUSNICKNAME, "%.*s :%s", (int)nick.len,
		    nick.data, dialect_irc_register_reason(result));
		return;
	}
	dialect_irc_send(dialog, NULL, ":%s NICK :%s",
	    dialect_irc_source(dialog, irc->nick, source), dialog->session.user.name);
	strlcpy(before, irc->nick, sizeof(before));
	strlcpy(irc->nick, dialog->session.user.name, sizeof(irc->nick));
	dialect_irc_presence_renamed(dialog, before);
}

static void
change_nick(struct dialog *dialog, struct chat_text nick)
{
	struct irc_state *irc = dialog->irc;

	if (nick.len == strlen(irc->nick) && memcmp(nick.data, irc->nick, nick.len) == 0)
		return;
	if (irc->guest)
		rename_guest(dialog, nick);
	else if (!chat_text_is(nick, irc->nick))
		dialect_irc_numeric(dialog, ERR_NICKNAMEINUSE,
		    "%.*s :Your nick is your account, %s", (int)nick.len, nick.data, irc->nick);
}

void
dialect_irc_nick_command(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text nick = line->n > 0 ? line->params[0] : chat_text("");

	if (nick.len == 0) {
		dialect_irc_numeric(dialog, ERR_NONICKNAMEGIVEN, "%s", "");
		return;
	}
	if (!name_valid(nick.data, nick.len) || name_reserved(nick.data, nick.len)) {
		dialect_irc_numeric(dialog, ERR_ERRONEUSNICKNAME,
		    "%.*s :A nick has letters, digits, and . _ -, and begins with none of . -",
		    (int)nick.len, nick.data);
		return;
	}
	if (irc->registered) {
		change_nick(dialog, nick);
		return;
	}
	dialect_copy(irc->nick, sizeof(irc->nick), nick);
	dialect_irc_register_try(dialog);
}

void
dialect_irc_user(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text ident = line->params[0], realname = line->params[3];

	if (irc->registered || irc->has_user) {
		dialect_irc_numeric(dialog, ERR_ALREADYREGISTERED, "%s", "");
		return;
	}
	if (ident.len == 0 || realname.len == 0) {
		dialect_irc_numeric(dialog, ERR_NEEDMOREPARAMS, "USER");
		return;
	}
	dialect_irc_presence_ident(dialog, ident);
	if (!dialect_copy(irc->realname, sizeof(irc->realname), realname))
		irc->realname[0] = '\0';
	irc->has_user = true;
	dialect_irc_register_try(dialog);
}

void
dialect_irc_pass(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;

	if (irc->registered) {
		dialect_irc_numeric(dialog, ERR_ALREADYREGISTERED, "%s", "");
		return;
	}
	forget_password(irc);
	irc->password = strndup(line->params[0].data, line->params[0].len);
}

struct refusal {
	enum chat_result result;
	const char *code;
};

/* The codes of draft/account-registration. */
static const char *
registration_code(enum chat_result result)
{
	static const struct refusal refusals[] = {
		{ CHAT_USER_EXISTS, "ACCOUNT_EXISTS" },
		{ CHAT_BAD_ARGUMENT, "WEAK_PASSWORD" },
		{ CHAT_FORBIDDEN, "DISALLOWED" },
		{ CHAT_NEEDS_INVITATION, "DISALLOWED" },
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].result == result)
			return refusals[i].code;
	return "TEMPORARILY_UNAVAILABLE";
}

/* A guest claims the account; before the greeting a new one is made. */
static enum chat_result
make_account(struct dialog *dialog, struct chat_text password)
{
	struct irc_state *irc = dialog->irc;
	struct chat_user user;
	enum chat_result result;

	if (irc->guest) {
		result = dialect_enter_claim(dialog, &dialog->session, password);
		irc->guest = result != CHAT_OK && irc->guest;
		return result;
	}
	result = dialect_enter_may_register(dialog);
	if (result == CHAT_OK && wish_account(irc, &user))
		result = dialect_enter_register(dialog, &user, password);
	return result == CHAT_OK ? dialect_irc_register_enter(dialog, &user) : result;
}

void
dialect_irc_register(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text account = line->params[0];
	char name[NAME_MAX_BYTES + 1] = "*";
	enum chat_result result;

	if (!dialect_copy(name, sizeof(name), account))
		name[0] = '*';
	if (strcmp(name, "*") == 0 && irc->nick[0] != '\0')
		strlcpy(name, irc->nick, sizeof(name));
	if (dialog->logged_in && !irc->guest) {
		dialect_irc_standard(dialog, "FAIL", "REGISTER", "ALREADY_AUTHENTICATED", name,
		    "You are logged in to an account");
		return;
	}
	if (irc->nick[0] == '\0') {
		dialect_irc_standard(dialog, "FAIL", "REGISTER", "NEED_NICK", name,
		    "The account is your nick: choose one first");
		return;
	}
	if (!name_same(name, irc->nick)) {
		dialect_irc_standard(dialog, "FAIL", "REGISTER", "ACCOUNT_NAME_MUST_BE_NICK", name,
		    "The account has the name of your nick");
		return;
	}
	result = make_account(dialog, line->params[2]);
	if (result != CHAT_OK) {
		dialect_irc_standard(dialog, "FAIL", "REGISTER", registration_code(result), name,
		    result == CHAT_USER_EXISTS ? "There is such an account"
		                               : dialect_irc_register_reason(result));
		return;
	}
	dialect_irc_send(dialog, NULL, ":%s REGISTER SUCCESS %s :Account created",
	    dialect_irc_server(dialog), name);
	dialect_irc_presence_account(dialog);
}

void
dialect_irc_quit(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text reason = line->n > 0 ? line->params[0] : chat_text("");

	dialect_irc_presence_leave(dialog, reason);
	dialect_irc_send(dialog, NULL, "ERROR :Closing link: Quit: %.*s", (int)reason.len,
	    reason.data);
	dialog->ending = true;
}
