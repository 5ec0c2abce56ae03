/* What the files of dialect/enter share. Nobody else includes it. */
#ifndef KABAR_DIALECT_ENTER_INT_H
#define KABAR_DIALECT_ENTER_INT_H

#include "dialect/dialect.h"

/*
 * Before the store speaks for another: it can note what a user has got only while it speaks for
 * that user. So what is under way has some time to arrive.
 */
void dialect_enter_settle(struct dialog *);
/* After the gate's yes: the store is open and speaks for whom that was. False: it cannot be. */
bool dialect_enter_go_in(struct dialog *);
/* Overwrites a secret where it lies: the frame's buffer may lie in memory for long. */
void dialect_enter_wipe(struct chat_text);

#endif
