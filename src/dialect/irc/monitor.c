/*
 * dialect_irc_monitor: nicks that a client looks after, found by their names on the scoreboard,
 * since there need be nobody of that name.
 */
#include "dialect/irc/monitor.h"

#include <bsd/string.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vector.h"
#include "chat/push.h"
#include "dialect/irc/out.h"
#include "dialect/irc/whisper.h"

#define PAUSE_MS  1000 /* between looks at the scoreboard, in the long run */
#define LOOKS     8    /* at once, after as many pauses */
#define LINE_ROOM 400  /* bytes of nicks in one line */

struct nick {
	char key[NAME_MAX_BYTES + 1];  /* folded; first, for compare_nicks() */
	char name[NAME_MAX_BYTES + 1]; /* as it was shown last, or asked for */
	bool online;                   /* as it was told */
	bool here;                     /* as the last look saw it */
	bool asked;                    /* by the command under way */
};

struct irc_monitor {
	struct nick *list; /* by key */
	size_t n;
	uint64_t changes; /* of WAKEUP_PEOPLE at the last look, plus 1 */
	int64_t due_ms;   /* monotonic; when as many looks are due as there were */
};

/* Nicks for one numeric, which goes out when it is full. */
struct line {
	struct dialog *dialog;
	enum irc_numeric numeric;
	char nicks[LINE_ROOM + IRC_SOURCE_SIZE];
};

static void
flush_line(struct line *line)
{
	if (line->nicks[0] != '\0')
		dialect_irc_numeric(line->dialog, line->numeric, ":%s", line->nicks);
	line->nicks[0] = '\0';
}

static void
add_to_line(struct line *line, const char *nick)
{
	if (line->nicks[0] != '\0' && strlen(line->nicks) + strlen(nick) + 1 > LINE_ROOM)
		flush_line(line);
	if (line->nicks[0] != '\0')
		strlcat(line->nicks, ",", sizeof(line->nicks));
	strlcat(line->nicks, nick, sizeof(line->nicks));
}

static void
fold_key(char key[NAME_MAX_BYTES + 1], const char *name, size_t len)
{
	key[name_fold(name, len, key)] = '\0';
}

static int
compare_nicks(const void *a, const void *b)
{
	return strcmp(a, b);
}

static struct nick *
find_nick(const struct irc_monitor *monitor, const char *name, size_t len)
{
	char key[NAME_MAX_BYTES + 1];

	if (monitor == NULL || monitor->n == 0)
		return NULL;
	fold_key(key, name, len);
	return bsearch(key, monitor->list, monitor->n, sizeof(*monitor->list), compare_nicks);
}

bool
dialect_irc_monitor_has(const struct dialog *dialog, const char *nick)
{
	return find_nick(dialog->irc->monitor, nick, strlen(nick)) != NULL;
}

static int
mark_nick(void *arg, unsigned int slot, const struct scoreboard_entry *entry)
{
	struct nick *nick =
	    entry->user == 0 ? NULL : find_nick(arg, entry->name, strlen(entry->name));

	(void)slot;
	if (nick != NULL) {
		nick->here = true;
		strlcpy(nick->name, entry->name, sizeof(nick->name));
	}
	return 0;
}

static void
look(struct dialog *dialog, struct irc_monitor *monitor)
{
	/* Read before the look, so that no change in between is lost. */
	monitor->changes = chat_push_changes(&dialog->chat, WAKEUP_PEOPLE) + 1;
	for (size_t i = 0; i < monitor->n; i++)
		monitor->list[i].here = false;
	if (dialog->chat.scoreboard != NULL)
		scoreboard_list_fast(dialog->chat.scoreboard, mark_nick, monitor);
}

/* Tells of those who are to be told of: who is online, and who is not. */
static void
tell(struct dialog *dialog, struct irc_monitor *monitor, bool (*chosen)(const struct nick *))
{
	struct line here = { .dialog = dialog, .numeric = RPL_MONONLINE };
	struct line gone = { .dialog = dialog, .numeric = RPL_MONOFFLINE };
	char source[IRC_SOURCE_SIZE];

	for (size_t i = 0; i < monitor->n; i++) {
		struct nick *nick = &monitor->list[i];

		if (!chosen(nick))
			continue;
		nick->online = nick->here;
		if (nick->here)
			add_to_line(&here, dialect_irc_source(dialog, nick->name, source));
		else
			add_to_line(&gone, nick->name);
	}
	flush_line(&here);
	flush_line(&gone);
}

static bool
has_changed(const struct nick *nick)
{
	return nick->online != nick->here;
}

static bool
is_asked(const struct nick *nick)
{
	return nick->asked || has_changed(nick);
}

static bool
is_any(const struct nick *nick)
{
	(void)nick;
	return true;
}

void
dialect_irc_monitor_look(struct dialog *dialog, bool at_once)
{
	struct irc_monitor *monitor = dialog->irc->monitor;
	const int64_t now = clock_monotonic_ms();

	if (monitor == NULL || monitor->n == 0 ||
	    (!at_once && monitor->changes == chat_push_changes(&dialog->chat, WAKEUP_PEOPLE) + 1))
		return;
	if (monitor->due_ms < now - LOOKS * PAUSE_MS)
		monitor->due_ms = now - LOOKS * PAUSE_MS;
	if (!at_once && now < monitor->due_ms) {
		if (dialog->wake_ms == 0 || dialog->wake_ms > monitor->due_ms)
			dialog->wake_ms = monitor->due_ms;
		return;
	}
	if (!at_once)
		monitor->due_ms += PAUSE_MS;
	look(dialog, monitor);
	tell(dialog, monitor, has_changed);
}

/* Whispers of these nicks are to come here, too. */
static void
ask_for_whispers(struct dialog *dialog)
{
	const struct irc_monitor *monitor = dialog->irc->monitor;
	uint64_t bits = 0;

	for (size_t i = 0; i < monitor->n; i++)
		bits |= dialect_irc_whisper_bit(monitor->list[i].key);
	if (bits == dialog->whispers)
		return;
	dialog->whispers = bits;
	dialect_subscribe(dialog);
}

/* NULL: no memory. */
static struct nick *
add_nick(struct irc_monitor *monitor, struct chat_text name)
{
	struct nick added = { .asked = true };

	fold_key(added.key, name.data, name.len);
	dialect_copy(added.name, sizeof(added.name), name);
	if (vector_add(&monitor->list, &monitor->n, sizeof(added)) == NULL)
		return NULL;
	monitor->list[monitor->n - 1] = added;
	qsort(monitor->list, monitor->n, sizeof(added), compare_nicks);
	return find_nick(monitor, name.data, name.len);
}

static void
add_all(struct dialog *dialog, struct chat_text targets)
{
	struct irc_monitor *monitor = dialog->irc->monitor;
	struct chat_text target, rest = targets;
	struct nick *nick;

	while (dialect_irc_line_next(&targets, ',', &target)) {
		nick = NULL;
		if (target.len > 0 && !name_valid(target.data, target.len))
			dialect_irc_numeric(dialog, ERR_ERRONEUSNICKNAME, "%.*s :No nick",
			    (int)target.len, target.data);
		else if (target.len > 0)
			nick = find_nick(monitor, target.data, target.len);
		if (nick != NULL)
			nick->asked = true;
		else if (name_valid(target.data, target.len) &&
		    (monitor->n == IRC_MONITOR_MOST || add_nick(monitor, target) == NULL)) {
			dialect_irc_numeric(dialog, ERR_MONLISTFULL, "%d %.*s", IRC_MONITOR_MOST,
			    (int)(rest.data + rest.len - target.data), target.data);
			break;
		}
	}
	ask_for_whispers(dialog);
	look(dialog, monitor);
	tell(dialog, monitor, is_asked);
	for (size_t i = 0; i < monitor->n; i++)
		monitor->list[i].asked = false;
}

static void
remove_all(struct dialog *dialog, struct chat_text targets)
{
	struct irc_monitor *monitor = dialog->irc->monitor;
	struct chat_text target;
	struct nick *nick;

	while (dialect_irc_line_next(&targets, ',', &target)) {
		nick = target.len > NAME_MAX_BYTES ? NULL
		                                   : find_nick(monitor, target.data, target.len);
		if (nick == NULL)
			continue;
		monitor->n--;
		memmove(nick, nick + 1,
		    (size_t)(monitor->list + monitor->n - nick) * sizeof(*nick));
	}
	ask_for_whispers(dialog);
}

static void
clear(struct dialog *dialog)
{
	struct irc_monitor *monitor = dialog->irc->monitor;

	free(monitor->list);
	*monitor = (struct irc_monitor){ .n = 0 };
	ask_for_whispers(dialog);
}

static void
list(struct dialog *dialog)
{
	const struct irc_monitor *monitor = dialog->irc->monitor;
	struct line line = { .dialog = dialog, .numeric = RPL_MONLIST };

	for (size_t i = 0; i < monitor->n; i++)
		add_to_line(&line, monitor->list[i].name);
	flush_line(&line);
	dialect_irc_numeric(dialog, RPL_ENDOFMONLIST, "%s", "");
}

void
dialect_irc_monitor(struct dialog *dialog, const struct irc_line *line)
{
	struct irc_state *irc = dialog->irc;
	const struct chat_text command = line->params[0];
	const bool changes = chat_text_is(command, "+") || chat_text_is(command, "-");

	if (irc->monitor == NULL)
		irc->monitor = calloc(1, sizeof(*irc->monitor));
	if (irc->monitor == NULL || (changes && line->n < 2)) {
		dialect_irc_numeric(dialog, ERR_NEEDMOREPARAMS, "%s", line->command);
	} else if (chat_text_is(command, "+")) {
		add_all(dialog, line->params[1]);
	} else if (chat_text_is(command, "-")) {
		remove_all(dialog, line->params[1]);
	} else if (chat_text_is(command, "C")) {
		clear(dialog);
	} else if (chat_text_is(command, "L")) {
		list(dialog);
	} else if (chat_text_is(command, "S")) {
		look(dialog, irc->monitor);
		tell(dialog, irc->monitor, is_any);
	}
}

void
dialect_irc_monitor_end(struct dialog *dialog)
{
	if (dialog->irc->monitor != NULL)
		free(dialog->irc->monitor->list);
	free(dialog->irc->monitor);
	dialog->irc->monitor = NULL;
}
