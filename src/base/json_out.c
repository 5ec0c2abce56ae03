/* json_out: escapes, and sets the commas. */
#include "base/json_out.h"

#include <string.h>
#include <unistr.h>

#include "base/hex.h"

#define INT64_TEXT_MAX 20      /* -9223372036854775808 */
#define FIRST_PAIR     0x10000 /* characters from here on are two units of UTF-16 */
#define HIGH_SURROGATE 0xd800
#define LOW_SURROGATE  0xdc00

_Static_assert(JSON_OUT_DEPTH_MAX < 32, "json_out.filled has a bit for each depth, 0 included");

/* The character that stands for another behind a backslash, u for \u00XX; NUL: no escape. */
static char
escape_of(unsigned char c)
{
	static const char of_control[] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

	if (c < ' ')
		return of_control[c];
	return c == '"' || c == '\\' ? (char)c : '\0';
}

int
json_out_fill(void *arg, const char *data, size_t len)
{
	struct json_out_buffer *buffer = arg;

	if (len > buffer->size - buffer->len)
		return -1;
	memcpy(buffer->text + buffer->len, data, len);
	buffer->len += len;
	return 0;
}

void
json_out_init(struct json_out *j, json_out_sink sink, void *arg)
{
	*j = (struct json_out){ .sink = sink, .arg = arg };
}

int
json_out_error(const struct json_out *j)
{
	return j->error;
}

static void
write_bytes(struct json_out *j, const char *data, size_t len)
{
	if (j->error == 0 && len > 0)
		j->error = j->sink(j->arg, data, len);
}

/* Writes the comma, if one is due, together with the first byte of what follows. */
static void
put_first(struct json_out *j, char first)
{
	const char text[2] = { ',', first };
	uint32_t here = UINT32_C(1) << j->depth;

	if ((j->filled & here) && !j->after_key)
		write_bytes(j, text, 2);
	else
		write_bytes(j, text + 1, 1);
	j->filled |= here;
	j->after_key = false;
}

static void
put_value(struct json_out *j, const char *text, size_t len)
{
	put_first(j, text[0]);
	write_bytes(j, text + 1, len - 1);
}

static void
open_level(struct json_out *j, char bracket)
{
	put_first(j, bracket);
	if (j->depth == JSON_OUT_DEPTH_MAX) {
		j->error = j->error ? j->error : -1;
		return;
	}
	j->depth++;
	j->filled &= ~(UINT32_C(1) << j->depth);
}

static void
close_level(struct json_out *j, char bracket)
{
	if (j->depth == 0) {
		j->error = j->error ? j->error : -1;
		return;
	}
	write_bytes(j, &bracket, 1);
	j->depth--;
}

void
json_out_object_begin(struct json_out *j)
{
	open_level(j, '{');
}

void
json_out_object_end(struct json_out *j)
{
	close_level(j, '}');
}

void
json_out_array_begin(struct json_out *j)
{
	open_level(j, '[');
}

void
json_out_array_end(struct json_out *j)
{
	close_level(j, ']');
}

/* As \uXXXX, of UTF-16. */
static void
put_unit(struct json_out *j, uint32_t unit)
{
	const unsigned char bytes[2] = { (unsigned char)(unit >> 8), (unsigned char)unit };
	char text[sizeof("\\uXXXX")] = "\\u";

	hex_write(bytes, sizeof(bytes), text + 2);
	write_bytes(j, text, sizeof(text) - 1);
}

static void
put_character(struct json_out *j, ucs4_t c)
{
	if (c < FIRST_PAIR) {
		put_unit(j, c);
		return;
	}
	put_unit(j, HIGH_SURROGATE | (c - FIRST_PAIR) >> 10);
	put_unit(j, LOW_SURROGATE | ((c - FIRST_PAIR) & 0x3ff));
}

/* The first character of s, which is not plain; returns how many bytes it has. */
static size_t
put_escape(struct json_out *j, const char *s, size_t len)
{
	const char text[2] = { '\\', escape_of((unsigned char)*s) };
	ucs4_t c;

	if (text[1] != '\0' && text[1] != 'u') {
		write_bytes(j, text, sizeof(text));
		return 1;
	}
	int bytes = u8_mbtouc(&c, (const uint8_t *)s, len);
	put_character(j, c);
	return (size_t)bytes;
}

void
json_out_string_part(struct json_out *j, const char *s, size_t len)
{
	size_t plain = 0; /* where the run of plain bytes began */

	for (size_t i = 0; i < len;) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x80 && !escape_of(c)) {
			i++;
			continue;
		}
		write_bytes(j, s + plain, i - plain);
		i += put_escape(j, s + i, len - i);
		plain = i;
	}
	write_bytes(j, s + plain, len - plain);
}

void
json_out_string_begin(struct json_out *j)
{
	put_first(j, '"');
}

void
json_out_string_end(struct json_out *j)
{
	write_bytes(j, "\"", 1);
}

void
json_out_string(struct json_out *j, const char *s, size_t len)
{
	json_out_string_begin(j);
	json_out_string_part(j, s, len);
	json_out_string_end(j);
}

void
json_out_cstring(struct json_out *j, const char *s)
{
	json_out_string(j, s, strlen(s));
}

void
json_out_string_cpart(struct json_out *j, const char *s)
{
	json_out_string_part(j, s, strlen(s));
}

void
json_out_key_n(struct json_out *j, const char *key, size_t len)
{
	put_first(j, '"');
	json_out_string_part(j, key, len);
	write_bytes(j, "\":", 2);
	j->after_key = true;
}

void
json_out_key(struct json_out *j, const char *key)
{
	json_out_key_n(j, key, strlen(key));
}

void
json_out_pair_n(struct json_out *j, const char *key, const char *value, size_t len)
{
	json_out_key(j, key);
	json_out_string(j, value, len);
}

void
json_out_pair_int(struct json_out *j, const char *key, int64_t value)
{
	json_out_key(j, key);
	json_out_int(j, value);
}

void
json_out_pair(struct json_out *j, const char *key, const char *value)
{
	json_out_pair_n(j, key, value, strlen(value));
}

void
json_out_bool(struct json_out *j, bool value)
{
	if (value)
		put_value(j, "true", 4);
	else
		put_value(j, "false", 5);
}

void
json_out_null(struct json_out *j)
{
	put_value(j, "null", 4);
}

void
json_out_int(struct json_out *j, int64_t value)
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
