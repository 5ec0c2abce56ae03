/*
 * The parts of the gate without a process: packets, turns in the queue, and how long guessing
 * takes.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/delay.h"
#include "auth/protocol.h"
#include "auth/queue.h"
#include "suite.h"

#define MOST_MS 300000
#define HOLD_MS 4000

static const unsigned char a[ADDRESS_KEY_SIZE] = { 1 }, b[ADDRESS_KEY_SIZE] = { 2 },
                           c[ADDRESS_KEY_SIZE] = { 3 };
static struct auth_queue queue;
static struct auth_delay delay;
static int items[AUTH_QUEUE_MAX + 1];

/*
 * Packets
 */

static const struct auth_request requests[] = {
	{ .kind = AUTH_HELLO, .seq = 1, .key = { 9, 8 }, .address = "127.0.0.1", .near = true },
	{ .kind = AUTH_LOGIN, .seq = 2, .name = "messi", .password = "surabaya", .possible = true },
	{ .kind = AUTH_SESSION, .seq = 3, .token = "4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f" },
	{ .kind = AUTH_REGISTER,
	    .seq = 4,
	    .name = "m",
	    .password = "p",
	    .possible = true,
	    .fullname = "Lionel Messi",
	    .country = "Argentina" },
	{ .kind = AUTH_PEER, .seq = 5, .fingerprint = "SHA256:00" },
	{ .kind = AUTH_SERVER, .seq = UINT32_MAX },
	{ .kind = AUTH_AGAIN, .seq = 6 },
	{ .kind = AUTH_INVITED,
	    .seq = 7,
	    .name = "m",
	    .password = "p",
	    .possible = true,
	    .code = "k7mq2f9x01wd8c3n" },
	{ .kind = AUTH_INVITE, .seq = 8, .code = "k7mq2f9x01wd8c3n" },
	{ .kind = AUTH_PASSWD,
	    .seq = 9,
	    .password = "surabaya",
	    .possible = true,
	    .wanted = "malang" },
	{ .kind = AUTH_GUEST, .seq = 10, .name = "tamu", .fullname = "Tamu Jauh" },
	{ .kind = AUTH_CLAIM,
	    .seq = 11,
	    .password = "rahasia",
	    .possible = true,
	    .code = "k7mq2f9x01wd8c3n" },
	{ .kind = AUTH_RENAME, .seq = 12, .name = "lain" },
	{ .kind = AUTH_GONE, .seq = 13 },
	{ .kind = AUTH_CERTIFICATE, .seq = 14, .name = "m", .fingerprint = "SHA256:00" },
	{ .kind = AUTH_CERTIFY,
	    .seq = 15,
	    .password = "surabaya",
	    .possible = true,
	    .fingerprint = "SHA256:00",
	    .adds = true },
};

#define REQUESTS (int)(sizeof(requests) / sizeof(requests[0]))

START_TEST(test_packet)
{
	unsigned char data[AUTH_PACKET_MAX + 1];
	size_t len = auth_protocol_pack(data, &requests[_i]);
	struct auth_request read;

	ck_assert(auth_protocol_parse(&read, data, len));
	ck_assert_int_eq(memcmp(&read, &requests[_i], sizeof(read)), 0);
	/* One that is cut, or goes on, is none. */
	for (size_t cut = 0; cut < len; cut++)
		ck_assert(!auth_protocol_parse(&read, data, cut));
	data[len] = 0;
	ck_assert(!auth_protocol_parse(&read, data, len + 1));
	data[0]++;
	ck_assert(!auth_protocol_parse(&read, data, len));
	data[0]--;
	data[1] = AUTH_CERTIFY + 1;
	ck_assert(!auth_protocol_parse(&read, data, len));
}
END_TEST

/* Every text at its bound and one past it. */
START_TEST(test_packet_bounds)
{
	struct auth_request request = { .kind = AUTH_REGISTER, .possible = true }, read;
	unsigned char data[AUTH_PACKET_MAX];
	size_t len;

	memset(request.name, 'n', sizeof(request.name) - 1);
	memset(request.password, 'p', sizeof(request.password) - 1);
	memset(request.fullname, 'f', sizeof(request.fullname) - 1);
	memset(request.country, 'c', sizeof(request.country) - 1);
	len = auth_protocol_pack(data, &request);
	ck_assert(auth_protocol_parse(&read, data, len));
	ck_assert_int_eq(memcmp(&read, &request, sizeof(read)), 0);
	/* The full name comes first: its length stands behind version, kind and number. */
	data[9]++;
	ck_assert(!auth_protocol_parse(&read, data, len));
	data[9]--;
	data[10] = '\0';
	ck_assert(!auth_protocol_parse(&read, data, len));
	data[10] = 'f';
	data[len - 1] = 2; /* neither true nor false */
	ck_assert(!auth_protocol_parse(&read, data, len));
	memset(data + 6, 0xff, 4); /* a length beyond all */
	ck_assert(!auth_protocol_parse(&read, data, len));
}
END_TEST

START_TEST(test_reply)
{
	struct auth_reply reply = { .seq = 7,
		.result = CHAT_TOO_SOON,
		.retry_s = 8,
		.id = 9,
		.epoch = 5 },
	                  read;
	unsigned char data[AUTH_REPLY_SIZE];

	auth_protocol_pack_reply(data, &reply);
	ck_assert(auth_protocol_parse_reply(&read, data, sizeof(data)));
	ck_assert_uint_eq(read.seq, 7);
	ck_assert_int_eq(read.result, CHAT_TOO_SOON);
	ck_assert_uint_eq(read.retry_s, 8);
	ck_assert_uint_eq(read.id, 9);
	ck_assert_uint_eq(read.epoch, 5);
	ck_assert(!auth_protocol_parse_reply(&read, data, sizeof(data) - 1));
	data[4] = CHAT_RESULTS;
	ck_assert(!auth_protocol_parse_reply(&read, data, sizeof(data)));
}
END_TEST

/*
 * The queue
 */

static void
must_add(const unsigned char *key, bool near, int item)
{
	ck_assert(auth_queue_add(&queue, key, near, false, &items[item]));
}

static void
must_take(int item)
{
	ck_assert_ptr_eq(auth_queue_take(&queue), &items[item]);
}

/* One address has three waiting, the others one each: they do not wait for the three. */
START_TEST(test_turns)
{
	auth_queue_init(&queue);
	must_add(a, false, 1);
	must_add(a, false, 2);
	must_add(a, false, 3);
	must_add(b, false, 4);
	must_add(c, false, 5);
	must_take(1);
	must_add(b, false, 6);
	must_take(4);
	must_take(5);
	must_take(2);
	must_take(6);
	must_take(3);
	ck_assert_ptr_null(auth_queue_take(&queue));
}
END_TEST

START_TEST(test_remove)
{
	auth_queue_init(&queue);
	must_add(a, false, 1);
	must_add(a, false, 2);
	must_add(a, false, 3);
	must_add(b, false, 4);
	ck_assert(!auth_queue_remove(&queue, a, &items[4]));
	ck_assert(!auth_queue_remove(&queue, c, &items[1]));
	ck_assert(auth_queue_remove(&queue, a, &items[3]));
	must_add(a, false, 5);
	ck_assert(auth_queue_remove(&queue, a, &items[1]));
	ck_assert(auth_queue_remove(&queue, b, &items[4]));
	ck_assert(!auth_queue_remove(&queue, b, &items[4]));
	must_take(2);
	must_take(5);
	ck_assert_ptr_null(auth_queue_take(&queue));
	ck_assert_uint_eq(queue.n, 0);
}
END_TEST

/* However many addresses guess, the others go first, but for one turn in a few. */
START_TEST(test_guessers_wait)
{
	unsigned char key[ADDRESS_KEY_SIZE] = { 5 };

	auth_queue_init(&queue);
	for (int i = 0; i < 100; i++) {
		key[1] = (unsigned char)i;
		ck_assert(auth_queue_add(&queue, key, false, true, &items[0]));
	}
	for (int i = 1; i <= AUTH_QUEUE_TURN; i++)
		must_add(i % 2 == 0 ? a : b, false, i);
	for (int turn = 1; turn <= AUTH_QUEUE_TURN; turn++)
		must_take(turn < AUTH_QUEUE_TURN ? turn : 0);
	must_take(AUTH_QUEUE_TURN);
	for (int i = 1; i < 100; i++)
		must_take(0);
	ck_assert_uint_eq(queue.n, 0);
}
END_TEST

/* One address, this machine, and all together have their bounds, and get them back. */
START_TEST(test_queue_bounds)
{
	unsigned char key[ADDRESS_KEY_SIZE] = { 4 };
	size_t n = 0;

	for (int round = 0; round < 3; round++) {
		auth_queue_init(&queue);
		for (int i = 0; i < AUTH_QUEUE_EACH; i++)
			must_add(a, false, i);
		ck_assert(!auth_queue_add(&queue, a, false, false, &items[0]));
		for (int i = 0; i < AUTH_QUEUE_NEAR; i++)
			must_add(b, true, i);
		ck_assert(!auth_queue_add(&queue, b, true, false, &items[0]));
		ck_assert(!auth_queue_add(&queue, c, true, false, &items[0]));
		for (n = queue.n; n < AUTH_QUEUE_MAX; n++) {
			key[1] = (unsigned char)(n >> 8);
			key[2] = (unsigned char)n;
			must_add(key, false, 0);
		}
		ck_assert(!auth_queue_add(&queue, c, false, false, &items[0]));
		for (n = 0; auth_queue_take(&queue) != NULL; n++)
			;
		ck_assert_uint_eq(n, AUTH_QUEUE_MAX);
		ck_assert_uint_eq(queue.n_near, 0);
	}
}
END_TEST

/*
 * Guessing
 */

static int64_t
try_name(const char *name, const unsigned char *key, bool near, int64_t now)
{
	struct auth_delay_try try;

	auth_delay_name(&delay, &try, name, key, near);
	return auth_delay_begin(&delay, &try, now, MOST_MS, HOLD_MS);
}

static void
log_in(const char *name, const unsigned char *key, int64_t now)
{
	struct auth_delay_try try;

	auth_delay_name(&delay, &try, name, key, false);
	auth_delay_right(&delay, &try, now);
}

START_TEST(test_growing)
{
	int64_t now = 1000;

	auth_delay_init(&delay);
	for (int i = 0; i < AUTH_DELAY_FREE_PAIR; i++)
		ck_assert_int_eq(try_name("messi", a, false, now), 0);
	/* All at once, or one after the other: it is the same. */
	ck_assert_int_eq(try_name("messi", a, false, now), 1000);
	ck_assert_int_eq(try_name("MESSI", a, false, now), 2000);
	ck_assert_int_eq(try_name("messi", a, false, now), 4000);
	ck_assert_int_eq(try_name("messi", a, false, now), 8000);
	/* What is refused does not count, and time passes. */
	ck_assert_int_eq(try_name("messi", a, false, now + 3000), 5000);
	ck_assert_int_eq(try_name("messi", a, false, now + 8000), 0);
	ck_assert_int_eq(try_name("messi", a, false, now + 8000), 16000);
	/* Another address, another name, this machine. */
	ck_assert_int_eq(try_name("messi", b, false, now), 0);
	ck_assert_int_eq(try_name("lineker", a, false, now), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(try_name("owen", c, true, now), 0);
	/* The count is halved now and then. */
	ck_assert_int_eq(try_name("messi", a, false, now + 4 * AUTH_DELAY_HALVE_MS), 0);
}
END_TEST

START_TEST(test_right_password)
{
	auth_delay_init(&delay);
	for (int i = 0; i < 5; i++)
		try_name("messi", a, false, 1000);
	log_in("messi", a, 1000);
	for (int i = 0; i < AUTH_DELAY_FREE_PAIR; i++)
		ck_assert_int_eq(try_name("messi", a, false, 1000), 0);
	ck_assert_int_ne(try_name("messi", a, false, 1000), 0);
}
END_TEST

static bool
guesses(const char *name, const unsigned char *key, int64_t now)
{
	struct auth_delay_try try;

	auth_delay_name(&delay, &try, name, key, false);
	return auth_delay_guesses(&delay, &try, now);
}

/* An address guesses by whatever names; who has the password has not guessed. */
START_TEST(test_who_guesses)
{
	static const char *const names[] = { "messi", "owen", "lineker" };

	auth_delay_init(&delay);
	for (int i = 0; i < AUTH_DELAY_FREE_ADDRESS + 1; i++) {
		ck_assert(!guesses("henderson", a, 1000));
		try_name(names[i], a, false, 1000);
		try_name(names[i], b, false, 1000);
		log_in(names[i], b, 1000);
	}
	ck_assert(guesses("henderson", a, 1000));
	ck_assert(!guesses("henderson", b, 1000));
	ck_assert(!guesses("henderson", a, 1000 + AUTH_DELAY_HALVE_MS));
}
END_TEST

/* Where many fail at one account, its user goes first, and so do other accounts. */
START_TEST(test_guessed_account)
{
	unsigned char key[ADDRESS_KEY_SIZE] = { 9 };

	auth_delay_init(&delay);
	log_in("messi", a, 1000);
	for (int i = 0; i <= AUTH_DELAY_FREE_ACCOUNT; i++) {
		key[1] = (unsigned char)i;
		ck_assert(!guesses("messi", key, 1000));
		try_name("messi", key, false, 1000);
	}
	ck_assert(guesses("messi", b, 1000));
	ck_assert(!guesses("messi", a, 1000));
	ck_assert(!guesses("owen", b, 1000));
}
END_TEST

/* Many addresses guess: all wait a little, but not the user. */
START_TEST(test_many_addresses)
{
	unsigned char key[ADDRESS_KEY_SIZE] = { 7 };
	int64_t longest = 0;

	auth_delay_init(&delay);
	log_in("messi", a, 1000);
	for (int i = 0; i < 200; i++) {
		key[1] = (unsigned char)i;
		int64_t wait = try_name("messi", key, false, 1000);
		ck_assert(i < AUTH_DELAY_FREE_ACCOUNT || wait > 0);
		longest = wait > longest ? wait : longest;
	}
	ck_assert_int_eq(longest, AUTH_DELAY_ACCOUNT_MS);
	ck_assert_int_eq(try_name("messi", a, false, 1000), 0);
	ck_assert_int_gt(try_name("messi", b, false, 1000), 0);
}
END_TEST

/* However many names are tried, a user's own address is remembered. */
START_TEST(test_table_is_bounded)
{
	char name[NAME_MAX_BYTES];

	auth_delay_init(&delay);
	log_in("messi", a, 1000);
	for (int i = 0; i < 4 * AUTH_DELAY_SLOTS; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		ck_assert_int_eq(try_name(name, b, false, 1000 + i), 0);
	}
	for (int i = 0; i < 200; i++)
		try_name("messi", b, false, 50000);
	for (int i = 0; i < AUTH_DELAY_FREE_ACCOUNT + 10; i++) {
		unsigned char key[ADDRESS_KEY_SIZE] = { 8, (unsigned char)i };
		try_name("messi", key, false, 50000);
	}
	ck_assert_int_eq(try_name("messi", a, false, 50000), 0);
}
END_TEST

/* All codes are one account, which is nobody's; a good one counts nothing, and waits all the same.
 */
START_TEST(test_codes)
{
	struct auth_delay_try try, other;

	auth_delay_init(&delay);
	auth_delay_code(&delay, &try, a, false);
	auth_delay_code(&delay, &other, b, false);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(auth_delay_wait(&delay, &try, 1000, MOST_MS), 0);
	for (int i = 0; i < AUTH_DELAY_FREE_PAIR; i++) {
		ck_assert_int_eq(auth_delay_wait(&delay, &try, 1000, MOST_MS), 0);
		auth_delay_failed(&delay, &try, 1000);
	}
	ck_assert_int_eq(auth_delay_wait(&delay, &try, 1000, MOST_MS), 1000);
	ck_assert_int_eq(auth_delay_wait(&delay, &try, 1500, MOST_MS), 500);
	ck_assert_int_eq(auth_delay_wait(&delay, &other, 1000, MOST_MS), 0);
	ck_assert_int_eq(try_name("messi", a, false, 1000), 0);
	ck_assert_int_eq(try_name("", a, false, 1000), 0);
	/* Many guess, from everywhere and from this machine. */
	auth_delay_code(&delay, &try, c, true);
	for (int i = 0; i < 200; i++)
		auth_delay_failed(&delay, &try, 1000);
	ck_assert_int_eq(auth_delay_wait(&delay, &try, 1000, MOST_MS), AUTH_DELAY_ACCOUNT_MS);
	ck_assert_int_eq(auth_delay_wait(&delay, &other, 1000, MOST_MS), AUTH_DELAY_ACCOUNT_MS);
	ck_assert_int_eq(try_name("messi", b, false, 1000), 0);
}
END_TEST

START_TEST(test_registrations)
{
	auth_delay_init(&delay);
	ck_assert_int_eq(auth_delay_register(&delay, a, 2, 1000), 0);
	ck_assert_int_eq(auth_delay_register(&delay, a, 2, 2000), 0);
	ck_assert_int_eq(auth_delay_register(&delay, a, 2, 3000), AUTH_DELAY_DAY_MS - 2000);
	ck_assert_int_eq(auth_delay_register(&delay, b, 2, 3000), 0);
	/* Guests count apart. */
	ck_assert_int_eq(auth_delay_guest(&delay, a, 1, 3000), 0);
	ck_assert_int_eq(auth_delay_guest(&delay, a, 1, 4000), AUTH_DELAY_DAY_MS - 1000);
	ck_assert_int_eq(auth_delay_register(&delay, a, 2, 1000 + AUTH_DELAY_DAY_MS), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("auth");
	TCase *tcase = tcase_create("packets");

	tcase_add_loop_test(tcase, test_packet, 0, REQUESTS);
	tcase_add_test(tcase, test_packet_bounds);
	tcase_add_test(tcase, test_reply);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("queue");
	tcase_add_test(tcase, test_turns);
	tcase_add_test(tcase, test_remove);
	tcase_add_test(tcase, test_guessers_wait);
	tcase_add_test(tcase, test_queue_bounds);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("delay");
	tcase_add_test(tcase, test_growing);
	tcase_add_test(tcase, test_right_password);
	tcase_add_test(tcase, test_who_guesses);
	tcase_add_test(tcase, test_guessed_account);
	tcase_add_test(tcase, test_many_addresses);
	tcase_add_test(tcase, test_table_is_bounded);
	tcase_add_test(tcase, test_codes);
	tcase_add_test(tcase, test_registrations);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
