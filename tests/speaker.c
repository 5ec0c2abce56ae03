/*
 * speaker: for integration tests: one end of a connection: says bytes and hears whole replies.
 * dialogue and the tests choose the bytes.
 */
#include "speaker.h"

#include <sys/socket.h>

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistr.h>

#include "realm.h"

#define REPLY_END     "\r\n\r\n"
#define REPLY_END_LEN 4
#define READ_SIZE     16384
#define SHOWN_BYTES   2000 /* of what was heard instead of a reply */
#define UNIT_LEN      6    /* of \uXXXX */

void
speaker_open(struct speaker *speaker, int in_fd, int out_fd)
{
	fcntl(in_fd, F_SETFD, FD_CLOEXEC);
	fcntl(out_fd, F_SETFD, FD_CLOEXEC);
	fcntl(in_fd, F_SETFL, O_NONBLOCK);
	fcntl(out_fd, F_SETFL, O_NONBLOCK);
	*speaker = (struct speaker){ .in_fd = in_fd, .out_fd = out_fd };
}

void
speaker_close(struct speaker *speaker)
{
	if (speaker->in_fd >= 0)
		close(speaker->in_fd);
	if (speaker->out_fd >= 0 && speaker->out_fd != speaker->in_fd)
		close(speaker->out_fd);
	free(speaker->heard);
	*speaker = (struct speaker){ .in_fd = -1, .out_fd = -1 };
}

void
speaker_finish(struct speaker *speaker)
{
	if (speaker->out_fd == speaker->in_fd) {
		ck_assert_int_eq(shutdown(speaker->out_fd, SHUT_WR), 0);
		return;
	}
	close(speaker->out_fd);
	speaker->out_fd = -1;
}

/* Reads once. False when nothing will come any more. */
static bool
read_more(struct speaker *speaker)
{
	ssize_t got;

	if (speaker->taken > 0) {
		speaker->len -= speaker->taken;
		memmove(speaker->heard, speaker->heard + speaker->taken, speaker->len);
		speaker->taken = 0;
	}
	if (speaker->size - speaker->len < READ_SIZE + 1) {
		speaker->size = 2 * speaker->size + READ_SIZE + 1;
		speaker->heard = realloc(speaker->heard, speaker->size);
		ck_assert_ptr_nonnull(speaker->heard);
	}
	got = read(speaker->in_fd, speaker->heard + speaker->len, READ_SIZE);
	if (got > 0)
		speaker->len += (size_t)got;
	speaker->heard[speaker->len] = '\0';
	return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

void
speaker_say(struct speaker *speaker, const void *data, size_t len)
{
	const char *from = data;
	bool open = true;

	while (len > 0) {
		struct pollfd polls[] = { { .fd = speaker->out_fd, .events = POLLOUT },
			{ .fd = open ? speaker->in_fd : -1, .events = POLLIN } };
		ssize_t sent;

		if (poll(polls, 2, REALM_PATIENCE_MS) <= 0)
			ck_abort_msg("the other side does not read");
		if (polls[1].revents != 0)
			open = read_more(speaker);
		if (polls[0].revents == 0)
			continue;
		sent = write(speaker->out_fd, from, len);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			ck_abort_msg("write: %s", strerror(errno));
		from += sent > 0 ? sent : 0;
		len -= sent > 0 ? (size_t)sent : 0;
	}
}

/* Waits for more. False at the end of the connection. */
static bool
wait_for_more(struct speaker *speaker, int64_t deadline)
{
	struct pollfd ready = { .fd = speaker->in_fd, .events = POLLIN };
	int64_t left = deadline - realm_now_ms();
	size_t len;

	if (left <= 0 || poll(&ready, 1, (int)left) <= 0)
		ck_abort_msg("no reply comes; until now: %.*s", SHOWN_BYTES,
		    speaker_rest(speaker, &len));
	return read_more(speaker);
}

/* The unit of UTF-16 that is written here as \uXXXX; 0: none, or one of ASCII. */
static ucs4_t
unit_at(const char *text)
{
	char digits[UNIT_LEN - 1] = "";

	if (text[0] != '\\' || text[1] != 'u')
		return 0;
	memcpy(digits, text + 2, sizeof(digits) - 1);
	ucs4_t unit = (ucs4_t)strtoul(digits, NULL, 16);
	return unit < 0x80 ? 0 : unit;
}

/*
 * Replies are ASCII, so that clients can decode any piece of one. Tests say characters as they
 * are: puts those in the place of their escapes.
 */
static size_t
unescape_json(char *reply, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		ucs4_t c = unit_at(reply + i);

		if ((unsigned char)reply[i] >= 0x80) /* Check writes down each ck_assert() */
			ck_abort_msg("not ASCII: %s", reply);
		if (c == 0) {
			/* A backslash that is itself escaped begins nothing. */
			size_t plain = reply[i] == '\\' ? 2 : 1;

			memmove(reply + out, reply + i, plain);
			out += plain;
			i += plain;
			continue;
		}
		i += UNIT_LEN;
		if (c >= 0xd800 && c < 0xdc00) {
			c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(reply + i) - 0xdc00);
			i += UNIT_LEN;
		}
		out += (size_t)u8_uctomb((uint8_t *)reply + out, c, UNIT_LEN);
	}
	reply[out] = '\0';
	return out;
}

const char *
speaker_hear(struct speaker *speaker, size_t *len)
{
	int64_t deadline = realm_now_ms() + REALM_PATIENCE_MS;
	size_t seen = 0; /* bytes in which no end begins */
	const char *end = NULL;

	while (end == NULL) {
		size_t here = speaker->len - speaker->taken;

		if (here > seen)
			end = memmem(speaker->heard + speaker->taken + seen, here - seen, REPLY_END,
			    REPLY_END_LEN);
		seen = here < REPLY_END_LEN ? 0 : here - REPLY_END_LEN + 1;
		if (end == NULL && !wait_for_more(speaker, deadline)) {
			speaker_rest(speaker, len);
			return NULL;
		}
	}
	char *reply = speaker->heard + speaker->taken;
	*len = (size_t)(end - reply);
	reply[*len] = '\0';
	speaker->taken += *len + REPLY_END_LEN;
	*len = unescape_json(reply, *len);
	return reply;
}

const char *
speaker_rest(const struct speaker *speaker, size_t *len)
{
	*len = speaker->len - speaker->taken;
	return speaker->heard == NULL ? "" : speaker->heard + speaker->taken;
}

const char *
speaker_ask(struct speaker *speaker, const char *line)
{
	struct pollfd ready = { .fd = speaker->out_fd, .events = POLLOUT };
	size_t len = strlen(line);

	while (len > 0) {
		ssize_t sent;

		ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "kabard does not read");
		sent = send(speaker->out_fd, line, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return NULL;
		line += sent > 0 ? sent : 0;
		len -= sent > 0 ? (size_t)sent : 0;
	}
	return speaker_hear(speaker, &len);
}
