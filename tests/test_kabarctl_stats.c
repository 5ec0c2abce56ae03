/*
 * kabarctl stats: the realm in numbers, for people, as JSON and for Prometheus.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chat/file/upload.h"
#include "chat/message.h"
#include "chat/realm/peer.h"
#include "dialogue.h"
#include "realmctl.h"

#define PEERS   "peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n"
#define CONTENT "the content of a file"
#define WORD    128

/* Two users have sent each other the same file, a message, and one for another realm. */
static void
fill_realm(void)
{
	struct chat_outbound outbound = { .kind = CHAT_OUTBOUND_USER,
		.from = chat_text("messi"),
		.from_name = chat_text("Lionel Messi"),
		.to = chat_text("maradona"),
		.text = chat_text("halo") };
	struct chat_session messi = { .user.id = 0 };
	struct chat_upload upload;
	struct chat_peer peer;
	uint64_t id;

	realm_configure(&realm, PEERS);
	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "user", "lock", "henderson");
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &messi.user), CHAT_OK);
	for (int i = 0; i < 2; i++) {
		chat_upload_init(&upload, &messi);
		ck_assert_int_eq(chat_upload_to_user(&chat, &upload, chat_text("lineker")),
		    CHAT_OK);
		ck_assert_int_eq(chat_upload_begin(&chat, &upload,
		                     chat_text(i == 0 ? "a.txt" : "b.txt")),
		    CHAT_OK);
		ck_assert_int_eq(chat_upload_write(&upload, CONTENT, strlen(CONTENT)), CHAT_OK);
		ck_assert_int_eq(chat_upload_finish(&chat, &upload), CHAT_OK);
		chat_upload_end(&upload);
	}
	ck_assert_int_eq(chat_message_send(&chat, &messi, chat_text("lineker"), chat_text("halo")),
	    CHAT_OK);
	outbound.from_id = messi.user.id;
	ck_assert_int_eq(chat_peer_find(&chat, chat_text("malang"), &peer), CHAT_OK);
	ck_assert_int_eq(chat_outbound_put(&chat, &peer, &outbound, &id), CHAT_OK);
	realmctl_close();
}

START_TEST(test_json)
{
	static const struct {
		const char *key;
		json_int_t value;
	} expected[] = { { "up", 0 }, { "users", 3 }, { "users_locked", 1 }, { "groups", 1 },
		{ "messages_total", 4 }, { "files", 2 },
		{ "files_bytes", 2 * (sizeof(CONTENT) - 1) }, { "contents", 1 },
		{ "contents_bytes", sizeof(CONTENT) - 1 }, { "log_files", 1 },
		{ "connections_logged_in", 0 } };
	json_int_t queued;
	const char *name;
	int up;

	fill_realm();
	WORKS(NULL, "stats", "-j");
	json_t *stats = json_loads(output, 0, NULL);
	ck_assert_ptr_nonnull(stats);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		ck_assert_msg(json_integer_value(json_object_get(stats, expected[i].key)) ==
		        expected[i].value,
		    "%s: %s", expected[i].key, output);
	ck_assert_int_gt(json_integer_value(json_object_get(stats, "log_bytes")), 1000);
	ck_assert_int_gt(json_integer_value(json_object_get(stats, "tables_bytes")), 1000);
	ck_assert_int_gt(json_integer_value(json_object_get(stats, "journal_bytes")), 1000);
	ck_assert_int_gt(json_integer_value(json_object_get(stats, "checkpoint_bytes")), 1000);
	ck_assert_str_eq(json_string_value(json_object_get(stats, "version")), PACKAGE_VERSION);
	ck_assert_int_eq(json_unpack(stats, "{s[{ss sb sI}!]}", "peers", "name", &name, "up", &up,
	                     "queued", &queued),
	    0);
	ck_assert_str_eq(name, "malang");
	ck_assert_int_eq(queued, 1);
	ck_assert(!up);
	json_decref(stats);
}
END_TEST

START_TEST(test_text)
{
	fill_realm();
	TELLS(0, NULL, "\nusers                    3\nusers locked             1\n", "stats");
	TOLD("\n  realm                  0\n");
	TOLD("\nmalang                   down, 1 queued, ");
}
END_TEST

/* Each sample follows its HELP and TYPE, counters end in _total and nothing else does. */
static void
check_exposition(void)
{
	char name[WORD] = "", type[WORD] = "", found[WORD], *end;
	size_t samples = 0;

	for (char *line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		if (sscanf(line, "# HELP kabar_%100[a-z_] %*[^\n]", found) == 1) {
			strcpy(name, found);
			type[0] = '\0';
			continue;
		}
		if (sscanf(line, "# TYPE kabar_%100[a-z_] %100s", found, type) == 2) {
			ck_assert_str_eq(found, name);
			ck_assert(strcmp(type, "gauge") == 0 || strcmp(type, "counter") == 0);
			ck_assert_int_eq(strcmp(type, "counter") == 0,
			    strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0);
			continue;
		}
		ck_assert_int_eq(sscanf(line, "kabar_%100[a-z_]", found), 1);
		ck_assert_str_eq(found, name);
		ck_assert_str_ne(type, "");
		ck_assert_ptr_nonnull(strrchr(line, ' '));
		strtod(strrchr(line, ' ') + 1, &end);
		ck_assert_msg(*end == '\0', "%s", line);
		samples++;
	}
	ck_assert_uint_gt(samples, 15);
}

START_TEST(test_prometheus)
{
	fill_realm();
	TELLS(0, NULL, "\nkabar_users 3\n", "stats", "-p");
	TOLD("\nkabar_up 0\n");
	TOLD("\n# TYPE kabar_messages_total counter\nkabar_messages_total 4\n");
	TOLD("\nkabar_connections{dialect=\"realm\"} 0\n");
	TOLD("\nkabar_peer_queued_messages{peer=\"malang\"} 1\n");
	TOLD("kabar_build_info{realm=\"surabaya\",version=\"" PACKAGE_VERSION "\"} 1\n");
	check_exposition();
}
END_TEST

START_TEST(test_connections)
{
	struct dialogue dialogue;

	realm_start(&realm);
	dialogue_begin(&dialogue, &realm, DIALOGUE_TCP);
	dialogue_run(&dialogue,
	    "a> auth messi surabaya\na< TOKEN a\n"
	    "b> auth messi falsch\nb< ERROR Password Salah\n");
	TELLS(0, NULL, "\nkabar_connections_logged_in 1\n", "stats", "-p");
	TOLD("\nkabar_up 1\n");
	/* Who has not logged in has no way to the scoreboard. */
	TOLD("\nkabar_connections{dialect=\"realm\"} 1\n");
	TELLS(0, NULL,
	    "{\"user\":\"messi\",\"address\":\"127.0.0.1\",\"dialect\":\"realm\","
	    "\"since_ms\":1",
	    "who", "-j");
	json_t *list = json_loads(output, 0, NULL);
	ck_assert_uint_eq(json_array_size(list), 1);
	json_decref(list);
	dialogue_end(&dialogue);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl stats");
	TCase *tcase = realmctl_tcase(suite, "kabarctl stats");

	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_text);
	tcase_add_test(tcase, test_prometheus);
	tcase_add_test(tcase, test_connections);
	return realm_run_suite(suite);
}
