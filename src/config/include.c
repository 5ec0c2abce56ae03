/*
 * config_include: puts the files that a configuration includes in their places. libconfuse's own
 * include() would read them without the care that config_text takes.
 */
#include "config/include.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vector.h"
#include "config/text.h"

#define WORD      "include"
#define DEPTH_MAX 8
#define FILES_MAX 256

struct include {
	struct config_source *source;
	FILE *text;
	bool at_start; /* of a line of the text */
	int depth;
	char *error;
	size_t size;
};

/* One file that is being read. */
struct input {
	const char *file;
	const char *at;
	int line;
	int braces;
};

static int
complain(const struct include *include, const struct input *input, const char *what,
    const char *name)
{
	snprintf(include->error, include->size, "%s:%d: %s%s", input->file, input->line, what,
	    name);
	return -1;
}

static int
begin_line(struct include *include, const struct input *input)
{
	struct config_source *source = include->source;
	struct config_line *line = vector_add(&source->lines, &source->n_lines, sizeof(*line));

	if (line == NULL)
		return complain(include, input, strerror(ENOMEM), "");
	*line = (struct config_line){ .file = input->file, .number = input->line };
	include->at_start = false;
	return 0;
}

static int
put(struct include *include, const struct input *input, char c)
{
	if (include->at_start && begin_line(include, input) != 0)
		return -1;
	include->at_start = c == '\n';
	return fputc(c, include->text) == EOF ? complain(include, input, strerror(ENOMEM), "") : 0;
}

/* Takes so many bytes over. */
static int
copy(struct include *include, struct input *input, size_t n)
{
	for (; n > 0; n--) {
		char c = *input->at++;

		if (put(include, input, c) != 0)
			return -1;
		input->line += c == '\n';
	}
	return 0;
}

/* How long the string is that begins here, with its quotes; config_text has seen its end. */
static size_t
string_len(const char *text)
{
	const char *at = text + 1;

	while (*at != '\0' && *at != *text)
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	return (size_t)(at - text) + (*at != '\0');
}

static size_t
word_len(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_' || text[len] == '-')
		len++;
	return len;
}

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

static int read_file(struct include *, const char *path);

/* A file name as the including one means it. */
static int
find_file(const struct input *input, const char *name, size_t len, char path[PATH_MAX])
{
	const char *slash = strrchr(input->file, '/');
	int dir_len = name[0] == '/' || slash == NULL ? 0 : (int)(slash - input->file) + 1;

	return snprintf(path, PATH_MAX, "%.*s%.*s", dir_len, input->file, (int)len, name) < PATH_MAX
	    ? 0
	    : -1;
}

/* `at` is behind the word and its sign. */
static int
take_include(struct include *include, struct input *input, const char *at, bool parenthesis)
{
	char path[PATH_MAX];
	size_t len = *at == '"' || *at == '\'' ? string_len(at) : 0;
	const char *end = parenthesis ? skip_blanks(at + len) : at + len;

	if (len <= 2 || memchr(at, '\n', len) != NULL || (parenthesis && *end++ != ')'))
		return complain(include, input, WORD " needs the name of a file in quotes", "");
	if (input->braces > 0)
		return complain(include, input, WORD " must stand outside of sections", "");
	if (find_file(input, at + 1, len - 2, path) != 0)
		return complain(include, input, strerror(ENAMETOOLONG), "");
	if (include->depth == DEPTH_MAX || include->source->n_files == FILES_MAX)
		return complain(include, input, "too many files include each other: ", path);
	if (access(path, R_OK) != 0) {
		int reason = errno;

		complain(include, input, "cannot include ", path);
		len = strlen(include->error);
		snprintf(include->error + len, include->size - len, ": %s", strerror(reason));
		return -1;
	}
	input->at = end;
	if (!include->at_start && put(include, input, '\n') != 0)
		return -1;
	return read_file(include, path);
}

static int
take_word(struct include *include, struct input *input)
{
	size_t len = word_len(input->at);
	const char *sign = skip_blanks(input->at + len);

	/* A value of that name has no such sign behind it. */
	if (len != strlen(WORD) || strncmp(input->at, WORD, len) != 0 ||
	    (*sign != '=' && *sign != '('))
		return copy(include, input, len);
	return take_include(include, input, skip_blanks(sign + 1), *sign == '(');
}

static int
take_all(struct include *include, struct input *input)
{
	int result = 0;

	while (*input->at != '\0' && result == 0) {
		char c = *input->at;

		if (c == '"' || c == '\'') {
			result = copy(include, input, string_len(input->at));
		} else if (word_len(input->at) > 0) {
			result = take_word(include, input);
		} else {
			input->braces += (c == '{') - (c == '}');
			result = copy(include, input, 1);
		}
	}
	return result;
}

/* The source's own copy of a name, for its lines. */
static const char *
keep_name(struct config_source *source, const char *path)
{
	char *copy = strdup(path);
	char **file =
	    copy == NULL ? NULL : vector_add(&source->files, &source->n_files, sizeof(*file));

	if (file == NULL) {
		free(copy);
		return NULL;
	}
	return *file = copy;
}

static int
read_file(struct include *include, const char *path)
{
	char *text = config_text_read(path, include->error, include->size);
	struct input input = { .at = text, .line = 1 };
	int result = -1;

	if (text == NULL)
		return -1;
	input.file = keep_name(include->source, path);
	include->depth++;
	if (input.file != NULL)
		result = take_all(include, &input);
	else
		snprintf(include->error, include->size, "%s: %s", path, strerror(ENOMEM));
	include->depth--;
	free(text);
	return result;
}

int
config_include_read(struct config_source *source, const char *path, char *error, size_t size)
{
	struct include include = { .source = source,
		.at_start = true,
		.error = error,
		.size = size };
	int result = -1;

	*source = (struct config_source){ .text = NULL };
	include.text = open_memstream(&source->text, &source->len);
	if (include.text != NULL) {
		result = read_file(&include, path);
		if (fclose(include.text) != 0 && result == 0)
			result = -1;
	}
	if (include.text == NULL)
		snprintf(error, size, "%s: %s", path, strerror(ENOMEM));
	if (result != 0)
		config_include_free(source);
	return result;
}

void
config_include_free(struct config_source *source)
{
	for (size_t i = 0; i < source->n_files; i++)
		free(source->files[i]);
	free(source->files);
	free(source->lines);
	free(source->text);
	*source = (struct config_source){ .text = NULL };
}
