/* dialect_irc_tagmsg: a message of tags alone is whispered to those who are there. */
#include "dialect/irc/tagmsg.h"

#include <bsd/stdlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/block.h"
#include "chat/group.h"
#include "chat/speak.h"
#include "dialect/irc/hear.h"
#include "dialect/irc/message.h"
#include "dialect/irc/out.h"
#include "dialect/irc/whisper.h"

#define TARGETS_MOST 4 /* of one line; RPL_ISUPPORT tells it */

/* CHAT_OK, with the target and its name; why not, else. */
static enum chat_result
find_group(struct dialog *dialog, struct chat_text name, struct irc_whisper *whisper,
    char target[IRC_NAME_SIZE])
{
	struct chat_group group;
	enum chat_result result = chat_group_find(&dialog->chat,
	    (struct chat_text){ .data = name.data + 1, .len = name.len - 1 }, &group);

	if (result == CHAT_OK)
		result = chat_speak_judge(&dialog->chat, &group, &dialog->session.user);
	if (result == CHAT_NOT_MEMBER && (group.private || group.secret))
		result = CHAT_NO_GROUP;
	if (result == CHAT_OK) {
		whisper->target = group.id;
		whisper->group = true;
		snprintf(target, IRC_NAME_SIZE, "#%s", group.name);
	}
	return result;
}

static enum chat_result
find_user(struct dialog *dialog, struct chat_text name, struct irc_whisper *whisper,
    char target[IRC_NAME_SIZE])
{
	const struct chat_block_sender self = { .id = dialog->session.user.id };
	struct chat_user user;
	enum chat_result result = name_valid(name.data, name.len)
	    ? chat_user_find(&dialog->chat, name, &user)
	    : CHAT_NO_USER;

	if (result == CHAT_OK && user.id != self.id)
		result = chat_block_judge(&dialog->chat, user.id, &self);
	if (result == CHAT_OK) {
		whisper->target = user.id;
		whisper->group = false;
		snprintf(target, IRC_NAME_SIZE, "%s", user.name);
	}
	return result;
}

static void
refuse(struct dialog *dialog, struct chat_text target, enum chat_result result)
{
	const int len = (int)target.len;

	if (result == CHAT_NO_USER)
		dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", len, target.data);
	else if (result == CHAT_NO_GROUP)
		dialect_irc_numeric(dialog, ERR_NOSUCHCHANNEL, "%.*s", len, target.data);
	else if (target.data[0] == '#')
		dialect_irc_numeric(dialog, ERR_CANNOTSENDTOCHAN, "%.*s", len, target.data);
	else
		dialect_irc_numeric(dialog, ERR_CANNOTSENDTOUSER,
		    "%.*s :The user takes no messages from you", len, target.data);
}

static void
send_one(struct dialog *dialog, struct irc_whisper *whisper, struct chat_text name)
{
	const bool group = name.data[0] == '#';
	const struct chat_user *self = &dialog->session.user;
	char target[IRC_NAME_SIZE];
	enum chat_result result;

	/* No protocol between realms carries it. */
	if (memchr(name.data, '/', name.len) != NULL)
		return;
	result = group ? find_group(dialog, name, whisper, target)
	               : find_user(dialog, name, whisper, target);
	if (result != CHAT_OK) {
		refuse(dialog, name, result);
		return;
	}
	arc4random_buf(&whisper->id, sizeof(whisper->id));
	whisper->id |= 1;
	dialect_irc_whisper_target(dialog, whisper);
	if (dialect_irc_has(dialog, IRC_CAP_ECHO_MESSAGE))
		dialect_irc_hear_tagmsg(dialog, whisper, self, target);
	if (!group && whisper->target == self->id) {
		dialect_irc_reply_apart(dialog, true);
		dialect_irc_hear_tagmsg(dialog, whisper, self, target);
		dialect_irc_reply_apart(dialog, false);
	}
}

void
dialect_irc_tagmsg(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text targets = line->params[0], target;
	char tags[CHAT_TAGS_MAX];
	struct irc_whisper whisper = { .kind = IRC_WHISPER_TAGMSG, .text = chat_text("") };
	unsigned int n = 0;

	if (!dialect_irc_has(dialog, IRC_CAP_MESSAGE_TAGS))
		return;
	whisper.tags = (struct chat_text){ .data = tags,
		.len = dialect_irc_message_tags(dialog, line, tags, sizeof(tags)) };
	while (whisper.tags.len > 0 && dialect_irc_line_next(&targets, ',', &target)) {
		if (++n > TARGETS_MOST) {
			dialect_irc_numeric(dialog, ERR_TOOMANYTARGETS, "%.*s", (int)target.len,
			    target.data);
			return;
		}
		if (target.len > 0)
			send_one(dialog, &whisper, target);
	}
}
