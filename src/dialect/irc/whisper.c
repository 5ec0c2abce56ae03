/* dialect_irc_whisper: one form for each content; whoever hears judges once more. */
#include "dialect/irc/whisper.h"

#include <string.h>

#include "base/fnv.h"
#include "base/pack.h"
#include "base/utf8.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/push.h"
#include "dialect/irc/line.h"
#include "dialect/irc/people.h"
#include "dialect/irc/state.h"

#define FORMAT 1
#define MIX    UINT64_C(0x9e3779b97f4a7c15) /* 2^64 / golden ratio */

size_t
dialect_irc_whisper_write(unsigned char payload[WHISPER_MAX], const struct irc_whisper *whisper)
{
	struct pack p;

	pack_init(&p, payload, WHISPER_MAX);
	pack_u8(&p, FORMAT);
	pack_u8(&p, (uint8_t)whisper->kind);
	pack_u64(&p, whisper->target);
	pack_u8(&p, whisper->group);
	pack_u64(&p, whisper->id);
	pack_blob(&p, whisper->text.data, whisper->text.len);
	pack_blob(&p, whisper->tags.data, whisper->tags.len);
	return p.overflow ? 0 : p.len;
}

static struct chat_text
unpack_part(struct unpack *u)
{
	struct chat_text text = { .data = "" };
	const unsigned char *data = unpack_blob(u, &text.len);

	if (data != NULL)
		text.data = (const char *)data;
	else
		text.len = 0;
	return text;
}

/* Whether a client may be sent it as the last parameter of a line. */
static bool
is_sentence(struct chat_text text, size_t most)
{
	if (text.len > most || !utf8_valid(text.data, text.len))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
			return false;
	return true;
}

static bool
is_of_kind(const struct irc_whisper *whisper)
{
	const bool tagmsg = whisper->kind == IRC_WHISPER_TAGMSG;
	const bool invite = whisper->kind == IRC_WHISPER_INVITE;
	const struct chat_text text = whisper->text;

	if ((whisper->target != 0) != (tagmsg || invite) ||
	    (whisper->id != 0) != (tagmsg || invite) || (!tagmsg && whisper->group != invite) ||
	    (!tagmsg && whisper->tags.len > 0))
		return false;
	switch (whisper->kind) {
	case IRC_WHISPER_AWAY:
		return is_sentence(text, SCOREBOARD_AWAY_MAX - 1);
	case IRC_WHISPER_SETNAME:
		return text.len > 0 && is_sentence(text, SCOREBOARD_FULLNAME_MAX - 1);
	case IRC_WHISPER_NICK:
		return name_valid(text.data, text.len);
	case IRC_WHISPER_ACCOUNT:
		return text.len == 0;
	case IRC_WHISPER_TAGMSG:
		return text.len == 0 && chat_message_tags_valid(whisper->tags);
	case IRC_WHISPER_INVITE:
		return text.len == 0;
	case IRC_WHISPER_KILL:
		return is_sentence(text, IRC_KILL_MOST);
	case IRC_WHISPER_WALLOPS:
		return is_sentence(text, IRC_BODY_MOST);
	}
	return false;
}

bool
dialect_irc_whisper_read(struct irc_whisper *whisper, const void *payload, size_t len)
{
	struct unpack u;

	unpack_init(&u, payload, len);
	bool known = unpack_u8(&u) == FORMAT;
	whisper->kind = (enum irc_whisper_kind)unpack_u8(&u);
	whisper->target = unpack_u64(&u);
	uint8_t group = unpack_u8(&u);
	whisper->group = group == 1;
	whisper->id = unpack_u64(&u);
	whisper->text = unpack_part(&u);
	whisper->tags = unpack_part(&u);
	return known && !u.bad && u.pos == len && group <= 1 && is_of_kind(whisper);
}

uint64_t
dialect_irc_whisper_bit(const char *name)
{
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(name, strlen(name), folded);

	/* The upper bits of the hash of a short name are hardly mixed. */
	return UINT64_C(1) << (fnv_bytes(FNV_BEGIN, folded, len) * MIX >> 58);
}

struct audience {
	struct dialog *dialog;
	const struct irc_whisper *whisper;
	uint64_t bits;
	unsigned int looks;
};

static bool
is_near(void *arg, const struct wakeup_subscription *subscription)
{
	struct audience *audience = arg;

	if (subscription->user == audience->dialog->session.user.id)
		return false;
	return (subscription->room & audience->bits) != 0 ||
	    dialect_irc_people_meet(audience->dialog, subscription->user, &audience->looks);
}

static bool
is_addressed(void *arg, const struct wakeup_subscription *subscription)
{
	const struct audience *audience = arg;
	struct dialog *dialog = audience->dialog;
	const struct irc_whisper *whisper = audience->whisper;

	if (subscription->user == dialog->session.user.id)
		return true;
	if (!whisper->group)
		return subscription->user == whisper->target;
	return chat_member_find(&dialog->chat, whisper->target, subscription->user) == CHAT_OK;
}

void
dialect_irc_whisper_to(struct dialog *dialog, const struct irc_whisper *whisper,
    bool (*concerned)(void *arg, const struct wakeup_subscription *), void *arg)
{
	struct wakeup *wakeup = chat_push_wakeup(&dialog->chat);
	unsigned char payload[WHISPER_MAX];
	size_t len = dialect_irc_whisper_write(payload, whisper);

	if (wakeup != NULL && len > 0)
		wakeup_whisper(wakeup, concerned, arg, payload, len);
}

void
dialect_irc_whisper_presence(struct dialog *dialog, const struct irc_whisper *whisper,
    const char *other)
{
	struct audience audience = { .dialog = dialog,
		.whisper = whisper,
		.bits = dialect_irc_whisper_bit(dialog->irc->nick),
		.looks = IRC_PEOPLE_LOOKS };

	if (other != NULL)
		audience.bits |= dialect_irc_whisper_bit(other);
	dialect_irc_whisper_to(dialog, whisper, is_near, &audience);
}

void
dialect_irc_whisper_target(struct dialog *dialog, const struct irc_whisper *whisper)
{
	struct audience audience = { .dialog = dialog, .whisper = whisper };

	dialect_irc_whisper_to(dialog, whisper, is_addressed, &audience);
}
