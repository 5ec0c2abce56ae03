/* dialect_enter: what the gate has said yes to is looked up in the store then. */
#include "dialect/enter.h"

#include <poll.h>
#include <string.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/invitation.h"
#include "chat/login.h"
#include "chat/look_alike.h"
#include "chat/permit.h"
#include "chat/push.h"
#include "chat/user_delete.h"
#include "chat/user_guest.h"
#include "dialect/enter/int.h"

#define ANSWER_MS 5000 /* the longest that a gate in good order takes for a look-up */
#define SETTLE_MS 512  /* the longest of the pauses, each of which is twice the one before */

/*
 * Before the store speaks for another: it can note what a user has got only while it speaks for
 * that user. So what is under way has some time to arrive.
 */
void
dialect_enter_settle(struct dialog *dialog)
{
	if (!dialog->chat_open)
		return;
	dialect_delivered(dialog, true);
	for (int64_t ms = 1; chat_inbox_is_pending(&dialog->pending) && ms <= SETTLE_MS; ms *= 2) {
		if (dialog->wait_for == NULL)
			return;
		(void)dialog->wait_for(dialog, -1, ms);
		dialect_delivered(dialog, true);
	}
}

/* The store is open from here on, and speaks for whom the gate said yes to last. */
bool
dialect_enter_go_in(struct dialog *dialog)
{
	if (dialog->chat_open) {
		store_rest(dialog->chat.store);
		store_refresh(dialog->chat.store);
		return true;
	}
	return dialect_begin(dialog);
}

/* The frame's buffer may lie in memory for long. */
void
dialect_enter_wipe(struct chat_text text)
{
	if (text.len > 0)
		explicit_bzero((void *)(uintptr_t)text.data, text.len);
}

static enum chat_result
ask_login(struct dialog *dialog, struct chat_text name, struct chat_text password,
    struct chat_user *user)
{
	enum chat_result result;
	uint64_t id;

	if (dialog->auth == NULL)
		return chat_login_check(&dialog->chat, name, password, user);
	dialect_enter_settle(dialog);
	result = auth_client_login(dialog->auth, name, password, &id);
	dialog->retry_s = dialog->auth->retry_s;
	if (result != CHAT_OK)
		return result;
	result = dialect_enter_go_in(dialog) ? chat_user_get(&dialog->chat, id, user) : CHAT_FAILED;
	/* The password was changed after the gate had read its hash: it was the old one. */
	return result == CHAT_OK && user->epoch != dialog->auth->epoch ? CHAT_BAD_PASSWORD : result;
}

enum chat_result
dialect_enter_login(struct dialog *dialog, struct chat_text name, struct chat_text password,
    struct chat_user *user)
{
	enum chat_result result = ask_login(dialog, name, password, user);

	dialect_enter_wipe(password);
	/* A failure on our side is nobody's guess, and those who have gone wait for no answer. */
	if (result == CHAT_OK || chat_is_failure(result))
		return result;
	dialect_refused(dialog, name, result);
	if (dialog->config->uniform_auth && result == CHAT_NO_USER)
		return CHAT_BAD_PASSWORD;
	return result;
}

enum chat_result
dialect_enter_invitation(struct dialog *dialog, struct chat_text code)
{
	enum chat_result result = CHAT_FORBIDDEN;

	if (dialog->config->registration != CONFIG_REGISTRATION_OFF)
		result = code_read(code.data, code.len, dialog->invitation) ? CHAT_OK
		                                                            : CHAT_NO_INVITATION;
	dialect_enter_wipe(code);
	return result;
}

enum chat_result
dialect_enter_invite(struct dialog *dialog, const struct chat_session *session,
    char code[CODE_TEXT_LEN + 1])
{
	char letters[CODE_LETTERS + 1];
	enum chat_result result;

	if (dialog->config->registration != CONFIG_REGISTRATION_INVITATION)
		return CHAT_FORBIDDEN;
	code_make(code);
	(void)code_read(code, CODE_TEXT_LEN, letters);
	if (dialog->auth == NULL)
		result = chat_invitation_make_by_user(&dialog->chat, session->user.id, letters);
	else
		result = auth_client_invite(dialog->auth, letters);
	explicit_bzero(letters, sizeof(letters));
	return result;
}

enum chat_result
dialect_enter_may_register(const struct dialog *dialog)
{
	switch (dialog->config->registration) {
	case CONFIG_REGISTRATION_ON:
		return CHAT_OK;
	case CONFIG_REGISTRATION_INVITATION:
		return dialog->invitation[0] == '\0' ? CHAT_NEEDS_INVITATION : CHAT_OK;
	default:
		return CHAT_FORBIDDEN;
	}
}

static enum chat_result
ask_registration(struct dialog *dialog, struct chat_user *user, const char *password)
{
	bool invited = dialog->config->registration == CONFIG_REGISTRATION_INVITATION;
	enum chat_result result;

	if (dialog->auth == NULL)
		return chat_look_alike_register(&dialog->chat, user, password,
		    invited ? dialog->invitation : NULL);
	dialect_enter_settle(dialog);
	result = auth_client_register(dialog->auth, user, password, dialog->invitation);
	dialog->retry_s = dialog->auth->retry_s;
	if (result != CHAT_OK)
		return result;
	return dialect_enter_go_in(dialog) ? chat_user_get(&dialog->chat, user->id, user)
	                                   : CHAT_FAILED;
}

enum chat_result
dialect_enter_register(struct dialog *dialog, struct chat_user *user, struct chat_text password)
{
	char secret[PASSWORD_MAX_BYTES + 1];
	enum chat_result result = CHAT_BAD_ARGUMENT;

	if (dialect_copy(secret, sizeof(secret), password))
		result = ask_registration(dialog, user, secret);
	explicit_bzero(secret, sizeof(secret));
	dialect_enter_wipe(password);
	if (result == CHAT_OK)
		explicit_bzero(dialog->invitation, sizeof(dialog->invitation));
	else
		dialect_not_registered(dialog, chat_text(user->name), result);
	return result;
}

/* Without a gate. */
static enum chat_result
change_password(struct chat *chat, struct chat_user *user, struct chat_text password,
    struct chat_text wanted)
{
	char secret[PASSWORD_MAX_BYTES + 1], hash[PASSWORD_HASH_SIZE] = "";
	enum chat_result result = CHAT_BAD_ARGUMENT;

	if (dialect_copy(secret, sizeof(secret), wanted))
		result = chat_user_judge(chat->config, user, secret);
	if (result == CHAT_OK)
		result = chat_login_check(chat, chat_text(user->name), password, user);
	if (result == CHAT_OK &&
	    password_hash(secret, chat->config->password_cost, hash, sizeof(hash)) != 0)
		result = CHAT_FAILED;
	if (result == CHAT_OK)
		result = chat_user_rehash(chat, user, hash);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(hash, sizeof(hash));
	return result;
}

static enum chat_result
ask_passwd(struct dialog *dialog, struct chat_user *user, struct chat_text password,
    struct chat_text wanted)
{
	enum chat_result result;

	if (dialog->auth == NULL)
		return change_password(&dialog->chat, user, password, wanted);
	dialect_enter_settle(dialog);
	result = auth_client_passwd(dialog->auth, password, wanted);
	dialog->retry_s = dialog->auth->retry_s;
	return result == CHAT_OK && !dialect_enter_go_in(dialog) ? CHAT_FAILED : result;
}

enum chat_result
dialect_enter_passwd(struct dialog *dialog, struct chat_session *session, struct chat_text password,
    struct chat_text wanted)
{
	struct chat_user user = session->user;
	enum chat_result result = ask_passwd(dialog, &user, password, wanted);

	dialect_enter_wipe(password);
	dialect_enter_wipe(wanted);
	if (result == CHAT_BAD_PASSWORD || result == CHAT_TOO_SOON || result == CHAT_LOCKED)
		dialect_refused(dialog, chat_text(session->user.name), result);
	if (result == CHAT_OK)
		result = chat_user_get(&dialog->chat, user.id, &user);
	if (result == CHAT_OK)
		result = chat_session_reopen(&dialog->chat, &user, session);
	/* The others look for theirs when this one is there again. */
	if (result == CHAT_OK)
		chat_push_session(&dialog->chat, user.id);
	return result;
}

static enum chat_result
ask_guest(struct dialog *dialog, struct chat_user *user)
{
	const struct config *config = dialog->config;
	enum chat_result result;

	if (!config->guests || config->registration != CONFIG_REGISTRATION_ON)
		return CHAT_FORBIDDEN;
	if (dialog->auth == NULL)
		return dialect_enter_go_in(dialog) ? chat_user_guest_enter(&dialog->chat, user, 0)
		                                   : CHAT_FAILED;
	dialect_enter_settle(dialog);
	result = auth_client_guest(dialog->auth, user);
	dialog->retry_s = dialog->auth->retry_s;
	if (result != CHAT_OK)
		return result;
	return dialect_enter_go_in(dialog) ? chat_user_get(&dialog->chat, user->id, user)
	                                   : CHAT_FAILED;
}

enum chat_result
dialect_enter_guest(struct dialog *dialog, struct chat_user *user)
{
	enum chat_result result = ask_guest(dialog, user);

	if (result != CHAT_OK)
		dialect_not_registered(dialog, chat_text(user->name), result);
	return result;
}

/* Without a gate. */
static enum chat_result
claim_account(struct dialog *dialog, struct chat_user *user, struct chat_text password)
{
	struct chat *chat = &dialog->chat;
	bool invited = chat->config->registration == CONFIG_REGISTRATION_INVITATION;
	char secret[PASSWORD_MAX_BYTES + 1], hash[PASSWORD_HASH_SIZE] = "";
	enum chat_result result = CHAT_BAD_ARGUMENT;

	if (dialect_copy(secret, sizeof(secret), password))
		result = chat_user_judge(chat->config, user, secret);
	if (result == CHAT_OK &&
	    password_hash(secret, chat->config->password_cost, hash, sizeof(hash)) != 0)
		result = CHAT_FAILED;
	if (result == CHAT_OK)
		result =
		    chat_user_guest_claim(chat, user, hash, invited ? dialog->invitation : NULL);
	explicit_bzero(secret, sizeof(secret));
	explicit_bzero(hash, sizeof(hash));
	return result;
}

/* Of the user of a session, who has changed. */
static enum chat_result
read_anew(struct dialog *dialog, struct chat_session *session)
{
	enum chat_result result;

	store_refresh(dialog->chat.store);
	result = chat_user_get(&dialog->chat, session->user.id, &session->user);
	if (result == CHAT_OK && dialog->session.user.id == session->user.id)
		dialog->session.user = session->user;
	return result;
}

enum chat_result
dialect_enter_claim(struct dialog *dialog, struct chat_session *session, struct chat_text password)
{
	struct chat_user user = session->user;
	enum chat_result result = user.guest ? dialect_enter_may_register(dialog) : CHAT_FORBIDDEN;

	if (result == CHAT_OK && dialog->auth == NULL) {
		result = claim_account(dialog, &user, password);
	} else if (result == CHAT_OK) {
		result = auth_client_claim(dialog->auth, password, dialog->invitation);
		dialog->retry_s = dialog->auth->retry_s;
	}
	dialect_enter_wipe(password);
	if (result != CHAT_OK) {
		dialect_not_registered(dialog, chat_text(user.name), result);
		return result;
	}
	explicit_bzero(dialog->invitation, sizeof(dialog->invitation));
	log_info("%s is a guest no more", user.name);
	return read_anew(dialog, session);
}

enum chat_result
dialect_enter_rename(struct dialog *dialog, struct chat_session *session, struct chat_text name)
{
	struct chat_user user = session->user;
	enum chat_result result;

	if (dialog->auth == NULL) {
		result = chat_user_guest_rename(&dialog->chat, &user, name);
	} else {
		result = auth_client_rename(dialog->auth, name);
		dialog->retry_s = dialog->auth->retry_s;
	}
	if (result == CHAT_OK)
		result = read_anew(dialog, session);
	if (result != CHAT_OK)
		return result;
	log_info("%s is %s now", user.name, session->user.name);
	if (dialog->seen_user == session->user.id) {
		dialect_present(dialog, session->user.id, session->user.name);
		chat_push_people(&dialog->chat, 0);
	}
	return CHAT_OK;
}

/* The client has gone, and so nothing of it is waited for. */
static bool
wait_for_gate(void *arg, int fd, int64_t ms)
{
	const int64_t *due = arg;
	int64_t left = *due - clock_monotonic_ms();
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return left > 0 && poll(&ready, 1, (int)(left < ms ? left : ms)) > 0;
}

void
dialect_enter_gone(struct dialog *dialog)
{
	int64_t due = clock_monotonic_ms() + ANSWER_MS;
	enum chat_result result;

	if (!dialog->logged_in || !dialog->session.user.guest)
		return;
	dialog->logged_in = false;
	if (dialog->auth == NULL) {
		result = chat_user_delete_guest(&dialog->chat, dialog->session.user.id);
	} else {
		dialog->auth->wait = wait_for_gate;
		dialog->auth->wait_arg = &due;
		result = auth_client_gone(dialog->auth);
		dialog->auth->wait = NULL;
	}
	if (result != CHAT_OK && result != CHAT_NO_USER)
		log_debug("the guest %s stays for the janitor: %s", dialog->session.user.name,
		    chat_strerror(result));
	chat_session_drop(&dialog->chat, &dialog->session);
}

static bool
wait_briefly(void *arg, int fd, int64_t ms)
{
	struct dialog *dialog = arg;

	return dialog->wait_for(dialog, fd, ms < ANSWER_MS ? ms : ANSWER_MS);
}

/* A token that was never given out is looked up at once, and tells nothing. */
bool
dialect_enter_answers(struct dialog *dialog)
{
	struct auth_client *auth = dialog->auth, before;
	char token[TOKEN_TEXT_LEN + 1];
	enum chat_result result;
	uint64_t id;

	if (!dialect_begin(dialog))
		return false;
	if (auth == NULL || dialog->wait_for == NULL)
		return true;
	before = *auth;
	auth->wait = wait_briefly;
	auth->wait_arg = dialog;
	token_make(token);
	result = auth_client_session(auth, chat_text(token), &id);
	auth->wait = before.wait;
	auth->wait_arg = before.wait_arg;
	return result != CHAT_FAILED;
}

/* Whether the store speaks for this user already. */
static bool
speaks_for(const struct auth_client *auth, const struct chat_user *user)
{
	return auth->principal == CHAT_PRINCIPAL_USER && auth->id == user->id;
}

enum chat_result
dialect_enter_session(struct dialog *dialog, struct chat_text token, struct chat_session *session)
{
	struct auth_client *auth = dialog->auth;
	enum chat_result result = CHAT_OK;
	uint64_t id;

	if (!dialog->chat_open) {
		if (!token_looks(token.data, token.len))
			return CHAT_NO_SESSION;
		result = auth_client_session(auth, token, &id);
		if (result == CHAT_OK && !dialect_enter_go_in(dialog))
			result = CHAT_FAILED;
	}
	if (result == CHAT_OK)
		result = chat_session_find(&dialog->chat, token, session);
	if (result != CHAT_OK || auth == NULL)
		return result;
	if (speaks_for(auth, &session->user)) {
		auth_client_keep(auth, session->token);
		return CHAT_OK;
	}
	dialect_enter_settle(dialog);
	result = auth_client_session(auth, token, &id);
	return result != CHAT_OK || dialect_enter_go_in(dialog) ? result : CHAT_FAILED;
}

void
dialect_enter_back(struct dialog *dialog)
{
	struct chat_session session;

	if (dialog->logged_in && dialog->chat_open)
		dialect_enter_session(dialog, chat_text(dialog->session.token), &session);
}

void
dialect_enter_hang_up(struct dialog *dialog)
{
	if (!dialog->logged_in || !dialog->token_untold)
		return;
	/* The client has gone, and what waits for an answer is told so. */
	if (dialog->auth != NULL)
		dialog->auth->wait = NULL;
	dialect_enter_back(dialog);
	chat_session_drop(&dialog->chat, &dialog->session);
}

enum chat_result
dialect_enter_server(struct dialog *dialog)
{
	enum chat_result result;
	uint64_t id;

	if (dialog->auth == NULL)
		return CHAT_OK;
	dialect_enter_settle(dialog);
	result = auth_client_server(dialog->auth, &id);
	return result != CHAT_OK || dialect_enter_go_in(dialog) ? result : CHAT_FAILED;
}
