/*
 * permit_fixture: what the tests of chat_permit share, over receive_fixture: a store whose
 * transactions go over connections that are bound to one principal or another, and a judge that
 * asks for each transaction what others might have done of it.
 */
#ifndef PERMIT_FIXTURE_H
#define PERMIT_FIXTURE_H

#include "chat/permit.h"
#include "receive_fixture.h"

/* Before and after each test, for file_setup_committer() and file_teardown(). */
void permit_setup(void);
void permit_teardown(void);

/* From here on file_chat speaks for this principal; or for nobody, and may do all. */
void permit_as(unsigned int kind, uint64_t id);
void permit_as_user(const struct chat_session *);
void permit_as_nobody(void);

/*
 * Those who are asked besides, for whatever the present principal may do. Empties the list with a
 * kind of 0.
 */
void permit_compare(unsigned int kind, uint64_t id);
/* How many transactions were allowed, and how many of them to one of the others, too. */
unsigned int permit_allowed(void);
unsigned int permit_shared(void);

/* A transaction that a test makes, and hands over as the present principal. */
extern struct store_tx permit_tx;
enum store_status permit_commit(void);
#define PERMIT_ALLOWED()   ck_assert_int_eq(permit_commit(), STORE_OK)
#define PERMIT_FORBIDDEN() ck_assert_int_eq(permit_commit(), STORE_FORBIDDEN)
/* What lineker of the realm malang writes to messi; from is lineker's name as malang says it. */
struct chat_message permit_message(const char *from);
/* Keys, which last until the next call; that of an id until the one after it. */
const unsigned char *permit_id(uint64_t id);
const unsigned char *permit_pair(uint64_t first, uint64_t second);
const unsigned char *permit_state(char what, uint64_t id);
/* Adds to permit_tx that a group, if it is there, stays as it is. */
void permit_expect_group(uint64_t group);
/* A record as it is; its length. */
#define PERMIT_RECORD 1024
size_t permit_record(int table, const void *key, size_t key_len,
    unsigned char value[PERMIT_RECORD]);

/* Runs all tests of one case as main() does; the exit status. */
int permit_main(const char *name, const TTest *const *tests, size_t n);

#endif
