/*
 * store_format: the record of a file that says whose file it is, of which version and kind, and
 * whether a later file goes on from it.
 */
#ifndef KABAR_STORE_FORMAT_H
#define KABAR_STORE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_FORMAT_SIZE    32 /* bytes that the record may have */
#define STORE_FORMAT_VERSION 2U /* of the files that this program makes and reads */
/* Of tables whose store has a journal; they may be older than it. The same otherwise. */
#define STORE_FORMAT_JOURNALED 3U

/* Writes the record; its length. */
size_t store_format_make(unsigned char value[STORE_FORMAT_SIZE], uint32_t version, char kind,
    bool ended);
/* Reads the record. 0, or -1 when it is not kabar's. */
int store_format_parse(const void *value, size_t len, uint32_t *version, char *kind, bool *ended);
/* 0 for a format of this kind that is read; else -1 and the reason, with the file's path. */
int store_format_check(const char *path, uint32_t version, char kind, char *error, size_t size);

#endif
