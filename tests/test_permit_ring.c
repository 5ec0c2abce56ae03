/*
 * Of what a transaction over a bound connection may tell: of what it does itself, and of nothing
 * else.
 */
#include <string.h>

#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/realm/remote_log.h"
#include "chat/ring.h"
#include "permit_fixture.h"

#define SOME_ID 999999

/* A message of henderson's to lineker or to kopi, without its last step. */
static void
begin_message(uint64_t log)
{
	const bool group = log == kopi;
	struct chat_message message = { .kind = group ? CHAT_GROUP : CHAT_PRIVATE,
		.from_id = henderson.user.id,
		.from = chat_text("henderson"),
		.from_name = chat_text("henderson"),
		.realm = chat_text(""),
		.to = chat_text(group ? "kopi" : "lineker"),
		.to_name = chat_text(group ? "kopi" : "lineker"),
		.to_realm = chat_text(""),
		.text = chat_text("halo") };
	unsigned char entry[CHAT_MESSAGE_RECORD];

	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, log, entry, chat_message_write(entry, sizeof(entry), &message),
	    0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, henderson.user.id, sizeof(entry), 0);
}

/* Whether a transaction with a message to this log may tell of an event. */
static enum store_status
ring_with(uint64_t log, unsigned int kind, uint64_t a, uint64_t b)
{
	begin_message(log);
	store_tx_ring(&permit_tx, kind, a, b);
	return permit_commit();
}

START_TEST(test_message)
{
	const uint64_t to = lineker.user.id, self = henderson.user.id, other = messi.user.id;

	permit_as_user(&henderson);
	ck_assert_int_eq(ring_with(to, CHAT_RING_USERS, to, self), STORE_OK);
	ck_assert_int_eq(ring_with(to, CHAT_RING_USERS, self, 0), STORE_OK);
	ck_assert_int_eq(ring_with(to, CHAT_RING_USERS, other, self), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_USERS, to, other), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_USERS, 0, SOME_ID), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_GROUP, kopi, 0), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(kopi, CHAT_RING_GROUP, kopi, 0), STORE_OK);
	ck_assert_int_eq(ring_with(kopi, CHAT_RING_USERS, to, 0), STORE_FORBIDDEN);
}
END_TEST

/* Kinds that go with something else. */
START_TEST(test_others)
{
	const uint64_t to = lineker.user.id;

	permit_as_user(&henderson);
	ck_assert_int_eq(ring_with(to, CHAT_RING_PEOPLE, kopi, 0), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_ROOMS, 0, 0), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_BRIDGE, 0, 0), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_SESSION, to, 0), STORE_FORBIDDEN);
	ck_assert_int_eq(ring_with(to, CHAT_RING_SESSION, henderson.user.id, 0), STORE_OK);
	for (unsigned int kind = CHAT_RING_BRIDGE + 1; kind < 20; kind++)
		ck_assert_int_eq(ring_with(to, kind, to, 0), STORE_FORBIDDEN);
}
END_TEST

/* Who comes and who goes tells of the group, and of nobody else's. */
START_TEST(test_member)
{
	struct chat_activity activity = { .kind = CHAT_ACTIVITY_LEAVE, .with = messi.user.id };
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	uint64_t log;
	const struct {
		unsigned int kind;
		uint64_t a;
		enum store_status status;
	} rows[] = {
		{ CHAT_RING_GROUP, kopi, STORE_OK },
		{ CHAT_RING_GROUP, SOME_ID, STORE_FORBIDDEN },
		{ CHAT_RING_USERS, messi.user.id, STORE_OK },
		{ CHAT_RING_USERS, lineker.user.id, STORE_FORBIDDEN },
	};

	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_history_make_activity(&file_chat, kopi, &log), CHAT_OK);
	strcpy(activity.name, "messi");
	permit_as_user(&messi);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store_tx_init(&permit_tx);
		store_tx_append(&permit_tx, log, entry, chat_activity_write(entry, &activity), 0,
		    STORE_NO_LIMIT);
		store_tx_charge(&permit_tx, messi.user.id, sizeof(entry), 0);
		store_tx_ring(&permit_tx, rows[i].kind, rows[i].a, 0);
		ck_assert_int_eq(permit_commit(), rows[i].status);
	}
}
END_TEST

/* Another realm tells of the logs that it has here, and of those in which it delivers now. */
START_TEST(test_peer)
{
	const struct chat_message message = permit_message("lineker");
	struct chat_peer malang = receive_peer("malang");
	unsigned char entry[CHAT_MESSAGE_RECORD];
	uint64_t log, other;
	const struct {
		unsigned int kind;
		uint64_t a;
		enum store_status status;
	} rows[] = {
		{ CHAT_RING_USERS, messi.user.id, STORE_OK },
		{ CHAT_RING_USERS, henderson.user.id, STORE_FORBIDDEN },
		{ CHAT_RING_USERS, lineker.user.id, STORE_FORBIDDEN },
		{ CHAT_RING_USERS, malang.id, STORE_FORBIDDEN },
		{ CHAT_RING_GROUP, kopi, STORE_FORBIDDEN },
		{ CHAT_RING_SESSION, messi.user.id, STORE_FORBIDDEN },
		{ CHAT_RING_SESSION, malang.id, STORE_FORBIDDEN },
		{ CHAT_RING_ROOMS, 0, STORE_FORBIDDEN },
		{ CHAT_RING_BRIDGE, 0, STORE_FORBIDDEN },
	};

	ck_assert_int_eq(chat_remote_log_make(&file_chat, messi.user.id, malang.id, &log), CHAT_OK);
	ck_assert_int_eq(chat_remote_log_make(&file_chat, henderson.user.id, malang.id, &other),
	    CHAT_OK);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		store_tx_init(&permit_tx);
		store_tx_append(&permit_tx, log, entry,
		    chat_message_write(entry, sizeof(entry), &message), 0, STORE_NO_LIMIT);
		store_tx_charge(&permit_tx, malang.id, sizeof(entry), 0);
		store_tx_ring(&permit_tx, rows[i].kind, rows[i].a, 0);
		ck_assert_int_eq(permit_commit(), rows[i].status);
	}
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_message, test_others, test_member, test_peer };

	return permit_main("permit_ring", tests, sizeof(tests) / sizeof(tests[0]));
}
