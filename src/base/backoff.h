/* backoff: the pauses between tries that fail: each is twice as long as the one before. */
#ifndef KABAR_BACKOFF_H
#define KABAR_BACKOFF_H

#include <stdint.h>

/* The pause after this one; 0 before the first. */
int64_t backoff_next_ms(int64_t pause_ms, int64_t first_ms, int64_t most_ms);
/* A random time around the pause, so that many who failed together do not try again together. */
int64_t backoff_jitter_ms(int64_t pause_ms);

#endif
