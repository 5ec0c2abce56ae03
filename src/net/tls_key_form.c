/*
 * tls_key_form: RFC 8017, 9.1.2 and 9.2. The digest within PSS is not known here, but the padding
 * behind its mask is.
 */
#include "net/tls_key_form.h"

#include <stdint.h>
#include <string.h>

#define BLOCK_MAX   2048 /* bytes: a modulus of 16384 bits */
#define PADDING_MIN 16   /* bytes: a key that leaves less is too short for the hash */
#define LAST        0xbc /* of each block */
#define N_HASHES    3
#define INFO_HEADER 19
#define INFO_HASH   14 /* the byte of the header that names the hash */
#define INFO_WHOLE  1  /* those that say lengths */
#define INFO_LEN    18

static const size_t digest_lens[N_HASHES] = { 32, 48, 64 };

bool
tls_key_form_is_digest(size_t len)
{
	for (size_t i = 0; i < N_HASHES; i++)
		if (len == digest_lens[i])
			return true;
	return false;
}

bool
tls_key_form_is_digest_info(const unsigned char *data, size_t len)
{
	/* Of SHA-256; 384 and 512 have the next numbers. */
	unsigned char header[INFO_HEADER] = { 0x30, 0, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
		0x01, 0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00, 0x04, 0 };

	for (size_t i = 0; i < N_HASHES; i++) {
		header[INFO_WHOLE] = (unsigned char)(INFO_HEADER - 2 + digest_lens[i]);
		header[INFO_HASH] = (unsigned char)(i + 1);
		header[INFO_LEN] = (unsigned char)digest_lens[i];
		if (len == INFO_HEADER + digest_lens[i] && memcmp(data, header, INFO_HEADER) == 0)
			return true;
	}
	return false;
}

/* The block is the masked {zeros, 1, salt}, then the mask's seed, then the last byte. */
static bool
is_pss_with(const unsigned char *block, size_t len, size_t unused_bits, size_t digest_len,
    tls_key_form_mask *make_mask)
{
	unsigned char mask[BLOCK_MAX], found = 0;
	size_t masked = len - digest_len - 1, zeros = masked - digest_len - 1;

	if (len < 2 * digest_len + 2 + PADDING_MIN ||
	    !make_mask(mask, masked, block + masked, digest_len))
		return false;
	mask[0] &= (unsigned char)(0xff >> unused_bits);
	for (size_t i = 0; i < zeros; i++)
		found |= block[i] ^ mask[i];
	return found == 0 && (block[zeros] ^ mask[zeros]) == 1;
}

bool
tls_key_form_is_pss(const unsigned char *block, size_t len, size_t bits,
    tls_key_form_mask *make_mask)
{
	size_t used = bits - 1; /* the block is a number below the modulus */

	if (len < 2 || len > BLOCK_MAX || len != (bits + 7) / 8 || block[len - 1] != LAST)
		return false;
	if (used % 8 == 0 && *block++ != 0)
		return false;
	len = (used + 7) / 8;
	for (size_t i = 0; i < N_HASHES; i++)
		if (is_pss_with(block, len, 8 * len - used, digest_lens[i], make_mask))
			return true;
	return false;
}
