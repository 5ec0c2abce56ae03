/*
 * store_checkpoint: makes the synced copy of the tables and the current file of logs from which,
 * with the journal since then, store_recover makes a store whole after a power cut. The files of a
 * running store are not synced.
 */
#ifndef KABAR_STORE_CHECKPOINT_H
#define KABAR_STORE_CHECKPOINT_H

struct store;

/*
 * To be called after each batch, and after each SIGCHLD: begins a checkpoint when the journal has
 * grown by checkpoint_bytes since the last, ends the one that is under way when its child has
 * synced the copies, and gives the journal before it back. Never waits.
 */
void store_checkpoint_turn(struct store *);
/* Makes one and waits for it. 0, or -1 with errno set. */
int store_checkpoint_make(struct store *);
/*
 * For a writer that ends in good order, before it closes the files: syncs them and takes the mark
 * away, so that the next writer needs neither checkpoint nor journal. 0, or -1 with errno set.
 */
int store_checkpoint_leave(struct store *);

#endif
