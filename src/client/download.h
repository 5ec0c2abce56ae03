/*
 * client_download: a reply that has a file in it, taken as it comes: the content of its member
 * "data" is decoded into a descriptor, and only the rest is kept. Where the bytes come from, and
 * under which name the file ends, is left to others.
 */
#ifndef KABAR_CLIENT_DOWNLOAD_H
#define KABAR_CLIENT_DOWNLOAD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base64.h"

#define CLIENT_DOWNLOAD_HEAD 65536                /* bytes of a reply without its content */
#define CLIENT_DOWNLOAD_MAX  (1024 * 1024 * 1024) /* bytes of a file */

enum client_download_result {
	CLIENT_DOWNLOAD_MORE,     /* not the whole reply has come */
	CLIENT_DOWNLOAD_DONE,     /* it has: see client_download_reply() */
	CLIENT_DOWNLOAD_PROTOCOL, /* what came is no reply, or longer than it may be */
	CLIENT_DOWNLOAD_WRITE,    /* the descriptor takes no more; errno */
};

/* The fields are download.c's own, but for written and size. */
struct client_download {
	int fd;
	uint64_t written; /* bytes of the file */
	uint64_t size;    /* what the reply says it has, before its content; 0: not told */
	uint64_t max;
	char *head; /* the reply, with an empty content */
	size_t head_len;
	size_t string; /* where the last string of the head begins */
	unsigned int depth;
	bool in_string;
	bool escaped;
	bool is_data; /* the string that follows is the content */
	bool in_data;
	bool has_data;
	struct base64_decoder decoder;
};

/* Begins, for a file of max bytes at most; the descriptor stays the caller's. False without memory.
 */
bool client_download_begin(struct client_download *, int fd, uint64_t max);
void client_download_free(struct client_download *);
/* Takes bytes. *used is how many of them; those behind the end of the reply are left. */
enum client_download_result client_download_feed(struct client_download *, const char *data,
    size_t len, size_t *used);
/*
 * The reply once it is whole, which the caller gives back; its "data" is empty. NULL: it is no
 * JSON, or its content was cut, or not as long as the reply said. One that tells of no file has
 * written nothing.
 */
json_t *client_download_reply(struct client_download *);

#endif
