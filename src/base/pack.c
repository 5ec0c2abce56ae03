/*
 * pack: numbers and byte strings into records and out of them, big-endian, with
 * every bound checked. What a record means is left to those who call.
 */
#include "base/pack.h"

#include <endian.h>
#include <string.h>

void
pack_init(struct pack *p, void *data, size_t size)
{
	*p = (struct pack){ .data = data, .size = size };
}

void
pack_raw(struct pack *p, const void *data, size_t len)
{
	if (p->overflow || len > p->size - p->len) {
		p->overflow = true;
		return;
	}
	if (len > 0)
		memcpy(p->data + p->len, data, len);
	p->len += len;
}

static void
pack_number(struct pack *p, uint64_t value, size_t width)
{
	unsigned char bytes[8];

	pack_put_u64(bytes, value);
	pack_raw(p, bytes + sizeof(bytes) - width, width);
}

void
pack_u8(struct pack *p, uint8_t value)
{
	pack_number(p, value, 1);
}

void
pack_u16(struct pack *p, uint16_t value)
{
	pack_number(p, value, 2);
}

void
pack_u32(struct pack *p, uint32_t value)
{
	pack_number(p, value, 4);
}

void
pack_u64(struct pack *p, uint64_t value)
{
	pack_number(p, value, 8);
}

void
pack_i64(struct pack *p, int64_t value)
{
	pack_number(p, (uint64_t)value, 8);
}

void
pack_blob(struct pack *p, const void *data, size_t len)
{
	if (len > UINT32_MAX) {
		p->overflow = true;
		return;
	}
	pack_u32(p, (uint32_t)len);
	pack_raw(p, data, len);
}

void
pack_text(struct pack *p, const char *text)
{
	pack_blob(p, text, strlen(text));
}

void
unpack_init(struct unpack *u, const void *data, size_t len)
{
	*u = (struct unpack){ .data = data, .len = len };
}

const unsigned char *
unpack_raw(struct unpack *u, size_t len)
{
	const unsigned char *at;

	if (u->bad || len > u->len - u->pos) {
		u->bad = true;
		return NULL;
	}
	at = u->data + u->pos;
	u->pos += len;
	return at;
}

static uint64_t
unpack_number(struct unpack *u, size_t width)
{
	const unsigned char *at = unpack_raw(u, width);
	uint64_t value = 0;

	for (size_t i = 0; at != NULL && i < width; i++)
		value = value << 8 | at[i];
	return value;
}

uint8_t
unpack_u8(struct unpack *u)
{
	return (uint8_t)unpack_number(u, 1);
}

uint16_t
unpack_u16(struct unpack *u)
{
	return (uint16_t)unpack_number(u, 2);
}

uint32_t
unpack_u32(struct unpack *u)
{
	return (uint32_t)unpack_number(u, 4);
}

uint64_t
unpack_u64(struct unpack *u)
{
	const unsigned char *at = unpack_raw(u, 8);

	return at == NULL ? 0 : pack_get_u64(at);
}

int64_t
unpack_i64(struct unpack *u)
{
	return (int64_t)unpack_number(u, 8);
}

const unsigned char *
unpack_blob(struct unpack *u, size_t *len)
{
	*len = unpack_u32(u);
	const unsigned char *at = unpack_raw(u, *len);

	if (at == NULL)
		*len = 0;
	return at;
}

void
unpack_text(struct unpack *u, char *text, size_t size)
{
	size_t len;
	const unsigned char *at = unpack_blob(u, &len);

	text[0] = '\0';
	if (at == NULL)
		return;
	if (len >= size || memchr(at, '\0', len) != NULL) {
		u->bad = true;
		return;
	}
	memcpy(text, at, len);
	text[len] = '\0';
}

void
pack_put_u64(unsigned char out[8], uint64_t value)
{
	value = htobe64(value);
	memcpy(out, &value, sizeof(value));
}

uint64_t
pack_get_u64(const unsigned char in[8])
{
	uint64_t value;

	memcpy(&value, in, sizeof(value));
	return be64toh(value);
}
