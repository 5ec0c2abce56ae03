/*
 * CR, LF, NUL and what breaks JSON in every stored value: nothing that a user stores makes a reply,
 * or a part of one, for another. There is one reply to each line, it is JSON, and what was taken is
 * shown as it was sent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "class_talk.h"

struct value {
	const char *bytes;
	size_t len;
};
#define VALUE(text)                    \
	{                              \
		text, sizeof(text) - 1 \
	}

static const struct value values[] = { VALUE("a\rb"), VALUE("a\nb"), VALUE("a\n\nb"),
	VALUE("a\n\r\nb"), VALUE("a\0b"), VALUE("a\"b"), VALUE("a\\b"), VALUE("a\\"), VALUE("\""),
	VALUE("\"}"), VALUE("\"},{\"status\":\"OK\""), VALUE("\\u0000"), VALUE("\\ud83d"),
	VALUE("\x7f"), VALUE("\x1b[2J"), VALUE("\xe2\x80\xa8"), VALUE("\xef\xbb\xbf"),
	VALUE("a\tb"), VALUE("{}"), VALUE("[]"), VALUE("%22"), VALUE("\b\f\v") };

/* The value stands at the tilde; the line behind it shows what is stored. */
static const struct {
	const char *dialect;
	const char *store;
	const char *show;
} places[] = {
	{ "realm", "send \001 henderson ~", "inbox \002" },
	{ "realm", "sendgroup \001 kopi ~", "inbox \002" },
	{ "realm", "register zidane rahasia ~ b", "info \001 zidane" },
	{ "realm", "register zidane rahasia a ~", "info \001 zidane" },
	{ "realm", "register ~ rahasia a b", "info \001" },
	{ "realm", "addgroup \001 ~", "info \001" },
	{ "realm", "addgroup \001 ~", "groups \001" },
	{ "realm", "register ~ rahasia a b", "people \001" },
	{ "realm", "client ~/1", "sessions \001" },
	{ "realm", "sendfile \001 henderson ~ aXNp", "inbox \002" },
	{ "realm", "sendfile \001 henderson ~ aXNp", "getfile \002" },
	{ "realm", "sendgroupfile \001 kopi ~ aXNp", "inbox \002" },
	{ "realm", "addrealm \003 ~ 192.0.2.1 1", "info \001" },
	{ "realm", "block \001 ~@malang", "blocks \001" },
	{ "realm", "sendprivaterealm \001 malang ~ halo", "info \001" },
	{ "show", "send \001 henderson ~", "inbox \002" },
	{ "login", "send \001 henderson ~", "inbox \002" },
	{ "files", "send \001 henderson ~", "inbox \002" },
	{ "files", "send_group \001 kopi ~", "inbox \002" },
	{ "files", "send_file \001 henderson ~ aXNp", "my_file \002" },
};

static size_t
build_lines(char *lines, size_t place, const struct value *value)
{
	const char *store = places[place].store, *tilde = strchr(store, '~');
	size_t len = (size_t)(tilde - store);

	memcpy(lines, store, len);
	memcpy(lines + len, value->bytes, value->len);
	len += value->len;
	return len + (size_t)sprintf(lines + len, "%s\r\n%s\r\n", tilde + 1, places[place].show);
}

/* How many lines these bytes are: CR LF ends each. */
static size_t
count_lines(const char *lines, size_t len)
{
	size_t n = 0;

	for (size_t i = 1; i < len; i++)
		n += lines[i - 1] == '\r' && lines[i] == '\n';
	return n;
}

START_TEST(replies)
{
	char lines[500];

	for (size_t place = 0; place < sizeof(places) / sizeof(places[0]); place++)
		for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
			size_t len = build_lines(lines, place, &values[i]);
			json_t *got = class_talk(places[place].dialect, lines, len);

			ck_assert_msg(json_array_size(got) == count_lines(lines, len),
			    "%s: %zu replies with value %zu", places[place].store,
			    json_array_size(got), i);
			json_decref(got);
		}
}
END_TEST

/* A text comes as it was sent, whatever is in it. */
START_TEST(texts)
{
	char lines[500];

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		size_t len = build_lines(lines, 0, &values[i]);
		json_t *got = class_talk("realm", lines, len), *text, *shown;

		if (json_array_size(got) != 2 || strcmp(class_status(got, 0), "OK") != 0) {
			json_decref(got);
			continue;
		}
		shown = json_object_get(json_array_get(got, 1), "messages");
		shown = json_array_get(json_object_get(shown, "messi"), 0);
		text = json_object_get(shown, "msg");
		ck_assert_msg(json_string_length(text) == values[i].len &&
		        memcmp(json_string_value(text), values[i].bytes, values[i].len) == 0,
		    "value %zu: %s", i, json_string_value(text));
		json_decref(got);
	}
}
END_TEST

CLASS_MAIN("stored_values", replies, texts)
