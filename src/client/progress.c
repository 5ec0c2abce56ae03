/* client_progress: at most ten lines a second, each over the one before. */
#include "client/progress.h"

#include <sys/ioctl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "client/text.h"

#define PAUSE_MS         100
#define COLUMNS          80 /* where the terminal does not say */
#define BAR_MAX          40
#define NAME_MAX_COLUMNS 30
#define KILO             1000.0

/* Writes a number of bytes as people read it: "1.2 MB". */
static void
write_size(char *text, size_t size, double bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB" };
	size_t unit = 0;

	while (bytes >= KILO && unit + 1 < sizeof(units) / sizeof(units[0])) {
		bytes /= KILO;
		unit++;
	}
	snprintf(text, size, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, units[unit]);
}

/* Writes the time that is left, "1:05", or "" where nobody can tell. */
static void
write_left(char *text, size_t size, uint64_t done, uint64_t total, double rate)
{
	double seconds = rate > 0 && total >= done ? (double)(total - done) / rate : -1;

	text[0] = '\0';
	if (seconds >= 0 && seconds < 360000)
		snprintf(text, size, "%u:%02u", (unsigned int)seconds / 60,
		    (unsigned int)seconds % 60);
}

void
client_progress_write(char line[CLIENT_PROGRESS_LINE], size_t columns, const char *name,
    uint64_t done, uint64_t total, int64_t elapsed_ms)
{
	double rate = elapsed_ms > 0 ? (double)done * 1000 / (double)elapsed_ms : 0;
	double part = total == 0 ? 0 : done >= total ? 1 : (double)done / (double)total;
	char bar[BAR_MAX + 1] = "", size[32], speed[32], left[32], numbers[128];
	size_t width, len, bar_width, used;

	write_size(size, sizeof(size), (double)done);
	write_size(speed, sizeof(speed), rate);
	write_left(left, sizeof(left), done, total, rate);
	len = client_text_fit(name, strlen(name),
	    columns / 3 < NAME_MAX_COLUMNS ? columns / 3 : NAME_MAX_COLUMNS, &width);
	if (total == 0)
		snprintf(numbers, sizeof(numbers), "  %s  %s/s", size, speed);
	else
		snprintf(numbers, sizeof(numbers), " %3u%%  %s  %s/s  %s",
		    (unsigned int)(part * 100), size, speed, left);
	used = width + strlen(numbers) + 4;
	bar_width = total == 0 || used >= columns ? 0 : columns - used;
	if (bar_width > BAR_MAX)
		bar_width = BAR_MAX;
	memset(bar, ' ', bar_width);
	memset(bar, '=', (size_t)(part * (double)bar_width));
	snprintf(line, CLIENT_PROGRESS_LINE, "%.*s%s%s%s%s", (int)len, name,
	    bar_width == 0 ? "" : " [", bar, bar_width == 0 ? "" : "]", numbers);
	line[client_text_fit(line, strlen(line), columns, &width)] = '\0';
}

void
client_progress_begin(struct client_progress *p, const char *name, uint64_t total)
{
	const char *terminal = getenv("TERM");
	char *clean = client_text_clean(name, strlen(name), CLIENT_TEXT_LINE, sizeof(p->name) - 1);

	*p = (struct client_progress){ .total = total,
		.begun_ms = clock_monotonic_ms(),
		.silent =
		    !isatty(STDERR_FILENO) || terminal == NULL || strcmp(terminal, "dumb") == 0 };
	snprintf(p->name, sizeof(p->name), "%s", clean == NULL ? "" : clean);
	free(clean);
}

void
client_progress_show(struct client_progress *p, uint64_t done)
{
	int64_t now = clock_monotonic_ms();
	char line[CLIENT_PROGRESS_LINE];
	struct winsize size;

	if (p->silent || (p->shown_ms != 0 && now - p->shown_ms < PAUSE_MS))
		return;
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		size.ws_col = COLUMNS;
	client_progress_write(line, (size_t)size.ws_col - 1, p->name, done, p->total,
	    now - p->begun_ms);
	fputs("\r\033[K", stderr);
	client_text_print(stderr, line);
	fflush(stderr);
	p->shown_ms = now;
}

void
client_progress_end(struct client_progress *p)
{
	if (p->shown_ms != 0)
		fputs("\r\033[K", stderr);
}
