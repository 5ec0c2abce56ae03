/*
 * Rows of a conversation.
 */
#include "client/screen/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/vector.h"
#include "client/i18n.h"
#include "client/screen/wrap.h"

/* A message as it is shown: a stored one, or one that is on its way. */
struct item {
	const struct client_model_message *message;
	const struct client_model_pending *pending;
};

/* The rows of one item, from its first to its last. */
struct item_rows {
	struct client_screen_view_row *rows;
	size_t n;
};

/* Messages of the conversation that are on their way. */
static size_t
count_pending(const struct client_model *m, const struct client_model_conversation *c)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_pending; i++)
		n += m->pending[i].conversation == c;
	return n;
}

static struct item
find_item(const struct client_model *m, const struct client_model_conversation *c, size_t at)
{
	size_t n = c->n;

	if (at < n)
		return (struct item){ .message = &c->messages[at] };
	for (size_t i = 0; i < m->n_pending; i++)
		if (m->pending[i].conversation == c && n++ == at)
			return (struct item){ .pending = &m->pending[i] };
	return (struct item){ 0 };
}

static int64_t
find_time(const struct item *item)
{
	if (item->message != NULL)
		return item->message->time_ms;
	return item->pending != NULL ? item->pending->time_ms : 0;
}

static struct tm
read_time(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm = { 0 };

	localtime_r(&seconds, &tm);
	return tm;
}

void
client_screen_view_size(uint64_t bytes, char text[16])
{
	static const char units[] = "kMGTP";
	double value = (double)bytes;
	size_t unit = 0;

	if (bytes < 1000) {
		snprintf(text, 16, "%u B", (unsigned int)bytes);
		return;
	}
	for (value /= 1000; value >= 999.5 && unit + 2 < sizeof(units); unit++)
		value /= 1000;
	snprintf(text, 16, value < 9.95 ? "%.1f %cB" : "%.0f %cB", value, units[unit]);
}

static struct client_screen_view_row *
add_row(struct item_rows *r, enum client_screen_view_kind kind, char *text)
{
	struct client_screen_view_row *row;

	row = text == NULL ? NULL : vector_add(&r->rows, &r->n, sizeof(*row));
	if (row == NULL) {
		free(text);
		return NULL;
	}
	*row = (struct client_screen_view_row){ .kind = kind, .text = text };
	return row;
}

static int
add_day(struct item_rows *r, const struct tm *tm)
{
	static const char *const names[] = { N_("Sunday"), N_("Monday"), N_("Tuesday"),
		N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday") };
	char date[32], *day;

	strftime(date, sizeof(date), "%Y-%m-%d", tm);
	if (asprintf(&day, "%s, %s", _(names[tm->tm_wday % 7]), date) < 0)
		return -1;
	return add_row(r, CLIENT_SCREEN_VIEW_DAY, day) == NULL ? -1 : 0;
}

/* What stands behind the text: the fate of an own message. */
static void
describe_fate(const struct item *item, char *text, size_t size)
{
	const char *reason;

	text[0] = '\0';
	if (item->pending != NULL) {
		if (item->pending->error != NULL)
			snprintf(text, size, " ✗ %s", item->pending->error);
		else
			snprintf(text, size, " …");
		return;
	}
	reason = item->message->reason;
	switch (item->message->delivery) {
	case CLIENT_MODEL_NO_DELIVERY:
		break;
	case CLIENT_MODEL_QUEUED:
		snprintf(text, size, " …");
		break;
	case CLIENT_MODEL_DELIVERED:
		snprintf(text, size, " ✓");
		break;
	case CLIENT_MODEL_REFUSED:
		snprintf(text, size, " ✗ %s",
		    reason != NULL && reason[0] != '\0' ? reason : _("refused"));
		break;
	}
}

/* The name of the writer, the text, and what became of it. NULL without memory. */
static char *
compose_text(const struct item *item, const char *from)
{
	const char *text, *file;
	char fate[512], size[16] = "", *line;
	int n;

	if (item->pending != NULL) {
		file = item->pending->path != NULL ? item->pending->text : NULL;
		text = file != NULL ? "" : item->pending->text;
	} else {
		file = item->message->file;
		text = item->message->text;
		client_screen_view_size(item->message->size, size);
	}
	describe_fate(item, fate, sizeof(fate));
	if (file == NULL)
		n = asprintf(&line, "%s: %s%s", from, text, fate);
	else if (item->message != NULL && item->message->size > 0)
		n = asprintf(&line, _("%s: [file] %s (%s)%s"), from, file, size, fate);
	else
		n = asprintf(&line, _("%s: [file] %s%s"), from, file, fate);
	return n < 0 ? NULL : line;
}

static int
add_text(struct item_rows *r, const struct item *item, const char *from, int width)
{
	struct client_screen_wrap_row *parts = NULL;
	size_t n = 0, nick = strlen(from);
	char *text = compose_text(item, from);
	int failed = text == NULL ||
	    client_screen_wrap(text, strlen(text), width, CLIENT_SCREEN_VIEW_INDENT, &parts, &n) !=
	        0;
	struct tm tm = read_time(find_time(item));

	for (size_t i = 0; i < n && !failed; i++) {
		struct client_screen_view_row *row = add_row(r, CLIENT_SCREEN_VIEW_TEXT,
		    strndup(text + parts[i].start, parts[i].len));

		failed = row == NULL;
		if (failed)
			break;
		row->column = parts[i].column;
		row->nick = parts[i].start >= nick         ? 0
		    : nick - parts[i].start < parts[i].len ? nick - parts[i].start
		                                           : parts[i].len;
		if (i == 0)
			strftime(row->time, sizeof(row->time), "%H:%M", &tm);
	}
	free(parts);
	free(text);
	return failed ? -1 : 0;
}

static void
mark_rows(struct item_rows *r, const struct client_model *m, const struct item *item)
{
	for (size_t i = 0; i < r->n; i++) {
		struct client_screen_view_row *row = &r->rows[i];

		if (item->pending != NULL) {
			row->own = true;
			row->is_error = item->pending->error != NULL;
			row->faint = !row->is_error;
			continue;
		}
		row->id = item->message->id;
		row->own = client_model_is_own(m, item->message);
		row->is_error = item->message->delivery == CLIENT_MODEL_REFUSED;
		row->is_file = item->message->file != NULL;
	}
}

/* Whether the line of what was not read stands before this message. */
static bool
begins_unread(const struct client_screen_view *v, const struct client_model_conversation *c,
    size_t at)
{
	return v->unread != 0 && at < c->n && c->messages[at].id >= v->unread &&
	    (at == 0 ? !c->older : c->messages[at - 1].id < v->unread);
}

/* Makes the rows of an item; none without memory. */
static struct item_rows
make_item(const struct client_screen_view *v, const struct client_model *m,
    const struct client_model_conversation *c, size_t at, int width)
{
	struct item_rows r = { 0 };
	struct item item = find_item(m, c, at), before;
	struct tm tm, last;
	bool begins_day = at == 0;

	if (item.message == NULL && item.pending == NULL)
		return r; /* no such one */
	tm = read_time(find_time(&item));
	if (at > 0) {
		before = find_item(m, c, at - 1);
		last = read_time(find_time(&before));
		begins_day = tm.tm_yday != last.tm_yday || tm.tm_year != last.tm_year;
	}
	if (begins_day && add_day(&r, &tm) != 0)
		return r;
	if (begins_unread(v, c, at) &&
	    add_row(&r, CLIENT_SCREEN_VIEW_UNREAD, strdup(_("not read yet"))) == NULL)
		return r;
	add_text(&r, &item, item.message != NULL ? item.message->from : m->self, width);
	mark_rows(&r, m, &item);
	return r;
}

void
client_screen_view_free(struct client_screen_view_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(rows[i].text);
	free(rows);
}

/* The item that holds the lowest row; false when there is none at all. */
static bool
find_bottom(const struct client_screen_view *v, const struct client_model *m,
    const struct client_model_conversation *c, size_t *at)
{
	size_t n = c->n + count_pending(m, c), low = 0, high = c->n;

	if (n == 0)
		return false;
	*at = n - 1;
	if (v->bottom == 0)
		return true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->messages[middle].id < v->bottom)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < c->n)
		*at = low;
	return true;
}

/* Puts the rows of an item before those that are there, which stand from the end. */
static int
take_rows(struct item_rows *from, size_t used, size_t height, struct client_screen_view_row **rows,
    size_t *n)
{
	while (used > 0 && *n < height) {
		struct client_screen_view_row *row = vector_add(rows, n, sizeof(*row));

		if (row == NULL)
			return -1;
		*row = from->rows[--used];
		from->rows[used].text = NULL;
	}
	return 0;
}

int
client_screen_view_rows(struct client_screen_view *v, const struct client_model *m,
    const struct client_model_conversation *c, int width, size_t height,
    struct client_screen_view_row **rows, size_t *n)
{
	size_t at, first = *n;
	bool is_lowest = true, top = false;
	int result = 0;

	v->lowest = 0;
	v->at_top = true;
	if (!find_bottom(v, m, c, &at))
		return 0;
	for (; *n - first < height && !top && result == 0; at--) {
		struct item_rows r = make_item(v, m, c, at, width);
		size_t used = is_lowest && v->bottom != 0 && v->row < r.n ? v->row + 1 : r.n;

		if (v->lowest == 0 && at < c->n && used == r.n)
			v->lowest = c->messages[at].id;
		is_lowest = false;
		result = take_rows(&r, used, first + height, rows, n);
		client_screen_view_free(r.rows, r.n);
		top = at == 0;
	}
	v->at_top = top;
	for (size_t i = first, j = *n; i + 1 < j; i++, j--) {
		struct client_screen_view_row row = (*rows)[i];

		(*rows)[i] = (*rows)[j - 1];
		(*rows)[j - 1] = row;
	}
	return result;
}

static size_t
count_rows(const struct client_screen_view *v, const struct client_model *m,
    const struct client_model_conversation *c, size_t at, int width)
{
	struct item_rows r = make_item(v, m, c, at, width);

	client_screen_view_free(r.rows, r.n);
	return r.n;
}

bool
client_screen_view_scroll(struct client_screen_view *v, const struct client_model *m,
    const struct client_model_conversation *c, int width, int rows)
{
	size_t at, row, n;
	bool moved = false;

	if (!find_bottom(v, m, c, &at) || rows == 0)
		return false;
	n = count_rows(v, m, c, at, width);
	row = v->bottom != 0 && v->row < n ? v->row : n - 1;
	for (; rows < 0; rows++, moved = true) {
		if (row > 0) {
			row--;
		} else if (at > 0) {
			n = count_rows(v, m, c, --at, width);
			row = n - 1;
		} else {
			break;
		}
	}
	for (; rows > 0; rows--, moved = true) {
		if (row + 1 < n) {
			row++;
		} else if (at + 1 < c->n + count_pending(m, c)) {
			n = count_rows(v, m, c, ++at, width);
			row = 0;
		} else {
			break;
		}
	}
	/* The end, and what is on its way, follow what comes. */
	if (at >= c->n || (row + 1 == n && at + 1 == c->n + count_pending(m, c)))
		v->bottom = 0;
	else
		v->bottom = c->messages[at].id;
	v->row = row;
	return moved;
}

void
client_screen_view_show(struct client_screen_view *v, uint64_t id)
{
	v->bottom = id;
	v->row = SIZE_MAX;
}

uint64_t
client_screen_view_search(const struct client_model_conversation *c, const char *text,
    uint64_t from, bool back)
{
	size_t at = 0;

	while (at < c->n && (from == 0 || c->messages[at].id < from))
		at++;
	/* At the message itself, or behind the last. */
	for (;;) {
		if (back ? at == 0 : at + 1 >= c->n)
			return 0;
		at += back ? (size_t)-1 : 1;
		if (strcasestr(c->messages[at].text, text) != NULL ||
		    (c->messages[at].file != NULL &&
		        strcasestr(c->messages[at].file, text) != NULL))
			return c->messages[at].id;
	}
}
