/*
 * A class of faults: connections that come and go, in every state and by every end. Clients
 * connect, log in, send, log out, hang up, reset the connection in the middle of a line, and their
 * workers are killed, in an order that a seed decides. The master lives and forgets nobody's end,
 * what was acknowledged is there once, and (under the sanitizers) no process touches what it must
 * not. KABAR_TEST_SEED repeats a run.
 */
#include <sys/socket.h>

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realm_talk.h"
#include "seed.h"

#define STEPS        600
#define CLIENTS      12
#define WORKERS_MOST 64
#define REPLY_MAX    131072
#define OK_HEAD      "{\"status\":\"OK\""

static struct client {
	int fd; /* -1: not connected */
	bool is_logged_in;
} clients[CLIENTS];

static uint64_t seed;
static char reply[REPLY_MAX];
static enum { UNSENT, ASKED, SENT } messages[STEPS];

static void
setup(void)
{
	realm_make(&realm, "login_timeout = 1m\n");
	realm_start(&realm);
	close(realm.first_fd);
	realm.first_fd = -1;
	for (size_t i = 0; i < CLIENTS; i++)
		clients[i] = (struct client){ .fd = -1 };
}

static void
teardown(void)
{
	realm_remove(&realm);
}

static void
hang_up(struct client *client, bool reset)
{
	struct linger at_once = { .l_onoff = 1 };

	if (reset)
		setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(client->fd);
	*client = (struct client){ .fd = -1 };
}

/* False when the connection ends first: its worker may have been killed. */
static bool
ask(struct client *client, const char *line)
{
	struct pollfd ready = { .fd = client->fd, .events = POLLIN };
	size_t len = 0;

	reply[0] = '\0';
	if (send(client->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line))
		while (len < 4 || strcmp(reply + len - 4, "\r\n\r\n") != 0) {
			ck_assert_msg(poll(&ready, 1, REALM_PATIENCE_MS) == 1, "no reply to %s",
			    line);
			ssize_t got = recv(client->fd, reply + len, sizeof(reply) - 1 - len, 0);
			if (got <= 0)
				break;
			len += (size_t)got;
			reply[len] = '\0';
		}
	if (len >= 4 && strcmp(reply + len - 4, "\r\n\r\n") == 0)
		return true;
	hang_up(client, false);
	return false;
}

static bool
is_ok(void)
{
	return strncmp(reply, OK_HEAD, sizeof(OK_HEAD) - 1) == 0;
}

static void
connect_client(struct client *client)
{
	client->fd = realm_connect(&realm);
	ck_assert_int_ge(client->fd, 0);
}

static void
log_in(struct client *client)
{
	if (client->fd < 0)
		connect_client(client);
	if (ask(client,
	        seed_draw(&seed, 4) == 0 ? "auth henderson salah\r\n" : "auth messi surabaya\r\n"))
		client->is_logged_in = client->is_logged_in || is_ok();
}

static void
send_message(struct client *client, size_t number)
{
	char line[64];

	snprintf(line, sizeof(line), "send lineker nomor:%zu:\r\n", number);
	messages[number] = ASKED;
	if (ask(client, line))
		messages[number] = is_ok() ? SENT : UNSENT;
}

/* In the middle of a line, with bytes that mean nothing, or with a request that nobody waits for.
 */
static void
vanish(struct client *client, size_t number)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "send lineker nomor:%zu:\r\n", number);

	if (seed_draw(&seed, 2) == 0)
		len = (int)seed_draw(&seed, (size_t)len - 2) + 1;
	else
		messages[number] = ASKED;
	(void)send(client->fd, line, (size_t)len, MSG_NOSIGNAL);
	hang_up(client, seed_draw(&seed, 2) == 0);
}

static void
kill_worker(void)
{
	pid_t pids[WORKERS_MOST];
	size_t n = realm_workers(&realm, pids, WORKERS_MOST);

	if (n > 0)
		kill(pids[seed_draw(&seed, n < WORKERS_MOST ? n : WORKERS_MOST)], SIGKILL);
}

static void
do_step(size_t number)
{
	struct client *client = &clients[seed_draw(&seed, CLIENTS)];
	size_t action = seed_draw(&seed, 16);

	if (client->fd < 0 && action < 4)
		connect_client(client);
	else if (client->fd < 0 || action < 5)
		log_in(client);
	else if (action < 10 && client->is_logged_in)
		send_message(client, number);
	else if (action < 11)
		ask(client, "inbox\r\n");
	else if (action < 12 && ask(client, "logout \r\n"))
		client->is_logged_in = false;
	else if (action < 13)
		hang_up(client, seed_draw(&seed, 2) == 0);
	else if (action < 15)
		vanish(client, number);
	else
		kill_worker();
}

static bool
nobody_is_online(void *arg)
{
	(void)arg;
	return realm_online(&realm) == 0;
}

static size_t
count_text(const char *text)
{
	size_t n = 0;

	for (const char *at = reply; (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

START_TEST(churn)
{
	struct client reader = { .fd = -1 };
	char text[32];

	memset(messages, 0, sizeof(messages));
	for (size_t i = 0; i < STEPS; i++)
		do_step(i);
	for (size_t i = 0; i < CLIENTS; i++)
		if (clients[i].fd >= 0)
			hang_up(&clients[i], i % 2 == 0);
	ck_assert(realm_until(nobody_is_online, NULL));
	connect_client(&reader);
	ck_assert(ask(&reader, "auth lineker surabaya\r\n") && is_ok());
	ck_assert(ask(&reader, "inbox \r\n") && is_ok());
	for (size_t i = 0; i < STEPS; i++) {
		snprintf(text, sizeof(text), "nomor:%zu:", i);
		size_t n = count_text(text);

		ck_assert_msg(messages[i] == ASKED ? n <= 1 : n == (messages[i] == SENT),
		    "message %zu is there %zu times", i, n);
	}
	close(reader.fd);
	ck_assert_int_eq(realm_stop(&realm), 0);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

int
main(void)
{
	seed = seed_choose();
	Suite *suite = suite_create("class_churn");
	TCase *tcase = realm_tcase(suite, "churn");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, churn);
	return realm_run_suite(suite);
}
