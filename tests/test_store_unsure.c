/*
 * A client of the committer that gives up says whether it knows what became of its transaction:
 * what no committer can have got has failed, all else is unsure.
 */
#include <signal.h>

#include "lost_reply.h"

#define SHORT_MS 200
#define MANY     64 /* committers that die: more than there is time for */

struct place {
	char dir[FIXTURE_DIR_MAX];
	struct store *store;
};

static void
open_place(struct place *place)
{
	fixture_dir(place->dir);
	struct store_options opt = fixture_options(place->dir);
	place->store = fixture_create(&opt);
	ck_assert_int_eq(fixture_append(place->store, 1, "first"), STORE_OK);
}

static void
close_place(struct place *place)
{
	store_close(place->store);
	fixture_remove(place->dir);
}

static const struct {
	enum lost_reply list[3];
	size_t n;
	int64_t answer_ms;
	enum store_status status;
	uint64_t last;
} rows[] = {
	/* It might do the transaction yet, so that no other is asked. */
	{ { LOST_REPLY_SILENT }, 1, SHORT_MS, STORE_UNSURE, 1 },
	{ { LOST_REPLY_DIES, LOST_REPLY_SILENT }, 2, SHORT_MS, STORE_UNSURE, 1 },
	/* The next one does what was not done, and knows what was. */
	{ { LOST_REPLY_DIES, LOST_REPLY_DIES }, 2, STORE_ANSWER_MS, STORE_OK, 2 },
	{ { LOST_REPLY_DONE }, 1, STORE_ANSWER_MS, STORE_OK, 2 },
	{ { LOST_REPLY_DIES, LOST_REPLY_DONE }, 2, STORE_ANSWER_MS, STORE_OK, 2 },
	/* Nobody can be asked any more. */
	{ { LOST_REPLY_DIES, LOST_REPLY_GONE }, 2, STORE_ANSWER_MS, STORE_UNSURE, 1 },
	{ { LOST_REPLY_DONE, LOST_REPLY_GONE }, 2, STORE_ANSWER_MS, STORE_UNSURE, 2 },
	{ { LOST_REPLY_GONE }, 1, STORE_ANSWER_MS, STORE_FAILED, 1 },
};

START_TEST(test_fate)
{
	struct place place;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fixture_place("row", i + 1);
		open_place(&place);
		lost_reply_begin(place.store, rows[i].list, rows[i].n, rows[i].answer_ms);
		ck_assert_int_eq(fixture_append(place.store, 1, "second"), rows[i].status);
		ck_assert_uint_eq(lost_reply_end(), rows[i].n);
		ck_assert_int_eq(fixture_append(place.store, 1, "after"), STORE_OK);
		ck_assert_uint_eq(fixture_info(place.store, 1).last, rows[i].last + 1);
		close_place(&place);
	}
	fixture_place("", 0);
}
END_TEST

/* Committers that die one after the other: somebody has to give up. */
START_TEST(test_all_die)
{
	enum lost_reply list[MANY];
	struct place place;

	for (size_t i = 0; i < MANY; i++)
		list[i] = LOST_REPLY_DIES;
	open_place(&place);
	lost_reply_begin(place.store, list, MANY, SHORT_MS);
	ck_assert_int_eq(fixture_append(place.store, 1, "second"), STORE_UNSURE);
	ck_assert_uint_lt(lost_reply_end(), MANY);
	ck_assert_int_eq(fixture_append(place.store, 1, "third"), STORE_OK);
	ck_assert_uint_eq(fixture_info(place.store, 1).last, 2);
	close_place(&place);
}
END_TEST

/* The connection is one of before, whose committer has died: the request may have reached it. */
START_TEST(test_dead_connection)
{
	static const enum lost_reply list[] = { LOST_REPLY_GONE };
	struct place place;

	open_place(&place);
	ck_assert_int_eq(kill(fixture_committer(place.dir), SIGKILL), 0);
	fixture_committer_ended(place.dir);
	int fd = place.store->committer.fd;
	ck_assert_int_ge(fd, 0);
	place.store->committer.fd = -1; /* kept through the next line */
	lost_reply_begin(place.store, list, 1, STORE_ANSWER_MS);
	place.store->committer.fd = fd;
	ck_assert_int_eq(fixture_append(place.store, 1, "second"), STORE_UNSURE);
	ck_assert_uint_eq(lost_reply_end(), 1);
	close_place(&place);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = {
		test_fate,
		test_all_die,
		test_dead_connection,
	};

	return FIXTURE_MAIN(argc, argv, tests);
}
