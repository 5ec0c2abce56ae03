/*
 * damage: what disks and people do to the files of a store. See damage.h.
 */
#include "damage.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE        4096
#define HEADER_SIZE 168 /* of a TDB file; the hash table follows */

static void
load_file(struct damage_file *file, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	snprintf(file->path, sizeof(file->path), "%s", path);
	file->size = (size_t)st.st_size;
	file->bytes = malloc(file->size + 1);
	ck_assert_ptr_nonnull(file->bytes);
	ck_assert_int_eq(read(fd, file->bytes, file->size), (ssize_t)file->size);
	close(fd);
}

static int
compare_paths(const void *a, const void *b)
{
	const struct damage_file *left = a, *right = b;

	return strcmp(left->path, right->path);
}

/* Copies the journal, the checkpoint and the mark, which belong to the files, or puts them back. */
static void
copy_journal(const struct damage_store *store, bool back)
{
	char command[1024];

	snprintf(command, sizeof(command),
	    "cd %s && { test -d .saved || mkdir .saved; } && cd %s && rm -rf journal checkpoint "
	    "boot"
	    " && for name in journal checkpoint boot; do test ! -e %s/$name || cp -a %s/$name .;"
	    " done",
	    store->dir, back ? "." : ".saved", back ? ".saved" : "..", back ? ".saved" : "..");
	ck_assert_int_eq(system(command), 0);
}

void
damage_save(struct damage_store *store, const char *dir)
{
	char path[256];
	struct dirent *found;

	snprintf(store->dir, sizeof(store->dir), "%s", dir);
	snprintf(path, sizeof(path), "%s/tables.tdb", dir);
	load_file(&store->files[0], path);
	store->n = 1;
	snprintf(path, sizeof(path), "%s/log", dir);
	DIR *logs = opendir(path);
	ck_assert_ptr_nonnull(logs);
	while ((found = readdir(logs)) != NULL) {
		if (found->d_name[0] == '.')
			continue;
		ck_assert_uint_lt(store->n, DAMAGE_FILES);
		snprintf(path, sizeof(path), "%s/log/%.64s", dir, found->d_name);
		load_file(&store->files[store->n++], path);
	}
	closedir(logs);
	copy_journal(store, false);
	qsort(store->files + 1, store->n - 1, sizeof(store->files[0]), compare_paths);
}

void
damage_free(struct damage_store *store)
{
	for (size_t i = 0; i < store->n; i++)
		free(store->files[i].bytes);
}

static void
write_bytes(const char *path, const unsigned char *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

static const struct damage_file *
find_file(const struct damage_store *store, const char *path)
{
	for (size_t i = 0; i < store->n; i++)
		if (strcmp(store->files[i].path, path) == 0)
			return &store->files[i];
	return NULL;
}

static void
remove_others(const struct damage_store *store)
{
	char path[256];
	struct dirent *found;

	snprintf(path, sizeof(path), "%s/log", store->dir);
	DIR *logs = opendir(path);
	ck_assert_ptr_nonnull(logs);
	while ((found = readdir(logs)) != NULL) {
		snprintf(path, sizeof(path), "%s/log/%.64s", store->dir, found->d_name);
		if (found->d_name[0] != '.' && find_file(store, path) == NULL)
			ck_assert_int_eq(unlink(path), 0);
	}
	closedir(logs);
}

static bool
is_same(const struct damage_file *file)
{
	struct damage_file now;
	bool same = false;

	if (access(file->path, F_OK) != 0)
		return false;
	load_file(&now, file->path);
	same = now.size == file->size && memcmp(now.bytes, file->bytes, now.size) == 0;
	free(now.bytes);
	return same;
}

void
damage_undo(const struct damage_store *store)
{
	for (size_t i = 0; i < store->n; i++)
		if (!is_same(&store->files[i]))
			write_bytes(store->files[i].path, store->files[i].bytes,
			    store->files[i].size);
	remove_others(store);
	copy_journal(store, true);
}

bool
damage_is_undone(const struct damage_store *store)
{
	bool same = true;

	for (size_t i = 0; i < store->n; i++)
		same &= is_same(&store->files[i]);
	return same;
}

/* xorshift: the same numbers everywhere. */
static unsigned int
draw_below(uint64_t *state, size_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (unsigned int)((*state >> 11) % below);
}

/* The beginning of a page in which there is something. */
static size_t
draw_page(const struct damage_file *file, uint64_t *state)
{
	static const unsigned char blank[PAGE];
	size_t pages = file->size / PAGE, page = draw_below(state, pages);

	while (memcmp(file->bytes + page * PAGE, blank, PAGE) == 0)
		page = (page + 1) % pages;
	return page * PAGE;
}

static void
change_bytes(const struct damage_file *file, struct damage *damage, uint64_t *state)
{
	unsigned char *bytes = malloc(file->size + 1);
	size_t page = draw_page(file, state), at, flips = 1 + draw_below(state, 8);

	ck_assert_ptr_nonnull(bytes);
	memcpy(bytes, file->bytes, file->size);
	damage->begin = page;
	damage->end = page + PAGE;
	switch (damage->kind) {
	case DAMAGE_FLIPS:
		for (size_t i = 0; i < flips; i++) {
			at = page + draw_below(state, PAGE);
			bytes[at] = (unsigned char)(bytes[at] ^ (1 + draw_below(state, 255)));
		}
		break;
	case DAMAGE_ZERO:
		memset(bytes + page, 0, PAGE);
		break;
	case DAMAGE_HEADER:
		damage->begin = page = 0;
		damage->end = HEADER_SIZE;
		/* FALLTHROUGH */
	case DAMAGE_NOISE:
		for (at = page; at < damage->end; at++)
			bytes[at] = (unsigned char)draw_below(state, 256);
		break;
	case DAMAGE_CHAINS:
		damage->begin = HEADER_SIZE;
		damage->end = HEADER_SIZE + 1024;
		memset(bytes + HEADER_SIZE, 0, 1024);
		break;
	default:
		ck_abort();
	}
	write_bytes(file->path, bytes, file->size);
	free(bytes);
}

void
damage_do(const struct damage_store *store, unsigned int seed, struct damage *damage)
{
	static const char *const words[] = { "flips", "zero", "noise", "header", "chains", "cut",
		"removed" };
	uint64_t state = 0x9e3779b97f4a7c15ULL * (seed + 1);
	const struct damage_file *file;

	damage->kind = (enum damage_kind)(seed % DAMAGE_KINDS);
	damage->file = draw_below(&state, 2) == 0 ? 0 : draw_below(&state, store->n);
	file = &store->files[damage->file];
	damage->begin = 0;
	damage->end = file->size;
	if (damage->kind == DAMAGE_CUT) {
		damage->begin = draw_below(&state, file->size);
		ck_assert_int_eq(truncate(file->path, (off_t)damage->begin), 0);
	} else if (damage->kind == DAMAGE_REMOVE) {
		ck_assert_int_eq(unlink(file->path), 0);
	} else {
		change_bytes(file, damage, &state);
	}
	snprintf(damage->text, sizeof(damage->text), "seed %u: %s of %s from %zu to %zu", seed,
	    words[damage->kind], file->path, damage->begin, damage->end);
}
