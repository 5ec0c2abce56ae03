/* screen: each has a tmux of its own, by a socket in the realm's directory. */
#include "screen.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client_home.h"
#include "process.h"

#define ARGS_MAX 14

bool
screen_is_missing(void)
{
	return suite_skip_if(system("command -v tmux >/dev/null") != 0, "needs tmux");
}

static int
run_tmux(struct screen *s, char *output, size_t size, const char *const args[])
{
	const char *argv[ARGS_MAX + 7] = { "/usr/bin/env", "tmux", "-S", s->socket, "-f",
		"/dev/null" };
	size_t n = 6;

	while (*args != NULL && n < ARGS_MAX + 6)
		argv[n++] = *args++;
	return realm_run(argv, NULL, output, size);
}

#define TMUX_RUN(screen, ...)                                                \
	do {                                                                 \
		char said_[1024];                                            \
		int status_ = run_tmux(screen, said_, sizeof(said_),         \
		    (const char *const[]){ __VA_ARGS__, NULL });             \
		ck_assert_msg(status_ == 0, "tmux: %d: %s", status_, said_); \
	} while (0)

/* What tmux knows of the terminal, as a number. */
static pid_t
ask_number(struct screen *s, const char *format)
{
	char said[64];

	ck_assert_int_eq(run_tmux(s, said, sizeof(said),
	                     (const char *const[]){ "display-message", "-p", format, NULL }),
	    0);
	return (pid_t)atol(said);
}

void
screen_open(struct screen *s, const struct realm *realm, const char *name, int columns, int rows,
    const char *environment)
{
	char command[1024], width[16], height[16];

	*s = (struct screen){ 0 };
	snprintf(s->socket, sizeof(s->socket), "%s/tmux-%s", realm->dir, name);
	snprintf(s->directory, sizeof(s->directory), "%s/here-%s", realm->dir, name);
	ck_assert_int_eq(mkdir(s->directory, 0700), 0);
	snprintf(width, sizeof(width), "%d", columns);
	snprintf(height, sizeof(height), "%d", rows);
	/* When it stops, Enter has it go on, as a shell's fg does. */
	snprintf(command, sizeof(command),
	    "set -m; cd %s && env %s %s; s=$?; while [ $s = 148 ]; do echo stopped; read l; fg; "
	    "s=$?; done; "
	    "echo ended with $s; exec sleep 1000",
	    s->directory, environment, client_home_kabar_path);
	unsetenv("TMUX");
	unsetenv("NO_COLOR");
	/*
	 * The end of the terminal kills the process with which LeakSanitizer looks at a client that
	 * ends, and then the client stays stopped.
	 */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	TMUX_RUN(s, "new-session", "-d", "-x", width, "-y", height, "sh", "-c", command);
	TMUX_RUN(s, "set-option", "-g", "window-size", "manual");
	s->tmux = ask_number(s, "#{pid}");
}

static bool
has_ended(void *arg)
{
	const struct screen *s = arg;
	char state[16];

	process_read(s->tmux, "stat", state, sizeof(state));
	return state[0] == '\0' || process_is_in_state(s->tmux, 'Z');
}

void
screen_close(struct screen *s)
{
	if (s->tmux == 0)
		return;
	run_tmux(s, NULL, 0, (const char *const[]){ "kill-server", NULL });
	ck_assert_msg(realm_until(has_ended, s), "tmux does not end");
	s->tmux = 0;
}

void
screen_type(struct screen *s, const char *text)
{
	TMUX_RUN(s, "send-keys", "-l", "--", text);
}

void
screen_press_keys(struct screen *s, const char *const keys[])
{
	const char *args[ARGS_MAX] = { "send-keys" };

	for (size_t i = 0; keys[i] != NULL && i + 2 < ARGS_MAX; i++)
		args[i + 1] = keys[i];
	ck_assert_int_eq(run_tmux(s, NULL, 0, args), 0);
}

void
screen_say(struct screen *s, const char *line)
{
	screen_type(s, line);
	screen_press(s, "Enter");
}

void
screen_paste(struct screen *s, const char *text)
{
	TMUX_RUN(s, "set-buffer", "--", text);
	TMUX_RUN(s, "paste-buffer", "-p");
}

void
screen_resize(struct screen *s, int columns, int rows)
{
	char width[16], height[16];

	snprintf(width, sizeof(width), "%d", columns);
	snprintf(height, sizeof(height), "%d", rows);
	TMUX_RUN(s, "resize-window", "-x", width, "-y", height);
}

/* Replaces each text of this form, 0 for any digit, by the form itself. */
static void
mask_digits(char *text, const char *form)
{
	size_t len = strlen(form);

	for (char *at = text; strlen(at) >= len; at++) {
		size_t i = 0;

		while (
		    i < len && (form[i] == '0' ? isdigit((unsigned char)at[i]) : at[i] == form[i]))
			i++;
		if (i == len)
			memcpy(at, form, len);
	}
}

/* Times differ from run to run, and so do days. */
static void
mask_times(char *text)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday",
		"Friday", "Saturday" };

	mask_digits(text, "00:00 ");
	mask_digits(text, "0000-00-00");
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		char *at;

		while ((at = strstr(text, days[i])) != NULL) {
			memcpy(at, "Day", 3);
			memmove(at + 3, at + strlen(days[i]), strlen(at + strlen(days[i])) + 1);
		}
	}
}

void
screen_look(struct screen *s)
{
	ck_assert_int_eq(run_tmux(s, s->text, sizeof(s->text),
	                     (const char *const[]){ "capture-pane", "-p", NULL }),
	    0);
	mask_times(s->text);
}

static bool
shows(void *arg)
{
	struct screen *s = arg;

	screen_look(s);
	return strstr(s->text, s->awaited) != NULL;
}

static bool
hides(void *arg)
{
	return !shows(arg);
}

/* Without the empty rows at the end of both. */
static bool
is_whole(void *arg)
{
	struct screen *s = arg;
	size_t len, expected = strlen(s->awaited);

	screen_look(s);
	len = strlen(s->text);
	while (len > 1 && s->text[len - 1] == '\n' && s->text[len - 2] == '\n')
		len--;
	return len == expected && memcmp(s->text, s->awaited, len) == 0;
}

void
screen_await(struct screen *s, const char *text)
{
	s->awaited = text;
	ck_assert_msg(realm_until(shows, s), "not seen: %s\n%s", text, s->text);
}

void
screen_await_gone(struct screen *s, const char *text)
{
	s->awaited = text;
	ck_assert_msg(realm_until(hides, s), "still seen: %s\n%s", text, s->text);
}

void
screen_await_whole(struct screen *s, const char *text)
{
	s->awaited = text;
	ck_assert_msg(realm_until(is_whole, s), "expected:\n%s\nseen:\n%s", text, s->text);
}
