/*
 * bridge_file: the content of a file on its way to a peer, chunk by chunk from the offset that the
 * peer wants. The request that offers the file is left to bridge_protocol. A content that cannot be
 * read is remembered, so that it is not offered again and again.
 */
#ifndef KABAR_BRIDGE_FILE_H
#define KABAR_BRIDGE_FILE_H

#include "chat/realm/outbound.h"
#include "net/wire.h"

struct bridge_file {
	uint64_t number; /* of the message, 0: no file is under way */
	uint64_t size;
	uint64_t offset; /* of the next chunk */
	bool wanted;     /* the peer has answered from which offset on */
	int fd;
	uint64_t broken; /* number of a message whose content could not be read */
};

void bridge_file_init(struct bridge_file *);
/*
 * Opens the content before it is offered. 0, or -1 with errno. ENOENT: the content is missing or
 * damaged, for good; else a later try may do.
 */
int bridge_file_open(struct bridge_file *, const struct config *, uint64_t number,
    const struct chat_outbound *);
/* No file is under way any more: the peer has or refuses it, or the link has ended. */
void bridge_file_close(struct bridge_file *);

/* Whether a file is under way, so that other messages wait; whether chunks can be sent. */
bool bridge_file_busy(const struct bridge_file *);
bool bridge_file_sending(const struct bridge_file *);
/* The peer wants the file from this offset on. NULL, or what is wrong with that. */
const char *bridge_file_want(struct bridge_file *, uint64_t number, uint64_t offset);
/* Sends the next chunk. 0, or -1 when the content cannot be read: it is not offered again. */
int bridge_file_send(struct bridge_file *, struct wire *);

#endif
