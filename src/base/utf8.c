/* utf8: libunistring judges. */
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

bool
utf8_valid(const char *s, size_t len)
{
	return len == 0 || u8_check((const uint8_t *)s, len) == NULL;
}

bool
utf8_printable(const char *s, size_t len)
{
	const uint32_t unseen = UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;
	ucs4_t c;

	if (!utf8_valid(s, len))
		return false;
	for (size_t i = 0; i < len;) {
		i += (size_t)u8_mbtouc(&c, (const uint8_t *)s + i, len - i);
		if (uc_is_general_category_withtable(c, unseen))
			return false;
	}
	return true;
}

bool
utf8_stream_add(struct utf8_stream *stream, const char *s, size_t len)
{
	const uint8_t *bad;
	size_t left;
	ucs4_t c;

	for (; stream->n_cut > 0 && len > 0; s++, len--) {
		int n;

		stream->cut[stream->n_cut++] = *s;
		n = u8_mbtoucr(&c, (const uint8_t *)stream->cut, stream->n_cut);
		if (n == -1)
			return false;
		if (n > 0)
			stream->n_cut = 0;
	}
	bad = len == 0 ? NULL : u8_check((const uint8_t *)s, len);
	if (bad == NULL)
		return true;
	left = len - (size_t)((const char *)bad - s);
	if (left >= sizeof(stream->cut) || u8_mbtoucr(&c, bad, left) != -2)
		return false;
	memcpy(stream->cut, bad, left);
	stream->n_cut = left;
	return true;
}

bool
utf8_stream_ends(const struct utf8_stream *stream)
{
	return stream->n_cut == 0;
}
