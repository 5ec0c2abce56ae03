/*
 * Certificates by which users log in, in the store: how a fingerprint is given, whose one is, how
 * many a user has, what is left of them with the account, and what a check finds.
 */
#include <stdio.h>
#include <string.h>

#include "chat/certificate.h"
#include "chat/table.h"
#include "chat/user_delete.h"
#include "file_fixture.h"
#include "suite.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

/* The one whose fingerprint ends with this digit. */
static struct chat_certificate
certificate(char last)
{
	struct chat_certificate read;
	char text[72];

	snprintf(text, sizeof(text), "SHA256:" DIGITS "%c", last);
	ck_assert(chat_certificate_read(&read, chat_text(text)));
	return read;
}

static enum chat_result
add(const struct chat_session *session, char last)
{
	struct chat_certificate added = certificate(last);

	return chat_certificate_add(&file_chat, session->user.id, &added);
}

static enum chat_result
take(const struct chat_session *session, char last)
{
	struct chat_certificate taken = certificate(last);

	return chat_certificate_remove(&file_chat, session->user.id, &taken);
}

/* 0: nobody. */
static uint64_t
whose(char last)
{
	struct chat_certificate asked = certificate(last);
	uint64_t user;
	enum chat_result result = chat_certificate_find(&file_chat, &asked, &user);

	ck_assert(result == CHAT_OK || result == CHAT_NO_USER);
	return result == CHAT_OK ? user : 0;
}

static size_t
count(const struct chat_session *session)
{
	struct chat_certificate_list list;

	ck_assert_int_eq(chat_certificate_of(&file_chat, session->user.id, &list), CHAT_OK);
	return list.n;
}

START_TEST(test_fingerprint)
{
	static const char *const good[] = { DIGITS "f", "SHA256:" DIGITS "F",
		"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:"
		"01:23:45:67:89:AB:CD:EF" };
	static const char *const bad[] = { "", "SHA256:", DIGITS, DIGITS "ff", DIGITS "g",
		"0:123" DIGITS, ":" DIGITS "f", "sha1:" DIGITS "f" };
	struct chat_certificate first = certificate('f'), read;
	char text[CHAT_CERTIFICATE_TEXT];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert(chat_certificate_read(&read, chat_text(good[i])));
		ck_assert_mem_eq(&read, &first, sizeof(first));
		ck_assert(chat_certificate_write(text, chat_text(good[i])));
		ck_assert_str_eq(text, "SHA256:" DIGITS "f");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert(!chat_certificate_read(&read, chat_text(bad[i])) &&
		    !chat_certificate_write(text, chat_text(bad[i])));
	ck_assert_mem_eq(first.start, "\x01\x23\x45\x67", 4);
	read = certificate('e');
	ck_assert_mem_ne(&read.key, first.key, sizeof(first.key));
}
END_TEST

START_TEST(test_owner)
{
	ck_assert_uint_eq(whose('1'), 0);
	ck_assert_int_eq(add(&messi, '1'), CHAT_OK);
	ck_assert_int_eq(add(&messi, '1'), CHAT_OK);
	ck_assert_uint_eq(whose('1'), messi.user.id);
	ck_assert_int_eq(add(&lineker, '1'), CHAT_FORBIDDEN);
	ck_assert_int_eq(take(&lineker, '1'), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(add(&messi, '2'), CHAT_OK);
	ck_assert_uint_eq(count(&messi), 2);
	ck_assert_int_eq(take(&messi, '1'), CHAT_OK);
	ck_assert_int_eq(take(&messi, '1'), CHAT_BAD_ARGUMENT);
	ck_assert_uint_eq(whose('1'), 0);
	ck_assert_uint_eq(whose('2'), messi.user.id);
	file_assert_check(NULL);
	ck_assert_int_eq(take(&messi, '2'), CHAT_OK);
	ck_assert_uint_eq(count(&messi), 0);
	ck_assert_int_eq(add(&lineker, '1'), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_most)
{
	for (int i = 0; i < CHAT_CERTIFICATES_MOST; i++)
		ck_assert_int_eq(add(&messi, (char)('0' + i)), CHAT_OK);
	ck_assert_int_eq(add(&messi, 'f'), CHAT_TOO_MANY);
	ck_assert_uint_eq(whose('f'), 0);
	ck_assert_int_eq(add(&messi, '0'), CHAT_OK);
	ck_assert_uint_eq(count(&messi), CHAT_CERTIFICATES_MOST);
	ck_assert_int_eq(take(&messi, '3'), CHAT_OK);
	ck_assert_int_eq(add(&messi, 'f'), CHAT_OK);
	for (char last = '4'; last <= '7'; last++)
		ck_assert_uint_eq(whose(last), messi.user.id);
	file_assert_check(NULL);
}
END_TEST

/* With the account they go, and let nobody in. */
START_TEST(test_removal)
{
	ck_assert_int_eq(add(&lineker, '1'), CHAT_OK);
	ck_assert_int_eq(add(&lineker, '2'), CHAT_OK);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	ck_assert_uint_eq(whose('1'), 0);
	ck_assert_uint_eq(whose('2'), 0);
	ck_assert_uint_eq(count(&lineker), 0);
	ck_assert_int_eq(add(&lineker, '1'), CHAT_NO_USER);
	file_assert_check(NULL);
}
END_TEST

static void
put(const void *key, size_t key_len, const void *value, size_t len)
{
	struct store_tx tx;

	store_tx_init(&tx);
	if (len == 0)
		store_tx_delete(&tx, CHAT_TABLE_CERTIFICATES, key, key_len);
	else
		store_tx_put(&tx, CHAT_TABLE_CERTIFICATES, key, key_len, value, len);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

START_TEST(test_damage)
{
	unsigned char user[CHAT_KEY_ID], data[CHAT_CERTIFICATE_LIST];
	struct chat_certificate_list list;
	struct chat_certificate one = certificate('1'), two = certificate('2');

	ck_assert_int_eq(add(&messi, '1'), CHAT_OK);
	chat_key_id(user, messi.user.id);
	put(user, sizeof(user), "x", 1);
	file_assert_check("user messi: the list of certificates is damaged");
	list.n = 2;
	list.items[0] = one;
	list.items[1] = two;
	put(user, sizeof(user), data, chat_certificate_pack_list(data, &list));
	file_assert_check("user messi: the list of certificates is damaged");
	put(user, sizeof(user), NULL, 0);
	file_assert_check("user messi: the list of certificates is damaged");
	list.n = 1;
	put(user, sizeof(user), data, chat_certificate_pack_list(data, &list));
	file_assert_check(NULL);
	put(two.key, sizeof(two.key), data, chat_certificate_pack(data, 999999, &two));
	file_assert_check("certificates of users who are gone");
	put(two.key, sizeof(two.key), "x", 1);
	file_assert_check("the record of a certificate is damaged");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_certificate");
	TCase *tcase = tcase_create("certificates");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_fingerprint);
	tcase_add_test(tcase, test_owner);
	tcase_add_test(tcase, test_most);
	tcase_add_test(tcase, test_removal);
	tcase_add_test(tcase, test_damage);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
