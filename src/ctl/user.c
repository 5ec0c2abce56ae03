/*
 * ctl_user: making, changing, removing and showing accounts.
 */
#include <bsd/string.h>
#include <string.h>

#include "chat/block.h"
#include "chat/user_delete.h"
#include "config/value.h"
#include "ctl/account.h"
#include "ctl/connection.h"
#include "ctl/list.h"
#include "ctl/show.h"
#include <stdio.h>
#include <stdlib.h>

/* A person's name or country. CTL_OK, or CTL_REFUSED having said why. */
static int
copy_text(char *to, size_t size, const char *text, const char *what)
{
	return strlcpy(to, text, size) < size
	    ? CTL_OK
	    : ctl_error(CTL_REFUSED, "the %s has more than %zu bytes", what, size - 1);
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
	/* A user without a full name would sign messages with nothing. */
	if (fullname == NULL || *fullname == '\0')
		fullname = name;
	status = copy_text(user->fullname, sizeof(user->fullname), fullname, "full name");
	if (status == CTL_OK && country != NULL)
		status = copy_text(user->country, sizeof(user->country), country, "country");
	return status;
}

typedef enum chat_result password_verb(struct ctl *, void *arg, const char *password);

/* Reads a password and hands it to the verb. */
static int
with_password(struct ctl *ctl, password_verb *verb, void *arg)
{
	char password[PASSWORD_MAX_BYTES + 2]; /* one more than allowed, to be refused */
	int status = ctl_password_read(password, sizeof(password));

	if (status == CTL_OK && strlen(password) < (size_t)ctl->config.password_min)
		status = ctl_error(CTL_REFUSED, "the password has less than %d bytes",
		    ctl->config.password_min);
	if (status == CTL_OK) {
		enum chat_result result = verb(ctl, arg, password);

		/* The name and the password have been looked at already. */
		status = result == CHAT_BAD_ARGUMENT
		    ? ctl_error(CTL_REFUSED,
		          "full name and country are UTF-8 without control characters")
		    : ctl_result(result, "user", ctl->operands[0]);
	}
	explicit_bzero(password, sizeof(password));
	return status;
}

static enum chat_result
add_with_password(struct ctl *ctl, void *arg, const char *password)
{
	return chat_user_add(&ctl->chat, arg, password);
}

static enum chat_result
change_password(struct ctl *ctl, void *arg, const char *password)
{
	(void)arg;
	return chat_user_passwd(&ctl->chat, chat_text(ctl->operands[0]), password);
}

int
ctl_user_add(struct ctl *ctl)
{
	struct chat_user user = { .id = 0 }, other;
	int status = take_user(ctl, &user);

	if (status != CTL_OK)
		return status;
	/* A name that is taken is refused before the password is typed twice. */
	enum chat_result result = chat_user_find(&ctl->chat, chat_text(user.name), &other);
	if (result != CHAT_NO_USER)
		return ctl_result(result == CHAT_OK ? CHAT_USER_EXISTS : result, "user", user.name);
	return with_password(ctl, add_with_password, &user);
}

int
ctl_user_passwd(struct ctl *ctl)
{
	struct chat_user user;
	int status = ctl_find_user(ctl, ctl->operands[0], &user);

	if (status == CTL_OK && user.guest)
		return ctl_error(CTL_REFUSED, "user %s is a guest, who has no password", user.name);
	return status == CTL_OK ? with_password(ctl, change_password, NULL) : status;
}

/* Alters the account that the first operand names. */
static int
alter_user(struct ctl *ctl, chat_user_change *change, void *arg)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_user_alter(&ctl->chat, chat_text(name), change, arg), "user", name);
}

static void
set_locked(struct chat_user *user, void *arg)
{
	user->locked = *(const bool *)arg;
}

int
ctl_user_lock(struct ctl *ctl)
{
	bool locked = true;

	return alter_user(ctl, set_locked, &locked);
}

int
ctl_user_unlock(struct ctl *ctl)
{
	bool locked = false;

	return alter_user(ctl, set_locked, &locked);
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
	const char *text = ctl->operands[1];
	char error[256];
	uint64_t quota = 0;

	if (strcmp(text, "default") != 0 &&
	    config_value_parse(&size, text, &quota, error, sizeof(error)) != 0)
		return ctl_error(CTL_USAGE, "%s", error);
	return alter_user(ctl, set_quota, &quota);
}

static void
set_admin(struct chat_user *user, void *arg)
{
	user->admin = *(const bool *)arg;
}

int
ctl_user_admin(struct ctl *ctl)
{
	const char *word = ctl->operands[1];
	bool admin = strcmp(word, "on") == 0;

	if (!admin && strcmp(word, "off") != 0)
		return ctl_error(CTL_USAGE, "%s is neither on nor off", word);
	return alter_user(ctl, set_admin, &admin);
}

int
ctl_user_del(struct ctl *ctl)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_user_delete(&ctl->chat, chat_text(name)), "user", name);
}

int
ctl_user_list(struct ctl *ctl)
{
	struct ctl_account account = { .limit = 0 };
	struct chat_user *users;
	struct ctl_list list;
	size_t n;
	int status = ctl_account_read_all(ctl, &users, &n);

	if (status != CTL_OK)
		return status;
	ctl_list_begin(&list, ctl, &ctl_account_fields);
	for (size_t i = 0; i < n; i++) {
		account.user = users[i];
		ctl_account_fill(&account);
		ctl_list_row(&list, &account);
	}
	free(users);
	return ctl_list_end(&list);
}

struct view {
	struct ctl_show show;
	uint64_t user;
};

static int
show_connection(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct view *view = arg;
	char since[CTL_TIME_SIZE], text[256];

	(void)slot;
	if (entry->user != view->user)
		return 0;
	ctl_time(entry->since_ms, since, sizeof(since));
	snprintf(text, sizeof(text), "since %s from %s, %s%s%s", since, entry->address,
	    entry->dialect, entry->program[0] == '\0' ? "" : ", ", entry->program);
	ctl_show_record(&view->show, text, &ctl_connection_fields,
	    &(struct ctl_connection){ .entry = *entry });
	return 0;
}

static int
show_group(void *arg, const struct chat_group *group)
{
	ctl_show_text(arg, group->name);
	return 0;
}

static void
show_block(void *arg, const char *who)
{
	ctl_show_text(arg, who);
}

/* Who blocks nobody has no list. */
static enum chat_result
show_blocks(struct chat *chat, struct view *view)
{
	uint32_t count;
	enum chat_result result = chat_block_count(chat, view->user, &count);

	if (result != CHAT_OK || count == 0)
		return result;
	ctl_show_list_begin(&view->show, "blocks", "blocks");
	result = ctl_account_blocks(chat, view->user, show_block, &view->show);
	ctl_show_list_end(&view->show, "-");
	return result;
}

int
ctl_user_unblock(struct ctl *ctl)
{
	const char *name = ctl->operands[0], *who = ctl->operands[1];
	struct chat_user user;
	int status = ctl_find_user(ctl, name, &user);

	if (status != CTL_OK)
		return status;
	enum chat_result result = chat_block_remove(&ctl->chat, user.id, chat_text(who));
	switch (result) {
	case CHAT_OK:
		return CTL_OK;
	case CHAT_FORBIDDEN: /* nobody can block these */
	case CHAT_NOT_MEMBER:
		return ctl_error(CTL_REFUSED, "user %s does not block %s", user.name, who);
	default:
		return ctl_result(result, "block of", who);
	}
}

int
ctl_user_show(struct ctl *ctl)
{
	struct ctl_account account = { .limit = 0 };
	const char *name = ctl->operands[0];
	int status = ctl_find_user(ctl, name, &account.user);
	struct view view = { .user = account.user.id };

	if (status == CTL_OK)
		status = ctl_result(ctl_account_look_up(&ctl->chat, &account), "user", name);
	if (status != CTL_OK)
		return status;
	ctl_show_begin(&view.show, ctl, &ctl_account_fields, &account);
	ctl_show_list_begin(&view.show, "connections", "online");
	scoreboard_each(ctl->chat.scoreboard, show_connection, &view);
	ctl_show_list_end(&view.show, "no");
	ctl_show_list_begin(&view.show, "groups", "groups");
	enum chat_result result = ctl_account_groups(&ctl->chat, view.user, show_group, &view.show);
	ctl_show_list_end(&view.show, "-");
	if (result == CHAT_OK)
		result = show_blocks(&ctl->chat, &view);
	ctl_show_end(&view.show);
	return ctl_result(result, "user", name);
}
