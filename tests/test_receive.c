/*
 * Another realm delivers each message once and in order, or it is refused with a reason that is
 * kept; whichever link is the newest, wherever a process dies, and when the disk is full.
 */
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "chat/key.h"
#include "chat/realm/remote_log.h"
#include "receive_fixture.h"
#include "store_fault.h"
#include "suite.h"

#define OTHER_EPOCH 0xfedcba9876543210ULL
#define MANY        CHAT_RECEIVE_MAX

static struct chat_receive link1, link2;

START_TEST(test_delivered)
{
	struct chat_inbound inbounds[] = { RECEIVE_USER("messi", "halo"),
		RECEIVE_GROUP("Kopi", "ngopi?"), RECEIVE_LIST("MESSI,henderson,messi", "kalian"),
		RECEIVE_USER("messi", "dah") };

	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_uint_eq(link1.have, 0);
	receive_take(&link1, inbounds, 4);
	ck_assert_uint_eq(link1.have, 4);
	ck_assert_str_eq(receive_heard(messi.user.id),
	    "lineker@malang>messi: halo\n"
	    "lineker@malang>messi: kalian\n"
	    "lineker@malang>messi: dah");
	ck_assert_str_eq(receive_heard(henderson.user.id), "lineker@malang>henderson: kalian");
	ck_assert_str_eq(receive_heard(kopi), "lineker@malang>kopi: ngopi?");
	ck_assert_str_eq(receive_heard(lineker.user.id), "");
	ck_assert_str_eq(receive_refusals(&link1, 0), "");
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_goes_on)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "satu")), "none");
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "dua")), "none");
	receive_begin(&link2, RECEIVE_EPOCH);
	ck_assert_uint_eq(link2.have, 2);
	ck_assert_str_eq(receive_one(&link2, RECEIVE_USER("messi", "tiga")), "none");
	ck_assert_str_eq(receive_heard(messi.user.id),
	    "lineker@malang>messi: satu\n"
	    "lineker@malang>messi: dua\n"
	    "lineker@malang>messi: tiga");
}
END_TEST

/* Of two links the newest wins, whatever the older one still has. */
START_TEST(test_newer_link)
{
	struct chat_inbound inbounds[] = { RECEIVE_USER("messi", "dua"),
		RECEIVE_USER("nobody", "tiga") };

	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "satu")), "none");
	receive_begin(&link2, RECEIVE_EPOCH);
	ck_assert_int_eq(chat_receive_deliver(&link1, inbounds, 2), CHAT_FORBIDDEN);
	ck_assert_uint_eq(link1.have, 1);
	ck_assert_int_eq(chat_receive_void(&link1, 5), CHAT_FORBIDDEN);
	ck_assert_uint_eq(link1.have, 1);
	ck_assert_str_eq(receive_heard(messi.user.id), "lineker@malang>messi: satu");
	ck_assert_str_eq(receive_refusals(&link2, 0), "");
	inbounds[1].refused = CHAT_REASON_NONE;
	receive_take(&link2, inbounds, 2);
	ck_assert_uint_eq(link2.have, 3);
	ck_assert_str_eq(receive_heard(messi.user.id),
	    "lineker@malang>messi: satu\n"
	    "lineker@malang>messi: dua");
	ck_assert_str_eq(receive_refusals(&link2, 0), "3 no_user");
}
END_TEST

START_TEST(test_void)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_int_eq(chat_receive_void(&link1, 100), CHAT_OK);
	ck_assert_uint_eq(link1.have, 100);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("nobody", "halo")), "no_user");
	receive_begin(&link2, RECEIVE_EPOCH);
	ck_assert_uint_eq(link2.have, 101);
	ck_assert_str_eq(receive_refusals(&link2, 0), "101 no_user");
}
END_TEST

START_TEST(test_epochs)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_int_eq(chat_receive_void(&link1, 7), CHAT_OK);
	for (uint64_t epoch = 1; epoch < CHAT_RECEIVE_EPOCHS; epoch++) {
		chat_receive_resume(&link1, epoch);
		ck_assert_uint_eq(link1.have, 0);
		ck_assert_int_eq(chat_receive_void(&link1, 10 * epoch), CHAT_OK);
	}
	receive_begin(&link2, RECEIVE_EPOCH);
	ck_assert_uint_eq(link2.have, 7);
	for (uint64_t epoch = 1; epoch < CHAT_RECEIVE_EPOCHS; epoch++) {
		chat_receive_resume(&link2, epoch);
		ck_assert_uint_eq(link2.have, 10 * epoch);
	}
	/* One that is used stays, of the others the one that was used least lately goes. */
	chat_receive_resume(&link2, RECEIVE_EPOCH);
	ck_assert_int_eq(chat_receive_void(&link2, 8), CHAT_OK);
	chat_receive_resume(&link2, OTHER_EPOCH);
	ck_assert_uint_eq(link2.have, 0);
	ck_assert_int_eq(chat_receive_void(&link2, 9), CHAT_OK);
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_uint_eq(link1.have, 8);
	chat_receive_resume(&link1, OTHER_EPOCH);
	ck_assert_uint_eq(link1.have, 9);
	chat_receive_resume(&link1, 1);
	ck_assert_uint_eq(link1.have, 0);
	chat_receive_resume(&link1, 2);
	ck_assert_uint_eq(link1.have, 20);
}
END_TEST

START_TEST(test_peers_apart)
{
	struct chat_peer batu = receive_peer("batu");

	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("nobody", "halo")), "no_user");
	ck_assert_int_eq(chat_receive_begin(&link2, &file_chat, &batu), CHAT_OK);
	chat_receive_resume(&link2, RECEIVE_EPOCH);
	ck_assert_uint_eq(link2.have, 0);
	ck_assert_str_eq(receive_refusals(&link2, 0), "");
	ck_assert_str_eq(receive_one(&link2, RECEIVE_USER("messi", "dari batu")), "none");
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "dari malang")), "none");
	ck_assert_str_eq(receive_heard(messi.user.id), "lineker@malang>messi: dari malang");
}
END_TEST

START_TEST(test_refusals)
{
	struct chat_inbound inbounds[] = { RECEIVE_USER("nobody", "a"), RECEIVE_USER("messi", "b"),
		RECEIVE_GROUP("nothing", "c"), RECEIVE_LIST("messi,nobody", "d"),
		RECEIVE_USER("messi", "e"), RECEIVE_USER("no body", "f") };

	receive_begin(&link1, RECEIVE_EPOCH);
	inbounds[4].refused = CHAT_REASON_BAD_MESSAGE;
	receive_take(&link1, inbounds, 6);
	ck_assert_int_eq(inbounds[0].refused, CHAT_REASON_NO_USER);
	ck_assert_int_eq(inbounds[1].refused, CHAT_REASON_NONE);
	ck_assert_int_eq(inbounds[2].refused, CHAT_REASON_NO_GROUP);
	ck_assert_int_eq(inbounds[3].refused, CHAT_REASON_NO_USER);
	ck_assert_int_eq(inbounds[4].refused, CHAT_REASON_BAD_MESSAGE);
	ck_assert_str_eq(receive_heard(messi.user.id), "lineker@malang>messi: b");
	receive_begin(&link2, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_refusals(&link2, 0),
	    "1 no_user\n3 no_group\n4 no_user\n5 bad_message\n6 no_user");
	ck_assert_str_eq(receive_refusals(&link2, 3), "4 no_user\n5 bad_message\n6 no_user");
	chat_receive_retired(&link2, 4);
	ck_assert_str_eq(receive_refusals(&link2, 0), "5 bad_message\n6 no_user");
	chat_receive_retired(&link2, 4);
	chat_receive_retired(&link2, 6);
	ck_assert_str_eq(receive_refusals(&link2, 0), "");
	ck_assert_str_eq(receive_one(&link2, RECEIVE_USER("nobody", "g")), "no_user");
	ck_assert_str_eq(receive_refusals(&link2, 0), "7 no_user");
	fixture_check(file_chat.store);
	file_assert_check(NULL);
}
END_TEST

/* A realm that begins another epoch gives up the refusals of the one before. */
START_TEST(test_refusals_of_another_epoch)
{
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("nobody", "a")), "no_user");
	chat_receive_resume(&link1, OTHER_EPOCH);
	ck_assert_str_eq(receive_refusals(&link1, 0), "");
	ck_assert_str_eq(receive_one(&link1, RECEIVE_GROUP("nothing", "b")), "no_group");
	chat_receive_retired(&link1, 0);
	ck_assert_str_eq(receive_refusals(&link1, 0), "1 no_group");
	chat_receive_resume(&link1, RECEIVE_EPOCH);
	ck_assert_uint_eq(link1.have, 1);
	ck_assert_str_eq(receive_refusals(&link1, 0), "");
}
END_TEST

START_TEST(test_too_many_refusals)
{
	static struct chat_inbound inbounds[MANY];

	receive_begin(&link1, RECEIVE_EPOCH);
	for (size_t done = 0; done < CHAT_RECEIVE_REFUSALS; done += MANY) {
		for (size_t i = 0; i < MANY; i++)
			inbounds[i] = RECEIVE_USER("nobody", "x");
		receive_take(&link1, inbounds, MANY);
	}
	inbounds[0] = RECEIVE_USER("messi", "halo");
	inbounds[1] = RECEIVE_USER("nobody", "x");
	ck_assert_int_eq(chat_receive_deliver(&link1, inbounds, 2), CHAT_QUOTA);
	ck_assert_uint_eq(link1.have, CHAT_RECEIVE_REFUSALS);
	ck_assert_str_eq(receive_heard(messi.user.id), "");
	receive_take(&link1, inbounds, 1);
	chat_receive_retired(&link1, 1);
	inbounds[1].refused = CHAT_REASON_NONE;
	receive_take(&link1, inbounds + 1, 1);
	ck_assert_str_eq(receive_refusals(&link1, CHAT_RECEIVE_REFUSALS), "65538 no_user");
}
END_TEST

/* A full inbox stands in the way of its own messages only. */
START_TEST(test_full_inbox)
{
	struct chat_inbound first[] = { RECEIVE_USER("messi", "1"), RECEIVE_USER("messi", "2"),
		RECEIVE_USER("messi", "3") };
	struct chat_inbound second[] = { RECEIVE_USER("henderson", "4"), RECEIVE_USER("messi", "5"),
		RECEIVE_GROUP("kopi", "6"), RECEIVE_LIST("lineker,messi", "7"),
		RECEIVE_USER("lineker", "8"), RECEIVE_USER("messi", "9") };
	unsigned char key[CHAT_KEY_PAIR];
	struct store_tx tx;
	uint64_t log;

	file_config.inbox_max = 3;
	receive_begin(&link1, RECEIVE_EPOCH);
	receive_take(&link1, first, 3);
	receive_take(&link1, second, 6);
	ck_assert_str_eq(receive_refusals(&link1, 0), "5 inbox_full\n7 inbox_full\n9 inbox_full");
	ck_assert_str_eq(receive_heard(henderson.user.id), "lineker@malang>henderson: 4");
	ck_assert_str_eq(receive_heard(kopi), "lineker@malang>kopi: 6");
	ck_assert_str_eq(receive_heard(lineker.user.id), "lineker@malang>lineker: 8");
	/* What has been read takes no room. */
	ck_assert_int_eq(chat_remote_log_find(&file_chat, messi.user.id, link1.peer.id, &log),
	    CHAT_OK);
	chat_key_pair(key, messi.user.id, log);
	store_tx_init(&tx);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), 1);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "10")), "none");
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "11")), "inbox_full");
}
END_TEST

static void
close_remote_log(uint64_t destination)
{
	struct store_tx tx;
	uint64_t log;

	ck_assert_int_eq(chat_remote_log_find(&file_chat, destination, link1.peer.id, &log),
	    CHAT_OK);
	store_tx_init(&tx);
	store_tx_close_log(&tx, log);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
}

/* As of one who is just being removed. */
START_TEST(test_closed_log)
{
	struct chat_inbound inbounds[] = { RECEIVE_USER("messi", "3"), RECEIVE_GROUP("kopi", "4"),
		RECEIVE_USER("henderson", "5"), RECEIVE_LIST("henderson,messi", "6") };

	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "1")), "none");
	ck_assert_str_eq(receive_one(&link1, RECEIVE_GROUP("kopi", "2")), "none");
	close_remote_log(messi.user.id);
	close_remote_log(kopi);
	receive_take(&link1, inbounds, 4);
	ck_assert_str_eq(receive_refusals(&link1, 0), "3 no_user\n4 no_group\n6 no_user");
	ck_assert_str_eq(receive_heard(henderson.user.id), "lineker@malang>henderson: 5");
}
END_TEST

/* More than fits into one transaction, of all sizes. */
START_TEST(test_large_batch)
{
	static char texts[MANY][4096];
	static struct chat_inbound inbounds[MANY];
	const char *heard;
	char expected[64];

	receive_begin(&link1, RECEIVE_EPOCH);
	for (size_t i = 0; i < MANY; i++) {
		memset(texts[i], 'x', 1 + i * 15);
		snprintf(texts[i] + i * 15, 16, "%zu", i);
		inbounds[i] = i % 50 == 49 ? RECEIVE_USER("nobody", texts[i])
		                           : RECEIVE_USER("messi", texts[i]);
	}
	receive_take(&link1, inbounds, MANY);
	ck_assert_str_eq(receive_refusals(&link1, 0),
	    "50 no_user\n100 no_user\n150 no_user\n200 no_user\n250 no_user");
	heard = receive_heard(messi.user.id);
	for (size_t i = 0; i < MANY; i++) {
		if (i % 50 == 49)
			continue;
		snprintf(expected, sizeof(expected), "%zu%s", i, i + 1 < MANY ? "\nlin" : "");
		heard = strchr(heard, ':');
		ck_assert_ptr_nonnull(heard);
		heard += 2 + 15 * i;
		ck_assert_msg(strncmp(heard, expected, strlen(expected)) == 0, "message %zu", i);
	}
}
END_TEST

START_TEST(test_long_texts)
{
	static char text[CHAT_TEXT_MAX + 1];
	struct chat_inbound inbounds[4];

	memset(text, 'y', CHAT_TEXT_MAX);
	receive_begin(&link1, RECEIVE_EPOCH);
	inbounds[0] = RECEIVE_USER("messi", text);
	inbounds[1] = RECEIVE_LIST("messi,henderson", text);
	inbounds[2] = RECEIVE_USER("henderson", text);
	inbounds[3] = RECEIVE_USER("henderson", "pendek");
	receive_take(&link1, inbounds, 4);
	ck_assert_str_eq(receive_refusals(&link1, 0), "2 too_big");
	ck_assert_uint_eq(strlen(receive_heard(messi.user.id)),
	    strlen("lineker@malang>messi: ") + CHAT_TEXT_MAX);
	ck_assert_ptr_nonnull(strstr(receive_heard(henderson.user.id), "\nlineker@malang"));
}
END_TEST

/* A full disk refuses nothing; and it is known how far it came. */
START_TEST(test_disk_full)
{
	static struct chat_inbound inbounds[MANY];
	static char text[8192];
	size_t n = 0;
	enum chat_result result;

	memset(text, 'z', sizeof(text) - 1);
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("messi", "satu")), "none");
	ck_assert_str_eq(receive_one(&link1, RECEIVE_USER("nobody", "dua")), "no_user");
	fault_watch(file_config.state);
	fault_fail(FAULT_GROW | FAULT_WRITE, 1, UINT64_MAX, ENOSPC);
	for (size_t i = 0; i < MANY; i++)
		inbounds[i] = RECEIVE_USER(i % 2 == 0 ? "messi" : "nobody", text);
	result = chat_receive_deliver(&link1, inbounds, MANY);
	ck_assert_uint_gt(fault_failures(), 0);
	fault_fail(0, 0, 0, 0);
	fault_watch(NULL);
	ck_assert_int_eq(result, CHAT_NO_SPACE);
	ck_assert_uint_eq(link1.have, 2);
	ck_assert_str_eq(receive_refusals(&link1, 0), "2 no_user");
	for (const char *at = receive_heard(messi.user.id); at != NULL; at = strchr(at + 1, '\n'))
		n++;
	ck_assert_uint_eq(n, 1);
	receive_begin(&link2, RECEIVE_EPOCH);
	ck_assert_uint_eq(link2.have, 2);
	for (size_t i = 0; i < MANY; i++)
		inbounds[i] = RECEIVE_USER("messi", text);
	receive_take(&link2, inbounds, MANY);
	n = 0;
	for (const char *at = receive_heard(messi.user.id); at != NULL; at = strchr(at + 1, '\n'))
		n++;
	ck_assert_uint_eq(n, 1 + MANY);
}
END_TEST

#define DELIVERED 12

/* A process that delivers until it dies: numbers 1 to DELIVERED, of which every third is refused.
 */
static void
deliver_rest(struct chat_receive *receive)
{
	static char texts[DELIVERED + 1][32];
	struct chat_inbound inbounds[3];

	receive_begin(receive, RECEIVE_EPOCH);
	while (receive->have < DELIVERED) {
		size_t n = 0;

		for (uint64_t i = receive->have + 1; i <= DELIVERED && n < 3; i++) {
			snprintf(texts[i], sizeof(texts[i]), "nomor %llu", (unsigned long long)i);
			inbounds[n++] = i % 3 == 0 ? RECEIVE_USER("nobody", texts[i])
			    : i % 3 == 1           ? RECEIVE_USER("messi", texts[i])
			                           : RECEIVE_GROUP("kopi", texts[i]);
		}
		if (chat_receive_deliver(receive, inbounds, n) != CHAT_OK)
			_exit(1);
	}
}

static void
die_at(uint64_t step)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct store_options opt = fixture_options(file_config.state);

		file_chat.store = fixture_open_writer(&opt);
		fault_watch(file_config.state);
		fault_die_at(step);
		deliver_rest(&link1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert(WEXITSTATUS(status) == FAULT_EXIT || WEXITSTATUS(status) == 0);
}

static void
check_all(void)
{
	char expected[4096];
	size_t len = 0;

	for (int i = 1; i <= DELIVERED; i += 3)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len,
		    "%slineker@malang>messi: nomor %d", len > 0 ? "\n" : "", i);
	ck_assert_str_eq(receive_heard(messi.user.id), expected);
	len = 0;
	for (int i = 2; i <= DELIVERED; i += 3)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len,
		    "%slineker@malang>kopi: nomor %d", len > 0 ? "\n" : "", i);
	ck_assert_str_eq(receive_heard(kopi), expected);
	len = 0;
	for (int i = 3; i <= DELIVERED; i += 3)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%s%d no_user",
		    len > 0 ? "\n" : "", i);
	ck_assert_str_eq(receive_refusals(&link1, 0), expected);
}

/* The delivering process dies repeatedly, each time a few steps later; then all is there once. */
START_TEST(test_death)
{
	struct store_options opt = fixture_options(file_config.state);

	for (uint64_t first = 1; first <= 40; first += 3) {
		store_close(file_chat.store);
		for (uint64_t step = first; step < 400; step += 1 + step / 2) {
			die_at(step);
		}
		file_chat.store = fixture_open_writer(&opt);
		deliver_rest(&link1);
		check_all();
		chat_close(&file_chat);
		fixture_remove(file_config.state);
		file_setup();
		opt = fixture_options(file_config.state);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("receive");
	TCase *tcase = tcase_create("receive");

	log_set_level(LOG_ERR); /* much of what would be warned of is made to happen */
	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_delivered);
	tcase_add_test(tcase, test_goes_on);
	tcase_add_test(tcase, test_newer_link);
	tcase_add_test(tcase, test_void);
	tcase_add_test(tcase, test_epochs);
	tcase_add_test(tcase, test_peers_apart);
	tcase_add_test(tcase, test_refusals);
	tcase_add_test(tcase, test_refusals_of_another_epoch);
	tcase_add_test(tcase, test_too_many_refusals);
	tcase_add_test(tcase, test_full_inbox);
	tcase_add_test(tcase, test_closed_log);
	tcase_add_test(tcase, test_large_batch);
	tcase_add_test(tcase, test_long_texts);
	tcase_add_test(tcase, test_disk_full);
	tcase_add_test(tcase, test_death);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
