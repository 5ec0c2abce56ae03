/*
 * tls_key: libcrypto is told per key what signs with it (RSA_METHOD, EC_KEY_METHOD), as libtls
 * itself does for those who separate keys. A key gets its method when it is read, from the default
 * of that moment: so the default is another one just while libtls reads an absent key.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* the methods; a provider would be ten times this file */

#include "net/tls_key.h"

#include <sys/socket.h>

#include <errno.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "net/tls_certificate.h"
#include "net/tls_key_form.h"
#include "net/tls_lib.h"

#define ANSWER_MS    10000 /* for the signer */
#define N_FACTORS    5     /* numbers of a private key of RSA that follow from the others */
#define HEADER_BYTES offsetof(struct tls_key_request, data)

#define CRYPTO_FUNCTIONS(USE)            \
	USE(BIO_ctrl)                    \
	USE(BIO_free)                    \
	USE(BIO_new)                     \
	USE(BIO_new_file)                \
	USE(BIO_new_mem_buf)             \
	USE(BIO_s_mem)                   \
	USE(BN_dup)                      \
	USE(BN_free)                     \
	USE(BN_num_bits)                 \
	USE(BN_value_one)                \
	USE(ECDSA_sign)                  \
	USE(ECDSA_size)                  \
	USE(EC_KEY_METHOD_new)           \
	USE(EC_KEY_METHOD_set_sign)      \
	USE(EC_KEY_OpenSSL)              \
	USE(EC_KEY_free)                 \
	USE(EC_KEY_get_default_method)   \
	USE(EC_KEY_set_default_method)   \
	USE(EC_KEY_set_private_key)      \
	USE(ERR_clear_error)             \
	USE(ERR_peek_error)              \
	USE(ERR_reason_error_string)     \
	USE(EVP_PKEY_free)               \
	USE(EVP_PKEY_get1_EC_KEY)        \
	USE(EVP_PKEY_get1_RSA)           \
	USE(EVP_sha256)                  \
	USE(EVP_sha384)                  \
	USE(EVP_sha512)                  \
	USE(PEM_read_bio_PrivateKey)     \
	USE(PEM_read_bio_X509)           \
	USE(PEM_write_bio_ECPrivateKey)  \
	USE(PEM_write_bio_RSAPrivateKey) \
	USE(PKCS1_MGF1)                  \
	USE(RSA_free)                    \
	USE(RSA_get0_key)                \
	USE(RSA_get0_n)                  \
	USE(RSA_get_default_method)      \
	USE(RSA_meth_dup)                \
	USE(RSA_meth_set_priv_enc)       \
	USE(RSA_new)                     \
	USE(RSA_private_encrypt)         \
	USE(RSA_set0_crt_params)         \
	USE(RSA_set0_factors)            \
	USE(RSA_set0_key)                \
	USE(RSA_set_default_method)      \
	USE(RSA_size)                    \
	USE(X509_free)                   \
	USE(X509_get_pubkey)

#define CRYPTO_POINTER(name) __typeof__(name) *(name);

struct crypto {
	CRYPTO_FUNCTIONS(CRYPTO_POINTER)
};

/* One of both is NULL. */
struct tls_key {
	RSA *rsa;
	EC_KEY *ec;
};

static struct crypto crypto;
static bool loaded;
static int signer = -1;
static bool (*is_over)(void);
static bool unanswered;
static RSA_METHOD *absent_rsa;
static EC_KEY_METHOD *absent_ec;

/* libcrypto comes with libtls. 0, or -1 with a sentence in error. */
static int
load_crypto(char *error, size_t size)
{
	bool all = true;

	if (loaded)
		return 0;
	if (tls_lib(error, size) == NULL)
		return -1;
#define FIND(name) all = tls_lib_find(#name, &crypto.name, sizeof(crypto.name)) && all;
	CRYPTO_FUNCTIONS(FIND)
	loaded = all;
	if (!all)
		snprintf(error, size, "TLS cannot be spoken: its library lacks functions");
	return all ? 0 : -1;
}

static int
fail(const char *path, char *error, size_t size)
{
	const char *reason = crypto.ERR_reason_error_string(crypto.ERR_peek_error());

	snprintf(error, size, "%s: %s", path, reason == NULL ? "unusable" : reason);
	crypto.ERR_clear_error();
	return -1;
}

/*
 * The signer
 */

/* Nobody is there who could type a passphrase. */
static int
give_no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_private_key(const char *path)
{
	BIO *file = crypto.BIO_new_file(path, "r");
	EVP_PKEY *pair = NULL;

	if (file != NULL)
		pair = crypto.PEM_read_bio_PrivateKey(file, NULL, give_no_passphrase, NULL);
	crypto.BIO_free(file);
	return pair;
}

struct tls_key *
tls_key_load(const char *path, char *error, size_t size)
{
	struct tls_key *key = NULL;
	EVP_PKEY *pair;

	if (load_crypto(error, size) != 0)
		return NULL;
	pair = read_private_key(path);
	if (pair == NULL) {
		fail(path, error, size);
		return NULL;
	}
	key = calloc(1, sizeof(*key));
	if (key != NULL) {
		key->rsa = crypto.EVP_PKEY_get1_RSA(pair);
		key->ec = crypto.EVP_PKEY_get1_EC_KEY(pair);
	}
	crypto.EVP_PKEY_free(pair);
	crypto.ERR_clear_error();
	if (key != NULL && (key->rsa != NULL || key->ec != NULL))
		return key;
	free(key);
	snprintf(error, size, "%s: neither RSA nor ECDSA", path);
	return NULL;
}

void
tls_key_free(struct tls_key *key)
{
	if (key == NULL)
		return;
	crypto.RSA_free(key->rsa);
	crypto.EC_KEY_free(key->ec);
	free(key);
}

static bool
make_mask(unsigned char *mask, size_t len, const unsigned char *seed, size_t seed_len)
{
	const EVP_MD *hash = seed_len == SHA256_DIGEST_LENGTH ? crypto.EVP_sha256()
	    : seed_len == SHA384_DIGEST_LENGTH                ? crypto.EVP_sha384()
	                                                      : crypto.EVP_sha512();

	return crypto.PKCS1_MGF1(mask, (long)len, seed, (long)seed_len, hash) == 0;
}

static void
sign_by_rsa(RSA *rsa, const struct tls_key_request *request, struct tls_key_reply *reply)
{
	bool raw = request->scheme == TLS_KEY_RSA_RAW;
	int made;

	if (crypto.RSA_size(rsa) > TLS_KEY_DATA_MAX)
		return;
	if (raw ? !tls_key_form_is_pss(request->data, request->len,
	              (size_t)crypto.BN_num_bits(crypto.RSA_get0_n(rsa)), make_mask)
	        : !tls_key_form_is_digest_info(request->data, request->len))
		return;
	made = crypto.RSA_private_encrypt((int)request->len, request->data, reply->data, rsa,
	    raw ? RSA_NO_PADDING : RSA_PKCS1_PADDING);
	reply->len = made > 0 ? (uint32_t)made : 0;
}

static void
sign_by_ec(EC_KEY *ec, const struct tls_key_request *request, struct tls_key_reply *reply)
{
	unsigned int made = 0;

	if (!tls_key_form_is_digest(request->len) || crypto.ECDSA_size(ec) > TLS_KEY_DATA_MAX)
		return;
	if (crypto.ECDSA_sign(0, request->data, (int)request->len, reply->data, &made, ec) == 1)
		reply->len = made;
}

void
tls_key_sign(const struct tls_key *key, const struct tls_key_request *request, size_t size,
    struct tls_key_reply *reply)
{
	reply->len = 0;
	if (size < HEADER_BYTES || request->len == 0 || request->len != size - HEADER_BYTES)
		return;
	if (request->scheme == TLS_KEY_ECDSA && key->ec != NULL)
		sign_by_ec(key->ec, request, reply);
	else if ((request->scheme == TLS_KEY_RSA_PKCS1 || request->scheme == TLS_KEY_RSA_RAW) &&
	    key->rsa != NULL)
		sign_by_rsa(key->rsa, request, reply);
	crypto.ERR_clear_error();
}

/*
 * Those who shake hands
 */

void
tls_key_ask_no_more(void)
{
	if (signer >= 0)
		close(signer);
	signer = -1;
}

void
tls_key_ask_at(int fd)
{
	tls_key_ask_no_more();
	signer = fd;
}

void
tls_key_ask_until(bool (*over)(void))
{
	is_over = over;
}

bool
tls_key_is_unanswered(void)
{
	return unanswered;
}

/* Waits for the answer. False: none has come, or this process is to end. */
static bool
await_answer(void)
{
	int64_t due = clock_monotonic_ms() + ANSWER_MS, left;
	struct pollfd ready = { .fd = signer, .events = POLLIN };
	int n = 0;

	while ((left = due - clock_monotonic_ms()) > 0 && (is_over == NULL || !is_over())) {
		n = signals_poll(&ready, 1, left * 1000);
		if (n >= 0 || errno != EINTR)
			break;
	}
	return n > 0;
}

static bool
receive_signature(struct tls_key_reply *reply)
{
	ssize_t got = await_answer() ? recv(signer, reply, sizeof(*reply), MSG_DONTWAIT) : 0;

	unanswered = got <= 0 && (is_over == NULL || !is_over());
	return got > (ssize_t)offsetof(struct tls_key_reply, data) &&
	    reply->len == (size_t)got - offsetof(struct tls_key_reply, data);
}

/* The signature of `most` bytes at most. Its length; 0: there is none. */
static unsigned int
ask_signer(enum tls_key_scheme scheme, const unsigned char *data, int len, unsigned char *to,
    int most)
{
	struct tls_key_request request = { .scheme = scheme, .len = (uint32_t)len };
	struct tls_key_reply reply;
	size_t size = HEADER_BYTES + (size_t)len;
	bool done;

	if (signer < 0 || len <= 0 || len > TLS_KEY_DATA_MAX)
		return 0;
	memcpy(request.data, data, (size_t)len);
	done = send(signer, &request, size, MSG_NOSIGNAL) == (ssize_t)size &&
	    receive_signature(&reply) && reply.len <= (uint32_t)most;
	tls_key_ask_no_more();
	if (!done)
		return 0;
	memcpy(to, reply.data, reply.len);
	return reply.len;
}

static int
sign_rsa_elsewhere(int len, const unsigned char *from, unsigned char *to, RSA *rsa, int padding)
{
	enum tls_key_scheme scheme =
	    padding == RSA_NO_PADDING ? TLS_KEY_RSA_RAW : TLS_KEY_RSA_PKCS1;
	int width = crypto.RSA_size(rsa);

	if (padding != RSA_NO_PADDING && padding != RSA_PKCS1_PADDING)
		return -1;
	return ask_signer(scheme, from, len, to, width) == (unsigned int)width ? width : -1;
}

static int
sign_ec_elsewhere(int type, const unsigned char *digest, int len, unsigned char *signature,
    unsigned int *signature_len, const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
	(void)type;
	(void)kinv;
	(void)r;
	*signature_len = ask_signer(TLS_KEY_ECDSA, digest, len, signature, crypto.ECDSA_size(ec));
	return *signature_len > 0;
}

static bool
make_methods(void)
{
	if (absent_rsa == NULL) {
		absent_rsa = crypto.RSA_meth_dup(crypto.RSA_get_default_method());
		if (absent_rsa != NULL)
			crypto.RSA_meth_set_priv_enc(absent_rsa, sign_rsa_elsewhere);
	}
	if (absent_ec == NULL) {
		absent_ec = crypto.EC_KEY_METHOD_new(crypto.EC_KEY_OpenSSL());
		if (absent_ec != NULL)
			crypto.EC_KEY_METHOD_set_sign(absent_ec, sign_ec_elsewhere, NULL, NULL);
	}
	return absent_rsa != NULL && absent_ec != NULL;
}

int
tls_key_configure(struct tls *tls, struct tls_config *config)
{
	const RSA_METHOD *rsa = crypto.RSA_get_default_method();
	const EC_KEY_METHOD *ec = crypto.EC_KEY_get_default_method();
	char error[1];
	int result;

	crypto.RSA_set_default_method(absent_rsa);
	crypto.EC_KEY_set_default_method(absent_ec);
	result = tls_lib(error, sizeof(error))->tls_configure(tls, config);
	crypto.RSA_set_default_method(rsa);
	crypto.EC_KEY_set_default_method(ec);
	return result;
}

/* Writes a key of RSA whose private numbers are all 1. */
static bool
write_absent_rsa(BIO *memory, const RSA *public)
{
	const BIGNUM *n, *e;
	BIGNUM *one[N_FACTORS];
	RSA *rsa = crypto.RSA_new();
	bool done = rsa != NULL;

	crypto.RSA_get0_key(public, &n, &e, NULL);
	for (int i = 0; i < N_FACTORS; i++)
		one[i] = crypto.BN_dup(crypto.BN_value_one());
	/* What is set belongs to the key. */
	done = done &&
	    crypto.RSA_set0_key(rsa, crypto.BN_dup(n), crypto.BN_dup(e),
	        crypto.BN_dup(crypto.BN_value_one())) == 1;
	if (done && crypto.RSA_set0_factors(rsa, one[0], one[1]) == 1)
		one[0] = one[1] = NULL;
	if (done && crypto.RSA_set0_crt_params(rsa, one[2], one[3], one[4]) == 1)
		one[2] = one[3] = one[4] = NULL;
	for (int i = 0; i < N_FACTORS; i++) {
		done = done && one[i] == NULL;
		crypto.BN_free(one[i]);
	}
	done =
	    done && crypto.PEM_write_bio_RSAPrivateKey(memory, rsa, NULL, NULL, 0, NULL, NULL) == 1;
	crypto.RSA_free(rsa);
	return done;
}

/* Writes the key of the first certificate as if it were private: PEM. */
static bool
write_absent_key(BIO *memory, const char *certificates, size_t len)
{
	BIO *text = crypto.BIO_new_mem_buf(certificates, (int)len);
	X509 *x509 =
	    text == NULL ? NULL : crypto.PEM_read_bio_X509(text, NULL, give_no_passphrase, NULL);
	EVP_PKEY *pair = x509 == NULL ? NULL : crypto.X509_get_pubkey(x509);
	RSA *rsa = pair == NULL ? NULL : crypto.EVP_PKEY_get1_RSA(pair);
	EC_KEY *ec = pair == NULL ? NULL : crypto.EVP_PKEY_get1_EC_KEY(pair);
	bool done = false;

	if (rsa != NULL)
		done = write_absent_rsa(memory, rsa);
	else if (ec != NULL)
		done = crypto.EC_KEY_set_private_key(ec, crypto.BN_value_one()) == 1 &&
		    crypto.PEM_write_bio_ECPrivateKey(memory, ec, NULL, NULL, 0, NULL, NULL) == 1;
	crypto.EC_KEY_free(ec);
	crypto.RSA_free(rsa);
	crypto.EVP_PKEY_free(pair);
	crypto.X509_free(x509);
	crypto.BIO_free(text);
	return done;
}

/* libtls keeps the texts that it gets as long as the context. 0, or -1. */
static int
set_pair(struct tls_config *config, const struct tls_lib *lib, const char *certificates, size_t len,
    BIO *key)
{
	unsigned char *data = NULL;
	long key_len = crypto.BIO_ctrl(key, BIO_CTRL_INFO, 0, &data);

	if (lib->tls_config_set_cert_mem(config, (const unsigned char *)certificates, len) != 0)
		return -1;
	return lib->tls_config_set_key_mem(config, data, (size_t)key_len);
}

int
tls_key_set_absent(struct tls_config *config, const char *certificate, char *error, size_t size)
{
	const struct tls_lib *lib = tls_lib(error, size);
	BIO *memory;
	char *text;
	size_t len;
	int result = -1;

	if (lib == NULL || load_crypto(error, size) != 0)
		return -1;
	text = tls_certificate_read(certificate, &len);
	if (text == NULL) {
		snprintf(error, size, "%s: %s", certificate, strerror(errno));
		return -1;
	}
	memory = crypto.BIO_new(crypto.BIO_s_mem());
	if (memory == NULL || !make_methods() || !write_absent_key(memory, text, len)) {
		fail(certificate, error, size);
	} else {
		result = set_pair(config, lib, text, len, memory);
		if (result != 0)
			snprintf(error, size, "%s", lib->tls_config_error(config));
	}
	crypto.BIO_free(memory);
	free(text);
	crypto.ERR_clear_error();
	return result == 0 ? 0 : -1;
}
