/* dialect_irc_lines: a text in one line, in several, or in a batch of several. */
#include "dialect/irc/lines.h"

#include <string.h>

#include "dialect/irc/pieces.h"

bool
dialect_irc_lines_batched(const struct dialog *dialog)
{
	return dialect_irc_has(dialog, IRC_CAP_MULTILINE) &&
	    dialect_irc_has(dialog, IRC_CAP_BATCH) && dialect_irc_has(dialog, IRC_CAP_MESSAGE_TAGS);
}

/* All lines have the message's tags but its id, which only the first one has. */
static void
write_lines(struct dialog *dialog, const char *head, const struct irc_tags *tags,
    struct irc_pieces *pieces)
{
	struct irc_tags each = *tags;
	struct chat_text piece;
	bool joins;

	while (dialect_irc_pieces_next(pieces, &piece, &joins)) {
		if (piece.len == 0)
			continue;
		dialect_irc_send(dialog, &each, "%s%.*s", head, (int)piece.len, piece.data);
		each.msgid = 0;
	}
}

static void
write_batch(struct dialog *dialog, const char *head, const char *target,
    const struct irc_tags *tags, struct irc_pieces *pieces)
{
	char batch[IRC_BATCH_SIZE];
	struct chat_text piece;
	bool joins;

	dialect_irc_batch_begin(dialog, batch, tags, IRC_LINES_TYPE " %s", target);
	while (dialect_irc_pieces_next(pieces, &piece, &joins)) {
		const struct irc_tags each = { .batch = batch, .concat = joins };

		dialect_irc_send(dialog, &each, "%s%.*s", head, (int)piece.len, piece.data);
	}
	dialect_irc_batch_end(dialog, batch);
}

void
dialect_irc_lines_write(struct dialog *dialog, const char *head, const char *target,
    const struct irc_tags *tags, struct chat_text text)
{
	const size_t room = IRC_BODY_MOST - strlen(head);
	struct irc_pieces pieces;
	struct chat_text piece;
	bool joins;

	dialect_irc_pieces_begin(&pieces, text, tags->client, room);
	if (dialect_irc_lines_batched(dialog) && dialect_irc_pieces_next(&pieces, &piece, &joins) &&
	    !pieces.over) {
		dialect_irc_pieces_begin(&pieces, text, tags->client, room);
		write_batch(dialog, head, target, tags, &pieces);
		return;
	}
	dialect_irc_pieces_begin(&pieces, text, tags->client, room);
	write_lines(dialog, head, tags, &pieces);
}
