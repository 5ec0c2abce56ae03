/* realm_key: made once with libcrypto, and then only read. TLS itself is left to stream. */
#include "net/realm_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/sync_directory.h"

#define CURVE        "P-256"
#define VERSION_3    2 /* as X.509 counts */
#define SERIAL_BYTES 16
/* The clock may be wrong when the key is made, so no moment of it is in the certificate. */
#define NOT_BEFORE "19700101000000Z"
#define NOT_AFTER  "99991231235959Z" /* by RFC 5280: no well-defined end */

static int
fail_errno(const char *what, const char *path, char *error, size_t size)
{
	snprintf(error, size, "%s %s: %s", what, path, strerror(errno));
	return -1;
}

/* The first error that libcrypto remembers is the cause of the later ones. */
static int
fail_crypto(const char *what, const char *path, char *error, size_t size)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	snprintf(error, size, "%s %s: %s", what, path, reason == NULL ? "unknown trouble" : reason);
	ERR_clear_error();
	return -1;
}

/* 1 it exists, 0 it does not, -1 with a sentence in error. */
static int
file_exists(const char *path, char *error, size_t size)
{
	if (access(path, F_OK) == 0)
		return 1;
	return errno == ENOENT ? 0 : fail_errno("cannot look for", path, error, size);
}

/* Writes a new file of mode 0600 and syncs it. 0, or -1 with errno. */
static int
write_temporary(char *path, const char *data, size_t len)
{
	int fd = mkstemp(path), saved;
	ssize_t n;

	if (fd < 0)
		return -1;
	errno = EIO; /* of a write that is cut short */
	n = write(fd, data, len);
	if (n == (ssize_t)len && fsync(fd) == 0)
		return close(fd);
	saved = errno;
	close(fd);
	unlink(path);
	errno = saved;
	return -1;
}

/* Saves what was written to memory in a file that is whole or does not exist. */
static int
save_file(BIO *memory, const char *state, const char *path, char *error, size_t size)
{
	char temporary[REALM_KEY_PATH + sizeof(".XXXXXX")];
	char *data;
	long len = BIO_get_mem_data(memory, &data);

	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
	if (write_temporary(temporary, data, (size_t)len) != 0)
		return fail_errno("cannot write", path, error, size);
	if (rename(temporary, path) != 0 || sync_directory(state) != 0) {
		fail_errno("cannot write", path, error, size);
		unlink(temporary);
		return -1;
	}
	return 0;
}

static EVP_PKEY *
make_key(const char *state, const char *path, char *error, size_t size)
{
	EVP_PKEY *key = EVP_EC_gen(CURVE);
	BIO *memory = BIO_new(BIO_s_mem());
	int result = -1;

	if (key == NULL || memory == NULL ||
	    PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) != 1)
		fail_crypto("cannot make", path, error, size);
	else
		result = save_file(memory, state, path, error, size);
	BIO_free(memory); /* which overwrites it */
	if (result == 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* NULL with errno, also for a link. */
static FILE *
open_to_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && file == NULL)
		close(fd);
	return file;
}

static EVP_PKEY *
read_key(const char *path, char *error, size_t size)
{
	FILE *file = open_to_read(path);
	EVP_PKEY *key;

	if (file == NULL) {
		fail_errno("cannot read", path, error, size);
		return NULL;
	}
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	if (key == NULL)
		fail_crypto("cannot read", path, error, size);
	fclose(file);
	return key;
}

/* Random, so that no two certificates of one issuer's name share a number. */
static bool
set_serial(X509 *certificate)
{
	BIGNUM *number = BN_new();
	bool done = number != NULL &&
	    BN_rand(number, SERIAL_BYTES * CHAR_BIT - 1, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) ==
	        1 &&
	    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;

	BN_free(number);
	return done;
}

static bool
set_name(X509 *certificate, const char *realm)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)realm,
	           -1, -1, 0) == 1 &&
	    X509_set_issuer_name(certificate, name) == 1;
}

static bool
set_times(X509 *certificate)
{
	ASN1_TIME *begin = X509_getm_notBefore(certificate);
	ASN1_TIME *end = X509_getm_notAfter(certificate);

	return ASN1_TIME_set_string_X509(begin, NOT_BEFORE) == 1 &&
	    ASN1_TIME_set_string_X509(end, NOT_AFTER) == 1;
}

static int
make_certificate(EVP_PKEY *key, const char *state, const char *path, const char *realm, char *error,
    size_t size)
{
	X509 *certificate = X509_new();
	BIO *memory = BIO_new(BIO_s_mem());
	int result = -1;

	if (certificate == NULL || memory == NULL ||
	    X509_set_version(certificate, VERSION_3) != 1 || !set_serial(certificate) ||
	    !set_name(certificate, realm) || !set_times(certificate) ||
	    X509_set_pubkey(certificate, key) != 1 ||
	    X509_sign(certificate, key, EVP_sha256()) == 0 ||
	    PEM_write_bio_X509(memory, certificate) != 1)
		fail_crypto("cannot make", path, error, size);
	else
		result = save_file(memory, state, path, error, size);
	BIO_free(memory);
	X509_free(certificate);
	return result;
}

int
realm_key_make(const char *state, const char *realm, char *error, size_t size)
{
	char key_path[REALM_KEY_PATH], path[REALM_KEY_PATH];
	int has_key, has_certificate, result;
	EVP_PKEY *key;

	realm_key_paths(state, key_path, path);
	has_key = file_exists(key_path, error, size);
	has_certificate = file_exists(path, error, size);
	if (has_key < 0 || has_certificate < 0)
		return -1;
	if (has_key && has_certificate)
		return 0;
	if (has_certificate) {
		/* No peer would know a new key: it is not made by accident. */
		snprintf(error, size, "there is %s, but %s has gone", path, key_path);
		return -1;
	}
	key = has_key ? read_key(key_path, error, size) : make_key(state, key_path, error, size);
	if (key == NULL)
		return -1;
	result = make_certificate(key, state, path, realm, error, size);
	EVP_PKEY_free(key);
	return result;
}

int
realm_key_fingerprint(const char *state, char fingerprint[REALM_KEY_FINGERPRINT], char *error,
    size_t size)
{
	char key_path[REALM_KEY_PATH], path[REALM_KEY_PATH], *at = fingerprint;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	X509 *certificate;
	FILE *file;

	realm_key_paths(state, key_path, path);
	file = open_to_read(path);
	if (file == NULL)
		return fail_errno("cannot read", path, error, size);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	if (certificate == NULL || X509_digest(certificate, EVP_sha256(), hash, &len) != 1) {
		X509_free(certificate);
		return fail_crypto("cannot read", path, error, size);
	}
	X509_free(certificate);
	at += snprintf(at, REALM_KEY_FINGERPRINT, "SHA256:");
	hex_write(hash, len, at);
	return 0;
}
