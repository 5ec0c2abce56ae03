/* dialect_irc_reference: reads ids and times. */
#include "dialect/irc/reference.h"

#include <string.h>
#include <time.h>

#include "dialect/irc/line.h"

#define ID_MOST ((UINT64_C(1) << 53) - 1)

/* Whether the text begins with this; then it is behind it afterwards. */
static bool
skip_prefix(struct chat_text *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (text->len < len || memcmp(text->data, prefix, len) != 0)
		return false;
	text->data += len;
	text->len -= len;
	return true;
}

/* A number of so many digits. False: the text begins with no such number. */
static bool
take_digits(struct chat_text *text, size_t digits, int *number)
{
	struct chat_text part = { .data = text->data, .len = digits };
	uint64_t value;

	if (text->len < digits || !dialect_irc_line_number(part, 9999, &value))
		return false;
	*number = (int)value;
	text->data += digits;
	text->len -= digits;
	return true;
}

/* The digits behind the seconds, of which three count. */
static int
take_fraction(struct chat_text *text)
{
	int ms = 0, weight = 100;

	if (!skip_prefix(text, "."))
		return 0;
	while (text->len > 0 && text->data[0] >= '0' && text->data[0] <= '9') {
		ms += weight * (text->data[0] - '0');
		weight /= 10;
		text->data++;
		text->len--;
	}
	return ms;
}

static bool
read_time(struct chat_text text, int64_t *time_ms)
{
	struct tm tm = { .tm_isdst = 0 };
	int ms;

	if (!take_digits(&text, 4, &tm.tm_year) || !skip_prefix(&text, "-") ||
	    !take_digits(&text, 2, &tm.tm_mon) || !skip_prefix(&text, "-") ||
	    !take_digits(&text, 2, &tm.tm_mday) || !skip_prefix(&text, "T") ||
	    !take_digits(&text, 2, &tm.tm_hour) || !skip_prefix(&text, ":") ||
	    !take_digits(&text, 2, &tm.tm_min) || !skip_prefix(&text, ":") ||
	    !take_digits(&text, 2, &tm.tm_sec))
		return false;
	ms = take_fraction(&text);
	if (!skip_prefix(&text, "Z") || text.len > 0 || tm.tm_year < 1970 || tm.tm_mon < 1 ||
	    tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
	    tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	*time_ms = (int64_t)timegm(&tm) * 1000 + ms;
	return true;
}

static bool
read_id(struct chat_text text, uint64_t *id)
{
	struct chat_text number;
	uint64_t part;

	return dialect_irc_line_next(&text, '-', &number) &&
	    dialect_irc_line_number(number, ID_MOST, id) && *id != 0 &&
	    (text.data == NULL || dialect_irc_line_number(text, ID_MOST, &part));
}

bool
dialect_irc_reference_read(struct chat_text text, struct irc_reference *reference)
{
	*reference = (struct irc_reference){ .id = 0 };
	if (skip_prefix(&text, "timestamp=")) {
		reference->by_time = true;
		return read_time(text, &reference->time_ms);
	}
	return skip_prefix(&text, "msgid=") && read_id(text, &reference->id);
}
