/*
 * dialog: one client's whole conversation in a dialect, as a fuzz target. See dialog.h.
 */
#include "dialog.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "dialect/dialect.h"
#include "dialect/enter.h"
#include "dialect/pipeline.h"
#include "fuzz.h"
#include "legacy/dialect.h"
#include "realm.h"

#define END_OF_REPLY "\r\n\r\n"

static bool
wait_for_more(struct dialog *dialog)
{
	return frame_fill(&dialog->frame) == FRAME_GOT;
}

static bool
wait_for_nothing(struct dialog *dialog, int fd, int64_t ms)
{
	(void)dialog;
	(void)fd;
	(void)ms;
	return false;
}

/* The input with its tokens, as a file. */
static int
expand_input(const uint8_t *data, size_t size)
{
	char *text = malloc(size * TOKEN_TEXT_LEN + 1);
	size_t len = 0;

	DEMAND(text != NULL);
	for (size_t i = 0; i < size; i++) {
		if (data[i] >= 1 && data[i] <= FUZZ_USERS) {
			memcpy(text + len, fuzz_sessions[data[i] - 1].token, TOKEN_TEXT_LEN);
			len += TOKEN_TEXT_LEN;
		} else {
			text[len++] = (char)data[i];
		}
	}
	int fd = fuzz_realm_file(text, len);
	free(text);
	return fd;
}

/* What the worker does with the lines that are here. */
static void
serve_lines(struct dialog *dialog)
{
	struct frame_line line;
	enum frame_result result;

	while (!dialog->ending && (result = frame_next(&dialog->frame, &line)) != FRAME_WAIT) {
		if (result != FRAME_LINE)
			dialect_pipeline_settle(dialog);
		if (result == FRAME_LINE)
			dialog->dialect->line(dialog, &line);
		else if (result == FRAME_TOO_LONG)
			dialog->dialect->too_long(dialog);
		else if (result == FRAME_CONTROL)
			continue;
		else if (dialog->dialect->head == NULL || !dialog->dialect->head(dialog, &line))
			DEMAND(frame_grow(&dialog->frame) == 0);
	}
	dialect_pipeline_settle(dialog);
}

/* Every reply, and everything that is sent without a request. */
static void
check_replies(const char *text, size_t len)
{
	const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	const char *at = text, *end;

	DEMAND(strlen(text) == len);
	while ((end = strstr(at, END_OF_REPLY)) != NULL) {
		json_t *reply = json_loadb(at, (size_t)(end - at), flags, NULL);

		if (!json_is_object(reply))
			fprintf(stderr, "no object: %.*s\n", (int)(end - at), at);
		DEMAND(json_is_object(reply));
		json_decref(reply);
		at = end + strlen(END_OF_REPLY);
	}
	DEMAND(*at == '\0');
}

char *
fuzz_dialog_talk(const char *name, const char *address, const uint8_t *data, size_t size,
    size_t *len)
{
	static struct dialog dialog;

	dialog = (struct dialog){ .config = &fuzz_config,
		.dialect = dialect_find(name),
		.servers = &legacy_dialect,
		.address = address,
		.connection = 1,
		.wakeup_fd = -1,
		.wait = wait_for_more,
		.wait_for = wait_for_nothing };
	fuzz_realm_open(&dialog.chat);
	dialog.chat_open = true;
	DEMAND(scoreboard_enter(dialog.chat.scoreboard) >= 0);
	int in = expand_input(data, size), out = fuzz_realm_file("", 0);
	frame_init(&dialog.frame, in, out, 0);
	if (dialog.dialect->begin != NULL)
		dialog.dialect->begin(&dialog);
	do {
		serve_lines(&dialog);
		if (dialog.dialect->wake != NULL)
			dialog.dialect->wake(&dialog);
	} while (!dialog.ending && frame_fill(&dialog.frame) == FRAME_GOT);
	DEMAND(frame_flush(&dialog.frame) == 0);
	char *replies = fuzz_realm_contents(out, len);
	fuzz_realm_check(&dialog.chat);
	if (dialog.dialect->end != NULL)
		dialog.dialect->end(&dialog);
	dialect_enter_hang_up(&dialog);
	dialect_close(&dialog);
	frame_free(&dialog.frame);
	fuzz_realm_close(&dialog.chat);
	close(in);
	close(out);
	return replies;
}

int
fuzz_dialog(const char *name, const char *address, const uint8_t *data, size_t size)
{
	size_t len;
	char *replies = fuzz_dialog_talk(name, address, data, size, &len);

	check_replies(replies, len);
	free(replies);
	return 0;
}
