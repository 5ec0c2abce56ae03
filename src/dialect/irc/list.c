/*
 * dialect_irc_list: a group is listed if one of the masks fits, if there are any, none of those
 * with a !, and all that is said of numbers. Private and secret ones are for their members.
 */
#include "dialect/irc/list.h"

#include <bsd/string.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/choice.h"
#include "chat/group_list.h"
#include "chat/member.h"
#include "dialect/irc/out.h"

#define CONDITIONS_MOST 16 /* of one request; the rest is passed over */
#define MINUTE_MS       INT64_C(60000)
#define NUMBER_MOST     (UINT64_C(1) << 32)

struct condition {
	enum { NAME, NO_NAME, USERS, CREATED, TOPIC } kind;
	bool less;       /* than the number; else more */
	uint64_t number; /* of users, or minutes */
	char mask[IRC_NAME_SIZE];
};

struct wanted {
	struct condition list[CONDITIONS_MOST];
	size_t n;
	bool masks; /* there are some: NAME */
	bool plain; /* and all are names */
	int64_t now_ms;
};

/* C<60, T>5, >3: false if it is nothing of the kind. */
static bool
read_number(struct condition *condition, struct chat_text text)
{
	condition->kind = USERS;
	if (text.len > 1 && (text.data[0] == 'C' || text.data[0] == 'T') &&
	    (text.data[1] == '<' || text.data[1] == '>')) {
		condition->kind = text.data[0] == 'C' ? CREATED : TOPIC;
		text.data++;
		text.len--;
	}
	if (text.len < 2 || (text.data[0] != '<' && text.data[0] != '>'))
		return false;
	condition->less = text.data[0] == '<';
	text.data++;
	text.len--;
	return dialect_irc_line_number(text, NUMBER_MOST, &condition->number);
}

static void
add_condition(struct wanted *wanted, struct chat_text text)
{
	struct condition *condition = &wanted->list[wanted->n];

	if (text.len == 0 || wanted->n == CONDITIONS_MOST)
		return;
	if (!read_number(condition, text)) {
		condition->kind = text.data[0] == '!' ? NO_NAME : NAME;
		if (text.data[0] == '!') {
			text.data++;
			text.len--;
		}
		/* No name is that long. */
		if (!dialect_copy(condition->mask, sizeof(condition->mask), text))
			strlcpy(condition->mask, "!", sizeof(condition->mask));
		if (condition->kind == NAME) {
			wanted->plain = (wanted->plain || !wanted->masks) &&
			    strpbrk(condition->mask, "*?") == NULL;
			wanted->masks = true;
		}
	}
	wanted->n++;
}

static bool
meets_time(const struct condition *condition, int64_t now_ms, int64_t ms)
{
	const int64_t age = now_ms - ms, limit = (int64_t)condition->number * MINUTE_MS;

	return ms != 0 && (condition->less ? age < limit : age > limit);
}

static bool
meets(const struct wanted *wanted, const struct condition *condition,
    const struct chat_group *group, uint32_t users)
{
	char channel[NAME_MAX_BYTES + 2];

	switch (condition->kind) {
	case USERS:
		return condition->less ? users < condition->number : users > condition->number;
	case CREATED:
		return meets_time(condition, wanted->now_ms, group->created_ms);
	case TOPIC:
		return meets_time(condition, wanted->now_ms, group->topic_ms);
	default:
		snprintf(channel, sizeof(channel), "#%s", group->name);
		return name_matches(condition->mask, channel) == (condition->kind == NAME);
	}
}

static bool
is_wanted(const struct wanted *wanted, const struct chat_group *group, uint32_t users)
{
	bool named = !wanted->masks;

	for (size_t i = 0; i < wanted->n; i++) {
		bool met = meets(wanted, &wanted->list[i], group, users);

		if (wanted->list[i].kind == NAME)
			named = named || met;
		else if (!met)
			return false;
	}
	return named;
}

static void
list_group(struct dialog *dialog, const struct wanted *wanted, const struct chat_group *group)
{
	uint32_t users;

	if (chat_choice_hidden(group) &&
	    chat_member_find(&dialog->chat, group->id, dialog->session.user.id) != CHAT_OK)
		return;
	if (chat_member_count(&dialog->chat, group->id, &users) == CHAT_OK &&
	    is_wanted(wanted, group, users))
		dialect_irc_numeric(dialog, RPL_LIST, "#%s %u :%s", group->name, users,
		    group->topic);
}

/* Names are looked up, so that they cost what they are. */
static void
list_named(struct dialog *dialog, const struct wanted *wanted)
{
	struct chat_group group;

	for (size_t i = 0; i < wanted->n; i++)
		if (wanted->list[i].kind == NAME && wanted->list[i].mask[0] == '#' &&
		    chat_group_find(&dialog->chat, chat_text(wanted->list[i].mask + 1), &group) ==
		        CHAT_OK)
			list_group(dialog, wanted, &group);
}

static void
list_all(struct dialog *dialog, const struct wanted *wanted)
{
	char name[NAME_MAX_BYTES + 1];
	struct chat_group group;

	for (uint32_t i = 0; chat_group_list_name(&dialog->chat, i, name) == CHAT_OK &&
	     !frame_failed(&dialog->frame);
	     i++)
		if (chat_group_find(&dialog->chat, chat_text(name), &group) == CHAT_OK)
			list_group(dialog, wanted, &group);
}

void
dialect_irc_list(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text rest = line->n > 0 ? line->params[0] : (struct chat_text){ .len = 0 };
	struct wanted wanted = { .now_ms = clock_now_ms() };
	struct chat_text item;

	while (dialect_irc_line_next(&rest, ',', &item))
		add_condition(&wanted, item);
	dialect_irc_numeric(dialog, RPL_LISTSTART, "Channel");
	if (wanted.plain)
		list_named(dialog, &wanted);
	else
		list_all(dialog, &wanted);
	dialect_irc_numeric(dialog, RPL_LISTEND, "%s", "");
}
