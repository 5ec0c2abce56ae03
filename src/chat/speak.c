/* chat_speak: members speak; in a moderated group those with a role, or the owner. */
#include "chat/speak.h"

#include "chat/ban.h"
#include "chat/member.h"

enum chat_result
chat_speak_judge(struct chat *chat, const struct chat_group *group, const struct chat_user *user)
{
	struct chat_member member;
	enum chat_result result = chat_member_get(chat, group->id, user->id, &member);

	if (result != CHAT_OK)
		return result;
	if (group->moderated && member.role == 0 && group->owner != user->id)
		return CHAT_FORBIDDEN;
	return chat_ban_judge(chat, group, user);
}

/* No user of another realm is a member, and nobody outside hears that a private group is. */
enum chat_result
chat_speak_judge_remote(struct chat *chat, const struct chat_group *group, struct chat_text name,
    struct chat_text realm)
{
	if (group->private)
		return CHAT_NO_GROUP;
	return group->moderated ? CHAT_FORBIDDEN : chat_ban_judge_remote(chat, group, name, realm);
}
