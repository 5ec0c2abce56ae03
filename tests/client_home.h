/*
 * client_home: for integration tests of the client: homes of its users, and the real program run in
 * one of them.
 */
#ifndef CLIENT_HOME_H
#define CLIENT_HOME_H

#include <stddef.h>

#include "realm.h"

extern const char *const client_home_kabar_path;

/* What a run of the program has printed, on both outputs, cut where there is too much. */
extern char client_home_said[65536];

/* From here on the program runs as this person, whose home lies beside the realm's state. */
void client_home_enter(const struct realm *, const char *person);
/* Writes a file of the home, such as ".config/kabar/config". */
void client_home_write(const char *name, const char *text);
/* The path of a file of the home, good until the next call. */
const char *client_home_path(const char *name);

/* Runs the program to its end. Returns the exit status. */
int client_home_run(const char *input, const char *const args[]);
#define CLIENT_RUN(input, ...) client_home_run(input, (const char *const[]){ __VA_ARGS__, NULL })
/* The same, and demands the status and that all that was printed is this text. */
#define CLIENT_SAYS(status, text, input, ...)                                                      \
	do {                                                                                       \
		ck_assert_msg(CLIENT_RUN(input, __VA_ARGS__) == (status), "%s", client_home_said); \
		ck_assert_str_eq(client_home_said, text);                                          \
	} while (0)
/* The same, and demands that the text is part of what was printed. */
#define CLIENT_TELLS(status, text, input, ...)                                                 \
	do {                                                                                   \
		ck_assert_int_eq(CLIENT_RUN(input, __VA_ARGS__), (status));                    \
		ck_assert_msg(strstr(client_home_said, text) != NULL, "%s", client_home_said); \
	} while (0)

/* Enters the home of a user of realm_make() and logs in there. */
void client_home_login(const struct realm *, const char *user);

#endif
