/* http_talk: for integration tests: a client of a listener of the dialect web. See http_talk.h. */
#include "http_talk.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define HOST "Host: kabar.example\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define POLICY                                                                     \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' " \
	"blob:; connect-src 'self'; font-src 'none'; base-uri 'none'; "            \
	"form-action 'self'; frame-ancestors 'none'"
#define READ_SIZE    16384
#define SETTINGS_MAX 4096
#define SAY_MAX      70000
#define HEAD_END     "\r\n\r\n"
#define COOKIE_MAX   256
#define STATUS_AT    9 /* in "HTTP/1.1 200 OK" */

static struct sockaddr_in port; /* of the listener, which is ours */
static int port_fd = -1;
static struct http_talk once = { .in_fd = -1 };

void
http_talk_configure(const struct realm *realm, const char *inside, const char *settings)
{
	char text[SETTINGS_MAX];
	int len = snprintf(text, sizeof(text),
	    "listen \"web\" { address = \"127.0.0.1\"  port = %u  dialect = web\n%s }\n%s\n",
	    (unsigned int)ntohs(port.sin_port), inside == NULL ? "" : inside,
	    settings == NULL ? "" : settings);

	ck_assert_int_lt(len, SETTINGS_MAX);
	realm_configure(realm, text);
}

void
http_talk_make(struct realm *realm, const char *inside, const char *settings)
{
	port_fd = realm_bind_port(0, &port);
	realm_make(realm, NULL);
	http_talk_configure(realm, inside, settings);
}

void
http_talk_remove(struct realm *realm)
{
	http_talk_end(&once);
	realm_remove(realm);
	close(port_fd);
	port_fd = -1;
}

static bool
try_connect(void *arg)
{
	int *fd = arg;

	*fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(*fd, 0);
	if (connect(*fd, (const struct sockaddr *)&port, sizeof(port)) == 0)
		return true;
	close(*fd);
	return false;
}

int
http_talk_connect(void)
{
	int fd;

	ck_assert(realm_until(try_connect, &fd));
	return fd;
}

void
http_talk_open(struct http_talk *talk, int in_fd, int out_fd)
{
	fcntl(in_fd, F_SETFD, FD_CLOEXEC);
	fcntl(out_fd, F_SETFD, FD_CLOEXEC);
	*talk = (struct http_talk){ .in_fd = in_fd, .out_fd = out_fd };
}

void
http_talk_begin(struct http_talk *talk)
{
	int fd = http_talk_connect();

	http_talk_open(talk, fd, fd);
}

void
http_talk_spawn(struct http_talk *talk, const struct realm *realm, bool pipes)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm->config, "-i", "-f", "-D",
		"web", NULL };
	int to[2], from[2];

	if (pipes) {
		ck_assert_int_eq(pipe(to), 0);
		ck_assert_int_eq(pipe(from), 0);
		http_talk_open(talk, from[0], to[1]);
		talk->pid = realm_spawn(realm, to[0], from[1], argv);
		close(from[1]);
	} else {
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, to), 0);
		http_talk_open(talk, to[1], to[1]);
		talk->pid = realm_spawn(realm, to[0], to[0], argv);
	}
	close(to[0]);
}

void
http_talk_end(struct http_talk *talk)
{
	if (talk->out_fd >= 0 && talk->in_fd >= 0 && talk->out_fd != talk->in_fd)
		close(talk->out_fd);
	if (talk->in_fd >= 0)
		close(talk->in_fd);
	if (talk->pid != 0)
		ck_assert_int_eq(realm_await(talk->pid), 0);
	free(talk->heard);
	*talk = (struct http_talk){ .in_fd = -1, .out_fd = -1 };
}

void
http_talk_say(struct http_talk *talk, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = write(talk->out_fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		/* The other side may have heard enough. */
		if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
			return;
		ck_assert_int_gt(n, 0);
		at += n;
		len -= (size_t)n;
	}
}

void
http_talk_sayf(struct http_talk *talk, const char *format, ...)
{
	static char text[SAY_MAX];
	va_list ap;
	int len;

	va_start(ap, format);
	len = vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	ck_assert_int_lt(len, SAY_MAX);
	http_talk_say(talk, text, (size_t)len);
}

/* Drops what was handed out. */
static void
forget_taken(struct http_talk *talk)
{
	talk->len -= talk->taken;
	if (talk->taken > 0)
		memmove(talk->heard, talk->heard + talk->taken, talk->len + 1);
	talk->taken = 0;
}

/* Reads once; false: the connection has ended in good order. */
static bool
read_more(struct http_talk *talk)
{
	struct pollfd ready = { .fd = talk->in_fd, .events = POLLIN };
	ssize_t got;

	if (talk->size - talk->len < READ_SIZE + 1) {
		talk->size = 2 * talk->size + READ_SIZE + 1;
		talk->heard = realloc(talk->heard, talk->size);
		ck_assert_ptr_nonnull(talk->heard);
	}
	ck_assert_int_eq(poll(&ready, 1, REALM_PATIENCE_MS), 1);
	got = read(talk->in_fd, talk->heard + talk->len, READ_SIZE);
	ck_assert_msg(got >= 0, "read: %s", strerror(errno));
	talk->len += (size_t)got;
	talk->heard[talk->len] = '\0';
	return got > 0;
}

const char *
http_talk_hear_bytes(struct http_talk *talk, size_t len)
{
	forget_taken(talk);
	while (talk->len < len)
		ck_assert_msg(read_more(talk), "the end after %zu of %zu bytes", talk->len, len);
	talk->taken = len;
	return talk->heard;
}

const char *
http_reply_header(const struct http_reply *reply, const char *name)
{
	static char value[2048];
	size_t len = strlen(name);

	for (const char *line = strstr(reply->head, "\r\n"); line != NULL;
	     line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line + 2, name, len) != 0 || strncmp(line + 2 + len, ": ", 2) != 0)
			continue;
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(line + 4 + len, "\r"),
		    line + 4 + len);
		return value;
	}
	return NULL;
}

/* The length of the head with its end, once it is there; 0: the connection has ended. */
static size_t
await_head(struct http_talk *talk)
{
	const char *end;

	while (talk->len == 0 || (end = strstr(talk->heard, HEAD_END)) == NULL)
		if (!read_more(talk)) {
			ck_assert_msg(talk->len == 0, "no reply: %s", talk->heard);
			return 0;
		}
	return (size_t)(end - talk->heard) + strlen(HEAD_END);
}

struct http_reply
http_talk_hear(struct http_talk *talk, bool head)
{
	struct http_reply reply = { .status = 0 };
	size_t head_len;
	const char *length;

	forget_taken(talk);
	head_len = await_head(talk);
	if (head_len == 0)
		return reply;
	ck_assert_int_eq(strncmp(talk->heard, "HTTP/1.1 ", STATUS_AT), 0);
	reply.status = atoi(talk->heard + STATUS_AT);
	/* The end is a line end and a NUL from here on. */
	talk->heard[head_len - 2] = '\0';
	reply.head = talk->heard;
	length = http_reply_header(&reply, "Content-Length");
	if (!head && reply.status != 304 && length != NULL)
		reply.len = (size_t)atol(length);
	while (talk->len < head_len + reply.len)
		ck_assert_msg(read_more(talk), "the end amid a body");
	talk->taken = head_len + reply.len;
	reply.head = talk->heard;
	/* The byte behind the body may be the next reply's: the body is moved over the head's end.
	 */
	reply.body = talk->heard + head_len - 1;
	memmove(reply.body, talk->heard + head_len, reply.len);
	reply.body[reply.len] = '\0';
	return reply;
}

struct http_reply
http_talk_ask(struct http_talk *talk, const char *request)
{
	http_talk_say(talk, request, strlen(request));
	return http_talk_hear(talk, strncmp(request, "HEAD ", 5) == 0);
}

struct http_reply
http_talk_once(const char *request)
{
	http_talk_end(&once);
	http_talk_begin(&once);
	return http_talk_ask(&once, request);
}

void
http_talk_hear_end(struct http_talk *talk)
{
	forget_taken(talk);
	while (read_more(talk))
		;
	ck_assert_msg(talk->len == 0, "more came: %s", talk->heard);
}

void
http_reply_cookie(const struct http_reply *reply, char *cookie)
{
	const char *set = http_reply_header(reply, "Set-Cookie");

	snprintf(cookie, COOKIE_MAX, "%.*s", set == NULL ? 0 : (int)strcspn(set, ";"),
	    set == NULL ? "" : set);
}

void
http_talk_log_in(const char *user, char *cookie)
{
	char body[256], request[1024];
	int len = snprintf(body, sizeof(body), "username=%s&password=surabaya", user);
	struct http_reply reply;

	snprintf(request, sizeof(request),
	    "POST /login HTTP/1.1\r\nHost: kabar.example\r\n"
	    "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
	    len, body);
	reply = http_talk_once(request);
	ck_assert_int_eq(reply.status, 200);
	http_reply_cookie(&reply, cookie);
	ck_assert_str_ne(cookie, "");
	http_talk_end(&once);
}

/* The same for errors: what a browser is told not to do. */
void
http_reply_assert_safe(const struct http_reply *reply)
{
	static const char *const headers[][2] = {
		{ "Content-Security-Policy", POLICY },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const char *value = http_reply_header(reply, headers[i][0]);

		ck_assert_msg(value != NULL, "no %s in %s", headers[i][0], reply->head);
		ck_assert_str_eq(value, headers[i][1]);
	}
	ck_assert_ptr_nonnull(http_reply_header(reply, "Date"));
}

void
http_reply_assert_header(const struct http_reply *reply, const char *name, const char *expected)
{
	const char *value = http_reply_header(reply, name);

	if (expected == NULL) {
		ck_assert_msg(value == NULL, "%s: %s", name, value);
		return;
	}
	ck_assert_msg(value != NULL, "no %s in %s", name, reply->head);
	ck_assert_str_eq(value, expected);
}

/* An error of one JSON object, with this code. */
void
http_reply_assert_error(const struct http_reply *reply, int status, const char *code)
{
	char end[64];

	ck_assert_msg(reply->status == status, "%s%s", reply->head, reply->body);
	http_reply_assert_header(reply, "Content-Type", "application/json");
	http_reply_assert_header(reply, "Cache-Control", "no-store");
	snprintf(end, sizeof(end), "\",\"code\":\"%s\"}", code);
	ck_assert_int_eq(strncmp(reply->body, "{\"status\":\"ERROR\",\"message\":\"", 29), 0);
	ck_assert_msg(strlen(reply->body) > strlen(end) &&
	        strcmp(reply->body + reply->len - strlen(end), end) == 0,
	    "%s", reply->body);
	http_reply_assert_safe(reply);
}

/* A request without a body over a connection of its own; headers are whole lines. */
struct http_reply
http_talk_request(const char *method, const char *path, const char *headers)
{
	char request[4096];

	snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\n" HOST "%s\r\n", method, path,
	    headers);
	return http_talk_once(request);
}

/* The same with a form. */
struct http_reply
http_talk_post(const char *path, const char *headers, const char *form)
{
	char request[16384];

	snprintf(request, sizeof(request),
	    "POST %s HTTP/1.1\r\n" HOST FORM "%sContent-Length: %zu\r\n\r\n%s", path, headers,
	    strlen(form), form);
	return http_talk_once(request);
}

void
http_talk_upgrade(struct http_talk *talk, const char *cookie)
{
	char header[COOKIE_MAX + 16] = "";
	struct http_reply reply;

	if (*cookie != '\0')
		snprintf(header, sizeof(header), "Cookie: %s\r\n", cookie);
	http_talk_begin(talk);
	http_talk_sayf(talk, HTTP_TALK_HANDSHAKE("%s"), header);
	reply = http_talk_hear(talk, false);
	ck_assert_msg(reply.status == 101, "%s", reply.head);
}

/* RFC 6455, 5.2: a client's frames are masked, here with a mask that changes nothing. */
void
http_talk_say_message(struct http_talk *talk, const char *text)
{
	size_t len = strlen(text), n = 2;
	unsigned char head[14] = { 0x81 };

	ck_assert_uint_lt(len, 65536);
	if (len < 126) {
		head[1] = (unsigned char)(0x80 | len);
	} else {
		head[1] = 0x80 | 126;
		head[n++] = (unsigned char)(len >> 8);
		head[n++] = (unsigned char)len;
	}
	http_talk_say(talk, head, n + 4);
	http_talk_say(talk, text, len);
}

const char *
http_talk_hear_message(struct http_talk *talk, int *code)
{
	static char message[1 << 20];
	size_t message_len = 0, len;
	unsigned char head[4];

	*code = 0;
	do {
		memcpy(head, http_talk_hear_bytes(talk, 2), 2);
		ck_assert_int_lt(head[1], 127);
		len = head[1];
		if (len == 126) {
			memcpy(head + 2, http_talk_hear_bytes(talk, 2), 2);
			len = (size_t)head[2] << 8 | head[3];
		}
		ck_assert_uint_lt(message_len + len, sizeof(message));
		memcpy(message + message_len, http_talk_hear_bytes(talk, len), len);
		message_len += len;
	} while ((head[0] & 0x80) == 0);
	if ((head[0] & 0x0f) == 8) {
		if (message_len >= 2)
			*code = (unsigned char)message[0] << 8 | (unsigned char)message[1];
		return NULL;
	}
	message[message_len] = '\0';
	return message;
}

const char *
http_talk_ask_message(struct http_talk *talk, const char *text)
{
	const char *reply;
	int code;

	http_talk_say_message(talk, text);
	reply = http_talk_hear_message(talk, &code);
	ck_assert_msg(reply != NULL, "closed with %d", code);
	return reply;
}
