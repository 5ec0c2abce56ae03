/* store_journal_record: see journal_record.h. */
#include <string.h>
#include <zlib.h>

#include "base/pack.h"
#include "store/journal_record.h"

#define MAGIC      0xff6b4a72U
#define FORMAT     1
#define NOT_SYNCED 1 /* a flag */
#define CRC_AT     12
#define CRC_SIZE   4

size_t
store_journal_record_size(size_t len)
{
	size_t size = STORE_JOURNAL_RECORD_HEADER + len;

	return (size + STORE_JOURNAL_RECORD_ALIGN - 1) / STORE_JOURNAL_RECORD_ALIGN *
	    STORE_JOURNAL_RECORD_ALIGN;
}

static uint32_t
checksum(const unsigned char *record, size_t len)
{
	uLong crc = crc32_z(0, record, CRC_AT);

	return (uint32_t)crc32_z(crc, record + CRC_AT + CRC_SIZE,
	    STORE_JOURNAL_RECORD_HEADER - CRC_AT - CRC_SIZE + len);
}

static void
pack_header(unsigned char *out, const struct store_journal_record *record, uint32_t crc)
{
	struct pack p;

	pack_init(&p, out, STORE_JOURNAL_RECORD_HEADER);
	pack_u32(&p, MAGIC);
	pack_u8(&p, FORMAT);
	pack_u8(&p, record->synced ? 0 : NOT_SYNCED);
	pack_u16(&p, 0);
	pack_u32(&p, (uint32_t)record->len);
	pack_u32(&p, crc);
	pack_u64(&p, record->number);
}

void
store_journal_record_pack(unsigned char *out, const struct store_journal_record *record)
{
	size_t end = STORE_JOURNAL_RECORD_HEADER + record->len;

	pack_header(out, record, 0);
	memcpy(out + STORE_JOURNAL_RECORD_HEADER, record->data, record->len);
	memset(out + end, 0, store_journal_record_size(record->len) - end);
	pack_header(out, record, checksum(out, record->len));
}

/* Reads the header: 0, or -1 when it is none. */
static int
read_header(struct store_journal_record *record, uint32_t *crc, const unsigned char *data,
    size_t len)
{
	struct unpack u;

	if (len < STORE_JOURNAL_RECORD_HEADER || data[0] != MAGIC >> 24)
		return -1;
	unpack_init(&u, data, len);
	if (unpack_u32(&u) != MAGIC)
		return -1;
	record->newer = unpack_u8(&u) > FORMAT;
	record->synced = (unpack_u8(&u) & NOT_SYNCED) == 0;
	unpack_u16(&u);
	record->len = unpack_u32(&u);
	*crc = unpack_u32(&u);
	record->number = unpack_u64(&u);
	record->data = data + STORE_JOURNAL_RECORD_HEADER;
	record->size = store_journal_record_size(record->len);
	return record->len == 0 ? -1 : 0;
}

bool
store_journal_record_claim(struct store_journal_record *record, const unsigned char *data,
    size_t len)
{
	uint32_t crc;

	return read_header(record, &crc, data, len) == 0;
}

bool
store_journal_record_parse(struct store_journal_record *record, const unsigned char *data,
    size_t len)
{
	uint32_t crc;

	return read_header(record, &crc, data, len) == 0 && record->size <= len &&
	    checksum(data, record->len) == crc;
}
