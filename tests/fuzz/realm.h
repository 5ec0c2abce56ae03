/*
 * realm: a realm in memory for fuzz targets, made anew for each input: the users messi, henderson
 * and the administrator lineker, each with a session; the group kopi of the first two; the peer
 * malang and the older server medan.
 */
#ifndef FUZZ_REALM_H
#define FUZZ_REALM_H

#include "chat/chat.h"
#include "chat/realm/peer.h"
#include "chat/session.h"

#define FUZZ_PASSWORD    "rahasia"
#define FUZZ_USERS       3
#define FUZZ_LEGACY      "127.0.0.7" /* the address of medan */
#define FUZZ_FINGERPRINT "SHA256:0000000000000000000000000000000000000000000000000000000000000000"

extern struct config fuzz_config;
extern struct chat_session fuzz_sessions[FUZZ_USERS];

/*
 * Makes the directory, which goes with the process, and silences the log, unless FUZZ_LOG is set.
 * Returns 0. */
int fuzz_realm_init(void);
/* Opens a new realm; closes it, unless that was done, and removes its files. */
void fuzz_realm_open(struct chat *);
void fuzz_realm_close(struct chat *);
struct chat_peer fuzz_realm_peer(struct chat *, const char *name);
/* What a check finds damaged or lost after an input is the input's doing. */
void fuzz_realm_check(struct chat *);

/* A file without a name that holds these bytes, at its beginning. */
int fuzz_realm_file(const void *data, size_t len);
/* Reads it as a string, to be freed. */
char *fuzz_realm_contents(int fd, size_t *len);

#endif
