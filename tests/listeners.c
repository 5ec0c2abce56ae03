/*
 * listeners: for integration tests: a realm with a listener for each dialect, users and a group for
 * all of them, and speakers who are connected to those listeners.
 */
#include "listeners.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#define PASSWORD_LINE "surabaya\n"
#define SETTINGS_MAX  1024

#define LISTENERS_NAME(name) #name,
const char *const listeners_dialects[LISTENERS] = { CONFIG_DIALECTS(LISTENERS_NAME) };

/* A port that is ours, and on which nobody listens yet. */
struct port {
	int fd;
	struct sockaddr_in name;
};
static struct port ports[LISTENERS]; /* the first one is the realm's own, and not used here */

void
listeners_configure(const struct realm *realm, const char *settings)
{
	char text[SETTINGS_MAX];
	int len = snprintf(text, sizeof(text), "%s\n", settings);

	for (int i = 1; i < LISTENERS; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
		    "listen \"%s\" { address = \"127.0.0.1\"  port = %u  dialect = \"%s\" }\n",
		    listeners_dialects[i], (unsigned int)ntohs(ports[i].name.sin_port),
		    listeners_dialects[i]);
	ck_assert_int_lt(len, SETTINGS_MAX);
	realm_configure(realm, text);
}

void
listeners_make(struct realm *realm)
{
	realm_make(realm, NULL);
	for (int i = 1; i < LISTENERS; i++)
		ports[i].fd = realm_bind_port(0, &ports[i].name);
	listeners_configure(realm, "");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "gerrard", "-n", "Steven Gerrard", "-C",
	    "Inggris");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "owen", "-n", "Michael Owen", "-C",
	    "Inggris");
	REALM_CTL(realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(realm, NULL, "group", "join", "kopi", "henderson");
	REALM_CTL(realm, NULL, "group", "join", "kopi", "lineker");
	REALM_CTL(realm, NULL, "group", "join", "kopi", "gerrard");
}

void
listeners_remove(struct realm *realm)
{
	realm_remove(realm);
	for (int i = 1; i < LISTENERS; i++)
		close(ports[i].fd);
}

struct connecting {
	const struct port *port;
	int fd;
};

static bool
try_connect(void *arg)
{
	struct connecting *connecting = arg;
	const struct sockaddr_in *name = &connecting->port->name;

	connecting->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(connecting->fd, 0);
	if (connect(connecting->fd, (const struct sockaddr *)name, sizeof(*name)) == 0)
		return true;
	close(connecting->fd);
	return false;
}

int
listeners_connect(const struct realm *realm, int dialect)
{
	struct connecting connecting = { .port = &ports[dialect] };

	if (dialect == 0) {
		connecting.fd = realm_connect(realm);
		ck_assert_int_ge(connecting.fd, 0);
		return connecting.fd;
	}
	/* It may come up a moment after the first. */
	ck_assert(realm_until(try_connect, &connecting));
	return connecting.fd;
}

void
listeners_begin(struct dialogue *dialogue, struct realm *realm, enum dialogue_way way)
{
	dialogue_begin(dialogue, realm, way);
	for (int i = 1; i < LISTENERS; i++) {
		dialogue->dialects[i] = listeners_dialects[i];
		if (way == DIALOGUE_TCP) {
			int fd = listeners_connect(realm, i);

			speaker_open(&dialogue->speakers[i], fd, fd);
		}
	}
}
