/*
 * ctl_list and ctl_show: records by a table of fields, as people and programs get them; and the
 * exit statuses of results.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/list.h"
#include "ctl/show.h"
#include "suite.h"

#define MANY 10000 /* rows, more than a list keeps before it prints them */

struct record {
	char name[64];
	struct chat_text text;
	bool flag;
	signed char maybe;
	uint16_t port;
	uint32_t files;
	uint64_t bytes;
	uint64_t limit;
	int64_t trip_us;
	int64_t since_ms;
};

#define AT(member)     CTL_FIELD_AT(struct record, member)
#define IN_ALL         (CTL_IN_LIST | CTL_IN_SHOW | CTL_EXPORT_KEY)
#define NO_TIME_COLUMN (CTL_LIST_KEY | CTL_IN_SHOW | CTL_EXPORT_KEY)

static const struct ctl_field field_list[] = {
	{ .key = "name", .label = "full name", .forms = IN_ALL, AT(name) },
	{ .key = "text", .forms = CTL_LIST_KEY, .type = CTL_TEXT, AT(text) },
	{ .key = "flag", .forms = IN_ALL, .type = CTL_BOOL, AT(flag) },
	{ .key = "maybe", .forms = CTL_LIST_KEY, .type = CTL_BOOL, AT(maybe) },
	{ .key = "port", .forms = CTL_LIST_KEY, .type = CTL_NUMBER, AT(port) },
	{ .key = "files", .forms = CTL_IN_LIST, .type = CTL_NUMBER, AT(files) },
	{ .key = "bytes", .forms = IN_ALL, .type = CTL_NUMBER, AT(bytes) },
	{ .key = "limit", .forms = IN_ALL, .type = CTL_NUMBER, .optional = true, AT(limit) },
	{ .key = "trip_us", .label = "trip", .forms = CTL_IN_LIST, .type = CTL_TRIP, AT(trip_us) },
	{ .key = "since_ms",
	    .label = "since",
	    .forms = NO_TIME_COLUMN,
	    .type = CTL_TIME,
	    .optional = true,
	    AT(since_ms) },
};
static const struct ctl_fields fields = CTL_FIELDS(field_list);

static const struct record records[] = {
	{ .name = "messi",
	    .text = { .data = "a\303\241", .len = 3 },
	    .flag = true,
	    .maybe = 1,
	    .port = 65535,
	    .files = 12,
	    .bytes = 1,
	    .limit = 1024,
	    .trip_us = 1500 },
	{ .name = "\303\226liver\033[2J",
	    .maybe = -1,
	    .files = 4000000000,
	    .bytes = 1000000,
	    .trip_us = -1,
	    .since_ms = 1 },
};

static char output[1024 * 1024];

/* Runs print with its standard output in output. */
static void
catch_output(void (*print)(struct ctl *), bool json)
{
	struct ctl ctl = { .json = json };
	FILE *file = tmpfile();
	int before = dup(STDOUT_FILENO);

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_ge(dup2(fileno(file), STDOUT_FILENO), 0);
	print(&ctl);
	ck_assert_int_eq(fflush(stdout), 0);
	ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
	close(before);
	rewind(file);
	output[fread(output, 1, sizeof(output) - 1, file)] = '\0';
	fclose(file);
}

static void
print_list(struct ctl *ctl)
{
	struct ctl_list list;

	ctl_list_begin(&list, ctl, &fields);
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
		ctl_list_row(&list, &records[i]);
	ck_assert_int_eq(ctl_list_end(&list), CTL_OK);
}

/* Numbers end in one column, and nothing reaches the terminal that could steer it. */
START_TEST(columns)
{
	catch_output(print_list, false);
	ck_assert_str_eq(output,
	    "FULL NAME   FLAG       FILES    BYTES  LIMIT    TRIP\n"
	    "messi       yes           12        1   1024  1.5 ms\n"
	    "\303\226liver?[2J  no    4000000000  1000000      -       -\n");
}
END_TEST

START_TEST(objects)
{
	catch_output(print_list, true);
	ck_assert_str_eq(output,
	    "[{\"name\":\"messi\",\"text\":\"a\\u00e1\",\"flag\":true,\"maybe\":true,"
	    "\"port\":65535,\"files\":12,\"bytes\":1,\"limit\":1024,\"trip_us\":1500,"
	    "\"since_ms\":null},"
	    "{\"name\":\"\\u00d6liver\\u001b[2J\",\"text\":null,\"flag\":false,\"maybe\":null,"
	    "\"port\":0,\"files\":4000000000,\"bytes\":1000000,\"limit\":null,\"trip_us\":null,"
	    "\"since_ms\":1}]\n");
}
END_TEST

static void
print_many(struct ctl *ctl)
{
	struct record record = { .bytes = 0 };
	struct ctl_list list;

	ctl_list_begin(&list, ctl, &fields);
	for (int i = 0; i < MANY; i++) {
		snprintf(record.name, sizeof(record.name), "%d", i);
		ctl_list_row(&list, &record);
	}
	ck_assert_int_eq(ctl_list_end(&list), CTL_OK);
}

/* A list that is longer than what is kept of it loses no row, and repeats none. */
START_TEST(many_rows)
{
	int n = -1;

	catch_output(print_many, false);
	for (char *line = strtok(output, "\n"); line != NULL; line = strtok(NULL, "\n"), n++)
		if (n >= 0)
			ck_assert_int_eq(atoi(line), n);
	ck_assert_int_eq(n, MANY);
}
END_TEST

static void
print_show(struct ctl *ctl)
{
	struct ctl_show show;

	ctl_show_begin(&show, ctl, &fields, &records[0]);
	ctl_show_list_begin(&show, "groups", "in groups");
	ctl_show_text(&show, "kopi");
	ctl_show_text(&show, "teh");
	ctl_show_list_end(&show, "-");
	ctl_show_list_begin(&show, "others", "others");
	ctl_show_record(&show, "a record", &fields, &records[0]);
	ctl_show_list_end(&show, "-");
	ctl_show_list_begin(&show, "none", "none");
	ctl_show_list_end(&show, "nobody");
	ctl_show_end(&show);
}

START_TEST(show)
{
#define KEYS "{\"name\":\"messi\",\"flag\":true,\"bytes\":1,\"limit\":1024,\"since_ms\":null"
	catch_output(print_show, false);
	ck_assert_str_eq(output,
	    "full name  messi\nflag       yes\nbytes      1\nlimit      1024\nsince      -\n"
	    "in groups  kopi\n           teh\nothers     a record\nnone       nobody\n");
	catch_output(print_show, true);
	ck_assert_str_eq(output,
	    KEYS ",\"groups\":[\"kopi\",\"teh\"],\"others\":[" KEYS "}],\"none\":[]}\n");
}
END_TEST

static const struct record *exported;

static void
print_export(struct ctl *ctl)
{
	struct json_out json;

	(void)ctl;
	ctl_json_begin(&json);
	json_out_object_begin(&json);
	ctl_field_put(&fields, CTL_EXPORT_KEY, exported, &json);
	json_out_object_end(&json);
	ctl_json_end(&json);
}

/* Each exported line can be read; a key without a value is absent. */
START_TEST(export_and_parse)
{
	struct record read = { .bytes = 0 };
	const char *key;
	json_t *value;

	exported = &records[_i];
	catch_output(print_export, true);
	json_t *object = json_loads(output, 0, NULL);
	ck_assert_uint_eq(json_object_size(object), 4);
	json_object_foreach (object, key, value) {
		const struct ctl_field *field = ctl_field_find(&fields, CTL_EXPORT_KEY, key);

		ck_assert_ptr_nonnull(field);
		ck_assert_ptr_null(ctl_field_parse(field, value, &read));
	}
	ck_assert_str_eq(read.name, exported->name);
	ck_assert(read.flag == exported->flag);
	ck_assert_uint_eq(read.bytes, exported->bytes);
	ck_assert_uint_eq(read.limit, exported->limit);
	ck_assert_int_eq(read.since_ms, exported->since_ms);
	json_decref(object);
}
END_TEST

START_TEST(parse_wrong)
{
	static const struct {
		const char *key, *value, *wrong;
	} rows[] = { { "name", "1", "is no string" }, { "flag", "1", "is neither true nor false" },
		{ "bytes", "-1", "is no number" }, { "bytes", "\"1\"", "is no number" },
		{ "name", "\"0123456789012345678901234567890123456789012345678901234567890123\"",
		    "is too long" } };
	struct record read;

	ck_assert_ptr_null(ctl_field_find(&fields, CTL_EXPORT_KEY, "files"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *value = json_loads(rows[i].value, JSON_DECODE_ANY, NULL);

		ck_assert_str_eq(ctl_field_parse(ctl_field_find(&fields, CTL_EXPORT_KEY,
		                                     rows[i].key),
		                     value, &read),
		    rows[i].wrong);
		json_decref(value);
	}
}
END_TEST

static const struct {
	enum chat_result result;
	int status;
} results[] = {
	{ CHAT_OK, CTL_OK },
	{ CHAT_NO_USER, CTL_REFUSED },
	{ CHAT_NO_SPACE, CTL_UNAVAILABLE },
	{ CHAT_FAILED, CTL_UNAVAILABLE },
	{ CHAT_UNSURE, CTL_UNSURE },
};

START_TEST(statuses)
{
	ck_assert_int_eq(ctl_result(results[_i].result, "user", "messi"), results[_i].status);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("ctl list");
	TCase *tcase = tcase_create("ctl list");

	tcase_add_test(tcase, columns);
	tcase_add_test(tcase, objects);
	tcase_add_test(tcase, many_rows);
	tcase_add_test(tcase, show);
	tcase_add_loop_test(tcase, export_and_parse, 0, 2);
	tcase_add_test(tcase, parse_wrong);
	tcase_add_loop_test(tcase, statuses, 0, sizeof(results) / sizeof(results[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
