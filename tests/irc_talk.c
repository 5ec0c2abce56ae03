/* irc_talk: for integration tests: an IRC client of a realm. See irc_talk.h. */
#include "irc_talk.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 16384
#define SAY_MAX   65536
#define LINE_MAX  16384

void
irc_talk_say(struct irc_talk *talk, const char *format, ...)
{
	static char text[SAY_MAX];
	const char *at = text;
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(text, sizeof(text) - 1, format, ap);
	va_end(ap);
	ck_assert_int_lt(len, SAY_MAX - 1);
	text[len++] = '\n';
	while (len > 0) {
		ssize_t n = write(talk->fd, at, (size_t)len);

		ck_assert_msg(n > 0, "write: %s", strerror(errno));
		at += n;
		len -= (int)n;
	}
}

struct unread {
	const struct irc_talk *talk;
	const char *text;
};

static bool
is_unread(void *arg)
{
	const struct unread *unread = arg;
	char there[READ_SIZE + 1];
	ssize_t len = recv(unread->talk->fd, there, READ_SIZE, MSG_PEEK | MSG_DONTWAIT);

	if (len <= 0)
		return false;
	there[len] = '\0';
	return strstr(there, unread->text) != NULL;
}

void
irc_talk_await_unread(struct irc_talk *talk, const char *text)
{
	struct unread unread = { .talk = talk, .text = text };

	ck_assert_msg(realm_until(is_unread, &unread), "%s does not come", text);
}

static void
read_more(struct irc_talk *talk)
{
	struct pollfd ready = { .fd = talk->fd, .events = POLLIN };
	ssize_t got;

	if (talk->size - talk->len < READ_SIZE + 1) {
		talk->size = 2 * talk->size + READ_SIZE + 1;
		talk->heard = realloc(talk->heard, talk->size);
		ck_assert_ptr_nonnull(talk->heard);
	}
	ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
	got = read(talk->fd, talk->heard + talk->len, READ_SIZE);
	ck_assert_msg(got > 0, "the end after: %s", talk->len > 0 ? talk->heard : "");
	for (const char *at = talk->heard + talk->len; got > 0; at++, got--)
		if (*at != '\r')
			talk->heard[talk->len++] = *at;
	talk->heard[talk->len] = '\0';
}

const char *
irc_talk_hear(struct irc_talk *talk)
{
	static unsigned int pings;
	char end[64];
	char *pong;

	irc_talk_say(talk, "PING end%u", ++pings);
	snprintf(end, sizeof(end), " PONG surabaya :end%u\n", pings);
	talk->len -= talk->taken;
	if (talk->taken > 0)
		memmove(talk->heard, talk->heard + talk->taken, talk->len + 1);
	while (talk->len == 0 || (pong = strstr(talk->heard, end)) == NULL)
		read_more(talk);
	talk->taken = (size_t)(pong - talk->heard) + strlen(end);
	while (pong > talk->heard && pong[-1] != '\n')
		pong--;
	*pong = '\0';
	return talk->heard;
}

static bool
is_passed_over(const char *line)
{
	static const char *const patterns[] = { ":surabaya 00[1-5] *", ":surabaya 2[56][0-9] *",
		":surabaya 353 *", ":surabaya 366 *", ":surabaya 422 *", ":surabaya CAP *",
		":* JOIN *" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], line, 0) == 0)
			return true;
	return false;
}

void
irc_talk_expect_at(struct irc_talk *talk, const char *file, int line, const char *const expected[])
{
	const char *at = irc_talk_hear(talk);
	char said[LINE_MAX];

	for (; *at != '\0'; at += strcspn(at, "\n") + 1) {
		snprintf(said, sizeof(said), "%.*s", (int)strcspn(at, "\n"), at);
		if (is_passed_over(said))
			continue;
		ck_assert_msg(*expected != NULL, "%s:%d: there is more: %s", file, line, said);
		ck_assert_msg(fnmatch(*expected, said, 0) == 0, "%s:%d: %s\ninstead of %s", file,
		    line, said, *expected);
		expected++;
	}
	ck_assert_msg(*expected == NULL, "%s:%d: %s does not come", file, line, *expected);
}

void
irc_talk_begin(struct irc_talk *talk, const struct realm *realm, const char *nick, const char *caps)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm->config, "-i", "-f", "-D",
		"irc", NULL };
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	*talk = (struct irc_talk){ .fd = fds[1] };
	talk->pid = realm_spawn(realm, fds[0], fds[0], argv);
	close(fds[0]);
	if (caps != NULL)
		irc_talk_say(talk, "CAP REQ :%s", caps);
	irc_talk_say(talk, "PASS surabaya\nNICK %s\nUSER x 0 * :x", nick);
	if (caps != NULL)
		irc_talk_say(talk, "CAP END");
}

void
irc_talk_end(struct irc_talk *talk)
{
	if (talk->fd >= 0)
		close(talk->fd);
	if (talk->pid != 0)
		ck_assert_int_eq(realm_await(talk->pid), 0);
	free(talk->heard);
	*talk = (struct irc_talk){ .fd = -1 };
}
