/*
 * soak_talk: one connection of a client: bytes out, replies in. What they mean is left to others.
 */
#include "soak_talk.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_load.h"

#define PATIENCE_MS 60000 /* a reply that takes longer is a failure */
#define READ_SIZE   65536
#define LINE_SIZE   (SCAN_TEXT_MAX + 512)
#define END         "\r\n\r\n"

int
talk_open(struct talk *talk, enum soak_port port)
{
	struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };

	talk->len = talk->used = 0;
	talk->fd = load_connect(talk->realm->ports[port]);
	if (talk->fd < 0)
		return -1;
	setsockopt(talk->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	talk->connection = atomic_fetch_add(&talk->soak->connections, 1) + 1;
	talk->hides_files = port == PORT_FILES;
	atomic_fetch_add(&talk->realm->connected, 1);
	return 0;
}

void
talk_close(struct talk *talk)
{
	if (talk->fd < 0)
		return;
	close(talk->fd);
	talk->fd = -1;
	atomic_fetch_sub(&talk->realm->connected, 1);
}

void
talk_reset(struct talk *talk)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (talk->fd >= 0)
		setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	talk_close(talk);
}

void
talk_free(struct talk *talk)
{
	talk_close(talk);
	free(talk->data);
	talk->data = NULL;
	talk->size = 0;
}

int
talk_say(struct talk *talk, const void *data, size_t len)
{
	const char *rest = data;

	while (len > 0 && talk->fd >= 0) {
		ssize_t n = send(talk->fd, rest, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			soak_fail(talk->soak, "%s: nobody reads for %d s", talk->realm->name,
			    PATIENCE_MS / 1000);
		if (n <= 0)
			return -1;
		rest += n;
		len -= (size_t)n;
	}
	return talk->fd >= 0 ? 0 : -1;
}

static int
say(struct talk *talk, const char *fmt, va_list ap)
{
	char line[LINE_SIZE];
	int len = vsnprintf(line, sizeof(line), fmt, ap);

	soak_count(talk->soak, SOAK_REQUESTS);
	return len < 0 || len >= (int)sizeof(line) ? -1 : talk_say(talk, line, (size_t)len);
}

int
talk_sayf(struct talk *talk, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int status = say(talk, fmt, ap);
	va_end(ap);
	return status;
}

/* Reads more. False when there is no more: with the connection closed, or in time. */
static bool
read_more(struct talk *talk, int64_t deadline_ms)
{
	struct pollfd poller = { .fd = talk->fd, .events = POLLIN };
	int64_t left = deadline_ms - soak_now_ms();

	if (talk->size - talk->len < READ_SIZE) {
		char *bigger = realloc(talk->data, talk->size * 2 + 2 * READ_SIZE);

		if (bigger == NULL) {
			talk_close(talk);
			return false;
		}
		talk->data = bigger;
		talk->size = talk->size * 2 + 2 * READ_SIZE;
	}
	int ready = poll(&poller, 1, left < 0 ? 0 : (int)left);
	if (ready == 0 || (ready < 0 && errno == EINTR))
		return left > 0;
	ssize_t n = recv(talk->fd, talk->data + talk->len, READ_SIZE - 1, 0);
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0) {
		talk_close(talk);
		return false;
	}
	talk->len += (size_t)n;
	return true;
}

static const char *
hear(struct talk *talk, int64_t deadline_ms)
{
	size_t looked = 0;

	memmove(talk->data, talk->data + talk->used, talk->len - talk->used);
	talk->len -= talk->used;
	talk->used = 0;
	for (;;) {
		char *end = talk->len < looked + 4
		    ? NULL
		    : memmem(talk->data + looked, talk->len - looked, END, 4);

		if (end != NULL) {
			*end = '\0';
			talk->used = (size_t)(end - talk->data) + 4;
			return talk->data;
		}
		looked = talk->len < 3 ? 0 : talk->len - 3;
		if (talk->fd < 0 || !read_more(talk, deadline_ms))
			return NULL;
	}
}

const char *
talk_hear(struct talk *talk)
{
	const char *reply = talk->fd < 0 ? NULL : hear(talk, soak_now_ms() + PATIENCE_MS);

	if (reply == NULL && talk->fd >= 0) {
		soak_fail(talk->soak, "%s: no reply for %d s", talk->realm->name,
		    PATIENCE_MS / 1000);
		talk_close(talk);
	}
	return reply;
}

const char *
talk_hear_soon(struct talk *talk, int ms)
{
	return talk->fd < 0 ? NULL : hear(talk, soak_now_ms() + ms);
}

const char *
talk_ask(struct talk *talk, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int status = say(talk, fmt, ap);
	va_end(ap);
	if (status == 0)
		return talk_hear(talk);
	talk_close(talk);
	return NULL;
}

bool
talk_is_ok(const char *reply)
{
	static const char ok[] = "{\"status\":\"OK\"";

	return reply != NULL && strncmp(reply, ok, sizeof(ok) - 1) == 0;
}
