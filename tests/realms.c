/*
 * realms: for integration tests: two or three realms on the loopback that are one another's peers.
 * See realms.h.
 */
#include "realms.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat/realm/outbox.h"
#include "realm_int.h"

#define SETTINGS_MAX  4096
#define PROCESSES_MAX 64
#define PASS_MS       500 /* at a time, for those who wait before they try again */

const char *const realms_names[REALMS] = { "surabaya", "malang", "batu" };
struct realms realms;

/*
 * Making them.
 */

static void
make_clock(int realm)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/clock%d", realm_room(), realm);
	realm_clock_open(&realms.clock[realm], path);
	realm_clock_use(&realms.clock[realm]);
}

static void
make_realm(int i)
{
	struct realm *realm = &realms.realm[i];
	char settings[128], error[512];
	struct sockaddr_in name;

	make_clock(i);
	snprintf(settings, sizeof(settings), "realm = \"%s\"\n", realms_names[i]);
	realm_make(realm, settings);
	realms.port_fd[i] = realm_bind_port(0, &name);
	realms.port[i] = ntohs(name.sin_port);
	ck_assert_msg(realm_key_fingerprint(realm->state, realms.fingerprint[i], error,
	                  sizeof(error)) == 0,
	    "%s", error);
	dialogue_begin(&realms.talk[i], realm, DIALOGUE_SOCKETPAIR); /* for dialogue_end() */
}

static void
make_realms(int n)
{
	realms.n = n;
	for (int i = 0; i < n; i++)
		make_realm(i);
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			if (i != j)
				ck_assert_int_eq(relay_begin(&realms.relay[i][j], realms.port[j]),
				    0);
	for (int i = 0; i < n; i++)
		realms_configure(i, "");
}

static void
make_two(void)
{
	make_realms(2);
}

static void
make_three(void)
{
	make_realms(3);
}

static void
forget_realms(void)
{
	for (int i = 0; i < realms.n; i++) {
		dialogue_end(&realms.talk[i]);
		realm_remove(&realms.realm[i]);
		close(realms.port_fd[i]);
		realm_clock_close(&realms.clock[i]);
		for (int j = 0; j < realms.n; j++)
			relay_end(&realms.relay[i][j]);
	}
	realm_clock_use(NULL);
}

TCase *
realms_tcase(Suite *suite, const char *name, int n)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, n == 2 ? make_two : make_three, forget_realms);
	return tcase;
}

void
realms_peer(int realm, int peer, const char *fingerprint, char text[REALMS_PEER])
{
	snprintf(text, REALMS_PEER,
	    "peer \"%s\" { address = \"127.0.0.1\"  port = %u  fingerprint = \"%s\" }\n",
	    realms_names[peer], (unsigned int)realms.relay[realm][peer].port, fingerprint);
}

void
realms_configure_alone(int realm, const char *settings)
{
	char text[SETTINGS_MAX];
	int len = snprintf(text, sizeof(text),
	    "realm = \"%s\"\n"
	    "delivery_wait = 60\n"  /* nothing depends on who is fast */
	    "idle_timeout = 365d\n" /* nor on who is slow while a clock goes on */
	    "listen \"peers\" { address = \"127.0.0.1\"  port = %u  dialect = \"peer\" }\n%s",
	    realms_names[realm], (unsigned int)realms.port[realm], settings);

	ck_assert_int_lt(len, SETTINGS_MAX);
	realm_configure(&realms.realm[realm], text);
	if (realms.realm[realm].kabard != 0)
		ck_assert_int_eq(kill(realms.realm[realm].kabard, SIGHUP), 0);
}

void
realms_configure(int realm, const char *settings)
{
	char text[SETTINGS_MAX] = "", peer[REALMS_PEER];

	for (int i = 0; i < realms.n; i++) {
		if (i == realm)
			continue;
		realms_peer(realm, i, realms.fingerprint[i], peer);
		strncat(text, peer, sizeof(text) - strlen(text) - 1);
	}
	strncat(text, settings, sizeof(text) - strlen(text) - 1);
	realms_configure_alone(realm, text);
}

/*
 * Starting and ending them.
 */

void
realms_start(int realm)
{
	realm_clock_use(&realms.clock[realm]);
	dialogue_begin(&realms.talk[realm], &realms.realm[realm], DIALOGUE_TCP);
}

void
realms_stop(int realm)
{
	dialogue_end(&realms.talk[realm]);
	ck_assert_int_eq(realm_stop(&realms.realm[realm]), 0);
}

static bool
nobody_is_left(void *arg)
{
	pid_t pids[PROCESSES_MAX];
	size_t n = realm_processes(arg, pids, PROCESSES_MAX);

	for (size_t i = 0; i < n; i++)
		kill(pids[i], SIGKILL);
	return n == 0;
}

void
realms_kill(int i)
{
	struct realm *realm = &realms.realm[i];

	nobody_is_left(realm);
	ck_assert(WIFSIGNALED(realm_await(realm->kabard)));
	realm->kabard = 0;
	if (realm->first_fd >= 0)
		close(realm->first_fd);
	realm->first_fd = -1;
	ck_assert(realm_until(nobody_is_left, realm));
	dialogue_end(&realms.talk[i]);
}

void
realms_start_all(void)
{
	for (int i = 0; i < realms.n; i++)
		realms_start(i);
	for (int i = 0; i < realms.n; i++)
		for (int j = 0; j < realms.n; j++)
			if (i != j)
				realms_await_link(i, j, LINK_STATUS_UP);
}

void
realms_login(int realm)
{
	realms_run(realm,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
}

void
realms_login_all(void)
{
	for (int i = 0; i < realms.n; i++)
		realms_login(i);
}

/*
 * Looking at them.
 */

/* The realm's store for a moment; it may not be open when others are started. */
static void
with_peer(int realm, int peer, void (*look)(struct chat *, const struct chat_peer *, void *),
    void *arg)
{
	struct config config;
	struct chat chat;
	struct chat_peer found;
	char error[512] = "";

	ck_assert_msg(config_load(&config, realms.realm[realm].config, error, sizeof(error)) == 0 &&
	        chat_open(&chat, &config, error, sizeof(error)) == 0,
	    "%s", error);
	if (chat_peer_find(&chat, chat_text(realms_names[peer]), &found) == CHAT_OK)
		look(&chat, &found, arg);
	chat_close(&chat);
	config_free(&config);
}

static void
look_at_id(struct chat *chat, const struct chat_peer *peer, void *arg)
{
	(void)chat;
	*(uint64_t *)arg = peer->id;
}

bool
realms_link(int realm, int peer, struct link_status *status)
{
	struct link_status_file *links = link_status_open(realms.realm[realm].state);
	uint64_t *id = &realms.peer_id[realm][peer];
	bool shown;

	ck_assert_ptr_nonnull(links);
	if (*id == 0)
		with_peer(realm, peer, look_at_id, id);
	shown = *id != 0 && link_status_get(links, *id, status);
	link_status_close(links);
	return shown;
}

static void
look_at_outbox(struct chat *chat, const struct chat_peer *peer, void *arg)
{
	struct chat_outbox_info info;

	ck_assert_int_eq(chat_outbox_info(chat, peer->id, &info), CHAT_OK);
	*(uint64_t *)arg = info.last + 1 - info.first;
}

uint64_t
realms_queued(int realm, int peer)
{
	uint64_t n = 0;

	with_peer(realm, peer, look_at_outbox, &n);
	return n;
}

/* Tells whether a part of a running realm is down, and retries later. */
static bool
is_pausing(int realm)
{
	struct link_status status;

	for (int i = 0; i < realms.n; i++)
		if (i != realm &&
		    (!realms_link(realm, i, &status) || status.state == LINK_STATUS_DOWN))
			return true;
	return false;
}

bool
realms_until(bool (*condition)(void *), void *arg)
{
	int64_t deadline = realm_now_ms() + REALM_PATIENCE_MS;

	while (!condition(arg)) {
		if (realm_now_ms() > deadline)
			return false;
		realm_pause_ms(REALM_LOOK_PAUSE_MS);
		for (int i = 0; i < realms.n; i++)
			if (realms.realm[i].kabard != 0 && is_pausing(i))
				realm_clock_pass(&realms.clock[i], PASS_MS);
	}
	return true;
}

struct wanted {
	int realm;
	int peer;
	enum link_status_state state;
	uint64_t n;
};

static bool
link_is(void *arg)
{
	const struct wanted *wanted = arg;
	struct link_status status;

	return realms_link(wanted->realm, wanted->peer, &status) && status.state == wanted->state;
}

void
realms_await_link(int realm, int peer, enum link_status_state state)
{
	struct wanted wanted = { .realm = realm, .peer = peer, .state = state };

	ck_assert_msg(realms_until(link_is, &wanted), "the link of %s to %s does not become %d",
	    realms_names[realm], realms_names[peer], (int)state);
}

static bool
queue_is(void *arg)
{
	const struct wanted *wanted = arg;

	return realms_queued(wanted->realm, wanted->peer) == wanted->n;
}

void
realms_await_queued(int realm, int peer, uint64_t n)
{
	struct wanted wanted = { .realm = realm, .peer = peer, .n = n };

	ck_assert_msg(realms_until(queue_is, &wanted), "in %s %llu messages wait for %s, not %llu",
	    realms_names[realm], (unsigned long long)realms_queued(realm, peer), realms_names[peer],
	    (unsigned long long)n);
}

void
realms_await_all(void)
{
	for (int i = 0; i < realms.n; i++)
		for (int j = 0; j < realms.n; j++)
			if (i != j)
				realms_await_queued(i, j, 0);
}

void
realms_await_log(int realm, const char *text)
{
	realm_await_log(&realms.realm[realm], text);
}

pid_t
realms_bridge(int realm)
{
	return realm_bridge(&realms.realm[realm]);
}

void
realms_check(void)
{
	for (int i = 0; i < realms.n; i++) {
		realm_clock_use(&realms.clock[i]);
		REALM_CTL(&realms.realm[i], NULL, "check");
	}
}

void
realms_says(int realm, const char *output, const char *const args[])
{
	const char *argv[16] = { realm_kabarctl_path, "-c", realms.realm[realm].config };
	char text[4096];

	for (int i = 0; args[i] != NULL && i < 12; i++)
		argv[3 + i] = args[i];
	realm_clock_use(&realms.clock[realm]);
	ck_assert_int_eq(realm_run(argv, NULL, text, sizeof(text)), 0);
	ck_assert_str_eq(text, output);
}
