/* client_text: properties and widths of characters are those that libunistring knows. */
#include "client/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uniconv.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#define REPLACEMENT 0xfffd
#define ELLIPSIS    0x2026
#define TAB         "    "
#define CHARACTER   6 /* room for any one that u8_uctomb() writes */
#define GROWTH      4 /* bytes that one byte becomes at most: a tab does */
#define CHARSET     "UTF-8"
#define JOINER      0x200d
#define CLUSTER     2  /* columns of what stands together at most */
#define LOOK        96 /* bytes of clean text in which so much ends */

/* What becomes of a character. */
enum fate {
	KEEP,
	REPLACE,
	DROP,
	END_LINE,
	SPREAD, /* a tab */
};

struct range {
	ucs4_t first;
	ucs4_t last;
	enum fate fate;
};

/* Sorted. What no range has is kept. */
static const struct range ranges[] = {
	{ 0x00, 0x08, REPLACE }, { 0x09, 0x09, SPREAD }, { 0x0a, 0x0a, END_LINE },
	{ 0x0b, 0x1f, REPLACE }, { 0x7f, 0x84, REPLACE }, { 0x85, 0x85, END_LINE },
	{ 0x86, 0x9f, REPLACE }, { 0xad, 0xad, DROP }, /* a hyphen that is not seen */
	{ 0x61c, 0x61c, DROP },   /* marks of direction act on nothing but their neighbours */
	{ 0x200b, 0x200b, DROP }, /* a space without width */
	{ 0x200e, 0x200f, DROP }, { 0x2028, 0x2029, END_LINE },
	{ 0x202a, 0x202e, REPLACE },                              /* embeddings and overrides */
	{ 0x2060, 0x2065, DROP }, { 0x2066, 0x2069, REPLACE },    /* isolates */
	{ 0x206a, 0x206f, REPLACE }, { 0xfdd0, 0xfdef, REPLACE }, /* no characters */
	{ 0xfeff, 0xfeff, DROP }, { 0xfff0, 0xfffb, REPLACE },    /* annotations */
	{ 0xe0000, 0xe0fff, DROP }, /* tags, and marks that are not seen */
};

static enum fate
judge(ucs4_t c)
{
	size_t low = 0, high = sizeof(ranges) / sizeof(ranges[0]);

	if (c >= 0x20 && c < 0x7f)
		return KEEP;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c > ranges[middle].last)
			low = middle + 1;
		else if (c < ranges[middle].first)
			high = middle;
		else
			return ranges[middle].fate;
	}
	return (c & 0xfffe) == 0xfffe ? REPLACE : KEEP; /* the last two of each plane are none */
}

/* Clean text that is being made. */
struct output {
	char *text;
	size_t len;
	size_t max;
	unsigned int marks; /* that combine with the last character of its own, */
	bool wide;          /* which takes two columns */
	bool full;
};

static void
put_bytes(struct output *out, const char *bytes, size_t len)
{
	if (out->full || len > out->max - out->len) {
		out->full = true;
		return;
	}
	memcpy(out->text + out->len, bytes, len);
	out->len += len;
}

static void
put_character(struct output *out, ucs4_t c)
{
	uint8_t bytes[CHARACTER];
	int len = u8_uctomb(bytes, c, sizeof(bytes));
	int width = c < 0x80 ? 1 : uc_width(c, CHARSET);

	/* Terminals do not agree on the columns of emoji that are joined. */
	if (c == JOINER && out->wide)
		return;
	/* Some that have no width are no marks. They count as such here. */
	if (width > 0)
		out->marks = 0;
	else if (++out->marks > CLIENT_TEXT_MARKS)
		return;
	if (width > 0)
		out->wide = width > 1;
	if (len > 0)
		put_bytes(out, (const char *)bytes, (size_t)len);
}

static void
put_clean(struct output *out, ucs4_t c, enum client_text_form form)
{
	switch (judge(c)) {
	case KEEP:
		put_character(out, c);
		break;
	case REPLACE:
		put_character(out, REPLACEMENT);
		break;
	case END_LINE:
		put_character(out, form == CLIENT_TEXT_LINES ? '\n' : ' ');
		break;
	case SPREAD:
		out->marks = 0;
		out->wide = false;
		put_bytes(out, TAB, strlen(TAB));
		break;
	case DROP:
		break;
	}
}

/* Cuts whole characters away until there is room for the sign that says so. */
static void
cut_output(struct output *out)
{
	uint8_t bytes[CHARACTER];
	int n = u8_uctomb(bytes, ELLIPSIS, sizeof(bytes));
	size_t len = n < 0 ? 0 : (size_t)n;

	while (out->len > 0 && out->len + len > out->max)
		out->len -= client_text_previous(out->text, out->len);
	if (out->len + len <= out->max)
		memcpy(out->text + out->len, bytes, len);
	out->len += out->len + len <= out->max ? len : 0;
}

/*
 * Composes letters and their marks where Unicode has one character for both: terminals draw that
 * better. Text that would become longer stays as it is.
 */
static void
compose_output(struct output *out)
{
	size_t len = 0;
	uint8_t *composed =
	    u8_normalize(UNINORM_NFC, (const uint8_t *)out->text, out->len, NULL, &len);

	if (composed != NULL && len <= out->len) {
		memcpy(out->text, composed, len);
		out->len = len;
	}
	free(composed);
}

char *
client_text_clean(const char *s, size_t len, enum client_text_form form, size_t max)
{
	const uint8_t *at = (const uint8_t *)s, *end = at + len;
	struct output out = { .max = len > max / GROWTH ? max : GROWTH * len };

	out.text = malloc(out.max + 1);
	if (out.text == NULL)
		return NULL;
	while (at < end && !out.full) {
		ucs4_t c;
		int n = u8_mbtoucr(&c, at, (size_t)(end - at));

		if (n > 0 && !(c == '\r' && at + 1 < end && at[1] == '\n'))
			put_clean(&out, c, form);
		else if (n <= 0)
			put_character(&out, REPLACEMENT);
		at += n > 0 ? n : 1;
	}
	if (out.full)
		cut_output(&out);
	compose_output(&out);
	out.text[out.len] = '\0';
	return out.text;
}

size_t
client_text_width(const char *s, size_t len)
{
	int width = u8_width((const uint8_t *)s, len, CHARSET);

	return width < 0 ? 0 : (size_t)width;
}

/*
 * The bytes of the beginning of a cluster that fits into its columns: some that Unicode takes for
 * one character, such as initials of Hangul in a row, are of any width.
 */
static size_t
fit_cluster(const uint8_t *s, size_t len, size_t *width)
{
	size_t used = 0;

	*width = 0;
	while (used < len) {
		ucs4_t c;
		int n = u8_mbtouc(&c, s + used, len - used), wide = uc_width(c, CHARSET);

		if (used > 0 && wide > 0 && *width + (size_t)wide > CLUSTER)
			break;
		used += (size_t)n;
		*width += wide > 0 ? (size_t)wide : 0;
	}
	return used;
}

size_t
client_text_next(const char *s, size_t len, size_t *width)
{
	const uint8_t *at = (const uint8_t *)s, *next;

	if (len > LOOK)
		for (len = LOOK; len > LOOK - CHARACTER && ((unsigned char)s[len] & 0xc0) == 0x80;)
			len--;
	next = u8_grapheme_next(at, at + len);
	return fit_cluster(at, next == NULL ? 0 : (size_t)(next - at), width);
}

size_t
client_text_previous(const char *s, size_t at)
{
	const uint8_t *start = (const uint8_t *)s;
	const uint8_t *end = start + at, *cluster, *piece;
	size_t width;

	if (at > LOOK)
		for (start = end - LOOK; end - start < LOOK + CHARACTER && (*start & 0xc0) == 0x80;)
			start--;
	cluster = piece = u8_grapheme_prev(end, start);
	while (cluster != NULL && cluster < end) {
		piece = cluster;
		cluster += fit_cluster(cluster, (size_t)(end - cluster), &width);
	}
	return piece == NULL ? 0 : (size_t)(end - piece);
}

size_t
client_text_fit(const char *s, size_t len, size_t columns, size_t *width)
{
	size_t used = 0, taken = 0;

	while (used < len) {
		size_t wide, n = client_text_next(s + used, len - used, &wide);

		if (n == 0 || taken + wide > columns)
			break;
		used += n;
		taken += wide;
	}
	*width = taken;
	return used;
}

/* Whether a row may end between a character of n bytes and so many columns and what follows it. */
static bool
may_break(const char *s, size_t n, size_t width, const char *following)
{
	ucs4_t c;

	if (*following == ' ')
		return true; /* which then ends the row */
	if (s[n - 1] == ' ')
		return true;
	/* East Asian writing has no spaces; signs that end a sentence stay with it. */
	if (width < 2 || u8_strmbtouc(&c, (const uint8_t *)following) <= 0)
		return false;
	return uc_width(c, CHARSET) == 2 && !uc_is_property_sentence_terminal(c) &&
	    !uc_is_general_category(c, UC_CATEGORY_Pe);
}

/* Where the row after one of `used` bytes begins: behind the spaces that divide them. */
static size_t
skip_spaces(const char *s, size_t used, size_t len)
{
	while (used < len && s[used] == ' ')
		used++;
	return used;
}

size_t
client_text_wrap(const char *s, size_t len, size_t columns, size_t *next)
{
	const char *feed = memchr(s, '\n', len);
	size_t line = feed == NULL ? len : (size_t)(feed - s);
	size_t used = 0, taken = 0, row = 0;

	while (used < line) {
		size_t wide, n = client_text_next(s + used, line - used, &wide);

		if (n == 0 || (taken + wide > columns && used > 0))
			break;
		taken += wide;
		used += n;
		if (used < line && may_break(s + used - n, n, wide, s + used))
			row = used;
	}
	if (used >= line) {
		*next = feed == NULL ? len : line + 1;
		return line;
	}
	if (row == 0 || s[used] == ' ')
		row = used;
	*next = skip_spaces(s, row, line);
	if (*next == line && feed != NULL)
		*next = line + 1;
	while (row > 1 && s[row - 1] == ' ')
		row--;
	return row;
}

void
client_text_print(FILE *file, const char *clean)
{
	const char *charset = locale_charset();
	char *text;

	if (strcmp(charset, CHARSET) == 0) {
		fputs(clean, file);
		return;
	}
	text = u8_strconv_to_encoding((const uint8_t *)clean, charset, iconveh_question_mark);
	if (text != NULL)
		fputs(text, file);
	free(text);
}
