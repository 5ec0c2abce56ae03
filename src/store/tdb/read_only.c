/* store_read_only: the read locks of TDB, taken by ourselves. */
#include "store/tdb/read_only.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "store/tdb/layout.h"

#define TRIES       3   /* to have a file brought back */
#define CHAINS_ONCE 256 /* chains that are locked together when all records are visited */

/* Waits for a read lock of these bytes; len 0: to the end. 0 or -1 with errno set. */
static int
lock_bytes(int fd, off_t at, off_t len)
{
	struct flock lock = { .l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = len };
	int result;

	do
		result = fcntl(fd, F_SETLKW, &lock);
	while (result != 0 && errno == EINTR);
	return result;
}

static void
unlock_bytes(int fd, off_t at, off_t len)
{
	struct flock lock = { .l_type = F_UNLCK,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = len };

	if (fcntl(fd, F_SETLK, &lock) != 0)
		log_warn("store: cannot unlock a file");
}

static bool
bring_back(const struct store_read_only *reader)
{
	return reader->recover != NULL && reader->recover(reader->arg) == 0;
}

/*
 * Locks bytes of a file that is whole. A process that was killed while it wrote has left its mark,
 * and no lock; the mark goes when the file is whole again.
 */
static int
lock_whole(const struct store_read_only *reader, int fd, off_t at, off_t len)
{
	for (int tries = 0;; tries++) {
		if (lock_bytes(fd, at, len) != 0)
			return -1;
		if (!store_layout_is_torn(fd))
			return 0;
		unlock_bytes(fd, at, len);
		if (tries == TRIES || !bring_back(reader)) {
			errno = EIO;
			return -1;
		}
	}
}

int
store_read_only_guard(const struct store_read_only *reader, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return -1;
	/* A file that cannot be brought back is opened all the same: TDB knows whether it can. */
	if (lock_whole(reader, fd, AT_OPEN_LOCK, 1) == 0 || errno == EIO)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

enum store_status
store_read_only_parse(const struct store_read_only *reader, TDB_DATA key, uint32_t hash,
    int (*parser)(TDB_DATA, TDB_DATA, void *), void *arg)
{
	int fd = tdb_fd(reader->tdb);
	off_t at = HEADER_SIZE + (off_t)(hash % (uint32_t)tdb_hash_size(reader->tdb)) * SLOT_SIZE;

	for (int tries = 0;; tries++) {
		if (!reader->whole && lock_bytes(fd, at, 1) != 0)
			return STORE_FAILED;
		bool found = tdb_parse_record(reader->tdb, key, parser, arg) == 0;
		/* TDB looks for the mark, too, and then says that there is no such record. */
		bool torn = !found && store_layout_is_torn(fd);
		if (!reader->whole)
			unlock_bytes(fd, at, 1);
		if (found)
			return STORE_OK;
		if (!torn)
			return tdb_error(reader->tdb) == TDB_ERR_NOEXIST ? STORE_ABSENT
			                                                 : STORE_FAILED;
		if (tries == TRIES || !bring_back(reader))
			return STORE_FAILED;
	}
}

struct walk {
	tdb_traverse_func visit;
	void *arg;
	bool stopped;
};

static int
visit_one(struct tdb_context *tdb, TDB_DATA key, TDB_DATA data, void *arg)
{
	struct walk *walk = arg;

	walk->stopped = walk->visit(tdb, key, data, walk->arg) != 0;
	return walk->stopped;
}

/* Visits the chains from the one on that begins the locked bytes. */
static int
walk_chains(struct tdb_context *tdb, unsigned int first, unsigned int n, struct walk *walk)
{
	uint32_t heads[CHAINS_ONCE];
	size_t len = (size_t)n * SLOT_SIZE;

	/* The free list comes before the chains. */
	if (pread(tdb_fd(tdb), heads, len, HEADER_SIZE + (off_t)(first + 1) * SLOT_SIZE) !=
	    (ssize_t)len)
		return -1;
	for (unsigned int i = 0; i < n && !walk->stopped; i++)
		if (heads[i] != 0 && tdb_traverse_chain(tdb, first + i, visit_one, walk) < 0)
			return -1;
	return 0;
}

int
store_read_only_each(const struct store_read_only *reader, tdb_traverse_func visit, void *arg)
{
	struct walk walk = { .visit = visit, .arg = arg };
	unsigned int slots = (unsigned int)tdb_hash_size(reader->tdb);
	int fd = tdb_fd(reader->tdb), result = 0;

	for (unsigned int at = 0; at < slots && !walk.stopped && result == 0; at += CHAINS_ONCE) {
		unsigned int n = slots - at < CHAINS_ONCE ? slots - at : CHAINS_ONCE;
		off_t from = HEADER_SIZE + (off_t)at * SLOT_SIZE;

		if (!reader->whole && lock_whole(reader, fd, from, (off_t)n * SLOT_SIZE) != 0)
			return -1;
		result = walk_chains(reader->tdb, at, n, &walk);
		if (!reader->whole)
			unlock_bytes(fd, from, (off_t)n * SLOT_SIZE);
	}
	return result;
}

int
store_read_only_lock(struct store_read_only *reader)
{
	if (lock_whole(reader, tdb_fd(reader->tdb), HEADER_SIZE, 0) != 0)
		return -1;
	reader->whole = true;
	return 0;
}

void
store_read_only_unlock(struct store_read_only *reader)
{
	unlock_bytes(tdb_fd(reader->tdb), HEADER_SIZE, 0);
	reader->whole = false;
}
