/*
 * Conversations of the client with the real server: both sides, page by page; and messages that are
 * sent over a connection which breaks, and arrive once.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "client_home.h"
#include "relay.h"

#define MANY     25
#define MESSAGES 12

static struct realm realm;

static void
setup(void)
{
	realm_make(&realm, "");
	realm_start(&realm);
}

static void
teardown(void)
{
	realm_remove(&realm);
}

/* The texts of the lines of JSON that were printed last, with commas between them. */
static const char *
texts(void)
{
	static char list[4096];
	char *rest = client_home_said, *line;

	list[0] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		json_t *object = json_loads(line, 0, NULL);
		const char *text = json_string_value(json_object_get(object, "text"));

		if (text != NULL)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			    list[0] == '\0' ? "" : ",", text);
		json_decref(object);
	}
	return list;
}

/* The id of the message with this text among the lines that were printed last. */
static const char *
id_of(const char *wanted)
{
	static char id[32];
	char *rest = client_home_said, *line;

	id[0] = '\0';
	while (id[0] == '\0' && (line = strsep(&rest, "\n")) != NULL) {
		json_t *object = json_loads(line, 0, NULL);
		const char *text = json_string_value(json_object_get(object, "text"));

		if (text != NULL && strcmp(text, wanted) == 0)
			snprintf(id, sizeof(id), "%lld",
			    json_integer_value(json_object_get(object, "id")));
		json_decref(object);
	}
	return id;
}

START_TEST(both_sides)
{
	client_home_login(&realm, "henderson");
	client_home_login(&realm, "messi");
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "halo,\nada?");
	CLIENT_SAYS(0, "", NULL, "send", "henderson", "  di tepi  ");
	client_home_enter(&realm, "henderson");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "ada");
	CLIENT_TELLS(0, "  2  messi", NULL, "conversations");
	CLIENT_SAYS(0, "messi: halo,\n    ada?\nmessi:   di tepi  \n", NULL, "inbox");
	CLIENT_TELLS(0, "  0  messi", NULL, "conversations");
	CLIENT_TELLS(0, " messi: halo,\n    ada?\n20", NULL, "history", "messi");
	CLIENT_TELLS(0, " henderson: ada\n", NULL, "history", "messi");
	ck_assert_int_eq(CLIENT_RUN(NULL, "history", "messi", "-j"), 0);
	ck_assert_str_eq(texts(), "halo,\nada?,  di tepi  ,ada");
	client_home_write("gol.txt", "gol!");
	CLIENT_SAYS(0, "", NULL, "file", "send", "messi", client_home_path("gol.txt"));
	CLIENT_TELLS(0, "gol.txt (file of 4 bytes)\n", NULL, "history", "messi");
	CLIENT_SAYS(EX_NOUSER, "kabar: there is no such user\n", NULL, "history", "siapa");
	CLIENT_TELLS(EX_USAGE, "exclude each other", NULL, "history", "messi", "--before", "3",
	    "--after", "3");
	CLIENT_TELLS(EX_USAGE, "no number", NULL, "history", "messi", "-n", "0");
}
END_TEST

START_TEST(pages)
{
	char text[16], third[32];

	client_home_login(&realm, "messi");
	for (int i = 1; i <= MANY; i++) {
		snprintf(text, sizeof(text), "ke-%d", i);
		CLIENT_SAYS(0, "", NULL, "send", "messi", text);
	}
	ck_assert_int_eq(CLIENT_RUN(NULL, "history", "messi", "-j", "-n", "3"), 0);
	ck_assert_str_eq(texts(), "ke-23,ke-24,ke-25");
	ck_assert_int_eq(CLIENT_RUN(NULL, "history", "messi", "-j"), 0);
	snprintf(third, sizeof(third), "%s", id_of("ke-3"));
	ck_assert_int_eq(CLIENT_RUN(NULL, "history", "messi", "-j", "--before", third), 0);
	ck_assert_str_eq(texts(), "ke-1,ke-2");
	ck_assert_int_eq(CLIENT_RUN(NULL, "history", "messi", "-j", "--after", third, "-n", "2"),
	    0);
	ck_assert_str_eq(texts(), "ke-4,ke-5");
}
END_TEST

START_TEST(a_server_may_keep_none)
{
	realm_configure(&realm, "history = off\n");
	realm_reload(&realm);
	client_home_login(&realm, "messi");
	CLIENT_SAYS(0, "", NULL, "send", "messi", "halo");
	CLIENT_SAYS(EX_UNAVAILABLE, "kabar: the server is not able to show what was said before\n",
	    NULL, "history", "messi");
	CLIENT_SAYS(EX_UNAVAILABLE, "kabar: the server is not able to list conversations\n", NULL,
	    "conversations");
	CLIENT_SAYS(0, "messi: halo\n", NULL, "inbox");
}
END_TEST

START_TEST(messages_arrive_once)
{
	char address[128], text[16], all[1024] = "";
	struct relay relay;

	ck_assert_int_eq(relay_begin(&relay, realm.port), 0);
	client_home_enter(&realm, "messi");
	snprintf(address, sizeof(address), "messi@127.0.0.1:%u", relay.port);
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", address);
	/* Some break before a message was sent; then it was not, and the status says so. */
	relay_break_answers(&relay, 200, 1200, (uint64_t)_i + 1);
	for (int i = 1; i <= MESSAGES; i++) {
		int status;

		snprintf(text, sizeof(text), "ke-%d", i);
		while ((status = CLIENT_RUN(NULL, "send", "messi", text)) == EX_TEMPFAIL)
			ck_assert_ptr_null(strstr(client_home_said, "not known"));
		ck_assert_msg(status == 0, "%s", client_home_said);
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i == 1 ? "" : ",",
		    text);
	}
	ck_assert_uint_gt(relay_breaks(&relay), 0);
	relay_break_answers(&relay, 0, 0, 1);
	ck_assert_int_eq(CLIENT_RUN(NULL, "history", "messi", "-j"), 0);
	ck_assert_str_eq(texts(), all);
	relay_end(&relay);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_history");
	TCase *tc = realm_tcase(suite, "history");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_sides);
	tcase_add_test(tc, pages);
	tcase_add_test(tc, a_server_may_keep_none);
	tcase_add_loop_test(tc, messages_arrive_once, 0, 3);
	return realm_run_suite(suite);
}
