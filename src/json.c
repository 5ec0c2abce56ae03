/*
 * A JSON writer (RFC 8259) that allocates nothing and hands its text piece by piece to a sink.
 * Commas come by themselves; which keys and values there are is left to the dialects.
 */
#include "json.h"

#include <string.h>

#define INT64_TEXT_MAX 20 /* -9223372036854775808 */

_Static_assert(JSON_DEPTH_MAX < 32, "json.filled has a bit for each depth, 0 included");

/* What a byte becomes after a backslash, u for \u00XX; NUL if it stays as it is. */
static char
escape_of(unsigned char c)
{
	static const char of_control[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

	if (c < ' ')
		return of_control[c];
	return c == '"' || c == '\\' ? (char)c : '\0';
}

void
json_init(struct json *j, json_sink sink, void *arg)
{
	*j = (struct json){ .sink = sink, .arg = arg };
}

int
json_error(const struct json *j)
{
	return j->error;
}

static void
put(struct json *j, const char *data, size_t len)
{
	if (j->error == 0 && len > 0)
		j->error = j->sink(j->arg, data, len);
}

/* Writes the comma, if one is due, together with the first byte of what follows. */
static void
put_first(struct json *j, char first)
{
	const char text[2] = { ',', first };
	uint32_t here = UINT32_C(1) << j->depth;

	if ((j->filled & here) && !j->after_key)
		put(j, text, 2);
	else
		put(j, text + 1, 1);
	j->filled |= here;
	j->after_key = false;
}

static void
put_value(struct json *j, const char *text, size_t len)
{
	put_first(j, text[0]);
	put(j, text + 1, len - 1);
}

static void
open_level(struct json *j, char bracket)
{
	put_first(j, bracket);
	if (j->depth == JSON_DEPTH_MAX) {
		j->error = j->error ? j->error : -1;
		return;
	}
	j->depth++;
	j->filled &= ~(UINT32_C(1) << j->depth);
}

static void
close_level(struct json *j, char bracket)
{
	if (j->depth == 0) {
		j->error = j->error ? j->error : -1;
		return;
	}
	put(j, &bracket, 1);
	j->depth--;
}

void
json_object_begin(struct json *j)
{
	open_level(j, '{');
}

void
json_object_end(struct json *j)
{
	close_level(j, '}');
}

void
json_array_begin(struct json *j)
{
	open_level(j, '[');
}

void
json_array_end(struct json *j)
{
	close_level(j, ']');
}

static void
put_escape(struct json *j, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char text[6] = { '\\', escape_of(c), '0', '0', hex[c >> 4], hex[c & 0x0f] };

	put(j, text, escape_of(c) == 'u' ? sizeof(text) : 2);
}

void
json_string_part(struct json *j, const char *s, size_t len)
{
	size_t plain = 0; /* where the run of plain bytes began */

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (!escape_of(c))
			continue;
		put(j, s + plain, i - plain);
		put_escape(j, c);
		plain = i + 1;
	}
	put(j, s + plain, len - plain);
}

void
json_string_begin(struct json *j)
{
	put_first(j, '"');
}

void
json_string_end(struct json *j)
{
	put(j, "\"", 1);
}

void
json_string(struct json *j, const char *s, size_t len)
{
	json_string_begin(j);
	json_string_part(j, s, len);
	json_string_end(j);
}

void
json_cstring(struct json *j, const char *s)
{
	json_string(j, s, strlen(s));
}

void
json_key_n(struct json *j, const char *key, size_t len)
{
	put_first(j, '"');
	json_string_part(j, key, len);
	put(j, "\":", 2);
	j->after_key = true;
}

void
json_key(struct json *j, const char *key)
{
	json_key_n(j, key, strlen(key));
}

void
json_bool(struct json *j, bool value)
{
	if (value)
		put_value(j, "true", 4);
	else
		put_value(j, "false", 5);
}

void
json_null(struct json *j)
{
	put_value(j, "null", 4);
}

void
json_int(struct json *j, int64_t value)
{
	char text[INT64_TEXT_MAX];
	size_t at = sizeof(text);
	/* The least int64_t has no positive counterpart of its own type. */
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		text[--at] = '-';
	put_value(j, text + at, sizeof(text) - at);
}
