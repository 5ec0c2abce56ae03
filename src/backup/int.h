/*
 * backup: what a backup holds, in this order: kabar-backup, its label; realm.key, realm.crt,
 * passwords, tables.tdb, log/ and file/ as they lie in the state directory; and SHA256SUMS, which
 * names all others as sha256sum(1) does, and without which the archive is not whole.
 */
#ifndef KABAR_BACKUP_INT_H
#define KABAR_BACKUP_INT_H

#include <archive.h>
#include <sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BACKUP_LABEL     "kabar-backup"
#define BACKUP_SUMS      "SHA256SUMS"
#define BACKUP_TABLES    "tables.tdb"
#define BACKUP_LOGS      "log"
#define BACKUP_FILES     "file"
#define BACKUP_KEY       "realm.key"
#define BACKUP_CERT      "realm.crt"
#define BACKUP_PASSWORDS "passwords"
#define BACKUP_NAME      96  /* bytes of an entry's name */
#define BACKUP_TEXT      512 /* bytes of the label */
#define BACKUP_BLOCK     65536

/* An archive that is being written or read. */
struct backup_archive {
	struct archive *archive;
	FILE *sums; /* of the entries so far */
	char *error;
	size_t size; /* of error */
};

/* Opens the sums; the archive is the caller's to make before. 0 or -1 with the sentence. */
int backup_begin(struct backup_archive *);
void backup_end(struct backup_archive *);

/* Keeps the sentence that says why the archive is of no use. Returns -1. */
int backup_fail(struct backup_archive *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, with what libarchive says behind the words. */
int backup_fail_archive(struct backup_archive *, const char *words);
/* Ends the sum of an entry and adds its line to the sums. 0 or -1. */
int backup_add_sum(struct backup_archive *, SHA2_CTX *, const char *name);

/* The label: a line for each of format, realm, time and made-by. Its length. */
size_t backup_write_label(char text[BACKUP_TEXT], const char *realm);
/* Whether this program reads such a backup, and whether it is of this realm. 0 or -1. */
int backup_check_label(struct backup_archive *, const char *label, const char *realm);

/* The name of a log's file, and that of the content with this hash. */
void backup_log_name(char name[BACKUP_NAME], const char *file);
void backup_blob_name(char name[BACKUP_NAME], const unsigned char hash[SHA256_DIGEST_LENGTH]);
/* Whether a file of this name belongs to a realm. */
bool backup_is_known(const char *name);

#endif
