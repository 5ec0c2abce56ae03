/*
 * Processes that only read a store: they have no descriptor that can write, see transactions whole
 * or not at all while others commit and die, and get files brought back that a killed process left
 * half written.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/table.h"
#include "store/tdb/layout.h"
#include "store_crash.h"
#include "store_fault.h"

#define STEP    3 /* of the deaths, each so many writes after the one before */
#define WRITERS 2
#define READERS 3
#define KILLS   12
#define SUM     1000 /* of a writer's two numbers */
#define FILLER  3000 /* bytes of a record that changes as a whole, at most */

/* Counts the open files of the store; none of them may be open for writing. */
static int
count_files(const char *dir)
{
	char link[64], target[PATH_MAX];
	int n = 0;

	for (int fd = 0; fd < 256; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t len = readlink(link, target, sizeof(target) - 1);
		if (len <= 0 || strncmp(target, dir, strlen(dir)) != 0)
			continue;
		target[len] = '\0';
		ck_assert_msg((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY, "%s can be written",
		    target);
		n++;
	}
	return n;
}

START_TEST(test_descriptors)
{
	char dir[FIXTURE_DIR_MAX], path[PATH_MAX];
	struct stat st;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt);
	ck_assert_int_eq(fixture_put(store, CHAT_TABLE_USERS, "messi", "Argentina"), STORE_OK);
	ck_assert_int_eq(fixture_append(store, 7, "goal"), STORE_OK);
	ck_assert(fixture_has(store, CHAT_TABLE_USERS, "messi", "Argentina"));
	ck_assert_uint_eq(fixture_info(store, 7).last, 1);
	store_rest(store);
	ck_assert_int_eq(count_files(dir), 2);
	ck_assert_int_eq(store_map(store, true), 0);
	ck_assert(fixture_has(store, CHAT_TABLE_USERS, "messi", "Argentina"));
	ck_assert_int_eq(count_files(dir), 2);
	store_close(store);
	snprintf(path, sizeof(path), "%s/tables.tdb", dir);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	fixture_remove(dir);
}
END_TEST

static bool
is_torn(const char *dir, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	bool torn = store_layout_is_torn(fd);
	close(fd);
	return torn;
}

/* A process that opens the store before the fault and reads it when it is told what to find. */
struct onlooker {
	pid_t pid;
	int fd;
};

static void
look_on(const struct store_options *opt, int in, int out)
{
	struct store *store = fixture_open(opt);
	struct script script;

	ck_assert_int_eq(write(out, "r", 1), 1);
	ck_assert_int_eq(read(in, &script, sizeof(script)), sizeof(script));
	store_refresh(store);
	script_verify(&script, store);
	store_close(store);
	_exit(0);
}

static struct onlooker
start_onlooker(const struct store_options *opt)
{
	struct onlooker onlooker;
	int to[2], from[2];
	char ready;

	ck_assert_int_eq(pipe(to), 0);
	ck_assert_int_eq(pipe(from), 0);
	onlooker.pid = fork();
	ck_assert_int_ge(onlooker.pid, 0);
	if (onlooker.pid == 0)
		look_on(opt, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	ck_assert_int_eq(read(from[0], &ready, 1), 1);
	close(from[0]);
	onlooker.fd = to[1];
	return onlooker;
}

static void
end_onlooker(const struct onlooker *onlooker, const struct script *script)
{
	int status;

	ck_assert_int_eq(write(onlooker->fd, script, sizeof(*script)), sizeof(*script));
	close(onlooker->fd);
	ck_assert_int_eq(waitpid(onlooker->pid, &status, 0), onlooker->pid);
	ck_assert_int_eq(status, 0);
}

/*
 * A process dies within a commit, and none that may write is left. A reader that had the store open
 * before and one that opens it now both find what was acknowledged.
 */
START_TEST(test_half_written)
{
	char dir[FIXTURE_DIR_MAX];
	bool died = true;
	int torn = 0;

	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, CRASH_ROTATE_NEVER);
	for (struct crash_fate fate = { .death = 2 }; died; fate.death += STEP) {
		struct script script = { 0 };

		fixture_place("death at step", fate.death);
		crash_make(&opt);
		struct onlooker onlooker = start_onlooker(&opt);
		died = crash_die_of(&opt, &fate, &script);
		torn += is_torn(dir, "tables.tdb") || is_torn(dir, "log/0000000000000001.tdb");
		if (fate.death % 2 == 0)
			end_onlooker(&onlooker, &script);
		struct store *store = fixture_open(&opt);
		script_verify(&script, store);
		store_close(store);
		if (fate.death % 2 != 0)
			end_onlooker(&onlooker, &script);
		ck_assert(!is_torn(dir, "tables.tdb"));
		fixture_committer_leave(dir);
	}
	ck_assert_int_gt(torn, 5);
	fixture_place("", 0);
	fixture_remove(dir);
}
END_TEST

/* Tells whether a process waits for a lock on a file. */
static bool
is_waiting(void *arg)
{
	pid_t *pid = arg;
	char line[256], wanted[32];
	bool found = false;
	FILE *locks = fopen("/proc/locks", "r");

	ck_assert_ptr_nonnull(locks);
	ck_assert_msg(waitpid(*pid, NULL, WNOHANG) == 0, "the reader did not wait");
	snprintf(wanted, sizeof(wanted), " READ %ld ", (long)*pid);
	while (!found && fgets(line, sizeof(line), locks) != NULL)
		found = strstr(line, "-> POSIX") != NULL && strstr(line, wanted) != NULL;
	fclose(locks);
	return found;
}

static void
get_and_exit(const struct store_options *opt, int ready, int go)
{
	struct store *store = fixture_open(opt);
	char byte;

	ck_assert_int_eq(write(ready, "r", 1), 1);
	ck_assert_int_eq(read(go, &byte, 1), 1);
	ck_assert(fixture_has(store, CHAT_TABLE_USERS, "messi", "Argentina"));
	_exit(0);
}

/* While a process holds the locks of one that commits, a reader waits. */
START_TEST(test_waiting)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = HEADER_SIZE };
	char dir[FIXTURE_DIR_MAX], path[PATH_MAX], byte;
	int ready[2], go[2], status;

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt);
	ck_assert_int_eq(fixture_put(store, CHAT_TABLE_USERS, "messi", "Argentina"), STORE_OK);
	store_close(store);
	ck_assert(pipe(ready) == 0 && pipe(go) == 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		get_and_exit(&opt, ready[1], go[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	snprintf(path, sizeof(path), "%s/tables.tdb", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_SETLKW, &lock), 0);
	ck_assert_int_eq(write(go[1], "g", 1), 1);
	fixture_wait(is_waiting, &pid, "the reader's wait for the lock");
	close(fd);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	fixture_remove(dir);
}
END_TEST

/* What the processes of the churn share. */
struct churn {
	atomic_bool stop;
	atomic_uint done[WRITERS];
	atomic_uint looks[READERS];
};

/* A writer's numbers have one sum, its filler is one byte repeated, its log counts. */
static void
commit_round(struct store *store, unsigned int writer, unsigned int number)
{
	static struct store_tx tx;
	unsigned char filler[FILLER], value[8];
	char key[16];
	uint64_t part = number * 7 % SUM;

	store_tx_init(&tx);
	pack_put_u64(value, part);
	snprintf(key, sizeof(key), "%u a", writer);
	store_tx_put(&tx, CHAT_TABLE_USERS, key, strlen(key), value, sizeof(value));
	pack_put_u64(value, SUM - part);
	snprintf(key, sizeof(key), "%u b", writer);
	store_tx_put(&tx, CHAT_TABLE_USERS, key, strlen(key), value, sizeof(value));
	memset(filler, (int)(number & 0xff), sizeof(filler));
	snprintf(key, sizeof(key), "%u filler", writer);
	store_tx_put(&tx, CHAT_TABLE_GROUPS, key, strlen(key), filler, 1 + number * 37 % FILLER);
	fixture_must(store, &tx);

	store_tx_init(&tx);
	pack_put_u64(value, number);
	store_tx_append(&tx, 100 + writer, value, sizeof(value), 0, STORE_NO_LIMIT);
	fixture_must(store, &tx);
}

static void
write_on(const struct store_options *opt, struct churn *churn, unsigned int writer)
{
	struct store *store = fixture_open(opt);

	for (unsigned int number = 1; !churn->stop; number++) {
		commit_round(store, writer, number);
		churn->done[writer] = number;
	}
	store_close(store);
	_exit(0);
}

struct sums {
	uint64_t of[WRITERS];
	int n;
};

static int
add_record(void *arg, int table, const void *key, size_t key_len, const void *value, size_t len)
{
	const char *name = key;
	const unsigned char *bytes = value;
	struct sums *sums = arg;

	if (table == CHAT_TABLE_USERS && key_len == 3 && len == 8) {
		sums->of[name[0] - '0'] += pack_get_u64(bytes);
		sums->n++;
	}
	for (size_t i = 1; table == CHAT_TABLE_GROUPS && i < len; i++)
		ck_assert_uint_eq(bytes[i], bytes[0]);
	return 0;
}

static void
check_tables(struct store *store, const struct churn *churn)
{
	struct sums sums = { .n = 0 };
	bool begun[WRITERS];

	for (int i = 0; i < WRITERS; i++)
		begun[i] = churn->done[i] > 0;
	ck_assert_int_eq(store_each_table(store, add_record, &sums), 0);
	for (int i = 0; i < WRITERS; i++)
		ck_assert(sums.of[i] == SUM || (!begun[i] && sums.of[i] == 0));
}

/* What is acknowledged is there, and what is there is in order. */
static void
check_log(struct store *store, const struct churn *churn, unsigned int writer)
{
	uint64_t done = churn->done[writer], number = 0, seq;
	struct store_reader reader;
	struct store_entry entry;

	ck_assert_int_eq(store_reader_init(&reader, store, 100 + writer, 0), STORE_OK);
	ck_assert_uint_ge(reader.last, done);
	while (store_reader_peek(&reader, &seq) == STORE_OK) {
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(entry.number, ++number);
		ck_assert_uint_eq(pack_get_u64(entry.data), number);
		store_reader_skip(&reader);
	}
	ck_assert_uint_eq(number, reader.last);
}

static void
read_on(const struct store_options *opt, struct churn *churn, unsigned int reader)
{
	struct store *store = fixture_open(opt);

	ck_assert_int_eq(store_map(store, reader == 0), 0);
	while (!churn->stop) {
		store_refresh(store);
		check_tables(store, churn);
		check_log(store, churn, reader % WRITERS);
		churn->looks[reader]++;
	}
	store_close(store);
	_exit(0);
}

struct goal {
	const struct churn *churn;
	unsigned int done, looks;
};

static bool
has_gone_on(void *arg)
{
	const struct goal *goal = arg;

	for (int i = 0; i < WRITERS; i++)
		if (goal->churn->done[i] < goal->done)
			return false;
	for (int i = 0; i < READERS; i++)
		if (goal->churn->looks[i] < goal->looks)
			return false;
	return true;
}

static pid_t
start(const struct store_options *opt, struct churn *churn, unsigned int number)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0 && number < WRITERS)
		write_on(opt, churn, number);
	if (pid == 0)
		read_on(opt, churn, number - WRITERS);
	return pid;
}

/* Committers are killed one after the other while others commit and read. */
START_TEST(test_churn)
{
	char dir[FIXTURE_DIR_MAX];
	pid_t pids[WRITERS + READERS];
	int status;
	struct churn *churn =
	    mmap(NULL, sizeof(*churn), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	ck_assert(churn != MAP_FAILED);
	fixture_dir_in_memory(dir);
	struct store_options opt = crash_options(dir, 64 * 1024);
	opt.table_slots = 4096; /* a chain far from the next one, for what is read of one moment */
	store_close(fixture_create(&opt));
	for (unsigned int i = 0; i < WRITERS + READERS; i++)
		pids[i] = start(&opt, churn, i);
	for (unsigned int kill_number = 1; kill_number <= KILLS; kill_number++) {
		struct goal goal = { churn, 10 * kill_number, 2 * kill_number };

		fixture_wait(has_gone_on, &goal, "progress after a kill");
		pid_t committer = fixture_committer(dir);
		ck_assert(committer == 0 || kill(committer, SIGKILL) == 0);
		if (kill_number % 4 == 0) {
			struct store *store = fixture_open(&opt);
			ck_assert_int_eq(store_compact(store), STORE_OK);
			store_close(store);
		}
	}
	churn->stop = true;
	for (int i = 0; i < WRITERS + READERS; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	struct store *store = fixture_open(&opt);
	fixture_check_crashed(store);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_descriptors,
		test_half_written,
		test_waiting,
		test_churn,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
