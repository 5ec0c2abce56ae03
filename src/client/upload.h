/*
 * client_upload: a file as BASE64 behind a request that has begun, read as the connection takes it.
 */
#ifndef KABAR_CLIENT_UPLOAD_H
#define KABAR_CLIENT_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base64.h"
#include "client/connection.h"

struct client_upload {
	int fd;
	uint64_t read; /* bytes of the file */
	bool ended;    /* all of it, and the end of the request, was gathered */
	struct base64_encoder encoder;
};

/* Begins; the descriptor stays the caller's. */
void client_upload_begin(struct client_upload *, int fd);
/* Gathers as much as the connection takes for now. 0, or -1 with errno: the file cannot be read. */
int client_upload_step(struct client_upload *, struct client_connection *);
/*
 * Writes the name under which a file of this path goes over the wire: its last part, with
 * underscores for spaces. False: it cannot be sent.
 */
bool client_upload_name(const char *path, char name[256]);

#endif
