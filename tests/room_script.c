/*
 * room_script: for tests of the room dialect: short forms for scripts of dialogue.
 */
#include "room_script.h"

#include <stdio.h>
#include <string.h>

#define SCRIPT_LINE 2048 /* bytes of a line, at most */
#define WORDS       3

/* $0 is the first word, $1 to $3 are those after it, of which the last is the line's rest. */
struct form {
	const char *word;
	int words;
	const char *text;
};

#define HEAD    "{“FLAG”=“$0” , “SENDER”=“nama_client” , “RECEIVER” = "
#define ACCOUNT "“server” , “CONTENT” ={username=“$1” password=“$2”} , “TYPE=“TEXT” }"
#define ROOM    " , “CONTENT” =$1, “TYPE=“TEXT” }"
#define LIST    "{'FLAG':'DATA','CODE':'$0','CONTENT':[$1],'TYPE':'TEXT'}"

/* The document's own, to the byte. */
static const struct form said[] = {
	{ .word = "REG",
	    .words = 2,
	    .text = "{\"FLAG”=“REG” , “SENDER”=“nama_client” , “RECEIVER” = " ACCOUNT },
	{ .word = "LOGIN", .words = 2, .text = HEAD ACCOUNT },
	{ .word = "MAKE_ROOM", .words = 1, .text = HEAD "“server”" ROOM },
	{ .word = "DEL_ROOM", .words = 1, .text = HEAD "“server”" ROOM },
	{ .word = "JOIN_ROOM", .words = 1, .text = HEAD "“server”" ROOM },
	{ .word = "QUIT_ROOM", .words = 1, .text = HEAD "“$1”" ROOM },
	{ .word = "SEND", .words = 2, .text = HEAD "“$1” , “CONTENT” =$2, “TYPE=“TEXT” }" },
	{ .word = "LOGOUT", .text = HEAD "“server” , “CONTENT” =“ username“ TYPE=“TEXT” }" },
	{ .word = NULL },
};

static const struct form heard[] = {
	{ .word = "MESSAGE",
	    .words = 3,
	    .text = "{'FLAG':'DATA','CODE':'MESSAGE','SENDER':'$1','RECEIVER':'$2',"
	            "'CONTENT':'$3','TYPE':'TEXT'}" },
	{ .word = "ROOM_LIST_OK", .words = 1, .text = LIST },
	{ .word = "ONLINE_LIST_OK", .words = 1, .text = LIST },
	{ .word = "ROOM_USER_LIST", .words = 1, .text = LIST },
	{ .word = NULL },
};

/* All other words are codes. */
static const struct form reply = { .words = 1,
	.text = "{'FLAG':'DATA','CONTENT':'$1','TYPE':'TEXT','CODE':'$0'}" };

static const struct form *
find_form(const char *word, bool is_said)
{
	const struct form *form = is_said ? said : heard;

	while (form->word != NULL && strcmp(form->word, word) != 0)
		form++;
	if (form->word != NULL)
		return form;
	/* All codes have one, and no other word of a script begins so. */
	return !is_said && word[0] >= 'A' && word[0] <= 'Z' && strchr(word, '_') != NULL ? &reply
	                                                                                 : NULL;
}

static void
append_text(char *out, const char *text, size_t len)
{
	size_t before = strlen(out);

	ck_assert_uint_lt(before + len, SCRIPT_LINE);
	memcpy(out + before, text, len);
	out[before + len] = '\0';
}

static void
fill_in(char *out, const struct form *form, char *rest)
{
	char *words[WORDS + 1] = { rest, "", "", "" };

	for (int i = 0; i < form->words; i++) {
		char *space = strchr(words[i], ' ');

		if (space == NULL)
			break;
		*space = '\0';
		words[i + 1] = space + 1;
	}
	for (const char *at = form->text; *at != '\0'; at++) {
		if (at[0] == '$' && at[1] >= '0' && at[1] <= '0' + WORDS) {
			const char *word = words[*++at - '0'];

			append_text(out, word, strlen(word));
		} else {
			append_text(out, at, 1);
		}
	}
}

/* Where the first word behind "a> " or "a< " begins; NULL: such a line is it not. */
static char *
first_word(char *line)
{
	size_t head = line[0] >= 'a' && line[0] <= 'z' ? 1 : 0;

	if ((line[head] != '>' && line[head] != '<') || line[head + 1] != ' ')
		return NULL;
	return line + head + 2;
}

static void
run_line(struct dialogue *dialogue, const char *file, int number, char *line)
{
	char full[SCRIPT_LINE] = "", word[SCRIPT_LINE];
	char *first = first_word(line);
	const struct form *form = NULL;

	if (first != NULL) {
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(first, " "), first);
		form = find_form(word, first[-2] == '>');
	}
	if (form == NULL) {
		append_text(full, line, strlen(line));
	} else {
		append_text(full, line, (size_t)(first - line));
		fill_in(full, form, first);
	}
	append_text(full, "\n", 1);
	dialogue_run_at(dialogue, file, number, full);
}

void
room_run_at(struct dialogue *dialogue, const char *file, int number, const char *script)
{
	while (*script != '\0') {
		char line[SCRIPT_LINE] = "";
		size_t len = strcspn(script, "\n");

		append_text(line, script, len);
		run_line(dialogue, file, number, line);
		script += len + (script[len] == '\n');
	}
}
