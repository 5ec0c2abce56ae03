/*
 * old_server: for integration tests: the realm surabaya and its legacy peer kediri, a server that
 * sends and expects what the test says.
 */
#ifndef OLD_SERVER_H
#define OLD_SERVER_H

#include "dialogue.h"
#include "realm_clock.h"

struct old_server {
	int reserve_fd; /* keeps the port from others while nobody listens */
	int listener;   /* -1: it is down */
	int fd;         /* its connection; -1: none */
	int asked;      /* the one over which it was asked something last; -1: none */
	uint16_t port;
};

/* Of the test that runs. */
extern struct realm realm;
extern struct dialogue talk;
extern struct realm_clock realm_time;
extern struct old_server old;

/* A test case in which each test has the two, which do not run yet. */
TCase *old_server_tcase(Suite *, const char *name);
/* Writes the configuration; `address` is kediri's. */
void old_server_configure(const char *address, const char *settings);
/*
 * surabaya runs; messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l.
 */
void old_server_start(void);
/* Starts both servers and returns when kediri has had the announcement: the link is up. */
void old_server_begin(void);
/* dialogue_run() with a script made as printf() does. */
#define old_server_run(...) dialogue_runf_at(&talk, __FILE__, __LINE__, __VA_ARGS__)

void old_server_listen(void);
/* The next connection, while the last one is still open on this side. */
void old_server_accept(void);
/* Ends the connection; the next one, after a pause which is cut short. */
void old_server_accept_again(void);
/* Expects exactly this line, and CRLF. */
void old_server_hears(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Expects a line that begins so, and reads no more. */
void old_server_hears_begin(const char *text);
/* Sends this, in which ' stands for ", and CRLF CRLF; in pieces of so many bytes. */
void old_server_says(const char *text);
void old_server_says_in_pieces(const char *text, size_t piece);
/* Sends this as it is. */
void old_server_says_bytes(const char *text);
/* Ends the connection. */
void old_server_hangs_up(void);
/* The bridge ends it, and sends nothing more. */
void old_server_hears_the_end(void);
/*
 * Expects this question over the next connection, beside that for messages, and answers it, whole
 * or in pieces. Then the bridge must end the connection.
 */
void old_server_is_asked(const char *question);
void old_server_answers(const char *text);
void old_server_answers_in_pieces(const char *text, size_t piece);
/* Does not answer it: this server, or after a while the bridge, ends the connection. */
void old_server_cuts_question(void);
void old_server_hears_question_end(void);
/* Expects the announcement, and replies OK. */
void old_server_is_told(void);

/* Waits until the bridge shows this state of kediri: up, connecting or down. */
void old_server_await_state(const char *state);
/* Waits until no message waits for kediri. */
void old_server_await_empty(void);

#endif
