/*
 * Bounds on what one request costs: an inbox is grouped and merged in about linear time, and the
 * settings bound groups and memberships.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chat/group.h"
#include "chat/inbox.h"
#include "chat/look_alike.h"
#include "chat/member.h"
#include "chat/message.h"
#include "dialect/order.h"
#include "file_fixture.h"
#include "suite.h"

#define ITEMS      65536
#define CPU_MOST_S 2.0 /* grouping so many items pair by pair takes longer anywhere */
#define GROUPS     40
#define ROUNDS     5

/* As many senders as messages, and messages of few senders: each key has its items in order. */
START_TEST(test_order)
{
	static const uint32_t n_keys[] = { ITEMS, 7, 1 };
	uint32_t *keys = calloc(ITEMS, sizeof(*keys));
	struct dialect_order order;
	clock_t began = clock();

	ck_assert_ptr_nonnull(keys);
	for (size_t n = 0; n < sizeof(n_keys) / sizeof(n_keys[0]); n++) {
		size_t seen = 0;

		for (uint32_t i = 0; i < ITEMS; i++)
			keys[i] = i % 10 == 9 ? DIALECT_ORDER_NONE : i * 31 % n_keys[n];
		ck_assert(dialect_order_make(&order, keys, ITEMS, n_keys[n]));
		for (uint32_t key = 0; key < n_keys[n]; key++)
			for (uint32_t i = order.begin[key]; i < order.begin[key + 1]; i++, seen++) {
				ck_assert_uint_eq(keys[order.items[i]], key);
				ck_assert(
				    i == order.begin[key] || order.items[i - 1] < order.items[i]);
			}
		ck_assert_uint_eq(seen, ITEMS - ITEMS / 10);
		ck_assert_uint_eq(order.begin[n_keys[n]], order.begin[n_keys[n] + 1]);
		dialect_order_free(&order);
	}
	free(keys);
	ck_assert_double_lt((double)(clock() - began) / CLOCKS_PER_SEC, CPU_MOST_S);
}
END_TEST

static void
name_group(char name[32], unsigned int i)
{
	snprintf(name, 32, "tim%u", i);
}

/* Messages of many groups, of which some run out early, come in the order of their sending. */
START_TEST(test_merge)
{
	struct chat_inbox inbox;
	struct chat_message message;
	unsigned int sent = 0;
	char name[32], text[32];

	for (unsigned int i = 0; i < GROUPS; i++) {
		name_group(name, i);
		ck_assert_int_eq(chat_group_add(&file_chat, chat_text(name), messi.user.id),
		    CHAT_OK);
		ck_assert_int_eq(chat_group_join(&file_chat, chat_text(name), henderson.user.id),
		    CHAT_OK);
	}
	for (unsigned int round = 0; round < ROUNDS; round++)
		for (unsigned int i = 0; i < GROUPS; i++) {
			name_group(name, i * 17 % GROUPS);
			if (round > i % ROUNDS)
				continue;
			snprintf(text, sizeof(text), "%u", sent++);
			ck_assert_int_eq(chat_message_send_group(&file_chat, &messi,
			                     chat_text(name), chat_text(text)),
			    CHAT_OK);
		}
	ck_assert_int_eq(chat_inbox_look(&file_chat, henderson.user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, sent);
	for (unsigned int i = 0; i < sent; i++) {
		snprintf(text, sizeof(text), "%u", i);
		ck_assert_int_eq(chat_inbox_read(&file_chat, &inbox.items[i], &message), CHAT_OK);
		ck_assert(chat_text_is(message.text, text));
	}
	chat_inbox_free(&inbox);
}
END_TEST

static enum chat_result
found(const char *name)
{
	return chat_group_found(&file_chat, chat_text(name), lineker.user.id);
}

/* A user founds and enters as many groups as the settings say; who leaves one can enter another. */
START_TEST(test_groups)
{
	file_config.groups_max = 3;
	file_config.groups_own_max = 2;
	file_config.group_members_max = 3;
	ck_assert_int_eq(found("satu"), CHAT_OK);
	ck_assert_int_eq(found("dua"), CHAT_OK);
	ck_assert_int_eq(found("tiga"), CHAT_TOO_MANY);
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("teh"), messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("teh"), lineker.user.id),
	    CHAT_TOO_MANY);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("satu"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(found("tiga"), CHAT_OK);
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("teh"), lineker.user.id),
	    CHAT_TOO_MANY);
	/* Administrators may put any user into any group. */
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("teh"), lineker.user.id), CHAT_OK);
	file_config.group_members_max = 2;
	ck_assert_int_eq(chat_group_enter(&file_chat, chat_text("teh"), henderson.user.id),
	    CHAT_TOO_MANY);
}
END_TEST

static enum chat_result
send_bytes(const struct chat_session *from, const char *to, size_t len)
{
	static char text[60000];

	memset(text, 'x', sizeof(text));
	return chat_message_send(&file_chat, from, chat_text(to),
	    (struct chat_text){ .data = text, .len = len });
}

/* What a user sends in a day is bounded; others go on, and reading does. */
START_TEST(test_send_bytes)
{
	file_config.send_bytes = 20000;
	ck_assert_int_eq(send_bytes(&messi, "henderson", 9000), CHAT_OK);
	ck_assert_int_eq(send_bytes(&messi, "lineker", 9000), CHAT_OK);
	ck_assert_int_eq(send_bytes(&messi, "henderson", 9000), CHAT_BUDGET);
	ck_assert_int_eq(send_bytes(&messi, "henderson", 100), CHAT_OK);
	ck_assert_int_eq(send_bytes(&lineker, "henderson", 9000), CHAT_OK);
	ck_assert_int_eq(chat_message_send_group(&file_chat, &messi, chat_text("kopi"),
	                     (struct chat_text){ .data = "x", .len = 1 }),
	    CHAT_OK);
}
END_TEST

static void
read_all(const struct chat_session *session)
{
	struct chat_inbox inbox;
	struct chat_inbox_pending pending = { .n_positions = 0 };

	ck_assert_int_eq(chat_inbox_look(&file_chat, session->user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	chat_inbox_await(&pending, session->user.id, &inbox);
	chat_inbox_ack(&file_chat, &pending);
	chat_inbox_free(&inbox);
}

/* Only what is unread counts, however much of what was read is still kept. */
START_TEST(test_inbox_bytes)
{
	file_config.inbox_bytes = 100 * 1024;
	for (int round = 0; round < 4; round++) {
		ck_assert_int_eq(send_bytes(&messi, "henderson", 50000), CHAT_OK);
		ck_assert_int_eq(send_bytes(&messi, "henderson", 50000), CHAT_OK);
		ck_assert_int_eq(send_bytes(&lineker, "henderson", 50000), CHAT_INBOX_FULL);
		ck_assert_int_eq(send_bytes(&messi, "lineker", 100), CHAT_OK);
		ck_assert_int_eq(send_bytes(&lineker, "henderson", 1000), CHAT_OK);
		ck_assert_int_eq(send_bytes(&lineker, "henderson", 2000), CHAT_INBOX_FULL);
		read_all(&henderson);
	}
}
END_TEST

static enum chat_result
registering(const char *name, const char *fullname)
{
	struct chat_user user = { .id = 0 };

	snprintf(user.name, sizeof(user.name), "%s", name);
	snprintf(user.fullname, sizeof(user.fullname), "%s", fullname);
	return chat_look_alike_check(&file_chat, &user);
}

/* Nobody registers what would be taken for the server, an administrator or another user. */
START_TEST(test_look_alikes)
{
	static const char *const words[] = { "KABAR", "kabar_", "k.a.b.a.r", "adm1n", "Adm|n",
		"r00t", "R-0_O.t", "s1stem",
		"\xd0\xba\xd0\xb0"
		"bar",
		"\xef\xbd\x8b abar",
		"k\xe2\x80\x8b"
		"abar" };
	char folded[2][64];
	size_t len;

	ck_assert_int_eq(registering("pele", "Edson Arantes"), CHAT_OK);
	ck_assert_int_eq(registering("pele", "pele"), CHAT_OK);
	ck_assert_int_eq(registering("pele", ""), CHAT_OK);
	ck_assert_int_eq(registering("kabarku", "Admin Ku"), CHAT_OK);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ck_assert_msg(registering("pele", words[i]) == CHAT_BAD_ARGUMENT, "%s", words[i]);
		ck_assert_msg(registering(words[i], "Edson") == CHAT_BAD_ARGUMENT, "%s", words[i]);
	}
	/* Names of as many letters of other scripts do not look alike. */
	len = chat_look_alike_fold("\xe5\xbc\xa0\xe4\xb8\x89", folded[0], sizeof(folded[0]));
	ck_assert_uint_eq(len, 6);
	ck_assert_uint_eq(chat_look_alike_fold("\xe6\x9d\x8e\xe5\x9b\x9b", folded[1],
	                      sizeof(folded[1])),
	    len);
	ck_assert_int_ne(memcmp(folded[0], folded[1], len), 0);
	ck_assert_uint_eq(chat_look_alike_fold("\xe5\xbc\xa0\xe4\xb8\x89", folded[0], 5), 3);
	ck_assert_int_eq(registering("evil", "Messi"), CHAT_USER_EXISTS);
	ck_assert_int_eq(registering("evil", "hender son"), CHAT_USER_EXISTS);
	ck_assert_int_eq(registering("evil", "hender  son"), CHAT_USER_EXISTS);
}
END_TEST

/* What another member has sent to a group is replaced by the group's owner alone. */
START_TEST(test_group_files)
{
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(file_send_group(&lineker, "kopi", "a", "lineker's"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "forged"), CHAT_FORBIDDEN);
	ck_assert_str_eq(file_get(&messi, "kopi", "a"), "lineker's");
	ck_assert_int_eq(file_send_group(&lineker, "kopi", "a", "newer"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "a", "owner's"), CHAT_OK);
	ck_assert_str_eq(file_get(&henderson, "kopi", "a"), "owner's");
	file_config.group_files = CONFIG_GROUP_FILES_SHARED;
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "a", "henderson's"), CHAT_OK);
	ck_assert_str_eq(file_get(&messi, "kopi", "a"), "henderson's");
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bounds");
	TCase *tcase = tcase_create("bounds");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_order);
	tcase_add_test(tcase, test_merge);
	tcase_add_test(tcase, test_groups);
	tcase_add_test(tcase, test_send_bytes);
	tcase_add_test(tcase, test_inbox_bytes);
	tcase_add_test(tcase, test_look_alikes);
	tcase_add_test(tcase, test_group_files);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
