/*
 * soak_scan: texts of messages that say by themselves who sent them as which, and finding them in
 * replies of any dialect.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "soak_talk.h"

#define MARK      "~%03u-%08u-%07zu"
#define MARK_LEN  21
#define FILE_TEXT "File "

void
scan_make_text(char *out, unsigned int sender, uint32_t number, size_t len)
{
	int at = snprintf(out, SCAN_TEXT_MAX, MARK "~", sender, number, len);

	for (size_t i = (size_t)at; i < len; i++)
		out[i] = (char)('a' + (number + i) % 26);
	out[len > (size_t)at ? len : (size_t)at] = '\0';
}

void
scan_make_name(char out[SCAN_NAME_MAX], unsigned int sender, uint32_t number, size_t len,
    char group)
{
	snprintf(out, SCAN_NAME_MAX, MARK ".%c", sender, number, len, group == 0 ? 'p' : group);
}

/* Of the same size one in 16 is the same: contents are shared. */
unsigned char
scan_file_byte(uint32_t number, size_t at)
{
	return (unsigned char)((number % 16) * 31 + at * 7 + (at >> 8));
}

static bool
ends_with(const char *begin, const char *end, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(end - begin) >= len && memcmp(end - len, what, len) == 0;
}

/* Tells whether this is in a field that names the file of a message once more. */
static bool
repeats_file(const char *reply, const char *mark)
{
	static const char *const fields[] = { "\"file\":\"", "\"filename\":\"", "\"file_name\":\"",
		"\"file_hint\":\"" };
	const char *begin = mark;

	while (begin > reply && begin[-1] != '"')
		begin--;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (ends_with(reply, begin, fields[i]))
			return true;
	return false;
}

/* Tells whether a text begins here, and not somewhere within what the server says of it. */
static bool
begins_text(const char *reply, const char *mark)
{
	const char *begin = mark;

	if (ends_with(reply, begin, FILE_TEXT))
		begin -= strlen(FILE_TEXT);
	if (ends_with(reply, begin, "\" "))
		begin--;
	return ends_with(reply, begin, "\"");
}

static bool
is_whole(const char *mark, uint32_t number, size_t len)
{
	for (size_t i = MARK_LEN + 1; i < len; i++)
		if (mark[i] != (char)('a' + (number + i) % 26))
			return false;
	return mark[len] == '"' || strncmp(mark + len, " \\r\\n\"", 6) == 0;
}

static void
remember_file(struct talk *talk, unsigned int sender, uint32_t number, size_t len, char group)
{
	talk->file = (struct talk_file){ .sender = sender,
		.number = number,
		.size = (uint32_t)len,
		.group = group == 'p' ? 0 : group,
		.seen_ms = soak_now_ms() };
}

static void
enter_reading(struct talk *talk, unsigned int sender, uint32_t number)
{
	static const char *const words[] = { [LEDGER_DOUBLED] =
		                                 "comes twice, or was never sent here",
		[LEDGER_DISORDERED] = "comes after a newer one of the same sender" };
	char known[200];
	enum ledger_reading reading =
	    ledger_read(talk->soak->ledger, talk->reader, sender, number, talk->connection);

	switch (reading) {
	case LEDGER_NEW:
		soak_count(talk->soak, SOAK_READ);
		return;
	case LEDGER_AGAIN:
		soak_count(talk->soak, SOAK_REPEATED);
		return;
	case LEDGER_DOUBLED:
		soak_count(talk->soak, SOAK_DOUBLED);
		break;
	case LEDGER_DISORDERED:
		soak_count(talk->soak, SOAK_DISORDERED);
		break;
	}
	ledger_explain(talk->soak->ledger, talk->reader, sender, number, known, sizeof(known));
	soak_fail(talk->soak, "%s: message %u of sender %u to reader %u %s (connection %u%s): %s",
	    talk->realm->name, number, sender, talk->reader, words[reading], talk->connection,
	    talk->hides_files ? ", files" : "", known);
}

static const char *
scan_mark(struct talk *talk, const char *reply, const char *mark)
{
	unsigned int sender = 0;
	uint32_t number = 0;
	size_t len = 0;
	int used = 0;

	if (sscanf(mark, "~%3u-%8u-%7zu%n", &sender, &number, &len, &used) != 3 || used != MARK_LEN)
		return mark + 1;
	bool is_file = mark[MARK_LEN] == '.';
	if (repeats_file(reply, mark))
		return mark + MARK_LEN;
	if (!begins_text(reply, mark)) {
		soak_count(talk->soak, SOAK_BOUNCED);
		soak_fail(talk->soak, "%s: of message %u of sender %u is said: %.200s",
		    talk->realm->name, number, sender, mark - reply > 100 ? mark - 100 : reply);
		return mark + MARK_LEN;
	}
	if (is_file)
		remember_file(talk, sender, number, len, mark[MARK_LEN + 1]);
	else if (!is_whole(mark, number, len))
		soak_fail(talk->soak, "%s: the text of message %u of sender %u is another: %.100s",
		    talk->realm->name, number, sender, mark);
	enter_reading(talk, sender, number);
	return mark + MARK_LEN;
}

void
scan_reply(struct talk *talk, const char *reply)
{
	if (strstr(reply, "kedaluwarsa") != NULL || strstr(reply, "\"event\":\"lost\"") != NULL) {
		soak_count(talk->soak, SOAK_EXPIRED);
		soak_fail(talk->soak, "%s: reader %u lost unread messages: %.200s",
		    talk->realm->name, talk->reader, reply);
	}
	ledger_reply(talk->soak->ledger, talk->reader,
	    talk->hides_files && strstr(reply, "\"event\":") == NULL);
	for (const char *mark = strchr(reply, '~'); mark != NULL; mark = strchr(mark, '~'))
		mark = scan_mark(talk, reply, mark);
}
