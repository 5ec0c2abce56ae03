/*
 * peer_realm: for integration tests: the realm surabaya with a listener for other realms, and
 * speakers who are malang or batu there, in TLS with their keys.
 */
#ifndef PEER_REALM_H
#define PEER_REALM_H

#include "dialogue.h"

enum peer_realm_key { PEER_MALANG, PEER_BATU, PEER_UNKNOWN, PEER_KEYS };

#define PEER_EPOCH "00000000000000e1"

/* Of the test that runs; speakers that are not opened here speak the realm dialect. */
extern struct realm realm;
extern struct dialogue talk;

/* A test case in which each test has a realm, which it starts by peer_realm_start. */
TCase *peer_realm_tcase(Suite *, const char *name);
/* Writes the configuration; `malang` is the key that it gives that realm. */
void peer_realm_configure(enum peer_realm_key malang, const char *settings);
/* The same with the peers that the settings name; a peer with its pin, on a port without listener.
 */
#define PEER_PINNED "peer \"%s\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"%s\" }\n"
void peer_realm_configure_peers(const char *settings);
void peer_realm_start(void);
const char *peer_realm_fingerprint(enum peer_realm_key);

/* A TCP connection to the listener. */
int peer_realm_connect(void);
/* A speaker is connected with a key, over TCP; or to a kabard -i of its own. */
void peer_realm_speak(char speaker, enum peer_realm_key);
void peer_realm_speak_inetd(char speaker, enum peer_realm_key);
/* Ends the connection without a word. */
void peer_realm_cut(char speaker);

/* dialogue_run(), but ' stands for " in what is said, too. */
#define peer_realm_run(...) peer_realm_run_at(__FILE__, __LINE__, __VA_ARGS__)
void peer_realm_run_at(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Connects malang, greets, and resumes at PEER_EPOCH; gives what is there. */
uint64_t peer_realm_greet(char speaker);
/* Says that lineker writes this to messi. */
void peer_realm_message(char speaker, uint64_t number, const char *text);
/* Hears acknowledgements up to this one, which must come. */
void peer_realm_has(char speaker, uint64_t number);

/* The lines that tell of a file for messi with this content, and its chunk from an offset on. */
void peer_realm_file(char speaker, uint64_t number, const char *name, const void *content,
    size_t len);
void peer_realm_chunk(char speaker, uint64_t number, const void *content, size_t offset,
    size_t len);

#endif
