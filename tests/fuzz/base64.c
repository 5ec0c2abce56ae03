/*
 * BASE64: in slices of any size it decodes to the same, what was decoded encodes and decodes to
 * itself, and text without wrapping and spaces that is whole is encoded to itself again.
 */
#include <string.h>

#include "base/base64.h"
#include "fuzz.h"

/* The length of what the text decodes to, or -1. */
static ssize_t
decode(const char *text, size_t len, size_t slice, unsigned char *out)
{
	struct base64_decoder decoder;
	size_t done = 0;

	base64_decode_init(&decoder);
	for (size_t at = 0; at < len; at += slice) {
		size_t n = len - at < slice ? len - at : slice;
		ssize_t got =
		    base64_decode(&decoder, text + at, n, out + done, BASE64_DECODED_MAX(n));

		if (got < 0)
			return -1;
		done += (size_t)got;
	}
	return base64_decode_end(&decoder) == 0 ? (ssize_t)done : -1;
}

static size_t
encode(const unsigned char *data, size_t len, size_t slice, char *out)
{
	struct base64_encoder encoder;
	size_t done = 0;

	base64_encode_init(&encoder);
	for (size_t at = 0; at < len; at += slice) {
		size_t n = len - at < slice ? len - at : slice;
		ssize_t got =
		    base64_encode(&encoder, data + at, n, out + done, BASE64_ENCODED_MAX(n));

		DEMAND(got >= 0);
		done += (size_t)got;
	}
	return done + base64_encode_end(&encoder, out + done);
}

static void *
allocate(size_t size)
{
	void *memory = malloc(size + BASE64_TAIL_MAX);

	DEMAND(memory != NULL);
	return memory;
}

static void
check_round_trip(const unsigned char *data, size_t len, size_t slice)
{
	char *text = allocate(BASE64_ENCODED_MAX(len));
	size_t text_len = encode(data, len, slice, text);
	unsigned char *back = allocate(text_len * 3);

	DEMAND(text_len == BASE64_ENCODED_MAX(len));
	DEMAND(decode(text, text_len, slice, back) == (ssize_t)len);
	DEMAND(len == 0 || memcmp(back, data, len) == 0);
	free(back);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t slice = 1 + data[0] % 7, len = size - 1;
	const char *text = (const char *)data + 1;
	unsigned char *whole = allocate(size * 3), *sliced = allocate(size * 3);
	ssize_t got = decode(text, len, size, whole);

	DEMAND(decode(text, len, slice, sliced) == got);
	DEMAND(got <= 0 || memcmp(whole, sliced, (size_t)got) == 0);
	if (got > 0)
		check_round_trip(whole, (size_t)got, slice);
	check_round_trip(data + 1, len, slice);
	free(whole);
	free(sliced);
	return 0;
}
