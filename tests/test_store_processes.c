/*
 * The store among processes that know nothing of each other: writers, readers and the one
 * committer that they share, which is killed and stopped under load, as writers are. What was
 * acknowledged is there exactly once, what was not at most once.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/table.h"
#include "process.h"
#include "store_fixture.h"

#define WRITERS      8
#define READERS      2
#define SERIALS_MOST 20000
#define SHARED_LOG   1
#define OWN_LOG(i)   (10 + (uint64_t)(i))
#define KILLS        20
#define PROGRESS     40 /* acknowledged appends between two kills */

/* The progress of one writer, in shared memory. */
struct progress {
	atomic_uint begun;
	atomic_uint done;
};

struct arena {
	atomic_bool stop;
	struct progress writers[WRITERS];
	atomic_uint rounds[READERS];
	uint64_t numbers[WRITERS][SERIALS_MOST]; /* in the shared log; 0: not acknowledged */
	uint64_t counted[WRITERS][SERIALS_MOST]; /* first of what next gave */
};

struct payload {
	uint32_t writer;
	uint32_t serial;
	char filler[1200]; /* so that files of logs fill up */
};

struct scene {
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt;
	struct arena *arena;
	pid_t writers[WRITERS];
	pid_t readers[READERS];
	unsigned int limit; /* appends of a writer */
};

static void
scene_open(struct scene *scene)
{
	*scene = (struct scene){ .limit = SERIALS_MOST - 1 };
	fixture_dir(scene->dir);
	scene->opt = fixture_options(scene->dir);
	store_close(fixture_create(&scene->opt));
	scene->arena = mmap(NULL, sizeof(*scene->arena), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(scene->arena, MAP_FAILED);
}

static void
scene_close(struct scene *scene)
{
	fixture_remove(scene->dir);
	munmap(scene->arena, sizeof(*scene->arena));
}

static struct store *
child_open(const struct store_options *opt)
{
	char error[512];
	struct store *store = store_open(opt, error, sizeof(error));

	FIXTURE_DEMAND(store != NULL);
	return store;
}

/* Appends to the shared log and to the own one, and takes a number: all or nothing. */
static void
append_both(struct scene *scene, struct store *store, uint32_t writer, uint32_t serial)
{
	struct payload payload = { .writer = writer, .serial = serial };
	struct store_outcome outcome;
	struct store_entry entry;
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, OWN_LOG(writer), &payload, 8, 0, STORE_NO_LIMIT);
	store_tx_next(&tx, STORE_LOG_STATE, "appends", 7, 1);
	store_tx_append(&tx, SHARED_LOG, &payload, sizeof(payload), 0, STORE_NO_LIMIT);
	FIXTURE_DEMAND(store_commit(store, &tx, &outcome) == STORE_OK);
	FIXTURE_DEMAND(store_entry(store, outcome.value, &entry) == STORE_OK);
	scene->arena->numbers[writer][serial] = store_entry_number(&entry, SHARED_LOG);
}

static void
count_on(struct scene *scene, struct store *store, uint32_t writer, uint32_t serial)
{
	struct store_outcome outcome;
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "ids", 3, 1 + writer);
	FIXTURE_DEMAND(store_commit(store, &tx, &outcome) == STORE_OK);
	scene->arena->counted[writer][serial] = outcome.value;
}

static void
write_on(struct scene *scene, uint32_t writer)
{
	struct progress *progress = &scene->arena->writers[writer];
	struct store *store = child_open(&scene->opt);

	for (uint32_t serial = 1; serial <= scene->limit && !scene->arena->stop; serial++) {
		progress->begun = serial;
		append_both(scene, store, writer, serial);
		count_on(scene, store, writer, serial);
		progress->done = serial;
		if (serial % 64 == writer)
			store_rest(store);
	}
	store_close(store);
}

/* Checks that the shared log has no gap or misplaced entry, and that no own log lags behind it. */
static void
read_shared(struct store *store, uint64_t *after)
{
	struct store_reader reader;
	struct store_entry entry;
	struct store_log_info info;
	struct payload payload;
	uint64_t seq;

	FIXTURE_DEMAND(store_reader_init(&reader, store, SHARED_LOG, *after) == STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		FIXTURE_DEMAND(store_entry(store, seq, &entry) == STORE_OK);
		FIXTURE_DEMAND(entry.log == SHARED_LOG && entry.number == *after + 1);
		FIXTURE_DEMAND(entry.len == sizeof(payload));
		memcpy(&payload, entry.data, sizeof(payload));
		FIXTURE_DEMAND(payload.writer < WRITERS);
		*after = entry.number;
	}
	FIXTURE_DEMAND(store_reader_peek(&reader, &seq) == STORE_ABSENT);
	FIXTURE_DEMAND(*after >= reader.last);
	if (*after == 0)
		return;
	FIXTURE_DEMAND(store_log_info(store, OWN_LOG(payload.writer), &info) == STORE_OK);
	FIXTURE_DEMAND(info.last >= payload.serial);
}

static void
read_on(struct scene *scene, int reader)
{
	struct store *store = child_open(&scene->opt);
	uint64_t after = 0;

	while (!scene->arena->stop) {
		uint64_t before = after;

		read_shared(store, &after);
		if (after > before)
			scene->arena->rounds[reader]++;
	}
	after = 0;
	read_shared(store, &after);
	store_close(store);
}

static pid_t
start_child(struct scene *scene, void (*work)(struct scene *, uint32_t), uint32_t number)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		work(scene, number);
		_exit(0);
	}
	return pid;
}

static void
read_as(struct scene *scene, uint32_t number)
{
	read_on(scene, (int)number);
}

static void
start_writers(struct scene *scene)
{
	for (uint32_t i = 0; i < WRITERS; i++)
		scene->writers[i] = start_child(scene, write_on, i);
}

static void
start_readers(struct scene *scene)
{
	for (uint32_t i = 0; i < READERS; i++)
		scene->readers[i] = start_child(scene, read_as, i);
}

static void
join_children(pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int status;

		if (pids[i] == 0)
			continue;
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %zu: status %x",
		    i, (unsigned int)status);
		pids[i] = 0;
	}
}

static unsigned int
all_done(const struct arena *arena)
{
	unsigned int sum = 0;

	for (int i = 0; i < WRITERS; i++)
		sum += arena->writers[i].done;
	return sum;
}

struct goal {
	struct scene *scene;
	unsigned int done;
};

static bool
has_progressed(void *arg)
{
	const struct goal *goal = arg;

	return all_done(goal->scene->arena) >= goal->done;
}

static void
wait_for_progress(struct scene *scene, unsigned int more)
{
	struct goal goal = { .scene = scene, .done = all_done(scene->arena) + more };

	fixture_wait(has_progressed, &goal, "progress of the writers");
}

/* Looking at the result. */

struct tally {
	unsigned char shared[WRITERS][SERIALS_MOST];
	unsigned char own[WRITERS][SERIALS_MOST];
};

static void
tally_log(struct store *store, uint64_t log, unsigned char seen[WRITERS][SERIALS_MOST],
    const struct arena *arena)
{
	struct store_reader reader;
	struct store_entry entry;
	struct payload payload;
	uint64_t seq, number = 0;

	ck_assert_int_eq(store_reader_init(&reader, store, log, 0), STORE_OK);
	for (; store_reader_peek(&reader, &seq) == STORE_OK; store_reader_skip(&reader)) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(entry.number, ++number);
		memcpy(&payload, entry.data, 8);
		ck_assert_uint_lt(payload.writer, WRITERS);
		ck_assert_uint_lt(payload.serial, SERIALS_MOST);
		seen[payload.writer][payload.serial]++;
		uint64_t told = arena->numbers[payload.writer][payload.serial];
		if (log == SHARED_LOG && told != 0)
			ck_assert_uint_eq(told, number);
	}
	ck_assert_uint_eq(number, fixture_info(store, log).last);
}

static void
check_exactly_once(const struct scene *scene, const struct tally *tally)
{
	for (int w = 0; w < WRITERS; w++)
		for (unsigned int s = 1; s < SERIALS_MOST; s++) {
			int shared = tally->shared[w][s], own = tally->own[w][s];

			ck_assert_msg(shared == own, "writer %d, serial %u: %d and %d", w, s,
			    shared, own);
			ck_assert_msg(shared <= 1, "writer %d, serial %u came %d times", w, s,
			    shared);
			ck_assert_msg(shared == 1 || scene->arena->numbers[w][s] == 0,
			    "writer %d, serial %u is lost", w, s);
			ck_assert_msg(shared == 0 || s <= scene->arena->writers[w].begun,
			    "writer %d, serial %u came from nowhere", w, s);
		}
}

static int
compare_numbers(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* Checks that no number was given twice. `complete`: no writer died before it heard of its number.
 */
static void
check_counters(const struct scene *scene, struct store *store, bool complete)
{
	uint64_t(*ranges)[2] = calloc((size_t)WRITERS * SERIALS_MOST, sizeof(*ranges)), given = 0;
	size_t n = 0;

	ck_assert_ptr_nonnull(ranges);
	for (uint32_t w = 0; w < WRITERS; w++)
		for (unsigned int s = 1; s < SERIALS_MOST; s++) {
			if (scene->arena->counted[w][s] == 0)
				continue;
			ranges[n][0] = scene->arena->counted[w][s];
			ranges[n++][1] = 1 + w;
			given += 1 + w;
		}
	qsort(ranges, n, sizeof(*ranges), compare_numbers);
	for (size_t i = 1; i < n; i++)
		ck_assert_uint_ge(ranges[i][0], ranges[i - 1][0] + ranges[i - 1][1]);
	uint64_t last = fixture_number(store, STORE_COUNTERS, "ids");
	ck_assert_uint_ge(last, n == 0 ? 0 : ranges[n - 1][0] + ranges[n - 1][1] - 1);
	if (complete)
		ck_assert_uint_eq(last, given);
	free(ranges);
}

static void
check_scene(const struct scene *scene, bool complete)
{
	struct store *store = fixture_open(&scene->opt);
	struct tally *tally = calloc(1, sizeof(*tally));

	ck_assert_ptr_nonnull(tally);
	tally_log(store, SHARED_LOG, tally->shared, scene->arena);
	for (int w = 0; w < WRITERS; w++)
		tally_log(store, OWN_LOG(w), tally->own, scene->arena);
	check_exactly_once(scene, tally);
	free(tally);
	ck_assert_uint_eq(fixture_number(store, STORE_LOG_STATE, "appends"),
	    fixture_info(store, SHARED_LOG).last);
	check_counters(scene, store, complete);
	fixture_check_crashed(store);
	store_close(store);
}

START_TEST(test_writers_and_readers)
{
	struct scene scene;

	scene_open(&scene);
	scene.limit = 200;
	start_readers(&scene);
	start_writers(&scene);
	join_children(scene.writers, WRITERS);
	scene.arena->stop = true;
	join_children(scene.readers, READERS);
	check_scene(&scene, true);
	ck_assert_uint_eq(all_done(scene.arena), WRITERS * 200);
	for (int i = 0; i < READERS; i++)
		ck_assert_uint_gt(scene.arena->rounds[i], 1);

	struct store *store = fixture_open(&scene.opt);
	ck_assert_uint_eq(fixture_info(store, SHARED_LOG).last, WRITERS * 200);
	ck_assert_uint_gt(store->n_logs, 1);
	fixture_check(store);
	store_close(store);
	scene_close(&scene);
}
END_TEST

/* Finds a committer with another pid than the last. */
struct hunt {
	const char *dir;
	pid_t last;
	pid_t found;
};

static bool
is_found(void *arg)
{
	struct hunt *hunt = arg;

	hunt->found = fixture_committer(hunt->dir);
	return hunt->found != 0 && hunt->found != hunt->last;
}

START_TEST(test_killed_committers)
{
	struct scene scene;
	struct hunt hunt = { .dir = scene.dir };

	scene_open(&scene);
	start_readers(&scene);
	start_writers(&scene);
	for (unsigned int i = 0; i < KILLS; i++) {
		/* Not always at the same place: some die soon after they began. */
		wait_for_progress(&scene, i % 4 == 0 ? 1 : PROGRESS + i * 7);
		fixture_wait(is_found, &hunt, "a new committer");
		ck_assert_int_eq(kill(hunt.found, SIGKILL), 0);
		hunt.last = hunt.found;
	}
	wait_for_progress(&scene, PROGRESS);
	scene.arena->stop = true;
	join_children(scene.writers, WRITERS);
	join_children(scene.readers, READERS);
	check_scene(&scene, true);
	scene_close(&scene);
}
END_TEST

START_TEST(test_killed_writers)
{
	struct scene scene;

	scene_open(&scene);
	start_readers(&scene);
	start_writers(&scene);
	for (uint32_t i = 0; i < WRITERS; i++) {
		wait_for_progress(&scene, PROGRESS);
		process_kill(scene.writers[i]);
		scene.writers[i] = 0;
	}
	scene.arena->stop = true;
	join_children(scene.readers, READERS);
	/* Until it has ended, the committer may still be doing what the last writer handed over. */
	fixture_committer_ended(scene.dir);
	check_scene(&scene, false);
	scene_close(&scene);
}
END_TEST

static bool
all_wait(void *arg)
{
	const struct arena *arena = arg;

	for (int i = 0; i < WRITERS; i++)
		if (arena->writers[i].begun != arena->writers[i].done + 1)
			return false;
	return true;
}

START_TEST(test_stopped_committer)
{
	struct scene scene;

	scene_open(&scene);
	start_readers(&scene);
	start_writers(&scene);
	for (int i = 0; i < 3; i++) {
		wait_for_progress(&scene, PROGRESS);
		struct hunt hunt = { .dir = scene.dir };
		fixture_wait(is_found, &hunt, "a committer");
		ck_assert_int_eq(kill(hunt.found, SIGSTOP), 0);
		fixture_wait(process_is_stopped, &hunt.found, "a stop");
		fixture_wait(all_wait, scene.arena, "writers that wait");
		ck_assert_int_eq(kill(hunt.found, SIGKILL), 0);
	}
	wait_for_progress(&scene, PROGRESS);
	scene.arena->stop = true;
	join_children(scene.writers, WRITERS);
	join_children(scene.readers, READERS);
	check_scene(&scene, true);
	scene_close(&scene);
}
END_TEST

START_TEST(test_committer_comes_and_goes)
{
	struct scene scene;

	scene_open(&scene);
	struct store *store = fixture_open(&scene.opt);
	ck_assert_int_eq(fixture_committer(scene.dir), 0); /* reading needs none */
	ck_assert_int_eq(fixture_append(store, 1, "one"), STORE_OK);
	pid_t first = fixture_committer(scene.dir);
	ck_assert_int_ne(first, 0);
	ck_assert_int_ne(first, getpid());
	ck_assert_int_eq(fixture_append(store, 1, "two"), STORE_OK);
	ck_assert_int_eq(fixture_committer(scene.dir), first);

	store_rest(store); /* the last client goes, but the store stays open */
	fixture_committer_ended(scene.dir);
	ck_assert_int_eq(fixture_append(store, 1, "three"), STORE_OK);
	ck_assert_int_ne(fixture_committer(scene.dir), 0);
	ck_assert_uint_eq(fixture_info(store, 1).last, 3);
	store_close(store);
	fixture_committer_ended(scene.dir);
	scene_close(&scene);
}
END_TEST

/* Posted transactions are done in their order, and before the end of their sender is noticed. */
START_TEST(test_posts)
{
	struct scene scene;
	struct store_tx tx;

	scene_open(&scene);
	struct store *store = fixture_open(&scene.opt);
	for (uint64_t i = 1; i <= 500; i++) {
		store_tx_init(&tx);
		store_tx_advance(&tx, STORE_CURSORS, "0123456701234567", 16, i % 400);
		store_tx_next(&tx, STORE_COUNTERS, "posts", 5, 1);
		store_post(store, &tx);
	}
	store_close(store);
	fixture_committer_leave(scene.dir);
	store = fixture_open(&scene.opt);
	ck_assert_uint_eq(fixture_number(store, STORE_COUNTERS, "posts"), 500);
	ck_assert_uint_eq(fixture_number(store, STORE_CURSORS, "0123456701234567"), 399);
	store_close(store);
	scene_close(&scene);
}
END_TEST

/* A check while others write does not report unfinished changes. */
START_TEST(test_check_under_load)
{
	struct scene scene;

	scene_open(&scene);
	start_writers(&scene);
	struct store *store = fixture_open(&scene.opt);
	for (int i = 0; i < 8; i++) {
		wait_for_progress(&scene, PROGRESS);
		fixture_check(store);
	}
	store_close(store);
	scene.arena->stop = true;
	join_children(scene.writers, WRITERS);
	check_scene(&scene, true);
	scene_close(&scene);
}
END_TEST

/* The directory's path is longer than a socket's name may be. */
START_TEST(test_long_path)
{
	char dir[FIXTURE_DIR_MAX], deep[FIXTURE_DIR_MAX + 256];

	fixture_dir(dir);
	snprintf(deep, sizeof(deep), "%s/%0200d", dir, 0);
	ck_assert_int_eq(mkdir(deep, 0700), 0);
	struct store_options opt = fixture_options(deep);
	struct store *store = fixture_create(&opt);
	ck_assert_int_eq(fixture_append(store, 1, "one"), STORE_OK);
	ck_assert_uint_eq(fixture_info(store, 1).last, 1);
	store_close(store);
	fixture_committer_ended(deep);
	fixture_wipe(dir);
}
END_TEST

static void __attribute__((noreturn)) compact_and_change(const struct store_options *opt, int fd)
{
	char byte, error[512] = "";

	FIXTURE_DEMAND(read(fd, &byte, 1) == 1);
	struct store *store = store_open(opt, error, sizeof(error));
	FIXTURE_DEMAND(store != NULL);
	FIXTURE_DEMAND(store_compact(store) == STORE_OK);
	FIXTURE_DEMAND(fixture_put(store, CHAT_TABLE_REALM, "motto", "new") == STORE_OK);
	store_close(store);
	_exit(0);
}

/*
 * A process whose tables were replaced meanwhile reads its own change, or, if its transaction
 * conflicts, the record with which it conflicts.
 */
static void
commit_after_compacting(bool conflict)
{
	char dir[FIXTURE_DIR_MAX];
	struct store_tx tx;
	int fds[2], status;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	ck_assert_int_eq(pipe(fds), 0);
	pid_t other = fork();
	ck_assert_int_ge(other, 0);
	if (other == 0)
		compact_and_change(&opt, fds[0]);
	struct store *store = fixture_create(&opt);
	ck_assert_int_eq(fixture_put(store, CHAT_TABLE_REALM, "motto", "old"), STORE_OK);
	ck_assert(fixture_has(store, CHAT_TABLE_REALM, "motto", "old"));
	ck_assert_int_eq(write(fds[1], "", 1), 1);
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	ck_assert_int_eq(status, 0);
	store_tx_init(&tx);
	if (conflict)
		store_tx_expect(&tx, CHAT_TABLE_REALM, "motto", 5, "old", 3);
	store_tx_put(&tx, CHAT_TABLE_REALM, "motto", 5, "mine", 4);
	ck_assert_int_eq(store_commit(store, &tx, NULL), conflict ? STORE_CONFLICT : STORE_OK);
	ck_assert(fixture_has(store, CHAT_TABLE_REALM, "motto", conflict ? "new" : "mine"));
	store_close(store);
	close(fds[0]);
	close(fds[1]);
	fixture_remove(dir);
}

START_TEST(test_commit_after_compacting)
{
	commit_after_compacting(false);
}
END_TEST

START_TEST(test_conflict_after_compacting)
{
	commit_after_compacting(true);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_writers_and_readers,
		test_killed_committers,
		test_killed_writers,
		test_stopped_committer,
		test_committer_comes_and_goes,
		test_posts,
		test_check_under_load,
		test_long_path,
		test_commit_after_compacting,
		test_conflict_after_compacting,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
