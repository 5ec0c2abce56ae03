/* dialect_irc_announce: nothing is believed of a whisper that the store can say. */
#include "dialect/irc/announce.h"

#include <bsd/string.h>
#include <stdlib.h>

#include "base/clock.h"
#include "chat/block.h"
#include "chat/group.h"
#include "chat/invitee.h"
#include "chat/member.h"
#include "dialect/irc/out.h"

/* The store has the invitation; or a member says so of a group that anybody may join. */
static bool
is_invited(struct dialog *dialog, const struct chat_group *group, uint64_t invitee, uint64_t from)
{
	struct chat *chat = &dialog->chat;
	const struct chat_block_sender sender = { .id = from };

	if (chat_invitee_find(chat, group->id, invitee) == CHAT_OK)
		return true;
	return !group->private && chat_member_find(chat, group->id, from) == CHAT_OK &&
	    chat_member_find(chat, group->id, invitee) == CHAT_NOT_MEMBER &&
	    chat_block_judge(chat, invitee, &sender) == CHAT_OK;
}

void
dialect_irc_announce_invite(struct dialog *dialog, const struct irc_whisper *whisper,
    const struct chat_user *from)
{
	const uint64_t self = dialog->session.user.id;
	const struct irc_tags tags = { .time_ms = clock_now_ms(),
		.account = from->guest ? NULL : from->name };
	char source[IRC_SOURCE_SIZE];
	struct chat_group group;
	struct chat_user invitee;

	if (whisper->id != self &&
	    (!dialect_irc_has(dialog, IRC_CAP_INVITE_NOTIFY) ||
	        chat_member_find(&dialog->chat, whisper->target, self) != CHAT_OK))
		return;
	if (chat_group_get(&dialog->chat, whisper->target, &group) == CHAT_OK &&
	    chat_user_get(&dialog->chat, whisper->id, &invitee) == CHAT_OK &&
	    is_invited(dialog, &group, invitee.id, from->id))
		dialect_irc_send(dialog, &tags, ":%s INVITE %s #%s",
		    dialect_irc_source(dialog, from->name, source), invitee.name, group.name);
}

void
dialect_irc_announce_wallops(struct dialog *dialog, struct chat_text text, const char *from)
{
	char source[IRC_SOURCE_SIZE];

	if ((dialog->modes & IRC_MODE_WALLOPS) != 0)
		dialect_irc_send(dialog, &(struct irc_tags){ .time_ms = clock_now_ms() },
		    ":%s WALLOPS :%.*s", dialect_irc_source(dialog, from, source), (int)text.len,
		    text.data);
}

void
dialect_irc_announce_kill(struct dialog *dialog, struct chat_text reason, const char *from)
{
	struct irc_killed *killed = dialog->irc->killed;

	if (killed == NULL)
		killed = dialog->irc->killed = calloc(1, sizeof(*killed));
	if (killed == NULL || !dialect_copy(killed->reason, sizeof(killed->reason), reason))
		return;
	strlcpy(killed->by, from, sizeof(killed->by));
	killed->ms = clock_monotonic_ms();
}
