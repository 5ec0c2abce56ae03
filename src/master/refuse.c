/*
 * master_refuse: we read and forget the bytes of a refused client until it has read our text:
 * closing with bytes unread would be a reset, and so would be bytes that come after closing. A
 * reset can overtake the text.
 */
#include "master/refuse.h"

#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/linger.h"

#define REFUSED_MS 2000
#define RESET_MS   200 /* for most it is enough to acknowledge a line */

static void
add_client(struct master_refuse *refuse, struct master_refused client)
{
	int64_t look = client.reset ? clock_monotonic_ms() + RESET_MS : client.last_ms;

	client.until_ms = look < client.last_ms ? look : client.last_ms;
	refuse->clients[(refuse->first + refuse->n++) % MASTER_REFUSED] = client;
}

static struct master_refused
take_first_client(struct master_refuse *refuse)
{
	struct master_refused client = refuse->clients[refuse->first];

	refuse->first = (refuse->first + 1) % MASTER_REFUSED;
	refuse->n--;
	return client;
}

/* False, and not ended, while a reset would destroy the text and there is time to wait. */
static bool
end_client(const struct master_refused *client, int64_t now)
{
	if (linger_drain(client->fd) && client->reset && !linger_try_reset(client->fd) &&
	    now < client->last_ms)
		return false;
	close(client->fd);
	return true;
}

static void
end_first_client(struct master_refuse *refuse)
{
	struct master_refused client = take_first_client(refuse);

	(void)end_client(&client, client.last_ms);
}

void
master_refuse(struct master_refuse *refuse, int fd, const char *text, bool reset)
{
	if (text != NULL)
		send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
	if (!reset)
		shutdown(fd, SHUT_WR);
	if (refuse->n == MASTER_REFUSED)
		end_first_client(refuse);
	add_client(refuse,
	    (struct master_refused){ .fd = fd,
	        .reset = reset,
	        .last_ms = clock_monotonic_ms() + REFUSED_MS });
}

int64_t
master_refuse_wait_ms(const struct master_refuse *refuse, int64_t most)
{
	int64_t left;

	if (refuse->n == 0)
		return most;
	left = refuse->clients[refuse->first].until_ms - clock_monotonic_ms();
	if (left < 0)
		return 0;
	return left < most ? left : most;
}

void
master_refuse_run(struct master_refuse *refuse)
{
	int64_t now = clock_monotonic_ms();

	while (refuse->n > 0 && refuse->clients[refuse->first].until_ms <= now) {
		struct master_refused client = take_first_client(refuse);

		if (!end_client(&client, now))
			add_client(refuse, client);
	}
}

void
master_refuse_end(struct master_refuse *refuse)
{
	while (refuse->n > 0)
		end_first_client(refuse);
}

void
master_refuse_close(const struct master_refuse *refuse)
{
	for (size_t i = 0; i < refuse->n; i++)
		close(refuse->clients[(refuse->first + i) % MASTER_REFUSED].fd);
}
