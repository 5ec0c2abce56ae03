/* polls: the descriptors that a loop waits for, gathered anew for each of its turns. */
#ifndef KABAR_POLLS_H
#define KABAR_POLLS_H

#include <poll.h>
#include <stddef.h>

#define POLLS_NONE ((size_t)-1)

struct polls {
	struct pollfd *fds;
	size_t n;
	size_t size;
};

/* Returns the index of the descriptor for polls_got(). Ends the process where there is no memory.
 */
size_t polls_add(struct polls *, int fd, short events);
/* The events that poll() found at the index, 0 for POLLS_NONE. */
short polls_got(const struct polls *, size_t index);

#endif
