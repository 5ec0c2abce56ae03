/*
 * store_fsck findings: a check tells them, and a repair puts them right and tells them in the same
 * sentences. A check is a repair that saves nothing: struct store_fsck says which of the two runs.
 */
#ifndef KABAR_STORE_FSCK_FINDING_H
#define KABAR_STORE_FSCK_FINDING_H

#include "store/store.h"

enum store_finding_class {
	STORE_FOUND_WARNING, /* costs some space, or will go by itself: a repair leaves it */
	STORE_FOUND_STALE,   /* does no harm, and a repair removes it */
	STORE_FOUND_DAMAGED, /* cannot be read or found until a repair puts it right */
	STORE_FOUND_LOST,    /* is gone: no repair brings it back */
	STORE_FOUND_CLASSES
};

struct store_finding {
	enum store_finding_class class;
	int table;          /* whose record it is about; 0: no table's */
	const char *record; /* the key of that record as a text; "": no single one */
	uint64_t log;       /* 0: no log's */
	const char *text;   /* a sentence that names what it is about */
};

typedef void store_fsck_report(void *arg, const struct store_finding *);

/* Entries of a log that are gone. */
struct store_loss {
	uint64_t log;
	uint64_t first; /* numbers */
	uint64_t last;
};

struct store_fsck {
	const struct store_options *opt;
	bool dry; /* a check: nothing is written, and others may write meanwhile */
	store_fsck_report *report;
	void *arg;
	/* Whether the data of an entry is one of the caller's; NULL: any data is. */
	bool (*judge)(void *judge_arg, const void *data, size_t len);
	void *judge_arg;
	/* Whether the keys of a table begin with the id of a log; NULL: those of none do. */
	bool (*has_id)(int table);

	size_t found[STORE_FOUND_CLASSES];
	bool tables_damaged; /* records of them are, or may be, lost */
	bool logs_damaged;
	bool state_damaged; /* what lies with the logs may be older than they are, or lost */
	unsigned int noted; /* which of these store_fsck_unfinished has */
	uint64_t entries;   /* of each log, as far as they were counted */
	struct store_loss *losses;
	size_t n_losses;
	/* The seqs that those files of logs may hold that are damaged. */
	struct store_fsck_range {
		uint64_t first;
		uint64_t end;
	} * files;
	size_t n_files;
};

void store_fsck_free(struct store_fsck *);
/* Counts a finding and reports it. */
void store_fsck_tell(struct store_fsck *, const struct store_finding *);
/* Counts and reports a finding about a log (0: about no log). */
void store_fsck_say(struct store_fsck *, enum store_finding_class, uint64_t log, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
/* The findings so far in a number: 0 none, 1 warnings only, 2 something is damaged or lost. */
int store_fsck_result(const struct store_fsck *);
/*
 * The class of an entry that was not found: a check cannot say what a repair would find of it in a
 * damaged file.
 */
enum store_finding_class store_fsck_loss_class(const struct store_fsck *);
/* Adds entries to the losses. 0, or -1 without memory. */
int store_fsck_lose(struct store_fsck *, uint64_t log, uint64_t first, uint64_t last);

/*
 * Checks while others write: looks again until two looks say the same, and reports what all of them
 * have said. look fills in its part of a struct store_fsck that is made for it, looks, and returns
 * 0 or -1. The result is that of store_fsck_result, or -1 after what was found until then.
 */
typedef int store_fsck_look(void *look_arg, struct store_fsck *);
int store_fsck_confirm(store_fsck_look *, void *look_arg, store_fsck_report *, void *arg);

#endif
