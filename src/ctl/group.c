/*
 * ctl_group: the table of a group's fields; making, changing, removing and showing groups.
 */
#include "chat/choice.h"
#include "chat/group_delete.h"
#include "chat/group_list.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vector.h"
#include "chat/ban.h"
#include "chat/invitee.h"
#include "chat/role.h"
#include "ctl/list.h"
#include "ctl/show.h"

struct view {
	struct chat_group group;
	char owner[NAME_MAX_BYTES + 1]; /* "": none any more */
	uint32_t members;
	bool private;
	char history[8]; /* words for what holds */
	char files[8];
	char topics[16];
	bool moderated;
	bool secret;
	bool temporary;
};

#define AT(member) CTL_FIELD_AT(struct view, member)

static const struct ctl_field field_list[] = {
	{ .key = "name", .forms = CTL_IN_LIST | CTL_IN_SHOW, AT(group.name) },
	{ .key = "members", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(members) },
	{ .key = "owner", .forms = CTL_IN_LIST | CTL_IN_SHOW, .optional = true, AT(owner) },
	{ .key = "created_ms",
	    .label = "created",
	    .forms = CTL_IN_SHOW | CTL_LIST_KEY,
	    .type = CTL_TIME,
	    AT(group.created_ms) },
	{ .key = "private", .forms = CTL_IN_SHOW | CTL_LIST_KEY, .type = CTL_BOOL, AT(private) },
	{ .key = "history", .forms = CTL_IN_SHOW | CTL_LIST_KEY, AT(history) },
	{ .key = "files", .forms = CTL_IN_SHOW | CTL_LIST_KEY, AT(files) },
	{ .key = "moderated", .forms = CTL_IN_SHOW, .type = CTL_BOOL, AT(moderated) },
	{ .key = "topics", .forms = CTL_IN_SHOW, AT(topics) },
	{ .key = "secret", .forms = CTL_IN_SHOW, .type = CTL_BOOL, AT(secret) },
	{ .key = "key", .forms = CTL_IN_SHOW, .optional = true, AT(group.key) },
	{ .key = "limit",
	    .forms = CTL_IN_SHOW,
	    .type = CTL_NUMBER,
	    .optional = true,
	    AT(group.limit) },
	{ .key = "temporary", .forms = CTL_IN_SHOW, .type = CTL_BOOL, AT(temporary) },
	{ .key = "topic", .forms = CTL_IN_SHOW, .optional = true, AT(group.topic) },
	{ .key = "topic_by",
	    .label = "topic by",
	    .forms = CTL_IN_SHOW,
	    .optional = true,
	    AT(group.topic_by) },
};
static const struct ctl_fields fields = CTL_FIELDS(field_list);

/* The group that the first operand names. CTL_OK, or another status having said why. */
static int
find_group(struct ctl *ctl, struct chat_group *group)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_group_find(&ctl->chat, chat_text(name), group), "group", name);
}

int
ctl_group_add(struct ctl *ctl)
{
	const char *name = ctl->operands[0];
	struct chat_user owner;
	int status = ctl_name_check("group", name);

	if (status == CTL_OK)
		status = ctl_find_user(ctl, ctl->operands[1], &owner);
	if (status != CTL_OK)
		return status;
	return ctl_result(chat_group_add(&ctl->chat, chat_text(name), owner.id), "group", name);
}

typedef enum chat_result membership_verb(struct chat *, struct chat_text group, uint64_t user);

static int
change_membership(struct ctl *ctl, membership_verb *verb)
{
	const char *group = ctl->operands[0], *member = ctl->operands[1];
	struct chat_group found;
	struct chat_user user;
	int status = find_group(ctl, &found);

	if (status == CTL_OK)
		status = ctl_find_user(ctl, member, &user);
	if (status != CTL_OK)
		return status;
	enum chat_result result = verb(&ctl->chat, chat_text(group), user.id);
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

/* The command's second word names the choice. */
int
ctl_group_choose(struct ctl *ctl)
{
	const char *group = ctl->operands[0], *word = ctl->operands[1];
	const char *choice = strchr(ctl->command, ' ') + 1;
	enum chat_result result =
	    chat_choice_set(&ctl->chat, chat_text(group), NULL, chat_text(choice), chat_text(word));

	if (result == CHAT_BAD_ARGUMENT)
		return ctl_error(CTL_USAGE, "%s cannot be %s", choice, word);
	return ctl_result(result, "group", group);
}

int
ctl_group_invite(struct ctl *ctl)
{
	const char *group = ctl->operands[0], *invitee = ctl->operands[1], *off = ctl->operands[2];
	struct chat_group found;
	struct chat_user user;
	int status = find_group(ctl, &found);

	if (status == CTL_OK)
		status = ctl_find_user(ctl, invitee, &user);
	if (status != CTL_OK)
		return status;
	if (off != NULL && strcmp(off, "off") != 0)
		return ctl_error(CTL_USAGE, "an invitation cannot be %s", off);
	enum chat_result result = off == NULL
	    ? chat_choice_invite(&ctl->chat, chat_text(group), NULL, chat_text(invitee))
	    : chat_choice_uninvite(&ctl->chat, chat_text(group), NULL, chat_text(invitee));
	if (result == CHAT_ALREADY_MEMBER || result == CHAT_NOT_INVITED)
		return ctl_error(CTL_REFUSED, "group %s: user %s is %s", group, invitee,
		    chat_strerror(result));
	return ctl_result(result, "group", group);
}

int
ctl_group_del(struct ctl *ctl)
{
	const char *name = ctl->operands[0];

	return ctl_result(chat_group_delete(&ctl->chat, chat_text(name)), "group", name);
}

static struct view
view_group(struct chat *chat, const struct chat_group *group)
{
	struct view view = { .group = *group,
		.private = group->private != 0,
		.moderated = group->moderated != 0,
		.secret = group->secret != 0,
		.temporary = group->temporary != 0 };
	char word[CHAT_CHOICE_WORD];
	struct chat_user owner;

	if (group->owner != 0 && chat_user_get(chat, group->owner, &owner) == CHAT_OK)
		snprintf(view.owner, sizeof(view.owner), "%s", owner.name);
	chat_member_count(chat, group->id, &view.members);
	strlcpy(view.history, chat_choice_word(chat->config, group, CHAT_CHOICE_HISTORY, word),
	    sizeof(view.history));
	strlcpy(view.files, chat_choice_word(chat->config, group, CHAT_CHOICE_FILES, word),
	    sizeof(view.files));
	strlcpy(view.topics, chat_choice_word(chat->config, group, CHAT_CHOICE_TOPICS, word),
	    sizeof(view.topics));
	return view;
}

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

	groups->failed = added == NULL;
	if (added != NULL)
		*added = *group;
	return groups->failed;
}

static int
compare_names(const void *a, const void *b)
{
	const struct chat_group *first = a, *second = b;

	return strcasecmp(first->name, second->name);
}

int
ctl_group_list(struct ctl *ctl)
{
	struct groups groups = { .n = 0 };
	enum chat_result result = chat_group_list_each(&ctl->chat, add_group, &groups);
	struct ctl_list list;

	if (result != CHAT_OK || groups.failed) {
		free(groups.list);
		return ctl_error(groups.failed ? CTL_SYSTEM : CTL_UNAVAILABLE,
		    "the groups cannot be read: %s",
		    groups.failed ? "out of memory" : chat_strerror(result));
	}
	if (groups.n > 0)
		qsort(groups.list, groups.n, sizeof(*groups.list), compare_names);
	ctl_list_begin(&list, ctl, &fields);
	for (size_t i = 0; i < groups.n; i++) {
		struct view view = view_group(&ctl->chat, &groups.list[i]);

		ctl_list_row(&list, &view);
	}
	free(groups.list);
	return ctl_list_end(&list);
}

/* The members with a role. CHAT_OK or CHAT_FAILED. */
static enum chat_result
show_role(struct ctl_show *show, const char *list, uint64_t group, uint8_t role)
{
	struct chat *chat = &show->ctl->chat;
	struct chat_member member;
	enum chat_result result;
	struct chat_user user;
	uint64_t id;

	ctl_show_list_begin(show, list, list);
	for (uint32_t i = 0; (result = chat_member_user(chat, group, i, &id)) == CHAT_OK; i++)
		if (chat_member_get(chat, group, id, &member) == CHAT_OK &&
		    (member.role & role) != 0 && chat_user_get(chat, id, &user) == CHAT_OK)
			ctl_show_text(show, user.name);
	ctl_show_list_end(show, "-");
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

static enum chat_result
show_bans(struct ctl_show *show, const struct chat_group *group)
{
	struct chat_ban *bans;
	size_t n;
	enum chat_result result = chat_ban_list(&show->ctl->chat, group, &bans, &n);

	ctl_show_list_begin(show, "bans", "bans");
	for (size_t i = 0; i < n; i++)
		ctl_show_text(show, bans[i].mask);
	ctl_show_list_end(show, "-");
	free(bans);
	return result;
}

typedef enum chat_result user_at(struct chat *, uint64_t group, uint32_t index, uint64_t *user);

/* In the order of the group's list, until `at` has no more. CHAT_OK or CHAT_FAILED. */
static enum chat_result
show_users(struct ctl_show *show, const char *list, user_at *at, uint64_t group)
{
	struct chat *chat = &show->ctl->chat;
	enum chat_result result;
	struct chat_user user;
	uint64_t id;

	ctl_show_list_begin(show, list, list);
	for (uint32_t i = 0; (result = at(chat, group, i, &id)) == CHAT_OK; i++) {
		result = chat_user_get(chat, id, &user);
		if (result == CHAT_FAILED)
			break;
		if (result == CHAT_OK) /* else just removed */
			ctl_show_text(show, user.name);
	}
	ctl_show_list_end(show, "-");
	return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
}

int
ctl_group_show(struct ctl *ctl)
{
	struct chat_group group;
	struct ctl_show show;
	int status = find_group(ctl, &group);

	if (status != CTL_OK)
		return status;
	struct view view = view_group(&ctl->chat, &group);
	ctl_show_begin(&show, ctl, &fields, &view);
	enum chat_result result = show_users(&show, "members", chat_member_user, group.id);
	if (result == CHAT_OK)
		result = show_users(&show, "invited", chat_invitee_user, group.id);
	if (result == CHAT_OK)
		result = show_role(&show, "operators", group.id, CHAT_ROLE_OPERATOR);
	if (result == CHAT_OK)
		result = show_role(&show, "voices", group.id, CHAT_ROLE_VOICE);
	if (result == CHAT_OK)
		result = show_bans(&show, &group);
	ctl_show_end(&show);
	return ctl_result(result, "group", ctl->operands[0]);
}
