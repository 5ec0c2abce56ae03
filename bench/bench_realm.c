/*
 * bench_realm: two realms and the link between them: making them, cutting and joining it, and
 * looking at what is there.
 */
#include "bench_realm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_fill.h"
#include "chat/realm/bridge.h"
#include "chat/realm/remote_log.h"
#include "chat/user.h"
#include "net/realm_key.h"

#define NEAR         "near"
#define SETTINGS_MAX 512
#define LOOK_MS      5
#define PATIENCE_S   120 /* without what is waited for, something is broken */

typedef bool look(struct realm_pair *, const void *arg);

static int
await(struct realm_pair *pair, look *is_so, const void *arg, const char *what)
{
	int64_t deadline_ns = stat_now_ns() + PATIENCE_S * INT64_C(1000000000);

	while (!is_so(pair, arg)) {
		if (load_stopped() || stat_now_ns() > deadline_ns) {
			fprintf(stderr, "waited in vain: %s\n", what);
			return -1;
		}
		stat_pause_ms(LOOK_MS);
	}
	return 0;
}

/*
 * The link.
 */

static bool
get_status(struct realm_pair *pair, struct link_status *status)
{
	struct link_status_file *links = chat_bridge_links(&pair->near.chat);

	return links != NULL && link_status_get(links, pair->near.peer, status);
}

int64_t
realm_up_since(struct realm_pair *pair)
{
	struct link_status status;

	return get_status(pair, &status) && status.state == LINK_STATUS_UP ? status.since_ms : 0;
}

static bool
is_cut(struct realm_pair *pair, const void *arg)
{
	(void)arg;
	return realm_up_since(pair) == 0;
}

int
realm_cut(struct realm_pair *pair)
{
	relay_cut(&pair->relay);
	return await(pair, is_cut, NULL, "the link is cut");
}

/* Where the bridge pauses before the next try, it is told not to. */
static bool
is_up(struct realm_pair *pair, const void *arg)
{
	struct link_status status;

	(void)arg;
	if (!get_status(pair, &status))
		return false;
	if (status.state == LINK_STATUS_DOWN)
		(void)chat_bridge_flush(&pair->near.chat, NULL);
	return status.state == LINK_STATUS_UP;
}

int
realm_join(struct realm_pair *pair, unsigned int delay_ms)
{
	relay_delay(&pair->relay, delay_ms);
	relay_mend(&pair->relay);
	return await(pair, is_up, NULL, "the link is up");
}

static bool
is_empty(struct realm_pair *pair, const void *arg)
{
	struct store_log_info info;

	(void)arg;
	store_refresh(pair->near.chat.store);
	return store_log_info(pair->near.chat.store, pair->near.peer, &info) == STORE_OK &&
	    info.first > info.last;
}

int
realm_drained(struct realm_pair *pair)
{
	return await(pair, is_empty, NULL, "the outbox is empty");
}

uint64_t
realm_arrived(struct realm_pair *pair)
{
	struct chat *chat = &pair->far.chat;
	struct store_log_info info;
	struct chat_user user;
	uint64_t log, sum = 0;
	char name[16];

	store_refresh(chat->store);
	for (unsigned int i = 0; i < REALM_ACCOUNTS; i++) {
		snprintf(name, sizeof(name), FILL_NAME, i);
		if (chat_user_find(chat, chat_text(name), &user) == CHAT_OK &&
		    chat_remote_log_find(chat, user.id, pair->far.peer, &log) == CHAT_OK &&
		    log != 0 && store_log_info(chat->store, log, &info) == STORE_OK)
			sum += info.last;
	}
	return sum;
}

/*
 * The bridge.
 */

pid_t
realm_bridge(const struct realm_pair *pair)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[SERVER_PATH + 32];
	pid_t pid = -1;

	snprintf(path, sizeof(path), "%s/state/bridge.lock", pair->near.server->dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		pid = lock.l_pid;
	close(fd);
	return pid;
}

static bool
has_another(struct realm_pair *pair, const void *old)
{
	pid_t pid = realm_bridge(pair);
	struct link_status status;

	return pid > 0 && pid != *(const pid_t *)old && get_status(pair, &status);
}

int
realm_renew_bridge(struct realm_pair *pair)
{
	pid_t old = realm_bridge(pair);

	if (old <= 0 || kill(old, SIGTERM) != 0) {
		fprintf(stderr, "there is no bridge\n");
		return -1;
	}
	return await(pair, has_another, &old, "another bridge");
}

/*
 * Making them.
 */

static int
fill_realm(struct chat *chat, void *arg)
{
	(void)arg;
	return fill_accounts(chat, 0, REALM_ACCOUNTS, 1);
}

static int
get_fingerprint(const struct server *server, char fingerprint[REALM_KEY_FINGERPRINT])
{
	char state[SERVER_PATH + 32], error[256];

	snprintf(state, sizeof(state), "%s/state", server->dir);
	if (realm_key_fingerprint(state, fingerprint, error, sizeof(error)) == 0)
		return 0;
	fprintf(stderr, "%s\n", error);
	return -1;
}

/* Serves one, which listens for the other on one port and finds it at another. */
static int
serve_realm(struct server *server, struct server_options *opt, int port, const char *peer,
    int peer_port, const struct server *other)
{
	char settings[SETTINGS_MAX], fingerprint[REALM_KEY_FINGERPRINT];

	if (get_fingerprint(other, fingerprint) != 0)
		return -1;
	snprintf(settings, sizeof(settings),
	    "listen \"peers\" {\n\taddress = \"127.0.0.1\"\n\tport = %d\n\tdialect = \"peer\"\n}\n"
	    "peer \"%s\" {\n\taddress = \"127.0.0.1\"\n\tport = %d\n\tfingerprint = \"%s\"\n}\n",
	    port, peer, peer_port, fingerprint);
	opt->settings = settings;
	return server_serve(server, opt);
}

static int
start(struct realm_pair *pair, struct server_options *near, struct server_options *far)
{
	int near_port = server_free_port(), far_port;

	if (server_make(pair->near.server, near) != 0 || server_make(pair->far.server, far) != 0)
		return -1;
	far_port = server_free_port();
	if (near_port < 0 || far_port < 0 || relay_begin(&pair->relay, (uint16_t)far_port) != 0) {
		fprintf(stderr, "no relay: %s\n", strerror(errno));
		return -1;
	}
	if (serve_realm(pair->far.server, far, far_port, NEAR, near_port, pair->near.server) != 0)
		return -1;
	return serve_realm(pair->near.server, near, near_port, REALM_FAR, pair->relay.port,
	    pair->far.server);
}

static int
open_side(struct realm_side *side)
{
	side->open = server_chat(side->server, &side->config, &side->chat) == 0;
	return side->open ? 0 : -1;
}

static bool
find_peer(struct realm_side *side, const char *name)
{
	struct chat_peer found;

	store_refresh(side->chat.store);
	if (chat_peer_find(&side->chat, chat_text(name), &found) != CHAT_OK)
		return false;
	side->peer = found.id;
	return true;
}

static bool
know_each_other(struct realm_pair *pair, const void *arg)
{
	(void)arg;
	return find_peer(&pair->near, REALM_FAR) && find_peer(&pair->far, NEAR);
}

static int
make(struct bench *bench)
{
	struct server_options near = { .programs = bench->programs,
		.dir = bench->dir,
		.name = NEAR,
		.realm = NEAR,
		.sync = true,
		.fill = fill_realm },
	                      far = near;
	struct realm_pair *pair = calloc(1, sizeof(*pair));

	if (pair == NULL)
		return -1;
	bench->pair = pair;
	far.name = far.realm = REALM_FAR;
	pair->near.server = &bench->servers[FIXTURE_NEAR];
	pair->far.server = &bench->servers[FIXTURE_FAR];
	if (start(pair, &near, &far) != 0 || open_side(&pair->near) != 0 ||
	    open_side(&pair->far) != 0)
		return -1;
	return await(pair, know_each_other, NULL, "the realms know each other");
}

struct realm_pair *
realm_pair(struct bench *bench)
{
	struct realm_pair *pair = bench->pair;

	if (pair == NULL && make(bench) != 0)
		return NULL;
	pair = bench->pair;
	if (pair->far.peer == 0 || realm_join(pair, 0) != 0 || realm_drained(pair) != 0)
		return NULL;
	return pair;
}

static void
close_side(struct realm_side *side)
{
	if (!side->open)
		return;
	chat_close(&side->chat);
	config_free(&side->config);
}

void
realm_pair_end(struct bench *bench)
{
	struct realm_pair *pair = bench->pair;

	if (pair == NULL)
		return;
	close_side(&pair->near);
	close_side(&pair->far);
	relay_end(&pair->relay);
	free(pair);
	bench->pair = NULL;
}
