/*
 * bench_fill: accounts, groups and old messages, put into a store that nobody serves yet,
 * many at a time. No password is hashed but one: all accounts have it.
 */
#ifndef BENCH_FILL_H
#define BENCH_FILL_H

#include "chat/chat.h"

#define FILL_NAME     "u%06u" /* an account's name, by its index */
#define FILL_GROUP    "g%u"   /* a group's, by the number of its members */
#define FILL_PASSWORD "rahasia"
#define FILL_TEXT     100 /* bytes of a message */

/* FILL_TEXT bytes and a NUL. */
const char *fill_text(void);

/* Accounts first ... first + count - 1, hashed at this cost. 0, or -1 with a sentence printed. */
int fill_accounts(struct chat *, unsigned int first, unsigned int count, int cost);
/* A group of the accounts 0 ... members - 1. */
int fill_group(struct chat *, unsigned int members);
/* count messages to each of the accounts first ... first + accounts - 1, turn by turn. */
int fill_messages(struct chat *, unsigned int first, unsigned int accounts, unsigned int count);
/* count messages between two accounts, either side's in turn. */
int fill_conversation(struct chat *, unsigned int one, unsigned int other, unsigned int count);
/* Marks all messages of an account as read. */
int fill_read_all(struct chat *, unsigned int account);

#endif
