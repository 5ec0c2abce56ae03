/*
 * Who shakes hands with a key that another process has, while that process hangs or dies.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/signals.h"
#include "net/stream.h"
#include "net/tls_key.h"
#include "peering/tls.h"
#include "suite.h"
#include "tls_fixture.h"

static struct tls_key_request request;
static char error[4096];

static volatile sig_atomic_t terminated;

static void
note_end(int number)
{
	(void)number;
	terminated = 1;
}

static bool
is_terminated(void)
{
	return terminated != 0;
}

/* Shakes hands with itself. How it ends: 0 as it was told to, 1 it is unanswered, 2 otherwise. */
static void __attribute__((noreturn)) ask_and_exit(int fd)
{
	struct stream client, server;
	struct tls *context =
	    peering_tls_server_without_key(tls_fixture_malang, error, sizeof(error));
	struct tls_config *dialling = peering_tls_client(tls_fixture_malang, error, sizeof(error));
	int fds[2];

	signals_catch((const int[]){ SIGTERM, 0 }, note_end);
	ck_assert(context != NULL && dialling != NULL);
	tls_fixture_connect(&fds[0], &fds[1], false);
	stream_init(&client, fds[0], fds[0]);
	stream_init(&server, fds[1], fds[1]);
	ck_assert_int_eq(stream_dial(&client, dialling, error, sizeof(error)), 0);
	ck_assert_int_eq(stream_accept(&server, context, error, sizeof(error)), 0);
	tls_key_ask_at(fd);
	tls_key_ask_until(is_terminated);
	do
		(void)stream_handshake(&client);
	while (stream_handshake(&server) != 0 && errno == EAGAIN);
	if (tls_key_is_unanswered())
		_exit(1);
	_exit(is_terminated() ? 0 : 2);
}

/* Who is to end while the signer hangs ends; a signer that has died is told from that. */
START_TEST(asker_ends)
{
	int ends[2], status;
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		ask_and_exit(ends[1]);
	}
	close(ends[1]);
	ck_assert_int_gt(recv(ends[0], &request, sizeof(request), 0), 0);
	if (_i == 0)
		ck_assert_int_eq(kill(pid, SIGTERM), 0);
	else
		close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), _i);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_asker");
	TCase *tcase = tcase_create("asker");

	tcase_add_unchecked_fixture(tcase, tls_fixture_make_keys, tls_fixture_remove_keys);
	tcase_add_loop_test(tcase, asker_ends, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
