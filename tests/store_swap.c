/*
 * store_swap: rewrites a file of the store as a machine of the other byte order would have it.
 */
#include "store_swap.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <tdb.h>
#include <unistd.h>

#include "base/pack.h"
#include "store/tdb/format.h"

#define SLOTS          1024
#define VERSION_OFFSET 32 /* of TDB's version in the header, a number */

/* The store's hash: the chain of a record depends on its key, not on the machine. */
static unsigned int
hash(TDB_DATA *key)
{
	if (key->dsize == STORE_RECORD_KEY && key->dptr[0] == STORE_RECORD_ENTRY)
		return (unsigned int)(pack_get_u64(key->dptr + 1) & UINT32_MAX);
	return tdb_jenkins_hash(key);
}

static int
copy_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	TDB_DATA from = { .dptr = (unsigned char *)(uintptr_t)key, .dsize = key_len };
	TDB_DATA to = { .dptr = (unsigned char *)(uintptr_t)value, .dsize = len };

	return tdb_store(arg, from, to, TDB_INSERT);
}

static uint32_t
version(const char *path)
{
	uint32_t number;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &number, sizeof(number), VERSION_OFFSET), sizeof(number));
	close(fd);
	return number;
}

void
store_swap(const char *path, char kind)
{
	struct store_file_options opt = { .kind = kind };
	char swapped[PATH_MAX], error[256] = "";
	struct store_file *from = store_format_open(path, &opt, error, sizeof(error));

	ck_assert_msg(from != NULL, "%s", error);
	snprintf(swapped, sizeof(swapped), "%s.swapped", path);
	struct tdb_context *to =
	    tdb_open_ex(swapped, SLOTS, TDB_CONVERT, O_RDWR | O_CREAT | O_EXCL, 0600, NULL, hash);
	ck_assert_ptr_nonnull(to);
	ck_assert_int_eq(store_file_each(from, copy_record, to), 0);
	store_file_close(from);
	tdb_close(to);
	ck_assert_uint_eq(version(swapped), __builtin_bswap32(version(path)));
	ck_assert_int_eq(rename(swapped, path), 0);
}
