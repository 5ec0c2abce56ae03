/*
 * backup: a realm as one archive, in the format of tar(1) (pax, where ustar does not do), and back.
 * The floor knows what an archive holds (int.h); taking a snapshot, holding contents and putting
 * the files in their place are left to store, chat and ctl.
 */
#ifndef KABAR_BACKUP_H
#define KABAR_BACKUP_H

#include <stddef.h>

#include "chat/chat.h"

/*
 * The files and directories of a realm, also those that are in no archive; the tables last: without
 * them it has no store.
 */
#define BACKUP_PIECES 10
extern const char *const backup_pieces[BACKUP_PIECES];

/*
 * Writes an open realm as it is at one moment; others go on meanwhile. 0, or -1 with a sentence in
 * error; then what was written is no backup.
 */
int backup_write(struct chat *, int fd, char *error, size_t size);

/*
 * Reads a backup, also a compressed one, into an empty directory, where it is synced. It must be of
 * this realm. 0, or -1 with a sentence in error; then what was read is worth nothing.
 */
int backup_read(int fd, const char *directory, const char *realm, char *error, size_t size);

#endif
