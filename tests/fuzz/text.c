/*
 * The small readers of text: UTF-8, names, lists divided by commas, hexadecimal digits, tokens and
 * a client's first bytes, each beside a plain model of what its header promises.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/comma_list.h"
#include "base/hex.h"
#include "base/name.h"
#include "base/token.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "net/greeting.h"

/* The bytes of the character that begins here, by the table of RFC 3629; 0: none does. */
static size_t
measure_character(const unsigned char *s, size_t len)
{
	static const unsigned char least[] = { [0xE0] = 0xA0, [0xF0] = 0x90, [0xF4] = 0 };
	size_t n = s[0] < 0x80 ? 1
	    : s[0] < 0xC2      ? 0
	    : s[0] < 0xE0      ? 2
	    : s[0] < 0xF0      ? 3
	    : s[0] < 0xF5      ? 4
	                       : 0;

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	if (n > 2 && s[0] < sizeof(least) && least[s[0]] != 0 && s[1] < least[s[0]])
		return 0;
	return (s[0] == 0xED && s[1] > 0x9F) || (s[0] == 0xF4 && s[1] > 0x8F) ? 0 : n;
}

static void
check_utf8(const char *s, size_t len)
{
	size_t at = 0, n = 1;

	while (at < len && (n = measure_character((const unsigned char *)s + at, len - at)) > 0)
		at += n;
	DEMAND(utf8_valid(s, len) == (at == len));
}

static void
check_name(const char *s, size_t len)
{
	char folded[NAME_MAX_BYTES];
	bool valid = len > 0 && len <= NAME_MAX_BYTES && s[0] != '.' && s[0] != '-';
	size_t n = name_fold(s, len, folded);

	for (size_t i = 0; i < len; i++)
		valid = valid && s[i] != '\0' &&
		    strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-",
		        s[i]) != NULL;
	DEMAND(name_valid(s, len) == valid);
	DEMAND(n == (len < NAME_MAX_BYTES ? len : NAME_MAX_BYTES));
	DEMAND(len > NAME_MAX_BYTES || name_same_n(s, len, folded, n));
	if (token_looks(s, len))
		DEMAND(len == TOKEN_TEXT_LEN && valid && name_reserved(s, len));
}

static void
check_list(const char *s, size_t len)
{
	struct comma_list list = comma_list(s, len);
	const char *item, *at = s;
	size_t item_len;

	while (comma_list_next(&list, &item, &item_len)) {
		DEMAND(item == at && item_len <= (size_t)(s + len - at));
		DEMAND(item_len == 0 || memchr(item, ',', item_len) == NULL);
		DEMAND(item + item_len == s + len || item[item_len] == ',');
		at += item_len + 1;
	}
	DEMAND(at == s + len + 1);
}

static void
check_hex(const char *s, size_t len)
{
	unsigned char data[64];
	char text[2 * sizeof(data) + 1];
	int n = hex_read(s, len, data, sizeof(data));

	if (n < 0)
		return;
	DEMAND((size_t)n * 2 == len);
	hex_write(data, (size_t)n, text);
	DEMAND(memcmp(s, text, len) == 0 && text[len] == '\0');
}

/* What was judged is not judged differently when more bytes have come. */
static void
check_greeting(const char *s, size_t len)
{
	enum greeting before = GREETING_OPEN, now;
	const char *seems;

	for (size_t n = 1; n <= len; n++, before = now) {
		seems = NULL;
		now = greeting_judge(s, n, &seems);
		DEMAND(before == GREETING_OPEN || now == before);
		DEMAND(now != GREETING_STRANGE || seems != NULL);
		DEMAND(n <= GREETING_MAX || now != GREETING_OPEN);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	check_utf8(text, size);
	check_name(text, size);
	check_list(text, size);
	check_hex(text, size);
	check_greeting(text, size);
	return 0;
}
