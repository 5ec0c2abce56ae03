/*
 * dialect_irc_out: a line is made as a whole, then goes out, or is held because it may be the only
 * one of an answer.
 */
#include "dialect/irc/out.h"

#include <bsd/string.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "dialect/irc/state.h"

#define TAGS_SIZE 8192 /* of both the server's and other clients' tags */
#define BODY_SIZE 8192 /* before it is cut */

bool
dialect_irc_has(const struct dialog *dialog, enum irc_cap cap)
{
	return (dialog->irc->caps & UINT64_C(1) << cap) != 0;
}

const char *
dialect_irc_nick(const struct dialog *dialog)
{
	return dialog->irc->nick[0] == '\0' ? "*" : dialog->irc->nick;
}

const char *
dialect_irc_server(const struct dialog *dialog)
{
	return dialog->config->realm;
}

void
dialect_irc_name(char name[IRC_NAME_SIZE], const char *who)
{
	strlcpy(name, who, IRC_NAME_SIZE);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '@')
			*c = '/';
}

bool
dialect_irc_who(char who[CHAT_WHO_TEXT], struct chat_text name)
{
	if (!dialect_copy(who, CHAT_WHO_TEXT, name) || strchr(who, '@') != NULL)
		return false;
	for (char *c = who; *c != '\0'; c++)
		if (*c == '/')
			*c = '@';
	return true;
}

const char *
dialect_irc_source(const struct dialog *dialog, const char *who, char source[IRC_SOURCE_SIZE])
{
	const char *at = strchr(who, '@');
	int len = at == NULL ? (int)strlen(who) : (int)(at - who);

	if (strcmp(who, NAME_SERVER) == 0)
		strlcpy(source, dialect_irc_server(dialog), IRC_SOURCE_SIZE);
	else if (at == NULL)
		snprintf(source, IRC_SOURCE_SIZE, "%s!%s@%s", who, who, dialect_irc_server(dialog));
	else
		snprintf(source, IRC_SOURCE_SIZE, "%.*s/%s!%.*s@%s", len, who, at + 1, len, who,
		    at + 1);
	return source;
}

/* Adds a tag behind what is there, if there is room. */
static void __attribute__((format(printf, 2, 3)))
add_tag(char tags[TAGS_SIZE], const char *format, ...)
{
	size_t len = strlen(tags);
	va_list ap;

	if (len > 0 && len + 1 < TAGS_SIZE)
		tags[len++] = ';';
	va_start(ap, format);
	int added = vsnprintf(tags + len, TAGS_SIZE - len, format, ap);
	va_end(ap);
	if (added < 0 || (size_t)added >= TAGS_SIZE - len)
		tags[len > 0 ? len - 1 : 0] = '\0';
}

static void
add_time(char tags[TAGS_SIZE], int64_t ms)
{
	time_t s = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	if (gmtime_r(&s, &tm) == NULL)
		return;
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	add_tag(tags, "time=%s.%03dZ", text, (int)(ms % 1000));
}

static void
write_tags(const struct dialog *dialog, char out[TAGS_SIZE], const struct irc_tags *tags)
{
	out[0] = '\0';
	if (tags == NULL)
		return;
	if (tags->batch != NULL)
		add_tag(out, "batch=%s", tags->batch);
	if (tags->time_ms != 0 && dialect_irc_has(dialog, IRC_CAP_SERVER_TIME))
		add_time(out, tags->time_ms);
	if (tags->account != NULL && dialect_irc_has(dialog, IRC_CAP_ACCOUNT_TAG))
		add_tag(out, "account=%s", tags->account);
	if (tags->concat)
		add_tag(out, "draft/multiline-concat");
	if (!dialect_irc_has(dialog, IRC_CAP_MESSAGE_TAGS))
		return;
	if (tags->msgid != 0)
		add_tag(out, "msgid=%llu", (unsigned long long)tags->msgid);
	if (tags->client.len > 0)
		add_tag(out, "%.*s", (int)tags->client.len, tags->client.data);
}

static void
write_line(struct dialog *dialog, const char *tags, const char *body)
{
	struct frame *frame = &dialog->frame;

	if (tags[0] != '\0') {
		frame_write(frame, "@", 1);
		frame_write(frame, tags, strlen(tags));
		frame_write(frame, " ", 1);
	}
	frame_write(frame, body, strlen(body));
	if (frame_has_messages(frame))
		frame_end_reply(frame);
	else
		frame_write(frame, "\r\n", 2);
}

/* The second line of an answer makes a batch of it. */
static void
begin_answer_batch(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;
	char tags[TAGS_SIZE] = "", body[BODY_SIZE];

	add_tag(tags, "label=%s", irc->reply.label);
	snprintf(body, sizeof(body), ":%s BATCH +label labeled-response",
	    dialect_irc_server(dialog));
	write_line(dialog, tags, body);
	irc->reply.batched = true;
}

static void
write_in_batch(struct dialog *dialog, char tags[TAGS_SIZE], const char *body)
{
	/* A line of another batch within this one has that batch's name. */
	if (strncmp(tags, "batch=", strlen("batch=")) != 0)
		add_tag(tags, "batch=label");
	write_line(dialog, tags, body);
}

static void
free_held(struct irc_state *irc)
{
	free(irc->reply.held);
	free(irc->reply.held_tags);
	irc->reply.held = irc->reply.held_tags = NULL;
}

static void
write_held(struct dialog *dialog, const char *label)
{
	struct irc_state *irc = dialog->irc;
	char tags[TAGS_SIZE];

	strlcpy(tags, irc->reply.held_tags, sizeof(tags));
	if (label != NULL)
		add_tag(tags, "label=%s", label);
	if (label == NULL)
		write_in_batch(dialog, tags, irc->reply.held);
	else
		write_line(dialog, tags, irc->reply.held);
	free_held(irc);
}

/* Whether the line is held now. */
static bool
hold(struct irc_state *irc, const char *tags, const char *body)
{
	irc->reply.held = strdup(body);
	irc->reply.held_tags = strdup(tags);
	if (irc->reply.held != NULL && irc->reply.held_tags != NULL)
		return true;
	free_held(irc);
	return false;
}

static void
put_line(struct dialog *dialog, char tags[TAGS_SIZE], const char *body)
{
	struct irc_state *irc = dialog->irc;

	if (!irc->reply.open || irc->reply.apart) {
		write_line(dialog, tags, body);
		return;
	}
	if (irc->reply.whole) {
		if (!irc->reply.batched)
			add_tag(tags, "label=%s", irc->reply.label);
		irc->reply.batched = true;
		write_line(dialog, tags, body);
		return;
	}
	if (!irc->reply.batched && irc->reply.held == NULL && hold(irc, tags, body))
		return;
	if (!irc->reply.batched)
		begin_answer_batch(dialog);
	if (irc->reply.held != NULL)
		write_held(dialog, NULL);
	write_in_batch(dialog, tags, body);
}

/* Cuts a body to what a line may have, and at what would end it. */
static void
cut_body(char *body)
{
	size_t len = strcspn(body, "\r\n");

	if (len > IRC_BODY_MOST) {
		len = IRC_BODY_MOST;
		while (len > 0 && ((unsigned char)body[len] & 0xc0) == 0x80)
			len--;
	}
	body[len] = '\0';
}

void
dialect_irc_send(struct dialog *dialog, const struct irc_tags *tags, const char *format, ...)
{
	char line[BODY_SIZE], text[TAGS_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	cut_body(line);
	write_tags(dialog, text, tags);
	put_line(dialog, text, line);
}

void
dialect_irc_numeric(struct dialog *dialog, enum irc_numeric numeric, const char *format, ...)
{
	const char *text = dialect_irc_numeric_text(numeric);
	char params[BODY_SIZE];
	va_list ap;

	va_start(ap, format);
	vsnprintf(params, sizeof(params), format, ap);
	va_end(ap);
	dialect_irc_send(dialog, NULL, ":%s %03d %s%s%s%s%s", dialect_irc_server(dialog),
	    (int)numeric, dialect_irc_nick(dialog), params[0] == '\0' ? "" : " ", params,
	    text == NULL ? "" : " :", text == NULL ? "" : text);
}

void
dialect_irc_close(struct dialog *dialog, const char *reason)
{
	dialect_irc_send(dialog, NULL, "ERROR :Closing link: %s", reason);
	dialog->ending = true;
}

void
dialect_irc_standard(struct dialog *dialog, const char *kind, const char *command, const char *code,
    const char *context, const char *text)
{
	dialect_irc_send(dialog, NULL, ":%s %s %s %s%s%s :%s", dialect_irc_server(dialog), kind,
	    command, code, context[0] == '\0' ? "" : " ", context, text);
}

void
dialect_irc_batch_begin(struct dialog *dialog, char batch[IRC_BATCH_SIZE],
    const struct irc_tags *tags, const char *format, ...)
{
	char params[BODY_SIZE];
	struct irc_state *irc = dialog->irc;
	va_list ap;

	/* A batch that an answer begins with is the answer, and has the label itself. */
	if (irc->reply.open && !irc->reply.apart && !irc->reply.batched && irc->reply.held == NULL)
		irc->reply.whole = true;
	snprintf(batch, IRC_BATCH_SIZE, "b%u", ++irc->batches);
	va_start(ap, format);
	vsnprintf(params, sizeof(params), format, ap);
	va_end(ap);
	dialect_irc_send(dialog, tags, ":%s BATCH +%s %s", dialect_irc_server(dialog), batch,
	    params);
}

void
dialect_irc_batch_end(struct dialog *dialog, const char *batch)
{
	dialect_irc_send(dialog, NULL, ":%s BATCH -%s", dialect_irc_server(dialog), batch);
}

void
dialect_irc_reply_begin(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	struct chat_text label;

	irc->reply.open = irc->reply.batched = irc->reply.whole = false;
	if (!dialect_irc_has(dialog, IRC_CAP_LABELED_RESPONSE) ||
	    !dialect_irc_line_tag(line, "label", &label) || label.len == 0)
		return;
	irc->reply.open = dialect_copy(irc->reply.label, sizeof(irc->reply.label), label);
}

void
dialect_irc_reply_end(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;
	char tags[TAGS_SIZE] = "", body[BODY_SIZE];

	if (!irc->reply.open)
		return;
	irc->reply.open = false;
	if (irc->reply.whole)
		return;
	if (irc->reply.held != NULL) {
		write_held(dialog, irc->reply.label);
		return;
	}
	if (irc->reply.batched) {
		snprintf(body, sizeof(body), ":%s BATCH -label", dialect_irc_server(dialog));
	} else {
		add_tag(tags, "label=%s", irc->reply.label);
		snprintf(body, sizeof(body), ":%s ACK", dialect_irc_server(dialog));
	}
	write_line(dialog, tags, body);
}

void
dialect_irc_reply_put_off(struct dialog *dialog, char label[IRC_LABEL_MOST + 1])
{
	struct irc_state *irc = dialog->irc;

	strlcpy(label, irc->reply.open ? irc->reply.label : "", IRC_LABEL_MOST + 1);
	irc->reply.open = false;
}

void
dialect_irc_reply_resume(struct dialog *dialog, const char *label)
{
	struct irc_state *irc = dialog->irc;

	if (label[0] == '\0')
		return;
	irc->reply.open = true;
	irc->reply.batched = irc->reply.whole = false;
	strlcpy(irc->reply.label, label, sizeof(irc->reply.label));
}

void
dialect_irc_reply_apart(struct dialog *dialog, bool apart)
{
	dialog->irc->reply.apart = apart;
}
