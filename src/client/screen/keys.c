/*
 * What keys do.
 */
#include "client/screen/keys.h"

#include "client/i18n.h"

#define CONTROL(c) ((c)&0x1f)

const struct client_screen_keys_line client_screen_keys_lines[] = {
	{ "F1, ?", N_("this list (? where the line is empty)") },
	{ "Enter", N_("send the line, or run it if it begins with /") },
	{ "Ctrl-J, Alt-Enter", N_("a new line in the text") },
	{ "Tab", N_("complete a name or a command, and the next one") },
	{ "Ctrl-N, Ctrl-P", N_("next and previous conversation (also Alt-Down, Alt-Up)") },
	{ "Alt-A", N_("next conversation with something unread") },
	{ "PgUp, PgDn", N_("scroll (also the wheel of the mouse)") },
	{ "Alt-E", N_("to the end of the conversation") },
	{ "F2", N_("show or hide the list") },
	{ "F3, Ctrl-R", N_("search in the conversation; again: further back") },
	{ "F4", N_("files of the conversation; Enter fetches one") },
	{ "F5", N_("fetch the newest file that is seen") },
	{ "Up, Down", N_("lines of the text, and what was written before") },
	{ "Ctrl-A, Ctrl-E", N_("to the beginning and the end of the line") },
	{ "Alt-B, Alt-F", N_("a word back and on (also Ctrl with arrows)") },
	{ "Ctrl-W, Alt-D", N_("cut the word before and behind the cursor") },
	{ "Ctrl-U, Ctrl-K", N_("cut to the beginning and the end of the line") },
	{ "Ctrl-Y, Ctrl-T", N_("put back what was cut; swap two characters") },
	{ "Ctrl-C", N_("empty the line; if it is, give up a file on its way") },
	{ "Ctrl-L, Ctrl-Z", N_("draw anew; suspend") },
	{ "Ctrl-Q", N_("quit (also Ctrl-D where the line is empty)") },
	{ NULL, NULL },
};

static struct client_screen_key
make_edit(enum client_screen_edit_key edit)
{
	return (struct client_screen_key){ .action = CLIENT_SCREEN_EDIT, .edit = edit };
}

static struct client_screen_key
make_action(enum client_screen_action action)
{
	return (struct client_screen_key){ .action = action };
}

static const struct {
	unsigned char control;
	enum client_screen_action action;
	enum client_screen_edit_key edit;
} controls[] = {
	{ CONTROL('A'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_HOME },
	{ CONTROL('B'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_LEFT },
	{ CONTROL('C'), CLIENT_SCREEN_CANCEL, 0 },
	{ CONTROL('D'), CLIENT_SCREEN_END, CLIENT_SCREEN_EDIT_DELETE },
	{ CONTROL('E'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_END },
	{ CONTROL('F'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_RIGHT },
	{ CONTROL('G'), CLIENT_SCREEN_ESCAPE, 0 },
	{ CONTROL('H'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_BACKSPACE },
	{ CONTROL('I'), CLIENT_SCREEN_COMPLETE, 0 },
	{ CONTROL('J'), CLIENT_SCREEN_NEW_LINE, 0 },
	{ CONTROL('K'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_KILL_TO_END },
	{ CONTROL('L'), CLIENT_SCREEN_REDRAW, 0 },
	{ CONTROL('M'), CLIENT_SCREEN_ENTER, 0 },
	{ CONTROL('N'), CLIENT_SCREEN_NEXT, 0 },
	{ CONTROL('P'), CLIENT_SCREEN_PREVIOUS, 0 },
	{ CONTROL('Q'), CLIENT_SCREEN_END, CLIENT_SCREEN_EDIT_LEFT },
	{ CONTROL('R'), CLIENT_SCREEN_SEARCH, 0 },
	{ CONTROL('T'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_TRANSPOSE },
	{ CONTROL('U'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_KILL_TO_START },
	{ CONTROL('W'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_KILL_WORD_BACK },
	{ CONTROL('Y'), CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_YANK },
	{ CONTROL('Z'), CLIENT_SCREEN_SUSPEND, 0 },
	{ 0x7f, CLIENT_SCREEN_EDIT, CLIENT_SCREEN_EDIT_BACKSPACE },
};

struct client_screen_key
client_screen_keys_control(unsigned char c, bool alt)
{
	if (alt)
		return c == CONTROL('M') || c == CONTROL('J') ? make_action(CLIENT_SCREEN_NEW_LINE)
		    : c == 0x7f || c == CONTROL('H') ? make_edit(CLIENT_SCREEN_EDIT_KILL_WORD_BACK)
		                                     : make_action(CLIENT_SCREEN_NO_ACTION);
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		if (controls[i].control == c)
			return (struct client_screen_key){ .action = controls[i].action,
				.edit = controls[i].edit };
	return make_action(CLIENT_SCREEN_NO_ACTION);
}

struct client_screen_key
client_screen_keys_alt(char c)
{
	switch (c >= 'A' && c <= 'Z' ? c | 0x20 : c) {
	case 'a':
		return make_action(CLIENT_SCREEN_UNREAD);
	case 'e':
		return make_action(CLIENT_SCREEN_BOTTOM);
	case 'b':
		return make_edit(CLIENT_SCREEN_EDIT_WORD_LEFT);
	case 'f':
		return make_edit(CLIENT_SCREEN_EDIT_WORD_RIGHT);
	case 'd':
		return make_edit(CLIENT_SCREEN_EDIT_KILL_WORD);
	default:
		return make_action(CLIENT_SCREEN_NO_ACTION);
	}
}
