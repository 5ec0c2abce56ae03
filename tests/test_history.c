/*
 * Conversations: their records and logs, which the first message makes, with whom one is, and
 * entries of activity.
 */
#include <string.h>

#include "chat/history/activity.h"
#include "chat/history/logs.h"
#include "chat/history/who.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/realm/remote_user.h"
#include "permit_fixture.h"

/*
 * With whom.
 */

/* What a text is read as, or the failure. */
static const char *
read_who(const char *text)
{
	static char read[CHAT_WHO_TEXT];
	struct chat_who who;
	enum chat_result result = chat_who_find(&file_chat, chat_text(text), &who);

	if (result != CHAT_OK)
		return chat_strerror(result);
	chat_who_text(&who, read);
	return read;
}

START_TEST(test_who)
{
	static const struct {
		const char *text, *read;
	} rows[] = {
		{ "henderson", "henderson" },
		{ "HENDERSON", "henderson" },
		{ "henderson@SURABAYA", "henderson" },
		{ "Kabar", "kabar" },
		{ "#kopi", "#kopi" },
		{ "#Kopi@surabaya", "#kopi" },
		{ "Lineker@MALANG", "Lineker@malang" },
		{ "#teh@malang", "#teh@malang" },
		{ "nobody", "no such user" },
		{ "kopi", "no such user" },
		{ "#henderson", "no such group" },
		{ "lineker@nowhere", "no such realm" },
		{ "kabar@malang", "no such user" },
		{ "a b@malang", "no such user" },
		{ "##@malang", "no such group" },
		{ "", "not a valid name, password or text" },
		{ "#", "not a valid name, password or text" },
		{ "@malang", "not a valid name, password or text" },
		{ "#@malang", "not a valid name, password or text" },
		{ "henderson@", "no such realm" },
	};
	uint64_t id;
	struct chat_peer peer = receive_peer("malang");
	struct chat_who who;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_str_eq(read_who(rows[i].text), rows[i].read);
	/* Who is known is written as the record has it. */
	ck_assert_int_eq(chat_remote_user_make(&file_chat, peer.id, chat_text("#Teh"), &id),
	    CHAT_OK);
	ck_assert_str_eq(read_who("#teh@malang"), "#Teh@malang");
	ck_assert_int_eq(chat_who_find(&file_chat, chat_text("#teh@malang"), &who), CHAT_OK);
	ck_assert_uint_eq(who.id, id);
	ck_assert_int_eq(who.kind, CHAT_WHO_REMOTE_GROUP);
	ck_assert_int_eq(chat_remote_user_make(&file_chat, peer.id, chat_text("#"), &id),
	    CHAT_BAD_ARGUMENT);
}
END_TEST

START_TEST(test_who_of)
{
	struct chat_peer peer = receive_peer("malang");
	char text[CHAT_WHO_TEXT];
	struct chat_who who;
	uint64_t ids[5] = { henderson.user.id, kopi, 0, 0, 0 };
	static const char *const texts[] = { "henderson", "#kopi", "kabar", "lineker@malang",
		"#teh@malang" };

	ck_assert_int_eq(chat_remote_user_make(&file_chat, peer.id, chat_text("lineker"), &ids[3]),
	    CHAT_OK);
	ck_assert_int_eq(chat_remote_user_make(&file_chat, peer.id, chat_text("#teh"), &ids[4]),
	    CHAT_OK);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(chat_who_of(&file_chat, ids[i], &who), CHAT_OK);
		chat_who_text(&who, text);
		ck_assert_str_eq(text, texts[i]);
		ck_assert_uint_eq(who.id, ids[i]);
	}
	ck_assert_int_eq(chat_who_of(&file_chat, 999999, &who), CHAT_NO_USER);
}
END_TEST

/*
 * Records.
 */

static bool
is_record(struct chat_history history)
{
	unsigned char value[CHAT_HISTORY_RECORD];
	struct chat_history read;
	size_t len = chat_history_pack(value, &history);
	bool good =
	    chat_history_parse(permit_pair(history.low, history.high), 16, value, len, &read);

	if (good)
		ck_assert_mem_eq(&read, &history, sizeof(read));
	for (size_t cut = 0; cut < len; cut++)
		ck_assert(!chat_history_parse(permit_pair(history.low, history.high), 16, value,
		    cut, &read));
	return good;
}

START_TEST(test_record)
{
	ck_assert(is_record((struct chat_history){ 1, 2, 3, 4, 5, 6 }));
	ck_assert(is_record((struct chat_history){ 1, 1, 3, 3, 5, 5 }));
	ck_assert(is_record((struct chat_history){ 0, 2, 3, 0, 0, 6 }));
	ck_assert(!is_record((struct chat_history){ 2, 1, 3, 4, 5, 6 }));
	ck_assert(!is_record((struct chat_history){ 1, 2, 3, 3, 5, 6 }));
	ck_assert(!is_record((struct chat_history){ 1, 1, 3, 4, 5, 5 }));
	ck_assert(!is_record((struct chat_history){ 1, 2, 3, 0, 5, 6 }));
	ck_assert(!is_record((struct chat_history){ 1, 2, 3, 4, 0, 6 }));
	ck_assert(!is_record((struct chat_history){ 0, 2, 3, 4, 0, 6 }));
	ck_assert(!is_record((struct chat_history){ 0, 0, 3, 0, 0, 6 }));
}
END_TEST

static int
reread(struct chat_activity activity, struct chat_activity *read)
{
	unsigned char entry[CHAT_ACTIVITY_RECORD];
	struct chat_outbound outbound;
	struct chat_message message;
	size_t len = chat_activity_write(entry, &activity);

	ck_assert_int_eq(chat_message_read(&message, entry, len), -1);
	ck_assert_int_eq(chat_outbound_read(&outbound, entry, len), -1);
	ck_assert_int_eq(chat_activity_read(read, entry, len - 1), -1);
	return chat_activity_read(read, entry, len);
}

/* Who did it, and what is said of it, stand in an entry only where there is something. */
START_TEST(test_told_activity)
{
	struct chat_activity read,
	    kick = { .kind = CHAT_ACTIVITY_KICK, .with = 7, .name = "lineker" };
	unsigned char entry[CHAT_ACTIVITY_RECORD];

	(void)chat_activity_write(entry, &kick);
	ck_assert_int_eq(entry[0], 'a');
	ck_assert_int_eq(reread(kick, &read), 0);
	ck_assert_str_eq(read.by, "");
	memcpy(kick.by, "messi", sizeof("messi"));
	ck_assert_int_eq(reread(kick, &read), 0);
	ck_assert_str_eq(read.by, "messi");
	ck_assert_str_eq(read.text, "");
	memset(kick.text, 'a', CHAT_ACTIVITY_TEXT);
	memset(kick.by, 'b', NAME_MAX_BYTES);
	memset(kick.name, 'c', NAME_MAX_BYTES);
	ck_assert_int_eq(reread(kick, &read), 0);
	ck_assert_str_eq(read.text, kick.text);
	(void)chat_activity_write(entry, &kick);
	ck_assert_int_eq(entry[0], 'b');
	/* No UTF-8, and no name. */
	kick.text[0] = '\xff';
	ck_assert_int_eq(reread(kick, &read), -1);
	kick.text[0] = '\0';
	kick.by[0] = ' ';
	ck_assert_int_eq(reread(kick, &read), -1);
	/* What has nothing to tell is not of the newer form. */
	kick.by[0] = 'b';
	kick.by[1] = '\0';
	size_t len = chat_activity_write(entry, &kick);
	memmove(entry + len - 5, entry + len - 4, 4);
	entry[len - 6] = 0;
	ck_assert_int_eq(chat_activity_read(&read, entry, len - 1), -1);
}
END_TEST

START_TEST(test_activity_kinds)
{
	const struct chat_activity good[] = {
		{ .kind = CHAT_ACTIVITY_TOPIC, .by = "messi", .text = "kopi" },
		{ .kind = CHAT_ACTIVITY_TOPIC },
		{ .kind = CHAT_ACTIVITY_CHOICE, .name = "moderated", .text = "on" },
		{ .kind = CHAT_ACTIVITY_ROLE, .with = 7, .name = "pele", .text = "-voice" },
		{ .kind = CHAT_ACTIVITY_QUIT, .with = 7, .name = "pele", .text = "pulang" },
		{ .kind = CHAT_ACTIVITY_RENAME, .with = 7, .name = "pele", .text = "edson" },
		{ .kind = CHAT_ACTIVITY_LEAVE, .with = 7, .name = "pele", .text = "pulang" },
	};
	const struct chat_activity bad[] = {
		{ .kind = CHAT_ACTIVITY_TOPIC, .name = "kopi", .text = "kopi" },
		{ .kind = CHAT_ACTIVITY_CHOICE, .name = "moderated" },
		{ .kind = CHAT_ACTIVITY_ROLE, .text = "voice" },
		{ .kind = CHAT_ACTIVITY_QUIT, .text = "pulang" },
		{ .kind = CHAT_ACTIVITY_RENAME, .name = "pele" },
		{ .kind = CHAT_ACTIVITY_KICK, .id = 1, .name = "pele" },
		{ .kind = CHAT_ACTIVITY_READ, .id = 1, .text = "pulang" },
		{ .kind = CHAT_ACTIVITY_READ, .id = 1, .by = "pele" },
	};
	struct chat_activity read;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_int_eq(reread(good[i], &read), 0);
		ck_assert_str_eq(read.text, good[i].text);
		ck_assert_int_eq(read.kind, good[i].kind);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(reread(bad[i], &read), -1);
	ck_assert_int_eq(chat_activity_class(CHAT_ACTIVITY_QUIT), CHAT_ACTIVITY_OF_MEMBER);
	ck_assert_int_eq(chat_activity_class(CHAT_ACTIVITY_TOPIC), CHAT_ACTIVITY_OF_GROUP);
	ck_assert_int_eq(chat_activity_class(CHAT_ACTIVITY_READ), CHAT_ACTIVITY_OF_OWNER);
}
END_TEST

START_TEST(test_activity)
{
	struct chat_activity read;

	ck_assert_int_eq(reread((struct chat_activity){ .kind = CHAT_ACTIVITY_READ,
	                            .with = 7,
	                            .id = 9 },
	                     &read),
	    0);
	ck_assert_uint_eq(read.with, 7);
	ck_assert_uint_eq(read.id, 9);
	ck_assert_int_eq(reread((struct chat_activity){ .kind = CHAT_ACTIVITY_JOIN,
	                            .with = 7,
	                            .name = "henderson" },
	                     &read),
	    0);
	ck_assert_str_eq(read.name, "henderson");
	ck_assert_int_eq(reread((struct chat_activity){ .kind = CHAT_ACTIVITY_REFUSED,
	                            .id = 9,
	                            .reason = CHAT_REASON_NO_USER },
	                     &read),
	    0);
	ck_assert_int_eq(read.reason, CHAT_REASON_NO_USER);
	ck_assert_int_eq(reread((struct chat_activity){ .kind = CHAT_ACTIVITY_REFUSED, .id = 9 },
	                     &read),
	    -1);
	ck_assert_int_eq(reread((struct chat_activity){ .kind = CHAT_ACTIVITY_LEAVE }, &read), -1);
	ck_assert_int_eq(reread((struct chat_activity){ .kind = CHAT_ACTIVITY_READ }, &read), -1);
	ck_assert_int_eq(reread((struct chat_activity){ .id = 9 }, &read), -1);
	ck_assert_int_eq(reread((struct chat_activity){ .kind = 99, .id = 9 }, &read), -1);
}
END_TEST

/*
 * Making.
 */

static struct chat_history
make(uint64_t sender, uint64_t receiver)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_make(&file_chat, sender, receiver, &history), CHAT_OK);
	return history;
}

static void
assert_owner(uint64_t log, uint64_t first, uint64_t second)
{
	struct chat_history_owner owner;

	ck_assert_int_eq(chat_history_owner(&file_chat, log, &owner), CHAT_OK);
	ck_assert_uint_eq(owner.first, first);
	ck_assert_uint_eq(owner.second, second);
}

/* With whom a user has conversations: these, each once. */
static void
assert_partners(uint64_t user, const uint64_t *partners, uint32_t n)
{
	uint64_t partner;
	uint32_t count, at = 0, found = 0;

	for (uint32_t i = 0; i < n; i++) {
		ck_assert_int_eq(chat_history_next(&file_chat, user, &at, &partner), CHAT_OK);
		for (uint32_t k = 0; k < n; k++)
			found |= partners[k] == partner ? UINT32_C(1) << k : 0;
	}
	ck_assert_uint_eq(found, (UINT32_C(1) << n) - 1);
	ck_assert_int_eq(chat_history_next(&file_chat, user, &at, &partner), CHAT_NO_USER);
	ck_assert_int_eq(chat_history_count(&file_chat, user, &count), CHAT_OK);
	ck_assert_uint_eq(count, n);
}

/* Sends as the sender's worker would. */
START_TEST(test_make)
{
	const uint64_t low = henderson.user.id, high = lineker.user.id;
	struct chat_history history, again, other;
	uint64_t log;

	ck_assert_int_eq(chat_history_get(&file_chat, low, high, &history), CHAT_NO_USER);
	permit_as_user(&lineker);
	history = make(high, low);
	again = make(low, high);
	ck_assert_mem_eq(&again, &history, sizeof(again));
	ck_assert_uint_eq(chat_history_from(&history, low), history.from_low);
	ck_assert_uint_eq(chat_history_from(&history, high), history.from_high);
	ck_assert_uint_eq(chat_history_to(&history, low), history.from_high);
	assert_owner(history.from_low, low, high);
	assert_owner(history.from_high, low, high);
	assert_owner(history.low_activity, low, 0);
	ck_assert_int_eq(chat_history_activity_of(&file_chat, high, &log), CHAT_OK);
	ck_assert_uint_eq(log, history.high_activity);
	/* The next one has the same logs of activity, and one with oneself is one. */
	permit_as_user(&henderson);
	other = make(low, messi.user.id);
	ck_assert_uint_eq(chat_history_activity(&other, low), history.low_activity);
	other = make(low, low);
	ck_assert_uint_eq(other.from_low, other.from_high);
	assert_partners(low, (uint64_t[]){ high, messi.user.id, low }, 3);
	assert_partners(high, (uint64_t[]){ low }, 1);
	permit_as_nobody();
	other = make(CHAT_HISTORY_SERVER, low);
	ck_assert_uint_eq(other.from_high, 0);
	ck_assert_uint_eq(chat_history_to(&other, low), other.from_low);
	ck_assert_uint_eq(other.high_activity, history.low_activity);
	assert_partners(low, (uint64_t[]){ high, messi.user.id, low, CHAT_HISTORY_SERVER }, 4);
	file_assert_check(NULL);
}
END_TEST

/* The list of a user has parts, all of which are walked and counted, and end with the account. */
START_TEST(test_parts)
{
	enum { FIRST = 1000, USERS = 64 };
	struct chat_set first = chat_history_list(messi.user.id, FIRST), set;
	uint32_t others = 0, count = 0, at = 0, walked = 0;
	unsigned char member[CHAT_KEY_ID];
	struct store_tx tx;
	uint64_t partner;
	uint64_t seen = 0;

	for (uint64_t id = FIRST; id < FIRST + USERS; id++) {
		set = chat_history_list(messi.user.id, id);
		others += memcmp(set.name, first.name, set.len) != 0;
		store_tx_init(&tx);
		chat_key_id(member, id);
		ck_assert_int_eq(chat_set_add(&file_chat, &tx, &set, member, sizeof(member),
		                     &count),
		    STORE_OK);
		ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	}
	ck_assert_uint_gt(others, USERS / 2);
	ck_assert_int_eq(chat_history_count(&file_chat, messi.user.id, &count), CHAT_OK);
	ck_assert_uint_eq(count, USERS);
	while (chat_history_next(&file_chat, messi.user.id, &at, &partner) == CHAT_OK) {
		ck_assert_uint_ge(partner, FIRST);
		ck_assert_uint_lt(partner, FIRST + USERS);
		seen |= UINT64_C(1) << (partner - FIRST);
		walked++;
	}
	ck_assert_uint_eq(walked, USERS);
	ck_assert_uint_eq(seen, UINT64_MAX);
	ck_assert_int_eq(chat_history_room(&file_chat, messi.user.id, FIRST, USERS + 1), CHAT_OK);
	ck_assert_int_eq(chat_history_room(&file_chat, messi.user.id, FIRST, USERS), CHAT_TOO_MANY);
}
END_TEST

START_TEST(test_make_nobody)
{
	struct chat_history history;

	ck_assert_int_eq(chat_history_make(&file_chat, messi.user.id, 999999, &history),
	    CHAT_NO_USER);
	ck_assert_int_eq(chat_history_make(&file_chat, messi.user.id, kopi, &history),
	    CHAT_NO_USER);
	assert_partners(messi.user.id, NULL, 0);
	file_assert_check(NULL);
}
END_TEST

/* Other realms have half of the room. */
START_TEST(test_room)
{
	struct chat_peer peer = receive_peer("malang");
	struct chat_history_logs logs;
	struct chat_history history;
	uint64_t remote, other, last, now;

	file_config.conversations_max = 2;
	ck_assert_int_eq(chat_remote_user_make(&file_chat, peer.id, chat_text("lineker"), &remote),
	    CHAT_OK);
	ck_assert_int_eq(chat_remote_user_make(&file_chat, peer.id, chat_text("messi"), &other),
	    CHAT_OK);
	history = make(remote, messi.user.id);
	assert_owner(chat_history_activity(&history, remote), history.low, history.high);
	assert_owner(chat_history_from(&history, remote), history.low, history.high);
	ck_assert_int_eq(chat_history_make(&file_chat, other, messi.user.id, &history),
	    CHAT_TOO_MANY);
	make(henderson.user.id, messi.user.id);
	ck_assert_int_eq(store_get_number(file_chat.store, STORE_COUNTERS, "id", 2, &last),
	    STORE_OK);
	ck_assert_int_eq(chat_history_make(&file_chat, lineker.user.id, messi.user.id, &history),
	    CHAT_TOO_MANY);
	/* One who is refused draws no ids, however often. */
	ck_assert_int_eq(store_get_number(file_chat.store, STORE_COUNTERS, "id", 2, &now),
	    STORE_OK);
	ck_assert_uint_eq(now, last);
	ck_assert_int_eq(chat_history_of_message(&file_chat, lineker.user.id, messi.user.id, &logs),
	    CHAT_OK);
	ck_assert_uint_eq(logs.n, 0);
	ck_assert_int_eq(chat_history_of_message(&file_chat, messi.user.id, henderson.user.id,
	                     &logs),
	    CHAT_OK);
	ck_assert_uint_eq(logs.n, 2);
	file_config.history = false;
	ck_assert_int_eq(chat_history_of_message(&file_chat, messi.user.id, henderson.user.id,
	                     &logs),
	    CHAT_OK);
	ck_assert_uint_eq(logs.n, 0);
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_who, test_who_of, test_record, test_told_activity,
		test_activity_kinds, test_activity, test_make, test_make_nobody, test_parts,
		test_room };

	return permit_main("history", tests, sizeof(tests) / sizeof(tests[0]));
}
