/*
 * fuzz_replay: for fuzz targets without an engine: runs the inputs of a corpus, and some mutations
 * of each, the same ones every time.
 */
#ifndef FUZZ_REPLAY_H
#define FUZZ_REPLAY_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* The target, by the name that engines know. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEMAND(condition)                                                                       \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/*
 * Runs tests/corpus/NAME and mutations, into which these words are put, which end with NULL. The
 * exit status: a target that fails does not return.
 */
int fuzz_replay(const char *name, const char *const words[]);

#endif
