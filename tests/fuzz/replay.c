/*
 * replay: the main() of a fuzz target without an engine: runs the inputs of its corpus and some
 * mutations of each, the same ones every time; or the one input whose file it is given. An input
 * that fails is kept in NAME.failed.
 */
#include <bsd/unistd.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "fuzz.h"

#define INPUT_MAX  4096
#define INPUTS_MAX 512
#define WORDS_MAX  512
#define WORD_MAX   128
#define CHANGES    6   /* of a mutation, at most */
#define PATIENCE   120 /* seconds for one input */

struct input {
	uint8_t *data; /* of just this size, so that a sanitizer sees who reads on */
	size_t len;
};

static struct input inputs[INPUTS_MAX], words[WORDS_MAX];
static size_t n_inputs, n_words;
static struct input running;
static char failed_name[256];

/* Targets that are slow define their own. */
const unsigned int fuzz_mutations __attribute__((weak)) = FUZZ_MUTATIONS;

__attribute__((weak)) int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

/* Called by the address sanitizer, and for the signals of a process that dies. */
void __asan_on_error(void);

void
__asan_on_error(void)
{
	int fd = open(failed_name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, running.data, running.len) < 0 || close(fd) != 0)
		return;
	if (write(STDERR_FILENO, failed_name, strlen(failed_name)) > 0)
		(void)!write(STDERR_FILENO, " has the input\n", 15);
}

static void
keep_input(int number)
{
	__asan_on_error();
	signal(number, SIG_DFL);
	raise(number);
}

static size_t
draw_below(uint64_t *state, size_t below)
{
	/* Knuth's MMIX generator: the same numbers everywhere. */
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (size_t)(*state >> 33) % below;
}

struct mutation {
	uint8_t data[INPUT_MAX];
	size_t len;
};

static void
insert_bytes(struct mutation *to, size_t at, const void *data, size_t len)
{
	if (len > sizeof(to->data) - to->len)
		return;
	memmove(to->data + at + len, to->data + at, to->len - at);
	memcpy(to->data + at, data, len);
	to->len += len;
}

static void
mutate(struct mutation *to, uint64_t *state)
{
	const struct input *word = n_words > 0 ? &words[draw_below(state, n_words)] : NULL;
	const struct input *other = &inputs[draw_below(state, n_inputs)];
	size_t at = draw_below(state, to->len + 1), len;

	switch (draw_below(state, 5)) {
	case 0:
		if (at < to->len)
			to->data[at] = (uint8_t)draw_below(state, 256);
		break;
	case 1:
		len = draw_below(state, to->len - at + 1) / 4;
		memmove(to->data + at, to->data + at + len, to->len - at - len);
		to->len -= len;
		break;
	case 2:
		len = draw_below(state, other->len + 1);
		insert_bytes(to, at, other->data + draw_below(state, other->len - len + 1), len);
		break;
	default:
		if (word != NULL)
			insert_bytes(to, at, word->data, word->len);
		break;
	}
}

static void
run_input(const uint8_t *data, size_t len)
{
	alarm(PATIENCE);
	running.data = malloc(len == 0 ? 1 : len);
	running.len = len;
	DEMAND(running.data != NULL);
	memcpy(running.data, data, len);
	LLVMFuzzerTestOneInput(running.data, len);
	free(running.data);
	running = (struct input){ NULL, 0 };
}

static void
run_mutations(const struct input *input, uint64_t *state)
{
	for (unsigned int n = 0; n < fuzz_mutations; n++) {
		struct mutation mutation = { .len = input->len };

		memcpy(mutation.data, input->data, input->len);
		for (size_t left = draw_below(state, CHANGES) + 1; left > 0; left--)
			mutate(&mutation, state);
		run_input(mutation.data, mutation.len);
	}
}

static void
keep_bytes(struct input *list, size_t *n, size_t max, const void *data, size_t len)
{
	uint8_t *copy = malloc(len == 0 ? 1 : len);

	DEMAND(copy != NULL && *n < max);
	memcpy(copy, data, len);
	list[(*n)++] = (struct input){ .data = copy, .len = len };
}

static void
load_input(const char *path)
{
	uint8_t data[INPUT_MAX + 1];

	FILE *file = fopen(path, "rb");
	DEMAND(file != NULL);
	size_t len = fread(data, 1, sizeof(data), file);
	DEMAND(!ferror(file) && len <= INPUT_MAX);
	fclose(file);
	keep_bytes(inputs, &n_inputs, INPUTS_MAX, data, len);
}

/* Sorts the inputs by name, so that every run is the same. */
static void
load_corpus(const char *directory)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, NULL, alphasort);

	DEMAND(n > 0);
	for (int i = 0; i < n; i++) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			load_input(path);
		free(entries[i]);
	}
	free(entries);
	DEMAND(n_inputs > 0);
}

/* A line of a dictionary is "WORD"; \xNN, \\ and \" stand for bytes. */
static void
load_word(const char *line)
{
	uint8_t word[WORD_MAX];
	size_t len = 0;

	DEMAND(*line == '"');
	for (const char *c = line + 1; *c != '"'; c++) {
		DEMAND(*c != '\0' && *c != '\n' && len < sizeof(word));
		if (c[0] == '\\' && c[1] == 'x') {
			word[len++] = (uint8_t)(hex_digit(c[2]) << 4 | hex_digit(c[3]));
			c += 3;
		} else {
			c += *c == '\\';
			word[len++] = (uint8_t)*c;
		}
	}
	keep_bytes(words, &n_words, WORDS_MAX, word, len);
}

static void
load_dictionary(const char *path)
{
	char line[4 * WORD_MAX];
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		DEMAND(errno == ENOENT);
		return;
	}
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '\n' && line[0] != '#')
			load_word(line);
	fclose(file);
}

static void
free_list(struct input *list, size_t n)
{
	while (n > 0)
		free(list[--n].data);
}

int
main(int argc, char **argv)
{
	char path[1024];
	uint64_t state = 1;

	setproctitle_init(argc, argv, environ); /* moves what the next two read */
	const char *name = strrchr(argv[0], '/') == NULL ? argv[0] : strrchr(argv[0], '/') + 1;
	const char *srcdir = getenv("srcdir"); /* make check sets it */
	snprintf(failed_name, sizeof(failed_name), "%s.failed", name);
	LLVMFuzzerInitialize(&argc, &argv);
	signal(SIGABRT, keep_input);
	signal(SIGALRM, keep_input);
	snprintf(path, sizeof(path), "%s/tests/fuzz/dict/%s", srcdir ? srcdir : ".", name);
	load_dictionary(path);
	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", name);
	if (argc > 1)
		load_input(argv[1]);
	else
		load_corpus(path);
	for (size_t i = 0; i < n_inputs; i++) {
		run_input(inputs[i].data, inputs[i].len);
		if (argc == 1)
			run_mutations(&inputs[i], &state);
	}
	/* As Check says it: one for each input with its mutations. */
	printf("100%%: Checks: %zu, Failures: 0, Errors: 0\n", n_inputs);
	free_list(words, n_words);
	free_list(inputs, n_inputs);
	return 0;
}
