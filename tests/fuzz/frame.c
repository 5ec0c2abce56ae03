/*
 * The line reader. The input is cut into slices that arrive one after the other; lines that do not
 * fit are gathered, streamed or dropped. Whatever the slices are, the lines are those of a plain
 * model, for one of the two ways in which lines end.
 */
#include <sys/socket.h>

#include <bsd/string.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "net/frame.h"

#define LINE_MAX_HERE 6000 /* bytes of the longest line that is gathered */
#define TEXT_MAX      20000
#define LINES_MAX     TEXT_MAX
#define CONSUMED      100 /* bytes of a head that the streamed line is known by */
#define REPEATED      100 /* how often the byte behind a 5 comes */

enum what { WHOLE, STREAMED, DROPPED, TOO_LONG };

/* What came of one line. */
struct got {
	enum what what;
	size_t at; /* in the bytes that were handed out */
	size_t len;
};

struct run {
	struct frame frame;
	uint8_t choices;
	bool lines; /* any line feed ends a line, from the first one on */
	char text[TEXT_MAX];
	size_t len;
	char out[2 * TEXT_MAX];
	size_t out_len;
	struct got got[LINES_MAX];
	size_t n_got;
	bool streaming;
};

static struct run run;

/* Makes long lines out of a short input. */
static void
expand(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size && run.len < TEXT_MAX - REPEATED; i++) {
		size_t n = data[i] == 5 && i + 1 < size ? REPEATED : 1;

		if (n > 1)
			i++;
		memset(run.text + run.len, data[i], n);
		run.len += n;
	}
}

static void
hand_out(const char *data, size_t len)
{
	DEMAND(len <= sizeof(run.out) - run.out_len);
	if (len > 0)
		memcpy(run.out + run.out_len, data, len);
	run.out_len += len;
	run.got[run.n_got - 1].len += len;
}

static void
begin_line(enum what what)
{
	DEMAND(run.n_got < LINES_MAX);
	run.got[run.n_got++] = (struct got){ .what = what, .at = run.out_len };
}

/* A line does not fit: does with it what the input says. */
static void
take_head(const struct frame_line *head)
{
	unsigned int choice = (run.choices >> (run.n_got % 3 * 2)) & 3;

	DEMAND(!head->complete && head->len == FRAME_BUFFER);
	if (choice < 2) {
		DEMAND(frame_grow(&run.frame) == 0);
		return;
	}
	begin_line(choice == 2 ? STREAMED : DROPPED);
	if (choice == 2) {
		/* A line feed that is taken for a part of the line is one for good. */
		const char *feed = memchr(head->data, '\n', CONSUMED);
		size_t consumed = feed == NULL ? CONSUMED : (size_t)(feed - head->data);

		hand_out(head->data, consumed);
		frame_stream(&run.frame, consumed);
	} else {
		frame_discard(&run.frame);
	}
	run.streaming = choice == 2;
}

/* Takes all that is here. */
static void
take_lines(void)
{
	struct frame_line line;
	const char *data;
	size_t len;
	bool last;

	for (;;) {
		while (run.streaming && frame_chunk(&run.frame, &data, &len, &last)) {
			hand_out(data, len);
			run.streaming = !last;
		}
		if (run.streaming)
			return;
		switch (frame_next(&run.frame, &line)) {
		case FRAME_WAIT:
			return;
		case FRAME_HEAD:
			take_head(&line);
			break;
		case FRAME_CONTROL:
			DEMAND(false);
			break;
		case FRAME_TOO_LONG:
			begin_line(TOO_LONG);
			break;
		case FRAME_LINE:
			DEMAND(line.complete);
			begin_line(WHOLE);
			hand_out(line.data, line.len);
			break;
		}
	}
}

/* Reads all that has come. */
static enum frame_filled
read_all(void)
{
	enum frame_filled filled;

	do {
		filled = frame_fill(&run.frame);
		DEMAND(filled != FRAME_ERROR);
		take_lines();
	} while (filled == FRAME_GOT || filled == FRAME_FULL);
	return filled;
}

/* The line of the model that begins here. False: it has no end. */
static bool
model_line(size_t at, bool crlf, size_t *len, size_t *next)
{
	for (size_t i = at; i < run.len; i++) {
		if (run.text[i] != '\n')
			continue;
		bool after_cr = i > at && run.text[i - 1] == '\r';
		if (crlf && !after_cr)
			continue;
		*len = i - at - after_cr;
		*next = i + 1;
		return true;
	}
	return false;
}

/* A first line seems long until it shows how it ends. */
static bool
same_line(const struct got *got, const char *line, size_t len)
{
	bool first = got == run.got;

	switch (got->what) {
	case WHOLE:
		return len <= LINE_MAX_HERE && got->len == len &&
		    memcmp(run.out + got->at, line, len) == 0;
	case STREAMED:
		return (len + 2 > FRAME_BUFFER || first) && got->len == len &&
		    memcmp(run.out + got->at, line, len) == 0;
	case DROPPED:
		return len + 2 > FRAME_BUFFER || first;
	default:
		return len > LINE_MAX_HERE;
	}
}

/* The last line may have no end: it was not handed out whole. */
static bool
same_rest(size_t i, size_t at)
{
	const struct got *got = &run.got[i];

	if (i == run.n_got)
		return true;
	return i + 1 == run.n_got && got->what != WHOLE && run.len - at >= got->len &&
	    memcmp(run.out + got->at, run.text + at, got->len) == 0;
}

static bool
agrees(bool crlf)
{
	size_t at = 0, len, next;

	for (size_t i = 0; model_line(at, crlf, &len, &next); i++, at = next)
		if (i == run.n_got || !same_line(&run.got[i], run.text + at, len))
			return false;
	size_t i = 0;
	for (at = 0; model_line(at, crlf, &len, &next); at = next)
		i++;
	return same_rest(i, at);
}

static void
check(size_t first_slice)
{
	bool has_crlf = memmem(run.text, run.len, "\r\n", 2) != NULL;
	bool crlf_at_once =
	    first_slice <= FRAME_BUFFER && memmem(run.text, first_slice, "\r\n", 2) != NULL;

	/* While a line is handed out or dropped, a full buffer tells that line feeds belong to it.
	 */
	bool passed = run.n_got > 0 && run.got[0].what != WHOLE;

	if (run.lines || (!has_crlf && !passed))
		DEMAND(agrees(false));
	else if (crlf_at_once)
		DEMAND(agrees(true));
	else
		DEMAND(agrees(true) || agrees(false));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int ends[2];
	size_t slice, first = 0;

	if (size < 3)
		return 0;
	run.n_got = run.len = run.out_len = 0;
	run.streaming = false;
	run.choices = data[0];
	run.lines = (data[1] & 1) != 0;
	expand(data + 3, size - 3);
	DEMAND(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	frame_init(&run.frame, ends[0], ends[0], 0);
	if (run.lines)
		frame_set_lines(&run.frame, LINE_MAX_HERE);
	else
		run.frame.line_max = LINE_MAX_HERE;
	for (size_t at = 0; at < run.len; at += slice) {
		slice = 1 + run.len / 64 + (size_t)data[2] * data[2] / 8 + at % (1 + data[1] / 2);
		if (slice > run.len - at)
			slice = run.len - at;
		if (at == 0)
			first = slice;
		DEMAND(write(ends[1], run.text + at, slice) == (ssize_t)slice);
		DEMAND(read_all() == FRAME_BLOCKED);
	}
	close(ends[1]);
	DEMAND(read_all() == FRAME_EOF);
	check(first);
	frame_free(&run.frame);
	close(ends[0]);
	return 0;
}
