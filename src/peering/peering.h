/*
 * peering: the protocol between realms, kabar-peering(7): its limits, and the numbers that both
 * requests and replies have. request and reply write and read its lines, object the messages in
 * them, tls says how realms prove who they are. in/ serves a realm that delivers here; the side
 * that dials is bridge.
 */
#ifndef KABAR_PEERING_H
#define KABAR_PEERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEERING_VERSION 1

#define PEERING_WINDOW       4096              /* messages that may be unacknowledged */
#define PEERING_WINDOW_BYTES (4 * 1024 * 1024) /* and bytes of their lines */

#define PEERING_LINE_MAX  (512 * 1024) /* bytes of a request, without the end of its line */
#define PEERING_REPLY_MAX (64 * 1024)  /* bytes of a reply, with its end */
#define PEERING_CHUNK_MAX (48 * 1024)  /* bytes of a file in one request */

/* The limits that the realm that is dialled grants in its greeting. */
struct peering_window {
	uint64_t messages; /* unacknowledged at a time */
	uint64_t bytes;    /* of their lines */
	uint64_t file_max; /* bytes of a file */
};

#define PEERING_EPOCH_SIZE 17 /* an epoch as text, with a NUL */

/* 16 lower-case hexadecimal digits. */
void peering_write_epoch(char text[PEERING_EPOCH_SIZE], uint64_t epoch);
bool peering_read_epoch(const char *, size_t len, uint64_t *epoch);
/* A decimal number up to INT64_MAX, which is what JSON has. */
bool peering_read_number(const char *, size_t len, uint64_t *);

#endif
