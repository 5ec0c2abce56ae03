/*
 * store_repair: puts a damaged store right, as far as store knows what it holds: its files, its
 * logs. Only for who holds the store (store_hold). What the records mean is left to chat.
 */
#ifndef KABAR_STORE_REPAIR_H
#define KABAR_STORE_REPAIR_H

#include "store/store.h"
#include "store/store_admin.h"

/* Entries of a log that are gone. */
struct store_loss {
	uint64_t log;
	uint64_t first; /* numbers */
	uint64_t last;
};

struct store_repair {
	const struct store_options *opt;
	store_report *report; /* lost: what is lost; else what was repaired */
	void *arg;
	/* Whether the data of an entry is one of the caller's, and can be kept. */
	bool (*judge)(void *arg, const void *data, size_t len);

	unsigned int changes; /* what was repaired */
	bool tables_damaged;  /* records of them are, or may be, lost */
	bool logs_damaged;
	bool state_damaged; /* what lies with the logs may be older than they are, or lost */
	struct store_loss *losses;
	size_t n_losses;
	size_t losses_size;
	/* Of the files of logs that were made anew: the seqs that they may hold. */
	struct {
		uint64_t first;
		uint64_t end;
	} * files;
	size_t n_files;
};

void store_repair_free(struct store_repair *);
/* "repaired" or "lost", and a sentence. */
void store_repair_say(struct store_repair *, bool lost, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Makes files anew that cannot be read, out of what can be saved from them; the old ones go to the
 * directory damaged. Nobody may have the store open. 0, or -1 with a sentence in error; where that
 * says that a file is not this program's to repair, nothing was touched.
 */
int store_repair_files(struct store_repair *, char *error, size_t size);

/*
 * Makes an open store one that this process writes to itself, without the committer, until it is
 * closed. 0 or -1.
 */
int store_repair_begin(struct store_repair *, struct store *);
/*
 * Links all entries that can be kept so that they can be read, in their order and with their
 * numbers, over those that are lost; those are added to losses. 0, or -1: it failed half-way, and
 * can be done again.
 */
int store_repair_logs(struct store_repair *, struct store *);
/* A number that no log that there is exceeds. 0 or -1. */
int store_repair_last_log(struct store *, uint64_t *last);
/* Lets a log take entries again that was closed by mistake. 0 or -1. */
int store_repair_reopen(struct store_repair *, struct store *, uint64_t log);

#endif
