/* line_end: bytes that end a line. The offsets of a search count from the line's first byte. */
#include "net/line_end.h"

#include <string.h>

#include "net/websocket.h"

#define HEAD_END     "\r\n\r\n"
#define HEAD_END_LEN (sizeof(HEAD_END) - 1)

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

/* The line feed of an empty line that is not the first one. */
static const char *
find_empty_line(const char *line, size_t from, size_t len)
{
	const char *at = line + from, *stop = line + len;

	while ((at = memchr(at, '\n', (size_t)(stop - at))) != NULL) {
		const char *before = at > line && at[-1] == '\r' ? at - 1 : at;

		if (before > line && before[-1] == '\n')
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
	case LINE_END_HEAD:
		return find_empty_line(line, from, len);
	case LINE_END_MESSAGE:
		return memchr(line + from, WEBSOCKET_END, len - from);
	case LINE_END_UNKNOWN:
		break;
	}
	return NULL;
}

size_t
line_end_strip(enum line_end end, const char *line, size_t len)
{
	if (end == LINE_END_HEAD) {
		bool clear = len >= HEAD_END_LEN &&
		    memcmp(line + len - HEAD_END_LEN, HEAD_END, HEAD_END_LEN) == 0;

		return clear ? len - HEAD_END_LEN : len;
	}
	return end != LINE_END_MESSAGE && len > 1 && line[len - 2] == '\r' ? len - 2 : len - 1;
}

size_t
line_end_open(enum line_end end, const char *line, size_t len)
{
	size_t open = len > 0 && line[len - 1] == '\r' ? 1 : 0;

	if (end == LINE_END_MESSAGE)
		return 0;
	if (end == LINE_END_HEAD && len > open && line[len - open - 1] == '\n')
		open++;
	return open;
}

size_t
line_end_size(enum line_end end)
{
	switch (end) {
	case LINE_END_HEAD:
		return HEAD_END_LEN;
	case LINE_END_MESSAGE:
		return 1;
	default:
		return 2;
	}
}
