/*
 * tls_fixture: for tests of TLS without programs: two realms' keys, and connections between them
 * on this machine's loopback.
 */
#include "tls_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "base/rmtree.h"
#include "net/realm_key.h"
#include "peering/tls.h"
#include "worker/tls.h"

#define NARROW 4096

char tls_fixture_surabaya[TLS_FIXTURE_DIR_MAX];
char tls_fixture_malang[TLS_FIXTURE_DIR_MAX];

static bool
make_dir(char dir[TLS_FIXTURE_DIR_MAX])
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, TLS_FIXTURE_DIR_MAX, "%.100s/kabar-tls-XXXXXX", base == NULL ? "/tmp" : base);
	return mkdtemp(dir) != NULL;
}

void
tls_fixture_dir(char dir[TLS_FIXTURE_DIR_MAX])
{
	ck_assert(make_dir(dir));
}

void
tls_fixture_wipe(const char *dir)
{
	rmtree(dir);
}

/* Runs outside of tests: a failure ends the program. */
void
tls_fixture_make_keys(void)
{
	char error[512] = "no directory";

	if (make_dir(tls_fixture_surabaya) && make_dir(tls_fixture_malang) &&
	    realm_key_make(tls_fixture_surabaya, "surabaya", error, sizeof(error)) == 0 &&
	    realm_key_make(tls_fixture_malang, "malang", error, sizeof(error)) == 0)
		return;
	fprintf(stderr, "%s\n", error);
	exit(EXIT_FAILURE);
}

void
tls_fixture_remove_keys(void)
{
	tls_fixture_wipe(tls_fixture_surabaya);
	tls_fixture_wipe(tls_fixture_malang);
}

void
tls_fixture_connect(int *near, int *far, bool narrow)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener = socket(AF_INET, SOCK_STREAM, 0), size = NARROW;
	socklen_t len = sizeof(address);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*near = socket(AF_INET, SOCK_STREAM, 0);
	/* What is accepted has what the listener had. */
	for (int i = 0; narrow && i < 2; i++) {
		int fd = i == 0 ? listener : *near;

		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
	}
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	ck_assert_int_eq(connect(*near, (struct sockaddr *)&address, len), 0);
	*far = accept(listener, NULL, NULL);
	ck_assert_int_ge(*far, 0);
	close(listener);
}

void
tls_link_open(struct tls_link *link, bool narrow)
{
	char error[512] = "";

	tls_fixture_connect(&link->surabaya_fd, &link->malang_fd, narrow);
	stream_init(&link->surabaya, link->surabaya_fd, link->surabaya_fd);
	link->malang = &link->malang_own;
	stream_init(link->malang, link->malang_fd, link->malang_fd);
	link->client = peering_tls_client(tls_fixture_surabaya, error, sizeof(error));
	ck_assert_msg(link->client != NULL, "%s", error);
	link->server = peering_tls_server(tls_fixture_malang, error, sizeof(error));
	ck_assert_msg(link->server != NULL, "%s", error);
}

void
tls_link_close(struct tls_link *link)
{
	stream_free(&link->surabaya);
	stream_free(link->malang);
	if (link->surabaya_fd >= 0)
		close(link->surabaya_fd);
	if (link->malang_fd >= 0)
		close(link->malang_fd);
	tls_config_free(link->client);
	worker_tls_free(link->server);
}

/* One step of one side. Whether it is at its end, with 0 or an errno in *result. */
static bool
step_handshake(struct stream *stream, int *result)
{
	if (*result != EAGAIN)
		return true;
	*result = stream_handshake(stream) == 0 ? 0 : errno;
	return *result != EAGAIN;
}

void
tls_link_shake(struct tls_link *link, int *surabaya, int *malang)
{
	char error[512];

	ck_assert_int_eq(stream_dial(&link->surabaya, link->client, error, sizeof(error)), 0);
	ck_assert_int_eq(stream_accept(link->malang, link->server, error, sizeof(error)), 0);
	*surabaya = *malang = EAGAIN;
	while (!step_handshake(&link->surabaya, surabaya) | !step_handshake(link->malang, malang)) {
		struct pollfd polls[] = { { .fd = *surabaya == EAGAIN ? link->surabaya_fd : -1,
			                      .events = stream_read_events(&link->surabaya) },
			{ .fd = *malang == EAGAIN ? link->malang_fd : -1,
			    .events = stream_read_events(link->malang) } };

		/* One side has failed, and the other cannot know. */
		if (poll(polls, 2, TLS_FIXTURE_PATIENCE_MS) <= 0)
			ck_abort_msg("the handshake does not end");
	}
}

void
tls_link_up(struct tls_link *link, bool narrow)
{
	int surabaya, malang;

	tls_link_open(link, narrow);
	tls_link_shake(link, &surabaya, &malang);
	ck_assert_int_eq(surabaya, 0);
	ck_assert_int_eq(malang, 0);
}

static void
await_events(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	ck_assert_int_eq(poll(&pfd, 1, TLS_FIXTURE_PATIENCE_MS), 1);
}

void
tls_fixture_await(const struct stream *stream)
{
	if (!stream_pending(stream))
		await_events(stream_read_fd(stream), stream_read_events(stream));
}

void
tls_fixture_write(struct stream *stream, const void *data, size_t len)
{
	const char *from = data;

	while (len > 0) {
		ssize_t n = stream_write(stream, from, len);

		ck_assert_msg(n > 0 || errno == EAGAIN, "write: %s", strerror(errno));
		if (n < 0) {
			await_events(stream->out_fd, stream_write_events(stream));
			continue;
		}
		from += n;
		len -= (size_t)n;
	}
}

void
tls_fixture_read(struct stream *stream, void *data, size_t len)
{
	char *to = data;

	while (len > 0) {
		ssize_t n = stream_read(stream, to, len);

		ck_assert_msg(n > 0 || (n < 0 && errno == EAGAIN), "read: %s",
		    n == 0 ? "the end" : strerror(errno));
		if (n < 0) {
			tls_fixture_await(stream);
			continue;
		}
		to += n;
		len -= (size_t)n;
	}
}

ssize_t
tls_fixture_next(struct stream *stream)
{
	char byte;
	ssize_t n;

	while ((n = stream_read(stream, &byte, 1)) < 0 && errno == EAGAIN)
		tls_fixture_await(stream);
	return n;
}
