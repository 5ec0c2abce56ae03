/*
 * The client's connection: replies and events as they are cut out of what comes, lies about both,
 * and a server's key: first seen, seen again, changed, given.
 */
#include "client/connection.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <check.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/json.h"
#include "client/known_keys.h"
#include "liar.h"
#include "net/realm_key.h"
#include "net/stream.h"
#include "net/tls_lib.h"
#include "suite.h"

#define OTHER_KEY "SHA256:0000000000000000000000000000000000000000000000000000000000000000"

static char home[] = "/tmp/kabar-client-XXXXXX";
static struct liar liar;
static struct client_connection *c;

static void
setup(void)
{
	signal(SIGPIPE, SIG_IGN);
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(setenv("XDG_STATE_HOME", home, 1), 0);
	c = client_connection_new();
	ck_assert_ptr_nonnull(c);
}

static void
teardown(void)
{
	char command[64];

	client_connection_free(c);
	liar_stop(&liar);
	snprintf(command, sizeof(command), "rm -rf %s", home);
	ck_assert_int_eq(system(command), 0);
	memcpy(home + strlen(home) - 6, "XXXXXX", 6);
}

static enum client_connection_state
await_open(void)
{
	while (client_connection_state(c) == CLIENT_CONNECTING)
		client_connection_turn(c, -1);
	return client_connection_state(c);
}

static void
open_plain(void)
{
	client_connection_open(c, "127.0.0.1", liar.port, false, NULL);
	ck_assert_msg(await_open() == CLIENT_OPEN, "%s", client_connection_error(c));
	ck_assert_str_eq(client_connection_fingerprint(c), "");
}

static enum client_message
next(json_t **message)
{
	enum client_message kind;

	while ((kind = client_connection_next(c, message)) == CLIENT_NOTHING)
		client_connection_turn(c, SUITE_PATIENCE_MS);
	return kind;
}

static void
say_arg(struct liar_client *client)
{
	liar_say_text(client, client->arg);
}

static const char stream[] = "{\"status\":\"OK\",\"n\":1}\r\n\r\n"
                             "{\"event\":\"message\",\"status\":\"OK\"}\r\n\r\n"
                             "{\"status\":\"OK\",\"text\":\"a\\r\\n\\r\\nb\"}\r\n\r\n{\"cut\":";

static void
say_byte_by_byte(struct liar_client *client)
{
	const char *text = client->arg;

	for (; *text != '\0'; text++)
		liar_say(client, text, 1);
}

START_TEST(replies_and_events_are_told_apart)
{
	json_t *message;

	liar = liar_start(_i == 0 ? say_arg : say_byte_by_byte, (void *)(uintptr_t)stream);
	open_plain();
	ck_assert_int_eq(next(&message), CLIENT_REPLY);
	ck_assert_uint_eq(client_json_number(message, "n"), 1);
	json_decref(message);
	ck_assert_int_eq(next(&message), CLIENT_EVENT);
	ck_assert(client_json_is(message, "event", "message"));
	json_decref(message);
	ck_assert_int_eq(next(&message), CLIENT_REPLY);
	ck_assert(client_json_is(message, "text", "a\r\n\r\nb"));
	json_decref(message);
	ck_assert_int_eq(next(&message), CLIENT_BROKEN);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_CLOSED);
	ck_assert_int_eq(next(&message), CLIENT_BROKEN);
}
END_TEST

static const char *const no_replies[] = {
	"halo\r\n\r\n",
	"\r\n\r\n",
	"[1]\r\n\r\n",
	"{\"a\":1\r\n\r\n",
	"{\"a\":1}}\r\n\r\n",
	"{\"a\":\"\xff\"}\r\n\r\n",
	"{\"a\":\x1b[2J}\r\n\r\n",
	"{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"
	"\r\n\r\n",
};

START_TEST(what_is_no_reply_fails)
{
	json_t *message;

	liar = liar_start(say_arg, (void *)(uintptr_t)no_replies[_i]);
	open_plain();
	ck_assert_int_eq(next(&message), CLIENT_BROKEN);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_PROTOCOL);
}
END_TEST

static void
say_without_end(struct liar_client *client)
{
	static char much[65536];

	memset(much, *(const char *)client->arg, sizeof(much));
	liar_say_text(client, "{\"a\":");
	while (liar_say(client, much, sizeof(much)))
		;
}

START_TEST(a_reply_without_end_fails)
{
	json_t *message;

	liar = liar_start(say_without_end, (void *)(uintptr_t)(_i == 0 ? " " : "["));
	open_plain();
	ck_assert_int_eq(next(&message), CLIENT_BROKEN);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_PROTOCOL);
}
END_TEST

static void
say_nothing(struct liar_client *client)
{
	char byte;

	(void)!read(client->fd, &byte, 1);
}

/* The descriptor that is connected to the server, or -1. */
static int
find_socket(void)
{
	struct sockaddr_in name;

	for (int fd = 3; fd < 100; fd++) {
		socklen_t len = sizeof(name);

		if (getpeername(fd, (struct sockaddr *)&name, &len) == 0 &&
		    name.sin_family == AF_INET && ntohs(name.sin_port) == liar.port)
			return fd;
	}
	return -1;
}

START_TEST(a_server_that_went_is_noticed)
{
	int value = 0, fd;
	socklen_t len = sizeof(value);

	liar = liar_start(say_nothing, NULL);
	open_plain();
	fd = find_socket();
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &len), 0);
	ck_assert_int_eq(value, 120000);
	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, &len), 0);
	ck_assert_int_eq(value, 60);
}
END_TEST

START_TEST(silence_ends)
{
	liar = liar_start(say_nothing, NULL);
	open_plain();
	ck_assert_int_eq(client_connection_turn(c, 10), CLIENT_FAILED);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_SILENT);
}
END_TEST

static void
echo_requests(struct liar_client *client)
{
	char request[4096], reply[4200];

	while (liar_hear(client, request, sizeof(request))) {
		snprintf(reply, sizeof(reply), "{\"status\":\"OK\",\"you\":\"%s\"}", request);
		liar_reply(client, reply);
	}
}

START_TEST(requests_go_out)
{
	json_t *message;

	liar = liar_start(echo_requests, NULL);
	open_plain();
	client_connection_put(c, "satu\r\ndu", 8);
	client_connection_put(c, "a\r\n", 3);
	ck_assert_int_eq(next(&message), CLIENT_REPLY);
	ck_assert(client_json_is(message, "you", "satu"));
	json_decref(message);
	ck_assert_int_eq(next(&message), CLIENT_REPLY);
	ck_assert(client_json_is(message, "you", "dua"));
	json_decref(message);
}
END_TEST

START_TEST(nobody_answers)
{
	struct liar gone = liar_start(say_nothing, NULL);

	liar_stop(&gone);
	client_connection_open(c, "127.0.0.1", gone.port, false, NULL);
	ck_assert_int_eq(await_open(), CLIENT_FAILED);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_UNREACHABLE);
	ck_assert_ptr_nonnull(strstr(client_connection_error(c), "127.0.0.1"));
}
END_TEST

/*
 * TLS
 */

/* Serves one request in TLS with the key of the realm in the directory that is arg. */
static void
serve_tls(struct liar_client *client)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH], error[256], byte;
	static const char reply[] = "{\"status\":\"OK\"}\r\n\r\n";
	const struct tls_lib *lib = tls_lib(error, sizeof(error));
	struct tls_config *config = lib->tls_config_new();
	struct tls *tls = lib->tls_server();
	struct stream s;

	realm_key_paths(client->arg, key, certificate);
	lib->tls_config_set_keypair_file(config, certificate, key);
	lib->tls_configure(tls, config);
	stream_init(&s, client->fd, client->fd);
	stream_accept(&s, tls, error, sizeof(error));
	s.patience.timeout_ms = SUITE_PATIENCE_MS;
	if (stream_write_all(&s, reply, strlen(reply)) == 0)
		while (stream_read(&s, &byte, 1) != 0 && !s.broken)
			usleep(1000);
	stream_free(&s);
	lib->tls_free(tls);
	lib->tls_config_free(config);
}

static char state[128], shown[REALM_KEY_FINGERPRINT];

static void
start_tls(const char *name)
{
	char error[256];

	snprintf(state, sizeof(state), "%s/%s", home, name);
	ck_assert_int_eq(mkdir(state, 0700), 0);
	ck_assert_int_eq(realm_key_make(state, name, error, sizeof(error)), 0);
	ck_assert_int_eq(realm_key_fingerprint(state, shown, error, sizeof(error)), 0);
	liar = liar_start(serve_tls, state);
}

static enum client_connection_state
open_tls(const char *fingerprint)
{
	client_connection_open(c, "127.0.0.1", liar.port, true, fingerprint);
	return await_open();
}

START_TEST(a_key_is_remembered)
{
	char known[CLIENT_FINGERPRINT];
	json_t *message;

	start_tls("malang");
	ck_assert_msg(open_tls(NULL) == CLIENT_OPEN, "%s", client_connection_error(c));
	ck_assert(client_connection_is_new(c));
	ck_assert_str_eq(client_connection_fingerprint(c), shown);
	ck_assert_int_eq(next(&message), CLIENT_REPLY);
	json_decref(message);
	ck_assert_int_eq(client_known_keys_find("127.0.0.1", liar.port, known), 1);
	ck_assert_str_eq(known, shown);
	ck_assert_int_eq(open_tls(NULL), CLIENT_OPEN);
	ck_assert(!client_connection_is_new(c));
}
END_TEST

START_TEST(a_changed_key_is_refused)
{
	char known[CLIENT_FINGERPRINT];

	start_tls("malang");
	ck_assert_int_eq(client_known_keys_remember("127.0.0.1", liar.port, OTHER_KEY, false), 0);
	ck_assert_int_eq(open_tls(NULL), CLIENT_FAILED);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_KEY);
	ck_assert_ptr_nonnull(strstr(client_connection_error(c), OTHER_KEY));
	ck_assert_ptr_nonnull(strstr(client_connection_error(c), shown));
	ck_assert_int_eq(client_known_keys_find("127.0.0.1", liar.port, known), 1);
	ck_assert_str_eq(known, OTHER_KEY);
	/* Told beforehand, it is another matter. */
	ck_assert_int_eq(open_tls(shown), CLIENT_OPEN);
	ck_assert_int_eq(open_tls(NULL), CLIENT_OPEN);
}
END_TEST

START_TEST(another_key_than_told_is_refused)
{
	char known[CLIENT_FINGERPRINT];

	start_tls("malang");
	ck_assert_int_eq(open_tls(OTHER_KEY), CLIENT_FAILED);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_KEY);
	ck_assert_int_eq(client_known_keys_find("127.0.0.1", liar.port, known), 0);
}
END_TEST

START_TEST(tls_never_becomes_plain)
{
	liar = liar_start(say_arg, (void *)(uintptr_t) "{\"status\":\"ERROR\"}\r\n\r\n");
	ck_assert_int_eq(open_tls(NULL), CLIENT_FAILED);
	ck_assert_int_eq(client_connection_failure(c), CLIENT_FAILURE_TLS);
	ck_assert_ptr_nonnull(strstr(client_connection_error(c), "--plain"));
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	Suite *suite = suite_create("client_connection");
	TCase *tc = tcase_create("plain");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, replies_and_events_are_told_apart, 0, 2);
	tcase_add_loop_test(tc, what_is_no_reply_fails, 0, COUNT(no_replies));
	tcase_add_loop_test(tc, a_reply_without_end_fails, 0, 2);
	tcase_add_test(tc, a_server_that_went_is_noticed);
	tcase_add_test(tc, silence_ends);
	tcase_add_test(tc, requests_go_out);
	tcase_add_test(tc, nobody_answers);
	suite_add_tcase(suite, tc);
	tc = tcase_create("tls");
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, a_key_is_remembered);
	tcase_add_test(tc, a_changed_key_is_refused);
	tcase_add_test(tc, another_key_than_told_is_refused);
	tcase_add_test(tc, tls_never_becomes_plain);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
