/*
 * tls_realm: for integration tests: a realm whose listeners speak TLS, and ways to them: a stream,
 * or for a dialogue a relay that speaks TLS in the speaker's stead.
 */
#ifndef TLS_REALM_H
#define TLS_REALM_H

#include "dialogue.h"
#include "tls_fixture.h"

enum tls_realm_place { TLS_REALM, TLS_ROOM, TLS_FILES, TLS_PLACES };

/* Of the test that runs. */
extern struct realm realm;
extern struct dialogue talk;

/* A test case in which each test has a realm, which it starts by tls_realm_start. */
TCase *tls_realm_tcase(Suite *, const char *name);
/*
 * Writes the configuration: a listener for each place, of the dialects realm, room and files, with
 * these settings inside the first, which is "safe", and those besides. Either may be NULL.
 */
void tls_realm_configure(const char *safe, const char *settings);
void tls_realm_start(void);
/* Sends SIGHUP and waits until the log says so. */
void tls_realm_reload(const char *says);

/* A TCP connection; with `narrow` its kernel takes only a few kB that are not read. */
int tls_realm_connect(enum tls_realm_place, bool narrow);
/* One in TLS, after the handshake, that believes any certificate; its descriptor is its in_fd. */
void tls_realm_open(struct stream *, enum tls_realm_place);
void tls_realm_close(struct stream *);
/* A speaker of the dialogue is connected in TLS; a process of its own relays. */
void tls_realm_speak(char speaker, enum tls_realm_place);
/* Puts TLS as a client on a socket, and relays: what is returned is plain. */
int tls_realm_relay(int fd);

/* Returns realm_key_fingerprint() of this directory. */
const char *tls_realm_fingerprint(const char *state);
/* A directory with the files realm.crt and realm.key, of another key each time. */
void tls_realm_new_key(char dir[TLS_FIXTURE_DIR_MAX]);

#endif
