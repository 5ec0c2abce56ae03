/*
 * store_fixture: what the tests of the store share. See store_fixture.h.
 */
#include "store_fixture.h"
#include "base/clock.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/rmtree.h"
#include "suite.h"

#define PAUSE_NS (1000 * 1000)

void
fixture_dir(char dir[FIXTURE_DIR_MAX])
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, FIXTURE_DIR_MAX, "%s/kabar-store-XXXXXX", base == NULL ? "/tmp" : base);
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

void
fixture_dir_in_memory(char dir[FIXTURE_DIR_MAX])
{
	snprintf(dir, FIXTURE_DIR_MAX, "/dev/shm/kabar-store-XXXXXX");
	if (mkdtemp(dir) == NULL)
		fixture_dir(dir);
}

void
fixture_wipe(const char *dir)
{
	rmtree(dir);
}

void
fixture_remove(const char *dir)
{
	fixture_committer_leave(dir);
	fixture_wipe(dir);
}

struct store_options
fixture_options(const char *dir)
{
	return (struct store_options){
		.state = dir,
		.log_file_size = FIXTURE_LOG_SIZE,
		.table_slots = 128,
	};
}

struct store *
fixture_open(const struct store_options *opt)
{
	char error[512] = "";
	struct store *store = store_open(opt, error, sizeof(error));

	ck_assert_msg(store != NULL, "%s", error);
	return store;
}

struct store *
fixture_memory(void)
{
	struct store_options opt = fixture_options("");

	opt.memory = true;
	return fixture_open(&opt);
}

struct store *
fixture_create(const struct store_options *opt)
{
	char error[512] = "";

	ck_assert_msg(store_create(opt, error, sizeof(error)) == 0, "%s", error);
	return fixture_open(opt);
}

struct store *
fixture_open_writer(const struct store_options *opt)
{
	char error[512] = "";
	struct store *store = store_open_writer(opt, error, sizeof(error));

	ck_assert_msg(store != NULL, "%s", error);
	return store;
}

enum store_status
fixture_commit(struct store *store, const struct store_tx *tx, unsigned int *step, uint64_t *value)
{
	struct store_outcome outcome;
	enum store_status status = store_commit(store, tx, &outcome);

	ck_assert_int_eq(status, outcome.status);
	*step = outcome.step;
	*value = outcome.value;
	return status;
}

enum store_status
fixture_try(struct store *store, const struct store_tx *tx)
{
	return store_commit(store, tx, NULL);
}

void
fixture_must(struct store *store, const struct store_tx *tx)
{
	ck_assert_int_eq(fixture_try(store, tx), STORE_OK);
}

enum store_status
fixture_put(struct store *store, int table, const char *key, const char *value)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_put(&tx, table, key, strlen(key), value, strlen(value));
	return store_commit(store, &tx, NULL);
}

enum store_status
fixture_append(struct store *store, uint64_t log, const char *text)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, text, strlen(text), 0, STORE_NO_LIMIT);
	return store_commit(store, &tx, NULL);
}

bool
fixture_has(struct store *store, int table, const char *key, const char *value)
{
	char found[256];
	size_t len;
	enum store_status status =
	    store_get(store, table, key, strlen(key), found, sizeof(found), &len);

	if (value == NULL)
		return status == STORE_ABSENT;
	return status == STORE_OK && len == strlen(value) && memcmp(found, value, len) == 0;
}

uint64_t
fixture_number(struct store *store, int table, const char *key)
{
	uint64_t number;

	ck_assert_int_eq(store_get_number(store, table, key, strlen(key), &number), STORE_OK);
	return number;
}

struct store_log_info
fixture_info(struct store *store, uint64_t log)
{
	struct store_log_info info;

	ck_assert_int_eq(store_log_info(store, log, &info), STORE_OK);
	return info;
}

static void
print_finding(void *arg, const struct store_finding *finding)
{
	(void)arg;
	fprintf(stderr, "%s: %s\n", finding->class >= STORE_FOUND_DAMAGED ? "lost" : "warning",
	    finding->text);
}

static void
print_loss(void *arg, const struct store_finding *finding)
{
	if (finding->class >= STORE_FOUND_DAMAGED)
		print_finding(arg, finding);
}

void
fixture_check(struct store *store)
{
	ck_assert_int_eq(store_fsck_check(store, print_finding, NULL), 0);
}

void
fixture_check_crashed(struct store *store)
{
	int result = store_fsck_check(store, print_loss, NULL);

	ck_assert_msg(result == 0 || result == 1, "the check's result is %d", result);
}

/* Shared with the process of each test, which ends at a failure. */
struct place {
	char what[32];
	uint64_t number;
};

static struct place *places;

static void
share_places(size_t n)
{
	void *shared = mmap(NULL, n * sizeof(*places), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared != MAP_FAILED)
		places = shared;
}

static void
print_places(size_t n)
{
	for (size_t i = 0; places != NULL && i < n; i++)
		if (places[i].what[0] != '\0')
			fprintf(stderr, "a test failed at %s %llu\n", places[i].what,
			    (unsigned long long)places[i].number);
}

void
fixture_place(const char *what, uint64_t number)
{
	static struct place *mine;

	for (size_t i = 0; mine == NULL; i++)
		if (places[i].what[0] == '\0')
			mine = &places[i];
	snprintf(mine->what, sizeof(mine->what), "%s", what);
	mine->number = number;
}

void
fixture_wait(fixture_condition *condition, void *arg, const char *what)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	int64_t deadline = clock_monotonic_ms() + FIXTURE_WAIT_MS;

	while (!condition(arg)) {
		ck_assert_msg(clock_monotonic_ms() < deadline, "never came: %s", what);
		nanosleep(&pause, NULL);
	}
}

pid_t
fixture_committer(const char *dir)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[STORE_STATE_MAX];

	snprintf(path, sizeof(path), "%s/commit.lock", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	int result = fcntl(fd, F_GETLK, &lock);
	close(fd);
	ck_assert_int_eq(result, 0);
	return lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

static bool
no_committer(void *arg)
{
	return fixture_committer(arg) == 0;
}

void
fixture_committer_ended(const char *dir)
{
	fixture_wait(no_committer, (void *)(uintptr_t)dir, "the end of the committer");
}

void
fixture_committer_leave(const char *dir)
{
	unsigned char request[STORE_REQUEST_SIZE] = { STORE_REQUEST_LEAVE };
	unsigned char reply[STORE_REPLY_SIZE];
	struct store store = { .committer.fd = -1 };

	if (fixture_committer(dir) == 0)
		return;
	snprintf(store.state, sizeof(store.state), "%s", dir);
	int fd = store_socket_try(&store);
	if (fd >= 0) {
		if (send(fd, request, sizeof(request), MSG_NOSIGNAL) == sizeof(request))
			while (recv(fd, reply, sizeof(reply), 0) < 0 &&
			    (errno == EINTR || errno == EAGAIN))
				;
		close(fd);
	}
	fixture_committer_ended(dir);
}

int
fixture_main(int argc, char **argv, const TTest *const *tests, size_t n)
{
	const char *name = strrchr(argv[0], '/') == NULL ? argv[0] : strrchr(argv[0], '/') + 1;
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);

	setproctitle_init(argc, argv, environ);
	log_init(name, 1, LOG_DAEMON);
	log_set_level(LOG_ERR); /* much of what would be warned of is made to happen */
	share_places(n);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);

	int status = suite_run(suite);
	print_places(n);
	return status;
}
