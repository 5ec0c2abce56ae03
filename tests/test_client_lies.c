/*
 * The client's commands with servers that lie, and with older ones: what is no reply, never ends,
 * or is huge; what would act on a terminal; names that are paths; and messages that are sent again
 * after the connection broke.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "client_home.h"
#include "liar.h"

#define TOKEN "4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f"

static struct realm realm; /* only its directory, for the home */
static struct liar liar;
static char notes[REALM_PATH_MAX + 16];

static void
setup(void)
{
	realm_make(&realm, "");
	snprintf(notes, sizeof(notes), "%s/notes", realm.dir);
	client_home_enter(&realm, "messi");
	ck_assert_int_eq(chdir(client_home_path(".")), 0);
}

static void
teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	liar_stop(&liar);
	realm_remove(&realm);
}

/* Starts the server, and writes the account as a login would have. */
static void
begin(liar_serve *serve, void *arg, const char *dialect)
{
	char account[512];

	liar = liar_start(serve, arg);
	snprintf(account, sizeof(account),
	    "{\"user\":\"messi\",\"host\":\"127.0.0.1\",\"port\":%u,\"tls\":false,\"dialect\":\"%"
	    "s\","
	    "\"token\":\"" TOKEN "\"}",
	    liar.port, dialect);
	client_home_write(".local/state/kabar/accounts/default", account);
}

/* Answers each request but "features" with the text that is arg; that one is unknown. */
static void
answer_all(struct liar_client *client)
{
	char request[4096];

	while (liar_hear(client, request, sizeof(request)))
		if (strcmp(request, "features") == 0)
			liar_reply(client,
			    "{\"status\":\"ERROR\",\"message\":\"*Maaf, command tidak benar\"}");
		else
			liar_reply(client, client->arg);
}

static void *
text(const char *literal)
{
	return (void *)(uintptr_t)literal;
}

static const struct {
	const char *reply;
	int status;
} no_replies[] = {
	{ "halo", EX_PROTOCOL },
	{ "{}", EX_PROTOCOL },
	{ "{\"status\":1}", EX_PROTOCOL },
	{ "[]", EX_PROTOCOL },
	{ "", EX_PROTOCOL },
	{ "{\"status\":\"OK\"}", 0 },
	{ "{\"status\":\"OK\",\"messages\":7}", 0 },
	{ "{\"status\":\"OK\",\"messages\":{\"a\":7,\"b\":[7,null,[]],\"c\":{}}}", 0 },
	{ "{\"status\":\"ERROR\"}", EX_UNAVAILABLE },
};

START_TEST(what_is_no_reply_is_an_error)
{
	begin(answer_all, text(no_replies[_i].reply), "realm");
	ck_assert_int_eq(CLIENT_RUN(NULL, "inbox"), no_replies[_i].status);
	ck_assert_int_eq(CLIENT_RUN(NULL, "who"), no_replies[_i].status);
	ck_assert_int_eq(CLIENT_RUN(NULL, "file", "list"), no_replies[_i].status);
	ck_assert_int_eq(CLIENT_RUN(NULL, "info", "a"), no_replies[_i].status);
}
END_TEST

/* Each is ended by NULL. */
static const char *const commands[][5] = {
	{ "inbox" },
	{ "who" },
	{ "info", "a" },
	{ "file", "list" },
	{ "send", "a", "halo" },
	{ "file", "get", "a", "b" },
};

#define EVIL "\\u001b[2J\\u009b1m\\u202e\\u0007"

/* What was said has nothing that would act on a terminal. */
static void
expect_harmless(void)
{
	for (const char *at = client_home_said; *at != '\0'; at++)
		ck_assert_msg(((unsigned char)*at >= ' ' && *at != 0x7f) || *at == '\n', "%d: %s",
		    *at, client_home_said);
	ck_assert_ptr_null(strstr(client_home_said, "\xe2\x80\xae"));
	ck_assert_ptr_null(strstr(client_home_said, "\xc2\x9b"));
}

START_TEST(nothing_acts_on_a_terminal)
{
	static const char reply[] =
	    "{\"status\":\"OK\",\"message\":[{\"username\":\"" EVIL "\",\"name\":\"" EVIL
	    "\",\"country\":\"" EVIL "\"}],\"messages\":{\"" EVIL "\":[\"" EVIL
	    "\",{\"msg_from\":\"" EVIL "\",\"msg\":\"" EVIL "\",\"group\":\"" EVIL
	    "\",\"file\":\"" EVIL "\"}]}}";
	static const char error[] = "{\"status\":\"ERROR\",\"message\":\"" EVIL "\"}";

	for (int turn = 0; turn < 2; turn++) {
		begin(answer_all, text(turn == 0 ? reply : error), "realm");
		for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
			client_home_run(NULL, commands[i]);
			expect_harmless();
		}
		liar_stop(&liar);
	}
}
END_TEST

/* Says as much as the client takes, and never ends the reply. */
static void
never_end(struct liar_client *client)
{
	static char much[65536];

	memset(much, 'a', sizeof(much));
	liar_say_text(client, client->arg);
	while (liar_say(client, much, sizeof(much)))
		;
}

START_TEST(a_reply_without_end_is_an_error)
{
	static const char *const beginnings[] = { "{\"status\":\"OK\",\"message\":\"",
		"{\"status\":\"OK\",\"data\":\"!" };

	begin(never_end, text(beginnings[_i]), _i == 0 ? "show" : "files");
	ck_assert_int_eq(CLIENT_RUN(NULL, "send", "a", "halo"), EX_PROTOCOL);
	if (_i == 1)
		ck_assert_int_eq(CLIENT_RUN(NULL, "file", "get", "a", "b"), EX_PROTOCOL);
	ck_assert_int_eq(access("b", F_OK), -1);
}
END_TEST

START_TEST(files_keep_the_callers_names)
{
	char path[] = "../jahat";

	begin(answer_all,
	    text("{\"status\":\"OK\",\"messages\":\"Downloaded\",\"filename\":\"../jahat\","
	         "\"data\":\"aGFsbw==\"}"),
	    "files");
	CLIENT_SAYS(0, "", NULL, "file", "get", "henderson", "baik");
	ck_assert_int_eq(access("baik", F_OK), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
	liar_stop(&liar);
	begin(answer_all, text("{\"status\":\"OK\",\"size\":7,\"data\":\"aGFsbw==\"}"), "files");
	CLIENT_SAYS(EX_PROTOCOL, "kabar: what the server sent is not the whole file\n", NULL,
	    "file", "get", "henderson", "kurang");
	ck_assert_int_eq(access("kurang", F_OK), -1);
	ck_assert_int_eq(CLIENT_RUN(NULL, "file", "get", "henderson", "x", "-o", "baik"),
	    EX_PROTOCOL);
	ck_assert_int_eq(access("baik", F_OK), 0);
}
END_TEST

/* Cuts the file in the middle. */
static void
cut_file(struct liar_client *client)
{
	char request[4096];

	if (liar_hear(client, request, sizeof(request)))
		liar_say_text(client, "{\"status\":\"OK\",\"data\":\"aGFs");
}

START_TEST(a_cut_file_gets_no_name)
{
	DIR *dir;
	const struct dirent *entry;

	begin(cut_file, NULL, "files");
	CLIENT_TELLS(EX_TEMPFAIL, "closed the connection", NULL, "file", "get", "a", "b");
	dir = opendir(".");
	while ((entry = readdir(dir)) != NULL)
		ck_assert_msg(entry->d_name[0] == '.' && entry->d_name[1] != 'k', "%s",
		    entry->d_name);
	closedir(dir);
}
END_TEST

/* Says what a server says that has no room, unasked. */
static void
turn_away(struct liar_client *client)
{
	liar_reply(client, "{\"status\":\"ERROR\",\"message\":\"Server penuh, coba lagi nanti\"}");
}

START_TEST(a_full_server_is_sent_nothing)
{
	begin(turn_away, NULL, "realm");
	CLIENT_SAYS(EX_TEMPFAIL, "kabar: the server has no room for another client\n", NULL, "send",
	    "a", "halo");
}
END_TEST

/* The dialect of inboxes, each as its servers show it. */
static const struct {
	const char *dialect;
	const char *reply;
	const char *shown;
} inboxes[] = {
	{ "show",
	    "{\"status\":\"OK\",\"messages\":{\"henderson\":[{\"msg_from\":\"Jordan Henderson\","
	    "\"msg_to\":\"Gary Lineker\",\"msg\":\" halo \\r\\n\"}]}}",
	    "henderson: halo\n" },
	{ "files",
	    "{\"status\":\"OK\",\"messages\":{\"lineker\":[\" balas \\r\\n\"],\"tim\":[{"
	    "\"msg_from\":\"Jordan Henderson\",\"msg_to\":\"tim\",\"msg\":\" rapat \\r\\n\"}]}}",
	    "lineker: balas\nJordan Henderson #tim: rapat\n" },
	{ "realm",
	    "{\"status\":\"OK\",\"messages\":{\"messi\":[{\"msg_from\":\"Lionel Messi\",\"msg_to\":"
	    "\"kopi\",\"msg\":\"ngopi\",\"group\":\"kopi\"}]}}",
	    "messi #kopi: ngopi\n" },
};

START_TEST(inboxes_of_all_dialects)
{
	begin(answer_all, text(inboxes[_i].reply), inboxes[_i].dialect);
	CLIENT_SAYS(0, inboxes[_i].shown, NULL, "inbox");
}
END_TEST

START_TEST(other_realms_have_inboxes)
{
	begin(answer_all,
	    text("{\"status\":\"OK\",\"messages\":[{\"msg_from\":\"Gary Lineker\",\"msg_to\":\"x\","
	         "\"msg\":\"payung\"}]}"),
	    "realm");
	CLIENT_SAYS(0, "Gary Lineker@malang: payung\n", NULL, "inbox", "-r", "malang");
}
END_TEST

/* Notes each request in a file; which connection it is, the file's length tells. */
static void
note_request(const char *request)
{
	FILE *file = fopen(notes, "a");

	if (file != NULL) {
		fprintf(file, "%s\n", request);
		fclose(file);
	}
}

/* Knows features, and hangs up on the first posts before it answers. */
static void
lose_replies(struct liar_client *client)
{
	int *left = client->arg;
	char request[4096];

	while (liar_hear(client, request, sizeof(request))) {
		if (strcmp(request, "features") == 0) {
			liar_reply(client,
			    "{\"status\":\"OK\",\"features\":[\"post\",\"client\"]}");
			continue;
		}
		if (strncmp(request, "post ", 5) == 0) {
			note_request(request);
			if ((*left)-- > 0) {
				if (*left % 2 == 0)
					return;
				liar_reply(client, "{\"status\":\"ERROR\",\"code\":\"UNSURE\"}");
				continue;
			}
			liar_reply(client, "{\"status\":\"OK\",\"id\":7,\"time\":\"x\"}");
			continue;
		}
		liar_reply(client, "{\"status\":\"OK\"}");
	}
}

START_TEST(a_lost_reply_is_asked_for_again)
{
	static int left = 4;
	char line[512], first[512] = "";
	int n = 0;
	FILE *file;

	begin(lose_replies, &left, "realm");
	CLIENT_SAYS(0, "{\"id\":7,\"time\":\"x\"}\n", NULL, "-j", "send", "henderson", "halo");
	file = fopen(notes, "r");
	ck_assert_ptr_nonnull(file);
	for (; fgets(line, sizeof(line), file) != NULL; n++) {
		if (n == 0)
			memcpy(first, line, sizeof(first));
		ck_assert_str_eq(line, first); /* the same key */
	}
	fclose(file);
	ck_assert_int_eq(n, 5);
	ck_assert_ptr_nonnull(strstr(first, "post " TOKEN " "));
	ck_assert_ptr_nonnull(strstr(first, " henderson halo\n"));
}
END_TEST

static void
hang_up(struct liar_client *client)
{
	char request[4096];

	(void)liar_hear(client, request, sizeof(request));
}

START_TEST(without_keys_nothing_is_sent_twice)
{
	begin(hang_up, NULL, "show");
	CLIENT_TELLS(EX_TEMPFAIL, "it is not known whether the message was sent", NULL, "send", "a",
	    "halo");
}
END_TEST

/* Follows with two messages on the first connection, and one more on the next. */
static void
tell_messages(struct liar_client *client)
{
	int *turn = client->arg;
	char request[4096];

	if (!liar_hear(client, request, sizeof(request)))
		return;
	if (strncmp(request, "follow ", 7) != 0) {
		liar_reply(client, "{\"status\":\"ERROR\"}");
		return;
	}
	liar_reply(client, "{\"status\":\"OK\",\"message\":\"Following\"}");
	if ((*turn)++ == 0) {
		liar_reply(client,
		    "{\"status\":\"OK\",\"event\":\"message\",\"sender\":\"messi\","
		    "\"msg_from\":\"Lionel Messi\",\"msg_to\":\"x\",\"msg\":\" satu; `id` $(id) "
		    "\\r\\n\"}");
		liar_reply(client, "{\"status\":\"OK\",\"event\":\"lost\",\"count\":12}");
		return;
	}
	liar_reply(client, "{\"event\":\"message\",\"sender\":\"owen\",\"msg\":\" dua \\r\\n\"}");
	liar_reply(client, "{\"status\":\"ERROR\",\"message\":\"Session Tidak Ditemukan\"}");
}

START_TEST(follow_comes_back)
{
	static int turn;

	begin(tell_messages, &turn, "show");
	CLIENT_SAYS(EX_NOPERM,
	    "messi: satu; `id` $(id)\n"
	    "kabar: some messages were removed before they were read: 12\n"
	    "owen: dua\nkabar: the session has ended: log in again\n",
	    NULL, "follow");
}
END_TEST

/* Follows, is then without room and time for a while, and follows again. */
static void
be_busy(struct liar_client *client)
{
	static const char *const replies[] = { "{\"status\":\"OK\",\"message\":\"Following\"}", "",
		"{\"status\":\"ERROR\",\"message\":\"Server penuh, coba lagi nanti\"}",
		"{\"status\":\"ERROR\",\"message\":\"Terlalu banyak percobaan\"}",
		"{\"status\":\"ERROR\",\"message\":\"Session Tidak Ditemukan\"}" };
	int *turn = client->arg;
	char request[4096];

	if (liar_hear(client, request, sizeof(request)) && replies[*turn][0] != '\0')
		liar_reply(client, replies[*turn]);
	(*turn)++;
}

START_TEST(follow_outlasts_a_busy_server)
{
	static int turn;

	begin(be_busy, &turn, "show");
	CLIENT_SAYS(EX_NOPERM, "kabar: the session has ended: log in again\n", NULL, "follow");
}
END_TEST

/* Tells of a message that would act on a terminal, and on whoever believes a name. */
static void
tell_evil(struct liar_client *client)
{
	char request[4096];

	if (!liar_hear(client, request, sizeof(request)))
		return;
	liar_reply(client, "{\"status\":\"OK\",\"message\":\"Following\"}");
	liar_reply(client,
	    "{\"event\":\"message\",\"sender\":\"-n" EVIL "\",\"msg_from\":\"" EVIL
	    "\",\"group\":\"" EVIL "\",\"file\":\"../../-x" EVIL "\",\"msg\":\" a" EVIL
	    "\\u007f\\r\\nb \\r\\n\"}");
	liar_reply(client, "{\"status\":\"ERROR\",\"message\":\"Session Tidak Ditemukan\"}");
}

START_TEST(a_program_is_told_nothing_that_acts)
{
	static const char script[] = "#!/bin/sh\necho \"<$KABAR_FROM|$KABAR_NAME|$KABAR_GROUP\"\n"
	                             "echo \"$KABAR_FILE|$(cat)>\"\n";

	client_home_write("jalan", script);
	ck_assert_int_eq(chmod("jalan", 0700), 0);
	begin(tell_evil, NULL, "show");
	ck_assert_int_eq(CLIENT_RUN(NULL, "follow", "-x", "./jalan"), EX_NOPERM);
	ck_assert_ptr_nonnull(strstr(client_home_said, "<n"));
	ck_assert_ptr_nonnull(strstr(client_home_said, "\nx"));
	ck_assert_ptr_nonnull(strstr(client_home_said, "\nb>\n"));
	expect_harmless();
	ck_assert_int_eq(CLIENT_RUN(NULL, "-j", "follow"), EX_NOPERM);
	expect_harmless();
	ck_assert_ptr_nonnull(strstr(client_home_said, "\\u007f"));
}
END_TEST

START_TEST(follow_runs_a_program)
{
	static int turn;
	static const char script[] = "#!/bin/sh\necho \"<$KABAR_FROM|$KABAR_NAME|$(cat)>\"\n";

	client_home_write("jalan", script);
	ck_assert_int_eq(chmod("jalan", 0700), 0);
	begin(tell_messages, &turn, "show");
	ck_assert_int_eq(CLIENT_RUN(NULL, "follow", "-x", "./jalan"), EX_NOPERM);
	ck_assert_msg(strstr(client_home_said, "<messi|Lionel Messi|satu; `id` $(id)>\n") != NULL,
	    "%s", client_home_said);
	ck_assert_msg(strstr(client_home_said, "<owen||dua>\n") != NULL, "%s", client_home_said);
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	Suite *suite = suite_create("client_lies");
	TCase *tc = realm_tcase(suite, "lies");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_is_no_reply_is_an_error, 0, COUNT(no_replies));
	tcase_add_test(tc, nothing_acts_on_a_terminal);
	tcase_add_loop_test(tc, a_reply_without_end_is_an_error, 0, 2);
	tcase_add_test(tc, files_keep_the_callers_names);
	tcase_add_test(tc, a_cut_file_gets_no_name);
	tcase_add_test(tc, a_full_server_is_sent_nothing);
	tc = realm_tcase(suite, "older servers");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, inboxes_of_all_dialects, 0, COUNT(inboxes));
	tcase_add_test(tc, other_realms_have_inboxes);
	tcase_add_test(tc, a_lost_reply_is_asked_for_again);
	tcase_add_test(tc, without_keys_nothing_is_sent_twice);
	tcase_add_test(tc, follow_comes_back);
	tcase_add_test(tc, follow_outlasts_a_busy_server);
	tcase_add_test(tc, a_program_is_told_nothing_that_acts);
	tcase_add_test(tc, follow_runs_a_program);
	return realm_run_suite(suite);
}
