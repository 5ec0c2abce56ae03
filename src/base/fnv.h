/*
 * fnv: the hash FNV-1a of 64 bits, for tables in memory. Keys can be chosen to collide: a table
 * must stay right then, and may be slow.
 */
#ifndef KABAR_FNV_H
#define KABAR_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_BEGIN UINT64_C(14695981039346656037)

/* The hash of what `hash` stands for, followed by one more byte. */
static inline uint64_t
fnv_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * UINT64_C(1099511628211);
}

static inline uint64_t
fnv_bytes(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		hash = fnv_byte(hash, bytes[i]);
	return hash;
}

#endif
