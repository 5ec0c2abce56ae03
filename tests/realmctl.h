/*
 * realmctl: for tests of kabarctl: a realm for each test, and what kabarctl says and does there.
 * The realm itself is realm's business.
 */
#ifndef REALMCTL_H
#define REALMCTL_H

#include <check.h>
#include <string.h>

#include "chat/chat.h"
#include "chat/session.h"
#include "chat/user.h"
#include "realm.h"

#define REALMCTL_ARGS_MAX 12

extern const char *const kabarctl_path;
/* These belong to the test that runs. */
extern struct realm realm;
extern struct chat chat;   /* between realmctl_open and realmctl_close */
extern char output[65536]; /* what was printed last, on both outputs */

/* A test case in which each test has the realm that realm_make makes. */
TCase *realmctl_tcase(Suite *, const char *name);

/* Runs kabarctl on the realm with this as standard input (may be NULL); its exit status. */
int realmctl(const char *input, const char *const args[]);
/* A shell's commands, in which $ctl is kabarctl on the realm; their exit status. */
int realmctl_shell(const char *commands);

/* Opens the realm's store in this process. */
void realmctl_open(void);
void realmctl_close(void);
/* Returns a session of the user with this name, without a token. */
struct chat_session realmctl_session(const char *name);
/* Calls chat_login_check() with strings. */
enum chat_result realmctl_check(const char *name, const char *password, struct chat_user *);

/* The user with this name blocks another. */
void realmctl_block(const char *name, const char *who);

#define ARGS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* The command ends with this status and prints exactly this. */
#define SAYS(status, text, ...)                                  \
	do {                                                     \
		int status_ = realmctl(NULL, ARGS(__VA_ARGS__)); \
		ck_assert_str_eq(output, text);                  \
		ck_assert_int_eq(status_, status);               \
	} while (0)

/* The same, with something on standard input, and this somewhere in what it prints. */
#define TELLS(status, input, text, ...)                                                            \
	do {                                                                                       \
		int status_ = realmctl(input, ARGS(__VA_ARGS__));                                  \
		ck_assert_msg(strstr(output, text) != NULL, "\"%s\" is not in: %s", text, output); \
		ck_assert_int_eq(status_, status);                                                 \
	} while (0)

/* The command succeeds. */
#define WORKS(input, ...) ck_assert_msg(realmctl(input, ARGS(__VA_ARGS__)) == 0, "%s", output)

/* This text stands in the output of the last command. */
#define TOLD(text) ck_assert_msg(strstr(output, text) != NULL, "\"%s\" is not in: %s", text, output)

#endif
