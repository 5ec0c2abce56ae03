/*
 * damage: what disks and people do to the files of a store, the same for the same number.
 * Everything here fails the running test by itself.
 */
#ifndef DAMAGE_H
#define DAMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DAMAGE_FILES 64

struct damage_file {
	char path[256];
	unsigned char *bytes; /* as it was when it was sound */
	size_t size;
};

/* The files of a store in a directory, as they are now; to be freed. */
struct damage_store {
	char dir[128];
	struct damage_file files[DAMAGE_FILES]; /* the tables first */
	size_t n;
};

void damage_save(struct damage_store *, const char *dir);
void damage_free(struct damage_store *);
/* Writes all files back as they were, and removes all others. */
void damage_undo(const struct damage_store *);
/* Tells whether all files still are as they were. */
bool damage_is_undone(const struct damage_store *);

enum damage_kind {
	DAMAGE_FLIPS, /* a few bytes */
	DAMAGE_ZERO,  /* a page */
	DAMAGE_NOISE, /* a page of garbage */
	DAMAGE_HEADER,
	DAMAGE_CHAINS, /* of the hash table */
	DAMAGE_CUT,
	DAMAGE_REMOVE,
	DAMAGE_KINDS
};

/* The damage that was done: the bytes from begin to end may be gone, all others are as before. */
struct damage {
	enum damage_kind kind;
	size_t file;
	size_t begin;
	size_t end;
	char text[320];
};

void damage_do(const struct damage_store *, unsigned int seed, struct damage *);

#endif
