/* ctl_group: the topic of a group, roles of its members, and its bans. */
#include <string.h>

#include "chat/ban.h"
#include "chat/role.h"
#include "chat/topic.h"
#include "ctl/ctl.h"

/* Whether the third operand is "off", or there is none. CTL_OK or CTL_USAGE, having said so. */
static int
read_switch(const struct ctl *ctl, const char *what, bool *on)
{
	const char *off = ctl->operands[2];

	*on = off == NULL;
	return *on || strcmp(off, "off") == 0 ? CTL_OK
	                                      : ctl_error(CTL_USAGE, "%s cannot be %s", what, off);
}

int
ctl_group_topic(struct ctl *ctl)
{
	const char *group = ctl->operands[0], *topic = ctl->operands[1];
	enum chat_result result =
	    chat_topic_set(&ctl->chat, chat_text(group), NULL, chat_text(topic));

	if (result == CHAT_BAD_ARGUMENT)
		return ctl_error(CTL_USAGE, "this topic is too long, or no text");
	return ctl_result(result, "group", group);
}

/* The command's second word names the role. */
int
ctl_group_role(struct ctl *ctl)
{
	const char *group = ctl->operands[0], *member = ctl->operands[1];
	const char *role = strchr(ctl->command, ' ') + 1;
	struct chat_group found;
	struct chat_user user;
	bool on;
	int status = read_switch(ctl, "a role", &on);

	if (status == CTL_OK)
		status = ctl_result(chat_group_find(&ctl->chat, chat_text(group), &found), "group",
		    group);
	if (status == CTL_OK)
		status = ctl_find_user(ctl, member, &user);
	if (status != CTL_OK)
		return status;
	enum chat_result result =
	    chat_role_set(&ctl->chat, chat_text(group), NULL, chat_text(member),
	        strcmp(role, "voice") == 0 ? CHAT_ROLE_VOICE : CHAT_ROLE_OPERATOR, on);
	if (result == CHAT_NOT_MEMBER)
		return ctl_error(CTL_REFUSED, "group %s: user %s is %s", group, member,
		    chat_strerror(result));
	return ctl_result(result, "group", group);
}

int
ctl_group_ban(struct ctl *ctl)
{
	const char *group = ctl->operands[0], *mask = ctl->operands[1];
	bool on;
	int status = read_switch(ctl, "a ban", &on);

	if (status != CTL_OK)
		return status;
	enum chat_result result = (on ? chat_ban_add : chat_ban_remove)(&ctl->chat,
	    chat_text(group), NULL, chat_text(mask));
	switch (result) {
	case CHAT_BAD_ARGUMENT:
		return ctl_error(CTL_USAGE, "a mask cannot be %s", mask);
	case CHAT_ALREADY_MEMBER:
		return ctl_error(CTL_REFUSED, "group %s: %s is banned already", group, mask);
	case CHAT_NOT_MEMBER:
		return ctl_error(CTL_REFUSED, "group %s: %s is not banned", group, mask);
	default:
		return ctl_result(result, "group", group);
	}
}
