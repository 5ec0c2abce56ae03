/*
 * Forgeries of users and peers over bound connections that concern conversations: records that name
 * other logs, entries in other logs than their own, cursors, and what groups are told.
 */
#include <string.h>

#include "chat/group.h"
#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/owner.h"
#include "chat/realm/remote_user.h"
#include "chat/role.h"
#include "chat/set.h"
#include "permit_fixture.h"

static struct chat_history
make(uint64_t a, uint64_t b)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_make(&file_chat, a, b, &history), CHAT_OK);
	return history;
}

/*
 * Records.
 */

/* What of a conversation is missing, or another's. */
enum forgery {
	GOOD,
	FOREIGN_LOG,     /* a direction is a log of another conversation, empty so far */
	OWNED_LOG,       /* and the transaction says that it is this one's */
	NOT_OWNED,       /* nothing says whose a direction is */
	NOT_DRAWN,       /* an id that was not given out */
	SAME_LOGS,       /* both directions are one */
	OTHERS_ACTIVITY, /* the other one's log of activity is this one's */
	NO_ACCOUNT,      /* an account is not expected */
	NO_LIST,         /* it stands in the own list alone */
	TWO_PARTS,       /* it stands in two parts of a list */
	TWICE,           /* a second record under the key */
	REPLACED,        /* whose a log is changes */
	FORGERIES
};

static void
put_owner(uint64_t log, uint64_t first, uint64_t second)
{
	chat_key_swap(&permit_tx, CHAT_TABLE_CONVERSATIONS, permit_id(log), CHAT_KEY_ID, NULL, 0,
	    permit_pair(first, second), CHAT_KEY_PAIR);
}

static void
put_activity(uint64_t owner, uint64_t log)
{
	uint64_t there;

	ck_assert_int_eq(chat_history_activity_of(&file_chat, owner, &there), CHAT_OK);
	if (there != 0) {
		store_tx_expect(&permit_tx, CHAT_TABLE_ACTIVITY, permit_id(owner), CHAT_KEY_ID,
		    permit_id(there), CHAT_KEY_ID);
		return;
	}
	chat_key_swap(&permit_tx, CHAT_TABLE_ACTIVITY, permit_id(owner), CHAT_KEY_ID, NULL, 0,
	    permit_id(log), CHAT_KEY_ID);
	put_owner(log, owner, 0);
}

static void
put_part(const struct chat_set *set, uint64_t partner)
{
	uint32_t others;

	ck_assert_int_eq(chat_set_add(&file_chat, &permit_tx, set, permit_id(partner), CHAT_KEY_ID,
	                     &others),
	    STORE_OK);
}

static void
put_list(uint64_t user, uint64_t partner)
{
	const struct chat_set set = chat_history_list(user, partner);

	put_part(&set, partner);
}

static void
put_other_part(uint64_t user, uint64_t partner)
{
	struct chat_set set = chat_history_list(user, partner);

	set.name[set.len - 1] ^= 1;
	put_part(&set, partner);
}

static void
put_record(const struct chat_history *history)
{
	unsigned char value[CHAT_HISTORY_RECORD];

	chat_key_swap(&permit_tx, CHAT_TABLE_CONVERSATIONS,
	    permit_pair(history->low, history->high), CHAT_KEY_PAIR, NULL, 0, value,
	    chat_history_pack(value, history));
}

static uint64_t
draw(void)
{
	uint64_t id;

	ck_assert_int_eq(chat_new_id(&file_chat, &id), CHAT_OK);
	return id;
}

/* henderson begins a conversation with lineker. `other` is one of others. */
static enum store_status
begin_forged(enum forgery forgery, const struct chat_history *other)
{
	struct chat_history forged = { .low = henderson.user.id,
		.high = lineker.user.id,
		.from_low = draw(),
		.from_high = draw() };

	ck_assert_int_eq(chat_history_activity_of(&file_chat, henderson.user.id,
	                     &forged.low_activity),
	    CHAT_OK);
	if (forged.low_activity == 0)
		forged.low_activity = draw();
	ck_assert_int_eq(chat_history_activity_of(&file_chat,
	                     forgery == OTHERS_ACTIVITY ? messi.user.id : lineker.user.id,
	                     &forged.high_activity),
	    CHAT_OK);
	if (forgery == FOREIGN_LOG || forgery == OWNED_LOG || forgery == REPLACED)
		forged.from_low = other->from_high;
	if (forgery == NOT_DRAWN)
		forged.from_low += 1000;
	if (forgery == SAME_LOGS)
		forged.from_high = forged.from_low;
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_owner_tx_expect_user(&file_chat, &permit_tx, forged.low), CHAT_OK);
	if (forgery != NO_ACCOUNT)
		ck_assert_int_eq(chat_owner_tx_expect_user(&file_chat, &permit_tx, forged.high),
		    CHAT_OK);
	put_activity(forged.low, forged.low_activity);
	put_activity(forged.high, forged.high_activity);
	put_list(forged.low, forged.high);
	if (forgery != NO_LIST)
		put_list(forged.high, forged.low);
	if (forgery == TWO_PARTS)
		put_other_part(forged.low, forged.high);
	if (forgery == REPLACED)
		chat_key_swap(&permit_tx, CHAT_TABLE_CONVERSATIONS, permit_id(forged.from_low),
		    CHAT_KEY_ID, permit_pair(other->low, other->high), CHAT_KEY_PAIR,
		    permit_pair(forged.low, forged.high), CHAT_KEY_PAIR);
	else if (forgery != NOT_OWNED && forgery != FOREIGN_LOG)
		put_owner(forged.from_low, forged.low, forged.high);
	put_owner(forged.from_high, forged.low, forged.high);
	put_record(&forged);
	if (forgery == TWICE) {
		forged.from_low = other->from_high;
		put_record(&forged);
	}
	return permit_commit();
}

START_TEST(test_records)
{
	struct chat_history other = make(messi.user.id, lineker.user.id);
	struct chat_peer malang = receive_peer("malang");

	permit_as_user(&henderson);
	for (int forgery = GOOD + 1; forgery < FORGERIES; forgery++) {
		enum store_status status = begin_forged((enum forgery)forgery, &other);

		ck_assert_msg(status == STORE_FORBIDDEN, "forgery %d: %d", forgery, (int)status);
	}
	/* What is between two others, or with one who blocks, is for nobody else. */
	permit_as_user(&messi);
	ck_assert_int_eq(begin_forged(GOOD, &other), STORE_FORBIDDEN);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	ck_assert_int_eq(begin_forged(GOOD, &other), STORE_FORBIDDEN);
	permit_as_user(&henderson);
	ck_assert_int_eq(begin_forged(GOOD, &other), STORE_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_removal)
{
	struct chat_history history = make(henderson.user.id, lineker.user.id);
	unsigned char value[CHAT_HISTORY_RECORD];

	permit_as_user(&henderson);
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_CONVERSATIONS, permit_pair(history.low, history.high),
	    CHAT_KEY_PAIR, value, chat_history_pack(value, &history), NULL, 0);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_CONVERSATIONS, permit_id(history.from_low),
	    CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_ACTIVITY, permit_id(henderson.user.id), CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_close_log(&permit_tx, history.low_activity);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_trim(&permit_tx, history.from_low, 2, 1);
	PERMIT_FORBIDDEN();
	/* A log of a conversation becomes nothing else, though it is empty. */
	store_tx_init(&permit_tx);
	chat_group_tx_change(&permit_tx, NULL,
	    &(struct chat_group){ .id = history.from_high,
	        .owner = henderson.user.id,
	        .name = "teh" });
	store_tx_expect_absent(&permit_tx, CHAT_TABLE_GROUP_NAMES, "teh", 3);
	store_tx_put(&permit_tx, CHAT_TABLE_GROUP_NAMES, "teh", 3, permit_id(history.from_high),
	    CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
}
END_TEST

/*
 * Entries.
 */

static enum store_status
append(const uint64_t *logs, unsigned int n)
{
	struct chat_message message = { .kind = CHAT_PRIVATE,
		.from_id = henderson.user.id,
		.from = chat_text("henderson"),
		.from_name = chat_text("henderson"),
		.realm = chat_text(""),
		.to = chat_text("lineker"),
		.to_name = chat_text("lineker"),
		.to_realm = chat_text(""),
		.text = chat_text("halo") };
	unsigned char entry[CHAT_MESSAGE_RECORD];

	store_tx_init(&permit_tx);
	store_tx_append_to(&permit_tx, logs, n, entry,
	    chat_message_write(entry, sizeof(entry), &message), 0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, henderson.user.id, sizeof(entry), 0);
	return permit_commit();
}

START_TEST(test_logs)
{
	struct chat_history with = make(henderson.user.id, lineker.user.id);
	struct chat_history other = make(messi.user.id, lineker.user.id);
	const uint64_t own = lineker.user.id, to = chat_history_from(&with, henderson.user.id);
	const uint64_t back = chat_history_to(&with, henderson.user.id);
	const uint64_t active = chat_history_activity(&with, henderson.user.id);
	const struct {
		uint64_t logs[4];
		unsigned int n;
		enum store_status status;
	} rows[] = {
		{ { own }, 1, STORE_OK },
		{ { own, to, active }, 3, STORE_OK },
		{ { own, to }, 2, STORE_FORBIDDEN },
		{ { own, active }, 2, STORE_FORBIDDEN },
		{ { own, active, to }, 3, STORE_FORBIDDEN },
		{ { own, back, active }, 3, STORE_FORBIDDEN },
		{ { own, to, back }, 3, STORE_FORBIDDEN },
		{ { own, to, active, messi.user.id }, 4, STORE_FORBIDDEN },
		{ { own, to, chat_history_activity(&with, lineker.user.id) }, 3, STORE_FORBIDDEN },
		{ { own, chat_history_from(&other, messi.user.id), active }, 3, STORE_FORBIDDEN },
		{ { own, messi.user.id, kopi }, 3, STORE_FORBIDDEN },
		{ { to }, 1, STORE_FORBIDDEN },
		{ { active }, 1, STORE_FORBIDDEN },
		{ { to, own, active }, 3, STORE_FORBIDDEN },
	};

	permit_as_user(&henderson);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_msg(append(rows[i].logs, rows[i].n) == rows[i].status, "row %zu", i);
}
END_TEST

/*
 * Cursors.
 */

static enum store_status
advance(const struct chat_session *reader, uint64_t log)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, reader->user.id, log);
	store_tx_init(&permit_tx);
	store_tx_advance_if(&permit_tx, STORE_CURSORS, key, sizeof(key), 1, CHAT_TABLE_USERS,
	    permit_id(reader->user.id), CHAT_KEY_ID);
	return permit_commit();
}

START_TEST(test_cursors)
{
	struct chat_history with = make(henderson.user.id, lineker.user.id);

	permit_as_user(&henderson);
	ck_assert_int_eq(advance(&henderson, chat_history_to(&with, henderson.user.id)), STORE_OK);
	ck_assert_int_eq(advance(&henderson, chat_history_from(&with, henderson.user.id)),
	    STORE_FORBIDDEN);
	ck_assert_int_eq(advance(&henderson, with.low_activity), STORE_FORBIDDEN);
	ck_assert_int_eq(advance(&lineker, chat_history_to(&with, lineker.user.id)),
	    STORE_FORBIDDEN);
	permit_as_user(&messi);
	ck_assert_int_eq(advance(&messi, chat_history_to(&with, henderson.user.id)),
	    STORE_FORBIDDEN);
}
END_TEST

static enum store_status
advance_mark(uint64_t user, uint64_t with, int guard_table, uint64_t guard)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, user, with);
	store_tx_init(&permit_tx);
	store_tx_advance_if(&permit_tx, CHAT_TABLE_MARKS, key, sizeof(key), 1, guard_table,
	    permit_id(guard), CHAT_KEY_ID);
	return permit_commit();
}

/* The time up to which a user has read: the own one, in conversations that there are, in groups. */
START_TEST(test_marks)
{
	const uint64_t own = henderson.user.id, other = lineker.user.id;

	(void)make(own, other);
	permit_as_user(&henderson);
	ck_assert_int_eq(advance_mark(own, other, CHAT_TABLE_USERS, own), STORE_OK);
	ck_assert_int_eq(advance_mark(own, kopi, CHAT_TABLE_USERS, own), STORE_OK);
	ck_assert_int_eq(advance_mark(own, messi.user.id, CHAT_TABLE_USERS, own), STORE_FORBIDDEN);
	ck_assert_int_eq(advance_mark(own, 999999, CHAT_TABLE_USERS, own), STORE_FORBIDDEN);
	ck_assert_int_eq(advance_mark(own, other, CHAT_TABLE_USERS, other), STORE_FORBIDDEN);
	ck_assert_int_eq(advance_mark(own, other, CHAT_TABLE_GROUPS, own), STORE_FORBIDDEN);
	ck_assert_int_eq(advance_mark(other, own, CHAT_TABLE_USERS, other), STORE_FORBIDDEN);
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_MARKS, permit_pair(own, other), CHAT_KEY_PAIR);
	PERMIT_FORBIDDEN();
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

/*
 * Activity.
 */

static enum store_status
tell(const struct chat_session *by, uint64_t log, struct chat_activity activity, bool pays)
{
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	size_t len = chat_activity_write(entry, &activity);

	permit_as_user(by);
	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, log, entry, len, 0, STORE_NO_LIMIT);
	if (pays)
		store_tx_charge(&permit_tx, by->user.id, len, 0);
	return permit_commit();
}

/* What is told of a group is told in the own name, by those who may do it. */
START_TEST(test_group_activity)
{
	struct chat_activity kick = { .kind = CHAT_ACTIVITY_KICK,
		.with = lineker.user.id,
		.name = "lineker",
		.by = "messi",
		.text = "bising" };
	const struct chat_activity join = { .kind = CHAT_ACTIVITY_JOIN,
		.with = henderson.user.id,
		.name = "henderson",
		.by = "messi" };
	const struct chat_activity leave = { .kind = CHAT_ACTIVITY_LEAVE,
		.with = lineker.user.id,
		.name = "lineker",
		.by = "messi" };
	struct chat_activity topic = { .kind = CHAT_ACTIVITY_TOPIC, .text = "kopi Gayo" };
	struct chat_activity choice = { .kind = CHAT_ACTIVITY_CHOICE,
		.name = "moderated",
		.text = "on" };
	struct chat_activity role = { .kind = CHAT_ACTIVITY_ROLE, .text = "voice" };
	struct chat_activity rename = { .kind = CHAT_ACTIVITY_RENAME,
		.name = "jordan",
		.text = "henderson" };
	uint64_t log;

	ck_assert_int_eq(chat_history_make_activity(&file_chat, kopi, &log), CHAT_OK);
	ck_assert_int_eq(tell(&messi, log, kick, true), STORE_OK);
	ck_assert_int_eq(tell(&henderson, log, kick, true), STORE_FORBIDDEN);
	/* Nobody tells for another that he comes or goes. */
	ck_assert_int_eq(tell(&messi, log, join, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&messi, log, leave, true), STORE_FORBIDDEN);
	memcpy(kick.by, "henderson", sizeof("henderson"));
	ck_assert_int_eq(tell(&messi, log, kick, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, log, kick, true), STORE_FORBIDDEN);
	topic.with = choice.with = henderson.user.id;
	role.with = rename.with = henderson.user.id;
	memcpy(topic.by, "henderson", sizeof("henderson"));
	memcpy(choice.by, "henderson", sizeof("henderson"));
	memcpy(role.by, "henderson", sizeof("henderson"));
	memcpy(role.name, "henderson", sizeof("henderson"));
	ck_assert_int_eq(tell(&henderson, log, topic, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, log, choice, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, log, role, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, log, rename, true), STORE_OK);
	memcpy(rename.text, "messi", sizeof("messi"));
	ck_assert_int_eq(tell(&henderson, log, rename, true), STORE_FORBIDDEN);
	permit_as_nobody();
	ck_assert_int_eq(chat_role_set(&file_chat, chat_text("kopi"), NULL, chat_text("henderson"),
	                     CHAT_ROLE_OPERATOR, true),
	    CHAT_OK);
	ck_assert_int_eq(tell(&henderson, log, topic, true), STORE_OK);
	ck_assert_int_eq(tell(&henderson, log, choice, true), STORE_OK);
	ck_assert_int_eq(tell(&henderson, log, role, true), STORE_OK);
	ck_assert_int_eq(tell(&henderson, log, kick, true), STORE_OK);
	ck_assert_int_eq(tell(&messi, log, topic, true), STORE_FORBIDDEN);
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_activity)
{
	const struct chat_activity read = { .kind = CHAT_ACTIVITY_READ, .id = 1 };
	const struct chat_activity refused = { .kind = CHAT_ACTIVITY_REFUSED,
		.id = 1,
		.reason = CHAT_REASON_NO_USER };
	struct chat_activity join = { .kind = CHAT_ACTIVITY_JOIN, .name = "henderson" };
	struct chat_activity leave = { .kind = CHAT_ACTIVITY_LEAVE, .name = "lineker" };
	uint64_t own, others, group;

	ck_assert_int_eq(chat_history_make_activity(&file_chat, messi.user.id, &others), CHAT_OK);
	ck_assert_int_eq(chat_history_make_activity(&file_chat, kopi, &group), CHAT_OK);
	permit_as_user(&henderson);
	/* The own one is made by its user. */
	ck_assert_int_eq(chat_history_make_activity(&file_chat, henderson.user.id, &own), CHAT_OK);
	ck_assert_int_eq(tell(&henderson, own, read, true), STORE_OK);
	ck_assert_int_eq(tell(&henderson, own, read, false), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, own, refused, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, own, join, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, others, read, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&henderson, group, read, true), STORE_FORBIDDEN);
	/* henderson and messi are members, messi owns the group, lineker is none. */
	join.with = henderson.user.id;
	ck_assert_int_eq(tell(&henderson, group, join, true), STORE_OK);
	ck_assert_int_eq(tell(&messi, group, join, true), STORE_FORBIDDEN);
	memcpy(join.name, "lineker", sizeof("lineker"));
	ck_assert_int_eq(tell(&henderson, group, join, true), STORE_FORBIDDEN);
	join.with = leave.with = lineker.user.id;
	ck_assert_int_eq(tell(&lineker, group, join, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&lineker, group, leave, true), STORE_OK);
	ck_assert_int_eq(tell(&henderson, group, leave, true), STORE_FORBIDDEN);
	ck_assert_int_eq(tell(&messi, group, leave, true), STORE_FORBIDDEN);
	leave.with = henderson.user.id;
	memcpy(leave.name, "henderson", sizeof("henderson"));
	ck_assert_int_eq(tell(&henderson, group, leave, true), STORE_FORBIDDEN);
	/* Nobody makes another's. */
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_history_make_activity(&file_chat, lineker.user.id, &others),
	    CHAT_FORBIDDEN);
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_records, test_removal, test_logs, test_cursors,
		test_marks, test_activity, test_group_activity };

	return permit_main("permit_history", tests, sizeof(tests) / sizeof(tests[0]));
}
