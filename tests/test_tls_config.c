/*
 * The certificates of listeners: tested and refused before anybody depends on them, changed while
 * kabard runs, and shown to clients of inetd's too.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "net/tls_lib.h"
#include "tls_realm.h"

static char output[4096];
static char safe[512]; /* settings of the listener */

/* Runs kabard with these arguments after `-c FILE`; its status, and in output what it said. */
#define KABARD(...) \
	realm_run_kabard(&realm, (const char *const[]){ __VA_ARGS__, NULL }, output, sizeof(output))

#define TOLD(text) ck_assert_msg(strstr(output, text) != NULL, "\"%s\" is not in: %s", text, output)

/* The listener shows a certificate of one directory with a key of another. */
static const char *
use_keys(const char *certificate, const char *key)
{
	snprintf(safe, sizeof(safe), "certificate = \"%s/realm.crt\"  key = \"%s/realm.key\"",
	    certificate, key);
	return safe;
}

/* The server shows a new client the key of this directory. */
static void
expect_key_of(const char *dir)
{
	struct stream stream;

	tls_realm_open(&stream, TLS_REALM);
	ck_assert_str_eq(stream_peer_fingerprint(&stream), tls_realm_fingerprint(dir));
	tls_realm_close(&stream);
}

START_TEST(named_certificate)
{
	char dir[TLS_FIXTURE_DIR_MAX];
	struct stream stream;

	tls_realm_new_key(dir);
	tls_realm_configure(use_keys(dir, dir), NULL);
	ck_assert_int_eq(KABARD("-t"), 0);
	TOLD(": ok\n");
	ck_assert_int_eq(KABARD("-T"), 0);
	TOLD("/realm.crt\"");
	tls_realm_start();
	realm_await_log(&realm, "(realm), 127.0.0.1 port ");
	realm_await_log(&realm, "(realm, TLS), 127.0.0.1 port ");
	expect_key_of(dir);
	/* The others have the realm's. */
	tls_realm_open(&stream, TLS_ROOM);
	ck_assert_str_eq(stream_peer_fingerprint(&stream), tls_realm_fingerprint(realm.state));
	tls_realm_close(&stream);
}
END_TEST

/* kabard refuses the listener with -t and at its start. */
static void
expect_listener_refused(const char *reason)
{
	tls_realm_configure(safe, NULL);
	ck_assert_int_eq(KABARD("-t"), EX_CONFIG);
	TOLD("listen \"safe\"");
	TOLD(reason);
	ck_assert_int_eq(KABARD("-f"), EX_UNAVAILABLE);
	TOLD("listen \"safe\"");
	TOLD(reason);
}

START_TEST(unusable_certificates)
{
	char dir[TLS_FIXTURE_DIR_MAX], other[TLS_FIXTURE_DIR_MAX], path[512];
	FILE *file;

	tls_realm_new_key(dir);
	tls_realm_new_key(other);
	use_keys("/nonexistent", dir);
	expect_listener_refused("'/nonexistent/realm.crt': No such file or directory");
	use_keys(dir, "/nonexistent");
	expect_listener_refused("'/nonexistent/realm.key': No such file or directory");
	use_keys(dir, other);
	expect_listener_refused(dir);
	snprintf(path, sizeof(path), "%s/realm.crt", other);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "no certificate\n");
	fclose(file);
	use_keys(other, other);
	expect_listener_refused(other);
}
END_TEST

START_TEST(no_key_of_its_own)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/realm.crt", realm.state);
	ck_assert_int_eq(unlink(path), 0);
	/* It may be that init is still to come. */
	ck_assert_int_eq(KABARD("-t"), 0);
	ck_assert_int_eq(KABARD("-f"), EX_UNAVAILABLE);
	TOLD("listen \"safe\": no TLS with ");
	TOLD(path);
}
END_TEST

START_TEST(reload)
{
	char dir[TLS_FIXTURE_DIR_MAX];
	const char *own = realm.state;

	tls_realm_start();
	expect_key_of(own);
	tls_realm_speak('a', TLS_REALM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	tls_realm_new_key(dir);
	tls_realm_configure(use_keys(dir, dir), NULL);
	tls_realm_reload("reloaded");
	expect_key_of(dir);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

/* The same names, other files: as when a certificate was renewed. */
START_TEST(reload_of_renewed_files)
{
	char dir[TLS_FIXTURE_DIR_MAX], renewed[TLS_FIXTURE_DIR_MAX], away[TLS_FIXTURE_DIR_MAX + 8];

	tls_realm_new_key(dir);
	tls_realm_new_key(renewed);
	tls_realm_configure(use_keys(dir, dir), NULL);
	tls_realm_start();
	expect_key_of(dir);
	snprintf(away, sizeof(away), "%s.old", dir);
	ck_assert_int_eq(rename(dir, away), 0);
	ck_assert_int_eq(rename(renewed, dir), 0);
	expect_key_of(away);
	tls_realm_reload("reloaded");
	expect_key_of(dir);
}
END_TEST

START_TEST(reload_refused)
{
	char dir[TLS_FIXTURE_DIR_MAX], other[TLS_FIXTURE_DIR_MAX];

	tls_realm_new_key(dir);
	tls_realm_new_key(other);
	tls_realm_configure(use_keys(dir, dir), NULL);
	tls_realm_start();
	expect_key_of(dir);
	tls_realm_configure(use_keys(dir, other), "registration = off");
	tls_realm_reload(
	    "reload refused, everything stays as it was: listen \"safe\": no TLS with ");
	expect_key_of(dir);
	tls_realm_speak('a', TLS_REALM);
	dialogue_run(&talk,
	    "a> register xavi rahasia Xavi Spanyol\n"
	    "a< TOKEN x\n");
	/* What was refused can be mended. */
	tls_realm_configure(use_keys(other, other), "registration = off");
	tls_realm_reload("reloaded");
	expect_key_of(other);
	tls_realm_speak('b', TLS_REALM);
	dialogue_run(&talk,
	    "b> register iniesta rahasia Andres Spanyol\n"
	    "b< ERROR Registrasi ditutup\n");
}
END_TEST

/* A listener changes from TLS to plain and back; the socket stays. */
START_TEST(reload_to_plain)
{
	int fd;

	tls_realm_start();
	expect_key_of(realm.state);
	tls_realm_configure("tls = off", NULL);
	tls_realm_reload("reloaded");
	fd = tls_realm_connect(TLS_REALM, false);
	speaker_open(&talk.speakers[0], fd, fd);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
}
END_TEST

/* One of inetd's, by a listener's name. */
static int
inetd(const char *listener, pid_t *pid)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-i", "-f", "-L",
		listener, NULL };
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	*pid = realm_spawn(&realm, pair[0], pair[0], argv);
	close(pair[0]);
	return pair[1];
}

START_TEST(inetd_by_listener)
{
	pid_t pid;
	int fd;

	fd = tls_realm_relay(inetd("Safe", &pid));
	speaker_open(&talk.speakers[0], fd, fd);
	talk.pids[0] = pid;
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a closes\n");
	fd = inetd("main", &pid);
	speaker_open(&talk.speakers[1], fd, fd);
	talk.pids[1] = pid;
	dialogue_run(&talk,
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n"
	    "b closes\n");
}
END_TEST

START_TEST(inetd_refuses)
{
	ck_assert_int_eq(KABARD("-i", "-f", "-L", "nowhere"), EX_CONFIG);
	TOLD("there is no listener nowhere");
	use_keys("/nonexistent", "/nonexistent");
	tls_realm_configure(safe, NULL);
	ck_assert_int_eq(KABARD("-i", "-f", "-L", "safe"), EX_CONFIG);
	TOLD("/nonexistent/realm.crt");
	ck_assert_int_eq(KABARD("-i", "-L", "safe", "-D", "realm"), EX_USAGE);
	ck_assert_int_eq(KABARD("-L", "safe"), EX_USAGE);
}
END_TEST

/* Whether a client of TLS 1.2 that offers only these suites gets through the handshake. */
static bool
shakes_with(const char *suites)
{
	char error[512];
	const struct tls_lib *lib = tls_lib(error, sizeof(error));
	struct tls_config *config;
	struct stream stream;
	int fd = tls_realm_connect(TLS_REALM, false);
	int result;

	ck_assert_ptr_nonnull(lib);
	config = lib->tls_config_new();
	ck_assert_ptr_nonnull(config);
	ck_assert_int_eq(lib->tls_config_set_protocols(config, TLS_PROTOCOL_TLSv1_2), 0);
	ck_assert_int_eq(lib->tls_config_set_ciphers(config, suites), 0);
	lib->tls_config_insecure_noverifycert(config);
	lib->tls_config_insecure_noverifyname(config);
	stream_init(&stream, fd, fd);
	ck_assert_int_eq(stream_dial(&stream, config, error, sizeof(error)), 0);
	while ((result = stream_handshake(&stream)) != 0 && errno == EAGAIN)
		tls_fixture_await(&stream);
	tls_realm_close(&stream);
	lib->tls_config_free(config);
	return result == 0;
}

START_TEST(suites)
{
	tls_realm_start();
	ck_assert(shakes_with("ECDHE+AESGCM"));
	ck_assert(shakes_with("ECDHE+CHACHA20"));
	ck_assert(!shakes_with("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:"
	                       "ECDHE-RSA-AES128-SHA256:ECDHE-RSA-AES256-SHA384:"
	                       "ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:AES128-SHA"));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("tls_config");
	TCase *tcase = tls_realm_tcase(suite, "certificates");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_test(tcase, named_certificate);
	tcase_add_test(tcase, unusable_certificates);
	tcase_add_test(tcase, no_key_of_its_own);
	tcase_add_test(tcase, reload);
	tcase_add_test(tcase, reload_of_renewed_files);
	tcase_add_test(tcase, reload_refused);
	tcase_add_test(tcase, reload_to_plain);
	tcase_add_test(tcase, inetd_by_listener);
	tcase_add_test(tcase, inetd_refuses);
	tcase_add_test(tcase, suites);
	return realm_run_suite(suite);
}
