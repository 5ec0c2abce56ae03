/*
 * The realms that a realm knows: taken over from the configuration, added by hand, pinned, found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/realm/peer.h"
#include "file_fixture.h"
#include "suite.h"

#define KEY_A "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define KEY_C "SHA256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static struct config_peer malang = { .name = "Malang",
	.address = "10.0.0.1",
	.port = 9889,
	.fingerprint = KEY_A };
static struct config_peer old = { .name = "old",
	.address = "old.example",
	.port = 8890,
	.legacy = true };

/* Reads the configuration anew with these peers. */
static void
sync_with(const struct config_peer *peers, size_t n)
{
	static struct config_peer copies[8];

	ck_assert_uint_le(n, 8);
	if (n > 0)
		memcpy(copies, peers, n * sizeof(*peers));
	file_config.peers = copies;
	file_config.n_peers = n;
	ck_assert_int_eq(chat_peer_sync(&file_chat), CHAT_OK);
}

static struct chat_peer
find_peer(const char *name)
{
	struct chat_peer peer, same;

	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text(name), &peer), CHAT_OK);
	ck_assert_int_eq(chat_peer_get(&file_chat, peer.id, &same), CHAT_OK);
	ck_assert_str_eq(same.name, peer.name);
	return peer;
}

/* The name of the peer with this key. */
static const char *
whose(const char *fingerprint)
{
	static struct chat_peer peer;
	enum chat_result result = chat_peer_by_fingerprint(&file_chat, fingerprint, &peer);

	if (result == CHAT_OK)
		return peer.name;
	ck_assert_int_eq(result, CHAT_NO_REALM);
	return "nobody";
}

static uint32_t
count_peers(void)
{
	struct chat_peer peer;
	uint32_t n = 0;

	while (chat_peer_at(&file_chat, n, &peer) == CHAT_OK)
		n++;
	return n;
}

static enum chat_result
add_peer(const char *name, const char *address, const char *port)
{
	return chat_peer_add(&file_chat, chat_text(name), chat_text(address), chat_text(port));
}

/* How many transactions the tables have seen. */
static uint64_t
count_transactions(void)
{
	return file_chat.store->writer->number;
}

START_TEST(test_sync)
{
	struct config_peer both[] = { malang, old };
	struct chat_peer peer, other;

	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text("malang"), &peer), CHAT_NO_REALM);
	ck_assert_int_eq(chat_peer_at(&file_chat, 0, &peer), CHAT_NO_REALM);
	sync_with(both, 2);
	peer = find_peer("mALANG");
	ck_assert_str_eq(peer.name, "Malang");
	ck_assert_str_eq(peer.address, "10.0.0.1");
	ck_assert_uint_eq(peer.port, 9889);
	ck_assert_str_eq(peer.fingerprint, KEY_A);
	ck_assert(!peer.legacy && !peer.added && peer.active);
	other = find_peer("old");
	ck_assert_str_eq(other.address, "old.example");
	ck_assert_str_eq(other.fingerprint, "");
	ck_assert(other.legacy && !other.added && other.active);
	ck_assert_uint_gt(peer.id, kopi);
	ck_assert_uint_ne(peer.id, other.id);
	ck_assert_uint_eq(count_peers(), 2);
}
END_TEST

START_TEST(test_sync_again)
{
	struct config_peer both[] = { malang, old };
	uint64_t before;

	sync_with(both, 2);
	before = count_transactions();
	ck_assert_uint_gt(before, 0);
	sync_with(both, 2);
	ck_assert_uint_eq(count_transactions(), before);
	sync_with(both, 1);
	ck_assert_uint_gt(count_transactions(), before);
	before = count_transactions();
	sync_with(both, 1);
	ck_assert_uint_eq(count_transactions(), before);
}
END_TEST

START_TEST(test_changed)
{
	struct config_peer changed = malang;
	uint64_t id;

	sync_with(&malang, 1);
	id = find_peer("malang").id;
	snprintf(changed.name, sizeof(changed.name), "MALANG");
	snprintf(changed.address, sizeof(changed.address), "10.0.0.2");
	changed.port = 1;
	memcpy(changed.fingerprint, KEY_B, sizeof(KEY_B));
	sync_with(&changed, 1);
	struct chat_peer peer = find_peer("malang");
	ck_assert_uint_eq(peer.id, id);
	ck_assert_str_eq(peer.name, "MALANG");
	ck_assert_str_eq(peer.address, "10.0.0.2");
	ck_assert_uint_eq(peer.port, 1);
	ck_assert_str_eq(peer.fingerprint, KEY_B);
	ck_assert_str_eq(whose(KEY_A), "nobody");
	ck_assert_str_eq(whose(KEY_B), "MALANG");
	ck_assert_uint_eq(count_peers(), 1);
}
END_TEST

START_TEST(test_removed_and_back)
{
	uint64_t id;

	sync_with(&malang, 1);
	id = find_peer("malang").id;
	ck_assert_str_eq(whose(KEY_A), "Malang");
	sync_with(NULL, 0);
	ck_assert(!find_peer("malang").active);
	ck_assert_str_eq(whose(KEY_A), "nobody");
	sync_with(&malang, 1);
	ck_assert(find_peer("malang").active);
	ck_assert_uint_eq(find_peer("malang").id, id);
}
END_TEST

START_TEST(test_add)
{
	struct chat_peer peer;

	ck_assert_int_eq(add_peer("malang", "malang.example", "9889"), CHAT_OK);
	ck_assert_int_eq(add_peer("MALANG", "malang.example", "9889"), CHAT_REALM_EXISTS);
	peer = find_peer("malang");
	ck_assert(peer.added && peer.active && !peer.legacy);
	ck_assert_str_eq(peer.fingerprint, "");
	ck_assert_uint_eq(peer.port, 9889);
	/* It is in no configuration, and stays. */
	sync_with(NULL, 0);
	ck_assert(find_peer("malang").active);
	/* Once it was in one, it goes with it. */
	sync_with(&malang, 1);
	ck_assert(!find_peer("malang").added);
	ck_assert_str_eq(find_peer("malang").fingerprint, KEY_A);
	sync_with(NULL, 0);
	ck_assert(!find_peer("malang").active);
	/* What was known of its key is not forgotten. */
	ck_assert_int_eq(add_peer("malang", "::1", "1"), CHAT_OK);
	ck_assert_str_eq(find_peer("malang").fingerprint, KEY_A);
	ck_assert_str_eq(find_peer("malang").address, "::1");
	ck_assert_uint_eq(find_peer("malang").id, peer.id);
}
END_TEST

START_TEST(test_add_refused)
{
	static const char *const cases[][3] = {
		{ "SURABAYA", "127.0.0.1", "9889" },
		{ "kabar", "127.0.0.1", "9889" },
		{ "a b", "127.0.0.1", "9889" },
		{ "", "127.0.0.1", "9889" },
		{ "malang", "", "9889" },
		{ "malang", "127.0.0", "9889" },
		{ "malang", "host name", "9889" },
		{ "malang", "127.0.0.1", "" },
		{ "malang", "127.0.0.1", "0" },
		{ "malang", "127.0.0.1", "65536" },
		{ "malang", "127.0.0.1", "99999999999999999999" },
		{ "malang", "127.0.0.1", "-1" },
		{ "malang", "127.0.0.1", "80x" },
	};
	char address[CHAT_PEER_ADDRESS + 1];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_int_eq(add_peer(cases[i][0], cases[i][1], cases[i][2]),
		    CHAT_BAD_ARGUMENT);
	memset(address, 'a', sizeof(address));
	address[CHAT_PEER_ADDRESS] = '\0';
	ck_assert_int_eq(add_peer("malang", address, "1"), CHAT_BAD_ARGUMENT);
	address[CHAT_PEER_ADDRESS - 1] = '\0';
	ck_assert_int_eq(add_peer("malang", address, "65535"), CHAT_OK);
	ck_assert_str_eq(find_peer("malang").address, address);
	ck_assert_uint_eq(find_peer("malang").port, 65535);
	ck_assert_uint_eq(count_peers(), 1);
}
END_TEST

START_TEST(test_pin)
{
	uint64_t batu, blitar;

	sync_with(&malang, 1);
	ck_assert_int_eq(add_peer("batu", "127.0.0.1", "1"), CHAT_OK);
	ck_assert_int_eq(add_peer("blitar", "127.0.0.1", "2"), CHAT_OK);
	batu = find_peer("batu").id;
	blitar = find_peer("blitar").id;
	ck_assert_str_eq(whose(""), "nobody");
	ck_assert_int_eq(chat_peer_pin(&file_chat, batu, KEY_B), CHAT_OK);
	ck_assert_int_eq(chat_peer_pin(&file_chat, batu, KEY_B), CHAT_OK);
	ck_assert_int_eq(chat_peer_pin(&file_chat, batu, KEY_C), CHAT_FORBIDDEN);
	ck_assert_str_eq(find_peer("batu").fingerprint, KEY_B);
	/* One key does not speak for two realms. */
	ck_assert_int_eq(chat_peer_pin(&file_chat, blitar, KEY_A), CHAT_FORBIDDEN);
	ck_assert_int_eq(chat_peer_pin(&file_chat, blitar, KEY_B), CHAT_FORBIDDEN);
	ck_assert_int_eq(chat_peer_pin(&file_chat, blitar, KEY_C), CHAT_OK);
	ck_assert_str_eq(whose(KEY_B), "batu");
	ck_assert_str_eq(whose(KEY_C), "blitar");
	ck_assert_int_eq(chat_peer_pin(&file_chat, 1000, KEY_C), CHAT_NO_REALM);
}
END_TEST

START_TEST(test_many)
{
	char name[16], port[16];
	struct chat_peer peer;

	for (unsigned int i = 1; i <= 300; i++) {
		snprintf(name, sizeof(name), "peer%u", i);
		snprintf(port, sizeof(port), "%u", i);
		ck_assert_int_eq(add_peer(name, "127.0.0.1", port), CHAT_OK);
	}
	ck_assert_uint_eq(count_peers(), 300);
	for (unsigned int i = 1; i <= 300; i++) {
		snprintf(name, sizeof(name), "peer%u", i);
		ck_assert_int_eq(chat_peer_find(&file_chat, chat_text(name), &peer), CHAT_OK);
		ck_assert_uint_eq(peer.port, i);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_peer");
	TCase *tcase = tcase_create("peers");

	tcase_add_checked_fixture(tcase, file_setup, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_sync);
	tcase_add_test(tcase, test_sync_again);
	tcase_add_test(tcase, test_changed);
	tcase_add_test(tcase, test_removed_and_back);
	tcase_add_test(tcase, test_add);
	tcase_add_test(tcase, test_add_refused);
	tcase_add_test(tcase, test_pin);
	tcase_add_test(tcase, test_many);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
