/*
 * ctl_user_list: all accounts, as people or programs read them. One of them in full is in
 * ctl_user_show.
 */
#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vector.h"
#include "chat/user.h"
#include "ctl/ctl.h"

#define FLAGS_SIZE 32
#define GAP        2 /* spaces between columns */

static int
add_user(void *arg, const struct chat_user *user)
{
	struct ctl_users *users = arg;

	struct chat_user *added = vector_add(&users->list, &users->n, sizeof(*added));

	if (added == NULL) {
		users->failed = true;
		return 1;
	}
	*added = *user;
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

void
ctl_json_user(struct json_out *json, const struct chat_user *user)
{
	ctl_json_text(json, "name", user->name);
	ctl_json_text(json, "fullname", user->fullname);
	ctl_json_text(json, "country", user->country);
	ctl_json_bool(json, "admin", user->admin);
	ctl_json_bool(json, "locked", user->locked);
	ctl_json_int(json, "created_ms", user->created_ms);
	if (user->quota != 0)
		ctl_json_int(json, "quota", (int64_t)user->quota);
	else
		ctl_json_null(json, "quota");
}

static void
print_json(const struct ctl_users *users)
{
	struct json_out json;

	ctl_json_begin(&json);
	json_out_array_begin(&json);
	for (size_t i = 0; i < users->n; i++) {
		json_out_object_begin(&json);
		ctl_json_user(&json, &users->list[i]);
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
		return ctl_error(users->failed ? CTL_SYSTEM : CTL_UNAVAILABLE,
		    "the users cannot be read: %s",
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
	if (ctl->json)
		print_json(&users);
	else
		print_table(&users);
	free(users.list);
	return CTL_OK;
}
