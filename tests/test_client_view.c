/*
 * What is seen of a conversation: rows by display width, links, days, the place one has scrolled
 * to, search; and the list of conversations.
 */
#include "client/screen/view.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/screen/list.h"
#include "client/screen/wrap.h"
#include "suite.h"

#define DAY_MS INT64_C(86400000)

struct wrapping {
	const char *text;
	int width;
	int indent;
	const char *rows; /* each with its column, as "6:text" */
};

static const struct wrapping wrappings[] = {
	{ "", 10, 0, "0:" },
	{ "satu dua", 10, 2, "2:satu dua" },
	{ "satu dua tiga", 10, 2, "2:satu dua/2:tiga" },
	{ "satu  dua", 20, 0, "0:satu  dua" },
	{ "a\n\nb", 10, 1, "1:a/1:/1:b" },
	{ "panjangsekalikatanya", 10, 2, "2:panjangs/2:ekalikat/2:anya" },
	{ "ya panjangsekalikatanya", 10, 2, "2:ya panja/2:ngsekali/2:katanya" },
	/* Wide characters take two columns, and none is cut in half. */
	{ "\xe5\xa5\xbd\xe5\xa5\xbd\xe5\xa5\xbd", 5, 0,
	    "0:\xe5\xa5\xbd\xe5\xa5\xbd/0:\xe5\xa5\xbd" },
	/* What combines takes none. */
	{ "e\xcc\x81"
	  "e\xcc\x81"
	  "e\xcc\x81",
	    3, 0,
	    "0:e\xcc\x81"
	    "e\xcc\x81"
	    "e\xcc\x81" },
	/* A link that fits goes to a row of its own; a longer one begins at the edge. */
	{ "lihat http://a.id/x", 16, 2, "2:lihat/2:http://a.id/x" },
	{ "lihat http://a.id/0123456789 ya", 12, 2, "2:lihat/0:http://a.id//0:0123456789/2:ya" },
	{ "http://a.id/0123456789", 12, 2, "2:/0:http://a.id//0:0123456789" },
};

START_TEST(test_wrapping)
{
	const struct wrapping *w = &wrappings[_i];
	struct client_screen_wrap_row *rows = NULL;
	size_t n = 0;
	char shown[256] = "";

	ck_assert_int_eq(client_screen_wrap(w->text, strlen(w->text), w->width, w->indent, &rows,
	                     &n),
	    0);
	for (size_t i = 0; i < n; i++)
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s%d:%.*s",
		    i > 0 ? "/" : "", rows[i].column, (int)rows[i].len, w->text + rows[i].start);
	ck_assert_str_eq(shown, w->rows);
	free(rows);
}
END_TEST

static struct client_model model;
static struct client_screen_view view;

static void
set_up(void)
{
	setenv("TZ", "UTC", 1);
	ck_assert_int_eq(client_model_init(&model, "messi"), 0);
	view = (struct client_screen_view){ 0 };
}

static void
tear_down(void)
{
	client_model_free(&model);
}

static struct client_model_conversation *
add_message(const char *with, uint64_t id, int64_t time_ms, const char *from, const char *text)
{
	struct client_model_conversation *c = client_model_open(&model, with);
	struct client_model_message m = { .id = id,
		.time_ms = time_ms,
		.from = strdup(from),
		.text = strdup(text) };

	client_model_receive(&model, c, &m);
	return c;
}

/* The rows, each as "HH:MM text" or "--text". */
static void
assert_view(const struct client_model_conversation *c, int width, size_t height,
    const char *expected)
{
	struct client_screen_view_row *rows = NULL;
	size_t n = 0;
	char shown[1024] = "";

	ck_assert_int_eq(client_screen_view_rows(&view, &model, c, width, height, &rows, &n), 0);
	ck_assert_uint_le(n, height);
	for (size_t i = 0; i < n; i++)
		snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s%s%s",
		    rows[i].kind == CLIENT_SCREEN_VIEW_TEXT ? rows[i].time : "--", rows[i].text,
		    "\n");
	ck_assert_str_eq(shown, expected);
	client_screen_view_free(rows, n);
}

START_TEST(test_days_and_times)
{
	struct client_model_conversation *c =
	    add_message("henderson", 1, 10 * DAY_MS + 3600000, "henderson", "halo");

	add_message("henderson", 2, 10 * DAY_MS + 3660000, "messi", "halo juga");
	add_message("henderson", 3, 11 * DAY_MS, "henderson", "pagi");
	assert_view(c, 40, 10,
	    "--Sunday, 1970-01-11\n01:00henderson: halo\n01:01messi: halo juga\n"
	    "--Monday, 1970-01-12\n00:00henderson: pagi\n");
	ck_assert(view.at_top);
	ck_assert_uint_eq(view.lowest, 3);
	assert_view(c, 40, 2, "--Monday, 1970-01-12\n00:00henderson: pagi\n");
	ck_assert(!view.at_top);
}
END_TEST

START_TEST(test_what_is_unread_has_a_line)
{
	struct client_model_conversation *c = add_message("henderson", 1, 1, "henderson", "satu");

	add_message("henderson", 2, 2, "henderson", "dua");
	add_message("henderson", 3, 3, "henderson", "tiga");
	view.unread = 2;
	assert_view(c, 40, 4,
	    "00:00henderson: satu\n--not read yet\n00:00henderson: dua\n00:00henderson: tiga\n");
}
END_TEST

START_TEST(test_scrolling_keeps_its_place)
{
	struct client_model_conversation *c = NULL;
	char text[32];

	for (uint64_t i = 1; i <= 9; i++) {
		snprintf(text, sizeof(text), "nomor %d dua baris", (int)i);
		c = add_message("a", i, 1, "a", text);
	}
	/* Each takes two rows of this width. */
	assert_view(c, 18, 3, "dua baris\n00:00a: nomor 9\ndua baris\n");
	ck_assert(client_screen_view_scroll(&view, &model, c, 18, -3));
	assert_view(c, 18, 2, "dua baris\n00:00a: nomor 8\n");
	ck_assert_uint_eq(view.lowest, 7);
	add_message("a", 10, 1, "a", "baru");
	assert_view(c, 18, 1, "00:00a: nomor 8\n");
	ck_assert(client_screen_view_scroll(&view, &model, c, 18, 100));
	assert_view(c, 18, 1, "00:00a: baru\n");
	ck_assert_uint_eq(view.lowest, 10);
	ck_assert(!client_screen_view_scroll(&view, &model, c, 18, 1));
	ck_assert(client_screen_view_scroll(&view, &model, c, 18, -100));
	assert_view(c, 18, 5, "--Thursday, 1970-01-01\n");
	ck_assert(!client_screen_view_scroll(&view, &model, c, 18, -1));
}
END_TEST

START_TEST(test_own_messages_show_their_way)
{
	struct client_model_conversation *c = add_message("a@malang", 1, 1, "messi", "jauh");
	struct client_model_pending *p;
	char key[CLIENT_MODEL_KEY_SIZE];

	client_model_set_delivery(&model, c, 1, CLIENT_MODEL_QUEUED, NULL);
	assert_view(c, 40, 1, "00:00messi: jauh …\n");
	client_model_set_delivery(&model, c, 1, CLIENT_MODEL_REFUSED, "penuh");
	client_model_set_delivery(&model, c, 1, CLIENT_MODEL_QUEUED, NULL); /* said late */
	assert_view(c, 40, 1, "00:00messi: jauh ✗ penuh\n");
	p = client_model_send(&model, c, "dekat", NULL);
	p->time_ms = 60000;
	memcpy(key, p->key, sizeof(key));
	ck_assert_uint_eq(strlen(key), 36);
	assert_view(c, 40, 1, "00:01messi: dekat …\n");
	client_model_refuse(&model, key, "tidak");
	assert_view(c, 40, 1, "00:01messi: dekat ✗ tidak\n");
	client_model_settle(&model, key, 2, 120000);
	assert_view(c, 40, 2, "00:00messi: jauh ✗ penuh\n00:02messi: dekat\n");
	ck_assert_uint_eq(model.n_pending, 0);
}
END_TEST

START_TEST(test_search_goes_both_ways)
{
	struct client_model_conversation *c = add_message("a", 1, 1, "a", "Kopi tubruk");

	add_message("a", 2, 1, "a", "teh");
	add_message("a", 3, 1, "a", "minum kopi");
	ck_assert_uint_eq(client_screen_view_search(c, "kopi", 0, true), 3);
	ck_assert_uint_eq(client_screen_view_search(c, "kopi", 3, true), 1);
	ck_assert_uint_eq(client_screen_view_search(c, "kopi", 1, true), 0);
	ck_assert_uint_eq(client_screen_view_search(c, "kopi", 1, false), 3);
	ck_assert_uint_eq(client_screen_view_search(c, "susu", 0, true), 0);
}
END_TEST

START_TEST(test_sizes)
{
	char text[16];

	client_screen_view_size(999, text);
	ck_assert_str_eq(text, "999 B");
	client_screen_view_size(1000, text);
	ck_assert_str_eq(text, "1.0 kB");
	client_screen_view_size(45678, text);
	ck_assert_str_eq(text, "46 kB");
	client_screen_view_size(UINT64_C(999600000), text);
	ck_assert_str_eq(text, "1.0 GB");
	client_screen_view_size(UINT64_MAX, text);
	ck_assert_str_eq(text, "18447 PB");
}
END_TEST

START_TEST(test_the_list_has_its_order)
{
	struct client_screen_list list = { 0 };
	struct client_model_conversation *kopi = add_message("#kopi", 5, 1, "a", "x");
	struct client_model_conversation *ada = add_message("ada", 6, 1, "ada", "x");
	struct client_model_conversation *ben = add_message("ben", 7, 1, "messi", "x");

	ck_assert(client_screen_list_add_realm(&list, strdup("malang"), strdup("up")));
	ck_assert_int_eq(client_screen_list_update(&list, &model), 0);
	ck_assert_uint_eq(list.n, 7);
	ck_assert_str_eq(list.rows[0].text, "Groups");
	ck_assert_ptr_eq(list.rows[1].conversation, kopi);
	ck_assert_str_eq(list.rows[2].text, "People");
	ck_assert_ptr_eq(list.rows[3].conversation, ben);
	ck_assert_ptr_eq(list.rows[4].conversation, ada);
	ck_assert_str_eq(list.rows[6].text, "malang");
	ck_assert(list.rows[6].is_up);
	ck_assert_ptr_eq(client_screen_list_step(&list, kopi, 1, false), ben);
	ck_assert_ptr_eq(client_screen_list_step(&list, ada, 1, false), kopi);
	ck_assert_ptr_eq(client_screen_list_step(&list, kopi, -1, false), ada);
	ck_assert_ptr_eq(client_screen_list_step(&list, kopi, 1, true), ada);
	client_screen_list_reveal(&list, ada, 2);
	ck_assert_uint_eq(list.top, 3);
	client_screen_list_reveal(&list, kopi, 2);
	ck_assert_uint_eq(list.top, 0);
	client_screen_list_free(&list);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("client_view");
	TCase *tcase = tcase_create("view");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, test_wrapping, 0,
	    (int)(sizeof(wrappings) / sizeof(wrappings[0])));
	tcase_add_test(tcase, test_days_and_times);
	tcase_add_test(tcase, test_what_is_unread_has_a_line);
	tcase_add_test(tcase, test_scrolling_keeps_its_place);
	tcase_add_test(tcase, test_own_messages_show_their_way);
	tcase_add_test(tcase, test_search_goes_both_ways);
	tcase_add_test(tcase, test_sizes);
	tcase_add_test(tcase, test_the_list_has_its_order);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return suite_run(make_suite());
}
