/*
 * backup_sums: the list of what is in a backup and of its SHA-256, as sha256sum(1) writes it. Who
 * reads a backup makes it again, and compares.
 */
#ifndef KABAR_BACKUP_SUMS_H
#define KABAR_BACKUP_SUMS_H

#include <stddef.h>
#include <stdio.h>

#include <sha2.h>

#define BACKUP_SUMS_HEX (2 * SHA256_DIGEST_LENGTH)

/* Writes the hash's digits, and NUL. */
void backup_sums_hex(SHA2_CTX *, char hex[BACKUP_SUMS_HEX + 1]);
/* Adds a line to the list. 0 or -1. */
int backup_sums_add(FILE *, const char *hex, const char *name);

#endif
