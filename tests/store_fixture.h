/*
 * store_fixture: what the tests of the store share: directories, stores in them, short forms
 * of transactions, and the committer as its clients cannot see it. Everything here fails the
 * running test by itself.
 */
#ifndef KABAR_STORE_FIXTURE_H
#define KABAR_STORE_FIXTURE_H

#include <sys/types.h>

#include <check.h>
#include <stdio.h>
#include <unistd.h>

#include "store/fsck/fsck.h"
#include "store/int.h"
#include "store/store_admin.h"
#include "suite.h"

#define FIXTURE_DIR_MAX  128
#define FIXTURE_WAIT_MS  SUITE_PATIENCE_MS
#define FIXTURE_TIMEOUT  120 /* seconds, of a test that hangs */
#define FIXTURE_LOG_SIZE (4 * 1024 * 1024)

/* Holds, or the process ends with status 1: for a child, which cannot fail the test itself. */
#define FIXTURE_DEMAND(condition)                                                       \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                       \
		}                                                                       \
	} while (0)

/* A new directory; fixture_remove() ends its committer, if there is one, and removes it. */
void fixture_dir(char dir[FIXTURE_DIR_MAX]);
/* The same in memory if possible, for stores that are made many times. */
void fixture_dir_in_memory(char dir[FIXTURE_DIR_MAX]);
void fixture_remove(const char *dir);
/* Removes a directory with all that is in it, or does nothing. */
void fixture_wipe(const char *dir);

/* Small files of logs, no syncs. */
struct store_options fixture_options(const char *dir);
struct store *fixture_memory(void);
struct store *fixture_open(const struct store_options *);
/* Makes and opens a store; `writer` applies transactions itself, without a committer. */
struct store *fixture_create(const struct store_options *);
struct store *fixture_open_writer(const struct store_options *);

/* Keys and values as strings. */
enum store_status fixture_put(struct store *, int, const char *key, const char *value);
enum store_status fixture_append(struct store *, uint64_t log, const char *text);
/* Commits; the outcome's step and value, or its status alone, or nothing but STORE_OK. */
enum store_status fixture_commit(struct store *, const struct store_tx *, unsigned int *step,
    uint64_t *value);
enum store_status fixture_try(struct store *, const struct store_tx *);
void fixture_must(struct store *, const struct store_tx *);
/* Tells whether a record has this value; NULL: whether it is absent. */
bool fixture_has(struct store *, int, const char *key, const char *value);
uint64_t fixture_number(struct store *, int, const char *key);
struct store_log_info fixture_info(struct store *, uint64_t log);

/* Fails unless a check finds nothing; after a crash, unless it finds nothing lost. */
void fixture_check(struct store *);
void fixture_check_crashed(struct store *);

/* Names the present round of a test, to be printed if it fails there; "": the rounds are over. */
void fixture_place(const char *what, uint64_t number);

/* Waits until the condition holds; fails with `what` when it never does. */
typedef bool fixture_condition(void *arg);
void fixture_wait(fixture_condition *, void *arg, const char *what);
/* The pid of the running committer; 0: none. */
pid_t fixture_committer(const char *dir);
/* Waits until the committer has ended, by itself or asked to leave. */
void fixture_committer_ended(const char *dir);
void fixture_committer_leave(const char *dir);

/* Runs all tests of one case as main() does; the exit status. */
int fixture_main(int argc, char **argv, const TTest *const *tests, size_t n);
#define FIXTURE_MAIN(argc, argv, tests) \
	fixture_main(argc, argv, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
