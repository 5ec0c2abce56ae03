/*
 * A committer without descriptors, or one that does not answer: it serves those whom it has and
 * sleeps otherwise, takes the others when it can, and nobody waits for it for ever. The committer
 * is a fork of the test, so this poll() counts its turns.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fake_clock.h"
#include "store_fixture.h"

#define CLIENTS     8
#define PINGS       50
#define RESUMES     3
#define ANSWER_MS   300
#define FEW         160 /* descriptors */
#define FEW_FIRST   64  /* what the process begins with */
#define FEW_CLIENTS (FEW / 2)

/* What the committer's poll() did, as the test sees it. */
struct turns {
	atomic_uint all;
	atomic_uint deaf;   /* began without looking at the listening socket */
	atomic_uint looked; /* began looking at it after a turn that did not */
	atomic_bool is_deaf;
};

static struct turns *turns;
static pid_t test;

/* The committer waits with it. */
int
ppoll(struct pollfd *polls, nfds_t n, const struct timespec *limit, const sigset_t *mask)
{
	struct timespec left = limit == NULL ? (struct timespec){ 0 } : *limit;

	if (turns != NULL && getpid() != test && n > 0) {
		turns->all++;
		bool deaf = polls[0].events == 0;
		turns->deaf += deaf;
		turns->looked += !deaf && turns->is_deaf;
		turns->is_deaf = deaf;
	}
	return (int)syscall(SYS_ppoll, polls, n, limit == NULL ? NULL : &left, mask, _NSIG / 8);
}

struct place {
	char dir[FIXTURE_DIR_MAX];
	struct store *store;
	pid_t committer;
	int fds[CLIENTS];
};

static void
share_turns(void)
{
	turns =
	    mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(turns != MAP_FAILED);
	test = getpid();
}

static void
open_place(struct place *place)
{
	share_turns();
	fixture_dir(place->dir);
	struct store_options opt = fixture_options(place->dir);
	place->store = fixture_create(&opt);
	ck_assert_int_eq(fixture_append(place->store, 1, "first"), STORE_OK);
	place->committer = fixture_committer(place->dir);
	ck_assert_int_gt(place->committer, 0);
	for (int i = 0; i < CLIENTS; i++)
		place->fds[i] = -1;
}

static void
close_place(struct place *place)
{
	for (int i = 0; i < CLIENTS; i++)
		if (place->fds[i] >= 0)
			close(place->fds[i]);
	store_close(place->store);
	fixture_remove(place->dir);
}

static size_t
count_descriptors(pid_t pid)
{
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	DIR *directory = opendir(path);
	ck_assert_ptr_nonnull(directory);
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
		n += entry->d_name[0] != '.';
	closedir(directory);
	return n;
}

static void
limit_descriptors(const struct place *place, size_t most)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(place->committer, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = most;
	ck_assert_int_eq(prlimit(place->committer, RLIMIT_NOFILE, &limit, NULL), 0);
}

static void
ask(int fd)
{
	unsigned char request[STORE_REQUEST_SIZE] = { STORE_REQUEST_PING };

	ck_assert_int_eq(send(fd, request, sizeof(request), MSG_NOSIGNAL), sizeof(request));
}

static bool
is_answered(void *arg)
{
	unsigned char reply[STORE_REPLY_SIZE];

	return recv(*(int *)arg, reply, sizeof(reply), MSG_DONTWAIT) == sizeof(reply);
}

/* Room for two more: the first two of the clients get them, the rest wait. */
static void
exhaust(struct place *place)
{
	limit_descriptors(place, count_descriptors(place->committer) + 2);
	for (int i = 0; i < CLIENTS; i++) {
		place->fds[i] = store_socket_try(place->store);
		ck_assert_int_ge(place->fds[i], 0);
		ask(place->fds[i]);
		if (i < 2)
			fixture_wait(is_answered, &place->fds[i], "a client's answer");
	}
}

static bool
is_deaf(void *arg)
{
	(void)arg;
	return turns->is_deaf;
}

static bool
has_looked(void *arg)
{
	return turns->looked >= *(unsigned int *)arg;
}

START_TEST(test_exhausted)
{
	struct place place;

	open_place(&place);
	exhaust(&place);
	fixture_wait(is_deaf, NULL, "a committer that holds clients off");

	/* It sleeps: a turn for each look at those who wait, and one that finds none has left. */
	unsigned int looks = turns->looked + RESUMES, before = turns->all;
	fixture_wait(has_looked, &looks, "another look at those who wait");
	ck_assert_uint_le(turns->all - before, 3 * RESUMES);

	/* It serves those whom it has. */
	before = turns->all - turns->looked;
	for (int i = 0; i < PINGS; i++) {
		ask(place.fds[0]);
		fixture_wait(is_answered, &place.fds[0], "an answer");
	}
	ck_assert_uint_le(turns->all - turns->looked - before, 2 * PINGS);
	ck_assert_int_eq(fixture_append(place.store, 1, "second"), STORE_OK);

	/* When one leaves, the next one comes. */
	close(place.fds[1]);
	place.fds[1] = -1;
	fixture_wait(is_answered, &place.fds[2], "the answer of the first who waited");
	limit_descriptors(&place, FEW);
	for (int i = 3; i < CLIENTS; i++)
		fixture_wait(is_answered, &place.fds[i], "an answer when there is room again");
	ck_assert_int_eq(fixture_committer(place.dir), place.committer);
	close_place(&place);
}
END_TEST

/* Who cannot be served fails in time, and is served when there is room. */
START_TEST(test_client_gives_up)
{
	struct place place;

	open_place(&place);
	exhaust(&place);
	store_rest(place.store);
	fixture_wait(is_answered, &place.fds[2], "the answer of one who took the place");
	place.store->answer_ms = ANSWER_MS;
	ck_assert_int_eq(fixture_append(place.store, 1, "second"), STORE_UNSURE);
	limit_descriptors(&place, FEW);
	place.store->answer_ms = STORE_ANSWER_MS;
	ck_assert_int_eq(fixture_append(place.store, 1, "third"), STORE_OK);
	close_place(&place);
}
END_TEST

/* A stopped committer: nobody waits for ever, and what was given up may yet be done, once. */
START_TEST(test_no_answer)
{
	struct place place;

	open_place(&place);
	store_rest(place.store);
	place.store->answer_ms = ANSWER_MS;
	ck_assert_int_eq(kill(place.committer, SIGSTOP), 0);
	ck_assert_int_eq(fixture_append(place.store, 1, "second"), STORE_UNSURE);
	ck_assert_int_eq(kill(place.committer, SIGCONT), 0);
	place.store->answer_ms = STORE_ANSWER_MS;
	ck_assert_int_eq(fixture_append(place.store, 1, "third"), STORE_OK);
	ck_assert_uint_le(fixture_info(place.store, 1).last, 3);
	close_place(&place);
}
END_TEST

static bool
ticks_well(void *arg)
{
	store_watch_tick(arg);
	return store_watch_well(arg);
}

struct expected {
	const struct place *place;
	size_t descriptors;
};

static bool
has_descriptors(void *arg)
{
	const struct expected *expected = arg;

	return count_descriptors(expected->place->committer) == expected->descriptors;
}

/* The watch has a connection from before; a committer that takes no new ones is of no use. */
START_TEST(test_watched)
{
	struct place place;

	open_place(&place);
	/* The lasting connection, and that of the first question. */
	struct expected expected = { &place, count_descriptors(place.committer) + 2 };
	struct store_watch *watch = store_watch_open(&place.store->opt);
	ck_assert_ptr_nonnull(watch);
	fixture_wait(has_descriptors, &expected, "the connections of the watch");
	ck_assert(store_watch_well(watch));
	exhaust(&place);
	for (int64_t ms = STORE_WATCH_MS; ms <= 5 * STORE_WATCH_MS; ms += STORE_WATCH_MS) {
		fake_clock_shift(CLOCK_MONOTONIC, ms);
		store_watch_tick(watch);
	}
	ck_assert(!store_watch_well(watch));
	limit_descriptors(&place, FEW);
	fixture_wait(ticks_well, watch, "a committer that is well again");
	store_watch_close(watch);
	close_place(&place);
}
END_TEST

/*
 * A committer that was started with few descriptors takes what the system allows, and keeps some
 * for its files: it compacts with as many clients as it takes.
 */
START_TEST(test_room_for_files)
{
	struct rlimit limit = { .rlim_cur = FEW_FIRST, .rlim_max = FEW };
	int fds[FEW_CLIENTS];
	struct place place;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	open_place(&place);
	limit.rlim_cur = FEW;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	/* The store's connection is one of them. */
	for (int i = 0; i < FEW_CLIENTS; i++) {
		fds[i] = store_socket_try(place.store);
		ck_assert_int_ge(fds[i], 0);
		ask(fds[i]);
		if (i + 1 < FEW_CLIENTS)
			fixture_wait(is_answered, &fds[i], "an answer");
	}
	fixture_wait(is_deaf, NULL, "a committer that holds clients off");
	ck_assert(!is_answered(&fds[FEW_CLIENTS - 1]));
	ck_assert_int_eq(store_compact(place.store), STORE_OK);
	for (int i = 0; i + 1 < FEW_CLIENTS; i++)
		close(fds[i]);
	fixture_wait(is_answered, &fds[FEW_CLIENTS - 1], "the answer of the last");
	close(fds[FEW_CLIENTS - 1]);
	close_place(&place);
}
END_TEST

/* Asks some more, and tells whether the committer has ended the connection. */
static bool
is_dropped(void *arg)
{
	unsigned char request[STORE_REQUEST_SIZE] = { STORE_REQUEST_PING };

	for (int i = 0; i < PINGS; i++)
		if (send(*(int *)arg, request, sizeof(request), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			return errno == EPIPE || errno == ECONNRESET;
	return false;
}

/* Those who say nothing cost a descriptor; one who asks and never reads is dropped. */
START_TEST(test_rude_clients)
{
	struct place place;

	open_place(&place);
	for (int i = 0; i < CLIENTS; i++) {
		place.fds[i] = store_socket_try(place.store);
		ck_assert_int_ge(place.fds[i], 0);
	}
	ck_assert_int_eq(fixture_append(place.store, 1, "second"), STORE_OK);
	fixture_wait(is_dropped, &place.fds[0], "the end of a client that never reads");
	ck_assert_int_eq(fixture_append(place.store, 1, "third"), STORE_OK);
	for (int i = 1; i < CLIENTS; i++) {
		ask(place.fds[i]);
		fixture_wait(is_answered, &place.fds[i], "an answer");
	}
	ck_assert_int_eq(fixture_committer(place.dir), place.committer);
	close_place(&place);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_exhausted, test_client_gives_up, test_no_answer, test_watched,
		test_rude_clients, test_room_for_files };

	return FIXTURE_MAIN(argc, argv, tests);
}
