/*
 * receive_fixture: what the tests of receiving from another realm share, over file_fixture: the
 * realm malang, messages of its user lineker, and what became of them. Everything here fails the
 * running test by itself.
 */
#ifndef RECEIVE_FIXTURE_H
#define RECEIVE_FIXTURE_H

#include "chat/realm/receive.h"
#include "file_fixture.h"

#define RECEIVE_EPOCH 0x0123456789abcdefULL

/* Makes the realm; to be called in each test that begins with an empty one. */
struct chat_peer receive_peer(const char *name);
/* A link of malang's that has proven itself, at this epoch. */
void receive_begin(struct chat_receive *, uint64_t epoch);

/* Messages; the texts are the caller's. */
struct chat_inbound receive_outbound(enum chat_outbound_kind, const char *to, const char *text);
#define RECEIVE_USER(to, text)  receive_outbound(CHAT_OUTBOUND_USER, to, text)
#define RECEIVE_LIST(to, text)  receive_outbound(CHAT_OUTBOUND_LIST, to, text)
#define RECEIVE_GROUP(to, text) receive_outbound(CHAT_OUTBOUND_GROUP, to, text)
/* A file with this content, which is not kept by this. */
struct chat_inbound receive_file(enum chat_outbound_kind, const char *to, const char *name,
    const char *content);

/* Takes them, and demands CHAT_OK. */
void receive_take(struct chat_receive *, struct chat_inbound *, size_t n);
/* Takes one, and gives what it was refused for. */
const char *receive_one(struct chat_receive *, struct chat_inbound);

/*
 * Returns the messages from malang for a user or group, as "SENDER@REALM>TO: TEXT" each, divided by
 * newlines; the string lasts until the next call.
 */
const char *receive_heard(uint64_t destination);
/* The kept refusals behind a number, as "NUMBER REASON" each, divided by newlines. */
const char *receive_refusals(struct chat_receive *, uint64_t after);

#endif
