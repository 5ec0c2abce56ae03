/*
 * realm_talk: for tests of the realm dialect: a realm for each test, and a dialogue with it.
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
/* Each test by each way, which is its _i. */
#define ADD(tcase, test) tcase_add_loop_test(tcase, test, 0, DIALOGUE_WAYS)

/* messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l. */
void realm_talk_begin(int way);

#endif
