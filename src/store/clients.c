/*
 * store_clients: who is connected to the committer, and for whom each one speaks. Their requests
 * are left to store_committer.
 */
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "store/int.h"

#define CLIENTS_FIRST 64

static int
make_room(struct store_clients *c, size_t size)
{
	struct pollfd *polls = reallocarray(c->polls, size, sizeof(*polls));

	if (polls == NULL)
		return -1;
	c->polls = polls;
	struct store_client *client = reallocarray(c->client, size, sizeof(*client));
	if (client == NULL)
		return -1;
	c->client = client;
	c->size = size;
	return 0;
}

int
store_clients_init(struct store_clients *c, int listening)
{
	*c = (struct store_clients){ .n = 0 };
	if (make_room(c, CLIENTS_FIRST) != 0)
		return -1;
	c->polls[c->n] = (struct pollfd){ .fd = listening, .events = POLLIN };
	c->client[c->n++] = (struct store_client){ .spoken = false };
	return 0;
}

/*
 * Tells whether the process that connected is of our own user, or root. It may have handed the
 * connection to another process since.
 */
static bool
is_of_our_user(int fd)
{
	uid_t uid;
	gid_t gid;

	return getpeereid(fd, &uid, &gid) == 0 && (uid == geteuid() || uid == 0);
}

bool
store_clients_accept(struct store_clients *c)
{
	int fd = accept(c->polls[0].fd, NULL, NULL);

	if (fd < 0)
		return false;
	if (!is_of_our_user(fd) || (c->n == c->size && make_room(c, c->size * 2) != 0)) {
		close(fd);
		return false;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	c->polls[c->n] = (struct pollfd){ .fd = fd, .events = POLLIN };
	c->client[c->n++] = (struct store_client){ .spoken = false };
	return true;
}

void
store_clients_drop(struct store_clients *c, size_t index)
{
	close(c->polls[index].fd);
	c->polls[index].fd = -1;
}

void
store_clients_forget_dropped(struct store_clients *c)
{
	size_t kept = 1;

	for (size_t i = 1; i < c->n; i++) {
		if (c->polls[i].fd < 0)
			continue;
		c->polls[kept] = c->polls[i];
		c->client[kept++] = c->client[i];
	}
	c->n = kept;
}

bool
store_clients_bind(struct store_clients *c, size_t index, const struct store_principal *principal)
{
	if (c->client[index].spoken || c->client[index].principal.kind != 0)
		return false;
	c->client[index].principal = *principal;
	return true;
}
