/*
 * store_fsck file: a file is sound if store_file_check says so, or complains only of space that was
 * lost. A new file takes the place of a damaged one when all that can be saved is in it.
 */
#include "store/fsck/file.h"

#include <sys/stat.h>

#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/sync_directory.h"

#define DIRECTORY "damaged"

int
store_fsck_fail(struct fsck_files *files, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(files->error, files->error_size, format, ap);
	va_end(ap);
	return -1;
}

/* Whether a file of this kind has records with this key, which the new file gets, too. */
static bool
is_kept(char kind, const unsigned char *key, size_t key_len)
{
	if (kind == 't')
		return key[0] < STORE_LOG_STATE || key[0] == STORE_RECORD_BATCH;
	return (key[0] >= STORE_LOG_STATE && key[0] < STORE_RECORD_FORMAT) ||
	    key[0] == STORE_RECORD_BATCH ||
	    (key_len == STORE_RECORD_KEY &&
	        (key[0] == STORE_RECORD_ENTRY || key[0] == STORE_RECORD_PAGE));
}

static void
note_record(struct fsck_piece *piece, const unsigned char *key, size_t key_len, const void *value,
    size_t len)
{
	struct store_entry_record record;
	char kind;

	if (key_len == 1 && key[0] == STORE_RECORD_FORMAT &&
	    store_format_parse(value, len, &piece->version, &kind, &piece->ended) == 0)
		piece->ours += kind == piece->kind;
	else if (is_kept(piece->kind, key, key_len))
		piece->ours++;
	if (key_len != STORE_RECORD_KEY || key[0] != STORE_RECORD_ENTRY)
		return;
	piece->entries += store_record_parse(&record, value, len) == 0 ? record.n : 1;
	if (pack_get_u64(key + 1) > piece->last_seq)
		piece->last_seq = pack_get_u64(key + 1);
}

static void
check_table_record(struct fsck_piece *piece, const unsigned char *key, size_t key_len, size_t len)
{
	if (key_len > 1 + STORE_KEY_MAX || len > STORE_VALUE_MAX)
		store_fsck_say(piece->fsck, STORE_FOUND_WARNING, 0,
		    "%s: a record of table %d is bigger than it may be", piece->name, key[0]);
	if (key[0] == STORE_COUNTERS && len != 8)
		store_fsck_say(piece->fsck, STORE_FOUND_LOST, 0, "%s: a counter is no number",
		    piece->name);
}

/* Tells a record that such a file cannot have, or that lies in the wrong one. */
static void
check_record(struct fsck_piece *piece, const unsigned char *key, size_t key_len, size_t len)
{
	uint64_t seq = key_len == STORE_RECORD_KEY ? pack_get_u64(key + 1) : 0;

	if (key_len == 0) {
		store_fsck_say(piece->fsck, STORE_FOUND_WARNING, 0, "%s: a record has no key",
		    piece->name);
		return;
	}
	switch (key[0]) {
	case STORE_RECORD_ENTRY:
		/* An entry that was carried forward lies behind its own file. */
		if (key_len == STORE_RECORD_KEY && (seq == 0 || seq >= piece->end_seq))
			store_fsck_say(piece->fsck, STORE_FOUND_WARNING, 0,
			    "%s: the entry with seq %" PRIu64 " does not belong there", piece->name,
			    seq);
		/* FALLTHROUGH */
	case STORE_RECORD_PAGE:
	case STORE_RECORD_STATE:
		if (key_len == STORE_RECORD_KEY)
			return;
		break;
	case STORE_RECORD_STATE_INDEX:
		return;
	case STORE_RECORD_FORMAT:
	case STORE_RECORD_BATCH:
		if (key_len == 1)
			return;
		break;
	default:
		if (key[0] >= STORE_RECORD_FORMAT)
			break;
		check_table_record(piece, key, key_len, len);
		return;
	}
	store_fsck_say(piece->fsck, STORE_FOUND_WARNING, 0,
	    "%s: there is a record of an unknown kind", piece->name);
}

static int
note_found(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	check_record(arg, key, key_len, len);
	if (key_len > 0)
		note_record(arg, key, key_len, value, len);
	return 0;
}

/* Notes a record that lies in the file, whether store_file finds it or not. */
static int
note_lying(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct fsck_piece *piece = arg;
	unsigned char byte;
	size_t found;

	note_record(piece, key, key_len, value, len);
	if (piece->old != NULL &&
	    store_file_get(piece->old, key, key_len, &byte, 1, &found) != STORE_OK)
		piece->unreached = true;
	return 0;
}

/* Stops at a record too many. */
static int
count_down(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	int64_t *left = arg;

	(void)key;
	(void)key_len;
	(void)value;
	(void)len;
	return --*left < 0;
}

bool
store_fsck_is_walkable(struct store_file *file, const struct store_salvage *salvage)
{
	int64_t left = (int64_t)salvage->records;

	return file != NULL && store_file_each(file, count_down, &left) == 0 && left >= 0;
}

static struct store_file *
open_piece(const struct fsck_files *files, const struct fsck_piece *piece)
{
	struct store_file_options opt = { .kind = piece->kind, .map = true };
	char path[PATH_MAX], error[PATH_MAX + 128];

	store_path(files->store, path, sizeof(path), piece->name);
	return store_format_open(path, &opt, error, sizeof(error));
}

static int
examine_bytes(struct fsck_files *files, struct fsck_piece *piece)
{
	char path[PATH_MAX], error[PATH_MAX + 128];

	store_path(files->store, path, sizeof(path), piece->name);
	if (store_salvage_scan(path, note_lying, piece, &piece->salvage) != 0)
		return store_fsck_fail(files, "cannot read %s: %s", path, strerror(errno));
	if (piece->version != 0 &&
	    store_format_check(path, piece->version, piece->kind, error, sizeof(error)) != 0)
		return store_fsck_fail(files, "%s", error);
	if (piece->ours == 0 && piece->salvage.records + piece->salvage.strange > 0)
		return store_fsck_fail(files, "%s is not a store of kabar: it is left as it is",
		    path);
	return 0;
}

/* A file whose check only complains of space that was lost when a process was killed is sound. */
static int
examine_open(struct fsck_files *files, struct fsck_piece *piece)
{
	int result;

	piece->condition = FSCK_DAMAGED;
	piece->readable = piece->old != NULL && store_file_check(piece->old) == 0 &&
	    store_file_each(piece->old, note_found, piece) == 0;
	if (piece->readable) {
		piece->condition = FSCK_SOUND;
		return 0;
	}
	piece->ours = piece->entries = 0;
	result = examine_bytes(files, piece);
	piece->readable = result == 0 && store_fsck_is_walkable(piece->old, &piece->salvage);
	if (piece->readable && !piece->unreached && piece->salvage.lost == 0)
		piece->condition = FSCK_SOUND;
	if (piece->readable)
		store_fsck_say(files->fsck, STORE_FOUND_WARNING, 0, "%s: %s", piece->name,
		    piece->unreached
		        ? "a process that was killed left records in it, or they are lost"
		        : "space in it is lost, but every record can be read");
	return result;
}

/* The handle that an open store has of a piece. NULL: it was dropped meanwhile, or is damaged. */
static struct store_file *
find_handle(const struct fsck_files *files, const struct fsck_piece *piece)
{
	struct store *store = files->store;

	if (piece->kind == 't')
		return store->tables;
	for (size_t i = 0; i < store->n_logs; i++)
		if (store->logs[i].first_seq == piece->first_seq)
			return store_files_at(store, i);
	return NULL;
}

int
store_fsck_examine(struct fsck_files *files, struct fsck_piece *piece)
{
	char path[PATH_MAX];
	struct stat st;
	int result;

	store_path(files->store, path, sizeof(path), piece->name);
	piece->fsck = files->fsck;
	piece->condition = FSCK_MISSING;
	if (!files->store->opt.memory && stat(path, &st) != 0)
		return errno == ENOENT
		    ? 0
		    : store_fsck_fail(files, "cannot read %s: %s", path, strerror(errno));
	piece->old = files->opened ? find_handle(files, piece) : open_piece(files, piece);
	if (piece->old != NULL && store_file_lock(piece->old) != 0)
		return store_fsck_fail(files, "cannot lock %s: %s", path, strerror(errno));
	result = examine_open(files, piece);
	if (piece->old != NULL)
		store_file_unlock(piece->old);
	store_salvage_end(&piece->salvage);
	if (!files->opened)
		store_file_close(piece->old);
	piece->old = NULL;
	files->fsck->entries += piece->entries;
	return result;
}

/* A new file that gets the records of the old one. */
struct filling {
	struct store_file *old; /* has the right records; NULL: it cannot be opened */
	struct store_file *new;
	char kind;
	bool heads_only; /* as a file of logs begins */
	bool failed;
};

static int
put_record(struct filling *filling, const unsigned char *key, size_t key_len, const void *value,
    size_t len)
{
	if (store_file_put(filling->new, key, key_len, value, len) != 0)
		return -1;
	if (filling->kind == 'l' && key[0] >= STORE_LOG_STATE && key[0] < STORE_RECORD_FORMAT)
		return store_rotate_note(filling->new, key, key_len);
	return 0;
}

static int
fill_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct filling *filling = arg;
	const unsigned char *bytes = key;
	unsigned char now[STORE_RECORD_MAX];
	size_t now_len;

	if (key_len == 0 || len > STORE_RECORD_MAX || !is_kept(filling->kind, bytes, key_len))
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
	filling->failed = put_record(filling, bytes, key_len, value, len) != 0;
	return filling->failed;
}

static struct store_file *
make_file(struct fsck_files *files, const struct fsck_piece *piece, const char *path)
{
	struct store_file_options opt = { .kind = 't',
		.create = true,
		.map = true,
		.slots = files->store->opt.table_slots };
	struct store_file *file;

	unlink(path);
	if (piece->salvage.slots > opt.slots)
		opt.slots = piece->salvage.slots;
	if (piece->kind == 't')
		file = store_format_open(path, &opt, files->error, files->error_size);
	else
		file = store_files_make(files->store, path, files->error, files->error_size);
	return file;
}

/* The old file keeps its place until the new one takes it. */
static int
keep_old(struct fsck_files *files, const struct fsck_piece *piece, char kept[PATH_MAX])
{
	char path[PATH_MAX], stamp[CLOCK_TEXT_SIZE];
	const char *name = strrchr(piece->name, '/');
	int result = -1;

	store_path(files->store, path, sizeof(path), DIRECTORY);
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return -1;
	clock_stamp(stamp);
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
take_place(struct fsck_files *files, const struct fsck_piece *piece, const char *temporary)
{
	char path[PATH_MAX], directory[PATH_MAX];

	store_path(files->store, path, sizeof(path), piece->name);
	store_path(files->store, directory, sizeof(directory), piece->kind == 'l' ? "log" : ".");
	if (rename(temporary, path) != 0 || sync_directory(directory) != 0)
		return store_fsck_fail(files, "cannot write %s: %s", path, strerror(errno));
	return 0;
}

/* Writes the records of a file to a new one, durably under a temporary name. 0 or -1. */
static int
write_file(struct fsck_files *files, const struct fsck_piece *from, const char *temporary,
    bool heads_only)
{
	struct filling filling = { .kind = from->kind, .heads_only = heads_only };
	struct store_salvage salvage;
	char path[PATH_MAX];
	int result = 0;

	filling.new = make_file(files, from, temporary);
	if (filling.new == NULL)
		return -1;
	if (from->condition != FSCK_MISSING) {
		store_path(files->store, path, sizeof(path), from->name);
		filling.old = open_piece(files, from);
		result = store_salvage_scan(path, fill_record, &filling, &salvage);
		store_salvage_end(&salvage);
	}
	if (result == 0 && !filling.failed && from->ended && !heads_only)
		result = store_format_end(filling.new);
	if (result != 0 || filling.failed || store_file_sync(filling.new) != 0)
		result = store_fsck_fail(files, "cannot write %s: %s", temporary, strerror(errno));
	store_file_close(filling.old);
	store_file_close(filling.new);
	return result;
}

void
store_fsck_tell_piece(struct fsck_files *files, const struct fsck_piece *piece)
{
	enum store_finding_class lost = piece->readable ? STORE_FOUND_WARNING : STORE_FOUND_LOST;

	if (piece->condition == FSCK_MISSING) {
		store_fsck_say(files->fsck, STORE_FOUND_DAMAGED, 0, "%s is missing", piece->name);
		store_fsck_say(files->fsck, STORE_FOUND_LOST, 0, "%s with all that was only there",
		    piece->name);
		return;
	}
	if (!piece->readable)
		store_fsck_say(files->fsck, STORE_FOUND_DAMAGED, 0,
		    "%s: not all of its records can be read", piece->name);
	if (piece->salvage.records == 0)
		store_fsck_say(files->fsck, lost, 0, "%s: all that was in it", piece->name);
	else if (piece->salvage.cut)
		store_fsck_say(files->fsck, lost, 0, "%s: it was cut off, and what was behind",
		    piece->name);
	else if (piece->kind == 't' &&
	    store_salvage_begins_late(&piece->salvage, files->store->opt.table_slots))
		store_fsck_say(files->fsck, lost, 0, "%s: what was at its beginning", piece->name);
	else if (piece->kind == 't' && piece->salvage.lost > 0)
		store_fsck_say(files->fsck, lost, 0,
		    "%s: what was in %" PRIu64 " of its bytes: sessions, or how far somebody has "
		    "read, if nothing is said below",
		    piece->name, piece->salvage.lost);
}

int
store_fsck_rebuild(struct fsck_files *files, struct fsck_piece *piece)
{
	char temporary[PATH_MAX], kept[PATH_MAX] = "", damaged[PATH_MAX];

	store_path(files->store, temporary, sizeof(temporary),
	    piece->kind == 'l' ? "log/repair" : "tables.repair");
	if (write_file(files, piece, temporary, false) != 0)
		return -1;
	store_path(files->store, damaged, sizeof(damaged), DIRECTORY);
	if (piece->condition != FSCK_MISSING &&
	    (keep_old(files, piece, kept) != 0 || sync_directory(damaged) != 0 ||
	        sync_directory(files->store->state) != 0))
		return store_fsck_fail(files, "cannot keep %s in %s: %s", piece->name, damaged,
		    strerror(errno));
	if (take_place(files, piece, temporary) != 0)
		return -1;
	if (piece->condition == FSCK_MISSING)
		store_fsck_say(files->fsck, STORE_FOUND_DAMAGED, 0, "%s was made anew",
		    piece->name);
	else
		store_fsck_say(files->fsck, STORE_FOUND_DAMAGED, 0,
		    "%s was made anew with %" PRIu64 " records; the damaged file is %s",
		    piece->name, piece->ours, kept);
	return 0;
}

int
store_fsck_follow(struct fsck_files *files, const struct fsck_piece *from, struct fsck_piece *next)
{
	char temporary[PATH_MAX];

	store_path(files->store, temporary, sizeof(temporary), "log/repair");
	if (write_file(files, from, temporary, true) != 0 ||
	    take_place(files, next, temporary) != 0)
		return -1;
	store_fsck_say(files->fsck, STORE_FOUND_DAMAGED, 0,
	    "%s takes the place of the newest file of logs, which was missing", next->name);
	return 0;
}
