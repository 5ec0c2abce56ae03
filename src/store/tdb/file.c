/*
 * store_file: one TDB file: opening with a check of what it is, records, transactions.
 * The only place that knows TDB. What lies under which key is left to the rest of store.
 */
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
#include "base/pack.h"

#define FORMAT_MAGIC "kabar"
#define FORMAT_SIZE  32

/* The beginning of a file as TDB has had it since 2000, in words of its maker's byte order. */
#define TDB_MAGIC_FOOD      "TDB file\n"
#define TDB_HEADER_WORDS    12
#define TDB_HEADER_VERSION  8
#define TDB_HEADER_NATIVE   (0x26011967U + 6)
#define TDB_HEADER_RECOVERY 11
#define TDB_RECOVERY_SIZE   24 /* what is read of a recovery area first */

struct store_file {
	struct tdb_context *tdb;
	bool memory;
	bool mapped;
	bool sync;
	bool troubled; /* TDB met with something grave, of which its results do not always tell */
	bool settled;  /* all that TDB takes for synced is */
};

/*
 * Entries are numbered in the order in which they come, so that those of one transaction
 * lie side by side in the hash table and dirty one block of it.
 */
static unsigned int
file_hash(TDB_DATA *key)
{
	if (key->dsize == STORE_FILE_KEY && key->dptr[0] == STORE_RECORD_ENTRY)
		return (unsigned int)(pack_get_u64(key->dptr + 1) & UINT32_MAX);
	return tdb_jenkins_hash(key);
}

uint32_t
store_file_hash(const void *key, size_t key_len)
{
	TDB_DATA datum = { .dptr = (unsigned char *)(uintptr_t)key, .dsize = key_len };

	return file_hash(&datum);
}

static void file_log(struct tdb_context *, enum tdb_debug_level, const char *, ...)
    __attribute__((format(printf, 3, 4)));

static void
file_log(struct tdb_context *tdb, enum tdb_debug_level level, const char *format, ...)
{
	char text[256];
	va_list ap;

	if (level == TDB_DEBUG_FATAL)
		((struct store_file *)tdb_get_logging_private(tdb))->troubled = true;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	text[strcspn(text, "\n")] = '\0';
	if (level == TDB_DEBUG_FATAL)
		log_warnx("store: %s", text);
	else
		log_debug("store: %s", text);
}

static TDB_DATA
datum(const void *data, size_t len)
{
	return (TDB_DATA){ .dptr = (unsigned char *)(uintptr_t)data, .dsize = len };
}

/* TDB leaves errno alone where the cause is not the system's. */
static int
fail(struct store_file *file)
{
	if (errno == 0)
		errno = tdb_error(file->tdb) == TDB_ERR_OOM ? ENOMEM : EIO;
	return -1;
}

static int
format_write(struct store_file *file, char kind, bool ended)
{
	unsigned char key = STORE_RECORD_FORMAT;
	unsigned char value[FORMAT_SIZE];
	struct pack p;

	pack_init(&p, value, sizeof(value));
	pack_raw(&p, FORMAT_MAGIC, sizeof(FORMAT_MAGIC));
	pack_u32(&p, STORE_FILE_VERSION);
	pack_u8(&p, (uint8_t)kind);
	pack_u8(&p, ended);
	return store_file_put(file, &key, 1, value, p.len);
}

int
store_file_format(const void *value, size_t len, uint32_t *version, char *kind, bool *ended)
{
	struct unpack u;

	unpack_init(&u, value, len);
	const unsigned char *magic = unpack_raw(&u, sizeof(FORMAT_MAGIC));
	if (magic == NULL || memcmp(magic, FORMAT_MAGIC, sizeof(FORMAT_MAGIC)) != 0)
		return -1;
	*version = unpack_u32(&u);
	*kind = (char)unpack_u8(&u);
	*ended = unpack_u8(&u) != 0;
	return u.bad ? -1 : 0;
}

/* 0 and what the file says of itself, or -1 when it is no file of kabar's. */
static int
format_read(struct store_file *file, uint32_t *version, char *kind, bool *ended)
{
	unsigned char key = STORE_RECORD_FORMAT;
	unsigned char value[FORMAT_SIZE];
	size_t len;

	if (store_file_get(file, &key, 1, value, sizeof(value), &len) != STORE_OK)
		return -1;
	return store_file_format(value, len < sizeof(value) ? len : sizeof(value), version, kind,
	    ended);
}

static int
format_check(struct store_file *file, const char *path, char kind, char *error, size_t size)
{
	uint32_t version;
	char found;
	bool ended;

	if (format_read(file, &version, &found, &ended) != 0 || found != kind) {
		snprintf(error, size, "%s is not a store of kabar", path);
		return -1;
	}
	if (version > STORE_FILE_VERSION) {
		snprintf(error, size,
		    "%s was made by a newer kabar (its format is %u, this program knows %u)", path,
		    version, STORE_FILE_VERSION);
		return -1;
	}
	return 0;
}

/* Where TDB keeps what it needs to go back; 0: nowhere. */
static off_t
recovery_start(const uint32_t header[TDB_HEADER_WORDS])
{
	uint32_t start = header[TDB_HEADER_RECOVERY];

	return header[TDB_HEADER_VERSION] == TDB_HEADER_NATIVE ? start : __builtin_bswap32(start);
}

/*
 * When the power goes while TDB makes a file longer, the header may point behind the end already,
 * to where the recovery area was to be, and TDB refuses the file. Gives it the length for that:
 * what was never written reads as zero, which TDB knows to be no recovery area. True when done.
 */
static bool
lengthen(const char *path)
{
	uint32_t header[TDB_HEADER_WORDS];
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	bool done = false;

	if (fd < 0)
		return false;
	if (pread(fd, header, sizeof(header), 0) == sizeof(header) && fstat(fd, &st) == 0 &&
	    memcmp(header, TDB_MAGIC_FOOD, sizeof(TDB_MAGIC_FOOD)) == 0) {
		off_t wanted = recovery_start(header) + TDB_RECOVERY_SIZE;

		done = st.st_size < wanted && ftruncate(fd, wanted) == 0;
	}
	close(fd);
	return done;
}

static struct tdb_context *
open_tdb(struct store_file *file, const char *path, const struct store_file_options *opt)
{
	struct tdb_logging_context logging = { .log_fn = file_log, .log_private = file };
	int flags = TDB_DISALLOW_NESTING | (opt->sync ? 0 : TDB_NOSYNC);
	int mode = O_RDWR | O_CLOEXEC | (opt->create ? O_CREAT | O_EXCL : 0);

	if (opt->kind == 't')
		flags |= TDB_SEQNUM;
	if (opt->memory)
		flags |= TDB_INTERNAL;
	else if (!opt->map)
		flags |= TDB_NOMMAP; /* what an idle worker has mapped is what it costs */
	errno = 0;
	return tdb_open_ex(path, (int)opt->slots, flags, mode, 0600, &logging, file_hash);
}

/* TDB has no errno for much of what it did not make or cannot read. */
static void
say_why(const char *path, char *error, size_t size)
{
	if (errno == 0 || errno == EIO || errno == EINVAL) {
		snprintf(error, size, "%s is not a store of kabar, or cannot be read", path);
		errno = ENOEXEC;
		return;
	}
	int saved = errno;
	snprintf(error, size, "cannot open %s: %s", path, strerror(saved));
	errno = saved;
}

struct store_file *
store_file_open(const char *path, const struct store_file_options *opt, char *error, size_t size)
{
	struct store_file *file = calloc(1, sizeof(*file));

	if (file == NULL)
		return NULL;
	file->memory = opt->memory;
	file->mapped = opt->map && !opt->memory;
	file->sync = opt->sync && !opt->memory;
	file->settled = opt->create || !file->sync;
	file->tdb = open_tdb(file, path, opt);
	if (file->tdb == NULL && !opt->create && lengthen(path))
		file->tdb = open_tdb(file, path, opt);
	if (file->tdb == NULL) {
		say_why(path, error, size);
		int saved = errno;
		free(file);
		errno = saved;
		return NULL;
	}
	if (opt->create) {
		if (format_write(file, opt->kind, false) == 0)
			return file;
		snprintf(error, size, "cannot write %s: %s", path, strerror(errno));
	} else if (format_check(file, path, opt->kind, error, size) == 0) {
		return file;
	}
	store_file_close(file);
	errno = ENOEXEC;
	return NULL;
}

void
store_file_close(struct store_file *file)
{
	if (file == NULL)
		return;
	tdb_close(file->tdb);
	free(file);
}

void
store_file_key(unsigned char key[STORE_FILE_KEY], enum store_record record, uint64_t number)
{
	key[0] = (unsigned char)record;
	pack_put_u64(key + 1, number);
}

struct taken {
	void *value;
	size_t size;
	size_t len;
};

static int
take(TDB_DATA key, TDB_DATA data, void *arg)
{
	struct taken *taken = arg;

	(void)key;
	taken->len = data.dsize;
	if (data.dsize > 0)
		memcpy(taken->value, data.dptr,
		    data.dsize < taken->size ? data.dsize : taken->size);
	return 0;
}

enum store_status
store_file_get(struct store_file *file, const void *key, size_t key_len, void *value, size_t size,
    size_t *len)
{
	struct taken taken = { .value = value, .size = size };

	if (tdb_parse_record(file->tdb, datum(key, key_len), take, &taken) != 0) {
		if (tdb_error(file->tdb) == TDB_ERR_NOEXIST)
			return STORE_ABSENT;
		log_warnx("store: cannot read a record: %s", tdb_errorstr(file->tdb));
		return STORE_FAILED;
	}
	*len = taken.len;
	return STORE_OK;
}

static int
store_with(struct store_file *file, const void *key, size_t key_len, const void *value, size_t len,
    int flag)
{
	errno = 0;
	if (tdb_store(file->tdb, datum(key, key_len), datum(value, len), flag) != 0)
		return fail(file);
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
	if (tdb_delete(file->tdb, datum(key, key_len)) == 0 ||
	    tdb_error(file->tdb) == TDB_ERR_NOEXIST)
		return 0;
	return fail(file);
}

/*
 * After a commit in which a file grew TDB takes it for as large as before, while all of it is
 * mapped; so it unmaps too little the next time, and what was added stays mapped for ever, and
 * keeps a file that was given back on the disk. So nothing is mapped anew within a transaction:
 * what grows is written piece by piece, and mapped when the next one begins.
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

/*
 * A commit ends with TDB marking its recovery area as void, in place, and syncing that. Where it
 * was killed before that sync, or the sync failed, after which the kernel takes the mark for
 * written, a power cut would bring back what was before, long after all of it was acknowledged. The
 * mark is written again, so that the kernel cannot think it needs not, and synced. Whatever else a
 * commit writes is written again by TDB, when it goes back or in the next commit.
 */
static int
settle_locked(struct store_file *file)
{
	unsigned char area[TDB_RECOVERY_SIZE];
	uint32_t header[TDB_HEADER_WORDS];
	int fd = tdb_fd(file->tdb);

	if (file->settled)
		return 0;
	if (pread(fd, header, sizeof(header), 0) != sizeof(header))
		return -1;
	off_t at = recovery_start(header);
	if (at > 0 &&
	    (pread(fd, area, sizeof(area), at) != sizeof(area) ||
	        pwrite(fd, area, sizeof(area), at) != sizeof(area)))
		return -1;
	file->settled = fdatasync(fd) == 0;
	return file->settled ? 0 : -1;
}

int
store_file_begin(struct store_file *file)
{
	errno = 0;
	if (!file->memory && tdb_transaction_start(file->tdb) != 0)
		return fail(file);
	/* With TDB's lock, so that nobody goes back meanwhile. */
	if (settle_locked(file) != 0) {
		int saved = errno;

		tdb_transaction_cancel(file->tdb);
		errno = saved;
		return fail(file);
	}
	keep_mapping(file, true);
	return 0;
}

int
store_file_settle(struct store_file *file)
{
	if (store_file_begin(file) != 0)
		return -1;
	store_file_cancel(file);
	return 0;
}

int
store_file_commit(struct store_file *file)
{
	if (file->memory)
		return 0;
	errno = 0;
	file->troubled = false;
	bool committed = tdb_transaction_commit(file->tdb) == 0;
	keep_mapping(file, false);
	if (committed && !file->troubled)
		return 0;
	file->settled = !file->sync;
	/* It grows a file by posix_fallocate(), which says what is wrong without errno. */
	if (errno == 0 && tdb_error(file->tdb) == TDB_ERR_IO)
		errno = ENOSPC;
	return fail(file);
}

/* TDB keeps a transaction that it could not sync in the end, and with it all of its locks. */
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

	return tdb_traverse_read(file->tdb, walk_one, &walk) < 0 ? -1 : 0;
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
store_file_end(struct store_file *file)
{
	uint32_t version;
	char kind;
	bool ended;

	if (format_read(file, &version, &kind, &ended) != 0) {
		errno = EIO;
		return -1;
	}
	if (ended)
		return 0;
	if (store_file_begin(file) != 0)
		return -1;
	if (format_write(file, kind, true) != 0) {
		store_file_cancel(file);
		return -1;
	}
	return store_file_commit(file);
}

void
store_file_give_up(struct store_file *file)
{
	if (format_write(file, 'l', true) != 0)
		log_warn("store: cannot give up a file of logs");
}

int
store_file_ended(struct store_file *file)
{
	uint32_t version;
	char kind;
	bool ended;

	if (format_read(file, &version, &kind, &ended) != 0)
		return -1;
	return ended;
}

int
store_file_check(struct store_file *file)
{
	if (file->memory) /* which TDB gives a header that its check does not know */
		return 0;
	return tdb_check(file->tdb, NULL, NULL);
}

int
store_file_sync(struct store_file *file)
{
	return file->memory ? 0 : fsync(tdb_fd(file->tdb));
}
