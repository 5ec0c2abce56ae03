/*
 * ctl_import: makes accounts from lines of JSON as ctl_export writes them. Accounts come first;
 * groups when all are there, because an owner may stand behind the members.
 */
#include <bsd/stdlib.h>
#include <bsd/string.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/group.h"
#include "ctl/ctl.h"

/* A group in which a new user is to be. */
struct wish {
	uint64_t user;
	char group[NAME_MAX_BYTES + 1];
	bool owner;
	size_t line;
};

struct import {
	struct ctl *ctl;
	const char *path;
	size_t line;
	size_t added;
	size_t skipped;
	size_t refused; /* lines and groups */
	struct wish *wishes;
	size_t n_wishes;
	bool broken; /* the store, or memory: nothing more can be done */
};

static void complain(struct import *, size_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
complain(struct import *import, size_t line, const char *format, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ctl_error(CTL_DATA, "%s:%zu: %s", import->path, line, text);
}

static bool
refuse(struct import *import, const char *key, const char *what)
{
	complain(import, import->line, "%s %s", key, what);
	return false;
}

static bool
take_text(struct import *import, const char *key, const json_t *value, char *to, size_t size)
{
	if (!json_is_string(value))
		return refuse(import, key, "is no string");
	return strlcpy(to, json_string_value(value), size) < size ||
	    refuse(import, key, "is too long");
}

static bool
take_bool(struct import *import, const char *key, const json_t *value, bool *to)
{
	*to = json_is_true(value);
	return json_is_boolean(value) || refuse(import, key, "is neither true nor false");
}

static bool
take_number(struct import *import, const char *key, const json_t *value, int64_t *to)
{
	*to = json_integer_value(value);
	return (json_is_integer(value) && *to >= 0) || refuse(import, key, "is no number");
}

static bool
check_names(struct import *import, const char *key, const json_t *list)
{
	const json_t *name;
	size_t i;

	if (!json_is_array(list))
		return refuse(import, key, "is no array");
	json_array_foreach (list, i, name) {
		if (!json_is_string(name) || strlen(json_string_value(name)) > NAME_MAX_BYTES)
			return refuse(import, key, "holds what is no name");
	}
	return true;
}

/* One key of a line. False after a complaint. */
static bool
take_key(struct import *import, const char *key, const json_t *value, struct chat_user *user)
{
	int64_t number;

	if (strcmp(key, "name") == 0)
		return take_text(import, key, value, user->name, sizeof(user->name));
	if (strcmp(key, "fullname") == 0)
		return take_text(import, key, value, user->fullname, sizeof(user->fullname));
	if (strcmp(key, "country") == 0)
		return take_text(import, key, value, user->country, sizeof(user->country));
	if (strcmp(key, "password") == 0)
		return take_text(import, key, value, user->password, sizeof(user->password));
	if (strcmp(key, "admin") == 0)
		return take_bool(import, key, value, &user->admin);
	if (strcmp(key, "locked") == 0)
		return take_bool(import, key, value, &user->locked);
	if (strcmp(key, "created_ms") == 0)
		return take_number(import, key, value, &user->created_ms);
	if (strcmp(key, "groups") == 0 || strcmp(key, "owns") == 0)
		return check_names(import, key, value);
	if (strcmp(key, "quota") != 0)
		return refuse(import, "there is no key", key);
	if (!take_number(import, key, value, &number))
		return false;
	user->quota = (uint64_t)number;
	return true;
}

static bool
take_user(struct import *import, json_t *object, struct chat_user *user)
{
	const char *key;
	json_t *value;

	*user = (struct chat_user){ .created_ms = clock_now_ms() };
	if (!json_is_object(object))
		return refuse(import, "this", "is no JSON object");
	json_object_foreach (object, key, value) {
		if (!take_key(import, key, value, user))
			return false;
	}
	if (user->name[0] == '\0')
		return refuse(import, "name", "is missing");
	/* Somebody without a full name would sign messages with nothing. */
	if (user->fullname[0] == '\0')
		strlcpy(user->fullname, user->name, sizeof(user->fullname));
	return true;
}

static void
wish(struct import *import, uint64_t user, const json_t *list, bool owner)
{
	const json_t *name;
	size_t i;

	json_array_foreach (list, i, name) {
		struct wish *added = vector_add(&import->wishes, &import->n_wishes, sizeof(*added));

		if (added == NULL) {
			import->broken = true;
			return;
		}
		*added = (struct wish){ .user = user, .owner = owner, .line = import->line };
		strlcpy(added->group, json_string_value(name), sizeof(added->group));
	}
}

/* False when the line is refused. */
static bool
add_user(struct import *import, json_t *object)
{
	struct chat_user user;

	if (!take_user(import, object, &user))
		return false;
	enum chat_result result = chat_user_import(&import->ctl->chat, &user);
	if (result == CHAT_USER_EXISTS) {
		complain(import, import->line, "user %s is there already: skipped", user.name);
		import->skipped++;
		return true;
	}
	if (result != CHAT_OK) {
		complain(import, import->line, "user %s: %s", user.name, chat_strerror(result));
		import->broken = result == CHAT_FAILED || result == CHAT_NO_SPACE;
		return false;
	}
	import->added++;
	wish(import, user.id, json_object_get(object, "owns"), true);
	wish(import, user.id, json_object_get(object, "groups"), false);
	return true;
}

static bool
take_line(struct import *import, const char *line, size_t len)
{
	json_error_t error;
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);

	if (object == NULL) {
		complain(import, import->line, "%s", error.text);
		return false;
	}
	bool taken = add_user(import, object);
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

static void
fulfil(struct import *import, const struct wish *wish)
{
	struct chat *chat = &import->ctl->chat;
	struct chat_text group = chat_text(wish->group);
	enum chat_result result = CHAT_GROUP_EXISTS;

	if (wish->owner)
		result = chat_group_add(chat, group, wish->user);
	if (result == CHAT_GROUP_EXISTS)
		result = chat_group_join(chat, group, wish->user);
	if (result == CHAT_OK || result == CHAT_ALREADY_MEMBER)
		return;
	complain(import, wish->line, "group %s: %s", wish->group, chat_strerror(result));
	import->broken = result == CHAT_FAILED || result == CHAT_NO_SPACE;
	import->refused++;
}

/* Groups are made by their owners before anybody joins. */
static void
fulfil_all(struct import *import)
{
	for (int owner = 1; owner >= 0; owner--)
		for (size_t i = 0; i < import->n_wishes && !import->broken; i++)
			if (import->wishes[i].owner == (owner == 1))
				fulfil(import, &import->wishes[i]);
}

static int
import_from(struct ctl *ctl, FILE *file, const char *path)
{
	struct import import = { .ctl = ctl, .path = path };
	int status = take_lines(&import, file);

	fulfil_all(&import);
	free(import.wishes);
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
ctl_import(struct ctl *ctl)
{
	const char *path = ctl->operands[0];
	bool from_stdin = path == NULL || strcmp(path, "-") == 0;
	FILE *file = from_stdin ? stdin : fopen(path, "re");

	if (file == NULL)
		return ctl_error(CTL_NO_INPUT, "cannot read %s: %s", path, strerror(errno));
	int status = ctl_open_realm(ctl);
	if (status == CTL_OK) {
		status = import_from(ctl, file, from_stdin ? "standard input" : path);
		chat_close(&ctl->chat);
	}
	if (!from_stdin)
		fclose(file);
	return status;
}
