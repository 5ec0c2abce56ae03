/* dialect_irc_multiline: the batch that is open. */
#include "dialect/irc/multiline.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dialect/irc/lines.h"
#include "dialect/irc/message.h"
#include "dialect/irc/pieces.h"

#define REFERENCE_SIZE 65   /* of a client's name for a batch, with NUL */
#define JOINED_SIZE    1024 /* of the places where lines were joined */

struct irc_multiline {
	char reference[REFERENCE_SIZE];
	char target[IRC_NAME_SIZE];
	char label[IRC_LABEL_MOST + 1];     /* of the line that opened it; "": none */
	char command[IRC_COMMAND_MOST + 1]; /* of its lines; "": none has come yet */
	char tags[IRC_TAGS_MOST];           /* of other clients */
	size_t tags_len;
	char joined[JOINED_SIZE];
	char *text; /* IRC_MULTILINE_BYTES */
	size_t len;
	unsigned int lines;
	bool failed;
};

void
dialect_irc_multiline_end(struct dialog *dialog)
{
	struct irc_multiline *batch = dialog->irc->multiline;

	if (batch != NULL)
		free(batch->text);
	free(batch);
	dialog->irc->multiline = NULL;
}

static void
refuse(struct dialog *dialog, const char *code, const char *context, const char *text)
{
	dialect_irc_standard(dialog, "FAIL", "BATCH", code, context, text);
}

/* The batch that is open fails as a whole; that answers to its label. */
static void
fail(struct dialog *dialog, const char *code, const char *context, const char *text)
{
	struct irc_multiline *batch = dialog->irc->multiline;

	dialect_irc_reply_resume(dialog, batch->label);
	refuse(dialog, code, context, text);
	batch->failed = true;
	free(batch->text);
	batch->text = NULL;
}

static void
open_batch(struct dialog *dialog, const struct irc_line *line, struct chat_text reference)
{
	struct irc_multiline *batch = calloc(1, sizeof(*batch));
	char target[IRC_NAME_SIZE];

	if (batch != NULL)
		batch->text = malloc(IRC_MULTILINE_BYTES);
	if (batch == NULL || batch->text == NULL) {
		free(batch);
		refuse(dialog, "MULTILINE_INVALID", "", "The server has no memory for it");
		return;
	}
	dialog->irc->multiline = batch;
	dialect_irc_reply_put_off(dialog, batch->label);
	(void)dialect_copy(batch->reference, sizeof(batch->reference), reference);
	batch->tags_len = dialect_irc_line_client_tags(line, batch->tags, sizeof(batch->tags));
	if (dialect_copy(target, sizeof(target), line->params[2]))
		strlcpy(batch->target, target, sizeof(batch->target));
	else
		fail(dialog, "MULTILINE_INVALID", "", "There is no such target");
}

/* The lines are one message; its tags are those of the line that opened the batch. */
static void
send_batch(struct dialog *dialog, struct irc_multiline *batch)
{
	struct irc_line line = { .n = 0 };
	char tags[IRC_TAGS_MOST + JOINED_SIZE + 32];
	size_t len = batch->tags_len;

	memcpy(tags, batch->tags, len);
	if (batch->joined[0] != '\0')
		len += (size_t)snprintf(tags + len, sizeof(tags) - len, "%s%s=%s",
		    len > 0 ? ";" : "", IRC_PIECES_TAG, batch->joined);
	line.tags = (struct chat_text){ .data = tags, .len = len };
	strlcpy(line.command, batch->command, sizeof(line.command));
	dialect_irc_reply_resume(dialog, batch->label);
	dialect_irc_message_send(dialog, &line, chat_text(batch->target),
	    (struct chat_text){ .data = batch->text, .len = batch->len });
}

static bool
is_blank(const struct irc_multiline *batch)
{
	for (size_t i = 0; i < batch->len; i++)
		if (batch->text[i] != '\n')
			return false;
	return true;
}

static void
close_batch(struct dialog *dialog)
{
	struct irc_multiline *batch = dialog->irc->multiline;

	if (!batch->failed && is_blank(batch))
		fail(dialog, "MULTILINE_INVALID", "", "The batch has no text");
	if (!batch->failed)
		send_batch(dialog, batch);
	dialect_irc_multiline_end(dialog);
}

static bool
is_open(const struct dialog *dialog, struct chat_text reference)
{
	const struct irc_multiline *batch = dialog->irc->multiline;

	return batch != NULL && reference.len == strlen(batch->reference) &&
	    memcmp(reference.data, batch->reference, reference.len) == 0;
}

void
dialect_irc_multiline(struct dialog *dialog, const struct irc_line *line)
{
	const char sign = line->params[0].len > 1 ? line->params[0].data[0] : '\0';
	struct chat_text reference = { .data = line->params[0].data + 1,
		.len = sign == '\0' ? 0 : line->params[0].len - 1 };

	if ((sign != '+' && sign != '-') || reference.len >= REFERENCE_SIZE)
		refuse(dialog, "INVALID_REFTAG", "", "A batch has a name behind + or -");
	else if (sign == '-' && !is_open(dialog, reference))
		refuse(dialog, "INVALID_REFTAG", "", "There is no such batch");
	else if (sign == '-')
		close_batch(dialog);
	else if (line->n < 2 || !chat_text_is(line->params[1], IRC_LINES_TYPE) ||
	    !dialect_irc_lines_batched(dialog))
		refuse(dialog, "UNKNOWN_TYPE", "", "There are no such batches");
	else if (dialog->irc->multiline != NULL && !dialog->irc->multiline->failed)
		fail(dialog, "MULTILINE_INVALID", "", "Another batch is open: it is over now");
	else if (line->n < 3)
		refuse(dialog, "MULTILINE_INVALID", "", "A batch needs a target");
	else {
		dialect_irc_multiline_end(dialog);
		open_batch(dialog, line, reference);
	}
}

/* Adds a line; joins: to the one before. */
static void
add_line(struct irc_multiline *batch, struct chat_text text, bool joins)
{
	size_t used = strlen(batch->joined);

	if (batch->lines > 0 && !joins)
		batch->text[batch->len++] = '\n';
	if (batch->lines > 0 && joins)
		snprintf(batch->joined + used, sizeof(batch->joined) - used, "%s%zu",
		    used > 0 ? "," : "", batch->len);
	if (text.len > 0)
		memcpy(batch->text + batch->len, text.data, text.len);
	batch->len += text.len;
	batch->lines++;
}

/* Judges a line of the batch that is open, and adds it if it is good. */
static void
take_line(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_multiline *batch = dialog->irc->multiline;
	struct chat_text text = line->n > 1 ? line->params[1] : chat_text(""), value;
	const bool joins = dialect_irc_line_tag(line, "draft/multiline-concat", &value);
	char target[IRC_NAME_SIZE] = "*", context[2 * IRC_NAME_SIZE], most[16];

	if (line->n < 1 || !dialect_copy(target, sizeof(target), line->params[0]) ||
	    !chat_text_is(chat_text(target), batch->target)) {
		snprintf(context, sizeof(context), "%s %s", batch->target,
		    target[0] == '\0' ? "*" : target);
		fail(dialog, "MULTILINE_INVALID_TARGET", context, "A batch has one target");
	} else if ((batch->lines > 0 && strcmp(batch->command, line->command) != 0) ||
	    (joins && text.len == 0)) {
		fail(dialog, "MULTILINE_INVALID", "", "This line cannot stand there");
	} else if (batch->lines >= IRC_MULTILINE_LINES) {
		snprintf(most, sizeof(most), "%d", IRC_MULTILINE_LINES);
		fail(dialog, "MULTILINE_MAX_LINES", most, "The batch has too many lines");
	} else if (batch->len + text.len + 1 > IRC_MULTILINE_BYTES) {
		snprintf(most, sizeof(most), "%d", IRC_MULTILINE_BYTES);
		fail(dialog, "MULTILINE_MAX_BYTES", most, "The batch is too long");
	} else {
		strlcpy(batch->command, line->command, sizeof(batch->command));
		add_line(batch, text, joins);
	}
}

/* Whether a PRIVMSG or NOTICE belongs to a batch; then it was taken, or refused. */
static bool
take_if_batched(struct dialog *dialog, const struct irc_line *line)
{
	struct chat_text reference;

	if (!dialect_irc_line_tag(line, "batch", &reference) || !dialect_irc_lines_batched(dialog))
		return false;
	if (is_open(dialog, reference)) {
		if (!dialog->irc->multiline->failed)
			take_line(dialog, line);
	} else if (dialog->irc->multiline != NULL && !dialog->irc->multiline->failed) {
		fail(dialog, "MULTILINE_INVALID", "", "Another batch is open: it is over now");
	} else {
		refuse(dialog, "MULTILINE_INVALID", "", "There is no such batch");
	}
	return true;
}

void
dialect_irc_multiline_line(struct dialog *dialog, const struct irc_line *line)
{
	if (!take_if_batched(dialog, line))
		dialect_irc_privmsg(dialog, line);
}
