/*
 * store_snapshot: a copy of all tables and logs as they were at one moment. The committer makes it
 * between two batches: it copies the tables and the current file of logs, and links the ended files
 * of logs, which no process changes any more.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/copy_file.h"
#include "base/log.h"
#include "base/rmtree.h"
#include "store/int.h"
#include "store/store_admin.h"

#define DIRECTORY "snapshot"
#define LOCK_NAME DIRECTORY ".lock"

static int
copy_log(struct store *store, size_t index)
{
	char name[sizeof(DIRECTORY "/") + 64] = DIRECTORY "/", *log = name + strlen(name);
	char from[PATH_MAX], to[PATH_MAX];

	store_files_log_name(log, 64, store->logs[index].first_seq);
	store_path(store, from, sizeof(from), log);
	store_path(store, to, sizeof(to), name);
	if (index + 1 < store->n_logs && link(from, to) == 0)
		return 0;
	struct store_file *file = store_files_at(store, index);
	return file == NULL ? -1 : copy_file(store_file_fd(file), to);
}

/*
 * The copies are a store of their own: the journal of this one does not go on where they end, so
 * whoever opens them begins another.
 */
static int
copy_tables(struct store *store, const char *path)
{
	struct store_file_options opt = { .kind = 't' };
	char error[PATH_MAX + 128];

	if (copy_file(store_file_fd(store->tables), path) != 0)
		return -1;
	struct store_file *copy = store_format_open(path, &opt, error, sizeof(error));
	if (copy == NULL)
		return -1;
	int result = store_format_set_journaled(copy, false);
	store_file_close(copy);
	return result;
}

static int
copy_all(struct store *store, const char *directory)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), DIRECTORY "/log");
	if (rmtree(directory) != 0 || mkdir(directory, 0700) != 0 || mkdir(path, 0700) != 0)
		return -1;
	for (size_t i = 0; i < store->n_logs; i++)
		if (copy_log(store, i) != 0)
			return -1;
	store_path(store, path, sizeof(path), DIRECTORY "/tables.tdb");
	return copy_tables(store, path);
}

int
store_snapshot_here(struct store *store)
{
	char directory[PATH_MAX];

	errno = ENOTSUP;
	if (store->opt.memory)
		return -1;
	store_path(store, directory, sizeof(directory), DIRECTORY);
	if (copy_all(store, directory) == 0)
		return 0;
	int saved = errno;
	log_warn("store: cannot copy what there is");
	rmtree(directory);
	errno = saved;
	return -1;
}

enum store_status
store_snapshot_take(struct store *store, struct store_snapshot *snapshot)
{
	enum store_status status;

	snprintf(snapshot->path, sizeof(snapshot->path), "%s/%s", store->state, DIRECTORY);
	snapshot->lock_fd = store_lock(store->state, LOCK_NAME);
	if (snapshot->lock_fd < 0)
		return errno == EAGAIN ? STORE_CONFLICT : STORE_FAILED;
	status = store_client_task(store, STORE_PART_SNAPSHOT);
	if (status != STORE_OK)
		store_snapshot_end(snapshot);
	return status;
}

void
store_snapshot_end(struct store_snapshot *snapshot)
{
	rmtree(snapshot->path);
	close(snapshot->lock_fd);
}

void
store_snapshot_sweep(struct store *store)
{
	struct store_snapshot left;

	snprintf(left.path, sizeof(left.path), "%s/%s", store->state, DIRECTORY);
	if (store->opt.memory || access(left.path, F_OK) != 0)
		return;
	left.lock_fd = store_lock(store->state, LOCK_NAME);
	if (left.lock_fd >= 0)
		store_snapshot_end(&left);
}
