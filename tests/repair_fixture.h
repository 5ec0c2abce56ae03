/*
 * repair_fixture: what the tests of repairs share, in the realm of file_fixture: a store that is
 * closed, damaged and repaired. Everything here fails the running test by itself.
 */
#ifndef REPAIR_FIXTURE_H
#define REPAIR_FIXTURE_H

#include "file_fixture.h"

#define REPAIR_LOG_SIZE (4 * 1024 * 1024)

/* Of the store, once it has been closed for the first time. */
extern struct store_options repair_opt;
void repair_take_options(void);

void repair_open(void);
void repair_close(void);
/* Repairs a closed store as kabarctl does. False: it failed, and can be begun anew. */
bool repair_run(store_fsck_report *, void *arg);
/* Puts a message from messi into the outbox of malang. */
void repair_send_abroad(const char *text);

#endif
