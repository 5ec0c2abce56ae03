/*
 * backup: a realm as one archive, in the format of tar(1) (pax, where ustar does not do), and back.
 * In this order: kabar-backup, which says what it is; realm.key, realm.crt, tables.tdb, log/ and
 * file/ as they lie in the state directory; and SHA256SUMS, which names all others as sha256sum(1)
 * does, and without which the archive is not whole.
 */
#ifndef KABAR_BACKUP_H
#define KABAR_BACKUP_H

#include <stddef.h>

#include "chat/chat.h"

#define BACKUP_FORMAT    1
#define BACKUP_LABEL     "kabar-backup" /* lines of a word, a space and a value */
#define BACKUP_SUMS      "SHA256SUMS"
#define BACKUP_NAME_MAX  96
#define BACKUP_LABEL_MAX 512

/*
 * Writes an open realm as it is at one moment; others go on meanwhile. 0, or -1 with a sentence in
 * error; then what was written is no backup.
 */
int backup_write(struct chat *, int fd, char *error, size_t size);

/*
 * Reads one, also a compressed one, into an empty directory, where it is synced. It must be of this
 * realm. 0, or -1 with a sentence in error; then what was read is worth nothing.
 */
int backup_read(int fd, const char *directory, const char *realm, char *error, size_t size);

#endif
