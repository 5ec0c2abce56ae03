/*
 * A class of faults: a write that fails or is short. Each write of all processes in turn, while a
 * user logs in, sends a message and a file, and logs out. Whatever fails: what was answered with OK
 * is there, once; nothing comes that was never sent; the next client is served.
 */
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/token.h"
#include "realm_preload.h"
#include "realm_talk.h"
#include "write_fault.h"

#define WRITES_MOST 2000 /* the session ends with fewer */
#define REPLY_MAX   65536
#define OK_HEAD     "{\"status\":\"OK\""
#define CONTENT     "aGFsbyBkdW5pYQ==" /* halo dunia */
#define FAULT_FILE  "fault"

static const struct {
	const char *name;
	int error;
} kinds[] = {
	{ "EIO", EIO },
	{ "ENOSPC", ENOSPC },
	{ "EINTR", EINTR },
	{ "short", WRITE_FAULT_SHORT },
};
#define KINDS ((int)(sizeof(kinds) / sizeof(kinds[0])))

static struct write_fault *fault;
static char fault_path[REALM_PATH_MAX];
static char reply[REPLY_MAX];
static bool is_sent[WRITES_MOST + 1]; /* by number: answered with OK, and not yet read */

/* The library is there from the beginning, and every process that kabard starts has it. */
static void
setup(void)
{
	snprintf(fault_path, sizeof(fault_path), "%s/" FAULT_FILE ".%ld", "/tmp", (long)getpid());
	int fd = open(fault_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(ftruncate(fd, sizeof(*fault)), 0);
	fault = mmap(NULL, sizeof(*fault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(fault, MAP_FAILED);
	close(fd);
	setenv(WRITE_FAULT_VARIABLE, fault_path, 1);
	realm_preload(PRELOAD_WRITE_PATH);
	realm_make(&realm, NULL);
	realm_start(&realm);
	close(realm.first_fd);
	realm.first_fd = -1;
}

static void
teardown(void)
{
	atomic_store(&fault->left, 0);
	realm_remove(&realm);
	munmap(fault, sizeof(*fault));
	unlink(fault_path);
}

/* The reply to a line; NULL when the connection ends before all of it is there. */
static const char *
ask(int fd, const char *line)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	size_t len = 0;

	if (send(fd, line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line))
		return NULL;
	for (;;) {
		ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "no reply to %s", line);
		ssize_t got = recv(fd, reply + len, sizeof(reply) - 1 - len, 0);
		if (got <= 0)
			return NULL;
		len += (size_t)got;
		reply[len] = '\0';
		if (len >= 4 && strcmp(reply + len - 4, "\r\n\r\n") == 0)
			return reply;
	}
}

static bool
is_ok(const char *answer)
{
	return answer != NULL && strncmp(answer, OK_HEAD, sizeof(OK_HEAD) - 1) == 0;
}

/* Logs in on a new connection. -1 when that is refused or cut. */
static int
log_in(const char *user)
{
	char line[128];
	int fd = realm_connect(&realm);

	if (fd < 0)
		return -1;
	snprintf(line, sizeof(line), "auth %s surabaya\r\n", user);
	if (is_ok(ask(fd, line)))
		return fd;
	close(fd);
	return -1;
}

/* The session in which one write fails. The message's text is its number. */
static void
hold_session(int64_t number, bool *file_is_sent)
{
	char line[256];
	int fd = log_in("messi");

	if (fd < 0)
		return;
	snprintf(line, sizeof(line), "send lineker nomor:%lld:\r\n", (long long)number);
	const char *answer = ask(fd, line);
	is_sent[number] = is_ok(answer);
	snprintf(line, sizeof(line), "sendfile lineker f%lld.txt " CONTENT "\r\n",
	    (long long)number);
	answer = answer == NULL ? NULL : ask(fd, line);
	*file_is_sent = is_ok(answer);
	if (answer != NULL)
		ask(fd, "logout \r\n");
	close(fd);
}

/* Nothing fails any more: the receiver has what was promised, and no more than was sent. */
static void
check_receiver(const char *kind, int64_t number, bool file_is_sent)
{
	char text[64];
	int fd = log_in("lineker");
	ck_assert_msg(fd >= 0, "%s at write %lld: nobody is served", kind, (long long)number);
	const char *answer = ask(fd, "inbox \r\n");

	ck_assert_msg(is_ok(answer), "%s at write %lld: no inbox", kind, (long long)number);
	snprintf(text, sizeof(text), "nomor:%lld:", (long long)number);
	const char *at = strstr(answer, text);
	ck_assert_msg(at != NULL || !is_sent[number], "%s at write %lld: the message is lost", kind,
	    (long long)number);
	ck_assert_msg(at == NULL || strstr(at + 1, text) == NULL,
	    "%s at write %lld: the message is there twice: %s", kind, (long long)number, answer);
	snprintf(text, sizeof(text), "getfile messi f%lld.txt\r\n", (long long)number);
	answer = ask(fd, text);
	ck_assert_msg(!file_is_sent || (is_ok(answer) && strstr(answer, CONTENT) != NULL),
	    "%s at write %lld: the file is lost: %s", kind, (long long)number, answer);
	close(fd);
}

START_TEST(each_write)
{
	int64_t number = 0;
	bool met = true;

	while (met && number < WRITES_MOST) {
		bool file_is_sent = false;

		number++;
		atomic_store(&fault->met, 0);
		atomic_store(&fault->error, kinds[_i].error);
		atomic_store(&fault->left, number);
		hold_session(number, &file_is_sent);
		atomic_store(&fault->left, 0);
		met = atomic_load(&fault->met) != 0;
		check_receiver(kinds[_i].name, number, file_is_sent);
	}
	ck_assert_msg(number > 20, "only %lld writes were met", (long long)number);
	ck_assert_int_lt(number, WRITES_MOST);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("class_write");
	TCase *tcase = realm_tcase(suite, "write");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, each_write, 0, KINDS);
	return realm_run_suite(suite);
}
