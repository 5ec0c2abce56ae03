/*
 * tls_lib: libtls, loaded only by processes that speak TLS. If it were linked, it and its own
 * libraries would cost each worker of inetd some 500 kB, and each worker of kabard 7 kB and a tenth
 * of its time, even in realms without TLS.
 */
#ifndef KABAR_TLS_LIB_H
#define KABAR_TLS_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <tls.h>

#define TLS_LIB_FUNCTIONS(USE)                 \
	USE(tls_accept_cbs)                    \
	USE(tls_client)                        \
	USE(tls_close)                         \
	USE(tls_config_error)                  \
	USE(tls_config_free)                   \
	USE(tls_config_insecure_noverifycert)  \
	USE(tls_config_insecure_noverifyname)  \
	USE(tls_config_insecure_noverifytime)  \
	USE(tls_config_new)                    \
	USE(tls_config_set_ca_file)            \
	USE(tls_config_set_cert_mem)           \
	USE(tls_config_set_ciphers)            \
	USE(tls_config_set_key_mem)            \
	USE(tls_config_set_keypair_file)       \
	USE(tls_config_set_protocols)          \
	USE(tls_config_verify_client)          \
	USE(tls_config_verify_client_optional) \
	USE(tls_configure)                     \
	USE(tls_connect_cbs)                   \
	USE(tls_error)                         \
	USE(tls_free)                          \
	USE(tls_handshake)                     \
	USE(tls_peer_cert_hash)                \
	USE(tls_read)                          \
	USE(tls_server)                        \
	USE(tls_write)

/* Of TLS 1.2: authenticated encryption with keys of which nobody can decrypt what was recorded. */
#define TLS_LIB_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

#define TLS_LIB_POINTER(name) __typeof__(name) *name;

/* Its functions, by their own names. */
struct tls_lib {
	TLS_LIB_FUNCTIONS(TLS_LIB_POINTER)
};

/* Loaded at the first call, for good. NULL with a sentence in error. */
const struct tls_lib *tls_lib(char *error, size_t size);

/*
 * Looks a function up in the library and those that came with it, once tls_lib() has loaded them.
 * What *pointer is set to has the size of a function's address. False: there is none.
 */
bool tls_lib_find(const char *name, void *pointer, size_t size);

#endif
