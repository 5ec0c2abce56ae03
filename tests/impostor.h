/*
 * impostor: for integration tests: a process that listens in a realm's stead where other realms
 * are listened for, with that realm's key, and says what a test wants to be said.
 */
#ifndef IMPOSTOR_H
#define IMPOSTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A connection, in the impostor's process. */
struct impostor_talk;

/* The impostor calls this for each connection, and closes the connection when this returns. */
typedef void impostor_behaviour(struct impostor_talk *, const void *arg);

/* Begins in the place of this realm (realms.h), whose kabard does not run. */
pid_t impostor_begin(int realm, impostor_behaviour *, const void *arg);
void impostor_end(pid_t);

/* TLS with the realm's key. False: the other side has gone. */
bool impostor_shake_hands(struct impostor_talk *);
/* The next line without its end, in TLS; NULL: there is none. It lasts until the next one. */
const char *impostor_hear(struct impostor_talk *);
/* Bytes, in TLS if hands were shaken. False: the other side has gone. */
bool impostor_say(struct impostor_talk *, const void *data, size_t len);
/* A reply: ' stands for ", and its end is added. */
bool impostor_reply(struct impostor_talk *, const char *reply);
/* Answers the greeting, and the line that resumes: that everything up to `have` is here. */
bool impostor_greet(struct impostor_talk *, const char *have);

#endif
