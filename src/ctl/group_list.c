/*
 * ctl_group_list: all groups, as people or programs read them. One of them in full is in
 * ctl_group_show.
 */
#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vector.h"
#include "chat/group.h"
#include "chat/member.h"
#include "chat/user.h"
#include "ctl/ctl.h"

struct groups {
	struct chat_group *list;
	size_t n;
	bool failed;
};

static int
add_group(void *arg, const struct chat_group *group)
{
	struct groups *groups = arg;

	struct chat_group *added = vector_add(&groups->list, &groups->n, sizeof(*added));

	if (added == NULL) {
		groups->failed = true;
		return 1;
	}
	*added = *group;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct chat_group *first = a, *second = b;

	return strcasecmp(first->name, second->name);
}

void
ctl_group_owner(struct chat *chat, uint64_t owner, char name[NAME_MAX_BYTES + 1])
{
	struct chat_user user;

	if (owner != 0 && chat_user_get(chat, owner, &user) == CHAT_OK)
		memcpy(name, user.name, NAME_MAX_BYTES + 1);
	else
		snprintf(name, NAME_MAX_BYTES + 1, "-");
}

static uint32_t
count_members(struct chat *chat, const struct chat_group *group)
{
	uint32_t count = 0;

	chat_member_count(chat, group->id, &count);
	return count;
}

static void
print_table(struct chat *chat, const struct groups *groups)
{
	char owner[NAME_MAX_BYTES + 1];
	int width = (int)strlen("NAME");

	for (size_t i = 0; i < groups->n; i++)
		if (ctl_width(groups->list[i].name) > width)
			width = ctl_width(groups->list[i].name);
	printf("%-*s  MEMBERS  OWNER\n", width, "NAME");
	for (size_t i = 0; i < groups->n; i++) {
		const struct chat_group *group = &groups->list[i];

		ctl_group_owner(chat, group->owner, owner);
		printf("%-*s  %7" PRIu32 "  %s\n", width, group->name, count_members(chat, group),
		    owner);
	}
}

void
ctl_json_owner(struct json_out *json, const char *owner)
{
	if (strcmp(owner, "-") == 0)
		ctl_json_null(json, "owner");
	else
		ctl_json_text(json, "owner", owner);
}

static void
print_json(struct chat *chat, const struct groups *groups)
{
	char owner[NAME_MAX_BYTES + 1];
	struct json_out json;

	ctl_json_begin(&json);
	json_out_array_begin(&json);
	for (size_t i = 0; i < groups->n; i++) {
		const struct chat_group *group = &groups->list[i];

		ctl_group_owner(chat, group->owner, owner);
		json_out_object_begin(&json);
		ctl_json_text(&json, "name", group->name);
		ctl_json_owner(&json, owner);
		ctl_json_int(&json, "members", count_members(chat, group));
		ctl_json_int(&json, "created_ms", group->created_ms);
		json_out_object_end(&json);
	}
	json_out_array_end(&json);
	ctl_json_end(&json);
}

int
ctl_group_list(struct ctl *ctl)
{
	struct groups groups = { .n = 0 };
	enum chat_result result = chat_group_each(&ctl->chat, add_group, &groups);

	if (result != CHAT_OK || groups.failed) {
		free(groups.list);
		return ctl_error(groups.failed ? CTL_SYSTEM : CTL_UNAVAILABLE,
		    "the groups cannot be read: %s",
		    groups.failed ? "out of memory" : chat_strerror(result));
	}
	if (groups.n > 0)
		qsort(groups.list, groups.n, sizeof(*groups.list), by_name);
	if (ctl->json)
		print_json(&ctl->chat, &groups);
	else
		print_table(&ctl->chat, &groups);
	free(groups.list);
	return CTL_OK;
}
