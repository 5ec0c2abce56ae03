/*
 * pack: numbers and byte strings into records and out of them, big-endian, with
 * every bound checked. What a record means is left to those who call.
 */
#ifndef KABAR_PACK_H
#define KABAR_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buffer being filled. Once something did not fit, overflow stays set and nothing more is put. */
struct pack {
	unsigned char *data; /* the caller's */
	size_t size;
	size_t len;
	bool overflow;
};

/* A record being read. Once it was too short, bad stays set and all further reads give zero. */
struct unpack {
	const unsigned char *data; /* the caller's */
	size_t len;
	size_t pos;
	bool bad;
};

void pack_init(struct pack *, void *data, size_t size);
void pack_u8(struct pack *, uint8_t);
void pack_u16(struct pack *, uint16_t);
void pack_u32(struct pack *, uint32_t);
void pack_u64(struct pack *, uint64_t);
void pack_i64(struct pack *, int64_t);
void pack_raw(struct pack *, const void *, size_t);
void pack_blob(struct pack *, const void *, size_t); /* a u32 length, then the bytes */
void pack_text(struct pack *, const char *);         /* a blob without the NUL */

void unpack_init(struct unpack *, const void *data, size_t len);
uint8_t unpack_u8(struct unpack *);
uint16_t unpack_u16(struct unpack *);
uint32_t unpack_u32(struct unpack *);
uint64_t unpack_u64(struct unpack *);
int64_t unpack_i64(struct unpack *);
const unsigned char *unpack_raw(struct unpack *, size_t len);   /* NULL when too short */
const unsigned char *unpack_blob(struct unpack *, size_t *len); /* points into the record */
/* Copies a blob as a string; a longer one than size allows, or one with a NUL, is bad. */
void unpack_text(struct unpack *, char *text, size_t size);

/* One number outside a record, as in keys. */
void pack_put_u64(unsigned char out[8], uint64_t);
uint64_t pack_get_u64(const unsigned char in[8]);

#endif
