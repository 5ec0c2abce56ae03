/* store_format: the record that tells kabar's files from others. */
#include "store/tdb/format.h"

#include <stdio.h>
#include <string.h>

#include "base/pack.h"

#define FORMAT_MAGIC "kabar"

size_t
store_format_make(unsigned char value[STORE_FORMAT_SIZE], uint32_t version, char kind, bool ended)
{
	struct pack p;

	pack_init(&p, value, STORE_FORMAT_SIZE);
	pack_raw(&p, FORMAT_MAGIC, sizeof(FORMAT_MAGIC));
	pack_u32(&p, version);
	pack_u8(&p, (uint8_t)kind);
	pack_u8(&p, ended);
	return p.len;
}

int
store_format_parse(const void *value, size_t len, uint32_t *version, char *kind, bool *ended)
{
	struct unpack u;

	unpack_init(&u, value, len);
	const unsigned char *magic = unpack_raw(&u, sizeof(FORMAT_MAGIC));
	if (magic == NULL || memcmp(magic, FORMAT_MAGIC, sizeof(FORMAT_MAGIC)) != 0)
		return -1;
	*version = unpack_u32(&u);
	*kind = (char)unpack_u8(&u);
	*ended = unpack_u8(&u) != 0;
	return u.bad ? -1 : 0;
}

int
store_format_check(const char *path, uint32_t version, char kind, char *error, size_t size)
{
	uint32_t newest = kind == 't' ? STORE_FORMAT_JOURNALED : STORE_FORMAT_VERSION;

	if (version >= STORE_FORMAT_VERSION && version <= newest)
		return 0;
	snprintf(error, size, "%s was made by %s kabar (its format is %u, this program knows %u)",
	    path, version > newest ? "a newer" : "an older, unreleased", version, newest);
	return -1;
}
