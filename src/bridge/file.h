/*
 * bridge_file: the content of a file on its way to a peer, from where the peer wants it, piece by
 * piece. The line that offers the file is bridge_protocol's.
 */
#ifndef KABAR_BRIDGE_FILE_H
#define KABAR_BRIDGE_FILE_H

#include "chat/realm/outbound.h"
#include "net/wire.h"

struct bridge_file {
	uint64_t number; /* of the letter, 0: no file is under way */
	uint64_t size;
	uint64_t offset; /* where the next piece begins */
	bool wanted;     /* the peer has said from where on */
	int fd;
	uint64_t broken; /* number of a letter whose content was found to be damaged */
};

void bridge_file_init(struct bridge_file *);
/*
 * Opens the content before it is offered. 0, or -1 with errno: ENOENT when it is not there as it
 * should be, and never will.
 */
int bridge_file_open(struct bridge_file *, const struct config *, uint64_t number,
    const struct chat_outbound *);
/* The link is gone, or the peer has or refuses the file: what was under way is not any more. */
void bridge_file_close(struct bridge_file *);

/* Whether other numbers have to wait, and whether pieces can be sent. */
bool bridge_file_busy(const struct bridge_file *);
bool bridge_file_sending(const struct bridge_file *);
/* The peer says from where on it wants the file. NULL, or what is wrong with that. */
const char *bridge_file_want(struct bridge_file *, uint64_t number, uint64_t offset);
/* Sends the next piece. 0, or -1 when the content cannot be read; that will not be tried again. */
int bridge_file_piece(struct bridge_file *, struct wire *);

#endif
