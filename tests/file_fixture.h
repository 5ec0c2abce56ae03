/*
 * file_fixture: what the tests of files share: a realm without programs, in a directory of its
 * own, with three users and a group of two of them. Everything here fails the running test by
 * itself.
 */
#ifndef FILE_FIXTURE_H
#define FILE_FIXTURE_H

#include "chat/file/file.h"
#include "chat/session.h"
#include "store_fixture.h"

#define FILE_MAX_BYTES   1000 /* of the realm's configuration */
#define FILE_QUOTA_BYTES 2500
#define FILE_PEER_QUOTA  3500

extern struct config file_config;
extern struct chat file_chat;
extern struct chat_session messi, henderson, lineker;
extern uint64_t kopi; /* a group of messi and henderson */

/*
 * Before and after each test. Transactions are applied by this process; with a committer, others
 * can take part, each with file_open() and file_close().
 */
void file_setup(void);
void file_setup_committer(void);
void file_teardown(void);
void file_open(struct chat *);
void file_close(struct chat *);
/* The judge of the committer that file_open() may start: chat_permit, unless a test takes another.
 */
extern store_permit *file_permit;

/* Sends a file; what became of it. */
enum chat_result file_send(const struct chat_session *, const char *user, const char *name,
    const char *content);
enum chat_result file_send_group(const struct chat_session *, const char *group, const char *name,
    const char *content);

/* Returns what the user would download: the content, as a string, or the result as "= RESULT". */
const char *file_get(const struct chat_session *, const char *who, const char *name);
/* "who: name name; who: name", in the order of listing. */
const char *file_list(const struct chat_session *);

/* How many contents and temporary files there are on the disk. */
size_t file_bodies(void);
size_t file_temporaries(void);
/* Lets all contents look this old. */
void file_age_bodies(int64_t seconds);

/* The number that an entry has in the outbox of a peer. */
uint64_t file_outbox_number(uint64_t peer, uint64_t id);

void file_assert_quota(const struct chat_session *, uint64_t bytes, uint32_t files);
/* kabarctl check finds this and nothing else; NULL: nothing. */
void file_assert_check(const char *finding);

#endif
