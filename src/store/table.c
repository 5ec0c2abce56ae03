/*
 * store_table: reading tables. Changing them is left to transactions.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "store/int.h"

int
store_table_part(int table)
{
	return table >= STORE_LOG_STATE ? STORE_PART_LOGS : STORE_PART_TABLES;
}

size_t
store_table_key(unsigned char full[STORE_FULL_KEY_MAX], int table, const void *key, size_t key_len)
{
	full[0] = (unsigned char)table;
	memcpy(full + 1, key, key_len);
	return 1 + key_len;
}

int
store_table_number(struct store_file *file, const void *key, size_t key_len, uint64_t *number)
{
	unsigned char value[8];
	size_t len;
	enum store_status status = store_file_get(file, key, key_len, value, sizeof(value), &len);

	*number = 0;
	if (status == STORE_ABSENT)
		return 0;
	if (status != STORE_OK || len != sizeof(value)) {
		errno = EIO;
		return -1;
	}
	*number = pack_get_u64(value);
	return 0;
}

int
store_table_put_number(struct store_file *file, const void *key, size_t key_len, uint64_t number)
{
	unsigned char value[8];

	pack_put_u64(value, number);
	return store_file_put(file, key, key_len, value, sizeof(value));
}

/*
 * The file's number of changes is read without a lock, so it is read before the record and again
 * after it: a change that is being written may still be undone by the death of the committer.
 */
static enum store_status
get_cached(struct store *store, struct store_file *file, const unsigned char *key, size_t key_len,
    void *value, size_t size, size_t *len)
{
	enum store_status status;

	if (file != store->tables || store->writer != NULL)
		return store_file_get(file, key, key_len, value, size, len);
	store_cache_check(&store->cache, store_file_change(file));
	if (store_cache_find(&store->cache, key, key_len, &status, value, size, len))
		return status;
	status = store_file_get(file, key, key_len, value, size, len);
	if (store_file_change(file) == store->cache.change)
		store_cache_add(&store->cache, key, key_len, status, value, size, *len);
	return status;
}

enum store_status
store_get(struct store *store, int table, const void *key, size_t key_len, void *value, size_t size,
    size_t *len)
{
	unsigned char full[STORE_FULL_KEY_MAX];
	struct store_file *file = store_files_of_part(store, store_table_part(table));
	enum store_status status;

	if (file == NULL || key_len > STORE_KEY_MAX)
		return STORE_FAILED;
	size_t full_len = store_table_key(full, table, key, key_len);
	status = get_cached(store, file, full, full_len, value, size, len);
	if (status == STORE_OK && *len > size) {
		log_warnx("store: a record of table %d has %zu bytes, more than it may", table,
		    *len);
		return STORE_FAILED;
	}
	return status;
}

enum store_status
store_get_number(struct store *store, int table, const void *key, size_t key_len, uint64_t *number)
{
	unsigned char value[8];
	size_t len;
	enum store_status status =
	    store_get(store, table, key, key_len, value, sizeof(value), &len);

	*number = 0;
	if (status == STORE_ABSENT)
		return STORE_OK;
	if (status == STORE_OK && len != sizeof(value))
		return STORE_FAILED;
	if (status == STORE_OK)
		*number = pack_get_u64(value);
	return status;
}

struct table_visit {
	int table;
	store_visit *visit;
	void *arg;
};

static int
visit_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct table_visit *each = arg;
	const unsigned char *bytes = key;

	if (key_len < 1 || bytes[0] != each->table)
		return 0;
	return each->visit(each->arg, bytes + 1, key_len - 1, value, len);
}

int
store_each(struct store *store, int table, store_visit *visit, void *arg)
{
	struct table_visit each = { .table = table, .visit = visit, .arg = arg };
	struct store_file *file = store_files_of_part(store, store_table_part(table));

	return file == NULL ? -1 : store_file_each(file, visit_record, &each);
}

struct each_table {
	store_visit_table *visit;
	void *arg;
};

static int
visit_any_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct each_table *each = arg;
	const unsigned char *bytes = key;

	if (key_len < 1 || bytes[0] >= STORE_LOG_STATE)
		return 0;
	return each->visit(each->arg, bytes[0], bytes + 1, key_len - 1, value, len);
}

int
store_each_table(struct store *store, store_visit_table *visit, void *arg)
{
	struct each_table each = { .visit = visit, .arg = arg };

	if (store_file_lock(store->tables) != 0)
		return -1;
	int result = store_file_each(store->tables, visit_any_record, &each);
	store_file_unlock(store->tables);
	return result;
}
