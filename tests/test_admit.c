/*
 * Who may connect: the rate of an address, the bound on connections that have not logged in, and
 * what an address is.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master/admit.h"
#include "master/rate.h"
#include "suite.h"

#define NOW    INT64_C(1000000)
#define LATE   (NOW + 60000) /* so late that nobody is about to log in */
#define RATE   10
#define BURST  80
#define GUESTS 8

static struct master_admit *admit;
static struct master_rate *rates;
static pid_t guests[GUESTS]; /* workers; 0: none */
static atomic_uchar *known[GUESTS];

static void
setup(void)
{
	admit = master_admit_new();
	rates = calloc(1, sizeof(*rates));
	ck_assert_ptr_nonnull(admit);
	ck_assert_ptr_nonnull(rates);
	memset(guests, 0, sizeof(guests));
	signal(SIGTERM, SIG_DFL); /* what the test's frame does then is not for guests */
}

static void
teardown(void)
{
	for (int i = 0; i < GUESTS; i++)
		if (guests[i] > 0) {
			kill(guests[i], SIGKILL);
			waitpid(guests[i], NULL, 0);
		}
	master_admit_free(admit);
	free(rates);
}

static void
key_of(const char *text, unsigned char key[ADDRESS_KEY_SIZE])
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &sin.sin_addr) == 1) {
		address_key((const struct sockaddr *)&sin, key);
		return;
	}
	ck_assert_int_eq(inet_pton(AF_INET6, text, &sin6.sin6_addr), 1);
	address_key((const struct sockaddr *)&sin6, key);
}

static bool
same(const char *one, const char *other)
{
	unsigned char a[ADDRESS_KEY_SIZE], b[ADDRESS_KEY_SIZE];

	key_of(one, a);
	key_of(other, b);
	return memcmp(a, b, sizeof(a)) == 0;
}

START_TEST(addresses)
{
	ck_assert(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
	ck_assert(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
	ck_assert(same("10.0.0.1", "::ffff:10.0.0.1"));
	ck_assert(!same("::ffff:10.0.0.1", "::ffff:10.0.0.2"));
	ck_assert(!same("10.0.0.1", "10.0.0.2"));
}
END_TEST

static bool
is_loopback(const char *text)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, text, &sin.sin_addr) == 1)
		return address_is_loopback((const struct sockaddr *)&sin);
	ck_assert_int_eq(inet_pton(AF_INET6, text, &sin6.sin6_addr), 1);
	return address_is_loopback((const struct sockaddr *)&sin6);
}

START_TEST(loopback)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };

	ck_assert(is_loopback("127.0.0.1"));
	ck_assert(is_loopback("127.255.255.255"));
	ck_assert(is_loopback("::1"));
	ck_assert(is_loopback("::ffff:127.0.0.1"));
	ck_assert(address_is_loopback(&local));
	ck_assert(!is_loopback("128.0.0.1"));
	ck_assert(!is_loopback("126.255.255.255"));
	ck_assert(!is_loopback("::"));
	ck_assert(!is_loopback("::2"));
	ck_assert(!is_loopback("::ffff:10.0.0.1"));
	ck_assert(!is_loopback("7f00::1"));
}
END_TEST

static bool
take(const char *address, int cost, int64_t now)
{
	unsigned char key[ADDRESS_KEY_SIZE];

	key_of(address, key);
	return master_rate_take(rates, key, RATE, BURST, cost, now);
}

START_TEST(rate_of_an_address)
{
	for (int i = 0; i < BURST; i++)
		ck_assert(take("10.0.0.1", 1, NOW));
	ck_assert(!take("10.0.0.1", 1, NOW));
	ck_assert(take("10.0.0.2", 1, NOW));
	/* What was refused costs nothing. */
	ck_assert(!take("10.0.0.1", 1, NOW + 99));
	ck_assert(take("10.0.0.1", 1, NOW + 100));
	ck_assert(!take("10.0.0.1", 1, NOW + 100));
	ck_assert(!take("10.0.0.1", 5, NOW + 500));
	ck_assert(take("10.0.0.1", 5, NOW + 600));
	/* After a long pause it has the burst again, and no more. */
	for (int i = 0; i < BURST; i++)
		ck_assert(take("10.0.0.1", 1, NOW + 3600000));
	ck_assert(!take("10.0.0.1", 1, NOW + 3600000));
}
END_TEST

/* However many there are, each gets in, and the table stays as big as it is. */
START_TEST(many_addresses)
{
	char text[INET6_ADDRSTRLEN];

	for (int i = 0; i < 4 * MASTER_RATE_SETS * MASTER_RATE_WAYS; i++) {
		snprintf(text, sizeof(text), "2001:db8:%x:%x::", i >> 8, i & 255);
		ck_assert(take(text, 1, NOW + i));
	}
}
END_TEST

START_TEST(rate_of_all)
{
	struct master_rate_all all = { .left = 0 };

	for (int i = 0; i < BURST; i++) {
		ck_assert_int_eq(master_rate_all_wait_ms(&all, RATE, BURST, NOW), 0);
		master_rate_all_take(&all);
	}
	ck_assert_int_eq(master_rate_all_left(&all), 0);
	ck_assert_int_eq(master_rate_all_wait_ms(&all, RATE, BURST, NOW), 100);
	ck_assert_int_eq(master_rate_all_wait_ms(&all, RATE, BURST, NOW + 60), 40);
	ck_assert_int_eq(master_rate_all_wait_ms(&all, RATE, BURST, NOW + 100), 0);
	(void)master_rate_all_wait_ms(&all, RATE, BURST, NOW + 3600000);
	ck_assert_int_eq(master_rate_all_left(&all), BURST);
}
END_TEST

/* A worker for a client from there, as the master starts it. */
static void
let_in(int guest, const char *address, int64_t now)
{
	unsigned char key[ADDRESS_KEY_SIZE];

	key_of(address, key);
	known[guest] = master_admit_begin(admit, key, now);
	ck_assert_ptr_nonnull(known[guest]);
	guests[guest] = fork();
	if (guests[guest] == 0) {
		for (;;)
			pause();
	}
	ck_assert_int_gt(guests[guest], 0);
	master_admit_started(admit, guests[guest]);
}

/* Whether a client from there may connect when three have not logged in; *ended as the master has
 * it. */
static bool
may_come(const char *address, int64_t now, pid_t *ended)
{
	const struct master_admit_limits limits = { .unknown = 3 };
	unsigned char key[ADDRESS_KEY_SIZE];
	enum limits_kind limit;
	bool may;

	key_of(address, key);
	may = master_admit(admit, &limits, key, now, &limit, ended);
	ck_assert_int_eq(limit, LIMITS_UNKNOWN);
	return may;
}

static void
expect_end(int guest)
{
	int status;

	ck_assert_int_eq(waitpid(guests[guest], &status, 0), guests[guest]);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	guests[guest] = 0;
}

/* Class: memory before login. The address that has most makes way, its oldest connection first. */
START_TEST(greedy_make_way)
{
	pid_t ended;

	let_in(0, "10.0.0.9", NOW);
	let_in(1, "10.0.0.1", NOW);
	ck_assert(may_come("10.0.0.1", NOW, &ended));
	ck_assert_int_eq(ended, 0);
	let_in(2, "10.0.0.1", NOW);
	/* It has no more than the newcomer would then have had. */
	ck_assert(!may_come("10.0.0.1", NOW, &ended));
	ck_assert(may_come("10.0.0.7", NOW, &ended));
	ck_assert_int_eq(ended, guests[1]);
	expect_end(1);
	let_in(3, "10.0.0.7", NOW);
	/* Three that have one each may all be about to log in, for some time. */
	ck_assert(!may_come("10.0.0.8", NOW, &ended));
	ck_assert(may_come("10.0.0.8", LATE, &ended));
	ck_assert_int_eq(ended, guests[0]);
	expect_end(0);
}
END_TEST

/* Those who have logged in need no room, and are not ended for others. */
START_TEST(known_stay)
{
	pid_t ended;

	for (int i = 0; i < 3; i++)
		let_in(i, "10.0.0.1", NOW);
	for (int i = 0; i < 3; i++)
		atomic_store(known[i], 1);
	ck_assert(may_come("10.0.0.1", LATE, &ended));
	ck_assert_int_eq(ended, 0);
	let_in(3, "10.0.0.1", LATE);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(waitpid(guests[i], NULL, WNOHANG), 0);
}
END_TEST

/* Those who have gone make room, also when their worker never started. */
START_TEST(gone_make_room)
{
	unsigned char key[ADDRESS_KEY_SIZE];
	pid_t ended;

	for (int i = 0; i < 3; i++)
		let_in(i, "10.0.0.1", NOW);
	master_admit_ended(admit, guests[1]);
	ck_assert(may_come("10.0.0.1", NOW, &ended));
	ck_assert_int_eq(ended, 0);
	key_of("10.0.0.1", key);
	ck_assert_ptr_nonnull(master_admit_begin(admit, key, NOW));
	master_admit_started(admit, -1);
	ck_assert(may_come("10.0.0.1", NOW, &ended));
	ck_assert_int_eq(ended, 0);
	master_admit_ended(admit, getpid());
}
END_TEST

/* What users and connections ask for at a rate: one a second, and three at once. */
START_TEST(charges)
{
	const int64_t second = 1000000, now = NOW * 1000;
	limits_paid paid = 0;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(limits_charge(&paid, second, 3 * second, now), 0);
	ck_assert_int_eq(limits_charge(&paid, second, 3 * second, now), second);
	ck_assert_int_eq(limits_charge(&paid, second, 3 * second, now), 2 * second);
	ck_assert_int_eq(limits_charge(&paid, second, 3 * second, now + 3 * second), 0);
	/* A pause gives no more than the burst. */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(limits_charge(&paid, second, 3 * second, 2 * now), 0);
	ck_assert_int_eq(limits_charge(&paid, second, 3 * second, 2 * now), second);
	/* A hostile worker's nonsense keeps nobody out. */
	atomic_store(&paid, INT64_MAX);
	ck_assert_int_eq(limits_charge(&paid, second, 3 * second, now), 0);
	atomic_store(&paid, INT64_MIN);
	ck_assert_int_eq(limits_charge(&paid, second, 3 * second, now), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("admit");
	TCase *tcase = tcase_create("admit");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, addresses);
	tcase_add_test(tcase, loopback);
	tcase_add_test(tcase, rate_of_an_address);
	tcase_add_test(tcase, many_addresses);
	tcase_add_test(tcase, rate_of_all);
	tcase_add_test(tcase, greedy_make_way);
	tcase_add_test(tcase, known_stay);
	tcase_add_test(tcase, gone_make_room);
	tcase_add_test(tcase, charges);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
