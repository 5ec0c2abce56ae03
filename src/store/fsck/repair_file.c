/*
 * store_repair_file: one file of a damaged store: whether it is sound, and making it anew out of
 * what can be saved from it. Which files there are is left to store_repair.
 */
#include "store/fsck/repair_file.h"

#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

#define DIRECTORY  "damaged"
#define RECORD_MAX (STORE_VALUE_MAX + 256) /* a log's entry has a header */

int
store_repair_fail(struct repair_files *files, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(files->error, files->error_size, format, ap);
	va_end(ap);
	return -1;
}

/* Whether a file of this kind has records with this key, for the next one to have them, too. */
static bool
is_kept(char kind, const unsigned char *key, size_t key_len)
{
	if (kind == 't')
		return key[0] < STORE_LOG_STATE || key[0] == STORE_RECORD_BATCH;
	return (key[0] >= STORE_LOG_STATE && key[0] < STORE_RECORD_FORMAT) ||
	    key[0] == STORE_RECORD_BATCH ||
	    (key_len == STORE_FILE_KEY &&
	        (key[0] == STORE_RECORD_ENTRY || key[0] == STORE_RECORD_PAGE));
}

static void
note_record(struct repair_piece *piece, const unsigned char *key, size_t key_len, const void *value,
    size_t len)
{
	char kind;

	if (key_len == 1 && key[0] == STORE_RECORD_FORMAT &&
	    store_file_format(value, len, &piece->version, &kind, &piece->ended) == 0)
		piece->ours += kind == piece->kind;
	else if (is_kept(piece->kind, key, key_len))
		piece->ours++;
	if (key_len == STORE_FILE_KEY && key[0] == STORE_RECORD_ENTRY &&
	    pack_get_u64(key + 1) > piece->last_seq)
		piece->last_seq = pack_get_u64(key + 1);
}

static int
look_at(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	if (key_len > 0)
		note_record(arg, key, key_len, value, len);
	return 0;
}

/* The same of what lies in the file, whether TDB finds it or not. */
static int
look_for(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct repair_piece *piece = arg;
	unsigned char byte;
	size_t found;

	note_record(piece, key, key_len, value, len);
	if (piece->old != NULL &&
	    store_file_get(piece->old, key, key_len, &byte, 1, &found) != STORE_OK)
		piece->unreached = true;
	return 0;
}

/* Of a damaged hash table the chains may run in circles. */
static int
count_walked(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct repair_piece *piece = arg;

	(void)key;
	(void)key_len;
	(void)value;
	(void)len;
	return ++piece->walked > piece->salvage.records;
}

/* Whether TDB's check has only complained of space that was lost when a process was killed. */
static bool
only_leaks(struct repair_piece *piece)
{
	return piece->old != NULL && !piece->unreached && piece->salvage.lost == 0 &&
	    store_file_each(piece->old, count_walked, piece) == 0 &&
	    piece->walked <= piece->salvage.records;
}

static struct store_file *
open_piece(const struct repair_files *files, const struct repair_piece *piece)
{
	struct store_file_options opt = { .kind = piece->kind,
		.map = true,
		.sync = files->store->opt.sync };
	char path[PATH_MAX], error[PATH_MAX + 128];

	store_path(files->store, path, sizeof(path), piece->name);
	return store_file_open(path, &opt, error, sizeof(error));
}

static int
examine_bytes(struct repair_files *files, struct repair_piece *piece)
{
	char path[PATH_MAX];

	store_path(files->store, path, sizeof(path), piece->name);
	if (store_salvage_scan(path, look_for, piece, &piece->salvage) != 0)
		return store_repair_fail(files, "cannot read %s: %s", path, strerror(errno));
	if (piece->version > STORE_FILE_VERSION)
		return store_repair_fail(files,
		    "%s was made by a newer kabar (its format is %u, this program knows %u)", path,
		    piece->version, STORE_FILE_VERSION);
	if (piece->ours == 0 && piece->salvage.records + piece->salvage.strange > 0)
		return store_repair_fail(files, "%s is not a store of kabar: it is left as it is",
		    path);
	return 0;
}

int
store_repair_examine(struct repair_files *files, struct repair_piece *piece)
{
	char path[PATH_MAX];
	struct stat st;
	int result = 0;

	store_path(files->store, path, sizeof(path), piece->name);
	piece->condition = REPAIR_MISSING;
	if (stat(path, &st) != 0 && errno != ENOENT)
		return store_repair_fail(files, "cannot read %s: %s", path, strerror(errno));
	if (stat(path, &st) != 0)
		return 0;
	piece->condition = REPAIR_DAMAGED;
	piece->old = open_piece(files, piece);
	if (piece->old != NULL && store_file_check(piece->old) == 0 &&
	    store_file_each(piece->old, look_at, piece) == 0) {
		piece->condition = REPAIR_SOUND;
	} else {
		result = examine_bytes(files, piece);
		if (result == 0 && only_leaks(piece))
			piece->condition = REPAIR_SOUND;
	}
	store_file_close(piece->old);
	piece->old = NULL;
	return result;
}

/* Filling a new file with what the old one had. */
struct filling {
	struct store_file *old; /* what TDB finds in it is right; NULL: it opens nothing */
	struct store_file *new;
	char kind;
	bool heads_only; /* what a file of logs begins with */
	bool failed;
};

static int
put(struct filling *filling, const unsigned char *key, size_t key_len, const void *value,
    size_t len)
{
	if (store_file_put(filling->new, key, key_len, value, len) != 0)
		return -1;
	if (filling->kind == 'l' && key[0] >= STORE_LOG_STATE && key[0] < STORE_RECORD_FORMAT)
		return store_rotate_note(filling->new, key, key_len);
	return 0;
}

static int
fill(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct filling *filling = arg;
	const unsigned char *bytes = key;
	unsigned char now[RECORD_MAX];
	size_t now_len;

	if (key_len == 0 || len > RECORD_MAX || !is_kept(filling->kind, bytes, key_len))
		return 0;
	if (filling->heads_only &&
	    (bytes[0] == STORE_RECORD_ENTRY || bytes[0] == STORE_RECORD_BATCH))
		return 0;
	if (store_file_get(filling->new, key, key_len, now, 1, &now_len) == STORE_OK)
		return 0;
	if (filling->old != NULL &&
	    store_file_get(filling->old, key, key_len, now, sizeof(now), &now_len) == STORE_OK &&
	    now_len <= sizeof(now)) {
		value = now;
		len = now_len;
	}
	filling->failed = put(filling, bytes, key_len, value, len) != 0;
	return filling->failed;
}

static struct store_file *
make_file(struct repair_files *files, const struct repair_piece *piece, const char *path)
{
	struct store_file_options opt = { .kind = 't',
		.create = true,
		.map = true,
		.sync = files->store->opt.sync,
		.slots = files->store->opt.table_slots };
	struct store_file *file;

	unlink(path);
	if (piece->salvage.slots > opt.slots)
		opt.slots = piece->salvage.slots;
	if (piece->kind == 't')
		file = store_file_open(path, &opt, files->error, files->error_size);
	else
		file = store_files_make(files->store, path, files->error, files->error_size);
	return file;
}

/* The old file keeps its place until the new one takes it. */
static int
keep_old(struct repair_files *files, const struct repair_piece *piece, char kept[PATH_MAX])
{
	char path[PATH_MAX], stamp[32];
	const char *name = strrchr(piece->name, '/');
	time_t now = time(NULL);
	struct tm tm;
	int result = -1;

	store_path(files->store, path, sizeof(path), DIRECTORY);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	store_path(files->store, path, sizeof(path), piece->name);
	errno = EEXIST;
	for (int i = 0; result != 0 && errno == EEXIST; i++) {
		snprintf(kept, PATH_MAX, "%s/" DIRECTORY "/%s%s.%s-%d", files->store->state,
		    piece->kind == 'l' ? "log-" : "", name == NULL ? piece->name : name + 1, stamp,
		    i);
		result = link(path, kept);
	}
	return result == 0 ? chmod(kept, 0600) : -1;
}

static int
take_place(struct repair_files *files, const struct repair_piece *piece, const char *temporary)
{
	char path[PATH_MAX], directory[PATH_MAX];

	store_path(files->store, path, sizeof(path), piece->name);
	store_path(files->store, directory, sizeof(directory), piece->kind == 'l' ? "log" : ".");
	if (rename(temporary, path) != 0 || store_sync_directory(directory) != 0)
		return store_repair_fail(files, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

/* 0 when a file with what is in this one is on the disk under a temporary name. */
static int
write_file(struct repair_files *files, const struct repair_piece *from, const char *temporary,
    bool heads_only)
{
	struct filling filling = { .kind = from->kind, .heads_only = heads_only };
	struct store_salvage salvage;
	char path[PATH_MAX];
	int result = 0;

	filling.new = make_file(files, from, temporary);
	if (filling.new == NULL)
		return -1;
	if (from->condition != REPAIR_MISSING) {
		store_path(files->store, path, sizeof(path), from->name);
		filling.old = open_piece(files, from);
		result = store_salvage_scan(path, fill, &filling, &salvage);
	}
	if (result == 0 && !filling.failed && from->ended && !heads_only)
		result = store_file_end(filling.new);
	if (result != 0 || filling.failed || store_file_sync(filling.new) != 0)
		result =
		    store_repair_fail(files, "cannot write %s: %s", temporary, strerror(errno));
	store_file_close(filling.old);
	store_file_close(filling.new);
	return result;
}

/* Whether all before the first record can have been a hash table of tables, see store_compact. */
static bool
begins_late(const struct repair_files *files, const struct repair_piece *piece)
{
	uint32_t slots = files->store->opt.table_slots;

	if (piece->kind != 't' || piece->salvage.slots != 0)
		return false;
	while (slots < piece->salvage.guessed_slots && slots < UINT32_MAX / 2)
		slots *= 2;
	return slots != piece->salvage.guessed_slots;
}

static void
say_rebuilt(struct repair_files *files, const struct repair_piece *piece, const char *kept)
{
	if (piece->condition == REPAIR_MISSING) {
		store_repair_say(files->repair, false, "%s was missing and was made anew",
		    piece->name);
		store_repair_say(files->repair, true, "%s with all that was only there",
		    piece->name);
		return;
	}
	store_repair_say(files->repair, false,
	    "%s was made anew with %" PRIu64 " records; the damaged file is %s", piece->name,
	    piece->ours, kept);
	if (piece->salvage.records == 0)
		store_repair_say(files->repair, true, "%s: all that was in it", piece->name);
	else if (piece->salvage.cut)
		store_repair_say(files->repair, true, "%s: it was cut off, and what was behind",
		    piece->name);
	else if (begins_late(files, piece))
		store_repair_say(files->repair, true, "%s: what was at its beginning", piece->name);
	else if (piece->kind == 't' && piece->salvage.lost > 0)
		store_repair_say(files->repair, true,
		    "%s: what was in %" PRIu64 " of its bytes: sessions, or how far somebody has "
		    "read, if nothing is said below",
		    piece->name, piece->salvage.lost);
}

int
store_repair_rebuild(struct repair_files *files, struct repair_piece *piece)
{
	char temporary[PATH_MAX], kept[PATH_MAX] = "", damaged[PATH_MAX];

	store_path(files->store, temporary, sizeof(temporary),
	    piece->kind == 'l' ? "log/repair" : "tables.repair");
	if (write_file(files, piece, temporary, false) != 0)
		return -1;
	store_path(files->store, damaged, sizeof(damaged), DIRECTORY);
	if (piece->condition != REPAIR_MISSING &&
	    (keep_old(files, piece, kept) != 0 || store_sync_directory(damaged) != 0 ||
	        store_sync_directory(files->store->state) != 0))
		return store_repair_fail(files, "cannot keep %s in %s: %s", piece->name, damaged,
		    strerror(errno));
	if (take_place(files, piece, temporary) != 0)
		return -1;
	say_rebuilt(files, piece, kept);
	return 0;
}

int
store_repair_follow(struct repair_files *files, const struct repair_piece *from,
    struct repair_piece *next)
{
	char temporary[PATH_MAX];

	store_path(files->store, temporary, sizeof(temporary), "log/repair");
	if (write_file(files, from, temporary, true) != 0 ||
	    take_place(files, next, temporary) != 0)
		return -1;
	store_repair_say(files->repair, false,
	    "%s takes the place of the newest file of logs, which was missing", next->name);
	store_repair_say(files->repair, true, "the newest file of logs, with all that was in it");
	return 0;
}
