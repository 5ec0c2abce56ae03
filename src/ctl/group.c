/*
 * ctl_group: groups: making and removing them, and who is in them. Looking at them is in
 * ctl_group_list and ctl_group_show.
 */
#include "chat/group.h"
#include "chat/user.h"
#include "ctl/ctl.h"

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
