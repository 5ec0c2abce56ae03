/*
 * dialect_enter certificate: logging in by a certificate that the client has shown in TLS, and
 * which certificates a user has for that.
 */
#include <string.h>

#include "auth/client.h"
#include "base/log.h"
#include "chat/certificate.h"
#include "chat/login.h"
#include "dialect/enter.h"
#include "dialect/enter/int.h"

/* Without a gate. */
static enum chat_result
judge_certificate(struct chat *chat, struct chat_text name, const char *fingerprint,
    struct chat_user *user)
{
	struct chat_certificate certificate;

	return chat_certificate_read(&certificate, chat_text(fingerprint))
	    ? chat_certificate_login(chat, &certificate, name, user)
	    : CHAT_NO_USER;
}

static enum chat_result
ask_certificate(struct dialog *dialog, struct chat_text name, const char *fingerprint,
    struct chat_user *user)
{
	enum chat_result result;
	uint64_t id;

	if (dialog->auth == NULL)
		return dialect_enter_go_in(dialog)
		    ? judge_certificate(&dialog->chat, name, fingerprint, user)
		    : CHAT_FAILED;
	dialect_enter_settle(dialog);
	result = auth_client_certificate(dialog->auth, name, fingerprint, &id);
	dialog->retry_s = dialog->auth->retry_s;
	if (result != CHAT_OK)
		return result;
	return dialect_enter_go_in(dialog) ? chat_user_get(&dialog->chat, id, user) : CHAT_FAILED;
}

enum chat_result
dialect_enter_certificate(struct dialog *dialog, struct chat_text name, struct chat_user *user)
{
	const char *fingerprint = stream_peer_fingerprint(frame_carrier(&dialog->frame));
	enum chat_result result;

	if (fingerprint == NULL)
		return CHAT_NO_USER;
	result = ask_certificate(dialog, name, fingerprint, user);
	if (result != CHAT_OK && !chat_is_failure(result))
		dialect_refused(dialog, name, result);
	return result;
}

/* Without a gate. */
static enum chat_result
change_certificate(struct chat *chat, const struct chat_user *self, struct chat_text password,
    struct chat_text fingerprint, bool adds)
{
	struct chat_certificate certificate;
	struct chat_user user;
	enum chat_result result;

	if (!chat_certificate_read(&certificate, fingerprint))
		return CHAT_BAD_ARGUMENT;
	result = chat_login_check(chat, chat_text(self->name), password, &user);
	if (result != CHAT_OK)
		return result;
	return (adds ? chat_certificate_add : chat_certificate_remove)(chat, user.id, &certificate);
}

enum chat_result
dialect_enter_certify(struct dialog *dialog, const struct chat_session *session,
    struct chat_text password, struct chat_text fingerprint, bool adds)
{
	char text[CHAT_CERTIFICATE_TEXT];
	enum chat_result result;

	if (!chat_certificate_write(text, fingerprint)) {
		result = CHAT_BAD_ARGUMENT;
	} else if (dialog->auth == NULL) {
		result = change_certificate(&dialog->chat, &session->user, password,
		    chat_text(text), adds);
	} else {
		result = auth_client_certify(dialog->auth, password, chat_text(text), adds);
		dialog->retry_s = dialog->auth->retry_s;
	}
	dialect_enter_wipe(password);
	if (result == CHAT_BAD_PASSWORD || result == CHAT_TOO_SOON || result == CHAT_LOCKED)
		dialect_refused(dialog, chat_text(session->user.name), result);
	if (result == CHAT_OK)
		store_refresh(dialog->chat.store);
	return result;
}
