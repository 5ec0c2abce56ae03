/*
 * client_known_keys: the fingerprints of the servers' certificates, each remembered when a server
 * was first used: lines "HOST:PORT SHA256:HEX" in known_keys of the state.
 */
#ifndef KABAR_CLIENT_KNOWN_KEYS_H
#define KABAR_CLIENT_KNOWN_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_FINGERPRINT 72 /* "SHA256:", 64 lower-case hex digits and NUL */

/* Whether the text is a fingerprint: "SHA256:" and 64 hex digits. */
bool client_known_keys_valid(const char *fingerprint);
/*
 * Looks a server up. 1: known is its fingerprint; 0: it was never seen; -1 with errno: the file
 * cannot be read (EINVAL: any line of it is something else), and nothing is to be trusted.
 */
int client_known_keys_find(const char *host, uint16_t port, char known[CLIENT_FINGERPRINT]);
/*
 * Remembers a server's fingerprint; with `replace` also in place of another one. 0, or -1 with
 * errno; EEXIST: another one has been remembered meanwhile.
 */
int client_known_keys_remember(const char *host, uint16_t port, const char *fingerprint,
    bool replace);

#endif
