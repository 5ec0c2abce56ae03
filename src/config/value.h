/* One setting's value between its text and its field, by the type that the table gives it. */
#ifndef KABAR_CONFIG_VALUE_H
#define KABAR_CONFIG_VALUE_H

#include <stddef.h>
#include <stdio.h>

#include "config/table.h"

/*
 * Reads `text` into the field of the struct at `base`; NULL only checks it.
 * Returns 0, or -1 with what is wrong in `error`.
 */
int config_value_parse(const struct config_tunable *tunable, const char *text, void *base,
    char *error, size_t size);

/* Prints the value alone, so that it reads back as the same. */
void config_value_print(const struct config_tunable *tunable, const void *base, FILE *out);

#endif
