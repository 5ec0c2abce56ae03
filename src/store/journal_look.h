/*
 * store_journal_look: looks through a whole journal without changing it, for check and repair. A
 * committer may append meanwhile: what it is writing is at the very end.
 */
#ifndef KABAR_STORE_JOURNAL_LOOK_H
#define KABAR_STORE_JOURNAL_LOOK_H

#include "store/journal.h"

/* Batches that are missing before others that are there. */
struct store_journal_hole {
	uint64_t segment; /* the number by which the file is named */
	uint64_t at;      /* the byte in it where they should begin */
	uint64_t first;
	uint64_t last;
	bool is_end; /* no batch behind it was to be synced: who opens the journal ends it here */
};

struct store_journal_look {
	/*
	 * Called for each whole batch, in order, behind holes, too, while nobody writes; NULL: none
	 * is wanted.
	 */
	store_journal_visit *visit;
	void *arg;
	/* Found: */
	uint64_t first;   /* the number by which the oldest segment is named */
	uint64_t end;     /* of the newest whole batch; first - 1: there is none */
	uint64_t synced;  /* of the newest that was to be synced; 0: there is none */
	uint64_t batches; /* whole ones */
	uint64_t bytes;   /* of their records */
	uint64_t torn;    /* at the end: bytes of a batch that was half written */
	bool newer;       /* a newer version wrote to it */
	bool gone;        /* all that was listed was given up meanwhile */
	struct store_journal_hole *holes;
	size_t n_holes;
};

/*
 * 0, the value with which visit stopped it, or -1 with a sentence in error: there is no journal, it
 * cannot be read, or a newer version wrote to it. The holes are to be freed in any case.
 */
int store_journal_look(const char *directory, struct store_journal_look *, char *error,
    size_t size);
void store_journal_look_free(struct store_journal_look *);

#endif
