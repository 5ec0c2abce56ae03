/*
 * ctl_transfer: accounts as lines of JSON, with the hashes of passwords and the groups: written for
 * another realm or another program, and read. Accounts are made first, groups and blocks when all
 * are there, because an owner's line may follow those of the members.
 */
#include <bsd/string.h>
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/block.h"
#include "chat/password.h"
#include "ctl/account.h"
#include "ctl/choice.h"

/*
 * Export
 */

struct names {
	struct json_out *json;
	uint64_t user;
	bool owned; /* those that the user owns, else the others */
};

static int
put_group(void *arg, const struct chat_group *group)
{
	struct names *names = arg;

	if ((group->owner == names->user) == names->owned)
		json_out_cstring(names->json, group->name);
	return 0;
}

static enum chat_result
put_groups(struct chat *chat, struct json_out *json, uint64_t user, bool owned)
{
	struct names names = { .json = json, .user = user, .owned = owned };

	json_out_key(json, owned ? "owns" : "groups");
	json_out_array_begin(json);
	enum chat_result result = ctl_account_groups(chat, user, put_group, &names);
	json_out_array_end(json);
	return result;
}

static void
put_block(void *json, const char *who)
{
	json_out_cstring(json, who);
}

/* Who blocks nobody has no list. */
static enum chat_result
put_blocks(struct chat *chat, struct json_out *json, uint64_t user)
{
	uint32_t count;
	enum chat_result result = chat_block_count(chat, user, &count);

	if (result != CHAT_OK || count == 0)
		return result;
	json_out_key(json, "blocks");
	json_out_array_begin(json);
	result = ctl_account_blocks(chat, user, put_block, json);
	json_out_array_end(json);
	return result;
}

static enum chat_result
put_account(struct chat *chat, const struct chat_user *user)
{
	struct ctl_account account = { .user = *user };
	struct chat_password password;
	struct json_out json;

	if (chat_password_read(chat->config, user->id, &password) == CHAT_FAILED)
		return CHAT_FAILED;
	strlcpy(account.password, password.hash, sizeof(account.password));
	ctl_json_begin(&json);
	json_out_object_begin(&json);
	ctl_field_put(&ctl_account_fields, CTL_EXPORT_KEY, &account, &json);
	enum chat_result result = put_groups(chat, &json, user->id, false);
	if (result == CHAT_OK)
		result = put_groups(chat, &json, user->id, true);
	if (result == CHAT_OK)
		result = ctl_choice_export(chat, user->id, &json);
	if (result == CHAT_OK)
		result = put_blocks(chat, &json, user->id);
	json_out_object_end(&json);
	ctl_json_end(&json);
	return result;
}

static int
put_accounts(struct ctl *ctl)
{
	enum chat_result result = CHAT_OK;
	struct chat_user *users;
	size_t n;
	int status = ctl_account_read_all(ctl, &users, &n);

	if (status != CTL_OK)
		return status;
	/* Guests are gone before the accounts are anywhere else. */
	for (size_t i = 0; i < n && result == CHAT_OK; i++)
		if (!users[i].guest)
			result = put_account(&ctl->chat, &users[i]);
	free(users);
	return ctl_result(result, "users", "of this realm");
}

static int
fill_file(struct ctl *ctl, int fd)
{
	if (fd != STDOUT_FILENO && dup2(fd, STDOUT_FILENO) < 0)
		return ctl_error(CTL_IO, "%s", strerror(errno));
	int status = put_accounts(ctl);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CTL_OK)
		status = ctl_error(CTL_IO, "the accounts cannot be written: %s", strerror(errno));
	return status;
}

int
ctl_transfer_export(struct ctl *ctl)
{
	const char *path = ctl->operands[0] == NULL ? "-" : ctl->operands[0];

	/* The accounts are JSON already; a report must not stand among them. */
	if (strcmp(path, "-") == 0)
		ctl->json = false;
	return ctl_file_write(ctl, path, fill_file);
}

/*
 * Import
 */

/* What waits until all accounts are there, in the order in which it is done. */
enum wish_kind { WISH_OWNS, WISH_GROUPS, WISH_BLOCKS, WISHES };

static const char *const wish_keys
    [WISHES] = { [WISH_OWNS] = "owns", [WISH_GROUPS] = "groups", [WISH_BLOCKS] = "blocks" };

/* A group in which a new user is to be, or whom it blocks. */
struct wish {
	uint64_t user;
	char name[CHAT_BLOCK_TEXT];
	enum wish_kind kind;
	size_t line;
	json_t *choices; /* of the user, in struct chosen; NULL: there are none */
};

/* What a new user has chosen for own groups. */
struct chosen {
	uint64_t user;
	json_t *list;
	size_t line;
};

struct import {
	struct ctl *ctl;
	const char *path;
	size_t line;
	size_t added;
	size_t skipped;
	size_t refused; /* lines, groups and blocks */
	struct wish *wishes;
	size_t n_wishes;
	struct chosen *chosen;
	size_t n_chosen;
	bool broken; /* the store or memory has failed: no more lines are read */
};

static void complain_at(struct import *, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain_at(struct import *import, size_t line, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ctl_error(CTL_DATA, "%s:%zu: %s", import->path, line, text);
}

static bool
refuse_line(struct import *import, const char *key, const char *what)
{
	complain_at(import, import->line, "%s %s", key, what);
	return false;
}

static bool
check_names(struct import *import, enum wish_kind kind, const json_t *list)
{
	const char *key = wish_keys[kind];
	const size_t most = kind == WISH_BLOCKS ? CHAT_BLOCK_TEXT - 1 : NAME_MAX_BYTES;
	const json_t *name;
	size_t i;

	if (!json_is_array(list))
		return refuse_line(import, key, "is no array");
	json_array_foreach (list, i, name) {
		if (!json_is_string(name) || strlen(json_string_value(name)) > most)
			return refuse_line(import, key, "holds what is no name");
	}
	return true;
}

/* One key of a line. False after a complaint. */
static bool
take_key(struct import *import, const char *key, const json_t *value, struct ctl_account *account)
{
	const struct ctl_field *field = ctl_field_find(&ctl_account_fields, CTL_EXPORT_KEY, key);

	for (enum wish_kind kind = 0; kind < WISHES; kind++)
		if (strcmp(key, wish_keys[kind]) == 0)
			return check_names(import, kind, value);
	if (strcmp(key, "choices") == 0)
		return ctl_choice_valid(value) ||
		    refuse_line(import, key, "is no list of what is chosen for groups");
	if (field == NULL)
		return refuse_line(import, "there is no key", key);
	const char *wrong = ctl_field_parse(field, value, account);
	return wrong == NULL || refuse_line(import, key, wrong);
}

static bool
take_account(struct import *import, json_t *object, struct ctl_account *account)
{
	struct chat_user *user = &account->user;
	const char *key;
	json_t *value;

	*account = (struct ctl_account){ .user.created_ms = clock_now_ms() };
	if (!json_is_object(object))
		return refuse_line(import, "this", "is no JSON object");
	json_object_foreach (object, key, value) {
		if (!take_key(import, key, value, account))
			return false;
	}
	if (user->name[0] == '\0')
		return refuse_line(import, "name", "is missing");
	/* A user without a full name would sign messages with nothing. */
	if (user->fullname[0] == '\0')
		strlcpy(user->fullname, user->name, sizeof(user->fullname));
	return true;
}

static void
add_wishes(struct import *import, uint64_t user, const json_t *account, enum wish_kind kind)
{
	const json_t *list = json_object_get(account, wish_keys[kind]), *name;
	size_t i;

	json_array_foreach (list, i, name) {
		struct wish *added = vector_add(&import->wishes, &import->n_wishes, sizeof(*added));

		if (added == NULL) {
			import->broken = true;
			return;
		}
		*added = (struct wish){ .user = user,
			.kind = kind,
			.line = import->line,
			.choices = json_object_get(account, "choices") };
		strlcpy(added->name, json_string_value(name), sizeof(added->name));
	}
}

static void
add_chosen(struct import *import, uint64_t user, json_t *list)
{
	struct chosen *added = NULL;

	if (list != NULL)
		added = vector_add(&import->chosen, &import->n_chosen, sizeof(*added));
	import->broken |= list != NULL && added == NULL;
	if (added != NULL)
		*added = (struct chosen){ .user = user,
			.list = json_incref(list),
			.line = import->line };
}

/* False when the line is refused. */
static bool
import_account(struct import *import, json_t *object)
{
	struct ctl_account account;
	struct chat_user *user = &account.user;

	if (!take_account(import, object, &account))
		return false;
	enum chat_result result = chat_user_import(&import->ctl->chat, user, account.password);
	if (result == CHAT_USER_EXISTS) {
		complain_at(import, import->line, "user %s is there already: skipped", user->name);
		import->skipped++;
		return true;
	}
	if (result != CHAT_OK) {
		complain_at(import, import->line, "user %s: %s", user->name, chat_strerror(result));
		import->broken = chat_is_failure(result);
		return false;
	}
	import->added++;
	for (enum wish_kind kind = 0; kind < WISHES; kind++)
		add_wishes(import, user->id, object, kind);
	add_chosen(import, user->id, json_object_get(object, "choices"));
	return true;
}

static bool
take_line(struct import *import, const char *line, size_t len)
{
	json_error_t error;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);

	if (object == NULL) {
		complain_at(import, import->line, "%s", error.text);
		return false;
	}
	bool taken = import_account(import, object);
	json_decref(object);
	return taken;
}

static bool
is_blank(const char *line, size_t len)
{
	return strspn(line, " \t\r\n") == len;
}

static int
take_lines(struct import *import, FILE *file)
{
	bool stop = import->ctl->options['s'] != NULL;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while (!import->broken && (len = getline(&line, &size, file)) >= 0) {
		import->line++;
		if (is_blank(line, (size_t)len) || take_line(import, line, (size_t)len))
			continue;
		import->refused++;
		if (stop)
			break;
	}
	free(line);
	return ferror(file) ? ctl_error(CTL_IO, "cannot read %s: %s", import->path, strerror(errno))
	                    : CTL_OK;
}

/* A group has from its first moment what its owner chose. */
static enum chat_result
make_group(struct chat *chat, const struct wish *wish)
{
	struct chat_group group = { .owner = wish->user };

	strlcpy(group.name, wish->name, sizeof(group.name));
	ctl_choice_fill(&group, wish->choices);
	return chat_group_make(chat, &group, false);
}

/* Whether an owner is new: then the group is, too. */
static bool
is_new_owner(const struct import *import, uint64_t owner)
{
	for (size_t i = 0; i < import->n_wishes; i++)
		if (import->wishes[i].kind == WISH_OWNS && import->wishes[i].user == owner)
			return true;
	return false;
}

/* The word of a file opens no private group that was here before. */
static enum chat_result
join_group(struct import *import, const struct wish *wish)
{
	struct chat *chat = &import->ctl->chat;
	struct chat_group group;
	enum chat_result result = chat_group_find(chat, chat_text(wish->name), &group);

	if (result == CHAT_OK && group.private && !is_new_owner(import, group.owner))
		return CHAT_NOT_INVITED;
	return result == CHAT_OK ? chat_group_join(chat, chat_text(wish->name), wish->user)
	                         : result;
}

static enum chat_result
enter_group(struct import *import, const struct wish *wish)
{
	enum chat_result result = CHAT_GROUP_EXISTS;

	if (wish->kind == WISH_OWNS)
		result = make_group(&import->ctl->chat, wish);
	if (result == CHAT_GROUP_EXISTS)
		result = join_group(import, wish);
	return result == CHAT_ALREADY_MEMBER ? CHAT_OK : result;
}

static void
fulfil_wish(struct import *import, const struct wish *wish)
{
	struct chat *chat = &import->ctl->chat;
	bool blocks = wish->kind == WISH_BLOCKS;
	enum chat_result result = blocks ? chat_block_add(chat, wish->user, chat_text(wish->name))
	                                 : enter_group(import, wish);

	if (result == CHAT_OK)
		return;
	complain_at(import, wish->line, "%s %s: %s", blocks ? "block of" : "group", wish->name,
	    chat_strerror(result));
	import->broken = chat_is_failure(result);
	import->refused++;
}

/* The owners make their groups before the other members join. */
static void
fulfil_wishes(struct import *import)
{
	for (enum wish_kind kind = 0; kind < WISHES; kind++)
		for (size_t i = 0; i < import->n_wishes && !import->broken; i++)
			if (import->wishes[i].kind == kind)
				fulfil_wish(import, &import->wishes[i]);
}

static void
note_choice(void *arg, size_t line, const char *group, enum chat_result result)
{
	struct import *import = arg;

	complain_at(import, line, "choices of group %s: %s", group, chat_strerror(result));
	import->broken |= chat_is_failure(result);
	import->refused++;
}

/* When all groups and users are there. */
static void
choose_all(struct import *import)
{
	for (size_t i = 0; i < import->n_chosen; i++) {
		struct chosen *chosen = &import->chosen[i];

		if (!import->broken)
			ctl_choice_import(&import->ctl->chat, chosen->user, chosen->list,
			    chosen->line, note_choice, import);
		json_decref(chosen->list);
	}
	free(import->chosen);
}

static int
import_file(struct ctl *ctl, FILE *file, const char *path)
{
	struct import import = { .ctl = ctl, .path = path };
	int status = take_lines(&import, file);

	fulfil_wishes(&import);
	free(import.wishes);
	choose_all(&import);
	ctl_say(ctl, "%zu added, %zu skipped, %zu refused\n", import.added, import.skipped,
	    import.refused);
	ctl_report_int(ctl, "added", (int64_t)import.added);
	ctl_report_int(ctl, "skipped", (int64_t)import.skipped);
	ctl_report_int(ctl, "refused", (int64_t)import.refused);
	if (import.broken)
		return CTL_UNAVAILABLE;
	return status == CTL_OK && import.refused > 0 ? CTL_DATA : status;
}

int
ctl_transfer_import(struct ctl *ctl)
{
	const char *path = ctl->operands[0];
	bool from_stdin = path == NULL || strcmp(path, "-") == 0;
	FILE *file = from_stdin ? stdin : fopen(path, "re");

	if (file == NULL)
		return ctl_error(CTL_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
	int status = ctl_open_realm(ctl);
	if (status == CTL_OK) {
		status = import_file(ctl, file, from_stdin ? "standard input" : path);
		chat_close(&ctl->chat);
	}
	if (!from_stdin)
		fclose(file);
	return status;
}
