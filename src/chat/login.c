/* chat_login: every refusal takes as long as the others: password_try() settles that. */
#include "chat/login.h"

#include <bsd/string.h>
#include <string.h>

#include "base/log.h"
#include "chat/password.h"

/* Whether any account could have this password. */
static bool
is_possible(struct chat_text password)
{
	return password.len <= PASSWORD_MAX_BYTES &&
	    (password.len == 0 || memchr(password.data, '\0', password.len) == NULL);
}

enum chat_result
chat_login_begin(struct chat *chat, struct chat_text name, struct chat_text password,
    struct chat_login *login)
{
	struct chat_password stored;

	*login = (struct chat_login){ .possible = is_possible(password) };
	login->found = chat_user_find(chat, name, &login->user);
	if (login->found != CHAT_OK && login->found != CHAT_NO_USER)
		return login->found;
	if (login->possible && password.len > 0)
		memcpy(login->password, password.data, password.len);
	/* Of a guest who is being claimed there may be a hash already. */
	if (login->found != CHAT_OK || login->user.guest)
		return CHAT_OK;
	enum chat_result result = chat_password_read(chat->config, login->user.id, &stored);
	strlcpy(login->hash, stored.hash, sizeof(login->hash));
	explicit_bzero(&stored, sizeof(stored));
	return result == CHAT_FAILED || result == CHAT_NO_SPACE ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
chat_login_end(const struct chat_login *login, bool right)
{
	if (login->found != CHAT_OK)
		return login->found;
	if (!right)
		return CHAT_BAD_PASSWORD;
	return login->user.locked ? CHAT_LOCKED : CHAT_OK;
}

/* The password may have been changed meanwhile. */
static bool
is_same(struct chat *chat, const struct chat_login *login, struct chat_password *stored)
{
	return chat_password_read(chat->config, login->user.id, stored) == CHAT_OK &&
	    strcmp(stored->hash, login->hash) == 0;
}

void
chat_login_renew(struct chat *chat, const struct chat_login *login, const char *fresh)
{
	struct chat_password stored;

	if (fresh[0] != '\0' && is_same(chat, login, &stored)) {
		strlcpy(stored.hash, fresh, sizeof(stored.hash));
		if (chat_password_write(chat->config, login->user.id, &stored) == CHAT_OK)
			log_info("the password of %s is hashed anew", login->user.name);
	}
	explicit_bzero(&stored, sizeof(stored));
}

void
chat_login_wipe(struct chat_login *login)
{
	explicit_bzero(login, sizeof(*login));
}

enum chat_result
chat_login_check(struct chat *chat, struct chat_text name, struct chat_text password,
    struct chat_user *user)
{
	char fresh[PASSWORD_HASH_SIZE];
	struct chat_login login;
	enum chat_result result = chat_login_begin(chat, name, password, &login);

	if (result == CHAT_OK) {
		int right = password_try(login.possible ? login.password : NULL, login.hash,
		    (int)chat->config->password_cost, fresh);

		result = chat_login_end(&login, right == 1);
		if (result == CHAT_OK)
			chat_login_renew(chat, &login, fresh);
		explicit_bzero(fresh, sizeof(fresh));
	}
	*user = login.user;
	chat_login_wipe(&login);
	return result;
}
