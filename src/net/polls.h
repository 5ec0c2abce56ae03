/* polls: what the bridge waits for, gathered anew for each turn of its loop. */
#ifndef KABAR_BRIDGE_POLLS_H
#define KABAR_BRIDGE_POLLS_H

#include <poll.h>
#include <stddef.h>

#define POLLS_NONE ((size_t)-1)

struct polls {
	struct pollfd *fds;
	size_t n;
	size_t size;
};

/* The place of a descriptor, for asking later; ends the process where there is no memory. */
size_t polls_add(struct polls *, int fd, short events);
/* What poll() found there, 0 for POLLS_NONE. */
short polls_got(const struct polls *, size_t place);

#endif
