/*
 * BASE64 (RFC 4648, the standard alphabet) in both directions, in pieces of any size. Where the
 * pieces come from and how large the whole may become is left to the caller.
 */
#ifndef KABAR_BASE64_H
#define KABAR_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Room for what one call may write, given len bytes of input and whatever was carried over. */
#define BASE64_DECODED_MAX(len) (((len) / 4 + 1) * 3)
#define BASE64_ENCODED_MAX(len) (((len) + 2) / 3 * 4)

/* The most that base64_encode_end() writes. */
#define BASE64_TAIL_MAX 4

/* The fields are base64.c's own. */
struct base64_decoder {
	uint32_t bits;   /* the digits of the group begun, six bits each */
	unsigned digits; /* how many of them, 0 to 3 */
	int state;
	char quote; /* what ends the text in Python's wrapping, or NUL */
};

struct base64_encoder {
	unsigned char carry[2];
	size_t carried;
};

void base64_decode_init(struct base64_decoder *d);

/*
 * Decodes the next len bytes of text into out, at once as far as the bits go, and returns how many
 * bytes that gave. out_size is at least BASE64_DECODED_MAX(len). The text may be wrapped as Python
 * prints bytes, b'...' or b"...", and have spaces around it, not within.
 * Returns -1 for any other byte, wrong padding or a small out_size; so do all calls after that.
 */
ssize_t base64_decode(struct base64_decoder *d, const char *in, size_t len, unsigned char *out,
    size_t out_size);

/*
 * Call once the text is over: 0 if it was complete (padded as it should be, or not padded at all,
 * and its wrapping closed), else -1. Nothing remains to be written. An empty text is complete.
 */
int base64_decode_end(struct base64_decoder *d);

void base64_encode_init(struct base64_encoder *e);

/*
 * Encodes the next len bytes into out, without a NUL, and returns how many characters that gave;
 * up to two bytes are carried to the next call. Returns -1, with nothing done, if out_size is less
 * than BASE64_ENCODED_MAX(len).
 */
ssize_t base64_encode(struct base64_encoder *e, const unsigned char *in, size_t len, char *out,
    size_t out_size);

/* Writes what was carried, padded, without a NUL, and returns its length: 0 or BASE64_TAIL_MAX. */
size_t base64_encode_end(struct base64_encoder *e, char out[BASE64_TAIL_MAX]);

#endif
