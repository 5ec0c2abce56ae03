/*
 * backup_layout: names, label and sums of a backup: for each the writer beside the reader.
 */
#include "backup/int.h"

#include <bsd/stdlib.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "backup/backup.h"
#include "base/clock.h"
#include "base/hex.h"
#include "store/store_admin.h"

#define FORMAT     1
#define LOG_PREFIX BACKUP_LOGS "/"
#define LOG_DIGITS 16

const char *const backup_pieces[] = { BACKUP_LOGS, BACKUP_FILES, BACKUP_KEY, BACKUP_CERT,
	BACKUP_PASSWORDS, STORE_JOURNAL_DIRECTORY, STORE_CHECKPOINT_DIRECTORY, STORE_MARK_NAME,
	STORE_REPAIR_NAME, BACKUP_TABLES };

int
backup_fail(struct backup_archive *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(b->error, b->size, format, ap);
	va_end(ap);
	return -1;
}

int
backup_fail_archive(struct backup_archive *b, const char *words)
{
	const char *reason = archive_error_string(b->archive);

	return backup_fail(b, "%s: %s", words,
	    reason == NULL ? strerror(archive_errno(b->archive)) : reason);
}

int
backup_begin(struct backup_archive *b)
{
	b->error[0] = '\0';
	b->sums = tmpfile();
	if (b->archive != NULL && b->sums != NULL)
		return 0;
	return backup_fail(b, "cannot make a temporary file: %s", strerror(errno));
}

void
backup_end(struct backup_archive *b)
{
	if (b->sums != NULL)
		fclose(b->sums);
	archive_free(b->archive);
}

int
backup_add_sum(struct backup_archive *b, SHA2_CTX *sha, const char *name)
{
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char hex[SHA256_DIGEST_STRING_LENGTH];

	SHA256Final(hash, sha);
	hex_write(hash, sizeof(hash), hex);
	if (fprintf(b->sums, "%s  %s\n", hex, name) > 0)
		return 0;
	return backup_fail(b, "cannot write a temporary file: %s", strerror(errno));
}

size_t
backup_write_label(char text[BACKUP_TEXT], const char *realm)
{
	char now[CLOCK_TEXT_SIZE];

	clock_iso(clock_now_ms(), now);
	return (size_t)snprintf(text, BACKUP_TEXT, "format %d\nrealm %s\ntime %s\nmade-by %s\n",
	    FORMAT, realm, now, PACKAGE_STRING);
}

/* The value of a word in the label, up to the end of its line; "" where there is none. */
static void
read_label(const char *label, const char *word, char value[BACKUP_TEXT])
{
	size_t len = strlen(word);

	value[0] = '\0';
	for (const char *line = label; line != NULL && *line != '\0';) {
		if (strncmp(line, word, len) == 0 && line[len] == ' ')
			snprintf(value, BACKUP_TEXT, "%.*s", (int)strcspn(line + len + 1, "\n"),
			    line + len + 1);
		line = strchr(line, '\n');
		line = line == NULL ? NULL : line + 1;
	}
}

int
backup_check_label(struct backup_archive *b, const char *label, const char *realm)
{
	char value[BACKUP_TEXT];
	const char *wrong;

	read_label(label, "format", value);
	strtonum(value, 1, FORMAT, &wrong);
	if (wrong != NULL)
		return backup_fail(b,
		    "the backup was made by a newer kabar (its format is %.64s, this program knows "
		    "%d)",
		    value, FORMAT);
	read_label(label, "realm", value);
	if (strcmp(value, realm) != 0)
		return backup_fail(b, "the backup is of the realm %.64s, the configuration of %s",
		    value, realm);
	return 0;
}

void
backup_log_name(char name[BACKUP_NAME], const char *file)
{
	snprintf(name, BACKUP_NAME, LOG_PREFIX "%.64s", file);
}

static bool
is_log(const char *name)
{
	const char *digits = name + strlen(LOG_PREFIX);

	return strncmp(name, LOG_PREFIX, strlen(LOG_PREFIX)) == 0 &&
	    strspn(digits, HEX_DIGITS) == LOG_DIGITS && strcmp(digits + LOG_DIGITS, ".tdb") == 0;
}

void
backup_blob_name(char name[BACKUP_NAME], const unsigned char hash[SHA256_DIGEST_LENGTH])
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	hex_write(hash, SHA256_DIGEST_LENGTH, hex);
	snprintf(name, BACKUP_NAME, BACKUP_FILES "/%.2s/%s", hex, hex);
}

static bool
is_blob(const char *name)
{
	const char *hex = strrchr(name, '/');
	unsigned char hash[SHA256_DIGEST_LENGTH];
	char same[BACKUP_NAME];

	if (hex == NULL || hex_read(hex + 1, strlen(hex + 1), hash, sizeof(hash)) != sizeof(hash))
		return false;
	backup_blob_name(same, hash);
	return strcmp(name, same) == 0;
}

bool
backup_is_known(const char *name)
{
	return strcmp(name, BACKUP_KEY) == 0 || strcmp(name, BACKUP_CERT) == 0 ||
	    strcmp(name, BACKUP_TABLES) == 0 || strcmp(name, BACKUP_PASSWORDS) == 0 ||
	    is_log(name) || is_blob(name);
}
