/*
 * chat_check_rule: what must be true of each record of a table. Only chat_check uses it.
 */
#ifndef KABAR_CHAT_CHECK_RULE_H
#define KABAR_CHAT_CHECK_RULE_H

#include "chat/chat.h"

#define CHAT_CHECK_TEXT  512
#define CHAT_CHECK_VALUE 2048 /* no record of these tables has more */

enum chat_delivery_result {
	CHAT_SOUND,
	CHAT_STALE, /* of no use any more, and of no harm: counted only */
	CHAT_ODD,   /* worth a warning */
	CHAT_LOST,
	CHAT_UNKNOWN /* the store failed */
};

typedef void chat_check_found(void *arg, bool lost, const char *text);

struct chat_check_row {
	const unsigned char *key;
	size_t key_len;
	unsigned char value[CHAT_CHECK_VALUE];
	size_t len;
	char text[CHAT_CHECK_TEXT]; /* of a finding: a sentence */
};

struct chat_check_rule {
	enum store_table table;
	enum chat_delivery_result (*check)(struct chat *, struct chat_check_row *);
	const char *stale; /* what the table's stale records are; NULL where there are none */
};

/* Writes the sentence of a finding, and gives the verdict back. */
enum chat_delivery_result chat_check_say(struct chat_check_row *, enum chat_delivery_result,
    const char *format, ...) __attribute__((format(printf, 3, 4)));

const struct chat_check_rule *chat_check_rules(size_t *n);

#endif
