/*
 * dialog: one client's whole conversation in a dialect, as a fuzz target: the input is what the
 * client sends. The bytes 1, 2 and 3 stand for the tokens of the users of fuzz_realm. Every reply
 * has to be one JSON object, and a check may find nothing wrong with the realm.
 */
#ifndef FUZZ_DIALOG_H
#define FUZZ_DIALOG_H

#include "fuzz.h"
#include "realm.h"

/* The replies as a string, to be freed, which were not checked. */
char *fuzz_dialog_talk(const char *dialect, const char *address, const uint8_t *data, size_t size,
    size_t *len);
/* A client of the listener of this dialect that comes from this address. Returns 0. */
int fuzz_dialog(const char *dialect, const char *address, const uint8_t *data, size_t size);

/* All of a target that is such a conversation. */
#define FUZZ_DIALOG(dialect, address)                                \
	FUZZ_INIT(fuzz_realm_init)                                   \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
	{                                                            \
		return fuzz_dialog(dialect, address, data, size);    \
	}

#endif
