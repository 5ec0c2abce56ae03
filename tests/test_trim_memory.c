/*
 * An idle process gives back the pages of the stack and of the heap that nobody uses, and no
 * others.
 */
#include <sys/mman.h>

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/trim_memory.h"
#include "suite.h"

#define DEEP       (256 * 1024)
#define BLOCK      8192
#define BLOCKS     64
#define PAGES_MOST 256

static size_t
page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* How many whole pages of these bytes are in memory. */
static size_t
resident(uintptr_t begin, size_t len)
{
	static unsigned char pages[PAGES_MOST];
	size_t page = page_size(), n = 0;
	uintptr_t first = (begin + page - 1) / page * page, end = (begin + len) / page * page;

	ck_assert_uint_le((end - first) / page, PAGES_MOST);
	ck_assert_int_eq(mincore((void *)first, end - first, pages), 0);
	for (size_t i = 0; i < (end - first) / page; i++)
		n += pages[i] & 1;
	return n;
}

/* Where the deepest of it is. */
static uintptr_t __attribute__((noinline)) go_deep(void)
{
	volatile char bytes[DEEP];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	return (uintptr_t)bytes;
}

START_TEST(test_stack)
{
	char here[BLOCK];
	uintptr_t deep;

	memset(here, 'x', sizeof(here));
	deep = go_deep();
	ck_assert_uint_ge(resident(deep, DEEP / 2), DEEP / 2 / page_size() - 1);
	trim_memory();
	ck_assert_uint_eq(resident(deep, DEEP / 2), 0);
	for (size_t i = 0; i < sizeof(here); i++)
		ck_assert_int_eq(here[i], 'x');
	/* It is there again for whoever needs it. */
	ck_assert_uint_eq(go_deep(), deep);
}
END_TEST

#if defined(HAVE_MALLOC_TRIM) && !defined(__SANITIZE_ADDRESS__)
START_TEST(test_heap)
{
	char *blocks[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(BLOCK);
		ck_assert_ptr_nonnull(blocks[i]);
		memset(blocks[i], 'x', BLOCK);
	}
	for (size_t i = 1; i < BLOCKS - 1; i++)
		free(blocks[i]);
	ck_assert_uint_gt(resident((uintptr_t)blocks[0] + BLOCK, (BLOCKS - 3) * BLOCK), BLOCKS);
	trim_memory();
	ck_assert_uint_le(resident((uintptr_t)blocks[0] + BLOCK, (BLOCKS - 3) * BLOCK), 2);
	for (size_t i = 0; i < BLOCK; i++)
		ck_assert(blocks[0][i] == 'x' && blocks[BLOCKS - 1][i] == 'x');
	free(blocks[0]);
	free(blocks[BLOCKS - 1]);
}
END_TEST
#endif

int
main(void)
{
	Suite *suite = suite_create("rest");
	TCase *tcase = tcase_create("memory");

	tcase_add_test(tcase, test_stack);
#if defined(HAVE_MALLOC_TRIM) && !defined(__SANITIZE_ADDRESS__)
	tcase_add_test(tcase, test_heap);
#endif
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
