/* utf8: libunistring judges. */
#include "base/utf8.h"

#include <stdint.h>
#include <unistr.h>

bool
utf8_valid(const char *s, size_t len)
{
	return len == 0 || u8_check((const uint8_t *)s, len) == NULL;
}
