/* chat_activity: entries of logs of activity, and appending them. */
#include "chat/history/activity.h"

#include <bsd/string.h>
#include <string.h>

#include "base/utf8.h"
#include "chat/history/logs.h"
#include "chat/pack.h"
#include "chat/ring.h"

#define ACTIVITY_PLAIN 'a' /* messages begin with numbers below it */
#define ACTIVITY_TOLD  'b' /* with `by` and `text` */

enum need { NONE, MAY, MUST };

/* What an entry of a kind has, besides `with`. */
static const struct form {
	enum chat_activity_class class;
	enum need id;
	enum need name;
	enum need by;
	enum need text;
} forms[] = {
	[CHAT_ACTIVITY_READ] = { .id = MUST },
	[CHAT_ACTIVITY_DELIVERED] = { .id = MUST },
	[CHAT_ACTIVITY_REFUSED] = { .id = MUST },
	[CHAT_ACTIVITY_JOIN] = { CHAT_ACTIVITY_OF_MEMBER, .name = MUST, .by = MAY, .text = MAY },
	[CHAT_ACTIVITY_LEAVE] = { CHAT_ACTIVITY_OF_MEMBER, .name = MUST, .by = MAY, .text = MAY },
	[CHAT_ACTIVITY_KICK] = { CHAT_ACTIVITY_OF_MEMBER, .name = MUST, .by = MAY, .text = MAY },
	[CHAT_ACTIVITY_QUIT] = { CHAT_ACTIVITY_OF_MEMBER, .name = MUST, .by = MAY, .text = MAY },
	[CHAT_ACTIVITY_TOPIC] = { CHAT_ACTIVITY_OF_GROUP, .by = MAY, .text = MAY },
	[CHAT_ACTIVITY_CHOICE] = { CHAT_ACTIVITY_OF_GROUP, .name = MUST, .by = MAY, .text = MUST },
	[CHAT_ACTIVITY_ROLE] = { CHAT_ACTIVITY_OF_GROUP, .name = MUST, .by = MAY, .text = MUST },
	[CHAT_ACTIVITY_RENAME] = { CHAT_ACTIVITY_OF_GROUP, .name = MUST, .by = MAY, .text = MUST },
};
#define N_FORMS (sizeof(forms) / sizeof(forms[0]))

enum chat_activity_class
chat_activity_class(enum chat_activity_kind kind)
{
	return forms[kind].class;
}

size_t
chat_activity_write(unsigned char entry[CHAT_ACTIVITY_RECORD], const struct chat_activity *activity)
{
	const bool told = activity->by[0] != '\0' || activity->text[0] != '\0';
	struct pack p;

	pack_init(&p, entry, CHAT_ACTIVITY_RECORD);
	pack_u8(&p, told ? ACTIVITY_TOLD : ACTIVITY_PLAIN);
	pack_u8(&p, (uint8_t)activity->kind);
	pack_u64(&p, activity->with);
	pack_u64(&p, activity->id);
	pack_u8(&p, (uint8_t)activity->reason);
	pack_text(&p, activity->name);
	if (told) {
		pack_text(&p, activity->by);
		pack_text(&p, activity->text);
	}
	return p.len;
}

/* A number has something where it is not 0, as a text where it is not "". */
static bool
meets_need(enum need need, bool has)
{
	return need == MAY || has == (need == MUST);
}

static bool
is_name(const char *name)
{
	return name[0] == '\0' || name_valid(name, strlen(name));
}

/* Whether an entry says what one of its kind says, and nothing else. */
static bool
is_of_kind(const struct chat_activity *activity)
{
	const struct form *form = &forms[activity->kind];

	return meets_need(form->id, activity->id != 0) &&
	    meets_need(form->name, activity->name[0] != '\0') &&
	    meets_need(form->by, activity->by[0] != '\0') &&
	    meets_need(form->text, activity->text[0] != '\0') && activity->reason < CHAT_REASONS &&
	    (activity->reason != CHAT_REASON_NONE) == (activity->kind == CHAT_ACTIVITY_REFUSED) &&
	    is_name(activity->name) && is_name(activity->by) &&
	    utf8_valid(activity->text, strlen(activity->text));
}

/* What is told of an entry; the plain form has nothing. */
static bool
read_told(struct chat_activity *activity, struct unpack *u, uint8_t version)
{
	activity->by[0] = activity->text[0] = '\0';
	if (version != ACTIVITY_TOLD)
		return version == ACTIVITY_PLAIN;
	unpack_text(u, activity->by, sizeof(activity->by));
	unpack_text(u, activity->text, sizeof(activity->text));
	return activity->by[0] != '\0' || activity->text[0] != '\0';
}

int
chat_activity_read(struct chat_activity *activity, const void *entry, size_t len)
{
	struct unpack u;

	unpack_init(&u, entry, len);
	uint8_t version = unpack_u8(&u);
	activity->kind = (enum chat_activity_kind)unpack_u8(&u);
	activity->with = unpack_u64(&u);
	activity->id = unpack_u64(&u);
	activity->reason = (enum chat_reason)unpack_u8(&u);
	unpack_text(&u, activity->name, sizeof(activity->name));
	return read_told(activity, &u, version) && !u.bad && activity->kind >= CHAT_ACTIVITY_READ &&
	        activity->kind < N_FORMS && is_of_kind(activity)
	    ? 0
	    : -1;
}

/* Who has left a group is no member any more, and has other devices. */
static void
tx_ring(struct store_tx *tx, uint64_t owner, const struct chat_activity *activity)
{
	const enum chat_activity_class class = chat_activity_class(activity->kind);

	if (class != CHAT_ACTIVITY_OF_OWNER)
		store_tx_ring(tx, CHAT_RING_GROUP, owner, 0);
	if (class != CHAT_ACTIVITY_OF_GROUP)
		store_tx_ring(tx, CHAT_RING_USERS,
		    class == CHAT_ACTIVITY_OF_MEMBER ? activity->with : owner, 0);
}

enum chat_result
chat_activity_append(struct chat *chat, uint64_t owner, uint64_t payer,
    const struct chat_activity *activity)
{
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	size_t len = chat_activity_write(entry, activity);
	struct store_tx tx;
	uint64_t log;

	if (!chat->config->history)
		return CHAT_OK;
	enum chat_result result = chat_history_make_activity(chat, owner, &log);
	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, len, 0, STORE_NO_LIMIT);
	if (payer != 0)
		store_tx_charge(&tx, payer, len, chat->config->send_bytes);
	tx_ring(&tx, owner, activity);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

/* Cuts before the first byte of a character. */
static void
copy_text(char to[CHAT_ACTIVITY_TEXT + 1], struct chat_text text)
{
	size_t len = text.len;

	if (!utf8_valid(text.data, len) || memchr(text.data, '\0', len) != NULL)
		len = 0;
	if (len > CHAT_ACTIVITY_TEXT) {
		len = CHAT_ACTIVITY_TEXT;
		while (len > 0 && ((unsigned char)text.data[len] & 0xc0) == 0x80)
			len--;
	}
	memcpy(to, text.data, len);
	to[len] = '\0';
}

void
chat_activity_of_group(struct chat *chat, uint64_t group, uint64_t with,
    enum chat_activity_kind kind, const struct chat_user *by, const char *name,
    struct chat_text text)
{
	struct chat_activity activity = { .kind = kind, .with = with };

	strlcpy(activity.name, name, sizeof(activity.name));
	if (by != NULL)
		strlcpy(activity.by, by->name, sizeof(activity.by));
	copy_text(activity.text, text);
	(void)chat_activity_append(chat, group, by == NULL ? 0 : by->id, &activity);
}

void
chat_activity_of_member(struct chat *chat, uint64_t group, uint64_t with,
    enum chat_activity_kind kind, uint64_t by, struct chat_text text)
{
	struct chat_activity activity = { .kind = kind, .with = with };
	struct chat_user user;

	if (!chat->config->history || chat_user_get(chat, with, &user) != CHAT_OK)
		return;
	strlcpy(activity.name, user.name, sizeof(activity.name));
	if (by != 0 && by != with) {
		if (chat_user_get(chat, by, &user) != CHAT_OK)
			return;
		strlcpy(activity.by, user.name, sizeof(activity.by));
	}
	copy_text(activity.text, text);
	(void)chat_activity_append(chat, group, by, &activity);
}
