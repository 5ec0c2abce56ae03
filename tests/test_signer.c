/*
 * The signer: what it signs for whoever asks, and that nobody gets more than one signature, or one
 * of another key than that of his listener.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the padding by itself */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <check.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/log.h"
#include "master/signer.h"
#include "master/tls.h"
#include "net/realm_key.h"
#include "net/tls_key.h"
#include "suite.h"
#include "tls_fixture.h"
#include "tls_keys.h"

#define DIGEST      32
#define BLOCK       256 /* of RSA with 2048 bits */
#define PATIENCE_MS SUITE_PATIENCE_MS

static char dirs[TLS_KEYS_KINDS][TLS_FIXTURE_DIR_MAX];
static struct tls_key *keys[TLS_KEYS_KINDS];
static struct tls_key_request request;
static struct tls_key_reply reply;
static char error[4096];

/* Once for all tests: a pair of RSA takes long to make. */
static void
setup(void)
{
	char path[REALM_KEY_PATH], certificate[REALM_KEY_PATH];

	for (int i = 0; i < TLS_KEYS_KINDS; i++) {
		tls_fixture_dir(dirs[i]);
		tls_keys_make(dirs[i], (enum tls_keys_kind)i);
		realm_key_paths(dirs[i], path, certificate);
		keys[i] = tls_key_load(path, error, sizeof(error));
		ck_assert_msg(keys[i] != NULL, "%s", error);
	}
}

static void
teardown(void)
{
	for (int i = 0; i < TLS_KEYS_KINDS; i++) {
		tls_key_free(keys[i]);
		tls_fixture_wipe(dirs[i]);
	}
}

/* The length of what is signed. */
static uint32_t
sign(enum tls_keys_kind kind, enum tls_key_scheme scheme, size_t len)
{
	request.scheme = scheme;
	request.len = (uint32_t)len;
	tls_key_sign(keys[kind], &request, offsetof(struct tls_key_request, data) + len, &reply);
	return reply.len;
}

/* A context to verify with the certificate of a directory. */
static EVP_PKEY_CTX *
new_verifier(enum tls_keys_kind kind)
{
	char key[REALM_KEY_PATH], path[REALM_KEY_PATH];
	EVP_PKEY_CTX *context;
	EVP_PKEY *public;
	X509 *certificate;
	FILE *file;

	realm_key_paths(dirs[kind], key, path);
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	certificate = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	public = X509_get_pubkey(certificate);
	X509_free(certificate);
	context = EVP_PKEY_CTX_new(public, NULL);
	EVP_PKEY_free(public);
	ck_assert_int_eq(EVP_PKEY_verify_init(context), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
	return context;
}

START_TEST(ecdsa)
{
	EVP_PKEY_CTX *verifier = new_verifier(TLS_KEYS_EC);

	memset(request.data, 7, DIGEST);
	ck_assert_uint_gt(sign(TLS_KEYS_EC, TLS_KEY_ECDSA, DIGEST), 0);
	ck_assert_int_eq(EVP_PKEY_verify(verifier, reply.data, reply.len, request.data, DIGEST), 1);
	EVP_PKEY_CTX_free(verifier);
	for (size_t len = 0; len < 80; len++)
		ck_assert_int_eq(sign(TLS_KEYS_EC, TLS_KEY_ECDSA, len) > 0,
		    len == 32 || len == 48 || len == 64);
	ck_assert_uint_eq(sign(TLS_KEYS_EC, TLS_KEY_RSA_PKCS1, DIGEST), 0);
	ck_assert_uint_eq(sign(TLS_KEYS_EC, TLS_KEY_RSA_RAW, BLOCK), 0);
}
END_TEST

START_TEST(rsa_pkcs1)
{
	/* DigestInfo of SHA-256, as PKCS #1 has it. */
	static const unsigned char info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
		0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
	EVP_PKEY_CTX *verifier = new_verifier(TLS_KEYS_RSA);

	memcpy(request.data, info, sizeof(info));
	memset(request.data + sizeof(info), 7, DIGEST);
	ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_PKCS1, sizeof(info) + DIGEST), BLOCK);
	ck_assert_int_eq(EVP_PKEY_verify(verifier, reply.data, reply.len,
	                     request.data + sizeof(info), DIGEST),
	    1);
	EVP_PKEY_CTX_free(verifier);
	/* No other length, no other hash, no bytes of whoever asks. */
	ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_PKCS1, sizeof(info) + DIGEST - 1), 0);
	ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_PKCS1, sizeof(info) + DIGEST + 1), 0);
	for (size_t i = 0; i < sizeof(info); i++) {
		request.data[i] ^= 1;
		ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_PKCS1, sizeof(info) + DIGEST), 0);
		request.data[i] ^= 1;
	}
	ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_PKCS1, TLS_KEY_DATA_MAX), 0);
	ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_ECDSA, DIGEST), 0);
}
END_TEST

/* What others have encrypted is not decrypted: a block is signed only if PSS made it. */
START_TEST(rsa_raw)
{
	const EVP_MD *const hashes[] = { EVP_sha256(), EVP_sha384(), EVP_sha512() };
	EVP_PKEY_CTX *verifier = new_verifier(TLS_KEYS_RSA);
	RSA *rsa = EVP_PKEY_get1_RSA(EVP_PKEY_CTX_get0_pkey(verifier));
	unsigned char digest[64] = { 7 };

	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(verifier, RSA_PKCS1_PSS_PADDING), 1);
	for (size_t i = 0; i < 3; i++) {
		size_t len = (size_t)EVP_MD_get_size(hashes[i]);

		ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(verifier, hashes[i]), 1);
		ck_assert_int_eq(RSA_padding_add_PKCS1_PSS(rsa, request.data, digest, hashes[i],
		                     (int)len),
		    1);
		ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_RAW, BLOCK), BLOCK);
		ck_assert_int_eq(EVP_PKEY_verify(verifier, reply.data, BLOCK, digest, len), 1);
		/* No byte of the padding can be another, nor one of the seed, nor the last one. */
		for (size_t at = 0; at < BLOCK; at++) {
			if (at >= BLOCK - 1 - 2 * len && at < BLOCK - 1 - len)
				continue; /* the salt */
			request.data[at] ^= 1;
			ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_RAW, BLOCK), 0);
			request.data[at] ^= 1;
		}
		ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_RAW, BLOCK - 1), 0);
		ck_assert_uint_eq(sign(TLS_KEYS_RSA, TLS_KEY_RSA_RAW, BLOCK + 1), 0);
	}
	RSA_free(rsa);
	EVP_PKEY_CTX_free(verifier);
}
END_TEST

/* Packets that are cut, too long, or say another length. */
START_TEST(packets)
{
	size_t header = offsetof(struct tls_key_request, data);

	request.scheme = TLS_KEY_ECDSA;
	request.len = DIGEST;
	for (size_t size = 0; size <= sizeof(request); size++) {
		tls_key_sign(keys[TLS_KEYS_EC], &request, size, &reply);
		ck_assert_int_eq(reply.len > 0, size == header + DIGEST);
	}
	for (request.scheme = 0; request.scheme < 10; request.scheme++) {
		tls_key_sign(keys[TLS_KEYS_EC], &request, header + DIGEST, &reply);
		ck_assert_int_eq(reply.len > 0, request.scheme == TLS_KEY_ECDSA);
	}
}
END_TEST

/* No passphrase is asked for, and what is no key is refused with a sentence. */
START_TEST(unusable_keys)
{
	char path[REALM_KEY_PATH], certificate[REALM_KEY_PATH];
	EVP_PKEY *pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *file;

	realm_key_paths(dirs[0], path, certificate);
	snprintf(path, sizeof(path), "%s/unusable.key", dirs[0]);
	ck_assert_ptr_null(tls_key_load(certificate, error, sizeof(error)));
	ck_assert_ptr_null(tls_key_load("/nonexistent", error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, "/nonexistent: "));
	file = fopen(path, "we");
	ck_assert(file != NULL && pair != NULL);
	ck_assert_int_eq(PEM_write_PrivateKey(file, pair, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	ck_assert_ptr_null(tls_key_load(path, error, sizeof(error)));
	ck_assert_ptr_nonnull(strstr(error, "neither RSA nor ECDSA"));
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(PEM_write_PrivateKey(file, pair, EVP_aes_128_cbc(), NULL, 0, NULL,
	                     "sandi"),
	    1);
	fclose(file);
	ck_assert_ptr_null(tls_key_load(path, error, sizeof(error)));
	EVP_PKEY_free(pair);
}
END_TEST

/*
 * The process
 */

static struct config_listen listens[3];
static struct config config;
static struct master_signer signer;

/* Listeners of each kind, and a plain one between them that has no number. */
static void
configure(void)
{
	char path[REALM_KEY_PATH], certificate[REALM_KEY_PATH];

	for (int i = 0; i < 3; i++) {
		listens[i] = (struct config_listen){ .dialect = "realm", .tls = i != 1 };
		realm_key_paths(dirs[i / 2], path, certificate);
		snprintf(listens[i].key, sizeof(listens[i].key), "%.1000s", path);
		snprintf(listens[i].certificate, sizeof(listens[i].certificate), "%.1000s",
		    certificate);
	}
	config = (struct config){ .listens = listens, .n_listens = 3, .sandbox = true };
}

static void
start_signer(void)
{
	configure();
	ck_assert_msg(master_signer_start(&signer, &config, PATIENCE_MS, error, sizeof(error)) == 0,
	    "%s", error);
}

/* Asks for the signature of a digest by ECDSA. The length of the reply; 0: the end. */
static ssize_t
ask(int fd)
{
	size_t size = offsetof(struct tls_key_request, data) + DIGEST;
	ssize_t got;

	request.scheme = TLS_KEY_ECDSA;
	request.len = DIGEST;
	(void)send(fd, &request, size, MSG_NOSIGNAL);
	got = recv(fd, &reply, sizeof(reply), 0);
	return got < 0 ? 0 : got;
}

START_TEST(one_signature_each)
{
	int fds[2];

	start_signer();
	for (int i = 0; i < 2; i++) {
		fds[i] = master_signer_open(&signer, 0);
		ck_assert_int_ge(fds[i], 0);
	}
	ck_assert_int_gt(ask(fds[0]), (ssize_t)offsetof(struct tls_key_reply, data));
	ck_assert_uint_gt(reply.len, 0);
	ck_assert_int_eq(ask(fds[0]), 0);
	/* Another one is not touched by that. */
	ck_assert_int_gt(ask(fds[1]), 0);
	ck_assert_uint_gt(reply.len, 0);
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	master_signer_stop(&signer);
}
END_TEST

/* The master says which key it is; a worker cannot. Numbers that there are not get nothing. */
START_TEST(key_of_the_listener)
{
	int fd;

	start_signer();
	fd = master_signer_open(&signer, 1);
	ck_assert_int_gt(ask(fd), 0);
	ck_assert_uint_eq(reply.len, 0); /* RSA signs no ECDSA */
	close(fd);
	fd = master_signer_open(&signer, 2);
	ck_assert_int_eq(ask(fd), 0);
	close(fd);
	fd = master_signer_open(&signer, 0);
	ck_assert_int_gt(ask(fd), 0);
	ck_assert_uint_gt(reply.len, 0);
	close(fd);
	master_signer_stop(&signer);
}
END_TEST

/* The master has gone: who has a socket is served, and then the signer ends. */
START_TEST(ends_with_the_last)
{
	pid_t pid;
	int fd, status;

	start_signer();
	pid = signer.pid;
	fd = master_signer_open(&signer, 0);
	master_signer_stop(&signer);
	ck_assert_int_eq(master_signer_open(&signer, 0), -1);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_gt(ask(fd), 0);
	ck_assert_uint_gt(reply.len, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(fd);
}
END_TEST

/* A signer that hears the master no more says so, and serves those who have a socket. */
START_TEST(hears_no_more)
{
	struct pollfd end;
	int fd, status;

	start_signer();
	end = (struct pollfd){ .fd = signer.fd };
	fd = master_signer_open(&signer, 0);
	/* Longer than any packet. */
	ck_assert_int_gt(send(signer.fd, &request, sizeof(request), MSG_NOSIGNAL), 0);
	ck_assert_int_eq(poll(&end, 1, PATIENCE_MS), 1);
	ck_assert_int_eq(master_signer_open(&signer, 0), -1);
	ck_assert_int_gt(ask(fd), 0);
	close(fd);
	ck_assert_int_eq(waitpid(signer.pid, &status, 0), signer.pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	master_signer_stop(&signer);
}
END_TEST

/* A socket that is lost on its way is logged. */
START_TEST(socket_gets_lost)
{
	char text[512] = "";
	uint32_t number = 0;
	int ends[2];
	FILE *log;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	log_init("kabard", LOG_IN_FOREGROUND, LOG_DAEMON);
	start_signer();
	ck_assert_int_gt(send(signer.fd, &number, sizeof(number), MSG_NOSIGNAL), 0);
	log = fdopen(ends[0], "r");
	while (strstr(text, "did not arrive") == NULL)
		ck_assert_ptr_nonnull(fgets(text, sizeof(text), log));
	fclose(log);
	master_signer_stop(&signer);
}
END_TEST

START_TEST(a_pair_that_does_not_match)
{
	start_signer();
	master_signer_stop(&signer);
	memcpy(listens[2].key, listens[0].key, sizeof(listens[2].key));
	memcpy(listens[2].name, "safe", sizeof("safe"));
	ck_assert_int_eq(master_signer_start(&signer, &config, PATIENCE_MS, error, sizeof(error)),
	    -1);
	ck_assert_ptr_nonnull(strstr(error, "listen \"safe\": no TLS with "));
	ck_assert_int_eq(signer.pid, 0);
}
END_TEST

/* One that cannot read its keys stops nobody for ever. */
START_TEST(does_not_start)
{
	int status;

	configure();
	snprintf(listens[0].key, sizeof(listens[0].key), "%s/fifo", dirs[0]);
	ck_assert_int_eq(mkfifo(listens[0].key, 0600), 0);
	ck_assert_int_eq(master_signer_start(&signer, &config, 100, error, sizeof(error)), -1);
	ck_assert_ptr_nonnull(strstr(error, "does not start"));
	ck_assert_int_eq(signer.pid, 0);
	ck_assert_int_gt(wait(&status), 0);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}
END_TEST

/* The pause after the death of the signer. The next one is started at once all the same. */
static int64_t
let_signer_die(struct master_tls *tls)
{
	pid_t pid = tls->signer.pid;
	int64_t pause;
	int status;

	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(master_tls_reaped(tls, pid, status));
	pause = tls->pause_ms;
	tls->due_ms = 0;
	master_tls_run(tls, &config);
	ck_assert_int_ne(tls->signer.pid, 0);
	return pause;
}

/* Signers that die one after the other are started after longer and longer pauses. */
START_TEST(pauses_grow)
{
	struct master_tls tls;
	int64_t first, second;

	configure();
	ck_assert_int_eq(master_tls_open(&tls, &config, error, sizeof(error)), 0);
	first = let_signer_die(&tls);
	second = let_signer_die(&tls);
	ck_assert_int_gt(first, 0);
	ck_assert_int_gt(second, first);
	ck_assert_int_gt(let_signer_die(&tls), second);
	tls.started_ms -= 60000; /* this one has lived long */
	ck_assert_int_eq(let_signer_die(&tls), first);
	master_tls_close(&tls);
}
END_TEST

/* Holds the second key, and replaces the first pair as soon as the signer comes to the second. */
static void __attribute__((noreturn)) replace_first_pair(int ready)
{
	char from[2][REALM_KEY_PATH], dir[TLS_FIXTURE_DIR_MAX];
	int fd = open(listens[2].key, O_RDONLY | O_CLOEXEC), number;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	tls_fixture_dir(dir);
	tls_keys_make(dir, TLS_KEYS_EC);
	realm_key_paths(dir, from[0], from[1]);
	if (fcntl(fd, F_SETLEASE, F_WRLCK) != 0 || write(ready, "", 1) != 1 ||
	    sigwait(&set, &number) != 0 || rename(from[0], listens[0].key) != 0 ||
	    rename(from[1], listens[0].certificate) != 0 || fcntl(fd, F_SETLEASE, F_UNLCK) != 0)
		_exit(1);
	tls_fixture_wipe(dir);
	_exit(0);
}

/* A key of before and a certificate of after would fail all handshakes. */
START_TEST(replaced_while_read)
{
	struct master_tls tls;
	int ends[2], status;
	pid_t pid;
	char byte;

	configure();
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		replace_first_pair(ends[1]);
	close(ends[1]);
	if (suite_skip_if(read(ends[0], &byte, 1) != 1, "files cannot be leased here"))
		return;
	ck_assert_int_eq(master_tls_open(&tls, &config, error, sizeof(error)), -1);
	ck_assert_ptr_nonnull(strstr(error, "replaced while they were read"));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert_int_eq(master_tls_open(&tls, &config, error, sizeof(error)), 0);
	master_tls_close(&tls);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("signer");
	TCase *tcase = tcase_create("signatures");

	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, ecdsa);
	tcase_add_test(tcase, rsa_pkcs1);
	tcase_add_test(tcase, rsa_raw);
	tcase_add_test(tcase, packets);
	tcase_add_test(tcase, unusable_keys);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("process");
	tcase_add_unchecked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_signature_each);
	tcase_add_test(tcase, key_of_the_listener);
	tcase_add_test(tcase, ends_with_the_last);
	tcase_add_test(tcase, hears_no_more);
	tcase_add_test(tcase, socket_gets_lost);
	tcase_add_test(tcase, a_pair_that_does_not_match);
	tcase_add_test(tcase, does_not_start);
	tcase_add_test(tcase, pauses_grow);
	tcase_add_test(tcase, replaced_while_read);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
