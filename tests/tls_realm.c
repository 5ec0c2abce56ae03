/*
 * tls_realm: for integration tests: a realm whose listeners speak TLS, and ways to them.
 */
#include "tls_realm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <tls.h>
#include <unistd.h>

#include "net/realm_key.h"
#include "tls_relay.h"

#define SETTINGS_MAX 2048
#define NARROW       4096

struct realm realm;
struct dialogue talk;

static const char *const names[TLS_PLACES] = { "safe", "saferoom", "safefiles" };
static const char *const dialects[TLS_PLACES] = { "realm", "room", "files" };

/* Ports that are ours: bound, so that nobody else gets them, but not listening. */
static struct {
	int fd;
	struct sockaddr_in name;
} ports[TLS_PLACES];

static struct tls_config *client; /* believes everybody */

static void
setup(void)
{
	realm_make(&realm, NULL);
	for (int i = 0; i < TLS_PLACES; i++)
		ports[i].fd = realm_bind_port(0, &ports[i].name);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR); /* for dialogue_end() */
	client = tls_config_new();
	ck_assert_ptr_nonnull(client);
	tls_config_insecure_noverifycert(client);
	tls_config_insecure_noverifyname(client);
	tls_realm_configure(NULL, NULL);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
	for (int i = 0; i < TLS_PLACES; i++)
		close(ports[i].fd);
	tls_config_free(client);
}

TCase *
tls_realm_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

void
tls_realm_configure(const char *safe, const char *settings)
{
	char text[SETTINGS_MAX];
	int len = snprintf(text, sizeof(text), "log_level = debug\n%s\n",
	    settings == NULL ? "" : settings);

	for (int i = 0; i < TLS_PLACES; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
		    "listen \"%s\" { address = \"127.0.0.1\"  port = %u  dialect = \"%s\"\n"
		    "tls = on\n%s }\n",
		    names[i], (unsigned int)ntohs(ports[i].name.sin_port), dialects[i],
		    i == TLS_REALM && safe != NULL ? safe : "");
	ck_assert_int_lt(len, SETTINGS_MAX);
	realm_configure(&realm, text);
}

void
tls_realm_start(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

void
tls_realm_reload(const char *says)
{
	ck_assert_int_eq(kill(realm.kabard, SIGHUP), 0);
	realm_await_log(&realm, says);
}

struct connecting {
	enum tls_realm_place place;
	bool narrow;
	int fd;
};

/* The first listener of all may be up a moment before this one. */
static bool
try_connect(void *arg)
{
	struct connecting *connecting = arg;
	const struct sockaddr_in *name = &ports[connecting->place].name;
	int size = NARROW;

	connecting->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(connecting->fd, 0);
	if (connecting->narrow)
		setsockopt(connecting->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (connect(connecting->fd, (const struct sockaddr *)name, sizeof(*name)) == 0)
		return true;
	close(connecting->fd);
	return false;
}

int
tls_realm_connect(enum tls_realm_place place, bool narrow)
{
	struct connecting connecting = { .place = place, .narrow = narrow };

	ck_assert(realm_until(try_connect, &connecting));
	return connecting.fd;
}

void
tls_realm_open(struct stream *stream, enum tls_realm_place place)
{
	int fd = tls_realm_connect(place, false);
	char error[512];

	stream_init(stream, fd, fd);
	ck_assert_int_eq(stream_dial(stream, client, error, sizeof(error)), 0);
	while (stream_handshake(stream) != 0) {
		ck_assert_msg(errno == EAGAIN, "no handshake: %s", stream_error(stream));
		tls_fixture_await(stream);
	}
}

void
tls_realm_close(struct stream *stream)
{
	stream_free(stream);
	close(stream->in_fd);
}

int
tls_realm_relay(int fd)
{
	return tls_relay(fd, client);
}

void
tls_realm_speak(char speaker, enum tls_realm_place place)
{
	int fd = tls_realm_relay(tls_realm_connect(place, false));

	speaker_open(&talk.speakers[speaker - 'a'], fd, fd);
}

const char *
tls_realm_fingerprint(const char *state)
{
	static char fingerprint[REALM_KEY_FINGERPRINT];
	char error[1024];

	ck_assert_msg(realm_key_fingerprint(state, fingerprint, error, sizeof(error)) == 0, "%s",
	    error);
	return fingerprint;
}

void
tls_realm_new_key(char dir[TLS_FIXTURE_DIR_MAX])
{
	static int count;
	char error[1024];

	/* In the realm's directory, which goes away by itself. */
	snprintf(dir, TLS_FIXTURE_DIR_MAX, "%.100s/key%d", realm.dir, count++);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	ck_assert_msg(realm_key_make(dir, "kabar.example", error, sizeof(error)) == 0, "%s", error);
}
