/*
 * http_talk: for integration tests: a client of a listener of the dialect web, which says bytes and
 * hears whole replies of HTTP; after an upgrade what it hears is bytes.
 */
#ifndef HTTP_TALK_H
#define HTTP_TALK_H

#include "realm.h"

#define HTTP_TALK_GET(path) "GET " path " HTTP/1.1\r\nHost: kabar.example\r\n\r\n"

struct http_talk {
	int in_fd; /* -1: none */
	int out_fd;
	pid_t pid;   /* of its own kabard -i; 0: none */
	char *heard; /* what came; the first `taken` bytes were handed out */
	size_t taken;
	size_t len;
	size_t size;
};

/* It lasts until the next one is heard. */
struct http_reply {
	int status;
	char *head; /* from the status line on, with CRLF behind each line, as a string */
	char *body; /* ended by NUL, and may hold others */
	size_t len; /* of the body */
};

/*
 * The realm's configuration with a listener "web" on a free port, with these settings inside of it,
 * and others (either may be NULL); for realm_make(), which is called. kabard is not started.
 */
void http_talk_make(struct realm *, const char *inside, const char *settings);
/* Writes the configuration anew, with the same port. */
void http_talk_configure(const struct realm *, const char *inside, const char *settings);
/* Removes the realm, too. */
void http_talk_remove(struct realm *);
/* A new connection to that listener, once it accepts them. */
int http_talk_connect(void);
/* Speaks and hears through this socket, or these pipes, and closes them. */
void http_talk_open(struct http_talk *, int in_fd, int out_fd);
/* http_talk_open() of http_talk_connect(). */
void http_talk_begin(struct http_talk *);
/* A kabard -i of its own serves this client, over a socket or a pair of pipes. */
void http_talk_spawn(struct http_talk *, const struct realm *, bool pipes);
/* Ends the connection; a kabard -i has to exit with 0. */
void http_talk_end(struct http_talk *);

void http_talk_say(struct http_talk *, const void *data, size_t len);
/* Says a text, made as printf() does. */
void http_talk_sayf(struct http_talk *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/*
 * The next reply; `head`: to a HEAD, so it has no body whatever its headers say. The status is 0
 * when the connection has ended in good order with no byte of a reply.
 */
struct http_reply http_talk_hear(struct http_talk *, bool head);
/* Says it and hears the reply. */
struct http_reply http_talk_ask(struct http_talk *, const char *request);
/* The same over a connection of its own; the reply lasts until the next of those. */
struct http_reply http_talk_once(const char *request);
/* Waits until the other side has ended the connection, in good order, and said nothing more. */
void http_talk_hear_end(struct http_talk *);
/* The next bytes, exactly so many; they last as long as a reply. */
const char *http_talk_hear_bytes(struct http_talk *, size_t len);

/* The value of a header, in any case, as a string that the next call changes; NULL: there is none.
 */
const char *http_reply_header(const struct http_reply *, const char *name);
/* The cookie that a reply sets, as `Cookie:` wants it; "": none. Room for 256 bytes. */
void http_reply_cookie(const struct http_reply *, char *cookie);
/* Logs a user of the realm in, by the password surabaya, and gives the cookie. */
void http_talk_log_in(const char *user, char *cookie);

/* A request without a body, over a connection of its own; the headers are whole lines. */
struct http_reply http_talk_request(const char *method, const char *path, const char *headers);
/* The same with a form. */
struct http_reply http_talk_post(const char *path, const char *headers, const char *form);
/* A reply has the headers that tell a browser what not to do, as all replies have. */
void http_reply_assert_safe(const struct http_reply *);
/* It has this header with this value; NULL: it has none of the name. */
void http_reply_assert_header(const struct http_reply *, const char *name, const char *value);
/* It is an error of one JSON object, with this code. */
void http_reply_assert_error(const struct http_reply *, int status, const char *code);

/*
 * After the reply to a handshake: messages of a WebSocket. What is said goes out in one frame, what
 * is heard may have come in several, and lasts as long as a reply.
 */
#define HTTP_TALK_HANDSHAKE(headers)                                         \
	"GET /ws HTTP/1.1\r\nHost: kabar.example\r\nConnection: Upgrade\r\n" \
	"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" headers "\r\n"
/* Connects with this cookie, "": without one, and upgrades. */
void http_talk_upgrade(struct http_talk *, const char *cookie);
void http_talk_say_message(struct http_talk *, const char *text);
/* As a string; NULL: the other side has closed, and *code is its status, or 0. */
const char *http_talk_hear_message(struct http_talk *, int *code);
/* Says it and hears the next message, which has to come. */
const char *http_talk_ask_message(struct http_talk *, const char *text);

#endif
