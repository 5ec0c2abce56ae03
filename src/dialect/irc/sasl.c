/* dialect_irc_sasl: a response comes in pieces of 400 bytes; a shorter one is the last. */
#include "dialect/irc/sasl.h"

#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <string.h>

#include "base/base64.h"
#include "dialect/enter.h"
#include "dialect/irc/out.h"
#include "dialect/irc/register.h"

#define PIECE 400 /* bytes of a response in one line, at most */

enum mechanism { NONE, PLAIN, EXTERNAL, MECHANISMS };

static const char *const names[MECHANISMS] = { [PLAIN] = "PLAIN", [EXTERNAL] = "EXTERNAL" };

/* A certificate is asked for on a listener of this dialect alone, and within TLS. */
static bool
is_offered(const struct dialog *dialog, enum mechanism mechanism)
{
	const struct config_listen *listener = dialog->listener;

	return mechanism != EXTERNAL ||
	    (listener != NULL && listener->tls &&
	        strcmp(listener->dialect, CONFIG_DIALECT_IRC) == 0);
}

bool
dialect_irc_sasl_mechanisms(const struct dialog *dialog, char *out, size_t size)
{
	strlcpy(out, names[PLAIN], size);
	if (is_offered(dialog, EXTERNAL)) {
		strlcat(out, ",", size);
		strlcat(out, names[EXTERNAL], size);
	}
	return true;
}

void
dialect_irc_sasl_end(struct dialog *dialog)
{
	if (dialog->irc->sasl != NULL)
		freezero(dialog->irc->sasl, sizeof(*dialog->irc->sasl));
	dialog->irc->sasl = NULL;
}

static void
fail(struct dialog *dialog, enum irc_numeric numeric)
{
	dialect_irc_sasl_end(dialog);
	dialect_irc_numeric(dialog, numeric, "%s", "");
}

static void
begin(struct dialog *dialog, struct chat_text name)
{
	struct irc_state *irc = dialog->irc;
	char offered[64];

	for (enum mechanism i = PLAIN; i < MECHANISMS; i++) {
		if (!chat_text_is(name, names[i]) || !is_offered(dialog, i))
			continue;
		irc->sasl = calloc(1, sizeof(*irc->sasl));
		if (irc->sasl == NULL) {
			fail(dialog, ERR_SASLFAIL);
			return;
		}
		irc->sasl->mechanism = i;
		dialect_irc_send(dialog, NULL, "AUTHENTICATE +");
		return;
	}
	(void)dialect_irc_sasl_mechanisms(dialog, offered, sizeof(offered));
	dialect_irc_numeric(dialog, RPL_SASLMECHS, "%s", offered);
	fail(dialog, ERR_SASLFAIL);
}

/* The three texts of PLAIN (RFC 4616). False: it is none. */
static bool
take_apart(struct chat_text message, struct chat_text *as, struct chat_text *name,
    struct chat_text *password)
{
	return dialect_irc_line_next(&message, '\0', as) &&
	    dialect_irc_line_next(&message, '\0', name) &&
	    dialect_irc_line_next(&message, '\0', password) && message.data == NULL;
}

static enum chat_result
judge_plain(struct dialog *dialog, char *data, size_t len, struct chat_user *user)
{
	struct chat_text as, name, password;

	if (!take_apart((struct chat_text){ .data = data, .len = len }, &as, &name, &password) ||
	    (as.len > 0 && !name_same_n(as.data, as.len, name.data, name.len)))
		return CHAT_BAD_ARGUMENT;
	return dialect_enter_login(dialog, name, password, user);
}

/* Nobody becomes another account than the one of the nick. */
static enum chat_result
judge(struct dialog *dialog, struct chat_user *user)
{
	struct irc_state *irc = dialog->irc;
	unsigned char data[BASE64_DECODED_MAX(IRC_SASL_MOST)];
	struct base64_decoder decoder;
	enum chat_result result = CHAT_BAD_ARGUMENT;
	ssize_t len;

	base64_decode_init(&decoder);
	len = base64_decode(&decoder, irc->sasl->data, irc->sasl->len, data, sizeof(data));
	if (len >= 0 && base64_decode_end(&decoder) == 0)
		result = irc->sasl->mechanism == PLAIN
		    ? judge_plain(dialog, (char *)data, (size_t)len, user)
		    : dialect_enter_certificate(dialog,
		          (struct chat_text){ .data = (char *)data, .len = (size_t)len }, user);
	explicit_bzero(data, sizeof(data));
	return result;
}

static void
finish(struct dialog *dialog)
{
	char source[IRC_SOURCE_SIZE];
	struct chat_user user;
	enum chat_result result = judge(dialog, &user);

	dialect_irc_sasl_end(dialog);
	if (result == CHAT_OK)
		result = dialect_irc_register_enter(dialog, &user);
	if (result != CHAT_OK) {
		dialect_irc_numeric(dialog, result == CHAT_LOCKED ? ERR_NICKLOCKED : ERR_SASLFAIL,
		    "%s", "");
		return;
	}
	dialect_irc_numeric(dialog, RPL_LOGGEDIN, "%s %s :You are now logged in as %s",
	    dialect_irc_source(dialog, user.name, source), user.name, user.name);
	dialect_irc_numeric(dialog, RPL_SASLSUCCESS, "%s", "");
}

static void
take_piece(struct dialog *dialog, struct chat_text piece)
{
	struct irc_state *irc = dialog->irc;
	bool empty = piece.len == 1 && piece.data[0] == '+';

	if (piece.len > PIECE || irc->sasl->len + piece.len > IRC_SASL_MOST) {
		fail(dialog, piece.len > PIECE ? ERR_SASLTOOLONG : ERR_SASLFAIL);
		return;
	}
	if (!empty) {
		memcpy(irc->sasl->data + irc->sasl->len, piece.data, piece.len);
		irc->sasl->len += piece.len;
	}
	if (piece.len < PIECE)
		finish(dialog);
}

void
dialect_irc_sasl(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text word = line->params[0];

	if (!dialect_irc_has(dialog, IRC_CAP_SASL))
		fail(dialog, ERR_SASLFAIL);
	else if (word.len == 1 && word.data[0] == '*')
		fail(dialog, irc->sasl == NULL ? ERR_SASLFAIL : ERR_SASLABORTED);
	else if (dialog->logged_in) /* a guest cannot become another account: the nick stays */
		fail(dialog, irc->guest ? ERR_ALREADYREGISTERED : ERR_SASLALREADY);
	else if (irc->sasl == NULL)
		begin(dialog, word);
	else
		take_piece(dialog, word);
}
