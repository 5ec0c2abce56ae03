/*
 * backup_sums: the list of what is in a backup.
 */
#include "backup/sums.h"

#include "base/hex.h"

#include "base/hex.h"

void
backup_sums_hex(SHA2_CTX *sha, char hex[BACKUP_SUMS_HEX + 1])
{
	unsigned char hash[SHA256_DIGEST_LENGTH];

	SHA256Final(hash, sha);
	hex_write(hash, sizeof(hash), hex);
}

int
backup_sums_add(FILE *sums, const char *hex, const char *name)
{
	return fprintf(sums, "%s  %s\n", hex, name) > 0 ? 0 : -1;
}
