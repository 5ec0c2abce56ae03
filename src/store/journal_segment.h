/*
 * store_journal_segment: the files of a journal. A segment is named by the number of its first
 * batch and holds records one behind the other; zeros follow, or records that a spare segment had
 * when it was given up, whose numbers are lower.
 */
#ifndef KABAR_STORE_JOURNAL_SEGMENT_H
#define KABAR_STORE_JOURNAL_SEGMENT_H

#include "store/journal_record.h"

struct store_journal_segment {
	uint64_t first; /* the number of its first batch */
	uint64_t bytes; /* of the file */
};

/* The content of a segment, of which the records are read one after the other. */
struct store_journal_scan {
	unsigned char *bytes;
	size_t len;
	size_t at;       /* where the next record is expected */
	uint64_t number; /* and its number */
	size_t found;    /* STORE_JOURNAL_SCAN_HOLE: where the record was found instead */
};

enum store_journal_scan_result {
	STORE_JOURNAL_SCAN_RECORD,
	STORE_JOURNAL_SCAN_END,  /* no record with this number, nor with a higher one, follows */
	STORE_JOURNAL_SCAN_HOLE, /* one does, but not here */
	STORE_JOURNAL_SCAN_NEWER /* one does, and a newer version wrote it */
};

/* The path of a segment; a spare one has the name of its last use. */
void store_journal_segment_path(char *path, size_t size, const char *directory, uint64_t first,
    bool spare);
/*
 * Lists the segments by number, or the spare ones; the caller frees the list. 0, or -1 with errno
 * set.
 */
int store_journal_segment_list(const char *directory, bool spare,
    struct store_journal_segment **list, size_t *n);
/*
 * The same of the segments of a journal that has to be there. 0, or -1 with a sentence in error and
 * errno set, ENOENT: there is none. The caller frees the list in any case.
 */
int store_journal_segment_find(const char *directory, struct store_journal_segment **list,
    size_t *n, char *error, size_t size);
/* Opens a segment for writing: a descriptor, or -1 with errno set. */
int store_journal_segment_open(const char *directory, uint64_t first);
/* Says that a journal cannot be read, and why, by errno, which stays. -1. */
int store_journal_segment_fail(const char *directory, char *error, size_t size);
/*
 * Reads a segment for a scan from its beginning on. 0, or -1 with errno set: ENOENT also when it
 * was given up while it was read.
 */
int store_journal_segment_load(const char *directory, uint64_t first, struct store_journal_scan *);
void store_journal_segment_free(struct store_journal_scan *);
/*
 * Reads the next record: one that is found goes into `record`, and the scan goes behind it if it
 * stands where it is expected.
 */
enum store_journal_scan_result store_journal_segment_next(struct store_journal_scan *,
    struct store_journal_record *record);
/* Goes on with the record that was found behind a hole. */
void store_journal_segment_skip(struct store_journal_scan *, const struct store_journal_record *);
/* How many bytes a broken record claims at the end; 0: there is none. */
size_t store_journal_segment_torn(const struct store_journal_scan *);

#endif
