/*
 * Chains: transactions that are handed over together share a batch, are done in their order up to
 * the first that is not, and each once, whatever becomes of the committer.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "store_fixture.h"

#define LOG           7
#define OTHER         8
#define FEW           5
#define CHAINS        60 /* between which the committer is killed */
#define LENGTH        16
#define KILLS         12
#define REPLY_SIZE(n) ((n)*STORE_RESULT_SIZE + 8)

/* A store, or with a committer, which the loop chooses. */
struct place {
	char dir[FIXTURE_DIR_MAX];
	struct store_options opt;
	struct store *store;
	bool shared;
};

static void
open_place(struct place *place, bool shared)
{
	place->shared = shared;
	if (!place->shared) {
		place->store = fixture_memory();
		return;
	}
	fixture_dir(place->dir);
	place->opt = fixture_options(place->dir);
	place->store = fixture_create(&place->opt);
}

static void
close_place(struct place *place)
{
	store_close(place->store);
	if (place->shared)
		fixture_remove(place->dir);
}

static struct store_chain *
begin_chain(void)
{
	struct store_chain *chain = store_chain_new();

	ck_assert_ptr_nonnull(chain);
	return chain;
}

/* Adds the append of a number to a log that takes so many. */
static bool
add_append(struct store *store, struct store_chain *chain, uint64_t log, uint32_t number,
    uint64_t limit)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, log, &number, sizeof(number), 0, limit);
	return store_chain_add(store, chain, &tx);
}

/* The log has the numbers from 0 on, in their order, and no other. */
static void
check_log(struct store *store, uint64_t log, uint32_t n)
{
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	store_refresh(store);
	ck_assert_int_eq(store_reader_init(&reader, store, log, 0), STORE_OK);
	for (uint32_t i = 0; i < n; i++) {
		ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_OK);
		ck_assert_int_eq(store_entry(store, seq, &entry), STORE_OK);
		ck_assert_uint_eq(entry.len, sizeof(i));
		ck_assert_int_eq(memcmp(entry.data, &i, sizeof(i)), 0);
		store_reader_skip(&reader);
	}
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_ABSENT);
}

static void
commit_expecting(struct store *store, struct store_chain *chain, const enum store_status *expected)
{
	const struct store_outcome *outcomes = store_chain_commit(store, chain);

	for (unsigned int i = 0; i < store_chain_count(chain); i++)
		ck_assert_int_eq(outcomes[i].status, expected[i]);
	store_chain_free(chain);
}

static void
check_in_order(bool shared)
{
	struct place place;
	struct store_chain *chain = begin_chain();
	const struct store_outcome *outcomes;

	open_place(&place, shared);
	for (uint32_t i = 0; i < FEW; i++)
		ck_assert(add_append(place.store, chain, LOG, i, STORE_NO_LIMIT));
	ck_assert_uint_eq(store_chain_count(chain), FEW);
	outcomes = store_chain_commit(place.store, chain);
	for (unsigned int i = 0; i < FEW; i++) {
		ck_assert_int_eq(outcomes[i].status, STORE_OK);
		ck_assert_uint_eq(outcomes[i].value, i + 1);
	}
	store_chain_free(chain);
	check_log(place.store, LOG, FEW);
	/* One without any asks nobody. */
	commit_expecting(place.store, begin_chain(), NULL);
	store_chain_free(NULL);
	close_place(&place);
}

START_TEST(test_in_order)
{
	check_in_order(false);
	check_in_order(true);
}
END_TEST

/* How many batches there have been. */
static uint64_t
count_batches(struct place *place)
{
	struct store_progress progress = { .number = 0 };

	if (!place->shared)
		return place->store->writer->number;
	store_refresh(place->store);
	ck_assert_int_eq(store_progress_read(store_files_current(place->store), &progress),
	    STORE_OK);
	return progress.number;
}

/* As many as a chain takes share a batch. */
static void
check_one_batch(bool shared)
{
	struct place place;
	struct store_chain *chain = begin_chain();
	uint64_t before;

	open_place(&place, shared);
	ck_assert_int_eq(fixture_append(place.store, OTHER, "x"), STORE_OK);
	before = count_batches(&place);
	for (uint32_t i = 0; i < STORE_CHAIN_MOST; i++)
		ck_assert(add_append(place.store, chain, LOG, i, STORE_NO_LIMIT));
	(void)store_chain_commit(place.store, chain);
	store_chain_free(chain);
	check_log(place.store, LOG, STORE_CHAIN_MOST);
	ck_assert_uint_eq(count_batches(&place), before + 1);
	close_place(&place);
}

START_TEST(test_one_batch)
{
	check_one_batch(false);
	check_one_batch(true);
}
END_TEST

/* What is behind one that is refused is not done, though it could be. */
static void
check_refused(bool shared)
{
	static const enum store_status expected[FEW] = { STORE_OK, STORE_OK, STORE_FULL,
		STORE_CONFLICT, STORE_CONFLICT };
	struct place place;
	struct store_chain *chain = begin_chain();

	open_place(&place, shared);
	for (uint32_t i = 0; i < FEW; i++)
		ck_assert(add_append(place.store, chain, i < 3 ? LOG : OTHER, i, 2));
	commit_expecting(place.store, chain, expected);
	check_log(place.store, LOG, 2);
	check_log(place.store, OTHER, 0);
	/* The next chain knows nothing of it. */
	chain = begin_chain();
	ck_assert(add_append(place.store, chain, OTHER, 0, 2));
	commit_expecting(place.store, chain, expected);
	check_log(place.store, OTHER, 1);
	close_place(&place);
}

START_TEST(test_refused)
{
	check_refused(false);
	check_refused(true);
}
END_TEST

static void
write_once(struct store_tx *tx, unsigned char name, uint32_t number)
{
	unsigned char id[STORE_ONCE_ID] = { name };

	store_tx_init(tx);
	store_tx_once(tx, STORE_LOG_STATE, "ids", 3, id, 8, 1000000);
	store_tx_append(tx, LOG, &number, sizeof(number), 0, STORE_NO_LIMIT);
}

/* What was done before, in this chain or earlier, stands in the way of nothing. */
static void
check_repeated(bool shared)
{
	static const enum store_status expected[] = { STORE_REPEATED, STORE_OK, STORE_REPEATED,
		STORE_OK };
	struct place place;
	struct store_chain *chain = begin_chain();
	struct store_tx tx;

	open_place(&place, shared);
	write_once(&tx, 'a', 0);
	fixture_must(place.store, &tx);
	ck_assert(store_chain_add(place.store, chain, &tx));
	write_once(&tx, 'b', 1);
	ck_assert(store_chain_add(place.store, chain, &tx));
	ck_assert(store_chain_add(place.store, chain, &tx));
	ck_assert(add_append(place.store, chain, LOG, 2, STORE_NO_LIMIT));
	commit_expecting(place.store, chain, expected);
	check_log(place.store, LOG, 3);
	close_place(&place);
}

START_TEST(test_repeated)
{
	check_repeated(false);
	check_repeated(true);
}
END_TEST

static bool
adds(struct store *store, struct store_chain *chain, size_t len)
{
	static unsigned char entry[STORE_VALUE_MAX];
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_append(&tx, LOG, entry, len, 0, STORE_NO_LIMIT);
	return store_chain_add(store, chain, &tx);
}

/* What does not go in changes nothing of what is there. */
static void
check_bounds(bool shared)
{
	struct place place;
	struct store_chain *chain = begin_chain();
	struct store_tx tx;

	open_place(&place, shared);
	store_tx_init(&tx);
	ck_assert(!store_chain_add(place.store, chain, &tx));
	store_tx_put(&tx, STORE_TABLES_FREE, "k", 1, "v", 1);
	ck_assert(!store_chain_add(place.store, chain, &tx));
	store_tx_append(&tx, LOG, "x", 1, 0, STORE_NO_LIMIT);
	ck_assert(tx.overflow && !store_chain_add(place.store, chain, &tx));
	ck_assert(!adds(place.store, chain, STORE_CHAIN_SIZE));
	ck_assert(adds(place.store, chain, STORE_CHAIN_SIZE / 2));
	ck_assert(!adds(place.store, chain, STORE_CHAIN_SIZE / 2));
	while (store_chain_count(chain) < STORE_CHAIN_MOST)
		ck_assert(adds(place.store, chain, 100));
	ck_assert(!adds(place.store, chain, 100));
	const struct store_outcome *outcomes = store_chain_commit(place.store, chain);
	for (unsigned int i = 0; i < STORE_CHAIN_MOST; i++)
		ck_assert_uint_eq(outcomes[i].value, i + 1);
	ck_assert_uint_eq(fixture_info(place.store, LOG).last, STORE_CHAIN_MOST);
	store_chain_free(chain);
	close_place(&place);
}

START_TEST(test_bounds)
{
	check_bounds(false);
	check_bounds(true);
}
END_TEST

/* Packs requests, each an append to LOG, and the last with these flags. The length. */
static size_t
pack_requests(unsigned char *data, size_t size, unsigned int n, unsigned int last_flags)
{
	struct pack p;

	pack_init(&p, data, size);
	for (unsigned int i = 0; i < n; i++) {
		unsigned int flags = i + 1 < n ? STORE_REQUEST_CHAIN : last_flags;
		struct store_tx tx;

		store_tx_init(&tx);
		store_tx_append(&tx, LOG, "x", 1, 0, STORE_NO_LIMIT);
		store_request_pack(&p,
		    &(struct store_request){ .flags = flags,
		        .id = { (unsigned char)(i + 1) },
		        .part = tx.part,
		        .steps = tx.steps });
		if ((flags & STORE_REQUEST_CHAIN) != 0)
			pack_blob(&p, tx.data, tx.len);
		else
			pack_raw(&p, tx.data, tx.len);
	}
	ck_assert(!p.overflow);
	return p.len;
}

/* Whether the committer answers this message; if not, it has cut the client off. */
static bool
is_answered(struct store *store, const void *data, size_t len, size_t reply_len)
{
	unsigned char reply[2 * STORE_REPLY_MOST];
	int fd = store_committer_connect(store);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, data, len, MSG_NOSIGNAL), (ssize_t)len);
	ssize_t got = recv(fd, reply, sizeof(reply), 0);
	close(fd);
	ck_assert(got <= 0 || got == (ssize_t)reply_len);
	return got > 0;
}

/* No client sends such chains, and nothing is done of them. */
START_TEST(test_nonsense)
{
	static unsigned char data[8192];
	const unsigned int chain = STORE_REQUEST_CHAIN;
	struct place place;
	size_t len;

	open_place(&place, true);
	len = pack_requests(data, sizeof(data), STORE_CHAIN_MOST, chain);
	ck_assert(is_answered(place.store, data, len, STORE_REPLY_MOST));
	ck_assert_uint_eq(fixture_info(place.store, LOG).last, STORE_CHAIN_MOST);
	for (size_t cut = 1; cut < len / STORE_CHAIN_MOST; cut++)
		ck_assert(!is_answered(place.store, data, len - cut, STORE_REPLY_MOST));
	uint64_t last = fixture_info(place.store, LOG).last;
	len = pack_requests(data, sizeof(data), STORE_CHAIN_MOST + 1, chain);
	ck_assert(!is_answered(place.store, data, len, STORE_REPLY_MOST));
	len = pack_requests(data, sizeof(data), 2, 0);
	ck_assert(!is_answered(place.store, data, len, STORE_REPLY_MOST));
	len = pack_requests(data, sizeof(data), 2, chain | STORE_REQUEST_POST);
	ck_assert(!is_answered(place.store, data, len, STORE_REPLY_MOST));
	ck_assert_uint_eq(fixture_info(place.store, LOG).last, last);
	close_place(&place);
}
END_TEST

/* The second committer knows each of a chain that the first one has done. */
START_TEST(test_again)
{
	static unsigned char data[8192];
	struct place place;
	size_t len = pack_requests(data, sizeof(data), FEW, STORE_REQUEST_CHAIN);

	open_place(&place, true);
	ck_assert(is_answered(place.store, data, len, REPLY_SIZE(FEW)));
	ck_assert_int_eq(kill(fixture_committer(place.dir), SIGKILL), 0);
	fixture_committer_ended(place.dir);
	data[0] |= STORE_REQUEST_AGAIN;
	ck_assert(is_answered(place.store, data, len, REPLY_SIZE(FEW)));
	ck_assert_uint_eq(fixture_info(place.store, LOG).last, FEW);
	close_place(&place);
}
END_TEST

/* Shared with the one who kills. */
struct hunt {
	atomic_uint chains;
	atomic_bool over;
};

static void
kill_committers(struct hunt *hunt, const char *dir)
{
	for (unsigned int kills = 0; kills < KILLS && !hunt->over;) {
		pid_t pid = fixture_committer(dir);

		if (pid == 0 || kill(pid, SIGKILL) != 0)
			continue;
		unsigned int before = hunt->chains;
		while (hunt->chains == before && !hunt->over)
			usleep(500);
		kills++;
	}
	_exit(0);
}

/* What was under way is handed over again, and is there once, in its order. */
START_TEST(test_killed)
{
	static enum store_status expected[LENGTH];
	struct hunt *hunt =
	    mmap(NULL, sizeof(*hunt), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct place place;
	pid_t hunter;
	int status;

	open_place(&place, true);
	ck_assert_ptr_ne(hunt, MAP_FAILED);
	hunter = fork();
	if (hunter == 0)
		kill_committers(hunt, place.dir);
	for (uint32_t i = 0; i < CHAINS; i++) {
		struct store_chain *chain = begin_chain();

		for (uint32_t k = 0; k < LENGTH; k++)
			ck_assert(
			    add_append(place.store, chain, LOG, i * LENGTH + k, STORE_NO_LIMIT));
		commit_expecting(place.store, chain, expected);
		hunt->chains++;
	}
	hunt->over = true;
	ck_assert_int_eq(waitpid(hunter, &status, 0), hunter);
	ck_assert_int_eq(status, 0);
	check_log(place.store, LOG, CHAINS * LENGTH);
	fixture_check_crashed(place.store);
	close_place(&place);
	munmap(hunt, sizeof(*hunt));
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_in_order, test_one_batch, test_refused, test_repeated,
		test_bounds, test_nonsense, test_again, test_killed };

	return FIXTURE_MAIN(argc, argv, tests);
}
