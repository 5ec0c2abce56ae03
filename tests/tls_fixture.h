/*
 * tls_fixture: for tests of TLS without programs: two realms' keys, and connections between them
 * on this machine's loopback. Everything here fails the running test by itself.
 */
#ifndef TLS_FIXTURE_H
#define TLS_FIXTURE_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/stream.h"
#include "suite.h"

#define TLS_FIXTURE_DIR_MAX     128
#define TLS_FIXTURE_PATIENCE_MS SUITE_PATIENCE_MS

/* State directories, with a key in each, that last as long as the test program. */
extern char tls_fixture_surabaya[TLS_FIXTURE_DIR_MAX];
extern char tls_fixture_malang[TLS_FIXTURE_DIR_MAX];

/* Fixtures for tcase_add_unchecked_fixture: make the directories and their keys, remove them. */
void tls_fixture_make_keys(void);
void tls_fixture_remove_keys(void);

/* An empty directory for a test; and its removal with all that is in it. */
void tls_fixture_dir(char dir[TLS_FIXTURE_DIR_MAX]);
void tls_fixture_wipe(const char *dir);

/* Two connected TCP sockets; with `narrow` their kernels take only a few kB that are not read. */
void tls_fixture_connect(int *near, int *far, bool narrow);

/* A link from surabaya, who dials, to malang, who accepts. */
struct tls_link {
	struct stream surabaya;
	struct stream
	    *malang; /* malang_own, until a test puts another there before the handshake */
	struct stream malang_own;
	int surabaya_fd; /* -1: closed */
	int malang_fd;
	struct tls_config *client; /* surabaya's, to be altered before the handshake */
	struct tls *server;
};

/* Before the handshake. */
void tls_link_open(struct tls_link *, bool narrow);
void tls_link_close(struct tls_link *);
/* Takes both sides of the handshake as far as they come; each gives 0 or its errno. */
void tls_link_shake(struct tls_link *, int *surabaya, int *malang);
/* Opens one and shakes hands, which must succeed. */
void tls_link_up(struct tls_link *, bool narrow);

/* Waits until the stream has something to read, or can read on. */
void tls_fixture_await(const struct stream *);
/* Writes all of it; reads as many bytes. */
void tls_fixture_write(struct stream *, const void *data, size_t len);
void tls_fixture_read(struct stream *, void *data, size_t len);
/* Reads a byte: returns the first result of stream_read that is not EAGAIN. */
ssize_t tls_fixture_next(struct stream *);

#endif
