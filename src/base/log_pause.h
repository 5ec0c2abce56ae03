/*
 * log_pause: for what strangers can make happen as often as they like: it is counted each time and
 * logged now and then.
 */
#ifndef KABAR_LOG_PAUSE_H
#define KABAR_LOG_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_PAUSE_MS 10000 /* between two lines of the log */

/* Zeros at first. */
struct log_pause {
	uint64_t count;   /* how often it has happened so far */
	int64_t until_ms; /* monotonic; before this it is not logged again */
};

/* Counts one more. True: it is to be logged, with the count. */
bool log_pause_over(struct log_pause *);

#endif
