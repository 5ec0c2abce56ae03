/*
 * config_source: cuts a configuration file into comments, strings, words and the rest, as far as
 * that is needed to drop comments and to find what is included. All other syntax is left to
 * libconfuse.
 */
#include "config/source.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vector.h"

#define WORD      "include"
#define FILE_MAX  (1024 * 1024) /* bytes */
#define DEPTH_MAX 8
#define FILES_MAX 256

struct reader {
	struct config_source *source;
	FILE *text;
	bool in_line; /* the last line of the text is not over */
	int depth;    /* of files that include each other */
	char *error;
	size_t size;
};

/* One file that is being read. */
struct input {
	const char *file;
	const char *at;
	int line;
	int braces;
	int section_line; /* of the last outermost opening brace */
};

enum kind { KIND_OTHER, KIND_COMMENT, KIND_STRING, KIND_WORD };

static int __attribute__((format(printf, 4, 5)))
complain(const struct reader *reader, const char *file, int line, const char *format, ...)
{
	char complaint[PATH_MAX + 128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(complaint, sizeof(complaint), format, ap);
	va_end(ap);
	snprintf(reader->error, reader->size, "%s:%d: %s", file, line, complaint);
	return -1;
}

/* Adds a byte to the text, for a line of the input. */
static int
put_byte(struct reader *reader, const struct input *input, char c)
{
	struct config_source *source = reader->source;

	if (!reader->in_line) {
		struct config_line *line =
		    vector_add(&source->lines, &source->n_lines, sizeof(*line));

		if (line == NULL)
			return complain(reader, input->file, input->line, "%s", strerror(errno));
		*line = (struct config_line){ .file = input->file, .number = input->line };
	}
	reader->in_line = c != '\n';
	return fputc(c, reader->text) == EOF
	    ? complain(reader, input->file, input->line, "%s", strerror(ENOMEM))
	    : 0;
}

/* Moves past so many bytes and copies them, or only their line ends and a space. */
static int
copy_bytes(struct reader *reader, struct input *input, size_t n, bool blank)
{
	int result = blank ? put_byte(reader, input, ' ') : 0;

	for (; n > 0 && result == 0; n--) {
		char c = *input->at++;

		if (!blank || c == '\n')
			result = put_byte(reader, input, c);
		input->line += c == '\n';
	}
	return result;
}

/* The length of the string with its quotes, and whether it ends. */
static size_t
measure_string(const char *text, bool *ended)
{
	const char *at = text + 1;

	while (*at != '\0' && *at != *text)
		at += *at == '\\' && at[1] != '\0' ? 2 : 1;
	*ended = *at != '\0';
	return (size_t)(at - text) + *ended;
}

static size_t
measure_word(const char *text)
{
	size_t len = 0;

	while (isalnum((unsigned char)text[len]) || text[len] == '_' || text[len] == '-')
		len++;
	return len;
}

/* The kind of what stands here, its length, and whether it ends before the file does. */
static enum kind
measure(const char *at, size_t *len, bool *ended)
{
	*ended = true;
	if (*at == '#' || strncmp(at, "//", 2) == 0) {
		*len = strcspn(at, "\n");
		return KIND_COMMENT;
	}
	if (strncmp(at, "/*", 2) == 0) {
		const char *end = strstr(at + 2, "*/");

		*ended = end != NULL;
		*len = *ended ? (size_t)(end - at) + 2 : strlen(at);
		return KIND_COMMENT;
	}
	if (*at == '"' || *at == '\'') {
		*len = measure_string(at, ended);
		return KIND_STRING;
	}
	*len = measure_word(at);
	if (*len > 0)
		return KIND_WORD;
	*len = 1;
	return KIND_OTHER;
}

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* The path of a file that the input includes. */
static int
resolve_name(const struct input *input, const char *name, size_t len, char path[PATH_MAX])
{
	const char *slash = strrchr(input->file, '/');
	int dir_len = name[0] == '/' || slash == NULL ? 0 : (int)(slash - input->file) + 1;

	return snprintf(path, PATH_MAX, "%.*s%.*s", dir_len, input->file, (int)len, name) < PATH_MAX
	    ? 0
	    : -1;
}

static int read_file(struct reader *, const char *path);

/* `at` is behind the word and its sign. */
static int
include_file(struct reader *reader, struct input *input, const char *at, bool parenthesis)
{
	char path[PATH_MAX];
	bool ended = false;
	size_t len = *at == '"' || *at == '\'' ? measure_string(at, &ended) : 0;
	const char *end = parenthesis ? skip_blanks(at + len) : at + len;

	if (!ended || len <= 2 || memchr(at, '\n', len) != NULL || (parenthesis && *end++ != ')'))
		return complain(reader, input->file, input->line,
		    WORD " needs the name of a file in quotes");
	if (input->braces > 0)
		return complain(reader, input->file, input->line,
		    WORD " must stand outside of sections");
	if (resolve_name(input, at + 1, len - 2, path) != 0)
		return complain(reader, input->file, input->line, "%s", strerror(ENAMETOOLONG));
	if (reader->depth == DEPTH_MAX || reader->source->n_files == FILES_MAX)
		return complain(reader, input->file, input->line,
		    "too many files include each other: %s", path);
	if (access(path, R_OK) != 0)
		return complain(reader, input->file, input->line, "cannot include %s: %s", path,
		    strerror(errno));
	input->at = end;
	if (reader->in_line && put_byte(reader, input, '\n') != 0)
		return -1;
	return read_file(reader, path);
}

static int
read_word(struct reader *reader, struct input *input, size_t len)
{
	const char *sign = skip_blanks(input->at + len);

	/* A value of that name has no such sign behind it. */
	if (len != strlen(WORD) || strncmp(input->at, WORD, len) != 0 ||
	    (*sign != '=' && *sign != '('))
		return copy_bytes(reader, input, len, false);
	return include_file(reader, input, skip_blanks(sign + 1), *sign == '(');
}

static void
count_brace(struct input *input)
{
	if (*input->at == '{' && input->braces++ == 0)
		input->section_line = input->line;
	if (*input->at == '}' && input->braces > 0)
		input->braces--;
}

static int
read_input(struct reader *reader, struct input *input)
{
	int result = 0;

	while (*input->at != '\0' && result == 0) {
		size_t len;
		bool ended;
		enum kind kind = measure(input->at, &len, &ended);

		if (!ended)
			return complain(reader, input->file, input->line, "this %s does not end",
			    kind == KIND_STRING ? "string" : "comment");
		count_brace(input);
		result = kind == KIND_WORD ? read_word(reader, input, len)
		                           : copy_bytes(reader, input, len, kind == KIND_COMMENT);
	}
	if (result == 0 && input->braces > 0)
		return complain(reader, input->file, input->section_line,
		    "this section does not end");
	return result;
}

/* The file's bytes and a newline, to be freed; NULL with a line for the administrator. */
static char *
slurp_file(const struct reader *reader, const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = file == NULL ? NULL : malloc(FILE_MAX + 2);
	size_t len = text == NULL ? 0 : fread(text, 1, FILE_MAX + 1, file);
	const char *complaint = NULL;

	if (text == NULL || ferror(file))
		complaint = strerror(errno);
	else if (len > FILE_MAX)
		complaint = strerror(EFBIG);
	else if (memchr(text, '\0', len) != NULL)
		complaint = "this is not a text file";
	if (file != NULL)
		fclose(file);
	if (text == NULL || complaint != NULL) {
		snprintf(reader->error, reader->size, "%s: %s", path, complaint);
		free(text);
		return NULL;
	}
	memcpy(text + len, "\n", 2);
	return text;
}

/* The source's own copy of a name, for its lines. */
static const char *
keep_name(struct config_source *source, const char *path)
{
	char *copy = strdup(path);
	char **name = copy == NULL
	    ? NULL
	    : vector_add(&source->files, &source->n_files, sizeof(*source->files));

	if (name == NULL) {
		free(copy);
		return NULL;
	}
	*name = copy;
	return copy;
}

static int
read_file(struct reader *reader, const char *path)
{
	char *text = slurp_file(reader, path);
	struct input input = { .at = text, .line = 1 };
	int result = -1;

	if (text == NULL)
		return -1;
	input.file = keep_name(reader->source, path);
	reader->depth++;
	if (input.file != NULL)
		result = read_input(reader, &input);
	else
		snprintf(reader->error, reader->size, "%s: %s", path, strerror(ENOMEM));
	reader->depth--;
	free(text);
	return result;
}

int
config_source_read(struct config_source *source, const char *path, char *error, size_t size)
{
	struct reader reader = { .source = source, .error = error, .size = size };
	int result = -1;

	*source = (struct config_source){ .text = NULL };
	snprintf(error, size, "%s: %s", path, strerror(ENOMEM));
	reader.text = open_memstream(&source->text, &source->len);
	if (reader.text != NULL) {
		result = read_file(&reader, path);
		if (fclose(reader.text) != 0)
			result = -1;
	}
	if (result != 0)
		config_source_free(source);
	return result;
}

void
config_source_free(struct config_source *source)
{
	for (size_t i = 0; i < source->n_files; i++)
		free(source->files[i]);
	free(source->files);
	free(source->lines);
	free(source->text);
	*source = (struct config_source){ .text = NULL };
}
