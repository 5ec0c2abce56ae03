/*
 * irc_talk: for integration tests: an IRC client of a realm, with a kabard -i of its own over a
 * socket. What is said and heard is lines without their ends.
 */
#ifndef IRC_TALK_H
#define IRC_TALK_H

#include "realm.h"

struct irc_talk {
	int fd; /* -1: none */
	pid_t pid;
	char *heard; /* what came; the first `taken` bytes were handed out */
	size_t taken;
	size_t len;
	size_t size;
};

/*
 * Has a user log in by the password surabaya, with these capabilities, NULL for none. Nothing is
 * heard yet.
 */
void irc_talk_begin(struct irc_talk *, const struct realm *, const char *nick, const char *caps);
/* Closes the connection, without a word; what came and was not read is lost. */
void irc_talk_end(struct irc_talk *);

/* Waits until this text lies there to be read, all that comes before it with it; reads nothing. */
void irc_talk_await_unread(struct irc_talk *, const char *text);

/* Says lines, with a line feed between them, made as printf() does. */
void irc_talk_say(struct irc_talk *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* All that has come up to the answer to a PING that is sent now; each line ends with a line feed.
 */
const char *irc_talk_hear(struct irc_talk *);
/*
 * Demands that just these lines have come by then, in this order; in a line, * stands for any text
 * (as fnmatch() has it). The numerics of a greeting are left out, lists of names, CAP and JOIN.
 */
#define irc_talk_expect(talk, ...) \
	irc_talk_expect_at(talk, __FILE__, __LINE__, (const char *const[]){ __VA_ARGS__, NULL })
void irc_talk_expect_at(struct irc_talk *, const char *file, int line,
    const char *const expected[]);
/* Demands that nothing has. */
#define irc_talk_expect_nothing(talk) \
	irc_talk_expect_at(talk, __FILE__, __LINE__, (const char *const[]){ NULL })

#endif
