/*
 * old_server: for integration tests: the realm surabaya, whose peer kediri is a server of the older
 * family, and that server, which says and hears what the test has it say and hear.
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

/* A test case in which each test has the two, of which neither is running. */
TCase *old_server_tcase(Suite *, const char *name);
/* Writes the configuration; `address` is kediri's. */
void old_server_configure(const char *address, const char *settings);
/*
 * surabaya runs; messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l.
 */
void old_server_start(void);
/* Both run, and kediri has been announced to: the link is up. */
void old_server_begin(void);
/* dialogue_run() with a script made as printf() does. */
#define old_server_run(...) dialogue_runf_at(&talk, __FILE__, __LINE__, __VA_ARGS__)

void old_server_listen(void);
/* The next connection, while the last one is still open on this side. */
void old_server_accept(void);
/* Ends the connection; the next one, after a pause which is cut short. */
void old_server_accept_again(void);
/* Hears exactly this, and CRLF. */
void old_server_hears(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Hears that a line begins so, and no more. */
void old_server_hears_begin(const char *text);
/* Says this, in which ' stands for ", and CRLF CRLF; in pieces of so many bytes, each by itself. */
void old_server_says(const char *text);
void old_server_says_in_pieces(const char *text, size_t piece);
/* Says this as it is. */
void old_server_says_bytes(const char *text);
/* Ends the connection. */
void old_server_hangs_up(void);
/* The other side ends it, and says nothing more. */
void old_server_hears_the_end(void);
/*
 * Over the next connection, beside that for messages, comes this question. It is answered there,
 * whole or in pieces, and then the other side has understood it and ends the connection.
 */
void old_server_is_asked(const char *question);
void old_server_answers(const char *text);
void old_server_answers_in_pieces(const char *text, size_t piece);
/* It is not answered: we, or after a while they, end the connection. */
void old_server_cuts_question(void);
void old_server_hears_question_end(void);
/* Hears that it is announced to, and says OK. */
void old_server_is_told(void);

/* The bridge says this of kediri: up, connecting or down. */
void old_server_await_state(const char *state);
/* Nothing waits for kediri. */
void old_server_await_empty(void);

#endif
