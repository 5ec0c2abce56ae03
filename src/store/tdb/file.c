/* store_file: one file of records, kept by TDB. The bytes of its files are left to store_layout. */
#include "store/tdb/file.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tdb.h>
#include <unistd.h>

#include "base/log.h"
#include "store/cache.h"
#include "store/tdb/layout.h"
#include "store/tdb/read_only.h"

#define CACHE_RINGS 1024 /* 2.8 MB when all is used */
#define FILE_MODE   0640 /* a worker's user reads the files by its group */

struct store_file {
	struct tdb_context *tdb;
	struct store_read_only reader; /* used when read_only */
	bool read_only;
	bool memory;
	bool mapped;
	struct store_cache cache; /* of records as the present transaction leaves them */
	bool troubled; /* TDB logged a grave error, which its results do not always show */
};

static TDB_DATA
datum(const void *data, size_t len)
{
	return (TDB_DATA){ .dptr = (unsigned char *)(uintptr_t)data, .dsize = len };
}

static unsigned int
hash_key(TDB_DATA *key)
{
	return store_key_hash(key->dptr, key->dsize);
}

static void __attribute__((format(printf, 3, 4)))
file_log(struct tdb_context *tdb, enum tdb_debug_level level, const char *format, ...)
{
	struct store_file *file = tdb_get_logging_private(tdb);
	char text[256];
	va_list ap;

	/* A file that is to be brought back is no trouble to a reader. */
	if (file->read_only && store_layout_is_torn(tdb_fd(tdb)))
		level = TDB_DEBUG_TRACE;
	if (level == TDB_DEBUG_FATAL)
		file->troubled = true;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text[strcspn(text, "\n")] = '\0';
	if (level == TDB_DEBUG_FATAL)
		log_warnx("store: %s", text);
	else
		log_debug("store: %s", text);
}

/* TDB sets errno only for errors of the system. -1. */
static int
set_errno(struct store_file *file)
{
	if (errno == 0)
		errno = tdb_error(file->tdb) == TDB_ERR_OOM ? ENOMEM : EIO;
	return -1;
}

static struct tdb_context *
open_tdb(struct store_file *file, const char *path, const struct store_file_options *opt)
{
	struct tdb_logging_context logging = { .log_fn = file_log, .log_private = file };
	int flags = TDB_DISALLOW_NESTING | TDB_NOSYNC;
	int mode = O_CLOEXEC | (file->read_only ? O_RDONLY : O_RDWR) |
	    (opt->create ? O_CREAT | O_EXCL : 0);

	if (opt->kind == 't')
		flags |= TDB_SEQNUM;
	if (opt->memory)
		flags |= TDB_INTERNAL;
	else if (!opt->map)
		flags |= TDB_NOMMAP; /* mapped pages are most of the memory of an idle worker */
	errno = 0;
	return tdb_open_ex(path, (int)opt->slots, flags, mode | O_NOFOLLOW, FILE_MODE, &logging,
	    hash_key);
}

/*
 * Opens a file while nobody commits to it. One that took the file's name meanwhile may be committed
 * to at once: it is opened as the first one was.
 */
static struct tdb_context *
open_reader(struct store_file *file, const char *path, const struct store_file_options *opt)
{
	struct stat guarded, now;
	struct tdb_context *tdb;
	bool replaced;

	do {
		int guard = store_read_only_guard(&file->reader, path);

		if (guard < 0)
			return NULL;
		tdb = open_tdb(file, path, opt);
		int cause = errno;
		replaced = tdb == NULL && fstat(guard, &guarded) == 0 && stat(path, &now) == 0 &&
		    guarded.st_ino != now.st_ino;
		close(guard);
		errno = cause;
	} while (replaced);
	return tdb;
}

static struct tdb_context *
open_writer(struct store_file *file, const char *path, const struct store_file_options *opt)
{
	struct tdb_context *tdb = open_tdb(file, path, opt);
	struct stat st;

	if (tdb == NULL && !opt->create && store_layout_lengthen(path))
		tdb = open_tdb(file, path, opt);
	/* The mode is what it is made with, whatever the process masks. */
	if (tdb != NULL && !opt->memory && fstat(tdb_fd(tdb), &st) == 0 &&
	    (st.st_mode & 07777) == (FILE_MODE & 0600))
		(void)fchmod(tdb_fd(tdb), FILE_MODE);
	return tdb;
}

/* TDB sets no errno for most files that it did not make or cannot read. */
static void
explain_open(const char *path, char *error, size_t size)
{
	int cause = errno == 0 || errno == EIO || errno == EINVAL ? ENOEXEC : errno;

	if (cause == ENOEXEC)
		snprintf(error, size, "%s is not a store of kabar, or cannot be read", path);
	else
		snprintf(error, size, "cannot open %s: %s", path, strerror(cause));
	errno = cause;
}

struct store_file *
store_file_open(const char *path, const struct store_file_options *opt, char *error, size_t size)
{
	struct store_file *file = calloc(1, sizeof(*file));

	if (file == NULL) {
		explain_open(path, error, size);
		return NULL;
	}
	file->memory = opt->memory;
	file->mapped = opt->map && !opt->memory;
	file->read_only = opt->read_only && !opt->memory && !opt->create;
	file->cache.n = opt->cache && !opt->memory ? CACHE_RINGS : 0;
	file->reader = (struct store_read_only){ .recover = opt->recover, .arg = opt->recover_arg };
	file->tdb = file->read_only ? open_reader(file, path, opt) : open_writer(file, path, opt);
	file->reader.tdb = file->tdb;
	if (file->tdb == NULL) {
		free(file); /* errno stays */
		explain_open(path, error, size);
		return NULL;
	}
	return file;
}

void
store_file_close(struct store_file *file)
{
	if (file == NULL)
		return;
	tdb_close(file->tdb);
	store_cache_clear(&file->cache);
	free(file);
}

struct wanted {
	void *value;
	size_t size;
	size_t len;
};

static int
copy_wanted(TDB_DATA key, TDB_DATA data, void *arg)
{
	struct wanted *wanted = arg;

	(void)key;
	wanted->len = data.dsize;
	if (data.dsize > 0)
		memcpy(wanted->value, data.dptr,
		    data.dsize < wanted->size ? data.dsize : wanted->size);
	return 0;
}

enum store_status
store_file_get(struct store_file *file, const void *key, size_t key_len, void *value, size_t size,
    size_t *len)
{
	struct wanted wanted = { .value = value, .size = size };
	enum store_status status = STORE_OK;

	if (store_cache_find(&file->cache, key, key_len, &status, value, size, len))
		return status;
	if (file->read_only)
		status = store_read_only_parse(&file->reader, datum(key, key_len),
		    store_key_hash(key, key_len), copy_wanted, &wanted);
	else if (tdb_parse_record(file->tdb, datum(key, key_len), copy_wanted, &wanted) != 0)
		status = tdb_error(file->tdb) == TDB_ERR_NOEXIST ? STORE_ABSENT : STORE_FAILED;
	if (status == STORE_FAILED)
		log_warnx("store: cannot read a record: %s", tdb_errorstr(file->tdb));
	*len = wanted.len;
	store_cache_add(&file->cache, key, key_len, status, value, size, *len);
	return status;
}

static int
store_with(struct store_file *file, const void *key, size_t key_len, const void *value, size_t len,
    int flag)
{
	errno = 0;
	if (tdb_store(file->tdb, datum(key, key_len), datum(value, len), flag) != 0)
		return set_errno(file);
	store_cache_change(&file->cache, key, key_len, len == 0 ? "" : value, len);
	return 0;
}

int
store_file_put(struct store_file *file, const void *key, size_t key_len, const void *value,
    size_t len)
{
	return store_with(file, key, key_len, value, len, TDB_REPLACE);
}

int
store_file_insert(struct store_file *file, const void *key, size_t key_len, const void *value,
    size_t len)
{
	return store_with(file, key, key_len, value, len, TDB_INSERT);
}

int
store_file_delete(struct store_file *file, const void *key, size_t key_len)
{
	errno = 0;
	if (tdb_delete(file->tdb, datum(key, key_len)) != 0 &&
	    tdb_error(file->tdb) != TDB_ERR_NOEXIST)
		return set_errno(file);
	store_cache_change(&file->cache, key, key_len, NULL, 0);
	return 0;
}

/*
 * After a commit that made a file longer, TDB remembers the old length though it has mapped the
 * new one. The next time it unmaps too little: the added pages stay mapped for ever, and a removed
 * file stays on the disk. So nothing is mapped anew within a transaction: TDB writes the added part
 * piece by piece, and maps it when the next transaction begins.
 */
static void
keep_mapping(struct store_file *file, bool keep)
{
	if (!file->mapped)
		return;
	if (keep)
		tdb_add_flags(file->tdb, TDB_NOMMAP);
	else
		tdb_remove_flags(file->tdb, TDB_NOMMAP);
}

int
store_file_begin(struct store_file *file)
{
	errno = 0;
	if (!file->memory && tdb_transaction_start(file->tdb) != 0)
		return set_errno(file);
	keep_mapping(file, true);
	return 0;
}

int
store_file_reserve(struct store_file *file, size_t bytes)
{
	static const unsigned char key[] = { STORE_RECORD_FORMAT, 'r' }; /* of nothing else */
	void *room = calloc(1, bytes);
	int result = room == NULL ? -1 : store_file_begin(file);

	if (result == 0) {
		result = store_file_put(file, key, sizeof(key), room, bytes);
		if (result == 0)
			result = store_file_delete(file, key, sizeof(key));
		if (result == 0)
			result = store_file_commit(file);
		else
			store_file_cancel(file);
	}
	free(room);
	return result;
}

/* TDB makes a file longer by posix_fallocate(), which does not set errno. */
static int
set_errno_of_write(struct store_file *file)
{
	if (errno == 0 && tdb_error(file->tdb) == TDB_ERR_IO)
		errno = ENOSPC;
	return set_errno(file);
}

int
store_file_prepare(struct store_file *file)
{
	if (file->memory)
		return 0;
	errno = 0;
	file->troubled = false;
	return tdb_transaction_prepare_commit(file->tdb) == 0 && !file->troubled
	    ? 0
	    : set_errno_of_write(file);
}

int
store_file_commit(struct store_file *file)
{
	if (file->memory)
		return 0;
	errno = 0;
	file->troubled = false;
	bool committed = tdb_transaction_commit(file->tdb) == 0 && !file->troubled;
	store_cache_end(&file->cache, committed);
	keep_mapping(file, false);
	return committed ? 0 : set_errno_of_write(file);
}

/* TDB keeps a transaction whose commit failed late, and with it all of its locks. */
bool
store_file_is_open(struct store_file *file)
{
	if (file->memory)
		return true;
	if (tdb_transaction_start(file->tdb) != 0)
		return tdb_error(file->tdb) != TDB_ERR_NESTING;
	tdb_transaction_cancel(file->tdb);
	return true;
}

void
store_file_cancel(struct store_file *file)
{
	if (!file->memory)
		tdb_transaction_cancel(file->tdb);
	store_cache_end(&file->cache, false);
	keep_mapping(file, false);
}

struct walk {
	store_visit *visit;
	void *arg;
};

static int
walk_one(struct tdb_context *tdb, TDB_DATA key, TDB_DATA data, void *arg)
{
	struct walk *walk = arg;

	(void)tdb;
	return walk->visit(walk->arg, key.dptr, key.dsize, data.dptr, data.dsize);
}

int
store_file_each(struct store_file *file, store_visit *visit, void *arg)
{
	struct walk walk = { .visit = visit, .arg = arg };

	if (file->read_only)
		return store_read_only_each(&file->reader, walk_one, &walk);
	return tdb_traverse_read(file->tdb, walk_one, &walk) < 0 ? -1 : 0;
}

int
store_file_lock(struct store_file *file)
{
	return file->read_only ? store_read_only_lock(&file->reader) : tdb_lockall_read(file->tdb);
}

void
store_file_unlock(struct store_file *file)
{
	if (file->read_only)
		store_read_only_unlock(&file->reader);
	else
		tdb_unlockall_read(file->tdb);
}

size_t
store_file_size(struct store_file *file)
{
	return tdb_map_size(file->tdb);
}

int
store_file_fd(struct store_file *file)
{
	return tdb_fd(file->tdb);
}

uint32_t
store_file_change(struct store_file *file)
{
	return (uint32_t)tdb_get_seqnum(file->tdb);
}

int
store_file_check(struct store_file *file)
{
	/* TDB's check does not know the header of files in memory. */
	return file->memory ? 0 : tdb_check(file->tdb, NULL, NULL);
}

int
store_file_sync(struct store_file *file)
{
	return file->memory ? 0 : fsync(tdb_fd(file->tdb));
}
