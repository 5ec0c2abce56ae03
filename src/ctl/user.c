/*
 * ctl_user: making, changing and removing accounts. Looking at them is in ctl_user_list.
 */
#include <bsd/string.h>
#include <string.h>

#include "base/utf8.h"
#include "chat/user.h"
#include "config/value.h"
#include "ctl/ctl.h"

/* A person's name or country. CTL_OK, or CTL_REFUSED having said why. */
static int
take_text(char *to, size_t size, const char *text, const char *what)
{
	if (strlcpy(to, text, size) >= size)
		return ctl_error(CTL_REFUSED, "the %s has more than %zu bytes", what, size - 1);
	for (const char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			return ctl_error(CTL_REFUSED, "the %s holds a control character", what);
	if (!utf8_valid(text, strlen(text)))
		return ctl_error(CTL_REFUSED, "the %s is not valid UTF-8", what);
	return CTL_OK;
}

/* Fills in what the command line says. */
static int
take_user(const struct ctl *ctl, struct chat_user *user)
{
	const char *name = ctl->operands[0];
	const char *fullname = ctl->options['n'], *country = ctl->options['C'];
	int status = ctl_name_check("user", name);

	if (status != CTL_OK)
		return status;
	strlcpy(user->name, name, sizeof(user->name));
	user->admin = ctl->options['a'] != NULL;
	/* Somebody without a full name would sign messages with nothing. */
	status = take_text(user->fullname, sizeof(user->fullname),
	    fullname == NULL || *fullname == '\0' ? name : fullname, "full name");
	if (status != CTL_OK)
		return status;
	return take_text(user->country, sizeof(user->country), country == NULL ? "" : country,
	    "country");
}

int
ctl_user_add(struct ctl *ctl)
{
	char password[PASSWORD_MAX_BYTES + 2]; /* one more than allowed, to be refused */
	struct chat_user user = { .id = 0 }, other;
	int status = take_user(ctl, &user);

	if (status != CTL_OK)
		return status;
	/* Nobody likes to type a password twice for nothing. */
	enum chat_result result = chat_user_find(&ctl->chat, chat_text(user.name), &other);
	if (result != CHAT_NO_USER)
		return ctl_result(result == CHAT_OK ? CHAT_USER_EXISTS : result, "user", user.name);
	status = ctl_password_read(password, sizeof(password));
	if (status == CTL_OK)
		status = ctl_result(chat_user_add(&ctl->chat, &user, password), "user", user.name);
	explicit_bzero(password, sizeof(password));
	return status;
}

int
ctl_user_passwd(struct ctl *ctl)
{
	char password[PASSWORD_MAX_BYTES + 2];
	const char *name = ctl->operands[0];
	struct chat_user user;
	int status = ctl_result(chat_user_find(&ctl->chat, chat_text(name), &user), "user", name);

	if (status != CTL_OK)
		return status;
	status = ctl_password_read(password, sizeof(password));
	if (status == CTL_OK)
		status = ctl_result(chat_user_passwd(&ctl->chat, chat_text(name), password), "user",
		    name);
	explicit_bzero(password, sizeof(password));
	return status;
}

static void
set_locked(struct chat_user *user, void *arg)
{
	const bool *locked = arg;

	user->locked = *locked;
}

static int
lock(struct ctl *ctl, bool locked)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_user_alter(&ctl->chat, chat_text(name), set_locked, &locked), "user",
	    name);
}

int
ctl_user_lock(struct ctl *ctl)
{
	return lock(ctl, true);
}

int
ctl_user_unlock(struct ctl *ctl)
{
	return lock(ctl, false);
}

static void
set_quota(struct chat_user *user, void *arg)
{
	user->quota = *(const uint64_t *)arg;
}

int
ctl_user_quota(struct ctl *ctl)
{
	static const struct config_tunable size = { .name = "size",
		.type = CONFIG_SIZE,
		.min = 1,
		.max = INT64_MAX };
	const char *name = ctl->operands[0], *text = ctl->operands[1];
	char error[256];
	uint64_t quota = 0;

	if (strcmp(text, "default") != 0 &&
	    config_value_parse(&size, text, &quota, error, sizeof(error)) != 0)
		return ctl_error(CTL_USAGE, "%s", error);
	return ctl_result(chat_user_alter(&ctl->chat, chat_text(name), set_quota, &quota), "user",
	    name);
}

static void
set_admin(struct chat_user *user, void *arg)
{
	user->admin = *(const bool *)arg;
}

int
ctl_user_admin(struct ctl *ctl)
{
	const char *name = ctl->operands[0], *word = ctl->operands[1];
	bool admin = strcmp(word, "on") == 0;

	if (!admin && strcmp(word, "off") != 0)
		return ctl_error(CTL_USAGE, "%s is neither on nor off", word);
	return ctl_result(chat_user_alter(&ctl->chat, chat_text(name), set_admin, &admin), "user",
	    name);
}

int
ctl_user_del(struct ctl *ctl)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_user_delete(&ctl->chat, chat_text(name)), "user", name);
}
