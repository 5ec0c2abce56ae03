/*
 * The terminal.
 */
#include "client/screen/terminal.h"

#include <sys/ioctl.h>

#include <curses.h>
#include <langinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistr.h>
#include <wchar.h>

#include "base/fnv.h"
#include "client/text.h"

/* Keys that terminfo need not name, by what terminals of xterm's family send for them. */
enum {
	OWN_KEYS = KEY_MAX + 1,
	PASTE_BEGIN = OWN_KEYS,
	PASTE_END,
	ALT_UP,
	ALT_DOWN,
	CTRL_LEFT,
	CTRL_RIGHT,
	CTRL_HOME,
	CTRL_END,
};

static const struct {
	const char *bytes;
	int key;
} sequences[] = {
	{ "\033[200~", PASTE_BEGIN },
	{ "\033[201~", PASTE_END },
	{ "\033[1;3A", ALT_UP },
	{ "\033[1;3B", ALT_DOWN },
	{ "\033[1;5D", CTRL_LEFT },
	{ "\033[1;5C", CTRL_RIGHT },
	{ "\033[1;3D", CTRL_LEFT },
	{ "\033[1;3C", CTRL_RIGHT },
	{ "\033[1;5H", CTRL_HOME },
	{ "\033[1;5F", CTRL_END },
};

static const struct {
	int code;
	enum client_screen_action action;
	enum client_screen_edit_key edit;
} keys[] = {
	{ PASTE_BEGIN, CLIENT_SCREEN_PASTE, 0 },
	{ PASTE_END, CLIENT_SCREEN_PASTED, 0 },
	{ ALT_UP, CLIENT_SCREEN_PREVIOUS, 0 },
	{ ALT_DOWN, CLIENT_SCREEN_NEXT, 0 },
	{ CTRL_LEFT, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_WORD_LEFT },
	{ CTRL_RIGHT, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_WORD_RIGHT },
	{ CTRL_END, CLIENT_SCREEN_BOTTOM, 0 },
	{ KEY_LEFT, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_LEFT },
	{ KEY_RIGHT, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_RIGHT },
	{ KEY_UP, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_UP },
	{ KEY_DOWN, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_DOWN },
	{ KEY_HOME, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_HOME },
	{ KEY_END, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_END },
	{ KEY_BACKSPACE, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_BACKSPACE },
	{ KEY_DC, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_DELETE },
	{ KEY_ENTER, CLIENT_SCREEN_ENTER, 0 },
	{ KEY_PPAGE, CLIENT_SCREEN_PAGE_UP, 0 },
	{ KEY_NPAGE, CLIENT_SCREEN_PAGE_DOWN, 0 },
	{ KEY_RESIZE, CLIENT_SCREEN_RESIZED, 0 },
	{ KEY_F(1), CLIENT_SCREEN_HELP, 0 },
	{ KEY_F(2), CLIENT_SCREEN_LIST, 0 },
	{ KEY_F(3), CLIENT_SCREEN_SEARCH, 0 },
	{ KEY_F(4), CLIENT_SCREEN_FILES, 0 },
	{ KEY_F(5), CLIENT_SCREEN_FETCH, 0 },
};

/* Colours of 256 that can be read on black and on white. */
static const short many_nicks[CLIENT_SCREEN_NICKS] = { 31, 65, 67, 97, 130, 132, 136, 161, 166, 29,
	99, 172 };
static const short few_nicks[CLIENT_SCREEN_NICKS] = { COLOR_CYAN, COLOR_GREEN, COLOR_MAGENTA,
	COLOR_YELLOW, COLOR_BLUE, COLOR_RED, COLOR_CYAN, COLOR_GREEN, COLOR_MAGENTA, COLOR_YELLOW,
	COLOR_BLUE, COLOR_RED };

/* The terminal is one for the process, and curses keeps it so, too. */
static struct {
	attr_t attributes[CLIENT_SCREEN_NICK + CLIENT_SCREEN_NICKS];
	short pairs[CLIENT_SCREEN_NICK + CLIENT_SCREEN_NICKS];
	bool has_paste;
	bool is_utf8;
	uint8_t bytes[4]; /* of a character that has not come as a whole */
	size_t n_bytes;
} terminal;

bool
client_screen_terminal_fits(void)
{
	const char *name = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && name != NULL && name[0] != '\0' &&
	    strcmp(name, "dumb") != 0;
}

static void
set_style(enum client_screen_style style, attr_t attributes, short color)
{
	short pair = (short)(style + 1);

	terminal.attributes[style] = attributes;
	terminal.pairs[style] = 0;
	if (color >= 0 && has_colors() && init_pair(pair, color, -1) != ERR)
		terminal.pairs[style] = pair;
}

static void
set_styles(void)
{
	const char *none = getenv("NO_COLOR");
	bool colors = (none == NULL || none[0] == '\0') && has_colors() && start_color() != ERR &&
	    use_default_colors() != ERR;
	bool many = colors && COLORS >= 256;

	for (int i = 0; i < CLIENT_SCREEN_NICK + CLIENT_SCREEN_NICKS; i++)
		set_style((enum client_screen_style)i, A_NORMAL, -1);
	set_style(CLIENT_SCREEN_BAR, A_REVERSE, -1);
	set_style(CLIENT_SCREEN_BAR_ALERT, A_REVERSE | A_BOLD, colors ? COLOR_RED : -1);
	set_style(CLIENT_SCREEN_FAINT, colors ? A_NORMAL : A_DIM,
	    many         ? 244
	        : colors ? COLOR_BLUE
	                 : -1);
	set_style(CLIENT_SCREEN_STRONG, A_BOLD, -1);
	set_style(CLIENT_SCREEN_ERROR, A_BOLD, colors ? COLOR_RED : -1);
	set_style(CLIENT_SCREEN_DAY, A_BOLD, many ? 244 : colors ? COLOR_CYAN : -1);
	set_style(CLIENT_SCREEN_NEW, A_BOLD, colors ? COLOR_RED : -1);
	set_style(CLIENT_SCREEN_ONLINE, A_NORMAL, colors ? COLOR_GREEN : -1);
	set_style(CLIENT_SCREEN_FOCUS, A_REVERSE, -1);
	set_style(CLIENT_SCREEN_FOUND, A_REVERSE, -1);
	for (int i = 0; i < CLIENT_SCREEN_NICKS; i++)
		set_style((enum client_screen_style)(CLIENT_SCREEN_NICK + i), A_BOLD,
		    many         ? many_nicks[i]
		        : colors ? few_nicks[i]
		                 : -1);
}

static void
write_sequence(const char *bytes)
{
	fflush(stdout);
	(void)!write(STDOUT_FILENO, bytes, strlen(bytes));
}

/* Modes that terminfo need not know; terminals that do not either ignore them. */
static void
set_modes(bool on)
{
	if (terminal.has_paste)
		write_sequence(on ? "\033[?2004h" : "\033[?2004l");
}

int
client_screen_terminal_start(void)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);
	const char *move_to;

	if (screen == NULL)
		return -1;
	move_to = tigetstr("cup");
	if (move_to == NULL || move_to == (char *)-1) {
		endwin();
		delscreen(screen);
		return -1;
	}
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	idlok(stdscr, TRUE);
	leaveok(stdscr, FALSE);
	set_escdelay(25);
	mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
	mouseinterval(0);
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		define_key(sequences[i].bytes, sequences[i].key);
	terminal.has_paste = strncmp(move_to, "\033[", 2) == 0;
	terminal.is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	set_styles();
	set_modes(true);
	return 0;
}

void
client_screen_terminal_stop(void)
{
	set_modes(false);
	endwin();
}

void
client_screen_terminal_suspend(void)
{
	sigset_t set, old;

	client_screen_terminal_stop();
	signal(SIGTSTP, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	kill(0, SIGTSTP);
	/* It is pending until it is let in; the process goes on from here after SIGCONT. */
	sigprocmask(SIG_UNBLOCK, &set, &old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	client_screen_terminal_resize();
	set_modes(true);
}

void
client_screen_terminal_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(size.ws_row, size.ws_col);
	clearok(stdscr, TRUE);
}

void
client_screen_terminal_redraw(void)
{
	clearok(stdscr, TRUE);
}

void
client_screen_terminal_size(int *rows, int *columns)
{
	getmaxyx(stdscr, *rows, *columns);
}

static struct client_screen_key
read_mouse(void)
{
	struct client_screen_key key = { .action = CLIENT_SCREEN_NO_ACTION };
	MEVENT event;

	if (getmouse(&event) != OK)
		return key;
	key.row = event.y;
	key.column = event.x;
	if (event.bstate & BUTTON4_PRESSED)
		key.action = CLIENT_SCREEN_LINE_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		key.action = CLIENT_SCREEN_LINE_DOWN;
	else if (event.bstate & BUTTON1_PRESSED)
		key.action = CLIENT_SCREEN_CLICK;
	return key;
}

static struct client_screen_key
read_code(int code)
{
	if (code == KEY_MOUSE)
		return read_mouse();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].code == code)
			return (struct client_screen_key){ .action = keys[i].action,
				.edit = keys[i].edit };
	return (struct client_screen_key){ .action = CLIENT_SCREEN_NO_ACTION };
}

/* What follows the escape key at once came with Alt. */
static struct client_screen_key
read_escape(void)
{
	int c = getch();

	if (c == ERR || c == 27)
		return (struct client_screen_key){ .action = CLIENT_SCREEN_ESCAPE };
	if (c > 255)
		return read_code(c);
	if (c < 32 || c == 127)
		return client_screen_keys_control((unsigned char)c, true);
	if (c > 127)
		ungetch(c);
	return client_screen_keys_alt(c < 128 ? (char)c : '\0');
}

static struct client_screen_key
make_text(ucs4_t c)
{
	struct client_screen_key key = { .action = CLIENT_SCREEN_TEXT };
	int len = u8_uctomb((uint8_t *)key.text, c, CLIENT_SCREEN_KEY_TEXT - 1);

	key.text[len > 0 ? len : 0] = '\0';
	return key;
}

/*
 * A byte above 127 in its place. Curses drops all that comes with one that is no character; here it
 * is U+FFFD. False: the character is not whole.
 */
static bool
read_byte(int byte, struct client_screen_key *key)
{
	ucs4_t c = 0xfffd;
	int len;

	if (!terminal.is_utf8) {
		wint_t wide = btowc(byte);

		*key = make_text(wide == WEOF ? c : (ucs4_t)wide);
		return true;
	}
	terminal.bytes[terminal.n_bytes++] = (uint8_t)byte;
	len = u8_mbtoucr(&c, terminal.bytes, terminal.n_bytes);
	if (len == -2 && terminal.n_bytes < sizeof(terminal.bytes))
		return false;
	if (len < 0 && terminal.n_bytes > 1)
		ungetch(byte);
	terminal.n_bytes = 0;
	*key = make_text(len < 0 ? 0xfffd : c);
	return true;
}

bool
client_screen_terminal_read(struct client_screen_key *key)
{
	int c;

	do {
		c = getch();
		if (c == ERR)
			return false;
		if (terminal.n_bytes > 0 && (c < 128 || c > 255)) {
			ungetch(c);
			terminal.n_bytes = 0;
			*key = make_text(0xfffd);
			return true;
		}
	} while (c > 127 && c < 256 && !read_byte(c, key));
	if (c > 255)
		*key = read_code(c);
	else if (c == 27)
		*key = read_escape();
	else if (c < 32 || c == 127)
		*key = client_screen_keys_control((unsigned char)c, false);
	else if (c < 128)
		*key = make_text((ucs4_t)c);
	return true;
}

void
client_screen_terminal_clear(void)
{
	erase();
}

/* What stands for signs of ours where the character set has none of them. */
static wchar_t
replace_sign(ucs4_t c)
{
	switch (c) {
	case 0x2026: /* … */
		return '~';
	case 0x2713: /* ✓ */
		return '+';
	case 0x2717: /* ✗ */
		return '!';
	case 0x2500: /* ─ */
		return '-';
	case 0x2502: /* │ */
		return '|';
	case 0x25cf: /* ● */
		return '*';
	case 0x2588: /* █ */
		return '#';
	case 0xb7: /* · */
		return '-';
	default:
		return '?';
	}
}

/*
 * Makes wide characters of one with what combines with it; false where curses takes it to have
 * another width, or would not show it.
 */
static bool
widen(const char *s, size_t len, size_t width, wchar_t *wide, size_t size)
{
	size_t n = 0, sum = 0;

	for (size_t at = 0; at < len;) {
		ucs4_t c;
		int bytes = u8_mbtoucr(&c, (const uint8_t *)s + at, len - at);
		int columns = bytes > 0 ? wcwidth((wchar_t)c) : -1;

		if (bytes <= 0 || columns < 0 || n + 1 >= size || (!terminal.is_utf8 && c > 126))
			return false;
		wide[n++] = (wchar_t)c;
		sum += (size_t)columns;
		at += (size_t)bytes;
	}
	wide[n] = 0;
	return sum == width;
}

int
client_screen_terminal_put(int row, int column, int columns, const char *text, size_t len,
    enum client_screen_style style)
{
	size_t at = 0;
	int used = 0;

	attr_set(terminal.attributes[style], terminal.pairs[style], NULL);
	while (at < len) {
		size_t width, n = client_text_next(text + at, len - at, &width);
		wchar_t wide[32];
		cchar_t cell;

		if (n == 0 || used + (int)width > columns)
			break;
		if (!widen(text + at, n, width, wide, sizeof(wide) / sizeof(wide[0]))) {
			ucs4_t c = 0;

			u8_mbtoucr(&c, (const uint8_t *)text + at, n);
			wide[0] = terminal.is_utf8 ? 0xfffd : replace_sign(c);
			wide[1] = 0;
		}
		/* Added one by one, marks of a wide character would be dropped. */
		if (width > 0 &&
		    (wcslen(wide) > CCHARW_MAX ||
		        setcchar(&cell, wide, terminal.attributes[style], terminal.pairs[style],
		            NULL) == ERR ||
		        mvadd_wch(row, column + used, &cell) == ERR))
			mvaddwstr(row, column + used, wide);
		at += n;
		used += (int)width;
	}
	attr_set(A_NORMAL, 0, NULL);
	return used;
}

void
client_screen_terminal_fill(int row, int column, int columns, enum client_screen_style style)
{
	attr_set(terminal.attributes[style], terminal.pairs[style], NULL);
	mvhline(row, column, ' ', columns);
	attr_set(A_NORMAL, 0, NULL);
}

void
client_screen_terminal_show(int row, int column)
{
	move(row, column);
	refresh();
}

enum client_screen_style
client_screen_terminal_nick(const char *name, size_t len)
{
	return (enum client_screen_style)(
	    CLIENT_SCREEN_NICK + (int)(fnv_bytes(FNV_BEGIN, name, len) % CLIENT_SCREEN_NICKS));
}

void
client_screen_terminal_bell(void)
{
	beep();
}

void
client_screen_terminal_notify(const char *text)
{
	char sequence[256], *at;
	size_t width, len = client_text_fit(text, strlen(text), 60, &width);

	/* Clean text holds no byte that would end it, unless bytes are no UTF-8 for the terminal.
	 */
	snprintf(sequence, sizeof(sequence), "\033]9;%.*s\033\\", (int)(len < 200 ? len : 0), text);
	for (at = sequence + 4; !terminal.is_utf8 && at < sequence + 4 + len && *at != '\0'; at++)
		if ((unsigned char)*at > 0x7e)
			*at = '?';
	if (terminal.has_paste)
		write_sequence(sequence);
}
