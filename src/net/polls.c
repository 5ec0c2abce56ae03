/* polls: an array that grows. */
#include "net/polls.h"

#include <stdlib.h>

#include "base/log.h"

#define FIRST_SIZE 16

size_t
polls_add(struct polls *polls, int fd, short events)
{
	if (polls->n == polls->size) {
		size_t size = polls->size == 0 ? FIRST_SIZE : 2 * polls->size;
		struct pollfd *bigger = reallocarray(polls->fds, size, sizeof(*bigger));

		if (bigger == NULL)
			fatal("cannot wait");
		polls->fds = bigger;
		polls->size = size;
	}
	polls->fds[polls->n] = (struct pollfd){ .fd = fd, .events = events };
	return polls->n++;
}

short
polls_got(const struct polls *polls, size_t index)
{
	return index < polls->n ? polls->fds[index].revents : 0;
}
