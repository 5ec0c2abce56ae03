/*
 * The line that is being written, with its keys, and completion of words in it.
 */
#include "client/screen/edit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/screen/complete.h"
#include "suite.h"

static struct client_screen_edit edit;

static void
set_up(void)
{
	edit = (struct client_screen_edit){ 0 };
}

static void
tear_down(void)
{
	client_screen_edit_free(&edit);
}

static void
write_text(const char *text)
{
	ck_assert(client_screen_edit_insert(&edit, text, strlen(text)));
}

static void
press(enum client_screen_edit_key key, int times)
{
	while (times-- > 0)
		client_screen_edit_key(&edit, key);
}

/* The text with | where the cursor is. */
static void
assert_edit(const char *expected)
{
	const char *text = client_screen_edit_text(&edit);
	char shown[256];

	snprintf(shown, sizeof(shown), "%.*s|%s", (int)edit.cursor, text, text + edit.cursor);
	ck_assert_str_eq(shown, expected);
}

START_TEST(test_cursor_moves_by_characters)
{
	write_text("a\xe5\xa5\xbd"
	           "e\xcc\x81z"); /* wide, and an accent that combines */
	press(CLIENT_SCREEN_EDIT_LEFT, 2);
	assert_edit("a\xe5\xa5\xbd|e\xcc\x81z");
	press(CLIENT_SCREEN_EDIT_LEFT, 1);
	assert_edit("a|\xe5\xa5\xbd"
	            "e\xcc\x81z");
	press(CLIENT_SCREEN_EDIT_RIGHT, 2);
	press(CLIENT_SCREEN_EDIT_BACKSPACE, 1);
	assert_edit("a\xe5\xa5\xbd|z");
	press(CLIENT_SCREEN_EDIT_HOME, 1);
	press(CLIENT_SCREEN_EDIT_DELETE, 1);
	assert_edit("|\xe5\xa5\xbdz");
	ck_assert(!client_screen_edit_key(&edit, CLIENT_SCREEN_EDIT_BACKSPACE));
}
END_TEST

START_TEST(test_words_are_cut_and_put_back)
{
	write_text("satu dua-tiga empat");
	press(CLIENT_SCREEN_EDIT_WORD_LEFT, 2);
	assert_edit("satu dua-|tiga empat");
	press(CLIENT_SCREEN_EDIT_WORD_RIGHT, 1);
	assert_edit("satu dua-tiga| empat");
	press(CLIENT_SCREEN_EDIT_KILL_WORD_BACK, 1);
	assert_edit("satu | empat");
	press(CLIENT_SCREEN_EDIT_END, 1);
	press(CLIENT_SCREEN_EDIT_YANK, 1);
	assert_edit("satu  empatdua-tiga|");
	press(CLIENT_SCREEN_EDIT_KILL_WORD_BACK, 2); /* two in a row make one */
	assert_edit("|");
	press(CLIENT_SCREEN_EDIT_YANK, 1);
	assert_edit("satu  empatdua-tiga|");
	press(CLIENT_SCREEN_EDIT_HOME, 1);
	press(CLIENT_SCREEN_EDIT_KILL_WORD, 1);
	assert_edit("|  empatdua-tiga");
	press(CLIENT_SCREEN_EDIT_KILL_TO_END, 1);
	press(CLIENT_SCREEN_EDIT_YANK, 1);
	assert_edit("satu  empatdua-tiga|");
	press(CLIENT_SCREEN_EDIT_LEFT, 3);
	press(CLIENT_SCREEN_EDIT_KILL_TO_START, 1);
	assert_edit("|iga");
	press(CLIENT_SCREEN_EDIT_RIGHT, 1);
	press(CLIENT_SCREEN_EDIT_TRANSPOSE, 1);
	assert_edit("gi|a");
}
END_TEST

START_TEST(test_lines_are_moved_through)
{
	write_text("panjang sekali\nab\nakhir");
	press(CLIENT_SCREEN_EDIT_UP, 1);
	assert_edit("panjang sekali\nab|\nakhir");
	press(CLIENT_SCREEN_EDIT_UP, 1);
	assert_edit("pa|njang sekali\nab\nakhir");
	press(CLIENT_SCREEN_EDIT_END, 1);
	press(CLIENT_SCREEN_EDIT_DOWN, 2);
	assert_edit("panjang sekali\nab\nak|hir");
	press(CLIENT_SCREEN_EDIT_HOME, 1);
	assert_edit("panjang sekali\nab\n|akhir");
	press(CLIENT_SCREEN_EDIT_HOME, 1);
	assert_edit("|panjang sekali\nab\nakhir");
}
END_TEST

static void
send_text(const char *text)
{
	char *taken;

	write_text(text);
	taken = client_screen_edit_take(&edit, true);
	ck_assert_str_eq(taken, text);
	free(taken);
	assert_edit("|");
}

START_TEST(test_what_was_written_comes_back)
{
	send_text("satu");
	send_text("dua");
	send_text("dua");
	write_text("draf");
	press(CLIENT_SCREEN_EDIT_UP, 1);
	assert_edit("dua|");
	press(CLIENT_SCREEN_EDIT_UP, 1);
	assert_edit("satu|");
	press(CLIENT_SCREEN_EDIT_UP, 1);
	assert_edit("satu|");
	press(CLIENT_SCREEN_EDIT_DOWN, 2);
	assert_edit("draf|");
	press(CLIENT_SCREEN_EDIT_OLDER, 1);
	assert_edit("dua|");
	press(CLIENT_SCREEN_EDIT_NEWER, 1);
	assert_edit("draf|");
}
END_TEST

START_TEST(test_history_and_text_have_bounds)
{
	char text[16], *much;

	for (int i = 0; i < CLIENT_SCREEN_EDIT_HISTORY + 7; i++) {
		snprintf(text, sizeof(text), "%d", i);
		send_text(text);
	}
	ck_assert_uint_eq(edit.n_history, CLIENT_SCREEN_EDIT_HISTORY);
	press(CLIENT_SCREEN_EDIT_UP, CLIENT_SCREEN_EDIT_HISTORY);
	assert_edit("7|");
	much = calloc(1, CLIENT_SCREEN_EDIT_MAX + 1);
	memset(much, 'a', CLIENT_SCREEN_EDIT_MAX);
	client_screen_edit_set(&edit, NULL);
	ck_assert(client_screen_edit_insert(&edit, much, CLIENT_SCREEN_EDIT_MAX));
	ck_assert(!client_screen_edit_insert(&edit, "b", 1));
	free(much);
}
END_TEST

/* The rows at a width with / between them, and the cursor's place. */
static void
assert_rows(int width, const char *expected, size_t row, int column)
{
	struct client_screen_wrap_row *rows = NULL;
	size_t n = 0, at_row = 99;
	int at_column = -1;
	char shown[256] = "";

	ck_assert_int_eq(client_screen_edit_rows(&edit, width, &rows, &n, &at_row, &at_column), 0);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strncat(shown, "/", sizeof(shown) - strlen(shown) - 1);
		strncat(shown, client_screen_edit_text(&edit) + rows[i].start, rows[i].len);
	}
	ck_assert_str_eq(shown, expected);
	ck_assert_uint_eq(at_row, row);
	ck_assert_int_eq(at_column, column);
	free(rows);
}

START_TEST(test_rows_follow_the_width)
{
	assert_rows(10, "", 0, 0);
	write_text("abcdef\ng");
	assert_rows(10, "abcdef/g", 1, 1);
	assert_rows(4, "abcd/ef/g", 2, 1);
	press(CLIENT_SCREEN_EDIT_UP, 1);
	press(CLIENT_SCREEN_EDIT_END, 1);
	assert_rows(6, "abcdef/g", 0, 6);
	press(CLIENT_SCREEN_EDIT_LEFT, 2);
	assert_rows(4, "abcd/ef/g", 1, 0);
	client_screen_edit_set(&edit, "\xe5\xa5\xbd\xe5\xa5\xbd\xe5\xa5\xbd");
	assert_rows(5, "\xe5\xa5\xbd\xe5\xa5\xbd/\xe5\xa5\xbd", 1, 2);
}
END_TEST

START_TEST(test_tab_goes_through_the_names)
{
	struct client_screen_complete c = { 0 };

	write_text("halo HE");
	ck_assert(!client_screen_complete_continues(&c, &edit));
	client_screen_complete_begin(&c, &edit);
	client_screen_complete_add(&c, "henderson");
	client_screen_complete_add(&c, "messi");
	client_screen_complete_add(&c, "Hendra");
	client_screen_complete_add(&c, "Henderson"); /* the same in another case */
	ck_assert(client_screen_complete_next(&c, &edit, " "));
	assert_edit("halo henderson |");
	ck_assert(client_screen_complete_continues(&c, &edit));
	ck_assert(client_screen_complete_next(&c, &edit, " "));
	assert_edit("halo Hendra |");
	ck_assert(client_screen_complete_next(&c, &edit, " "));
	assert_edit("halo henderson |");
	write_text("x");
	ck_assert(!client_screen_complete_continues(&c, &edit));
	client_screen_complete_begin(&c, &edit);
	ck_assert(!client_screen_complete_next(&c, &edit, " "));
	assert_edit("halo henderson x|");
	client_screen_complete_free(&c);
}
END_TEST

/* Whoever tells of many names does not make the key take long. */
START_TEST(test_names_are_offered_up_to_a_number)
{
	struct client_screen_complete c = { 0 };
	char name[16];

	client_screen_edit_set(&edit, NULL);
	client_screen_complete_begin(&c, &edit);
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		client_screen_complete_add(&c, name);
	}
	ck_assert_uint_eq(c.n, CLIENT_SCREEN_COMPLETE_WORDS);
	client_screen_complete_free(&c);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *suite = suite_create("client_edit");
	TCase *tcase = tcase_create("edit");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, test_cursor_moves_by_characters);
	tcase_add_test(tcase, test_words_are_cut_and_put_back);
	tcase_add_test(tcase, test_lines_are_moved_through);
	tcase_add_test(tcase, test_what_was_written_comes_back);
	tcase_add_test(tcase, test_history_and_text_have_bounds);
	tcase_add_test(tcase, test_rows_follow_the_width);
	tcase_add_test(tcase, test_tab_goes_through_the_names);
	tcase_add_test(tcase, test_names_are_offered_up_to_a_number);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return suite_run(make_suite());
}
