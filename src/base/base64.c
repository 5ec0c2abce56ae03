/* base64: an automaton for the text around the digits, and a fast path for the digits. */
#include "base/base64.h"

#include <string.h>

enum {
	STATE_START,  /* nothing but spaces so far */
	STATE_PREFIX, /* a b: of b'...', or the first digit */
	STATE_BODY,
	STATE_PADDING, /* one = came, another must */
	STATE_PADDED,  /* only the closing quote may come, and spaces */
	STATE_CLOSED,  /* only spaces may come */
	STATE_BROKEN,
};

/* One more than the value of a digit; 0 for all other bytes. In the order of ASCII, up to z. */
static const unsigned char digit_of[256] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0, 0, 64,
	53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 0, 0, 27, 28,
	29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51,
	52 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_decode_init(struct base64_decoder *d)
{
	*d = (struct base64_decoder){ .state = STATE_START };
}

/* Takes one digit; from the second of a group on, each completes a byte. */
static size_t
take_digit(struct base64_decoder *d, unsigned digit, unsigned char *out)
{
	d->bits = d->bits << 6 | (digit - 1u);
	d->digits = (d->digits + 1) % 4;
	switch (d->digits) {
	case 2:
		out[0] = (unsigned char)(d->bits >> 4);
		return 1;
	case 3:
		out[0] = (unsigned char)(d->bits >> 2);
		return 1;
	case 0:
		out[0] = (unsigned char)d->bits;
		return 1;
	default:
		return 0;
	}
}

/* Decodes whole groups of four digits as long as they last; the hot path. */
static size_t
take_groups(const unsigned char *in, size_t len, unsigned char *out)
{
	size_t i;

	for (i = 0; i + 4 <= len; i += 4) {
		unsigned a = digit_of[in[i]];
		unsigned b = digit_of[in[i + 1]];
		unsigned c = digit_of[in[i + 2]];
		unsigned d = digit_of[in[i + 3]];
		unsigned bits;

		if (!(a && b && c && d))
			break;
		bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
		*out++ = (unsigned char)(bits >> 16);
		*out++ = (unsigned char)(bits >> 8);
		*out++ = (unsigned char)bits;
	}
	return i;
}

/* The state after a byte of the body that is no digit. */
static int
leave_body(const struct base64_decoder *d, char c)
{
	if (c == '=' && d->digits == 2)
		return STATE_PADDING;
	if (c == '=' && d->digits == 3)
		return STATE_PADDED;
	if (d->digits == 1)
		return STATE_BROKEN;
	if (d->quote ? c == d->quote : c == ' ')
		return STATE_CLOSED;
	return STATE_BROKEN;
}

/* The state after a byte that follows the padding or the whole text. */
static int
after_body(const struct base64_decoder *d, char c)
{
	if (d->state == STATE_PADDING)
		return c == '=' ? STATE_PADDED : STATE_BROKEN;
	if (d->state == STATE_PADDED && d->quote)
		return c == d->quote ? STATE_CLOSED : STATE_BROKEN;
	return c == ' ' ? STATE_CLOSED : STATE_BROKEN;
}

/* One byte, whatever the state. Returns how many bytes it gave. */
static size_t
take_byte(struct base64_decoder *d, char c, unsigned char *out)
{
	unsigned digit = digit_of[(unsigned char)c];
	size_t given = 0;

	if (d->state == STATE_START) {
		if (c == ' ')
			return 0;
		d->state = c == 'b' ? STATE_PREFIX : STATE_BODY;
		if (c == 'b')
			return 0;
	} else if (d->state == STATE_PREFIX) {
		d->state = STATE_BODY;
		if (c == '\'' || c == '"') {
			d->quote = c;
			return 0;
		}
		given = take_digit(d, digit_of['b'], out);
	}
	if (d->state != STATE_BODY)
		d->state = after_body(d, c);
	else if (digit)
		given += take_digit(d, digit, out + given);
	else
		d->state = leave_body(d, c);
	return given;
}

ssize_t
base64_decode(struct base64_decoder *d, const char *in, size_t len, unsigned char *out,
    size_t out_size)
{
	size_t given = 0;

	if (out_size < BASE64_DECODED_MAX(len))
		d->state = STATE_BROKEN;
	for (size_t i = 0; i < len && d->state != STATE_BROKEN;) {
		if (d->state == STATE_BODY && d->digits == 0) {
			size_t taken =
			    take_groups((const unsigned char *)in + i, len - i, out + given);

			i += taken;
			given += taken / 4 * 3;
			if (i == len)
				break;
		}
		given += take_byte(d, in[i++], out + given);
	}
	return d->state == STATE_BROKEN ? -1 : (ssize_t)given;
}

int
base64_decode_end(struct base64_decoder *d)
{
	switch (d->state) {
	case STATE_START:
	case STATE_CLOSED:
		return 0;
	case STATE_BODY:
		return d->digits == 1 || d->quote ? -1 : 0;
	case STATE_PADDED:
		return d->quote ? -1 : 0;
	default:
		return -1;
	}
}

void
base64_encode_init(struct base64_encoder *e)
{
	*e = (struct base64_encoder){ .carried = 0 };
}

static void
encode_group(const unsigned char in[3], char out[4])
{
	out[0] = alphabet[in[0] >> 2];
	out[1] = alphabet[(in[0] & 0x03) << 4 | in[1] >> 4];
	out[2] = alphabet[(in[1] & 0x0f) << 2 | in[2] >> 6];
	out[3] = alphabet[in[2] & 0x3f];
}

/* Completes the group that was carried, if len suffices. Returns how many bytes of in it took. */
static size_t
fill_carry(struct base64_encoder *e, const unsigned char *in, size_t len, char *out)
{
	unsigned char group[3];
	size_t missing = sizeof(group) - e->carried;

	if (e->carried == 0 || len < missing)
		return 0;
	memcpy(group, e->carry, e->carried);
	memcpy(group + e->carried, in, missing);
	encode_group(group, out);
	e->carried = 0;
	return missing;
}

ssize_t
base64_encode(struct base64_encoder *e, const unsigned char *in, size_t len, char *out,
    size_t out_size)
{
	size_t i, given;

	if (out_size < BASE64_ENCODED_MAX(len))
		return -1;
	i = fill_carry(e, in, len, out);
	given = i > 0 ? 4 : 0;
	if (e->carried == 0) {
		for (; i + 3 <= len; i += 3, given += 4)
			encode_group(in + i, out + given);
	}
	for (; i < len; i++)
		e->carry[e->carried++] = in[i];
	return (ssize_t)given;
}

size_t
base64_encode_end(struct base64_encoder *e, char out[BASE64_TAIL_MAX])
{
	unsigned char group[3] = { 0 };

	if (e->carried == 0)
		return 0;
	memcpy(group, e->carry, e->carried);
	encode_group(group, out);
	out[3] = '=';
	if (e->carried == 1)
		out[2] = '=';
	e->carried = 0;
	return BASE64_TAIL_MAX;
}
