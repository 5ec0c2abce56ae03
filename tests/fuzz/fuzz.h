/*
 * fuzz: what every fuzz target has. A target is one file, tests/fuzz/NAME.c, with the function that
 * libFuzzer calls. Its inputs lie in tests/fuzz/corpus/NAME, the words that help to make others in
 * tests/fuzz/dict/NAME. `make fuzz` runs it with libFuzzer, `make check` with replay.c.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Called once, before the first input; the target may leave it out. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
#define FUZZ_INIT(function)                               \
	int LLVMFuzzerInitialize(int *argc, char ***argv) \
	{                                                 \
		(void)argc;                               \
		(void)argv;                               \
		return function();                        \
	}

/* Mutations that `make check` makes of each input; a slow target may define fewer. */
#define FUZZ_MUTATIONS 300
extern const unsigned int fuzz_mutations;

/* The target's promise. Where it does not hold, the engine keeps the input. */
#define DEMAND(condition)                                                                       \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#endif
