/* The bytes of a batch: what is written is read, and what was cut or is longer is refused. */
#include "store/batch.h"
#include "store_fixture.h"

START_TEST(test_batch_bytes)
{
	struct store_op op = { .id = { 7 },
		.part = STORE_PART_LOGS,
		.steps = 2,
		.data = (const unsigned char *)"steps",
		.len = 5,
		.outcome = { .value = 77 } };
	const struct store_batch batch = { .joined = true,
		.time_ms = -5,
		.next_seq = 9,
		.n_ops = 2 };
	unsigned char data[256];
	struct store_batch read;
	struct store_op found;
	struct pack p;

	pack_init(&p, data, store_batch_size(2, 10));
	store_batch_pack(&p, &batch);
	store_batch_pack_op(&p, &op);
	store_batch_pack_op(&p, &op);
	ck_assert(!p.overflow);
	ck_assert_uint_eq(p.len, store_batch_size(2, 10));
	ck_assert_int_eq(store_batch_open(&read, data, p.len), 0);
	ck_assert(read.joined && read.time_ms == -5 && read.next_seq == 9 && read.n_ops == 2);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(store_batch_next(&read, &found), 1);
		ck_assert_mem_eq(found.id, op.id, STORE_OP_ID);
		ck_assert(found.part == STORE_PART_LOGS && found.steps == 2 && found.len == 5);
		ck_assert_mem_eq(found.data, "steps", 5);
		ck_assert_uint_eq(found.outcome.value, 77);
	}
	ck_assert_int_eq(store_batch_next(&read, &found), 0);
	/* Cut at each byte, or with a byte too many, it is refused at one place or another. */
	for (size_t len = 0; len <= p.len + 1; len++) {
		int more = -1;

		if (len == p.len || store_batch_open(&read, data, len) != 0)
			continue;
		while ((more = store_batch_next(&read, &found)) == 1)
			;
		ck_assert_int_eq(more, -1);
	}
	data[0] = 2;
	ck_assert_int_eq(store_batch_open(&read, data, p.len), -1);
}
END_TEST

int
main(int argc, char **argv)
{
	const TTest *tests[] = { test_batch_bytes };

	return FIXTURE_MAIN(argc, argv, tests);
}
