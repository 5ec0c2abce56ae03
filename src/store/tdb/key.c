/* store_key: keys and their hash. */
#include "store/tdb/key.h"

#include <stdbool.h>
#include <sys/types.h>
#include <tdb.h>

#include "base/pack.h"

void
store_key_make(unsigned char key[STORE_RECORD_KEY], enum store_record record, uint64_t number)
{
	key[0] = (unsigned char)record;
	pack_put_u64(key + 1, number);
}

uint32_t
store_key_hash(const void *key, size_t key_len)
{
	TDB_DATA whole = { .dptr = (unsigned char *)(uintptr_t)key, .dsize = key_len };

	if (key_len == STORE_RECORD_KEY && whole.dptr[0] == STORE_RECORD_ENTRY)
		return (uint32_t)(pack_get_u64(whole.dptr + 1) & UINT32_MAX);
	return tdb_jenkins_hash(&whole);
}

uint32_t
store_key_slots(uint32_t slots, uint64_t records)
{
	while (slots < records && slots < UINT32_MAX / 8)
		slots *= 2;
	return slots;
}
