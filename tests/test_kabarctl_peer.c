/*
 * kabarctl peer and queue: what is known of other realms, and what waits for them, while a bridge
 * runs and while none does.
 */
#include <jansson.h>

#include "chat/realm/outbound.h"
#include "chat/realm/peer.h"
#include "realmctl.h"

#define NOBODY      "1" /* a port on which nobody listens */
#define FINGERPRINT "SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PEERS                                                                          \
	"peer \"malang\" { address = \"127.0.0.1\"  port = " NOBODY "  fingerprint = " \
	"\"" FINGERPRINT "\" }\n"                                                      \
	"peer \"kediri\" { address = \"127.0.0.1\"  port = " NOBODY "  legacy = on }\n"

/* Makes the realm know its peers. */
static void
learn_peers(void)
{
	realm_configure(&realm, PEERS);
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	realmctl_close();
}

static void
queue_message(const char *realm_name, enum chat_outbound_kind kind, const char *to,
    const char *text)
{
	struct chat_outbound outbound = { .kind = kind,
		.from = chat_text("messi"),
		.from_name = chat_text("Lionel Messi"),
		.to = chat_text(to),
		.text = chat_text(text) };
	struct chat_peer peer;
	struct chat_user user;
	uint64_t id;

	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &user), CHAT_OK);
	outbound.from_id = user.id;
	ck_assert_int_eq(chat_peer_find(&chat, chat_text(realm_name), &peer), CHAT_OK);
	ck_assert_int_eq(chat_outbound_put(&chat, &peer, &outbound, &id), CHAT_OK);
	realmctl_close();
}

/* Returns the number of entries in messi's own log: one for each message that bounced. */
static uint64_t
count_returned(void)
{
	struct store_log_info info;
	struct chat_user user;

	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &user), CHAT_OK);
	ck_assert_int_eq(store_log_info(chat.store, user.id, &info), STORE_OK);
	realmctl_close();
	return info.last;
}

/* Parses the list that -j printed. */
static json_t *
parse_list(void)
{
	json_t *list = json_loads(output, 0, NULL);

	ck_assert_msg(json_is_array(list), "%s", output);
	return list;
}

static const json_t *
find_peer(const json_t *list, const char *name)
{
	size_t i;
	json_t *row;

	json_array_foreach (list, i, row) {
		if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
			return row;
	}
	ck_abort_msg("%s is not listed: %s", name, output);
}

static const char *
get_text(const json_t *row, const char *key)
{
	const char *text = json_string_value(json_object_get(row, key));

	ck_assert_msg(text != NULL, "no %s in %s", key, output);
	return text;
}

static json_int_t
get_number(const json_t *row, const char *key)
{
	const json_t *number = json_object_get(row, key);

	ck_assert_msg(json_is_integer(number), "no %s in %s", key, output);
	return json_integer_value(number);
}

static bool
is_state(const char *name, const char *state)
{
	WORKS(NULL, "peer", "list", "-j");
	json_t *list = parse_list();
	/* A kabard that has just begun to listen knows of nobody yet. */
	bool is = json_array_size(list) > 0 &&
	    strcmp(get_text(find_peer(list, name), "state"), state) == 0;
	json_decref(list);
	return is;
}

static bool
are_down(void *arg)
{
	(void)arg;
	return is_state("malang", "down") && is_state("kediri", "down");
}

static void
start_with_bridge(void)
{
	realm_configure(&realm, PEERS);
	realm_start(&realm);
	ck_assert_msg(realm_until(are_down, NULL), "%s", output);
}

/* How often a link was tried: its log says so each time. */
static bool
is_tried_again(void *arg)
{
	return realm_log_count(&realm, "malang: ") > *(size_t *)arg;
}

START_TEST(test_peer_list)
{
	SAYS(0, "NAME  STATE  SINCE  TRIP  QUEUED  OLDEST  LAST ERROR\n", "peer", "list");
	SAYS(0, "[]\n", "peer", "list", "-j");
	learn_peers();
	queue_message("malang", CHAT_OUTBOUND_USER, "messi", "halo");
	TELLS(0, NULL, "\nmalang  no bridge  -         -       1  2", "peer", "list");
	TOLD("\nkediri  no bridge  -         -       0  -    ");
	WORKS(NULL, "peer", "list", "-j");
	json_t *list = parse_list();
	ck_assert_uint_eq(json_array_size(list), 2);
	const json_t *malang = find_peer(list, "malang");
	ck_assert_str_eq(get_text(malang, "state"), "no bridge");
	ck_assert_str_eq(get_text(malang, "address"), "127.0.0.1");
	ck_assert_str_eq(get_text(malang, "fingerprint"), FINGERPRINT);
	ck_assert_str_eq(get_text(malang, "error"), "");
	ck_assert_int_eq(get_number(malang, "port"), 1);
	ck_assert_int_eq(get_number(malang, "queued"), 1);
	ck_assert_int_gt(get_number(malang, "queued_bytes"), 4);
	ck_assert_int_gt(get_number(malang, "oldest_ms"), 0);
	ck_assert(json_is_false(json_object_get(malang, "legacy")));
	ck_assert(json_is_false(json_object_get(malang, "added")));
	ck_assert(json_is_null(json_object_get(malang, "since_ms")));
	ck_assert(json_is_null(json_object_get(malang, "retry_ms")));
	ck_assert(json_is_null(json_object_get(malang, "round_trip_us")));
	const json_t *kediri = find_peer(list, "kediri");
	ck_assert(json_is_true(json_object_get(kediri, "legacy")));
	ck_assert_int_eq(get_number(kediri, "queued"), 0);
	ck_assert(json_is_null(json_object_get(kediri, "oldest_ms")));
	json_decref(list);
}
END_TEST

START_TEST(test_peer_removed)
{
	learn_peers();
	realm_configure(&realm, NULL);
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	realmctl_close();
	TELLS(0, NULL, "\nmalang  removed  -  ", "peer", "list");
}
END_TEST

START_TEST(test_peer_list_bridge)
{
	start_with_bridge();
	WORKS(NULL, "peer", "list", "-j");
	json_t *list = parse_list();
	const json_t *malang = find_peer(list, "malang");
	ck_assert_int_gt(get_number(malang, "since_ms"), 0);
	ck_assert_ptr_nonnull(strstr(get_text(malang, "error"), "refused"));
	json_decref(list);
	TELLS(0, NULL, "\nmalang  down   2", "peer", "list");
	TOLD("Connection refused\n");
}
END_TEST

START_TEST(test_queue_list)
{
	SAYS(0, "REALM  NUMBER  QUEUED  BYTES  FROM -> TO\n", "queue", "list");
	SAYS(1, "kabarctl: realm malang: no such realm\n", "queue", "list", "malang");
	SAYS(0, "[]\n", "queue", "list", "-j");
	learn_peers();
	queue_message("malang", CHAT_OUTBOUND_USER, "Bambang", "rahasia");
	queue_message("malang", CHAT_OUTBOUND_LIST, "bambang,siti", "rahasia");
	queue_message("kediri", CHAT_OUTBOUND_GROUP, "kopi", "rahasia");
	TELLS(0, NULL, "  messi -> Bambang\n", "queue", "list");
	TOLD("\nmalang       2  2");
	TOLD("  messi -> bambang,siti\n");
	TOLD("\nkediri       1  2");
	TOLD("  messi -> kopi\n");
	ck_assert_ptr_null(strstr(output, "rahasia"));
	TELLS(0, NULL, "  messi -> kopi\n", "queue", "list", "Kediri");
	ck_assert_ptr_null(strstr(output, "malang"));
	WORKS(NULL, "queue", "list", "malang", "-j");
	json_t *list = parse_list();
	ck_assert_uint_eq(json_array_size(list), 2);
	const json_t *row = json_array_get(list, 1);
	ck_assert_str_eq(get_text(row, "realm"), "malang");
	ck_assert_str_eq(get_text(row, "from"), "messi");
	ck_assert_str_eq(get_text(row, "to"), "bambang,siti");
	ck_assert_int_eq(get_number(row, "number"), 2);
	ck_assert_int_gt(get_number(row, "queued_ms"), 0);
	ck_assert_int_gt(get_number(row, "bytes"), 0);
	ck_assert(json_is_false(json_object_get(row, "file")));
	json_decref(list);
}
END_TEST

START_TEST(test_queue_drop)
{
	SAYS(1, "kabarctl: realm malang: no such realm\n", "queue", "drop", "malang");
	learn_peers();
	queue_message("malang", CHAT_OUTBOUND_USER, "bambang", "satu");
	queue_message("malang", CHAT_OUTBOUND_USER, "bambang", "dua");
	queue_message("kediri", CHAT_OUTBOUND_USER, "bambang", "tiga");
	SAYS(0, "2 dropped, their senders are told\n", "queue", "drop", "MALANG");
	ck_assert_uint_eq(count_returned(), 2);
	SAYS(0, "[]\n", "queue", "list", "malang", "-j");
	TELLS(0, NULL, "messi -> bambang", "queue", "list", "kediri");
	SAYS(0, "0 dropped, their senders are told\n", "queue", "drop", "malang");
	TELLS(0, NULL, "sound\n", "check");
}
END_TEST

START_TEST(test_queue_drop_bridge)
{
	start_with_bridge();
	queue_message("malang", CHAT_OUTBOUND_USER, "bambang", "satu");
	queue_message("malang", CHAT_OUTBOUND_USER, "bambang", "dua");
	queue_message("kediri", CHAT_OUTBOUND_USER, "bambang", "tiga");
	SAYS(0, "2 dropped, their senders are told\n", "queue", "drop", "malang");
	ck_assert_uint_eq(count_returned(), 2);
	SAYS(0, "[]\n", "queue", "list", "malang", "-j");
	queue_message("malang", CHAT_OUTBOUND_USER, "bambang", "empat");
	SAYS(0, "1 dropped, their senders are told\n", "queue", "drop", "malang");
	ck_assert_uint_eq(count_returned(), 3);
	SAYS(0, "1 dropped, their senders are told\n", "queue", "drop", "kediri");
	TELLS(0, NULL, "sound\n", "check");
}
END_TEST

START_TEST(test_queue_flush)
{
	static const char silence[] = "kabarctl: kabar-bridge does not run, or does not answer\n";

	SAYS(69, silence, "queue", "flush");
	learn_peers();
	SAYS(69, silence, "queue", "flush", "malang");
	SAYS(1, "kabarctl: realm batu: no such realm\n", "queue", "flush", "batu");
}
END_TEST

/* However long the pause has become. */
START_TEST(test_queue_flush_bridge)
{
	size_t tried;

	realm_configure(&realm, PEERS "log_level = \"debug\"\n");
	realm_start(&realm);
	ck_assert(realm_until(are_down, NULL));
	for (int i = 0; i < 12; i++) {
		tried = realm_log_count(&realm, "malang: ");
		SAYS(0, "", "queue", "flush", i % 2 == 0 ? "malang" : "Malang");
		ck_assert(realm_until(is_tried_again, &tried));
	}
	tried = realm_log_count(&realm, "malang: ");
	SAYS(0, "", "queue", "flush");
	ck_assert(realm_until(is_tried_again, &tried));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl peer");
	TCase *tcase = realmctl_tcase(suite, "kabarctl peer");

	tcase_add_test(tcase, test_peer_list);
	tcase_add_test(tcase, test_peer_removed);
	tcase_add_test(tcase, test_peer_list_bridge);
	tcase_add_test(tcase, test_queue_list);
	tcase_add_test(tcase, test_queue_drop);
	tcase_add_test(tcase, test_queue_drop_bridge);
	tcase_add_test(tcase, test_queue_flush);
	tcase_add_test(tcase, test_queue_flush_bridge);
	return realm_run_suite(suite);
}
