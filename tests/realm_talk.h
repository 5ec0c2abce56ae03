/*
 * realm_talk: for tests of a dialect: a realm for each test, and a dialogue with it.
 */
#ifndef REALM_TALK_H
#define REALM_TALK_H

#include "dialogue.h"

#define LONGEST_NAME  "x123456789x123456789x123456789x123456789x123456789x123456789x123"
#define NOBODYS_TOKEN "6ba7b810-9dad-41d1-80b4-00c04fd430c8"

/* Of the test that runs. */
extern struct realm realm;
extern struct dialogue talk;

/* A test case in which each test has the realm that realm_make makes. */
TCase *realm_talk_tcase(Suite *, const char *name);
/* The same; setup makes the realm. */
TCase *realm_talk_tcase_with(Suite *, const char *name, void (*setup)(void));
/* Each test by each way, which is its _i. */
#define ADD(tcase, test) tcase_add_loop_test(tcase, test, 0, DIALOGUE_WAYS)
/* The same without TCP, where kabard's only listener speaks realm. */
#define ADD_INETD(tcase, test) tcase_add_loop_test(tcase, test, DIALOGUE_SOCKETPAIR, DIALOGUE_WAYS)

/* messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l. */
void realm_talk_begin(int way);
/* All speak this dialect, except r, who speaks realm. Nobody is logged in. */
void realm_talk_begin_dialect(int way, const char *dialect);
/* Logs the three in; command is that of their dialect. */
void realm_talk_log_in(const char *command);
/* A condition for realm_until(): henderson, as b, sees that messi is not online; arg is ignored. */
bool realm_talk_messi_is_gone(void *arg);

#endif
