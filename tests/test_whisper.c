/*
 * Whispers: what one worker tells others at once. They come in order, from whom the kernel says,
 * and whoever missed some learns of it.
 */
#include "live/whisper.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/rmtree.h"
#include "base/sandbox.h"
#include "live/scoreboard.h"
#include "live/wakeup.h"
#include "suite.h"

#define SLOTS 16
#define LOST  64 /* more than any queue holds */

static char state[64];
static struct scoreboard *scoreboard;
static struct wakeup *sender, *receiver;
static unsigned int own;   /* the slot of this process, and the sender's */
static unsigned int other; /* the receiver's */
static int fd;             /* which wakes the receiver */

/* What was heard last. */
static struct {
	char data[WHISPER_MAX];
	size_t len;
	struct whisper_sender sender;
	bool missed;
} heard;

static int
subscribe(struct wakeup *wakeup, unsigned int slot, enum wakeup_kind kind, uint64_t user)
{
	int got = wakeup_subscribe(wakeup, slot,
	    &(struct wakeup_subscription){ .kind = kind, .user = user });

	ck_assert_int_ge(got, 0);
	return got;
}

static void
setup(void)
{
	snprintf(state, sizeof(state), "/tmp/kabar-whisper-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	scoreboard = scoreboard_open(state, SLOTS);
	ck_assert_ptr_nonnull(scoreboard);
	own = (unsigned int)scoreboard_enter(scoreboard);
	other = SLOTS + 1; /* of which the scoreboard need not know */
	sender = wakeup_open(state);
	receiver = wakeup_open(state);
	ck_assert(sender != NULL && receiver != NULL);
	subscribe(sender, own, WAKEUP_IRC, 1);
	fd = subscribe(receiver, other, WAKEUP_IRC, 2);
	wakeup_set_scoreboard(receiver, scoreboard);
}

static void
teardown(void)
{
	wakeup_close(sender);
	wakeup_close(receiver);
	scoreboard_close(scoreboard);
	rmtree(state);
}

static bool
is_user(void *arg, const struct wakeup_subscription *subscription)
{
	return arg == NULL || subscription->user == *(const uint64_t *)arg;
}

static void
whisper(const char *text)
{
	wakeup_whisper(sender, is_user, NULL, text, strlen(text));
}

static bool
hear(void)
{
	return wakeup_hear(receiver, heard.data, &heard.len, &heard.sender, &heard.missed);
}

static void
assert_heard(const char *text, bool missed)
{
	ck_assert(hear());
	ck_assert_uint_eq(heard.len, strlen(text));
	ck_assert_mem_eq(heard.data, text, heard.len);
	ck_assert_uint_eq(heard.sender.slot, own);
	ck_assert(heard.missed == missed);
}

static void
assert_nothing(bool missed)
{
	ck_assert(!hear());
	ck_assert(heard.missed == missed);
}

static bool
is_awake(int socket)
{
	struct pollfd readable = { .fd = socket, .events = POLLIN };

	return poll(&readable, 1, 0) == 1;
}

START_TEST(test_order)
{
	assert_nothing(false);
	whisper("satu");
	wakeup_notify_slot(sender, other);
	whisper("");
	ck_assert(is_awake(fd));
	assert_heard("satu", false);
	whisper("tiga");
	assert_heard("", false);
	assert_heard("tiga", false);
	assert_nothing(false);
	ck_assert(!is_awake(fd));
}
END_TEST

/* Nobody hears itself, nor what concerns others; the longest payload comes whole. */
START_TEST(test_receivers)
{
	static char long_text[WHISPER_MAX + 1];
	uint64_t second = 2, third = 3;

	wakeup_whisper(sender, is_user, &third, "x", 1);
	assert_nothing(false);
	wakeup_set_scoreboard(sender, scoreboard);
	whisper("x");
	ck_assert(!wakeup_hear(sender, heard.data, &heard.len, &heard.sender, &heard.missed));
	assert_heard("x", false);
	memset(long_text, 'x', sizeof(long_text));
	wakeup_whisper(sender, is_user, &second, long_text, sizeof(long_text));
	assert_nothing(false);
	wakeup_whisper(sender, is_user, &second, long_text, WHISPER_MAX);
	ck_assert(hear());
	ck_assert_uint_eq(heard.len, WHISPER_MAX);
	ck_assert_mem_eq(heard.data, long_text, WHISPER_MAX);
	assert_nothing(false);
}
END_TEST

/* Those who want no whispers are sent none. */
START_TEST(test_other_kinds)
{
	for (enum wakeup_kind kind = WAKEUP_NONE; kind < WAKEUP_IRC; kind++) {
		subscribe(receiver, other, kind, 2);
		whisper("x");
		ck_assert(!is_awake(fd));
		assert_nothing(false);
	}
	subscribe(receiver, other, WAKEUP_IRC, 2);
	whisper("y");
	assert_heard("y", false);
}
END_TEST

/* Receiving notifications loses no whisper; but one who has ended that wants none any more. */
START_TEST(test_drain)
{
	whisper("satu");
	wakeup_drain(receiver);
	ck_assert(!is_awake(fd));
	whisper("dua");
	wakeup_drain(receiver);
	assert_heard("satu", false);
	assert_heard("dua", false);
	whisper("tiga");
	wakeup_notify_slot(sender, other);
	subscribe(receiver, other, WAKEUP_WATCH, 2);
	wakeup_drain(receiver);
	ck_assert(!is_awake(fd));
	subscribe(receiver, other, WAKEUP_IRC, 2);
	assert_nothing(false);
}
END_TEST

/* A full queue loses whispers and says so once; those before come whole, and those after it, too.
 */
START_TEST(test_full_queue)
{
	char text[16];
	unsigned int count = 0;
	bool missed = false;

	for (unsigned int i = 0; i < LOST; i++) {
		snprintf(text, sizeof(text), "%u", i);
		whisper(text);
	}
	while (hear()) {
		snprintf(text, sizeof(text), "%u", count++);
		ck_assert_uint_eq(heard.len, strlen(text));
		ck_assert_mem_eq(heard.data, text, heard.len);
		missed |= heard.missed;
	}
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_lt(count, LOST);
	ck_assert(missed && !heard.missed);
	whisper("x");
	assert_heard("x", false);
}
END_TEST

/* Who was not woken for what was lost is woken for that. */
START_TEST(test_full_of_notifications)
{
	for (unsigned int i = 0; i < LOST; i++)
		wakeup_notify_slot(sender, other);
	whisper("x");
	assert_nothing(true);
	assert_nothing(false);
	whisper("y");
	assert_heard("y", false);
}
END_TEST

/* What nobody asks for takes no memory without end. */
START_TEST(test_kept)
{
	static char text[WHISPER_MAX];
	unsigned int count = 0;

	for (unsigned int i = 0; i < WHISPER_KEPT / WHISPER_MAX + 1; i++) {
		wakeup_whisper(sender, is_user, NULL, text, sizeof(text));
		wakeup_drain(receiver);
	}
	for (bool missed = true; hear(); missed = false, count++)
		ck_assert(heard.missed == missed);
	ck_assert_uint_eq(count, WHISPER_KEPT / WHISPER_MAX - 1);
	whisper("x");
	assert_heard("x", false);
}
END_TEST

/* A slot is that of the process which the kernel says has sent it, or the whisper is dropped. */
START_TEST(test_forged)
{
	struct wakeup *liar = wakeup_open(state);

	ck_assert_ptr_nonnull(liar);
	for (unsigned int slot = 0; slot < SLOTS + 2; slot++) {
		if (slot == own || slot == other)
			continue;
		subscribe(liar, slot, WAKEUP_FOLLOW, 3);
		wakeup_whisper(liar, is_user, NULL, "x", 1);
		wakeup_close(liar);
		liar = wakeup_open(state);
		ck_assert_ptr_nonnull(liar);
		ck_assert(is_awake(fd));
		assert_nothing(false);
	}
	/* Another process, as the one whose slot it is. */
	pid_t pid = fork();
	if (pid == 0) {
		whisper("x");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(is_awake(fd));
	assert_nothing(false);
	/* What was said last of all is still its worker's. */
	scoreboard_leave(scoreboard);
	whisper("x");
	assert_heard("x", false);
	ck_assert_int_eq(scoreboard_enter(scoreboard), (int)own);
	wakeup_set_scoreboard(receiver, NULL);
	whisper("x");
	assert_nothing(false);
	wakeup_set_scoreboard(receiver, scoreboard);
	whisper("x");
	assert_heard("x", false);
	wakeup_close(liar);
}
END_TEST

/* Whatever comes as a datagram is either a whisper or nothing. */
START_TEST(test_no_whispers)
{
	static unsigned char datagram[WHISPER_HEAD + WHISPER_MAX + 1];
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char wakeups[128];

	snprintf(wakeups, sizeof(wakeups), "%s/wakeup", state);
	snprintf(address.sun_path, sizeof(address.sun_path), "%u", other);
	whisper_head(datagram, own);
	for (size_t len = 0; len <= sizeof(datagram); len = len == WHISPER_HEAD ? 8192 : len + 1) {
		int before = chdir_guard_enter(wakeups);

		ck_assert_int_eq(sendto(socket_fd, datagram, len, 0,
		                     (const struct sockaddr *)&address, sizeof(address)),
		    (int)len);
		chdir_guard_leave(before);
		bool fits = len >= WHISPER_HEAD && len <= WHISPER_HEAD + WHISPER_MAX;
		ck_assert(hear() == fits);
		ck_assert(!fits || heard.len == len - WHISPER_HEAD);
	}
	datagram[0] ^= 1;
	int before = chdir_guard_enter(wakeups);
	ck_assert_int_eq(sendto(socket_fd, datagram, WHISPER_HEAD + 1, 0,
	                     (const struct sockaddr *)&address, sizeof(address)),
	    WHISPER_HEAD + 1);
	chdir_guard_leave(before);
	assert_nothing(false);
	close(socket_fd);
}
END_TEST

static bool
await(int socket)
{
	struct pollfd readable = { .fd = socket, .events = POLLIN };

	return poll(&readable, 1, SUITE_PATIENCE_MS) == 1;
}

/* A worker in its sandbox, with a slot of its own, which it says; then it waits for a whisper. */
static int
work(void)
{
	const struct sandbox sandbox = { .kind = SANDBOX_WORKER, .writable = state };
	const struct wakeup_subscription wanted = { .kind = WAKEUP_IRC, .user = 3 };
	struct scoreboard *mine;
	struct wakeup *wakeup;
	unsigned int slot;
	char error[256];
	int socket;

	if (sandbox_enter(&sandbox, error, sizeof(error)) != 0)
		return 1;
	mine = scoreboard_open(state, SLOTS);
	wakeup = wakeup_open(state);
	if (mine == NULL || wakeup == NULL)
		return 2;
	slot = (unsigned int)scoreboard_enter(mine);
	socket = wakeup_subscribe(wakeup, slot, &wanted);
	wakeup_set_scoreboard(wakeup, mine);
	wakeup_whisper(wakeup, is_user, NULL, &slot, sizeof(slot));
	if (!await(socket) ||
	    !wakeup_hear(wakeup, heard.data, &heard.len, &heard.sender, &heard.missed))
		return 3;
	return heard.sender.slot == own && !heard.missed ? 0 : 4;
}

START_TEST(test_processes)
{
	unsigned int slot;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(work());
	ck_assert(await(fd));
	ck_assert(hear());
	ck_assert_uint_eq(heard.len, sizeof(slot));
	memcpy(&slot, heard.data, sizeof(slot));
	ck_assert_uint_eq(heard.sender.slot, slot);
	ck_assert_uint_ne(slot, own);
	whisper("ya");
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("whisper");
	TCase *tcase = tcase_create("whisper");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, test_order);
	tcase_add_test(tcase, test_receivers);
	tcase_add_test(tcase, test_other_kinds);
	tcase_add_test(tcase, test_drain);
	tcase_add_test(tcase, test_full_queue);
	tcase_add_test(tcase, test_full_of_notifications);
	tcase_add_test(tcase, test_kept);
	tcase_add_test(tcase, test_forged);
	tcase_add_test(tcase, test_no_whispers);
	tcase_add_test(tcase, test_processes);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
