/*
 * kabarctl(8) and kabarctl: the page has the commands that the program has, with the same options
 * and arguments.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "realmctl.h"

#define PAGE         "man/kabarctl.8"
#define COMMANDS_MAX 64
#define TEXT_MAX     128
#define ITEM_MAX     1024
#define LEAD         "kabarctl [-c FILE] "

/* A command, whichever way it was written down. */
struct shape {
	char words[TEXT_MAX];
	char operands[TEXT_MAX]; /* as usages have them: NAME, [FILE], on|off */
	char options[128];       /* by letter: 1 there is one, 2 with an argument */
};

static struct shape shapes[COMMANDS_MAX];
static size_t n_shapes;

static void
append_word(char text[TEXT_MAX], const char *word, bool glue)
{
	size_t len = strlen(text);

	snprintf(text + len, TEXT_MAX - len, "%s%s", len == 0 || glue ? "" : " ", word);
}

/*
 * A usage, such as "user add NAME [-n FULLNAME] [-a]".
 */

static void
read_usage(char *usage, struct shape *shape)
{
	int option = 0;

	*shape = (struct shape){ .words = "" };
	for (char *word = strtok(usage, " "); word != NULL; word = strtok(NULL, " ")) {
		if (option != 0) {
			shape->options[option] = 2;
			option = 0;
		} else if (word[0] == '[' && word[1] == '-') {
			shape->options[(unsigned char)word[2]] = 1;
			option = strchr(word, ']') != NULL ? 0 : word[2];
		} else if (shape->operands[0] == '\0' && islower((unsigned char)word[0])) {
			append_word(shape->words, word, false);
		} else {
			append_word(shape->operands, word, false);
		}
	}
}

/*
 * An item of the page, such as "Cm user add Ar name Op Fl n Ar fullname Op Fl a", in which a line
 * of the page ends with ";".
 */

struct reader {
	char mode;   /* of the words that follow: C, A or F */
	bool inside; /* of brackets */
	bool glue;
	bool head; /* the command's own words are not over */
	int option;
};

/* Tells whether it is one of mdoc's words. */
static bool
take_macro(struct reader *reader, const char *word)
{
	if (strcmp(word, "Cm") == 0 || strcmp(word, "Ar") == 0 || strcmp(word, "Fl") == 0) {
		reader->mode = word[0];
		reader->head &= word[0] == 'C';
		return true;
	}
	if (strcmp(word, "Op") == 0 || strcmp(word, "Oo") == 0 || strcmp(word, "Oc") == 0 ||
	    strcmp(word, ";") == 0) {
		reader->inside = word[0] == 'O' && word[1] != 'c';
		reader->option = 0;
		reader->head &= !reader->inside;
		return true;
	}
	reader->glue |= strcmp(word, "Ns") == 0;
	return strcmp(word, "Ns") == 0 || strcmp(word, "Xo") == 0 || strcmp(word, "Xc") == 0;
}

static void
take_operand(struct reader *reader, const char *word, struct shape *shape)
{
	char text[TEXT_MAX];
	bool bar = strcmp(word, "|") == 0;

	snprintf(text, sizeof(text), "%s%s%s", reader->inside ? "[" : "", word,
	    reader->inside ? "]" : "");
	for (char *at = text; reader->mode == 'A' && *at != '\0'; at++)
		*at = (char)toupper((unsigned char)*at);
	append_word(shape->operands, text, reader->glue || bar);
	reader->glue = bar;
}

static void
read_item(char *item, struct shape *shape)
{
	struct reader reader = { .head = true };

	*shape = (struct shape){ .words = "" };
	for (char *word = strtok(item, " "); word != NULL; word = strtok(NULL, " ")) {
		if (take_macro(&reader, word))
			continue;
		if (reader.mode == 'F' && strcmp(word, "|") != 0) {
			reader.option = (unsigned char)word[0];
			shape->options[reader.option] = 1;
		} else if (reader.mode == 'A' && reader.option != 0) {
			shape->options[reader.option] = 2;
		} else if (reader.mode == 'C' && reader.head) {
			append_word(shape->words, word, false);
		} else if (reader.mode != 'F') {
			take_operand(&reader, word, shape);
		}
	}
}

/* The next item that is a command. */
static bool
next_item(FILE *page, char item[ITEM_MAX])
{
	char line[ITEM_MAX / 2];

	item[0] = '\0';
	while (fgets(line, sizeof(line), page) != NULL) {
		size_t len = strlen(item);

		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".It Cm ", 7) == 0) {
			memmove(item, line + 4, strlen(line + 4) + 1);
			return true;
		}
		if (strcmp(line, ".It Xo") == 0)
			snprintf(item, ITEM_MAX, "Xo");
		else if (len > 0 && line[0] == '.')
			snprintf(item + len, ITEM_MAX - len, " ; %s", line + 1);
		if (strcmp(line, ".Xc") == 0 && len > 0)
			return true;
	}
	return false;
}

static void
read_page(void)
{
	const char *srcdir = getenv("srcdir");
	char path[1024], item[ITEM_MAX];

	snprintf(path, sizeof(path), "%s/" PAGE, srcdir == NULL ? "." : srcdir);
	FILE *page = fopen(path, "re");
	ck_assert_msg(page != NULL, "cannot read %s", path);
	while (next_item(page, item)) {
		ck_assert_uint_lt(n_shapes, COMMANDS_MAX);
		read_item(item, &shapes[n_shapes++]);
	}
	fclose(page);
}

static void
expect_same(const struct shape *usage, const struct shape *item)
{
	ck_assert_msg(strcmp(usage->operands, item->operands) == 0,
	    "%s takes \"%s\", but in the page \"%s\"", usage->words, usage->operands,
	    item->operands);
	for (int i = 0; i < 128; i++)
		ck_assert_msg(usage->options[i] == item->options[i],
		    "%s -%c is not the same in the page", usage->words, i);
}

static void
find_in_page(const struct shape *usage)
{
	size_t found = 0;

	for (size_t i = 0; i < n_shapes; i++) {
		if (strcmp(shapes[i].words, usage->words) != 0)
			continue;
		expect_same(usage, &shapes[i]);
		found++;
	}
	ck_assert_msg(found == 1, "%s stands %zu times in the page", usage->words, found);
}

START_TEST(commands)
{
	size_t n = 0;

	read_page();
	ck_assert_int_eq(realmctl(NULL, ARGS("-h")), 0);
	for (char *line = output, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char *usage = strstr(line, LEAD);
		struct shape shape;

		*end = '\0';
		if (usage == NULL || usage > end)
			continue;
		read_usage(usage + strlen(LEAD), &shape);
		find_in_page(&shape);
		n++;
	}
	/* And none that the program does not have. */
	ck_assert_uint_eq(n, n_shapes);
	ck_assert_uint_gt(n, 30);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("manual");
	TCase *tcase = realmctl_tcase(suite, "kabarctl");

	tcase_add_test(tcase, commands);
	return realm_run_suite(suite);
}
