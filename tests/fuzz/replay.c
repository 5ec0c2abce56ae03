/*
 * fuzz_replay: runs the inputs of a corpus, and some mutations of each. See fuzz_replay.h.
 */
#include "fuzz_replay.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define INPUT_MAX  1024
#define INPUTS_MAX 64
#define MUTATIONS  2000 /* of each input */
#define CHANGES    6    /* of a mutation, at most */

struct input {
	uint8_t data[INPUT_MAX];
	size_t len;
};

static struct input inputs[INPUTS_MAX];
static size_t n_inputs;
static const char *const *words;
static size_t n_words;

static uint32_t
draw_below(uint64_t *state, size_t below)
{
	/* Knuth's MMIX generator: the same numbers everywhere. */
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((*state >> 33) % below);
}

static void
insert_bytes(struct input *input, size_t at, const void *data, size_t len)
{
	if (len > sizeof(input->data) - input->len)
		return;
	memmove(input->data + at + len, input->data + at, input->len - at);
	memcpy(input->data + at, data, len);
	input->len += len;
}

static void
mutate_input(struct input *input, uint64_t *state)
{
	const char *word = words[draw_below(state, n_words)];
	const struct input *other = &inputs[draw_below(state, n_inputs)];
	size_t at = draw_below(state, input->len + 1), len;

	switch (draw_below(state, 5)) {
	case 0:
		if (at < input->len)
			input->data[at] = (uint8_t)draw_below(state, 256);
		break;
	case 1:
		len = draw_below(state, input->len - at + 1) / 4;
		memmove(input->data + at, input->data + at + len, input->len - at - len);
		input->len -= len;
		break;
	case 2:
		len = draw_below(state, other->len + 1);
		insert_bytes(input, at, other->data + draw_below(state, other->len - len + 1), len);
		break;
	default:
		insert_bytes(input, at, word, strlen(word));
		break;
	}
}

/* In memory of just its size, so that a sanitizer sees who reads on. */
static void
run_input(const struct input *input)
{
	uint8_t *copy = malloc(input->len == 0 ? 1 : input->len);

	DEMAND(copy != NULL);
	memcpy(copy, input->data, input->len);
	LLVMFuzzerTestOneInput(copy, input->len);
	free(copy);
}

static void
load_input(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	DEMAND(file != NULL && n_inputs < INPUTS_MAX);
	struct input *input = &inputs[n_inputs++];
	input->len = fread(input->data, 1, sizeof(input->data), file);
	DEMAND(!ferror(file));
	fclose(file);
}

/* Sorts the inputs by name, so that every run is the same. */
static void
load_all(const char *directory)
{
	struct dirent **entries;
	int n = scandir(directory, &entries, NULL, alphasort);

	DEMAND(n > 0);
	for (int i = 0; i < n; i++) {
		if (entries[i]->d_name[0] != '.')
			load_input(directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

int
fuzz_replay(const char *name, const char *const given[])
{
	const char *srcdir = getenv("srcdir"); /* make check sets it */
	char directory[1024];
	uint64_t state = 1;

	words = given;
	while (words[n_words] != NULL)
		n_words++;
	snprintf(directory, sizeof(directory), "%s/tests/corpus/%s", srcdir ? srcdir : ".", name);
	load_all(directory);
	DEMAND(n_inputs > 0);
	for (size_t i = 0; i < n_inputs; i++) {
		run_input(&inputs[i]);
		for (int n = 0; n < MUTATIONS; n++) {
			struct input mutation = inputs[i];

			for (uint32_t left = draw_below(&state, CHANGES) + 1; left > 0; left--)
				mutate_input(&mutation, &state);
			run_input(&mutation);
		}
	}
	/* As Check says it: one for each input with its mutations. */
	printf("100%%: Checks: %zu, Failures: 0, Errors: 0\n", n_inputs);
	return 0;
}
