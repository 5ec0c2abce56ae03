/*
 * master_refuse: clients for whom there is no room: what they are told, and letting them read it.
 * What they send meanwhile must be read by us: closing with bytes unread would be a reset, and so
 * would be bytes that come after closing; that can overtake the text.
 */
#include "master_refuse.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "master_int.h"

#define REFUSED_MS  2000
#define DRAIN_SIZE  4096
#define DRAIN_TIMES 16

static void
close_first(struct master_refuse *refuse)
{
	int fd = refuse->clients[refuse->first].fd;
	char drain[DRAIN_SIZE];

	for (int i = 0; i < DRAIN_TIMES; i++)
		if (recv(fd, drain, sizeof(drain), MSG_DONTWAIT) <= 0)
			break;
	close(fd);
	refuse->first = (refuse->first + 1) % MASTER_REFUSED;
	refuse->n--;
}

void
master_refuse(struct master_refuse *refuse, int fd, const char *text)
{
	size_t last;

	if (text != NULL)
		send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	if (refuse->n == MASTER_REFUSED)
		close_first(refuse);
	last = (refuse->first + refuse->n++) % MASTER_REFUSED;
	refuse->clients[last].fd = fd;
	refuse->clients[last].until_ms = master_tick_ms() + REFUSED_MS;
}

int64_t
master_refuse_wait_ms(const struct master_refuse *refuse, int64_t most)
{
	int64_t left;

	if (refuse->n == 0)
		return most;
	left = refuse->clients[refuse->first].until_ms - master_tick_ms();
	if (left < 0)
		return 0;
	return left < most ? left : most;
}

void
master_refuse_run(struct master_refuse *refuse)
{
	while (refuse->n > 0 && refuse->clients[refuse->first].until_ms <= master_tick_ms())
		close_first(refuse);
}

void
master_refuse_close(struct master_refuse *refuse)
{
	for (; refuse->n > 0; refuse->n--) {
		close(refuse->clients[refuse->first].fd);
		refuse->first = (refuse->first + 1) % MASTER_REFUSED;
	}
}
