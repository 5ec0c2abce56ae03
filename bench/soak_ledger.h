/*
 * soak_ledger: who was sent what, and what of it was read. A message is known by its sender and
 * its number, which the sender counts up; only what is still to be read is kept.
 */
#ifndef SOAK_LEDGER_H
#define SOAK_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_READERS 128
#define LEDGER_SENDERS 128

enum ledger_outcome {
	LEDGER_ACKNOWLEDGED,
	LEDGER_REFUSED,
	LEDGER_UNKNOWN /* no answer: it may be there or not */
};

enum ledger_reading {
	LEDGER_NEW,
	LEDGER_AGAIN,     /* shown before over a connection that broke, which is allowed */
	LEDGER_DOUBLED,   /* shown before, or refused, or never sent to this reader */
	LEDGER_DISORDERED /* something that the same sender sent later was shown before */
};

struct ledger;

/* NULL when there is no memory. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *);

/* A sender's next message, to these readers; its number. To be said before it is sent. */
uint32_t ledger_begin(struct ledger *, unsigned int sender, const unsigned int readers[],
    unsigned int n_readers, bool is_file);
/* Records the outcome; returns false when the message was refused but read all the same. */
bool ledger_end(struct ledger *, unsigned int sender, uint32_t number, const unsigned int readers[],
    unsigned int n_readers, enum ledger_outcome);

/*
 * A reply follows, in which a reader is shown messages. Where it has several lists of the same
 * sender's they are in order only within each.
 */
void ledger_reply(struct ledger *, unsigned int reader, bool has_lists);
/* The reader is shown a message over a connection. */
enum ledger_reading ledger_read(struct ledger *, unsigned int reader, unsigned int sender,
    uint32_t number, unsigned int connection);
/* The reader's next request on it was answered: nothing of that may be shown again. */
void ledger_confirm(struct ledger *, unsigned int reader, unsigned int connection);
/* The reader's dialect passes over messages that tell of files. */
void ledger_hide_files(struct ledger *, unsigned int reader);

/*
 * Says what is still known of a message that was over for this reader, to explain a fault: how and
 * when, on which connection it was shown.
 */
void ledger_explain(struct ledger *, unsigned int reader, unsigned int sender, uint32_t number,
    char *text, size_t size);

/* How many acknowledged messages a reader has not been shown. */
size_t ledger_unread(struct ledger *, unsigned int reader);
/* Calls fn for each of them. */
void ledger_each_unread(struct ledger *, unsigned int reader,
    void (*fn)(void *arg, unsigned int sender, uint32_t number, int64_t age_ms), void *arg);

#endif
