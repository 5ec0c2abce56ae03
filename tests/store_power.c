/*
 * store_power: what a disk may hold after the power went. See store_power.h. A file is known by
 * what the events call it; what has been synced of it is its image, all else is pending. Names
 * are pending until their directory is synced, and then come through in their order.
 */
#include "store_power.h"

#include <sys/stat.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILES_MOST 4096
#define NAMES_MOST 256
#define PATH_SIZE  512
#define SECTOR     512

struct image {
	uint64_t file;
	bool directory;
	unsigned char *data; /* synced */
	size_t len;
	size_t room;
	size_t *pending; /* indices of events */
	size_t n_pending;
};

struct name {
	uint64_t dir;
	char name[FAULT_NAME_MAX];
	uint64_t file;
};

struct names {
	struct name list[NAMES_MOST];
	size_t n;
};

struct power {
	const struct fault_event *events;
	size_t at;
	struct image images[FILES_MOST]; /* by number of the file */
	struct names names;              /* synced */
	size_t *pending;                 /* events that change names */
	size_t n_pending;
	unsigned char *buffer;
	size_t buffer_room;
	uint64_t random;
};

static uint64_t
mix_hash(uint64_t x)
{
	x ^= x >> 33;
	x *= 0xff51afd7ed558ccdULL;
	x ^= x >> 33;
	x *= 0xc4ceb9fe1a85ec53ULL;
	return x ^ x >> 33;
}

static void
push_index(size_t **list, size_t *n, size_t index)
{
	*list = realloc(*list, (*n + 1) * sizeof(**list));
	ck_assert_ptr_nonnull(*list);
	(*list)[(*n)++] = index;
}

static struct image *
image_of(struct power *power, uint64_t file)
{
	ck_assert_uint_lt(file, FILES_MOST);
	power->images[file].file = file;
	return &power->images[file];
}

static void
reserve_bytes(unsigned char **data, size_t *room, size_t len)
{
	if (len <= *room)
		return;
	*data = realloc(*data, len * 2);
	ck_assert_ptr_nonnull(*data);
	*room = len * 2;
}

static void
set_len(unsigned char **data, size_t *room, size_t *len, size_t new_len)
{
	reserve_bytes(data, room, new_len);
	if (new_len > *len)
		memset(*data + *len, 0, new_len - *len);
	*len = new_len;
}

static void
names_set(struct names *names, uint64_t dir, const char *name, uint64_t file)
{
	size_t i = 0;

	while (
	    i < names->n && (names->list[i].dir != dir || strcmp(names->list[i].name, name) != 0))
		i++;
	if (i == names->n && file == 0)
		return;
	if (file == 0) {
		names->list[i] = names->list[--names->n];
		return;
	}
	ck_assert_uint_lt(i, NAMES_MOST);
	if (i == names->n)
		names->n++;
	names->list[i] = (struct name){ .dir = dir, .file = file };
	snprintf(names->list[i].name, sizeof(names->list[i].name), "%s", name);
}

static void
names_apply(struct names *names, const struct fault_event *event)
{
	switch (event->type) {
	case FAULT_EVENT_RENAME:
		names_set(names, event->dir, event->name, 0);
		names_set(names, event->to_dir, event->to, event->file);
		break;
	case FAULT_EVENT_UNLINK:
		names_set(names, event->dir, event->name, 0);
		break;
	default:
		names_set(names, event->dir, event->name, event->file);
	}
}

/* The directory that has to be synced for a change of names to be durable. */
static uint64_t
directory_of(const struct fault_event *event)
{
	return event->type == FAULT_EVENT_RENAME ? event->to_dir : event->dir;
}

static void
sync_names(struct power *power, uint64_t dir)
{
	size_t kept = 0;

	for (size_t i = 0; i < power->n_pending; i++) {
		const struct fault_event *event = &power->events[power->pending[i]];

		if (directory_of(event) == dir)
			names_apply(&power->names, event);
		else
			power->pending[kept++] = power->pending[i];
	}
	power->n_pending = kept;
}

static void
apply_pending(struct power *power, struct image *image)
{
	for (size_t i = 0; i < image->n_pending; i++) {
		const struct fault_event *event = &power->events[image->pending[i]];
		size_t end = event->offset + event->len;

		if (event->type == FAULT_EVENT_TRUNCATE || end > image->len)
			set_len(&image->data, &image->room, &image->len, end);
		if (event->type == FAULT_EVENT_WRITE && event->len != 0)
			memcpy(image->data + event->offset, event->data, event->len);
	}
	image->n_pending = 0;
}

static void
advance_one(struct power *power, size_t index)
{
	const struct fault_event *event = &power->events[index];
	struct image *image;

	switch (event->type) {
	case FAULT_EVENT_MARK:
		break;
	case FAULT_EVENT_DIRECTORY:
		image_of(power, event->file)->directory = true;
		push_index(&power->pending, &power->n_pending, index);
		break;
	case FAULT_EVENT_CREATE:
	case FAULT_EVENT_RENAME:
	case FAULT_EVENT_UNLINK:
		push_index(&power->pending, &power->n_pending, index);
		break;
	case FAULT_EVENT_SYNC_NAMES:
		sync_names(power, event->file);
		break;
	case FAULT_EVENT_SYNC:
		apply_pending(power, image_of(power, event->file));
		break;
	default:
		image = image_of(power, event->file);
		push_index(&image->pending, &image->n_pending, index);
	}
}

void
power_advance(struct power *power, const struct fault_event *events, size_t at)
{
	power->events = events;
	for (; power->at < at; power->at++)
		advance_one(power, power->at);
}

struct power *
power_new(void)
{
	struct power *power = calloc(1, sizeof(*power));

	ck_assert_ptr_nonnull(power);
	return power;
}

void
power_free(struct power *power)
{
	for (size_t i = 0; i < FILES_MOST; i++) {
		free(power->images[i].data);
		free(power->images[i].pending);
	}
	free(power->pending);
	free(power->buffer);
	free(power);
}

/* Chooses how many of the n pending changes of a file have reached a sector. */
static size_t
cut_of(const struct power *power, enum power_cut cut, size_t n, uint64_t file, uint64_t sector)
{
	uint64_t random = mix_hash(power->random ^ mix_hash(file) ^ mix_hash(sector * 2 + 1));

	switch (cut) {
	case POWER_NOTHING:
		return 0;
	case POWER_PREFIX:
		return mix_hash(power->random ^ file) % (n + 1);
	case POWER_SOME:
		return random % (n + 1);
	case POWER_ALL_OR_NONE:
		return random % 2 == 0 ? 0 : n;
	default:
		return n;
	}
}

static void
write_sectors(struct power *power, enum power_cut cut, const struct image *image, size_t turn)
{
	const struct fault_event *event = &power->events[image->pending[turn]];
	size_t from = event->offset, end = event->offset + event->len;

	while (from < end) {
		size_t next = (from / SECTOR + 1) * SECTOR, to = next < end ? next : end;

		if (turn < cut_of(power, cut, image->n_pending, image->file, from / SECTOR))
			memcpy(power->buffer + from, event->data + (from - event->offset),
			    to - from);
		from = to;
	}
}

/*
 * Fills the buffer with what may be there of a file; its length. A length is given at some
 * moment too, but never without the bytes that lie in it: they are zero if not written.
 */
static size_t
make_file(struct power *power, enum power_cut cut, const struct image *image)
{
	size_t most = image->len, len = image->len, n = image->n_pending;
	size_t len_cut = cut_of(power, cut, n, image->file, UINT32_MAX);

	for (size_t i = 0; i < n; i++) {
		const struct fault_event *event = &power->events[image->pending[i]];
		size_t end = event->offset + event->len;

		most = end > most ? end : most;
		if (i < len_cut && (end > len || event->type == FAULT_EVENT_TRUNCATE))
			len = end;
	}
	reserve_bytes(&power->buffer, &power->buffer_room, most + 1);
	if (image->len > 0)
		memcpy(power->buffer, image->data, image->len);
	memset(power->buffer + image->len, 0, most - image->len);
	for (size_t i = 0; i < n; i++)
		if (power->events[image->pending[i]].type == FAULT_EVENT_WRITE)
			write_sectors(power, cut, image, i);
	return len;
}

static void
write_image(const char *path, const unsigned char *data, size_t len)
{
	size_t full = len;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	ck_assert_int_ge(fd, 0);
	while (full > 0 && data[full - 1] == 0)
		full--;
	ck_assert_int_eq(write(fd, data, full), (ssize_t)full);
	ck_assert_int_eq(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

/* Makes what lies in a directory; a name may be there before what has it. */
static void
make_directory(struct power *power, enum power_cut cut, const struct names *names, uint64_t dir,
    const char *path)
{
	char below[PATH_SIZE];

	for (size_t i = 0; i < names->n; i++) {
		const struct name *name = &names->list[i];

		if (name->dir != dir)
			continue;
		struct image *image = image_of(power, name->file);
		ck_assert_int_lt(snprintf(below, sizeof(below), "%s/%s", path, name->name),
		    PATH_SIZE);
		if (image->directory) {
			ck_assert_int_eq(mkdir(below, 0700), 0);
			make_directory(power, cut, names, name->file, below);
		} else {
			write_image(below, power->buffer, make_file(power, cut, image));
		}
	}
}

/* Chooses how many of the pending changes of a directory's names have reached it. */
static size_t
names_cut(const struct power *power, enum power_cut cut, uint64_t dir)
{
	size_t n = 0;

	for (size_t i = 0; i < power->n_pending; i++)
		n += directory_of(&power->events[power->pending[i]]) == dir;
	return cut_of(power, cut == POWER_SOME || cut == POWER_ALL_OR_NONE ? POWER_PREFIX : cut, n,
	    dir, 0);
}

void
power_make(struct power *power, enum power_cut cut, uint64_t seed, const char *dir)
{
	static struct names names;

	names = power->names;
	power->random = mix_hash(seed + 1);
	for (size_t i = 0; i < power->n_pending; i++) {
		const struct fault_event *event = &power->events[power->pending[i]];
		uint64_t in = directory_of(event);
		size_t turn = 0;

		for (size_t j = 0; j < i; j++)
			turn += directory_of(&power->events[power->pending[j]]) == in;
		if (turn < names_cut(power, cut, in))
			names_apply(&names, event);
	}
	make_directory(power, cut, &names, FAULT_ROOT, dir);
}
