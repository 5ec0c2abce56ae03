/*
 * ctl_user_list: looking at accounts, one or all, as people or programs read them.
 */
#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chat_group.h"
#include "chat_member.h"
#include "chat_quota.h"
#include "chat_user.h"
#include "ctl.h"

#define FLAGS_SIZE 32
#define GAP        2 /* spaces between columns */

static int
add_user(void *arg, const struct chat_user *user)
{
	struct ctl_users *users = arg;

	if (users->n == users->room) {
		size_t room = users->room == 0 ? 64 : users->room * 2;
		struct chat_user *bigger = reallocarray(users->list, room, sizeof(*bigger));

		if (bigger == NULL) {
			users->failed = true;
			return 1;
		}
		users->list = bigger;
		users->room = room;
	}
	users->list[users->n++] = *user;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct chat_user *first = a, *second = b;

	return strcasecmp(first->name, second->name);
}

static void
flags_of(const struct chat_user *user, char flags[FLAGS_SIZE])
{
	snprintf(flags, FLAGS_SIZE, "%s%s%s", user->admin ? "admin" : "",
	    user->admin && user->locked ? "," : "", user->locked ? "locked" : "");
	if (flags[0] == '\0')
		snprintf(flags, FLAGS_SIZE, "-");
}

static int
wider(int width, const char *text)
{
	int own = ctl_width(text) + GAP;

	return own > width ? own : width;
}

static void
print_row(const int width[3], const char *name, const char *fullname, const char *country,
    const char *flags)
{
	ctl_print_cell(name, width[0]);
	ctl_print_cell(fullname, width[1]);
	ctl_print_cell(country, width[2]);
	puts(flags);
}

static void
print_table(const struct ctl_users *users)
{
	int width[3] = { wider(0, "NAME"), wider(0, "FULL NAME"), wider(0, "COUNTRY") };
	char flags[FLAGS_SIZE];

	for (size_t i = 0; i < users->n; i++) {
		width[0] = wider(width[0], users->list[i].name);
		width[1] = wider(width[1], users->list[i].fullname);
		width[2] = wider(width[2], users->list[i].country);
	}
	print_row(width, "NAME", "FULL NAME", "COUNTRY", "FLAGS");
	for (size_t i = 0; i < users->n; i++) {
		const struct chat_user *user = &users->list[i];

		flags_of(user, flags);
		print_row(width, user->name, user->fullname, user->country, flags);
	}
}

static void
print_json(const struct ctl_users *users)
{
	struct json_out json;

	ctl_json_begin(&json);
	json_out_array_begin(&json);
	for (size_t i = 0; i < users->n; i++) {
		const struct chat_user *user = &users->list[i];

		json_out_object_begin(&json);
		json_out_key(&json, "name");
		json_out_cstring(&json, user->name);
		json_out_key(&json, "fullname");
		json_out_cstring(&json, user->fullname);
		json_out_key(&json, "country");
		json_out_cstring(&json, user->country);
		json_out_key(&json, "admin");
		json_out_bool(&json, user->admin);
		json_out_key(&json, "locked");
		json_out_bool(&json, user->locked);
		json_out_key(&json, "created_ms");
		json_out_int(&json, user->created_ms);
		json_out_key(&json, "quota");
		if (user->quota != 0)
			json_out_int(&json, (int64_t)user->quota);
		else
			json_out_null(&json);
		json_out_object_end(&json);
	}
	json_out_array_end(&json);
	ctl_json_end(&json);
}

int
ctl_users_read(struct ctl *ctl, struct ctl_users *users)
{
	*users = (struct ctl_users){ .n = 0 };
	enum chat_result result = chat_user_each(&ctl->chat, add_user, users);
	if (result != CHAT_OK || users->failed) {
		free(users->list);
		return ctl_error(CTL_UNAVAILABLE, "the users cannot be read: %s",
		    users->failed ? "out of memory" : chat_strerror(result));
	}
	if (users->n > 0)
		qsort(users->list, users->n, sizeof(*users->list), by_name);
	return CTL_OK;
}

int
ctl_user_list(struct ctl *ctl)
{
	struct ctl_users users;
	int status = ctl_users_read(ctl, &users);

	if (status != CTL_OK)
		return status;
	if (ctl->options['j'] != NULL)
		print_json(&users);
	else
		print_table(&users);
	free(users.list);
	return CTL_OK;
}

struct presence {
	uint64_t user;
	const char *label; /* of the next line: only the first has one */
};

static int
print_presence(void *arg, unsigned int slot, const struct board_entry *entry)
{
	struct presence *presence = arg;
	char since[CTL_TIME_SIZE], text[256];

	(void)slot;
	if (entry->user != presence->user)
		return 0;
	ctl_time(entry->since_ms, since, sizeof(since));
	snprintf(text, sizeof(text), "since %s from %s, %s", since, entry->address, entry->dialect);
	ctl_print_field(presence->label, text);
	presence->label = "";
	return 0;
}

/* CHAT_OK, or CHAT_FAILED. */
static enum chat_result
print_groups(struct chat *chat, uint64_t user)
{
	const char *label = "groups";
	struct chat_group group;
	enum chat_result result;
	uint64_t id;

	for (uint32_t i = 0; (result = chat_member_group(chat, user, i, &id)) == CHAT_OK; i++) {
		result = chat_group_get(chat, id, &group);
		if (result == CHAT_FAILED)
			break;
		if (result != CHAT_OK)
			continue; /* just removed */
		ctl_print_field(label, group.name);
		label = "";
	}
	if (*label != '\0' && result != CHAT_FAILED)
		ctl_print_field(label, "-");
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

static int
print_files(struct ctl *ctl, const struct chat_user *user)
{
	struct chat_quota quota;
	char text[128];
	enum chat_result result = chat_quota_get(&ctl->chat, user->id, &quota);

	snprintf(text, sizeof(text), "%" PRIu32 ", %" PRIu64 " of %" PRIu64 " bytes", quota.files,
	    quota.bytes, chat_quota_limit(&ctl->chat, user));
	if (result == CHAT_OK)
		ctl_print_field("files", text);
	return ctl_result(result, "user", user->name);
}

int
ctl_user_show(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct presence presence = { .label = "online" };
	struct chat_user user;
	char created[CTL_TIME_SIZE];
	int status = ctl_result(chat_user_find(&ctl->chat, chat_text(name), &user), "user", name);

	if (status != CTL_OK)
		return status;
	ctl_time(user.created_ms, created, sizeof(created));
	ctl_print_field("name", user.name);
	ctl_print_field("full name", user.fullname);
	ctl_print_field("country", user.country[0] == '\0' ? "-" : user.country);
	ctl_print_field("created", created);
	ctl_print_field("admin", user.admin ? "yes" : "no");
	ctl_print_field("locked", user.locked ? "yes" : "no");
	status = print_files(ctl, &user);
	if (status != CTL_OK)
		return status;
	presence.user = user.id;
	board_each(ctl->chat.board, print_presence, &presence);
	if (*presence.label != '\0')
		ctl_print_field(presence.label, "no");
	return ctl_result(print_groups(&ctl->chat, user.id), "user", name);
}
