/*
 * store_open: making, opening and closing a store. The list of its files is left to store_files.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rmtree.h"
#include "base/sync_directory.h"
#include "store/checkpoint.h"
#include "store/copies.h"
#include "store/fsck/unfinished.h"
#include "store/int.h"
#include "store/mark.h"
#include "store/recover.h"

void
store_path(const struct store *store, char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", store->state, name);
}

struct store *
store_new(const struct store_options *opt, char *error, size_t size)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		snprintf(error, size, "out of memory");
		return NULL;
	}
	/* Room for the longest name below the state directory. */
	if (strlen(opt->state) > sizeof(store->state) - 64) {
		snprintf(error, size, "the path of the state directory is too long");
		free(store);
		return NULL;
	}
	snprintf(store->state, sizeof(store->state), "%s", opt->state);
	store->opt = *opt;
	store->opt.state = store->state;
	if (store->opt.log_file_size == 0)
		store->opt.log_file_size = STORE_LOG_FILE_SIZE;
	if (store->opt.table_slots == 0)
		store->opt.table_slots = STORE_TABLE_SLOTS;
	store->committer.fd = -1;
	store->answer_ms = STORE_ANSWER_MS;
	return store;
}

/*
 * Tells whether there are logs with entries. Empty logs without tables are left by a process that
 * was killed while it made a store.
 */
static bool
has_entries(struct store *store)
{
	uint64_t next_seq = 0, last_page;
	bool has = true;

	if (store_files_refresh(store) == 0)
		has = store->n_logs > 1 ||
		    (store->n_logs == 1 &&
		        (store_progress_of_logs(store, &next_seq, &last_page) != STORE_OK ||
		            next_seq != 1));
	store_files_close(store);
	return has;
}

/* Syncs, closes and renames a new file. 0 or -1 with errno set. */
static int
place_file(struct store *store, struct store_file *file, const char *temporary, const char *name)
{
	char path[PATH_MAX];
	int synced = store_file_sync(file);

	store_file_close(file);
	store_path(store, path, sizeof(path), name);
	return synced == 0 && rename(temporary, path) == 0 ? 0 : -1;
}

static int
create_logs(struct store *store, char *error, size_t size)
{
	char temporary[PATH_MAX], name[64], directory[PATH_MAX];

	store_path(store, directory, sizeof(directory), "log");
	store_path(store, temporary, sizeof(temporary), "log/next");
	store_files_log_name(name, sizeof(name), 1);
	unlink(temporary);
	struct store_file *file = store_files_make(store, temporary, error, size);
	if (file == NULL)
		return -1;
	snprintf(error, size, "cannot write in %s", directory);
	return place_file(store, file, temporary, name) == 0 ? sync_directory(directory) : -1;
}

static int
create_tables(struct store *store, char *error, size_t size)
{
	char temporary[PATH_MAX];
	struct store_file_options opt = { .kind = 't',
		.create = true,
		.map = true,
		.slots = store->opt.table_slots };

	store_path(store, temporary, sizeof(temporary), "tables.next");
	unlink(temporary);
	struct store_file *file = store_format_open(temporary, &opt, error, size);
	if (file == NULL)
		return -1;
	snprintf(error, size, "cannot write in %s", store->state);
	return place_file(store, file, temporary, "tables.tdb") == 0 ? sync_directory(store->state)
	                                                             : -1;
}

/* Removes what would be taken for the new store's. */
static int
remove_rest(struct store *store)
{
	char path[PATH_MAX];

	if (store_mark_remove(store) != 0 || store_copies_remove(store) != 0 ||
	    store_fsck_unfinished_end(store->state) != 0)
		return -1;
	store_path(store, path, sizeof(path), STORE_JOURNAL_DIRECTORY);
	return rmtree(path);
}

static int
create_files(struct store *store, char *error, size_t size)
{
	char path[PATH_MAX];

	store_path(store, path, sizeof(path), "log");
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		snprintf(error, size, "cannot make %s: %s", path, strerror(errno));
		return -1;
	}
	if (has_entries(store)) {
		snprintf(error, size, "there are logs without tables in %s: restore or remove them",
		    store->state);
		return -1;
	}
	if (remove_rest(store) != 0) {
		snprintf(error, size, "cannot remove what another store left in %s: %s",
		    store->state, strerror(errno));
		return -1;
	}
	/* The tables come last: without them there is no store. */
	if (create_logs(store, error, size) != 0)
		return -1;
	return create_tables(store, error, size);
}

/* The first writer of a store makes its journal: a new one has had a writer. */
static int
begin_journal(const struct store_options *opt, char *error, size_t size)
{
	struct store *store = store_open_writer(opt, error, size);

	if (store == NULL)
		return -1;
	int result = store_checkpoint_leave(store);
	if (result != 0)
		snprintf(error, size, "cannot write in %s: %s", opt->state, strerror(errno));
	store_close(store);
	return result;
}

int
store_create(const struct store_options *opt, char *error, size_t size)
{
	char path[PATH_MAX];
	struct store *store = store_new(opt, error, size);

	if (store == NULL)
		return -1;
	store_path(store, path, sizeof(path), "tables.tdb");
	if (access(path, F_OK) == 0) {
		snprintf(error, size, "there is a store in %s already", opt->state);
		store_close(store);
		return -1;
	}
	store->writable = true;
	int result = create_files(store, error, size);
	store_close(store);
	return result == 0 ? begin_journal(opt, error, size) : -1;
}

/*
 * After a power cut a committer makes the files whole before it answers. Who gets the connection
 * from others trusts that they have asked.
 */
static int
open_to_read(struct store *store, char *error, size_t size)
{
	if (store->opt.connect != NULL || !store_recover_is_needed(store) ||
	    store_client_recover(store) == 0)
		return store_files_open(store, error, size);
	snprintf(error, size, "%s",
	    store->refusal[0] != '\0'
	        ? store->refusal
	        : "no committer makes the files of the store whole: see the log");
	return -1;
}

int
store_open_to_write(struct store *store, char *error, size_t size)
{
	store_files_close(store);
	store->writable = true;
	return store_recover(store, error, size) == 0 ? store_files_open(store, error, size) : -1;
}

int
store_open_here(struct store *store, char *error, size_t size)
{
	if (store_open_to_write(store, error, size) != 0)
		return -1;
	if (store_replay_open(store, error, size) == 0)
		return store_recover_end(store, error, size);
	/* Nothing was changed: the files are still what the last writer has synced. */
	if (store->was_left)
		(void)store_mark_remove(store);
	return -1;
}

static struct store *
open_store(const struct store_options *opt, bool writable, char *error, size_t size)
{
	struct store *store = store_new(opt, error, size);

	if (store == NULL)
		return NULL;
	if ((writable ? store_open_here : open_to_read)(store, error, size) == 0)
		return store;
	store_close(store);
	return NULL;
}

struct store *
store_open(const struct store_options *opt, char *error, size_t size)
{
	return open_store(opt, opt->memory, error, size);
}

struct store *
store_open_writer(const struct store_options *opt, char *error, size_t size)
{
	return open_store(opt, true, error, size);
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_rest(store);
	store_replay_close(store);
	store_files_close(store);
	store_entry_cache_free(&store->entries);
	free(store);
}
