/* peering: numbers as text, read as if they came from somebody hostile. */
#include "peering/peering.h"

#include <inttypes.h>
#include <stdio.h>

void
peering_write_epoch(char text[PEERING_EPOCH_SIZE], uint64_t epoch)
{
	snprintf(text, PEERING_EPOCH_SIZE, "%016" PRIx64, epoch);
}

/* The value of a lower-case hexadecimal digit, or -1. */
static int
read_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
peering_read_epoch(const char *text, size_t len, uint64_t *epoch)
{
	unsigned char bytes[sizeof(*epoch)];

	if (!peering_read_hex(text, len, bytes, sizeof(bytes)))
		return false;
	*epoch = 0;
	for (size_t i = 0; i < sizeof(bytes); i++)
		*epoch = *epoch << 8 | bytes[i];
	return true;
}

bool
peering_read_number(const char *text, size_t len, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (text[i] < '0' || text[i] > '9' || *number > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return len > 0;
}

bool
peering_read_hex(const char *text, size_t len, unsigned char *bytes, size_t n)
{
	if (len != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = read_digit(text[2 * i]), low = read_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}
