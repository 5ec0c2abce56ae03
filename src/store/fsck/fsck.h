/*
 * store_fsck: checks a store, or puts it right, as far as store knows what it holds: its files and
 * its logs. What the records mean is left to chat.
 *
 *     finding.h  what is found, how it is told, and that it still is so at a second look
 *     file.h     one file: what is wrong with it, and making it anew
 *     index.h    all entries that there are, by log
 *     link.h     the entries of one log, linked
 *     head.h     what the head of a log has to be
 *     log.h      all logs, put right
 *     journal.h  the journal and the last checkpoint
 *     unfinished.h  what an interrupted repair leaves to the next one
 *
 * A check reads an open store while others write. A repair holds the store (store_hold), calls
 * store_fsck_files, opens the store, and calls store_fsck_begin, store_fsck_logs and
 * store_fsck_end.
 */
#ifndef KABAR_STORE_FSCK_FSCK_H
#define KABAR_STORE_FSCK_FSCK_H

#include "store/fsck/finding.h"
#include "store/fsck/log.h"

/*
 * Looks for damage in the files, each record's shape, the logs and the ways through them. Writers
 * may go on meanwhile, but wait while a file is looked through. 0 sound, 1 warnings only,
 * 2 something is damaged or lost, -1 it could not be checked.
 */
int store_fsck_check(struct store *, store_fsck_report *, void *arg);
/*
 * Tells what is wrong with the journal and the checkpoint of a store that cannot be opened. 0
 * sound, 2 damaged, -1 it cannot be told.
 */
int store_fsck_check_closed(const struct store_options *, store_fsck_report *, void *arg);
/* One look of a check, for chat_fsck, which tells the losses itself. 0 or -1. */
int store_fsck_look_at(struct store *, struct store_fsck *);
/* Tells the losses by the numbers of their logs. */
void store_fsck_tell_losses(struct store_fsck *);

/*
 * Makes files anew that cannot be read, out of what can be saved from them; the old ones go to the
 * directory damaged. Nobody may have the store open. 0, or -1 with a sentence in error; where that
 * says that a file is not this program's to repair, nothing was touched. If it is dry, only tells
 * what is damaged: then *openable says whether the store can be opened all the same.
 */
int store_fsck_files(struct store_fsck *, bool *openable, char *error, size_t size);

/*
 * Makes an open store one that this process writes to itself, without the committer, until it is
 * closed. 0 or -1.
 */
int store_fsck_begin(struct store_fsck *, struct store *);
/*
 * Ends what store_fsck_begin has begun, before the store is closed: what was repaired is in no
 * journal, so it is in a checkpoint from here on. 0 or -1.
 */
int store_fsck_end(const struct store_fsck *, struct store *);
/* A number that no log that there is exceeds. 0 or -1. */
int store_fsck_last_log(struct store *, uint64_t *last);
/* Lets a log take entries again that was closed by mistake. 0 or -1. */
int store_fsck_reopen(struct store *, uint64_t log);

#endif
