/*
 * transfer: one file on its way to or from the server, over a connection of its own, so that the
 * conversation goes on beside it.
 */
#ifndef KABAR_CLIENT_SCREEN_TRANSFER_H
#define KABAR_CLIENT_SCREEN_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "client/account.h"
#include "client/connection.h"
#include "client/download.h"
#include "client/upload.h"

enum client_screen_transfer_state {
	CLIENT_SCREEN_TRANSFER_IDLE,
	CLIENT_SCREEN_TRANSFER_SENDING,
	CLIENT_SCREEN_TRANSFER_FETCHING,
	CLIENT_SCREEN_TRANSFER_DONE,   /* to be taken by the caller, who then calls stop */
	CLIENT_SCREEN_TRANSFER_FAILED, /* the same */
};

struct client_screen_transfer {
	enum client_screen_transfer_state state;
	struct client_connection *connection; /* NULL: none was needed so far */
	char *request;                        /* what is still to be written before the file */
	char *name;         /* of the file, clean; where a fetched one lies once it is done */
	char key[40];       /* of what is sent; "": it is fetched */
	int fd;             /* of the file; below 1: none */
	char temporary[64]; /* where it is written while it comes; "": none */
	bool opened;        /* the request is written */
	uint64_t size;      /* 0: not known */
	uint64_t done;
	int64_t begun_ms; /* monotonic, as the next */
	int64_t moved_ms; /* when something went or came last */
	size_t rest;      /* bytes that had come then and were not taken */
	int percent;      /* that was shown last */
	struct client_upload upload;
	struct client_download download;
	json_t *reply;                       /* of what was sent; NULL: the connection has failed */
	char error[CLIENT_CONNECTION_ERROR]; /* why it failed; clean */
	bool lost;                           /* the connection was lost: it may be tried again */
};

void client_screen_transfer_free(struct client_screen_transfer *);
/* What is under way fails. */
void client_screen_transfer_cancel(struct client_screen_transfer *);
/* Ends what is under way, and forgets it. */
void client_screen_transfer_stop(struct client_screen_transfer *);
/*
 * Begins to send a file, as the message with this key, or to fetch the one of this name into the
 * working directory. False with an error: it cannot, and nothing has begun.
 */
bool client_screen_transfer_send(struct client_screen_transfer *, const struct client_account *,
    const char *fingerprint, const char *key, const char *who, const char *path);
bool client_screen_transfer_fetch(struct client_screen_transfer *, const struct client_account *,
    const char *fingerprint, const char *who, const char *name);

void client_screen_transfer_polls(struct client_screen_transfer *, struct polls *);
/* As client_connection_wait_ms(). */
int client_screen_transfer_wait_ms(struct client_screen_transfer *);
/* True: there is something new to be seen. */
bool client_screen_transfer_step(struct client_screen_transfer *, const struct polls *);
/*
 * A name for a file in a directory: the last part of what the server calls it, without dots and
 * dashes at its beginning; "file" where nothing is left. The caller frees it; NULL without memory.
 */
char *client_screen_transfer_name(const char *name);

#endif
