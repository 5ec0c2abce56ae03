/*
 * chat_trim: takes from the beginning of a log what has expired. Which logs there are, and how far
 * they were read, is left to the janitor.
 */
#ifndef KABAR_CHAT_TRIM_H
#define KABAR_CHAT_TRIM_H

#include "chat/chat.h"

/* What is kept of a log. */
struct chat_trim {
	uint64_t read_up_to; /* a number in the log: what is read expires sooner */
	/* Also a number, in the first of their logs, up to which the entries were read. */
	uint64_t first_read_up_to;
	uint64_t most_entries; /* that are left at most, read or not */
	uint64_t most_bytes;
};

/* Everything is read, or as far as that; and there may be any number. */
#define CHAT_TRIM_READ(number)                       \
	((struct chat_trim){ .read_up_to = (number), \
	    .most_entries = UINT64_MAX,              \
	    .most_bytes = UINT64_MAX })

/* Adds to *trimmed how many numbers have gone. CHAT_OK or a failure. */
enum chat_result chat_trim_log(struct chat *, uint64_t log, const struct chat_trim *,
    uint64_t *trimmed);

#endif
