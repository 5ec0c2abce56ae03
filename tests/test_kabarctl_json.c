/*
 * kabarctl -j: every command takes it, and prints JSON and nothing else: an object that says what
 * was done, what the command shows, or an error. Each key stands in the manual page.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "chat/realm/peer.h"
#include "realmctl.h"
#include "suite.h"

#define PAGE     "man/kabarctl.8"
#define PEERS    "peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n"
#define WORD     64
#define ROW_ARGS 5

/* In this order, each on the realm that those before have left. */
static const struct row {
	const char *args[ROW_ARGS]; /* a slash at the beginning: in the realm's directory */
	const char *input;
	int status;
	const char *key; /* of the object; NULL: an array */
} rows[] = {
	{ .args = { "init" }, .status = 1, .key = "error" },
	{ .args = { "user", "add", "xavi", "-a" }, .input = "a\n", .key = "command" },
	{ .args = { "user", "add", "xavi" }, .input = "a\n", .status = 1, .key = "error" },
	{ .args = { "user", "passwd", "xavi" }, .input = "b\n", .key = "command" },
	{ .args = { "user", "lock", "xavi" }, .key = "command" },
	{ .args = { "user", "unlock", "xavi" }, .key = "command" },
	{ .args = { "user", "quota", "xavi", "1K" }, .key = "command" },
	{ .args = { "user", "admin", "xavi", "off" }, .key = "command" },
	{ .args = { "user", "unblock", "xavi", "messi" }, .status = 1, .key = "error" },
	{ .args = { "user", "list" } },
	{ .args = { "user", "show", "xavi" }, .key = "files_limit" },
	{ .args = { "group", "add", "kopi", "messi" }, .key = "command" },
	{ .args = { "group", "join", "kopi", "xavi" }, .key = "command" },
	{ .args = { "group", "list" } },
	{ .args = { "group", "show", "kopi" }, .key = "members" },
	{ .args = { "group", "leave", "kopi", "xavi" }, .key = "command" },
	{ .args = { "group", "private", "kopi", "on" }, .key = "command" },
	{ .args = { "group", "history", "kopi", "open" }, .key = "command" },
	{ .args = { "group", "files", "kopi", "members" }, .key = "command" },
	{ .args = { "group", "moderated", "kopi", "on" }, .key = "command" },
	{ .args = { "group", "topics", "kopi", "members" }, .key = "command" },
	{ .args = { "group", "secret", "kopi", "on" }, .key = "command" },
	{ .args = { "group", "key", "kopi", "rahasia" }, .key = "command" },
	{ .args = { "group", "limit", "kopi", "7" }, .key = "command" },
	{ .args = { "group", "topic", "kopi", "kopi" }, .key = "command" },
	{ .args = { "group", "operator", "kopi", "messi" }, .key = "command" },
	{ .args = { "group", "voice", "kopi", "messi" }, .key = "command" },
	{ .args = { "group", "ban", "kopi", "pele" }, .key = "command" },
	{ .args = { "group", "invite", "kopi", "xavi" }, .key = "command" },
	{ .args = { "group", "del", "kopi" }, .key = "command" },
	{ .args = { "invite", "-m", "kelas 3" }, .key = "code" },
	{ .args = { "invites" } },
	{ .args = { "uninvite", "1" }, .status = 1, .key = "error" },
	{ .args = { "realm" }, .key = "fingerprint" },
	{ .args = { "peer", "list" } },
	{ .args = { "queue", "list" } },
	{ .args = { "queue", "flush" }, .status = 69, .key = "error" },
	{ .args = { "queue", "drop", "malang" }, .key = "dropped" },
	{ .args = { "who" } },
	{ .args = { "broadcast", "halo" }, .key = "reached" },
	{ .args = { "stats" }, .key = "messages_total" },
	{ .args = { "kick", "messi" }, .key = "connections" },
	{ .args = { "check" }, .key = "findings" },
	{ .args = { "janitor" }, .key = "messages" },
	{ .args = { "compact" }, .key = "command" },
	{ .args = { "backup", "/backup" }, .key = "command" },
	{ .args = { "backup", "-" }, .status = 64, .key = "error" },
	{ .args = { "export", "/accounts" }, .key = "command" },
	{ .args = { "user", "del", "xavi" }, .key = "command" },
	{ .args = { "import", "/accounts" }, .key = "added" },
	{ .args = { "restore", "/backup" }, .status = 1, .key = "error" },
	{ .args = { "restore", "/backup", "-m" }, .key = "moved_aside" },
	{ .args = { "check", "--repair", "--dry-run" }, .key = "to_repair" },
	{ .args = { "check", "--repair" }, .key = "repairs" },
	{ .args = { "status" }, .status = 3, .key = "error" },
	{ .args = { "reload" }, .status = 69, .key = "error" },
	{ .args = { "upgrade" }, .status = 69, .key = "error" },
	{ .args = { "stop" }, .status = 69, .key = "error" },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Every line of what was printed last is JSON; the last one. */
static json_t *
parse_lines(void)
{
	json_t *last = NULL;
	char *rest = output;

	for (char *line; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
		json_error_t error;

		json_decref(last);
		last = json_loads(line, JSON_REJECT_DUPLICATES, &error);
		ck_assert_msg(last != NULL, "%s: %s", error.text, line);
	}
	ck_assert_ptr_nonnull(last);
	return last;
}

/* Tells whether a word stands in the manual page. */
static bool
is_documented(const char *word)
{
	static char page[128 * 1024];
	const char *srcdir = getenv("srcdir");
	size_t len = strlen(word);
	char path[1024];

	if (page[0] == '\0') {
		snprintf(path, sizeof(path), "%s/" PAGE, srcdir == NULL ? "." : srcdir);
		FILE *file = fopen(path, "re");
		ck_assert_msg(file != NULL, "cannot read %s", path);
		ck_assert_uint_gt(fread(page, 1, sizeof(page) - 1, file), 0);
		fclose(file);
	}
	for (const char *at = page; (at = strstr(at, word)) != NULL; at++)
		if (!isalnum((unsigned char)at[-1]) && at[-1] != '_' &&
		    !isalnum((unsigned char)at[len]) && at[len] != '_')
			return true;
	return false;
}

static void
check_keys(json_t *told)
{
	const char *key;
	json_t *value;
	size_t i;

	json_array_foreach (told, i, value)
		check_keys(value);
	json_object_foreach (told, key, value) {
		ck_assert_msg(is_documented(key), "%s is not in " PAGE, key);
		check_keys(value);
	}
}

static void
run_row(const struct row *row)
{
	const char *args[ROW_ARGS + 2] = { NULL };
	char path[REALM_PATH_MAX + WORD];
	size_t n = 0;

	for (; n < ROW_ARGS && row->args[n] != NULL; n++) {
		args[n] = row->args[n];
		if (*args[n] != '/')
			continue;
		snprintf(path, sizeof(path), "%s%s", realm.dir, args[n]);
		args[n] = path;
	}
	args[n] = "-j";
	int status = realmctl(row->input, args);
	ck_assert_msg(status == row->status, "%s %s: %d: %s", args[0], args[1], status, output);
	json_t *told = parse_lines();
	if (row->key == NULL)
		ck_assert(json_is_array(told));
	else
		ck_assert_msg(json_object_get(told, row->key) != NULL, "%s %s: no %s", args[0],
		    args[1], row->key);
	check_keys(told);
	json_decref(told);
}

START_TEST(every_command)
{
	realm_configure(&realm, PEERS);
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	realmctl_close();
	for (size_t i = 0; i < N_ROWS; i++)
		run_row(&rows[i]);
}
END_TEST

static bool
is_tested(const char *first, const char *second)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (strcmp(rows[i].args[0], first) == 0 &&
		    (*second == '\0' || strcmp(rows[i].args[1], second) == 0))
			return true;
	return false;
}

/* A command that is new has -j in its usage, and a row here. */
START_TEST(no_command_is_left_out)
{
	char first[WORD], second[WORD], *rest = output;
	size_t n = 0;

	ck_assert_int_eq(realmctl(NULL, ARGS("-h")), 0);
	for (char *line; (line = strtok_r(rest, "\n", &rest)) != NULL;) {
		const char *at = strstr(line, "[-c FILE] ");

		if (at == NULL)
			continue;
		second[0] = '\0';
		ck_assert_int_ge(sscanf(at, "[-c FILE] %63[a-z] %63[a-z]", first, second), 1);
		ck_assert_msg(strcmp(line + strlen(line) - 5, " [-j]") == 0, "%s", line);
		ck_assert_msg(is_tested(first, second), "%s %s", first, second);
		n++;
	}
	ck_assert_uint_gt(n, 30);
}
END_TEST

START_TEST(report)
{
	SAYS(0, "{\"command\":\"user lock\",\"arguments\":[\"messi\"]}\n", "user", "lock", "messi",
	    "-j");
	SAYS(0, "{\"command\":\"broadcast\",\"arguments\":[\"halo\"],\"users\":3,\"reached\":3}\n",
	    "broadcast", "-j", "halo");
	SAYS(0, "{\"command\":\"kick\",\"arguments\":[\"messi\"],\"connections\":0}\n", "kick",
	    "messi", "-j");
	SAYS(1, "{\"error\":\"user a?b: no such user\",\"status\":1}\n", "kick", "a\377b", "-j");
}
END_TEST

START_TEST(master)
{
	realm_start(&realm);
	TELLS(0, NULL, "{\"pid\":", "status", "-j");
	TELLS(0, NULL, "{\"command\":\"reload\",\"arguments\":[],\"answer\":\"realm surabaya",
	    "reload", "-j");
	realm_configure(&realm, "max_clients = none");
	TELLS(1, NULL, "{\"error\":\"", "reload", "-j");
	realm_configure(&realm, NULL);
	SAYS(0, "{\"command\":\"stop\",\"arguments\":[]}\n", "stop", "-j");
	ck_assert_int_eq(realm_await(realm.kabard), 0);
	realm.kabard = 0;
}
END_TEST

/* An account that is wrong is an error on its line; the report says how many there were. */
START_TEST(import)
{
	TELLS(65, "{\"name\":\"a1\"}\n?\n", "{\"error\":\"standard input:2: ", "import", "-j");
	TOLD("{\"command\":\"import\",\"arguments\":[],\"added\":1,\"skipped\":0,\"refused\":1}\n");
	/* To standard output there are the accounts only. */
	WORKS(NULL, "export", "-j");
	ck_assert_ptr_null(strstr(output, "\"command\""));
	json_decref(parse_lines());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl json");
	TCase *tcase = realmctl_tcase(suite, "kabarctl json");

	tcase_add_test(tcase, every_command);
	tcase_add_test(tcase, no_command_is_left_out);
	tcase_add_test(tcase, report);
	tcase_add_test(tcase, master);
	tcase_add_test(tcase, import);
	return realm_run_suite(suite);
}
