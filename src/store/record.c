/*
 * store_record: the bytes of an entry's record. One of version 1 is in one log; one of version 2 is
 * in several, with what leads back in each of them.
 */
#include <errno.h>
#include <string.h>

#include "store/int.h"

#define VERSION_ONE  1
#define VERSION_MANY 2

static void
pack_place(struct pack *p, const struct store_header *place)
{
	pack_u64(p, place->prev_seq);
	pack_u64(p, place->jump);
	pack_u64(p, place->jump_seq);
	pack_u64(p, place->jump2);
	pack_u64(p, place->jump2_seq);
	pack_u64(p, place->lost);
}

static void
unpack_place(struct unpack *u, struct store_header *place)
{
	place->prev_seq = unpack_u64(u);
	place->jump = unpack_u64(u);
	place->jump_seq = unpack_u64(u);
	place->jump2 = unpack_u64(u);
	place->jump2_seq = unpack_u64(u);
	place->lost = unpack_u64(u);
}

void
store_record_pack(struct pack *p, const struct store_header *places, unsigned int n)
{
	pack_u8(p, n == 1 ? VERSION_ONE : VERSION_MANY);
	if (n > 1) {
		pack_u8(p, (uint8_t)n);
		pack_i64(p, places[0].time_ms);
	}
	for (unsigned int i = 0; i < n; i++) {
		pack_u64(p, places[i].log);
		pack_u64(p, places[i].number);
		if (n == 1)
			pack_i64(p, places[i].time_ms);
		pack_place(p, &places[i]);
	}
}

/* A place in a log, and in none that stands before. */
static bool
is_place(const struct store_entry_record *record, unsigned int at)
{
	for (unsigned int i = 0; i < at; i++)
		if (record->places[i].log == record->places[at].log)
			return false;
	return record->n == 1 || record->places[at].log != 0;
}

int
store_record_parse(struct store_entry_record *record, const void *data, size_t len)
{
	struct unpack u;
	int64_t time_ms = 0;

	unpack_init(&u, data, len);
	uint8_t version = unpack_u8(&u);
	record->n = version == VERSION_MANY ? unpack_u8(&u) : version == VERSION_ONE;
	if (record->n == 0 || record->n > STORE_ENTRY_LOGS ||
	    (version == VERSION_MANY && record->n == 1))
		return -1;
	if (version == VERSION_MANY)
		time_ms = unpack_i64(&u);
	for (unsigned int i = 0; i < record->n; i++) {
		struct store_header *place = &record->places[i];

		place->log = unpack_u64(&u);
		place->number = unpack_u64(&u);
		place->time_ms = version == VERSION_ONE ? unpack_i64(&u) : time_ms;
		unpack_place(&u, place);
		if (!is_place(record, i))
			return -1;
	}
	if (u.bad)
		return -1;
	record->at = u.pos;
	for (unsigned int i = 0; i < record->n; i++)
		record->places[i].len = len - u.pos;
	return 0;
}

struct store_header *
store_record_place(struct store_entry_record *record, uint64_t log)
{
	for (unsigned int i = 0; i < record->n; i++)
		if (record->places[i].log == log)
			return &record->places[i];
	return NULL;
}

/* Of several repairs of one time, in different logs, the one that goes furthest is right. */
static int64_t
merge_times(int64_t now, int64_t was, int64_t repaired)
{
	if (repaired == was || (repaired > was && repaired < now) ||
	    (repaired < was && repaired > now))
		return now;
	return repaired;
}

int
store_record_rewrite(struct store_file *file, uint64_t seq, const struct store_header *place,
    int64_t was_ms)
{
	unsigned char key[STORE_RECORD_KEY];
	unsigned char value[STORE_RECORD_MAX];
	struct store_entry_record record;
	struct store_header *old;
	struct pack p;
	size_t len;

	store_key_make(key, STORE_RECORD_ENTRY, seq);
	if (store_file_get(file, key, sizeof(key), value, sizeof(value), &len) != STORE_OK ||
	    len > sizeof(value) || store_record_parse(&record, value, len) != 0 ||
	    (old = store_record_place(&record, place->log)) == NULL) {
		errno = EIO;
		return -1;
	}
	int64_t time_ms = merge_times(record.places[0].time_ms, was_ms, place->time_ms);
	*old = *place;
	for (unsigned int i = 0; i < record.n; i++)
		record.places[i].time_ms = time_ms;
	pack_init(&p, value, record.at);
	store_record_pack(&p, record.places, record.n);
	return store_file_put(file, key, sizeof(key), value, len);
}
