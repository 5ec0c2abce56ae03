/* line_end: bytes that end a line. The offsets of a search count from the line's first byte. */
#include "net/line_end.h"

#include <string.h>

static const char *
find_crlf(const char *line, size_t from, size_t len)
{
	const char *at = line + from, *stop = line + len;

	while ((at = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
		if (at > line && at[-1] == '\r')
			return at;
		at++;
	}
	return NULL;
}

bool
line_end_search(struct line_end_search *search, const char *line, size_t len)
{
	const char *feed;

	if (find_crlf(line, search->searched, len) != NULL)
		return true;
	if (search->bare == 0) {
		feed = memchr(line + search->searched, '\n', len - search->searched);
		search->bare = feed == NULL ? 0 : (size_t)(feed - line) + 1;
	}
	search->searched = len;
	return false;
}

void
line_end_skip(struct line_end_search *search, size_t n)
{
	search->searched -= n;
	search->bare -= search->bare > 0 ? n : 0;
}

const char *
line_end_find(enum line_end end, const char *line, size_t from, size_t len)
{
	switch (end) {
	case LINE_END_LF:
		return memchr(line + from, '\n', len - from);
	case LINE_END_CRLF:
		return find_crlf(line, from, len);
	case LINE_END_UNKNOWN:
		break;
	}
	return NULL;
}
