/*
 * dialect_irc_letter: the table of the modes of channels, and their changes as lines.
 */
#include "dialect/irc/letter.h"

#include <bsd/string.h>
#include <string.h>

#include "chat/role.h"
#include "dialect/irc/change.h"
#include "dialect/irc/out.h"

static const struct irc_letter letters[IRC_LETTERS] = {
	{ .letter = 'b', .form = IRC_LETTER_BAN, .on = "ban", .off = "unban" },
	{ .letter = 'i', .choice = CHAT_CHOICE_PRIVATE, .on = "on", .off = "off" },
	{ .letter = 'k', .form = IRC_LETTER_KEY, .choice = CHAT_CHOICE_KEY, .off = "off" },
	{ .letter = 'l', .form = IRC_LETTER_LIMIT, .choice = CHAT_CHOICE_LIMIT, .off = "off" },
	{ .letter = 'm', .choice = CHAT_CHOICE_MODERATED, .on = "on", .off = "off" },
	{ .letter = 'n', .form = IRC_LETTER_ALWAYS },
	{ .letter = 'o',
	    .form = IRC_LETTER_ROLE,
	    .role = CHAT_ROLE_OPERATOR,
	    .on = "operator",
	    .off = "-operator" },
	{ .letter = 's', .choice = CHAT_CHOICE_SECRET, .on = "on", .off = "off" },
	{ .letter = 't', .choice = CHAT_CHOICE_TOPICS, .on = "operators", .off = "members" },
	{ .letter = 'v',
	    .form = IRC_LETTER_ROLE,
	    .role = CHAT_ROLE_VOICE,
	    .on = "voice",
	    .off = "-voice" },
};

const struct irc_letter *
dialect_irc_letter_at(size_t i)
{
	return &letters[i];
}

const struct irc_letter *
dialect_irc_letter_find(char letter)
{
	for (size_t i = 0; i < IRC_LETTERS; i++)
		if (letters[i].letter == letter)
			return &letters[i];
	return NULL;
}

/* The letter of an event; NULL: it has none. */
static const struct irc_letter *
find_told(const struct chat_activity *activity, bool *on, const char **param)
{
	*param = NULL;
	for (size_t i = 0; i < IRC_LETTERS; i++) {
		const struct irc_letter *mode = &letters[i];

		if (activity->kind == CHAT_ACTIVITY_ROLE && mode->form == IRC_LETTER_ROLE) {
			*on = strcmp(activity->text, mode->on) == 0;
			*param = activity->name;
			if (*on || strcmp(activity->text, mode->off) == 0)
				return mode;
		}
		if (activity->kind != CHAT_ACTIVITY_CHOICE || mode->form == IRC_LETTER_ROLE ||
		    mode->form == IRC_LETTER_ALWAYS)
			continue;
		if (mode->form == IRC_LETTER_BAN) {
			*on = strcmp(activity->name, mode->on) == 0;
			*param = activity->text;
			if (*on || strcmp(activity->name, mode->off) == 0)
				return mode;
			continue;
		}
		if (strcmp(activity->name, chat_choice_name(mode->choice)) != 0)
			continue;
		*on = strcmp(activity->text, mode->off) != 0;
		*param = mode->form == IRC_LETTER_FLAG ? NULL
		    : *on                              ? activity->text
		    : mode->form == IRC_LETTER_KEY     ? "*"
		                                       : NULL;
		return mode;
	}
	return NULL;
}

bool
dialect_irc_letter_is(const struct chat_watch_event *event)
{
	const char *param;
	bool on;

	return event->kind == CHAT_WATCH_GROUP && find_told(&event->activity, &on, &param) != NULL;
}

bool
dialect_irc_letter_gather(struct irc_letter_told *told, const struct chat_watch_event *event)
{
	const struct chat_activity *activity = &event->activity;
	const char *param;
	bool on;
	const struct irc_letter *mode = find_told(activity, &on, &param);
	size_t len = strlen(told->letters);

	if (mode == NULL)
		return true;
	if (told->n > 0 &&
	    (strcmp(told->with, event->with) != 0 || strcmp(told->by, activity->by) != 0 ||
	        told->n == IRC_MODES_MOST ||
	        (param != NULL && strlen(told->params) + strlen(param) >= IRC_BODY_MOST / 2)))
		return false;
	if (told->n == 0) {
		strlcpy(told->with, event->with, sizeof(told->with));
		strlcpy(told->by, activity->by, sizeof(told->by));
		told->seq = event->seq;
		told->time_ms = event->time_ms;
	}
	if (told->n == 0 || told->on != on)
		told->letters[len++] = on ? '+' : '-';
	told->letters[len++] = mode->letter;
	told->letters[len] = '\0';
	told->on = on;
	told->n++;
	if (param != NULL) {
		strlcat(told->params, " ", sizeof(told->params));
		strlcat(told->params, param, sizeof(told->params));
	}
	return true;
}

void
dialect_irc_letter_tell(struct dialog *dialog, struct irc_letter_told *told)
{
	struct irc_change change;

	if (told->n == 0)
		return;
	dialect_irc_change_begin(dialog, &change, told->by, told->seq, told->time_ms);
	dialect_irc_send(dialog, &change.tags, ":%s MODE %s %s%s", change.source, told->with,
	    told->letters, told->params);
	dialect_irc_change_end(dialog);
	*told = (struct irc_letter_told){ .n = 0 };
}
