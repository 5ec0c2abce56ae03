/* config_value: single values by type: numbers with units, words, quoted text. */
#include <bsd/string.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

#define NUMBER_TEXT_MAX 32

struct unit {
	char suffix; /* '\0': none */
	int64_t scale;
};

/* Largest first. */
static const struct unit duration_units[] = {
	{ 'd', 86400 },
	{ 'h', 3600 },
	{ 'm', 60 },
	{ 's', 1 },
};
static const struct unit size_units[] = {
	{ 'G', INT64_C(1) << 30 },
	{ 'M', INT64_C(1) << 20 },
	{ 'K', INT64_C(1) << 10 },
	{ '\0', 1 },
};
static const struct unit plain_units[] = { { '\0', 1 } };

static const struct unit *
units_of(enum config_type type, size_t *n)
{
	switch (type) {
	case CONFIG_DURATION:
		*n = sizeof(duration_units) / sizeof(duration_units[0]);
		return duration_units;
	case CONFIG_SIZE:
		*n = sizeof(size_units) / sizeof(size_units[0]);
		return size_units;
	default:
		*n = 1;
		return plain_units;
	}
}

/* The scale for the suffix after the digits; -1: there is no such suffix. */
static int64_t
scale_of(enum config_type type, const char *suffix)
{
	const struct unit *units;
	size_t i, n;

	if (suffix[0] == '\0')
		return 1;
	units = units_of(type, &n);
	for (i = 0; i < n; i++)
		if (units[i].suffix == suffix[0] && suffix[1] == '\0')
			return units[i].scale;
	return -1;
}

/* Returns 0, or -1 if this is no number of that type. A number too large becomes INT64_MAX. */
static int
number_parse(enum config_type type, const char *text, int64_t *number)
{
	intmax_t digits;
	int64_t scale;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -1;
	digits = strtoimax(text, &end, 10); /* INTMAX_MAX on overflow */
	scale = scale_of(type, end);
	if (scale == -1)
		return -1;
	*number = digits > INT64_MAX / scale ? INT64_MAX : digits * scale;
	return 0;
}

static const char *
number_format(enum config_type type, int64_t number, char *text, size_t size)
{
	const struct unit *units;
	size_t i, n;

	units = units_of(type, &n);
	for (i = 0; i + 1 < n && (number == 0 || number % units[i].scale != 0); i++)
		;
	/* An empty string where there is no suffix. */
	snprintf(text, size, "%" PRId64 "%.1s", number / units[i].scale, &units[i].suffix);
	return text;
}

static int
bool_parse(const char *text, bool *value)
{
	static const char *const words[][2] = { { "off", "on" }, { "no", "yes" },
		{ "false", "true" } };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		*value = strcmp(text, words[i][1]) == 0;
		if (*value || strcmp(text, words[i][0]) == 0)
			return 0;
	}
	return -1;
}

static void *
field_of(const struct config_tunable *tunable, void *base)
{
	return (char *)base + tunable->offset;
}

static int
parse_bool(const struct config_tunable *tunable, const char *text, void *base, char *error,
    size_t size)
{
	bool value;

	if (bool_parse(text, &value) == -1) {
		snprintf(error, size, "%s must be on or off", tunable->name);
		return -1;
	}
	if (base != NULL)
		*(bool *)field_of(tunable, base) = value;
	return 0;
}

static void
store_number(const struct config_tunable *tunable, int64_t number, void *base)
{
	void *field = field_of(tunable, base);

	switch (tunable->type) {
	case CONFIG_DURATION:
		*(int64_t *)field = number;
		break;
	case CONFIG_SIZE:
		*(uint64_t *)field = (uint64_t)number;
		break;
	case CONFIG_PORT:
		*(uint16_t *)field = (uint16_t)number;
		break;
	default:
		*(int *)field = (int)number;
		break;
	}
}

static int64_t
load_number(const struct config_tunable *tunable, const void *base)
{
	const void *field = (const char *)base + tunable->offset;

	switch (tunable->type) {
	case CONFIG_DURATION:
		return *(const int64_t *)field;
	case CONFIG_SIZE:
		return (int64_t) * (const uint64_t *)field;
	case CONFIG_PORT:
		return *(const uint16_t *)field;
	default:
		return *(const int *)field;
	}
}

static int
parse_number(const struct config_tunable *tunable, const char *text, void *base, char *error,
    size_t size)
{
	char min[NUMBER_TEXT_MAX], max[NUMBER_TEXT_MAX];
	int64_t number;

	if (number_parse(tunable->type, text, &number) == -1 || number < tunable->min ||
	    number > tunable->max) {
		snprintf(error, size, "%s must be from %s to %s", tunable->name,
		    number_format(tunable->type, tunable->min, min, sizeof(min)),
		    number_format(tunable->type, tunable->max, max, sizeof(max)));
		return -1;
	}
	if (base != NULL)
		store_number(tunable, number, base);
	return 0;
}

/* The word of this text; NULL, with what is wrong: there is none. */
static const struct config_word *
find_word(const struct config_tunable *tunable, const char *text, char *error, size_t size)
{
	const struct config_word *word;

	for (word = tunable->words; word->word != NULL; word++)
		if (strcmp(text, word->word) == 0)
			return word;
	snprintf(error, size, "%s must be one of", tunable->name);
	for (word = tunable->words; word->word != NULL; word++) {
		strlcat(error, word == tunable->words ? " " : ", ", size);
		strlcat(error, word->word, size);
	}
	return NULL;
}

static int
parse_string(const struct config_tunable *tunable, const char *text, void *base, char *error,
    size_t size)
{
	size_t len = strlen(text);
	const char *complaint;
	const char *c;

	for (c = text; *c != '\0'; c++)
		if (iscntrl((unsigned char)*c)) {
			snprintf(error, size, "%s must not contain control characters",
			    tunable->name);
			return -1;
		}
	if (len < (size_t)tunable->min) {
		snprintf(error, size, "%s must not be empty", tunable->name);
		return -1;
	}
	if (len > (size_t)tunable->max) {
		snprintf(error, size, "%s must have at most %" PRId64 " bytes", tunable->name,
		    tunable->max);
		return -1;
	}
	complaint = len > 0 && tunable->check != NULL ? tunable->check(text) : NULL;
	if (complaint != NULL) {
		snprintf(error, size, "%s %s", tunable->name, complaint);
		return -1;
	}
	if (tunable->words != NULL && find_word(tunable, text, error, size) == NULL)
		return -1;
	if (base != NULL)
		strlcpy(field_of(tunable, base), text, (size_t)tunable->max + 1);
	return 0;
}

static int
parse_enum(const struct config_tunable *tunable, const char *text, void *base, char *error,
    size_t size)
{
	const struct config_word *word = find_word(tunable, text, error, size);

	if (word != NULL && base != NULL)
		*(int *)field_of(tunable, base) = word->value;
	return word == NULL ? -1 : 0;
}

int
config_value_parse(const struct config_tunable *tunable, const char *text, void *base, char *error,
    size_t size)
{
	switch (tunable->type) {
	case CONFIG_BOOL:
		return parse_bool(tunable, text, base, error, size);
	case CONFIG_STRING:
		return parse_string(tunable, text, base, error, size);
	case CONFIG_ENUM:
		return parse_enum(tunable, text, base, error, size);
	default:
		return parse_number(tunable, text, base, error, size);
	}
}

/* Escapes the characters that are special to the parser between double quotes. */
static void
print_string(const char *s, FILE *out)
{
	fputc('"', out);
	for (; *s != '\0'; s++) {
		if (strchr("\"\\$", *s) != NULL)
			fputc('\\', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static void
print_enum(const struct config_word *word, int value, FILE *out)
{
	while (word->value != value)
		word++;
	fputs(word->word, out);
}

void
config_value_print(const struct config_tunable *tunable, const void *base, FILE *out)
{
	const void *field = (const char *)base + tunable->offset;
	char text[NUMBER_TEXT_MAX];

	switch (tunable->type) {
	case CONFIG_BOOL:
		fputs(*(const bool *)field ? "on" : "off", out);
		break;
	case CONFIG_STRING:
		print_string(field, out);
		break;
	case CONFIG_ENUM:
		print_enum(tunable->words, *(const int *)field, out);
		break;
	default:
		fputs(number_format(tunable->type, load_number(tunable, base), text, sizeof(text)),
		    out);
		break;
	}
}
