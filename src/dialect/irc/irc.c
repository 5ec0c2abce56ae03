/*
 * dialect_irc: the dialect of IRC clients (RFC 1459, RFC 2812, IRCv3): a line at a time, with the
 * events of the user's conversations between them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "dialect/irc/command.h"
#include "dialect/irc/event.h"
#include "dialect/irc/hear.h"
#include "dialect/irc/marker.h"
#include "dialect/irc/monitor.h"
#include "dialect/irc/multiline.h"
#include "dialect/irc/oper.h"
#include "dialect/irc/out.h"
#include "dialect/irc/presence.h"
#include "dialect/irc/sasl.h"

#define PING_MS   (120 * 1000) /* a client that was silent so long is asked whether it is there */
#define LINE_MOST (IRC_TAGS_MOST + 2 * IRC_BODY_MOST) /* longer ones are not gathered */

static void
begin(struct dialog *dialog)
{
	dialog->irc = calloc(1, sizeof(*dialog->irc));
	if (dialog->irc == NULL) {
		dialog->ending = true;
		return;
	}
	dialog->irc->heard_ms = clock_monotonic_ms();
	if (!frame_has_messages(&dialog->frame))
		frame_set_lines(&dialog->frame, LINE_MOST);
}

static void
refuse(struct dialog *dialog, const struct irc_line *line, enum irc_line_fault fault)
{
	const char *command = line->command[0] == '\0' ? "*" : line->command;

	if (fault == IRC_LINE_TOO_LONG)
		dialect_irc_numeric(dialog, ERR_INPUTTOOLONG, "%s", "");
	else if (fault == IRC_LINE_NOT_UTF8)
		dialect_irc_standard(dialog, "FAIL",
		    utf8_printable(command, strlen(command)) ? command : "*", "INVALID_UTF8", "",
		    "The line is no UTF-8: nothing was done");
	else
		dialect_irc_standard(dialog, "FAIL", "*", "INVALID_LINE", "",
		    "The line holds NUL, CR or LF: nothing was done");
}

/* The session may have ended over another connection. */
static bool
is_still_there(struct dialog *dialog)
{
	if (!dialog->irc->registered)
		return true;
	dialect_check_session(dialog);
	return !dialog->ending && dialog->logged_in;
}

static void
wake_by(struct dialog *dialog, int64_t ms)
{
	if (ms != 0 && (dialog->wake_ms == 0 || ms < dialog->wake_ms))
		dialog->wake_ms = ms;
}

static void
serve_line(struct dialog *dialog, const struct frame_line *frame_line)
{
	struct irc_line line;
	enum irc_line_fault fault = dialect_irc_line_read(&line, frame_line->data, frame_line->len);

	if (fault == IRC_LINE_GOOD && line.command[0] == '\0')
		return;
	if (!dialect_begin(dialog)) {
		dialect_irc_close(dialog, "the server failed");
		return;
	}
	if (!is_still_there(dialog))
		return;
	dialog->irc->heard_ms = clock_monotonic_ms();
	dialog->irc->pinged = false;
	dialect_irc_marker_settle(dialog, true, strcmp(line.command, "QUIT") == 0);
	dialect_irc_event_pull(dialog);
	dialect_irc_hear(dialog);
	dialect_irc_reply_begin(dialog, &line);
	if (fault == IRC_LINE_GOOD)
		dialect_irc_command_run(dialog, &line);
	else
		refuse(dialog, &line, fault);
	dialect_irc_event_answer(dialog);
	dialect_irc_reply_end(dialog);
	wake_by(dialog, dialect_irc_marker_due_ms(dialog));
}

static void
refuse_too_long(struct dialog *dialog)
{
	if (dialog->irc != NULL)
		dialect_irc_numeric(dialog, ERR_INPUTTOOLONG, "%s", "");
}

/* Wakes up when the client has to be asked whether it is there. */
static void
ask_if_silent(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;
	int64_t due = irc->heard_ms + PING_MS;

	if (irc->pinged)
		return;
	if (clock_monotonic_ms() >= due) {
		dialect_irc_send(dialog, NULL, "PING :%s", dialect_irc_server(dialog));
		irc->pinged = true;
	} else {
		wake_by(dialog, due);
	}
}

static void
wake(struct dialog *dialog)
{
	if (dialog->irc == NULL || !dialog->irc->registered || !dialog->chat_open)
		return;
	dialog->wake_ms = 0;
	store_refresh(dialog->chat.store);
	if (!is_still_there(dialog))
		return;
	dialect_irc_marker_settle(dialog, false, false);
	dialect_irc_event_pull(dialog);
	dialect_irc_hear(dialog);
	ask_if_silent(dialog);
	wake_by(dialog, dialect_irc_marker_due_ms(dialog));
}

/* A connection is one user's: without the session it is over. */
static void
end_session(struct dialog *dialog)
{
	if (dialog->irc == NULL || !dialog->irc->registered || dialog->ending)
		return;
	dialect_irc_hear(dialog);
	if (!dialect_irc_oper_tell_killed(dialog))
		dialect_irc_close(dialog, "your session has ended");
}

static void
end(struct dialog *dialog)
{
	struct irc_state *irc = dialog->irc;

	if (irc == NULL)
		return;
	if (irc->registered) {
		/* At the end of kabard the gate, who knows the way to the store, has gone. */
		if (!dialog->stopping || dialog->auth == NULL)
			dialect_irc_marker_settle(dialog, false, true);
		dialect_irc_presence_leave(dialog, chat_text("Connection closed"));
	}
	dialect_irc_oper_end(dialog);
	dialect_irc_event_end(dialog);
	dialect_irc_marker_end(dialog);
	dialect_irc_monitor_end(dialog);
	dialect_irc_presence_end(dialog);
	dialect_irc_multiline_end(dialog);
	dialect_irc_sasl_end(dialog);
	free(irc->reply.held);
	free(irc->reply.held_tags);
	free(irc->password);
	free(irc->killed);
	free(irc->joined);
	free(irc->held);
	free(irc);
	dialog->irc = NULL;
}

const struct dialect dialect_irc = {
	.name = "irc",
	.begin = begin,
	.line = serve_line,
	.too_long = refuse_too_long,
	.wake = wake,
	.session_over = end_session,
	.end = end,
	.orderly = true,
	.busy = "ERROR :Closing link: the server is full, try again later\r\n",
	.too_fast = "NOTICE * :Too many requests: this one was not served, wait 10 seconds\r\n",
};
