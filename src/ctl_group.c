/*
 * ctl_group: groups: making and removing them, who is in them, looking at one or all.
 */
#include <bsd/stdlib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "chat_group.h"
#include "chat_member.h"
#include "chat_user.h"
#include "ctl.h"

static int
find_user(struct ctl *ctl, const char *name, uint64_t *id)
{
	struct chat_user user;
	int status = ctl_result(chat_user_find(&ctl->chat, chat_text(name), &user), "user", name);

	*id = status == CTL_OK ? user.id : 0;
	return status;
}

int
ctl_group_add(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	uint64_t owner;
	int status = ctl_name_check("group", name);

	if (status == CTL_OK)
		status = find_user(ctl, ctl->operands[1], &owner);
	if (status != CTL_OK)
		return status;
	return ctl_result(chat_group_add(&ctl->chat, chat_text(name), owner), "group", name);
}

typedef enum chat_result membership_verb(struct chat *, struct chat_text group, uint64_t user);

static int
change_membership(struct ctl *ctl, membership_verb *verb)
{
	const char *group = ctl->operands[0], *member = ctl->operands[1];
	struct chat_group found;
	uint64_t user;
	int status =
	    ctl_result(chat_group_find(&ctl->chat, chat_text(group), &found), "group", group);

	if (status == CTL_OK)
		status = find_user(ctl, member, &user);
	if (status != CTL_OK)
		return status;
	enum chat_result result = verb(&ctl->chat, chat_text(group), user);
	if (result == CHAT_ALREADY_MEMBER || result == CHAT_NOT_MEMBER)
		return ctl_error(CTL_REFUSED, "group %s: user %s is %s", group, member,
		    chat_strerror(result));
	return ctl_result(result, "group", group);
}

int
ctl_group_join(struct ctl *ctl)
{
	return change_membership(ctl, chat_group_join);
}

int
ctl_group_leave(struct ctl *ctl)
{
	return change_membership(ctl, chat_group_leave);
}

int
ctl_group_del(struct ctl *ctl)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_group_delete(&ctl->chat, chat_text(name)), "group", name);
}

struct groups {
	struct chat_group *list;
	size_t n;
	size_t room;
	bool failed;
};

static int
add_group(void *arg, const struct chat_group *group)
{
	struct groups *groups = arg;

	if (groups->n == groups->room) {
		size_t room = groups->room == 0 ? 64 : groups->room * 2;
		struct chat_group *bigger = reallocarray(groups->list, room, sizeof(*bigger));

		if (bigger == NULL) {
			groups->failed = true;
			return 1;
		}
		groups->list = bigger;
		groups->room = room;
	}
	groups->list[groups->n++] = *group;
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct chat_group *first = a, *second = b;

	return strcasecmp(first->name, second->name);
}

/* "-" where there is none any more. */
static void
owner_name(struct chat *chat, uint64_t owner, char name[NAME_MAX_BYTES + 1])
{
	struct chat_user user;

	if (owner != 0 && chat_user_get(chat, owner, &user) == CHAT_OK)
		memcpy(name, user.name, NAME_MAX_BYTES + 1);
	else
		snprintf(name, NAME_MAX_BYTES + 1, "-");
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

		owner_name(chat, group->owner, owner);
		printf("%-*s  %7" PRIu32 "  %s\n", width, group->name, group->members, owner);
	}
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

		owner_name(chat, group->owner, owner);
		json_out_object_begin(&json);
		json_out_key(&json, "name");
		json_out_cstring(&json, group->name);
		json_out_key(&json, "owner");
		if (strcmp(owner, "-") == 0)
			json_out_null(&json);
		else
			json_out_cstring(&json, owner);
		json_out_key(&json, "members");
		json_out_int(&json, group->members);
		json_out_key(&json, "created_ms");
		json_out_int(&json, group->created_ms);
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
		return ctl_error(CTL_UNAVAILABLE, "the groups cannot be read: %s",
		    groups.failed ? "out of memory" : chat_strerror(result));
	}
	if (groups.n > 0)
		qsort(groups.list, groups.n, sizeof(*groups.list), by_name);
	if (ctl->options['j'] != NULL)
		print_json(&ctl->chat, &groups);
	else
		print_table(&ctl->chat, &groups);
	free(groups.list);
	return CTL_OK;
}

/* In the order of the group's list. CHAT_OK or CHAT_FAILED. */
static enum chat_result
print_members(struct chat *chat, uint64_t group)
{
	const char *label = "members";
	struct chat_user user;
	enum chat_result result;
	uint64_t id;

	for (uint32_t i = 0; (result = chat_member_user(chat, group, i, &id)) == CHAT_OK; i++) {
		result = chat_user_get(chat, id, &user);
		if (result == CHAT_FAILED)
			break;
		if (result != CHAT_OK)
			continue; /* just removed */
		ctl_print_field(label, user.name);
		label = "";
	}
	if (*label != '\0' && result != CHAT_FAILED)
		ctl_print_field(label, "-");
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

int
ctl_group_show(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	char owner[NAME_MAX_BYTES + 1], created[CTL_TIME_SIZE];
	struct chat_group group;
	int status =
	    ctl_result(chat_group_find(&ctl->chat, chat_text(name), &group), "group", name);

	if (status != CTL_OK)
		return status;
	owner_name(&ctl->chat, group.owner, owner);
	ctl_time(group.created_ms, created, sizeof(created));
	ctl_print_field("name", group.name);
	ctl_print_field("owner", owner);
	ctl_print_field("created", created);
	return ctl_result(print_members(&ctl->chat, group.id), "group", name);
}
