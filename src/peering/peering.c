/* peering: numbers as text, read as if they came from somebody hostile. */
#include "peering/peering.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/hex.h"
#include "base/pack.h"

void
peering_write_epoch(char text[PEERING_EPOCH_SIZE], uint64_t epoch)
{
	snprintf(text, PEERING_EPOCH_SIZE, "%016" PRIx64, epoch);
}

bool
peering_read_epoch(const char *text, size_t len, uint64_t *epoch)
{
	unsigned char bytes[sizeof(*epoch)];

	if (hex_read(text, len, bytes, sizeof(bytes)) != sizeof(bytes))
		return false;
	*epoch = pack_get_u64(bytes);
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
