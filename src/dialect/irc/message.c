/*
 * dialect_irc_message: a text is refused that would be cut where it is read: what is acknowledged
 * arrives whole.
 */
#include "dialect/irc/message.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/message.h"
#include "chat/post.h"
#include "dialect/irc/lines.h"
#include "dialect/irc/out.h"
#include "dialect/irc/presence.h"
#include "dialect/irc/sent.h"

#define TARGETS_MOST 4   /* of one line; RPL_ISUPPORT tells it */
#define NOTICE_SIZE  512 /* bytes of what the server says of a message */

char *
dialect_irc_message_keep(struct chat_message *message)
{
	struct chat_text *texts[] = { &message->from, &message->from_name, &message->realm,
		&message->to, &message->to_name, &message->text, &message->to_realm,
		&message->tags };
	const size_t n = sizeof(texts) / sizeof(texts[0]);
	size_t len = 1;
	char *all, *at;

	for (size_t i = 0; i < n; i++)
		len += texts[i]->len;
	at = all = malloc(len);
	for (size_t i = 0; i < n; i++) {
		if (all == NULL)
			texts[i]->len = 0;
		if (texts[i]->len > 0)
			memcpy(at, texts[i]->data, texts[i]->len);
		texts[i]->data = all == NULL ? "" : at;
		at = all == NULL ? NULL : at + texts[i]->len;
	}
	return all;
}

/* The channel or nick to which a message went, as this client has it. */
static void
write_target(const struct dialog *dialog, const struct chat_item *item, char target[IRC_NAME_SIZE])
{
	bool group = item->kind == CHAT_WHO_GROUP || item->kind == CHAT_WHO_REMOTE_GROUP;

	if (group || item->own)
		dialect_irc_name(target, item->with);
	else
		strlcpy(target, dialog->irc->nick, IRC_NAME_SIZE);
}

/* What the server says of a message that it could not deliver, or of a file. */
static struct chat_text
describe(const struct chat_message *message, char out[NOTICE_SIZE])
{
	if (message->kind == CHAT_BOUNCE)
		snprintf(out, NOTICE_SIZE, "Your message to %.*s/%.*s was not delivered (%s): %.*s",
		    (int)message->to.len, message->to.data, (int)message->to_realm.len,
		    message->to_realm.data, chat_reason_word(message->reason),
		    (int)(message->text.len < 256 ? message->text.len : 256), message->text.data);
	else if (message->kind == CHAT_DELAY)
		snprintf(out, NOTICE_SIZE, "Your message to %.*s/%.*s is not delivered yet: %.*s",
		    (int)message->to.len, message->to.data, (int)message->to_realm.len,
		    message->to_realm.data,
		    (int)(message->text.len < 256 ? message->text.len : 256), message->text.data);
	else if (message->file)
		snprintf(out, NOTICE_SIZE, "File %.*s", (int)message->text.len, message->text.data);
	else
		return message->text;
	return chat_text(out);
}

/* The account for the tag; NULL: a guest's is none, nor the server. */
static const char *
find_account(struct dialog *dialog, const struct chat_item *item)
{
	struct chat_user user;

	if (!dialect_irc_has(dialog, IRC_CAP_ACCOUNT_TAG) || strcmp(item->from, NAME_SERVER) == 0)
		return NULL;
	if (strchr(item->from, '@') != NULL)
		return NULL;
	if (chat_user_find(&dialog->chat, chat_text(item->from), &user) != CHAT_OK || user.guest)
		return NULL;
	return item->from;
}

void
dialect_irc_message_write(struct dialog *dialog, const struct chat_item *item, const char *batch)
{
	struct chat_message message = item->message;
	char *texts = dialect_irc_message_keep(&message);
	char source[IRC_SOURCE_SIZE], target[IRC_NAME_SIZE], told[NOTICE_SIZE];
	char head[IRC_SOURCE_SIZE + IRC_NAME_SIZE + 16];
	struct irc_tags tags = { .time_ms = item->time_ms,
		.msgid = item->id,
		.account = find_account(dialog, item),
		.batch = batch,
		.client = message.tags };
	const bool notice = message.notice || message.file || message.kind >= CHAT_NOTICE;
	struct chat_text text = describe(&message, told);

	write_target(dialog, item, target);
	snprintf(head, sizeof(head), ":%s %s %s :", dialect_irc_source(dialog, item->from, source),
	    notice ? "NOTICE" : "PRIVMSG", target);
	dialect_irc_lines_write(dialog, head, target, &tags, text);
	free(texts);
}

void
dialect_irc_message_tell_delivery(struct dialog *dialog, const struct chat_watch_event *event)
{
	char name[IRC_NAME_SIZE];

	if (event->activity.kind != CHAT_ACTIVITY_REFUSED)
		return;
	dialect_irc_name(name, event->with);
	dialect_irc_send(dialog, NULL,
	    ":%s NOTICE %s :Your message %llu to %s was not delivered: %s",
	    dialect_irc_server(dialog), dialog->irc->nick, (unsigned long long)event->activity.id,
	    name, chat_reason_word(event->activity.reason));
}

/* Why a message was not sent. */
static const char *
refusal_text(enum chat_result result)
{
	switch (result) {
	case CHAT_BLOCKED:
		return "The user takes no messages from you";
	case CHAT_INBOX_FULL:
		return "The inbox of the receiver is full: try again later";
	case CHAT_BUDGET:
		return "You have sent too much today";
	case CHAT_QUEUE_FULL:
		return "Too many messages wait for that realm";
	case CHAT_NO_REALM:
		return "No such realm";
	case CHAT_REFUSED:
		return "The other realm has refused it";
	case CHAT_NO_SPACE:
		return "The server has no space left: nothing was sent";
	case CHAT_UNSURE:
		return "The server does not know whether it was sent";
	case CHAT_BAD_ARGUMENT:
		return "This cannot be sent";
	default:
		return "The server failed: it was not sent";
	}
}

static void
refuse(struct dialog *dialog, struct chat_text target, enum chat_result result)
{
	const int len = (int)target.len;
	const bool group = target.len > 0 && target.data[0] == '#';

	if (result == CHAT_NO_USER || result == CHAT_NO_REALM)
		dialect_irc_numeric(dialog, ERR_NOSUCHNICK, "%.*s", len, target.data);
	else if (result == CHAT_NO_GROUP)
		dialect_irc_numeric(dialog, ERR_NOSUCHCHANNEL, "%.*s", len, target.data);
	else if (result == CHAT_NOT_MEMBER || (group && result == CHAT_FORBIDDEN) ||
	    result == CHAT_BANNED)
		dialect_irc_numeric(dialog, ERR_CANNOTSENDTOCHAN, "%.*s", len, target.data);
	else
		dialect_irc_numeric(dialog, ERR_CANNOTSENDTOUSER, "%.*s :%s", len, target.data,
		    refusal_text(result));
}

/* A message for another realm is stored, and its fate is told later. */
static void
tell_queued(struct dialog *dialog, struct chat_text target)
{
	char context[IRC_NAME_SIZE];

	if (dialog->chat.abroad != CHAT_QUEUED || !dialect_copy(context, sizeof(context), target))
		return;
	dialect_irc_standard(dialog, "NOTE", "PRIVMSG", "QUEUED", context,
	    "The other realm has not confirmed it yet");
}

/* Whether the line would be cut for those who read it. */
static bool
is_too_long(struct dialog *dialog, struct chat_text target, struct chat_text text)
{
	char source[IRC_SOURCE_SIZE];
	size_t len = strlen(dialect_irc_source(dialog, dialog->irc->nick, source));

	return memchr(text.data, '\n', text.len) == NULL &&
	    strlen(":  PRIVMSG  :") - 1 + len + target.len + text.len > IRC_BODY_MOST;
}

size_t
dialect_irc_message_tags(const struct dialog *dialog, const struct irc_line *line, char *out,
    size_t size)
{
	static const char bot[] = CHAT_TAG_BOT;
	size_t len = dialect_irc_line_client_tags(line, out, size);
	const size_t before = sizeof(bot) - 1 + (len > 0);

	if ((dialog->modes & IRC_MODE_BOT) == 0 || len + before > size)
		return len;
	memmove(out + before, out, len);
	memcpy(out, bot, sizeof(bot) - 1);
	if (len > 0)
		out[before - 1] = ';';
	return len + before;
}

void
dialect_irc_message_send(struct dialog *dialog, const struct irc_line *line,
    struct chat_text target, struct chat_text text)
{
	char who[CHAT_WHO_TEXT], tags[CHAT_TAGS_MAX];
	enum chat_result result = CHAT_NO_USER;

	dialog->chat.notice = strcmp(line->command, "NOTICE") == 0;
	dialog->chat.tags = (struct chat_text){ .data = tags,
		.len = dialect_irc_message_tags(dialog, line, tags, sizeof(tags)) };
	dialog->chat.sent = 0;
	if (dialect_irc_who(who, target))
		result = chat_post_text(&dialog->chat, &dialog->session, chat_text(who), text);
	dialog->chat.notice = false;
	dialog->chat.tags = chat_text("");
	if (result == CHAT_OK || result == CHAT_QUEUED) {
		dialect_irc_sent_note(dialog->irc, dialog->chat.sent);
		if (dialect_irc_has(dialog, IRC_CAP_ECHO_MESSAGE))
			dialog->irc->answering = true;
		if (result == CHAT_QUEUED)
			tell_queued(dialog, target);
		if (strcmp(line->command, "NOTICE") != 0)
			dialect_irc_presence_tell_away(dialog, target);
		return;
	}
	/* To a NOTICE nothing is answered (RFC 2812), unless it has a label, and so needs one. */
	if (strcmp(line->command, "NOTICE") != 0 || dialog->irc->reply.open)
		refuse(dialog, target, result);
}

void
dialect_irc_privmsg(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text targets = line->n > 0 ? line->params[0] : chat_text(""), target;
	struct chat_text text = line->n > 1 ? line->params[1] : chat_text("");
	unsigned int n = 0;

	if (targets.len == 0) {
		dialect_irc_numeric(dialog, ERR_NORECIPIENT, ":No recipient given (%s)",
		    line->command);
		return;
	}
	if (text.len == 0) {
		dialect_irc_numeric(dialog, ERR_NOTEXTTOSEND, "%s", "");
		return;
	}
	while (dialect_irc_line_next(&targets, ',', &target)) {
		if (++n > TARGETS_MOST) {
			dialect_irc_numeric(dialog, ERR_TOOMANYTARGETS, "%.*s", (int)target.len,
			    target.data);
			return;
		}
		if (is_too_long(dialog, target, text)) {
			dialect_irc_numeric(dialog, ERR_INPUTTOOLONG, "%s", "");
			return;
		}
		if (target.len > 0)
			dialect_irc_message_send(dialog, line, target, text);
	}
}
