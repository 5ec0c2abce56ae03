/*
 * What other realms store is bounded: by peer_bytes in a day, and by the free space of the disk. A
 * realm that meets one of them is told to come again, and loses nothing.
 */
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/disk_space.h"
#include "base/log.h"
#include "chat/realm/legacy_pull.h"
#include "receive_fixture.h"
#include "suite.h"

#define MANY 40

static struct chat_receive link1, link2;
static char text[8192];

/* Opens the store anew, with this setting of min_free. */
static void
set_min_free(uint64_t min_free)
{
	struct store_options opt = fixture_options(file_config.state);

	opt.min_free = file_config.min_free = min_free;
	store_close(file_chat.store);
	file_chat.store = fixture_open_writer(&opt);
}

static size_t
count_heard(void)
{
	size_t n = 0;

	for (const char *at = receive_heard(messi.user.id); at != NULL && *at != '\0';
	     at = strchr(at, '\n')) {
		at += *at == '\n';
		n++;
	}
	return n;
}

START_TEST(test_low_space)
{
	struct chat_inbound inbounds[] = { RECEIVE_USER("messi", "halo"),
		RECEIVE_USER("nobody", "halo"), RECEIVE_USER("messi", "dah") };

	set_min_free(UINT64_MAX);
	receive_begin(&link1, RECEIVE_EPOCH);
	ck_assert_int_eq(chat_receive_deliver(&link1, inbounds, 3), CHAT_NO_SPACE);
	ck_assert_uint_eq(link1.have, 0);
	ck_assert_str_eq(receive_heard(messi.user.id), "");
	set_min_free(0);
	receive_begin(&link2, RECEIVE_EPOCH);
	receive_take(&link2, inbounds, 3);
	ck_assert_uint_eq(count_heard(), 2);
	ck_assert_str_eq(receive_refusals(&link2, 0), "2 no_user");
}
END_TEST

/* A batch that does not fit any more is left as a whole; another realm has bytes of its own. */
START_TEST(test_peer_bytes)
{
	struct chat_inbound inbounds[MANY];
	struct chat_peer solo = receive_peer("solo");
	enum chat_result result = CHAT_OK;

	file_config.peer_bytes = 200000;
	receive_begin(&link1, RECEIVE_EPOCH);
	for (size_t i = 0; i < MANY; i++)
		inbounds[i] = RECEIVE_USER("messi", text);
	for (size_t i = 0; i < MANY && result == CHAT_OK; i++)
		result = chat_receive_deliver(&link1, inbounds + i, 1);
	ck_assert_int_eq(result, CHAT_BUDGET);
	ck_assert_uint_ge(link1.have, 200000 / (sizeof(text) + 200));
	ck_assert_uint_le(link1.have, 200000 / sizeof(text));
	ck_assert_uint_eq(count_heard(), link1.have);
	ck_assert_int_eq(chat_peer_pay(&file_chat, link1.peer.id, sizeof(text)), CHAT_BUDGET);
	/* Numbers without messages cost nothing. */
	ck_assert_int_eq(chat_receive_void(&link1, link1.have + 5), CHAT_OK);
	ck_assert_int_eq(chat_receive_begin(&link2, &file_chat, &solo), CHAT_OK);
	chat_receive_resume(&link2, RECEIVE_EPOCH);
	receive_take(&link2, inbounds, 1);
	file_config.peer_bytes = 0;
	receive_take(&link1, inbounds, MANY);
}
END_TEST

/* However little is allowed, a full transaction comes in a day. */
START_TEST(test_least)
{
	struct chat_inbound inbounds[12];

	file_config.peer_bytes = 1;
	receive_begin(&link1, RECEIVE_EPOCH);
	for (size_t i = 0; i < 12; i++)
		inbounds[i] = RECEIVE_USER("messi", text);
	receive_take(&link1, inbounds, 12);
	ck_assert_int_eq(chat_peer_pay(&file_chat, link1.peer.id, STORE_TX_MAX), CHAT_BUDGET);
}
END_TEST

static enum chat_result
deliver_legacy(const struct chat_peer *peer, bool pulled)
{
	struct chat_inbound inbound = RECEIVE_USER("messi", text);

	inbound.pulled = pulled;
	return chat_legacy_deliver(&file_chat, peer, &inbound);
}

/* An older server is told so, and not asked for what could not be stored. */
START_TEST(test_legacy)
{
	struct chat_peer peer = receive_peer("malang");
	struct chat_inbound inbound = RECEIVE_USER("messi", text);
	size_t taken, n = 0;

	inbound.pulled = true;
	file_config.peer_bytes = 200000;
	ck_assert(chat_legacy_pull_may(&file_chat, &peer));
	set_min_free(UINT64_MAX);
	ck_assert_int_eq(deliver_legacy(&peer, false), CHAT_NO_SPACE);
	ck_assert(!chat_legacy_pull_may(&file_chat, &peer));
	/* What was asked for before there was too little room is stored. */
	ck_assert_int_eq(deliver_legacy(&peer, true), CHAT_OK);
	ck_assert_int_eq(chat_legacy_deliver_some(&file_chat, &peer, &inbound, 1, &taken), CHAT_OK);
	ck_assert_uint_eq(taken, 1);
	ck_assert_uint_eq(count_heard(), 2);
	set_min_free(0);
	ck_assert_int_eq(deliver_legacy(&peer, false), CHAT_OK);
	/* And it is paid for. */
	while (chat_legacy_pull_may(&file_chat, &peer) && n++ < 2 * MANY)
		ck_assert_int_eq(chat_legacy_deliver_some(&file_chat, &peer, &inbound, 1, &taken),
		    CHAT_OK);
	ck_assert_uint_ge(n, 20);
	ck_assert_uint_lt(n, MANY);
	ck_assert_int_eq(deliver_legacy(&peer, false), CHAT_BUDGET);
	ck_assert_int_eq(deliver_legacy(&peer, true), CHAT_OK);
}
END_TEST

/* Of a file system that does not say how large it is nobody knows that it is full. */
START_TEST(test_no_size)
{
	ck_assert(disk_space_left("/proc", UINT64_MAX));
	ck_assert(disk_space_left("/nonexistent", UINT64_MAX));
	ck_assert(!disk_space_left(file_config.state, UINT64_MAX));
	ck_assert(disk_space_left(file_config.state, 1));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("receive_budget");
	TCase *tcase = tcase_create("receive_budget");

	log_set_level(LOG_ERR); /* much of what would be warned of is made to happen */
	memset(text, 'x', sizeof(text) - 1);
	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_low_space);
	tcase_add_test(tcase, test_peer_bytes);
	tcase_add_test(tcase, test_least);
	tcase_add_test(tcase, test_legacy);
	tcase_add_test(tcase, test_no_size);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
