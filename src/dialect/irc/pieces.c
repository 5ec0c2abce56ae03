/* dialect_irc_pieces: a text is cut at its line feeds, where it was joined, and where it must be.
 */
#include "dialect/irc/pieces.h"

#include <string.h>

#include "dialect/irc/line.h"

void
dialect_irc_pieces_begin(struct irc_pieces *pieces, struct chat_text text, struct chat_text tags,
    size_t room)
{
	const struct irc_line line = { .tags = tags };

	*pieces = (struct irc_pieces){ .rest = text, .room = room };
	if (!dialect_irc_line_tag(&line, IRC_PIECES_TAG, &pieces->joined))
		pieces->joined.data = NULL;
}

static bool
is_amid_character(const char *at)
{
	return ((unsigned char)*at & 0xc0) == 0x80;
}

/* How much of a line there is before the next place where it was joined; len: there is none. */
static size_t
find_joint(struct irc_pieces *pieces, size_t len)
{
	while (pieces->joined.data != NULL) {
		struct chat_text before = pieces->joined, number;
		uint64_t at;

		/* Any client can write such a tag. */
		if (!dialect_irc_line_next(&pieces->joined, ',', &number) ||
		    !dialect_irc_line_number(number, CHAT_TEXT_MAX, &at)) {
			pieces->joined.data = NULL;
			return len;
		}
		at -= at < pieces->at ? at : pieces->at;
		if (at == 0 || (at < len && is_amid_character(pieces->rest.data + at)))
			continue;
		if (at < len)
			return (size_t)at;
		pieces->joined = before;
		return len;
	}
	return len;
}

/* The most of a text that ends between two characters; all of `most` if none does. */
static size_t
cut_between(struct chat_text text, size_t most)
{
	size_t len = most;

	while (len > 0 && len < text.len && is_amid_character(text.data + len))
		len--;
	return len > 0 ? len : most;
}

bool
dialect_irc_pieces_next(struct irc_pieces *pieces, struct chat_text *piece, bool *joins)
{
	struct chat_text *rest = &pieces->rest;
	const char *feed = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
	size_t line = feed == NULL ? rest->len : (size_t)(feed - rest->data), len;

	if (pieces->over)
		return false;
	len = find_joint(pieces, line);
	if (len > pieces->room)
		len = pieces->room;
	len = cut_between(*rest, len);
	*piece = (struct chat_text){ .data = rest->data, .len = len };
	*joins = pieces->amid;
	pieces->amid = len < line;
	pieces->over = len == line && feed == NULL;
	len += len == line && feed != NULL;
	rest->data += len;
	rest->len -= len;
	pieces->at += len;
	return true;
}
