/*
 * store_format: the record of a file that says whose file it is, of which version and kind, and
 * whether a later file goes on from it.
 */
#ifndef KABAR_STORE_FORMAT_H
#define KABAR_STORE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/tdb/file.h"

#define STORE_FORMAT_VERSION 2U /* of the files that this program makes and reads */
/* Of tables whose store has a journal; they may be older than it. The same otherwise. */
#define STORE_FORMAT_JOURNALED 3U

/* Reads the record, where it was found in a file's bytes. 0, or -1 when it is not kabar's. */
int store_format_parse(const void *value, size_t len, uint32_t *version, char *kind, bool *ended);
/* 0 for a format of this kind that is read; else -1 and the reason, with the file's path. */
int store_format_check(const char *path, uint32_t version, char kind, char *error, size_t size);

/*
 * As store_file_open(), and writes the record of a file that is made, or checks that of any other.
 * NULL with errno set; ENOEXEC: not a file of this kind or version; error has a sentence.
 */
struct store_file *store_format_open(const char *path, const struct store_file_options *,
    char *error, size_t size);
/*
 * Marks in a file of logs that a later one goes on from here, in a transaction of its own. 0 or -1
 * with errno set.
 */
int store_format_end(struct store_file *);
/* The same in a file that is given up and may never have been the current one. */
void store_format_give_up(struct store_file *);
/* 1 when it was ended, 0 when not, -1. */
int store_format_ended(struct store_file *);
/*
 * Whether a file of tables says that its store has a journal; lets it say so, or not, in a
 * transaction of its own: 0, or -1 with errno set.
 */
bool store_format_is_journaled(struct store_file *);
int store_format_set_journaled(struct store_file *, bool);

#endif
