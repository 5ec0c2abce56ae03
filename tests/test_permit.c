/*
 * Forgeries of users over bound connections: messages, cursors, memberships and groups. For each
 * rule of chat_permit a change that is allowed and others, close to it, that are not.
 */
#include <string.h>

#include "chat/group.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/once.h"
#include "chat/realm/outbound.h"
#include "chat/set.h"
#include "permit_fixture.h"

#define SOME_ID 999999

/*
 * Messages.
 */

static struct chat_message
message_of_henderson(enum chat_kind kind, const char *to)
{
	return (struct chat_message){ .kind = kind,
		.from_id = henderson.user.id,
		.from = chat_text("henderson"),
		.from_name = chat_text("henderson"),
		.realm = chat_text(""),
		.to = chat_text(to),
		.to_name = chat_text(to),
		.to_realm = chat_text(""),
		.text = chat_text("halo") };
}

static enum store_status
append(uint64_t log, const struct chat_message *message)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];

	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, log, entry, chat_message_write(entry, sizeof(entry), message),
	    0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, henderson.user.id, sizeof(entry), 0);
	return permit_commit();
}

/* A message in a second log, which no rule has looked at. */
START_TEST(test_several_logs)
{
	struct chat_message good = message_of_henderson(CHAT_PRIVATE, "lineker");
	const uint64_t logs[] = { lineker.user.id, SOME_ID, henderson.user.id };
	unsigned char entry[CHAT_MESSAGE_RECORD];
	size_t len = chat_message_write(entry, sizeof(entry), &good);

	permit_as_user(&henderson);
	for (unsigned int n = 1; n <= 3; n++) {
		store_tx_init(&permit_tx);
		store_tx_append_to(&permit_tx, logs, n, entry, len, 0, STORE_NO_LIMIT);
		store_tx_charge(&permit_tx, henderson.user.id, sizeof(entry), 0);
		ck_assert_int_eq(permit_commit(), n == 1 ? STORE_OK : STORE_FORBIDDEN);
	}
}
END_TEST

/* A user's own keys of messages are remembered, as many and for as long as chat_once has them. */
START_TEST(test_remembering)
{
	struct chat_message good = message_of_henderson(CHAT_PRIVATE, "lineker");
	unsigned char entry[CHAT_MESSAGE_RECORD], record[CHAT_ONCE_RECORD + 1];
	size_t len = chat_message_write(entry, sizeof(entry), &good);
	const struct {
		char what;
		uint64_t user;
		unsigned char part;
		size_t key_len;
		uint64_t keep;
		int64_t keep_ms;
		enum store_status status;
	} rows[] = {
		{ 'k', henderson.user.id, 0, CHAT_ONCE_RECORD, 64, CHAT_ONCE_KEEP_MS, STORE_OK },
		{ 'k', henderson.user.id, 15, CHAT_ONCE_RECORD, 1, 0, STORE_OK },
		{ 'k', henderson.user.id, 16, CHAT_ONCE_RECORD, 1, 1, STORE_FORBIDDEN },
		{ 'k', messi.user.id, 1, CHAT_ONCE_RECORD, 1, 1, STORE_FORBIDDEN },
		{ 'e', henderson.user.id, 1, CHAT_ONCE_RECORD, 1, 1, STORE_FORBIDDEN },
		{ 'k', henderson.user.id, 1, CHAT_ONCE_RECORD - 1, 1, 1, STORE_FORBIDDEN },
		{ 'k', henderson.user.id, 1, CHAT_ONCE_RECORD + 1, 1, 1, STORE_FORBIDDEN },
		{ 'k', henderson.user.id, 1, CHAT_ONCE_RECORD, 65, 1, STORE_FORBIDDEN },
		{ 'k', henderson.user.id, 1, CHAT_ONCE_RECORD, 1, CHAT_ONCE_KEEP_MS + 1,
		    STORE_FORBIDDEN },
	};

	permit_as_user(&henderson);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned char id[STORE_ONCE_ID] = { (unsigned char)i };

		chat_key_state(record, rows[i].what, rows[i].user);
		record[CHAT_KEY_STATE] = rows[i].part;
		record[CHAT_ONCE_RECORD] = 0;
		store_tx_init(&permit_tx);
		store_tx_once(&permit_tx, STORE_LOG_STATE, record, rows[i].key_len, id,
		    rows[i].keep, rows[i].keep_ms);
		store_tx_append(&permit_tx, lineker.user.id, entry, len, 0, STORE_NO_LIMIT);
		store_tx_charge(&permit_tx, henderson.user.id, sizeof(entry), 0);
		ck_assert_int_eq(permit_commit(), rows[i].status);
	}
}
END_TEST

/* A message is paid by its sender, all of it. */
START_TEST(test_payer)
{
	struct chat_message good = message_of_henderson(CHAT_PRIVATE, "lineker");
	unsigned char entry[CHAT_MESSAGE_RECORD];
	size_t len = chat_message_write(entry, sizeof(entry), &good);
	const struct {
		uint64_t payer, bytes, per_day;
		enum store_status status;
	} rows[] = {
		{ henderson.user.id, len, 0, STORE_OK },
		{ henderson.user.id, len, STORE_OWED, STORE_FORBIDDEN },
		{ henderson.user.id, len - 1, 0, STORE_FORBIDDEN },
		{ messi.user.id, len, 0, STORE_FORBIDDEN },
		{ 0, 0, 0, STORE_FORBIDDEN },
	};

	permit_as_user(&henderson);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store_tx_init(&permit_tx);
		store_tx_append(&permit_tx, lineker.user.id, entry, len, 0, STORE_NO_LIMIT);
		if (rows[i].payer != 0)
			store_tx_charge(&permit_tx, rows[i].payer, rows[i].bytes, rows[i].per_day);
		ck_assert_int_eq(permit_commit(), rows[i].status);
	}
}
END_TEST

START_TEST(test_author)
{
	struct chat_message good = message_of_henderson(CHAT_PRIVATE, "lineker"), forged;
	uint64_t log = lineker.user.id;

	permit_as_user(&henderson);
	ck_assert_int_eq(append(log, &good), STORE_OK);
	forged = good;
	forged.from_id = messi.user.id;
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
	forged.from = forged.from_name = chat_text("messi");
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
	forged.from_id = henderson.user.id;
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
	forged.from = good.from;
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.from_id = 0;
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.realm = chat_text("malang");
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
	forged = good;
	forged.pulled = true;
	ck_assert_int_eq(append(log, &forged), STORE_FORBIDDEN);
}
END_TEST

START_TEST(test_notices)
{
	struct chat_message forged = message_of_henderson(CHAT_NOTICE, "lineker");

	permit_as_user(&henderson);
	for (int kind = CHAT_NOTICE; kind <= CHAT_DELAY + 1; kind++) {
		forged.kind = (enum chat_kind)kind;
		ck_assert_int_eq(append(lineker.user.id, &forged), STORE_FORBIDDEN);
		ck_assert_int_eq(append(henderson.user.id, &forged), STORE_FORBIDDEN);
		ck_assert_int_eq(append(kopi, &forged), STORE_FORBIDDEN);
	}
	forged.from_id = 0;
	forged.from = forged.from_name = chat_text(NAME_SERVER);
	forged.kind = CHAT_NOTICE;
	ck_assert_int_eq(append(lineker.user.id, &forged), STORE_FORBIDDEN);
}
END_TEST

START_TEST(test_receiver)
{
	struct chat_message group = message_of_henderson(CHAT_GROUP, "kopi");
	struct chat_message private = message_of_henderson(CHAT_PRIVATE, "messi");

	permit_as_user(&henderson);
	ck_assert_int_eq(append(kopi, &group), STORE_OK);
	ck_assert_int_eq(append(messi.user.id, &private), STORE_OK);
	ck_assert_int_eq(append(messi.user.id, &group), STORE_FORBIDDEN);
	ck_assert_int_eq(append(kopi, &private), STORE_FORBIDDEN);
	ck_assert_int_eq(append(lineker.user.id, &private), STORE_FORBIDDEN);
	ck_assert_int_eq(append(SOME_ID, &private), STORE_FORBIDDEN);
	/* Who is no member writes nothing to a group. */
	permit_as_user(&lineker);
	group.from_id = lineker.user.id;
	group.from = group.from_name = chat_text("lineker");
	ck_assert_int_eq(append(kopi, &group), STORE_FORBIDDEN);
}
END_TEST

START_TEST(test_text)
{
	struct chat_message forged = message_of_henderson(CHAT_PRIVATE, "messi");

	permit_as_user(&henderson);
	forged.text = chat_text("\xc3");
	ck_assert_int_eq(append(messi.user.id, &forged), STORE_FORBIDDEN);
	forged.text = chat_text("");
	ck_assert_int_eq(append(messi.user.id, &forged), STORE_FORBIDDEN);
	forged.text = chat_text("../passwd");
	ck_assert_int_eq(append(messi.user.id, &forged), STORE_OK);
	forged.file = true;
	ck_assert_int_eq(append(messi.user.id, &forged), STORE_FORBIDDEN);
	/* And nothing but messages. */
	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, messi.user.id, "x", 1, 0, STORE_NO_LIMIT);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_trim(&permit_tx, henderson.user.id, 1, 0);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_close_log(&permit_tx, henderson.user.id);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_close_log(&permit_tx, kopi);
	PERMIT_FORBIDDEN();
}
END_TEST

/*
 * What a reader and a member change.
 */

static void
tx_cursor(uint64_t user, uint64_t log, int guard_table, uint64_t first, uint64_t second)
{
	unsigned char key[CHAT_KEY_PAIR], guard[CHAT_KEY_PAIR];

	chat_key_pair(key, user, log);
	chat_key_pair(guard, first, second);
	store_tx_init(&permit_tx);
	store_tx_advance_if(&permit_tx, STORE_CURSORS, key, sizeof(key), 1, guard_table, guard,
	    guard_table == CHAT_TABLE_USERS ? CHAT_KEY_ID : CHAT_KEY_PAIR);
}

START_TEST(test_cursors)
{
	const uint64_t own = henderson.user.id, other = messi.user.id;

	permit_as_user(&henderson);
	tx_cursor(own, own, CHAT_TABLE_USERS, own, 0);
	PERMIT_ALLOWED();
	tx_cursor(own, kopi, CHAT_TABLE_MEMBERS, kopi, own);
	PERMIT_ALLOWED();
	tx_cursor(other, other, CHAT_TABLE_USERS, other, 0);
	PERMIT_FORBIDDEN();
	tx_cursor(other, other, CHAT_TABLE_USERS, own, 0);
	PERMIT_FORBIDDEN();
	tx_cursor(other, own, CHAT_TABLE_USERS, own, 0);
	PERMIT_FORBIDDEN();
	tx_cursor(other, kopi, CHAT_TABLE_MEMBERS, kopi, other);
	PERMIT_FORBIDDEN();
	tx_cursor(other, kopi, CHAT_TABLE_MEMBERS, kopi, own);
	PERMIT_FORBIDDEN();
	tx_cursor(own, other, CHAT_TABLE_USERS, own, 0);
	PERMIT_FORBIDDEN();
	tx_cursor(own, SOME_ID, CHAT_TABLE_MEMBERS, kopi, own);
	PERMIT_FORBIDDEN();
	tx_cursor(own, kopi, CHAT_TABLE_REALM, kopi, own);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_advance(&permit_tx, STORE_CURSORS, permit_pair(own, own), CHAT_KEY_PAIR, 1);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, STORE_CURSORS, permit_pair(other, other), CHAT_KEY_PAIR);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, STORE_CURSORS, permit_pair(own, own), CHAT_KEY_PAIR, "x", 1);
	PERMIT_FORBIDDEN();
}
END_TEST

static void
tx_join(uint64_t group, uint64_t user)
{
	store_tx_init(&permit_tx);
	permit_expect_group(group);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, group, user), CHAT_OK);
}

/* A membership of no list. */
static void
tx_put_member(uint64_t group, uint64_t user)
{
	const struct chat_member member = { .joined_ms = 1 };
	unsigned char data[CHAT_MEMBER_RECORD];
	size_t len = chat_member_pack(data, &member);

	chat_key_swap(&permit_tx, CHAT_TABLE_MEMBERS, permit_pair(group, user), CHAT_KEY_PAIR, NULL,
	    0, data, len);
}

START_TEST(test_membership)
{
	const uint64_t own = lineker.user.id;

	permit_as_user(&henderson); /* a member of kopi, which messi owns */
	tx_join(kopi, own);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	tx_put_member(kopi, own);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_member_tx_leave(&file_chat, &permit_tx, kopi, messi.user.id),
	    CHAT_OK);
	PERMIT_FORBIDDEN();
	permit_as_user(&lineker);
	/* An id that is no group's: a user's, whose log would then be a group's. */
	tx_join(messi.user.id, own);
	PERMIT_FORBIDDEN();
	tx_join(SOME_ID, own);
	PERMIT_FORBIDDEN();
	tx_join(kopi, own);
	PERMIT_ALLOWED();
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_member_tx_leave(&file_chat, &permit_tx, kopi, own), CHAT_OK);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

static void
tx_put_item(uint64_t group, uint32_t index, uint64_t user)
{
	unsigned char key[CHAT_SET_KEY];
	struct chat_set_row row = { .record = CHAT_SET_ITEM,
		.set = chat_set_of(CHAT_SET_MEMBERS, group),
		.number = index };
	size_t len = chat_set_key(key, &row);

	store_tx_put(&permit_tx, CHAT_TABLE_SETS, key, len, permit_id(user), CHAT_KEY_ID);
}

/* The steps of a joining user of which only the count changes. */
static void
tx_count_one_more(uint64_t group, uint32_t before, uint64_t user)
{
	unsigned char key[CHAT_SET_KEY], value[CHAT_SET_MEMBER];
	struct chat_set_row row = { .record = CHAT_SET_COUNT,
		.set = chat_set_of(CHAT_SET_MEMBERS, group),
		.number = before };
	size_t len = chat_set_key(key, &row);

	store_tx_expect(&permit_tx, CHAT_TABLE_SETS, key, len, value, chat_set_value(value, &row));
	row.number = before + 1;
	store_tx_put(&permit_tx, CHAT_TABLE_SETS, key, len, value, chat_set_value(value, &row));
	row.record = CHAT_SET_INDEX;
	row.member = permit_id(user);
	row.member_len = CHAT_KEY_ID;
	store_tx_expect_absent(&permit_tx, CHAT_TABLE_SETS, key, chat_set_key(key, &row));
}

START_TEST(test_sets)
{
	const uint64_t own = lineker.user.id;
	struct chat_set users = chat_set_of(CHAT_SET_MEMBERS, kopi);
	uint32_t others;

	permit_as_user(&lineker);
	/* A set alone, without the membership. */
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_set_add(&file_chat, &permit_tx, &users, permit_id(own), CHAT_KEY_ID,
	                     &others),
	    STORE_OK);
	PERMIT_FORBIDDEN();
	/* Another member's place, on the occasion of joining. */
	tx_join(kopi, own);
	tx_put_item(kopi, 0, own);
	PERMIT_FORBIDDEN();
	/* The membership, and a set that has not all of it. */
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	tx_put_member(kopi, own);
	tx_put_item(kopi, 2, own);
	PERMIT_FORBIDDEN();
	/* A count that is right, and nothing that it counts. */
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	tx_put_member(kopi, own);
	tx_count_one_more(kopi, 2, own);
	PERMIT_FORBIDDEN();
	/* Another member comes in with this one. */
	tx_join(kopi, own);
	tx_put_item(kopi, 3, henderson.user.id);
	PERMIT_FORBIDDEN();
	tx_join(kopi, own);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

static size_t
pack_group(unsigned char data[CHAT_GROUP_RECORD], uint64_t owner, int64_t created_ms,
    const char *name)
{
	struct chat_group group = { .owner = owner, .created_ms = created_ms };

	memcpy(group.name, name, strlen(name) + 1);
	return chat_group_pack(data, &group);
}

START_TEST(test_group)
{
	unsigned char old[PERMIT_RECORD], new[CHAT_GROUP_RECORD];
	struct chat_group group;
	size_t old_len = permit_record(CHAT_TABLE_GROUPS, permit_id(kopi), CHAT_KEY_ID, old), len;

	ck_assert(chat_group_parse(&group, kopi, old, old_len));
	permit_as_user(&henderson);
	for (int forgery = 0; forgery < 3; forgery++) {
		len = pack_group(new,
		    forgery == 0       ? henderson.user.id
		        : forgery == 1 ? 0
		                       : group.owner,
		    group.created_ms, forgery == 2 ? "teh" : "kopi");
		store_tx_init(&permit_tx);
		chat_key_swap(&permit_tx, CHAT_TABLE_GROUPS, permit_id(kopi), CHAT_KEY_ID, old,
		    old_len, new, len);
		PERMIT_FORBIDDEN();
	}
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_GROUPS, permit_id(kopi), CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_expect(&permit_tx, CHAT_TABLE_GROUP_NAMES, "kopi", 4, permit_id(kopi),
	    CHAT_KEY_ID);
	store_tx_delete(&permit_tx, CHAT_TABLE_GROUP_NAMES, "kopi", 4);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_GROUP_NAMES, "kopi", 4, permit_id(henderson.user.id),
	    CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	/* A second name for a group, on the occasion of a change that is allowed. */
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_GROUPS, permit_id(kopi), CHAT_KEY_ID, old, old_len,
	    old, old_len);
	chat_key_swap(&permit_tx, CHAT_TABLE_GROUP_NAMES, "teh", 3, NULL, 0, permit_id(kopi),
	    CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	permit_as_user(&henderson);
	/* A group with the id of a user. */
	len = pack_group(new, henderson.user.id, 1, "teh");
	tx_join(lineker.user.id, henderson.user.id);
	chat_key_swap(&permit_tx, CHAT_TABLE_GROUPS, permit_id(lineker.user.id), CHAT_KEY_ID, NULL,
	    0, new, len);
	chat_key_swap(&permit_tx, CHAT_TABLE_GROUP_NAMES, "teh", 3, NULL, 0,
	    permit_id(lineker.user.id), CHAT_KEY_ID);
	PERMIT_FORBIDDEN();
	/* The owner gives it up, and nothing else. */
	permit_as_user(&messi);
	len = pack_group(new, henderson.user.id, group.created_ms, "kopi");
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_GROUPS, permit_id(kopi), CHAT_KEY_ID, old, old_len,
	    new, len);
	PERMIT_FORBIDDEN();
	len = pack_group(new, 0, group.created_ms, "kopi");
	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_GROUPS, permit_id(kopi), CHAT_KEY_ID, old, old_len,
	    new, len);
	PERMIT_ALLOWED();
}
END_TEST

/*
 * Outboxes.
 */

static void
tx_outbound(const struct chat_peer *peer, const struct chat_outbound *outbound, uint64_t before,
    uint64_t after)
{
	unsigned char entry[CHAT_OUTBOUND_RECORD];

	store_tx_init(&permit_tx);
	if (before == 0)
		store_tx_expect_absent(&permit_tx, STORE_LOG_STATE, permit_state('e', peer->id),
		    CHAT_KEY_STATE);
	else
		store_tx_expect(&permit_tx, STORE_LOG_STATE, permit_state('e', peer->id),
		    CHAT_KEY_STATE, permit_id(before), CHAT_KEY_ID);
	if (before != after)
		store_tx_put(&permit_tx, STORE_LOG_STATE, permit_state('e', peer->id),
		    CHAT_KEY_STATE, permit_id(after), CHAT_KEY_ID);
	store_tx_append(&permit_tx, peer->id, entry,
	    chat_outbound_write(entry, sizeof(entry), outbound), 0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, henderson.user.id, sizeof(entry), 0);
}

START_TEST(test_outbox)
{
	struct chat_peer malang = receive_peer("malang");
	struct chat_outbound good = { .kind = CHAT_OUTBOUND_USER,
		.epoch = 7,
		.from_id = henderson.user.id,
		.from = chat_text("henderson"),
		.from_name = chat_text("henderson"),
		.to = chat_text("lineker"),
		.text = chat_text("halo") };
	struct chat_outbound forged = good;

	permit_as_user(&henderson);
	tx_outbound(&malang, &good, 0, 7);
	PERMIT_ALLOWED();
	tx_outbound(&malang, &good, 7, 7);
	PERMIT_ALLOWED();
	tx_outbound(&malang, &good, 7, 8); /* an outbox that begins anew sends all again */
	PERMIT_FORBIDDEN();
	forged.from_id = messi.user.id;
	tx_outbound(&malang, &forged, 7, 7);
	PERMIT_FORBIDDEN();
	forged = good;
	forged.from = chat_text("messi");
	tx_outbound(&malang, &forged, 7, 7);
	PERMIT_FORBIDDEN();
	/* A log that is nobody's outbox. */
	forged = good;
	tx_outbound(&(struct chat_peer){ .id = messi.user.id }, &forged, 0, 7);
	PERMIT_FORBIDDEN();
	forged = good;
	forged.to = chat_text("line\nker");
	tx_outbound(&malang, &forged, 7, 7);
	PERMIT_FORBIDDEN();
	forged = good;
	forged.file = true; /* a content that is not this user's */
	forged.file_id = SOME_ID;
	tx_outbound(&malang, &forged, 7, 7);
	PERMIT_FORBIDDEN();
	for (const char *what = "snrfh"; *what != '\0'; what++) {
		store_tx_init(&permit_tx);
		store_tx_advance(&permit_tx, STORE_LOG_STATE, permit_state(*what, malang.id),
		    CHAT_KEY_STATE, 1);
		PERMIT_FORBIDDEN();
		store_tx_init(&permit_tx);
		store_tx_put(&permit_tx, STORE_LOG_STATE, permit_state(*what, malang.id),
		    CHAT_KEY_STATE, permit_id(1), CHAT_KEY_ID);
		PERMIT_FORBIDDEN();
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_author, test_several_logs, test_remembering, test_payer,
		test_notices, test_receiver, test_text, test_cursors, test_membership, test_sets,
		test_group, test_outbox };

	return permit_main("permit", tests, sizeof(tests) / sizeof(tests[0]));
}
