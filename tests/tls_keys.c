/*
 * tls_keys: for tests of private keys: pairs in PEM files, and a search for them in memories.
 */
#include "tls_keys.h"

#include <check.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/realm_key.h"

#define RSA_BITS    2048
#define SECRET_MAX  512 /* bytes of a number */
#define PEM_FROM    64  /* the second line of 64 characters: behind what all keys have */
#define AT_ONCE     (1 << 20)
#define MAPPING_MAX (UINT64_C(1) << 32)

static EVP_PKEY *
read_key(const char *dir)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH];
	EVP_PKEY *pair;
	FILE *file;

	realm_key_paths(dir, key, certificate);
	file = fopen(key, "re");
	ck_assert_ptr_nonnull(file);
	pair = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	ck_assert_ptr_nonnull(pair);
	return pair;
}

/* realm_key_make() makes the certificate for a key that is there. */
void
tls_keys_make(const char *dir, enum tls_keys_kind kind)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH], error[512];

	if (kind == TLS_KEYS_RSA) {
		EVP_PKEY *pair = EVP_RSA_gen(RSA_BITS);
		FILE *file;

		realm_key_paths(dir, key, certificate);
		file = fopen(key, "wxe");
		ck_assert(pair != NULL && file != NULL);
		ck_assert_int_eq(PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL), 1);
		fclose(file);
		EVP_PKEY_free(pair);
	}
	ck_assert_msg(realm_key_make(dir, "kabar.example", error, sizeof(error)) == 0, "%s", error);
}

static void
add_part(struct tls_keys_part *part, const char *name, const void *data, size_t len)
{
	*part = (struct tls_keys_part){ .len = len < TLS_KEYS_SECRET ? len : TLS_KEYS_SECRET };
	snprintf(part->name, sizeof(part->name), "%s", name);
	memcpy(part->data, data, part->len);
}

/* A number as files have it, and as libcrypto has it at work. 0: the key has no such number. */
static size_t
add_number(struct tls_keys_part *parts, const EVP_PKEY *pair, const char *name)
{
	unsigned char data[SECRET_MAX];
	BIGNUM *number = NULL;
	char label[16];
	int len;

	if (EVP_PKEY_get_bn_param(pair, name, &number) != 1)
		return 0;
	len = BN_num_bytes(number);
	ck_assert_int_gt(len, 16);
	ck_assert_int_le(len, SECRET_MAX);
	BN_bn2binpad(number, data, len);
	add_part(&parts[0], name, data, (size_t)len);
	BN_bn2lebinpad(number, data, len);
	snprintf(label, sizeof(label), "%.10s back", name);
	add_part(&parts[1], label, data, (size_t)len);
	BN_clear_free(number);
	return 2;
}

static size_t
add_text(struct tls_keys_part *part, const char *dir)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH], line[TLS_KEYS_SECRET + 16];
	FILE *file;

	realm_key_paths(dir, key, certificate);
	file = fopen(key, "re");
	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	fclose(file);
	add_part(part, "PEM", line, strcspn(line, "\n"));
	return 1;
}

size_t
tls_keys_parts(const char *dir, struct tls_keys_part parts[TLS_KEYS_PARTS])
{
	EVP_PKEY *pair = read_key(dir);
	size_t n = 0;

	if (EVP_PKEY_is_a(pair, "RSA")) {
		n += add_number(parts + n, pair, OSSL_PKEY_PARAM_RSA_D);
		n += add_number(parts + n, pair, OSSL_PKEY_PARAM_RSA_FACTOR1);
		n += add_number(parts + n, pair, OSSL_PKEY_PARAM_RSA_FACTOR2);
		n += add_number(parts + n, pair, OSSL_PKEY_PARAM_RSA_EXPONENT1);
		n += add_number(parts + n, pair, OSSL_PKEY_PARAM_RSA_EXPONENT2);
	} else {
		n += add_number(parts + n, pair, OSSL_PKEY_PARAM_PRIV_KEY);
	}
	n += add_text(parts + n, dir);
	EVP_PKEY_free(pair);
	ck_assert_uint_ge(n, 3);
	return n;
}

/* Reads piece by piece, with as much of the last one before it as a part can begin in. */
static bool
search_mapping(int memory, uint64_t from, uint64_t to, const struct tls_keys_part *part,
    unsigned char *buffer)
{
	size_t kept = 0;

	while (from < to) {
		size_t want = to - from < AT_ONCE ? (size_t)(to - from) : AT_ONCE;
		ssize_t got = pread(memory, buffer + kept, want, (off_t)from);

		if (got <= 0)
			return false; /* of a device, or the kernel's */
		if (memmem(buffer, kept + (size_t)got, part->data, part->len) != NULL)
			return true;
		from += (uint64_t)got;
		got += (ssize_t)kept;
		kept = (size_t)got < part->len ? (size_t)got : part->len;
		memmove(buffer, buffer + got - kept, kept);
	}
	return false;
}

bool
tls_keys_search(pid_t pid, const struct tls_keys_part *part, bool *found)
{
	unsigned char *buffer = malloc(AT_ONCE + TLS_KEYS_SECRET);
	char path[64], line[512];
	FILE *maps;
	int memory;

	snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%ld/maps", (long)pid);
	maps = fopen(path, "re");
	ck_assert_ptr_nonnull(buffer);
	*found = false;
	while (memory >= 0 && maps != NULL && !*found && fgets(line, sizeof(line), maps) != NULL) {
		uint64_t from, to;
		char mode;

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %c", &from, &to, &mode) == 3 &&
		    mode == 'r' && to - from < MAPPING_MAX)
			*found = search_mapping(memory, from, to, part, buffer);
	}
	free(buffer);
	if (maps != NULL)
		fclose(maps);
	if (memory >= 0)
		close(memory);
	return memory >= 0 && maps != NULL;
}
