/*
 * The bytes that the committer takes from its clients: every bound is met at its value and one to
 * each side of it, and a client that goes beyond is cut off.
 */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store_fixture.h"

#define TABLE     STORE_TABLES_FREE
#define SIZE      (2 * STORE_TX_MAX)
#define KEY_FIRST 2 /* the least length of a key with its table */
#define MUTATIONS 20000

static unsigned char bytes[SIZE];
static struct store_step steps[STORE_TX_STEPS];
static unsigned char zeros[SIZE];

/* A request whose header is right for what follows; the tests then break it. */
struct draft {
	unsigned int flags;
	int part;
	unsigned int steps;
	struct pack p;
};

static struct draft
begin(int part)
{
	struct draft draft = { .part = part };

	pack_init(&draft.p, bytes, sizeof(bytes));
	store_request_pack(&draft.p, &(struct store_request){ .flags = 0 });
	return draft;
}

static struct draft
begin_question(unsigned int flags)
{
	struct draft draft = begin(0);

	draft.flags = flags;
	return draft;
}

static void
add_key(struct draft *draft, int table, size_t full_len)
{
	zeros[0] = (unsigned char)table;
	pack_blob(&draft->p, zeros, full_len);
	zeros[0] = 0;
}

static void
add_put(struct draft *draft, int table, size_t full_len, size_t value_len)
{
	pack_u8(&draft->p, STORE_STEP_PUT);
	add_key(draft, table, full_len);
	pack_blob(&draft->p, zeros, value_len);
	draft->steps++;
}

static void
add_append(struct draft *draft, uint64_t log, size_t len)
{
	pack_u8(&draft->p, STORE_STEP_APPEND);
	pack_u64(&draft->p, log);
	pack_u64(&draft->p, 0);
	pack_u64(&draft->p, STORE_NO_LIMIT);
	pack_blob(&draft->p, zeros, len);
	draft->steps++;
}

/* An append to as many logs as there are zeros behind its first. */
static void
add_append_to(struct draft *draft, uint64_t log, unsigned int n, const uint64_t *also)
{
	pack_u8(&draft->p, STORE_STEP_APPEND_TO);
	pack_u64(&draft->p, log);
	pack_u64(&draft->p, 0);
	pack_u64(&draft->p, STORE_NO_LIMIT);
	pack_blob(&draft->p, "x", 1);
	pack_u8(&draft->p, (uint8_t)n);
	for (unsigned int i = 0; i < n; i++)
		pack_u64(&draft->p, also[i]);
	draft->steps++;
}

static void
add_advance_if(struct draft *draft, int table, int guard_table, size_t guard_len)
{
	pack_u8(&draft->p, STORE_STEP_ADVANCE_IF);
	add_key(draft, table, 9);
	pack_u64(&draft->p, 1);
	add_key(draft, guard_table, guard_len);
	draft->steps++;
}

static size_t
finish(struct draft *draft)
{
	struct pack header;

	ck_assert(!draft->p.overflow);
	pack_init(&header, bytes, STORE_REQUEST_SIZE);
	store_request_pack(&header,
	    &(struct store_request){ .flags = draft->flags,
	        .part = draft->part,
	        .steps = draft->steps });
	return draft->p.len;
}

/*
 * Reads bytes from a block of their own length, so that a look beyond the end is seen under
 * AddressSanitizer.
 */
static bool
accepts(const unsigned char *data, size_t len, struct store_request *request)
{
	unsigned char *block = malloc(len + (len == 0));

	ck_assert_ptr_nonnull(block);
	memcpy(block, data, len);
	int result = store_request_read(request, steps, block, len);
	free(block);
	return result == 0;
}

static void
add_ring(struct draft *draft, uint64_t kind)
{
	pack_u8(&draft->p, STORE_STEP_RING);
	pack_u64(&draft->p, kind);
	pack_u64(&draft->p, 1);
	pack_u64(&draft->p, 2);
	draft->steps++;
}

static bool
is_taken(struct draft *draft)
{
	struct store_request request;
	size_t len = finish(draft);

	return accepts(bytes, len, &request);
}

START_TEST(test_lengths_of_keys)
{
	for (size_t len = 0; len <= STORE_FULL_KEY_MAX + 2; len++) {
		struct draft put = begin(STORE_PART_TABLES);
		add_put(&put, TABLE, len, 1);
		ck_assert_int_eq(is_taken(&put), len >= KEY_FIRST && len <= STORE_FULL_KEY_MAX);

		struct draft guard = begin(STORE_PART_TABLES);
		add_advance_if(&guard, TABLE, TABLE, len);
		ck_assert_int_eq(is_taken(&guard), len >= KEY_FIRST && len <= STORE_FULL_KEY_MAX);
	}
}
END_TEST

START_TEST(test_lengths_of_values)
{
	const size_t lens[] = { 0, 1, STORE_VALUE_MAX - 1, STORE_VALUE_MAX, STORE_VALUE_MAX + 1,
		STORE_VALUE_MAX + 2, STORE_TX_MAX, UINT16_MAX };

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct draft put = begin(STORE_PART_TABLES);
		add_put(&put, TABLE, 9, lens[i]);
		ck_assert_int_eq(is_taken(&put), lens[i] <= STORE_VALUE_MAX);

		struct draft append = begin(STORE_PART_LOGS);
		add_append(&append, 1, lens[i]);
		ck_assert_int_eq(is_taken(&append), lens[i] <= STORE_VALUE_MAX);
	}
}
END_TEST

START_TEST(test_length_of_all)
{
	for (size_t more = 0; more < 3; more++) {
		struct draft draft = begin(STORE_PART_LOGS);
		add_append(&draft, 1, STORE_VALUE_MAX);
		/* The rest of STORE_TX_MAX, less one, none, plus one. */
		size_t used = draft.p.len - STORE_REQUEST_SIZE;
		add_append(&draft, 1, STORE_TX_MAX - used - (1 + 3 * 8 + 4) - 1 + more);
		ck_assert_uint_eq(draft.p.len, STORE_REQUEST_SIZE + STORE_TX_MAX - 1 + more);
		ck_assert_int_eq(is_taken(&draft), more < 2);
	}
}
END_TEST

START_TEST(test_number_of_steps)
{
	const unsigned int counts[] = { 1, 2, STORE_TX_STEPS - 1, STORE_TX_STEPS,
		STORE_TX_STEPS + 1 };

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct draft draft = begin(STORE_PART_TABLES);
		for (unsigned int k = 0; k < counts[i]; k++)
			add_put(&draft, TABLE, 9, 1);
		ck_assert_int_eq(is_taken(&draft), counts[i] <= STORE_TX_STEPS);
		draft.steps = counts[i] - 1;
		ck_assert(!is_taken(&draft));
		draft.steps = counts[i] + 1;
		ck_assert(!is_taken(&draft));
	}
}
END_TEST

/* No part of a request is a request, and nothing may follow one. */
START_TEST(test_cut_and_trailing)
{
	struct store_request request;
	struct draft draft = begin(STORE_PART_LOGS);

	add_put(&draft, STORE_LOG_STATE, 9, 8);
	add_append(&draft, 1, 8);
	add_advance_if(&draft, STORE_LOG_STATE, STORE_LOG_STATE, 9);
	size_t len = finish(&draft);
	ck_assert(accepts(bytes, len, &request));
	ck_assert_uint_eq(request.steps, 3);
	for (size_t i = 0; i < len; i++)
		ck_assert(!accepts(bytes, i, &request));
	for (size_t i = len + 1; i < len + 64; i++)
		ck_assert(!accepts(bytes, i, &request));
}
END_TEST

START_TEST(test_tables)
{
	for (int table = 0; table <= UINT8_MAX; table++) {
		bool known = table >= 1 && table <= STORE_TABLE_MAX;
		bool logs = table >= STORE_LOG_STATE;

		for (int part = 0; part <= UINT8_MAX; part += part < 8 ? 1 : 49) {
			bool fits = known && part == (logs ? STORE_PART_LOGS : STORE_PART_TABLES);
			struct draft put = begin(part);
			add_put(&put, table, 9, 8);
			ck_assert_int_eq(is_taken(&put), fits);
			struct draft guard = begin(part);
			add_advance_if(&guard, logs ? STORE_LOG_STATE : TABLE, table, 9);
			ck_assert_int_eq(is_taken(&guard), fits);
		}
	}
}
END_TEST

START_TEST(test_logs)
{
	for (int kind = 0; kind <= UINT8_MAX; kind++)
		for (uint64_t number = 0; number < 2; number++) {
			struct draft draft = begin(STORE_PART_LOGS);
			bool close = kind == STORE_STEP_CLOSE_LOG;
			bool one = close || kind == STORE_STEP_CARRY || kind == STORE_STEP_DROP;
			pack_u8(&draft.p, (uint8_t)kind);
			pack_u64(&draft.p, number);
			if (!one) {
				pack_u64(&draft.p, 1);
				pack_u64(&draft.p, 1);
			}
			draft.steps = 1;
			ck_assert_int_eq(is_taken(&draft),
			    kind == STORE_STEP_CHARGE ||
			        (number != 0 &&
			            (one || kind == STORE_STEP_TRIM || kind == STORE_STEP_RING)));
			draft.part = STORE_PART_TABLES;
			ck_assert_int_eq(is_taken(&draft), kind == STORE_STEP_RING && number != 0);
		}
	struct draft nowhere = begin(STORE_PART_LOGS);
	add_append(&nowhere, 0, 1);
	ck_assert(!is_taken(&nowhere));
}
END_TEST

/* Events of both parts, not too many, and each of a kind. */
START_TEST(test_rings)
{
	for (int part = STORE_PART_TABLES; part <= STORE_PART_LOGS; part++)
		for (unsigned int n = STORE_TX_RINGS; n <= STORE_TX_RINGS + 1; n++) {
			struct draft draft = begin(part);

			for (unsigned int i = 0; i < n; i++)
				add_ring(&draft, 1);
			ck_assert_int_eq(is_taken(&draft), n <= STORE_TX_RINGS);
		}
	for (uint64_t kind = UINT32_MAX; kind <= UINT64_C(1) << 32; kind++) {
		struct draft draft = begin(STORE_PART_LOGS);

		add_ring(&draft, kind);
		ck_assert_int_eq(is_taken(&draft), kind == UINT32_MAX);
	}
}
END_TEST

/* An entry is in one to four logs, and in each once. */
START_TEST(test_logs_of_an_append)
{
	static const uint64_t others[UINT8_MAX] = { 2, 3, 4, 5, 6, 7 };
	const struct {
		uint64_t log, also[3];
		unsigned int n;
		bool taken;
	} rows[] = {
		{ 1, { 2, 3, 4 }, 3, true },
		{ 1, { 2, 3, 4 }, 1, true },
		{ 0, { 2, 3, 4 }, 3, false },
		{ 1, { 2, 0, 4 }, 3, false },
		{ 1, { 1, 3, 4 }, 3, false },
		{ 1, { 2, 3, 1 }, 3, false },
		{ 1, { 2, 2, 4 }, 2, false },
		{ 1, { 2, 3, 2 }, 3, false },
		{ 1, { 2, 3, 3 }, 3, false },
		{ 1, { 2, 3, 3 }, 2, true },
	};

	for (unsigned int n = 0; n <= UINT8_MAX; n++) {
		struct draft draft = begin(STORE_PART_LOGS);
		add_append_to(&draft, 1, n, others);
		ck_assert_int_eq(is_taken(&draft), n >= 1 && n < STORE_ENTRY_LOGS);
		if (n >= 1 && n < STORE_ENTRY_LOGS) {
			ck_assert_int_eq(steps[0].kind, STORE_STEP_APPEND);
			ck_assert_uint_eq(steps[0].n_also, n);
			ck_assert_uint_eq(steps[0].also[n - 1], others[n - 1]);
		}
		draft.part = STORE_PART_TABLES;
		ck_assert(!is_taken(&draft));
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct draft draft = begin(STORE_PART_LOGS);
		add_append_to(&draft, rows[i].log, rows[i].n, rows[i].also);
		ck_assert_int_eq(is_taken(&draft), rows[i].taken);
	}
}
END_TEST

static void
add_once(struct draft *draft, int table, size_t id_len, uint64_t keep, uint64_t keep_ms)
{
	pack_u8(&draft->p, STORE_STEP_ONCE);
	add_key(draft, table, 9);
	pack_u64(&draft->p, keep);
	pack_u64(&draft->p, keep_ms);
	pack_blob(&draft->p, zeros, id_len);
	draft->steps++;
}

/* What is remembered is an id of one length, for what is appended behind it. */
START_TEST(test_once)
{
	const struct {
		int table;
		size_t id_len;
		uint64_t keep, keep_ms;
		bool taken;
	} rows[] = {
		{ STORE_LOG_STATE, STORE_ONCE_ID, 1, 0, true },
		{ STORE_LOG_STATE, STORE_ONCE_ID, STORE_ONCE_MOST, INT64_MAX, true },
		{ STORE_LOG_STATE, STORE_ONCE_ID, 0, 1, false },
		{ STORE_LOG_STATE, STORE_ONCE_ID, STORE_ONCE_MOST + 1, 1, false },
		{ STORE_LOG_STATE, STORE_ONCE_ID, 1, (uint64_t)INT64_MAX + 1, false },
		{ STORE_LOG_STATE, STORE_ONCE_ID - 1, 1, 1, false },
		{ STORE_LOG_STATE, STORE_ONCE_ID + 1, 1, 1, false },
		{ STORE_TABLES_FREE, STORE_ONCE_ID, 1, 1, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct draft draft = begin(STORE_PART_LOGS);
		add_once(&draft, rows[i].table, rows[i].id_len, rows[i].keep, rows[i].keep_ms);
		struct draft alone = draft;
		ck_assert(!is_taken(&alone));
		add_append(&draft, 1, 1);
		ck_assert_int_eq(is_taken(&draft), rows[i].taken);
		add_append(&draft, 1, 1);
		ck_assert_int_eq(is_taken(&draft), rows[i].taken);
		add_once(&draft, STORE_LOG_STATE, STORE_ONCE_ID, 1, 1);
		ck_assert(!is_taken(&draft));
	}
}
END_TEST

START_TEST(test_flags)
{
	const unsigned int free_flags = STORE_REQUEST_AGAIN | STORE_REQUEST_POST;

	for (unsigned int flags = 0; flags <= UINT8_MAX; flags++) {
		struct draft put = begin(STORE_PART_TABLES);
		add_put(&put, TABLE, 9, 1);
		put.flags = flags;
		ck_assert_int_eq(is_taken(&put), (flags & ~free_flags) == 0);

		struct draft question = begin_question(flags);
		ck_assert_int_eq(is_taken(&question),
		    flags == STORE_REQUEST_PING || flags == STORE_REQUEST_LEAVE);
		question = begin(STORE_PART_COMPACT);
		question.flags = flags;
		ck_assert_int_eq(is_taken(&question), (flags & ~free_flags) == 0);
		pack_u8(&question.p, 1);
		ck_assert(!is_taken(&question));
	}
}
END_TEST

START_TEST(test_principals)
{
	for (unsigned int kind = 0; kind < 3; kind++)
		for (int more = -1; more <= 1; more++) {
			struct store_request request;
			struct draft draft = begin_question(STORE_REQUEST_BIND);

			pack_u32(&draft.p, kind);
			pack_u64(&draft.p, 5);
			pack_u8(&draft.p, 0);
			size_t len = finish(&draft) - 1;
			bool taken = accepts(bytes, (size_t)((int)len + more), &request);
			ck_assert_int_eq(taken, kind != 0 && more == 0);
			if (taken)
				ck_assert(
				    request.principal.kind == kind && request.principal.id == 5);
		}
}
END_TEST

static void
check_also(const struct store_step *step)
{
	ck_assert_uint_lt(step->n_also, STORE_ENTRY_LOGS);
	for (unsigned int i = 0; i < step->n_also; i++) {
		ck_assert(step->also[i] != 0 && step->also[i] != step->log);
		for (unsigned int j = 0; j < i; j++)
			ck_assert_uint_ne(step->also[i], step->also[j]);
	}
}

/* What is promised of all that is accepted. */
static void
check_promise(const struct store_request *request)
{
	if (request->part != STORE_PART_TABLES && request->part != STORE_PART_LOGS)
		return;
	ck_assert(request->steps >= 1 && request->steps <= STORE_TX_STEPS);
	for (unsigned int i = 0; i < request->steps; i++) {
		ck_assert_uint_le(steps[i].len, STORE_VALUE_MAX);
		ck_assert(steps[i].key_len == 0 ? steps[i].log != 0 || steps[i].a != 0
		                                : steps[i].key_len >= KEY_FIRST);
		check_also(&steps[i]);
	}
}

START_TEST(test_mutations)
{
	struct store_request request;
	struct draft draft = begin(STORE_PART_LOGS);
	size_t taken = 0;

	add_put(&draft, STORE_LOG_STATE, 9, 8);
	add_append(&draft, 1, 8);
	add_append_to(&draft, 1, 3, (const uint64_t[]){ 2, 3, 4 });
	add_advance_if(&draft, STORE_LOG_STATE, STORE_LOG_STATE, 9);
	size_t len = finish(&draft);
	srandom(1);
	for (int i = 0; i < MUTATIONS; i++) {
		unsigned char copy[512];

		memcpy(copy, bytes, len);
		for (long n = 1 + random() % 3; n > 0; n--)
			copy[(size_t)random() % len] ^= (unsigned char)(1 << random() % 8);
		if (!accepts(copy, len, &request))
			continue;
		taken++;
		/* The steps point into the block that accepts() freed; lengths remain. */
		check_promise(&request);
	}
	ck_assert_uint_gt(taken, 0);
	ck_assert_uint_lt(taken, MUTATIONS);
}
END_TEST

/*
 * With a committer.
 */

static void
is_cut_off(struct store *store, size_t len)
{
	unsigned char reply[STORE_REPLY_SIZE];
	int fd = store_committer_connect(store);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(send(fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
	ck_assert_int_le(recv(fd, reply, sizeof(reply), 0), 0);
	close(fd);
}

START_TEST(test_cut_off)
{
	char dir[FIXTURE_DIR_MAX];

	fixture_dir(dir);
	struct store_options opt = fixture_options(dir);
	struct store *store = fixture_create(&opt);
	ck_assert_int_eq(fixture_put(store, TABLE, "k", "before"), STORE_OK);
	pid_t committer = fixture_committer(dir);

	/* A value that no record has, of the length with which it would be compared. */
	struct draft expect = begin(STORE_PART_TABLES);
	pack_u8(&expect.p, STORE_STEP_EXPECT);
	add_key(&expect, TABLE, 9);
	pack_blob(&expect.p, zeros, STORE_VALUE_MAX + 1);
	expect.steps = 1;
	is_cut_off(store, finish(&expect));

	/* Half a transaction is nothing. */
	struct draft half = begin(STORE_PART_TABLES);
	add_put(&half, TABLE, 2, 5);
	half.steps = 2;
	is_cut_off(store, finish(&half));

	/* A request of more bytes than any has. */
	struct draft much = begin(STORE_PART_LOGS);
	add_append(&much, 1, STORE_TX_MAX);
	is_cut_off(store, finish(&much));
	is_cut_off(store, 1);

	ck_assert(fixture_has(store, TABLE, "k", "before"));
	ck_assert_int_eq(fixture_put(store, TABLE, "k", "after"), STORE_OK);
	ck_assert_int_eq(fixture_committer(dir), committer);
	store_close(store);
	fixture_remove(dir);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_lengths_of_keys, test_lengths_of_values, test_length_of_all,
		test_number_of_steps, test_cut_and_trailing, test_tables, test_logs, test_rings,
		test_logs_of_an_append, test_once, test_flags, test_principals, test_mutations,
		test_cut_off };

	return FIXTURE_MAIN(argc, argv, tests);
}
