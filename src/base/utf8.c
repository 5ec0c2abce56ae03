/* utf8: libunistring judges. */
#include "base/utf8.h"

#include <stdint.h>
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
