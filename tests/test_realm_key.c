/*
 * The realm's key: made whole and once, read as it is, and never replaced by accident.
 */
#include <sys/stat.h>

#include <check.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/realm_key.h"
#include "peering/tls.h"
#include "suite.h"
#include "tls_fixture.h"
#include "worker/tls.h"

#define NAME_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char dir[TLS_FIXTURE_DIR_MAX];
static char key_path[REALM_KEY_PATH], certificate_path[REALM_KEY_PATH];
static char error[1024];

static void
setup(void)
{
	tls_fixture_dir(dir);
	realm_key_paths(dir, key_path, certificate_path);
	error[0] = '\0';
}

static void
teardown(void)
{
	tls_fixture_wipe(dir);
}

static void
make_key(const char *realm)
{
	ck_assert_msg(realm_key_make(dir, realm, error, sizeof(error)) == 0, "%s", error);
}

/* A file's content as a string, to be freed. */
static char *
read_text(const char *path)
{
	char *text = calloc(1, 4096);
	FILE *file = fopen(path, "r");

	ck_assert_ptr_nonnull(text);
	ck_assert_msg(file != NULL, "%s is not there", path);
	ck_assert_uint_gt(fread(text, 1, 4095, file), 0);
	fclose(file);
	return text;
}

static void
spoil_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
}

static int
count_key_files(void)
{
	DIR *directory = opendir(dir);
	int n = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory) != NULL)
		n++;
	closedir(directory);
	return n - 2;
}

static X509 *
read_certificate(void)
{
	FILE *file = fopen(certificate_path, "r");

	ck_assert_ptr_nonnull(file);
	X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
	ck_assert_ptr_nonnull(certificate);
	fclose(file);
	return certificate;
}

/* Tells whether TLS takes the pair, which it does not where the two do not belong together. */
static bool
is_pair(void)
{
	struct tls *tls = peering_tls_server(dir, error, sizeof(error));

	worker_tls_free(tls);
	return tls != NULL;
}

START_TEST(test_made_for_us_alone)
{
	struct stat st;

	make_key("surabaya");
	ck_assert_int_eq(stat(key_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(stat(certificate_path, &st), 0);
	ck_assert_int_eq(count_key_files(), 2);
	ck_assert(is_pair());
}
END_TEST

START_TEST(test_certificate)
{
	X509 *certificate;
	char name[256], group[64];
	size_t len;
	EVP_PKEY *key;

	make_key("surabaya");
	certificate = read_certificate();
	X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof(name));
	ck_assert_str_eq(name, "/CN=surabaya");
	X509_NAME_oneline(X509_get_issuer_name(certificate), name, sizeof(name));
	ck_assert_str_eq(name, "/CN=surabaya");
	ck_assert_str_eq((const char *)ASN1_STRING_get0_data(X509_get0_notAfter(certificate)),
	    "99991231235959Z");
	key = X509_get0_pubkey(certificate);
	ck_assert_int_eq(EVP_PKEY_get_group_name(key, group, sizeof(group), &len), 1);
	ck_assert_str_eq(group, "prime256v1");
	ck_assert_int_eq(X509_verify(certificate, key), 1);
	X509_free(certificate);
}
END_TEST

START_TEST(test_longest_name)
{
	X509 *certificate;
	char name[256];

	make_key(NAME_64);
	certificate = read_certificate();
	X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof(name));
	ck_assert_str_eq(name, "/CN=" NAME_64);
	X509_free(certificate);
}
END_TEST

START_TEST(test_fingerprint)
{
	char a[REALM_KEY_FINGERPRINT], b[REALM_KEY_FINGERPRINT];

	make_key("surabaya");
	ck_assert_int_eq(realm_key_fingerprint(dir, a, error, sizeof(error)), 0);
	ck_assert_int_eq(strncmp(a, "SHA256:", 7), 0);
	ck_assert_uint_eq(strlen(a), 7 + 64);
	ck_assert_uint_eq(strspn(a + 7, "0123456789abcdef"), 64);
	ck_assert_int_eq(realm_key_fingerprint(dir, b, error, sizeof(error)), 0);
	ck_assert_str_eq(a, b);
	teardown();
	setup();
	make_key("surabaya");
	ck_assert_int_eq(realm_key_fingerprint(dir, b, error, sizeof(error)), 0);
	ck_assert_str_ne(a, b);
}
END_TEST

START_TEST(test_made_once)
{
	char *key, *certificate, *same;

	make_key("surabaya");
	key = read_text(key_path);
	certificate = read_text(certificate_path);
	make_key("malang");
	same = read_text(key_path);
	ck_assert_str_eq(key, same);
	free(same);
	same = read_text(certificate_path);
	ck_assert_str_eq(certificate, same);
	free(same);
	free(key);
	free(certificate);
}
END_TEST

/* The state after a crash between the two. */
START_TEST(test_certificate_made_later)
{
	char *key, *same;

	make_key("surabaya");
	key = read_text(key_path);
	ck_assert_int_eq(unlink(certificate_path), 0);
	make_key("surabaya");
	same = read_text(key_path);
	ck_assert_str_eq(key, same);
	ck_assert(is_pair());
	free(key);
	free(same);
}
END_TEST

START_TEST(test_lost_key_not_replaced)
{
	make_key("surabaya");
	ck_assert_int_eq(unlink(key_path), 0);
	ck_assert_int_eq(realm_key_make(dir, "surabaya", error, sizeof(error)), -1);
	ck_assert_msg(strstr(error, key_path) != NULL, "%s", error);
	ck_assert_int_eq(count_key_files(), 1);
}
END_TEST

START_TEST(test_broken_files)
{
	char fingerprint[REALM_KEY_FINGERPRINT];

	make_key("surabaya");
	spoil_file(certificate_path,
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	ck_assert_int_eq(realm_key_fingerprint(dir, fingerprint, error, sizeof(error)), -1);
	ck_assert_msg(strstr(error, certificate_path) != NULL, "%s", error);
	ck_assert(!is_pair());
	ck_assert_int_eq(unlink(certificate_path), 0);
	spoil_file(key_path, "no key\n");
	ck_assert_int_eq(realm_key_make(dir, "surabaya", error, sizeof(error)), -1);
	ck_assert_msg(strstr(error, key_path) != NULL, "%s", error);
	ck_assert_int_eq(count_key_files(), 1);
}
END_TEST

START_TEST(test_foreign_certificate)
{
	char *certificate;

	make_key("surabaya");
	certificate = read_text(certificate_path);
	teardown();
	setup();
	make_key("surabaya");
	spoil_file(certificate_path, certificate);
	ck_assert(!is_pair());
	free(certificate);
}
END_TEST

START_TEST(test_no_directory)
{
	char fingerprint[REALM_KEY_FINGERPRINT];

	ck_assert_int_eq(realm_key_make("/nonexistent", "surabaya", error, sizeof(error)), -1);
	ck_assert_str_eq(error, "cannot write /nonexistent/realm.key: No such file or directory");
	ck_assert_int_eq(realm_key_fingerprint("/nonexistent", fingerprint, error, sizeof(error)),
	    -1);
	ck_assert_str_eq(error, "cannot read /nonexistent/realm.crt: No such file or directory");
	ck_assert_ptr_null(peering_tls_client("/nonexistent", error, sizeof(error)));
	ck_assert_msg(strstr(error, "/nonexistent/realm.crt") != NULL, "%s", error);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("realm_key");
	TCase *tcase = tcase_create("realm_key");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_made_for_us_alone);
	tcase_add_test(tcase, test_certificate);
	tcase_add_test(tcase, test_longest_name);
	tcase_add_test(tcase, test_fingerprint);
	tcase_add_test(tcase, test_made_once);
	tcase_add_test(tcase, test_certificate_made_later);
	tcase_add_test(tcase, test_lost_key_not_replaced);
	tcase_add_test(tcase, test_broken_files);
	tcase_add_test(tcase, test_foreign_certificate);
	tcase_add_test(tcase, test_no_directory);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
