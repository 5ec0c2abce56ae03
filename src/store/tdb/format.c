/* store_format: the record that tells kabar's files from others. */
#include "store/tdb/format.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/pack.h"

#define FORMAT_MAGIC "kabar"
#define FORMAT_SIZE  32 /* bytes that the record may have */

static const unsigned char format_key = STORE_RECORD_FORMAT;

static int
write_format(struct store_file *file, uint32_t version, char kind, bool ended)
{
	unsigned char value[FORMAT_SIZE];
	struct pack p;

	pack_init(&p, value, sizeof(value));
	pack_raw(&p, FORMAT_MAGIC, sizeof(FORMAT_MAGIC));
	pack_u32(&p, version);
	pack_u8(&p, (uint8_t)kind);
	pack_u8(&p, ended);
	return store_file_put(file, &format_key, 1, value, p.len);
}

/* The same in a transaction of its own. */
static int
change_format(struct store_file *file, uint32_t version, char kind, bool ended)
{
	if (store_file_begin(file) != 0)
		return -1;
	if (write_format(file, version, kind, ended) == 0)
		return store_file_commit(file);
	store_file_cancel(file);
	return -1;
}

int
store_format_parse(const void *value, size_t len, uint32_t *version, char *kind, bool *ended)
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

int
store_format_check(const char *path, uint32_t version, char kind, char *error, size_t size)
{
	uint32_t newest = kind == 't' ? STORE_FORMAT_JOURNALED : STORE_FORMAT_VERSION;

	if (version >= STORE_FORMAT_VERSION && version <= newest)
		return 0;
	snprintf(error, size, "%s was made by %s kabar (its format is %u, this program knows %u)",
	    path, version > newest ? "a newer" : "an older, unreleased", version, newest);
	return -1;
}

/* 0, or -1 when it is no file of kabar's. */
static int
read_format(struct store_file *file, uint32_t *version, char *kind, bool *ended)
{
	unsigned char value[FORMAT_SIZE];
	size_t len;

	if (store_file_get(file, &format_key, 1, value, sizeof(value), &len) != STORE_OK)
		return -1;
	return store_format_parse(value, len < sizeof(value) ? len : sizeof(value), version, kind,
	    ended);
}

static int
check_file(struct store_file *file, const char *path, char kind, char *error, size_t size)
{
	uint32_t version;
	char found;
	bool ended;

	if (read_format(file, &version, &found, &ended) == 0 && found == kind)
		return store_format_check(path, version, kind, error, size);
	snprintf(error, size, "%s is not a store of kabar", path);
	return -1;
}

static int
begin_file(struct store_file *file, const char *path, char kind, char *error, size_t size)
{
	if (write_format(file, STORE_FORMAT_VERSION, kind, false) == 0)
		return 0;
	snprintf(error, size, "cannot write %s: %s", path, strerror(errno));
	return -1;
}

struct store_file *
store_format_open(const char *path, const struct store_file_options *opt, char *error, size_t size)
{
	struct store_file *file = store_file_open(path, opt, error, size);

	if (file == NULL ||
	    (opt->create ? begin_file : check_file)(file, path, opt->kind, error, size) == 0)
		return file;
	store_file_close(file);
	errno = ENOEXEC;
	return NULL;
}

int
store_format_end(struct store_file *file)
{
	int ended = store_format_ended(file);

	errno = EIO;
	if (ended != 0)
		return ended > 0 ? 0 : -1;
	return change_format(file, STORE_FORMAT_VERSION, 'l', true);
}

void
store_format_give_up(struct store_file *file)
{
	if (write_format(file, STORE_FORMAT_VERSION, 'l', true) != 0)
		log_warn("store: cannot give up a file of logs");
}

int
store_format_ended(struct store_file *file)
{
	uint32_t version;
	char kind;
	bool ended;

	return read_format(file, &version, &kind, &ended) == 0 ? ended : -1;
}

bool
store_format_is_journaled(struct store_file *file)
{
	uint32_t version;
	char kind;
	bool ended;

	return read_format(file, &version, &kind, &ended) == 0 && version >= STORE_FORMAT_JOURNALED;
}

int
store_format_set_journaled(struct store_file *file, bool journaled)
{
	return change_format(file, journaled ? STORE_FORMAT_JOURNALED : STORE_FORMAT_VERSION, 't',
	    false);
}
