/*
 * Logging in by a certificate of TLS: which listeners ask for one, whose it is over the gate and
 * without, and how a user chooses them.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "auth/client.h"
#include "dialect/enter.h"
#include "dialogue.h"
#include "net/realm_key.h"
#include "realmctl.h"
#include "tls_fixture.h"
#include "worker/tls.h"

#define DIGITS "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define COLONS                                             \
	"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:" \
	"01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF"

static struct tls_link link_;

/*
 * Listeners
 */

/* The fingerprint that a listener of a dialect sees; "": none. */
static void
shake(const char *dialect, bool shows, char seen[128])
{
	struct config_listen listen = { .name = "x", .tls = true };
	struct config config = { .realm = "malang" };
	int surabaya, malang;
	char error[512] = "";

	snprintf(listen.dialect, sizeof(listen.dialect), "%s", dialect);
	snprintf(config.state, sizeof(config.state), "%s", tls_fixture_malang);
	tls_link_open(&link_, false);
	worker_tls_free(link_.server);
	link_.server = worker_tls_new(&config, &listen, error, sizeof(error));
	ck_assert_msg(link_.server != NULL, "%s", error);
	if (!shows) {
		tls_config_free(link_.client);
		link_.client = tls_config_new();
		tls_config_insecure_noverifycert(link_.client);
		tls_config_insecure_noverifyname(link_.client);
	}
	tls_link_shake(&link_, &surabaya, &malang);
	ck_assert_int_eq(surabaya, 0);
	ck_assert_int_eq(malang, 0);
	const char *fingerprint = stream_peer_fingerprint(link_.malang);
	snprintf(seen, 128, "%s", fingerprint == NULL ? "" : fingerprint);
	tls_link_close(&link_);
}

/* One that no authority has signed will do, and none. */
START_TEST(test_listeners)
{
	char fingerprint[REALM_KEY_FINGERPRINT], error[512], seen[128];

	ck_assert_int_eq(realm_key_fingerprint(tls_fixture_surabaya, fingerprint, error,
	                     sizeof(error)),
	    0);
	shake("irc", true, seen);
	ck_assert_str_eq(seen, fingerprint);
	shake("irc", false, seen);
	ck_assert_str_eq(seen, "");
	shake("realm", true, seen);
	ck_assert_str_eq(seen, "");
}
END_TEST

/*
 * Logins
 */

static struct config config;
static struct auth_client gate;
static struct dialog dialog;
static struct chat_session session;
static char fingerprint[REALM_KEY_FINGERPRINT];

/* A connection in TLS, whose client shows surabaya's certificate; over the gate if kabard runs. */
static void
connect_worker(void)
{
	static const unsigned char key[ADDRESS_KEY_SIZE] = { 7 };
	int surabaya, malang;
	char error[512];

	ck_assert(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	ck_assert_int_eq(config_load(&config, realm.config, error, sizeof(error)), 0);
	dialog = (struct dialog){ .config = &config,
		.dialect = dialect_find("room"),
		.connection = 1,
		.address = "127.0.0.1",
		.wakeup_fd = -1 };
	tls_link_open(&link_, false);
	frame_init(&dialog.frame, link_.malang_fd, link_.malang_fd, TLS_FIXTURE_PATIENCE_MS);
	link_.malang = frame_carrier(&dialog.frame);
	tls_link_shake(&link_, &surabaya, &malang);
	ck_assert_int_eq(malang, 0);
	ck_assert_int_eq(realm_key_fingerprint(tls_fixture_surabaya, fingerprint, error,
	                     sizeof(error)),
	    0);
	if (realm.kabard != 0) {
		ck_assert_int_eq(auth_client_open(&gate, config.state, key, dialog.address, true),
		    0);
		dialog.auth = &gate;
	}
	ck_assert(dialect_begin(&dialog));
}

static void
hang_up(void)
{
	dialect_close(&dialog);
	frame_free(&dialog.frame);
	tls_link_close(&link_);
	if (dialog.auth != NULL)
		auth_client_close(&gate);
	config_free(&config);
}

static enum chat_result
log_in(const char *name)
{
	struct chat_user user;

	return dialect_enter_certificate(&dialog, chat_text(name), &user);
}

static enum chat_result
certify(const char *password, const char *text, bool adds)
{
	char secret[64];
	enum chat_result result;

	snprintf(secret, sizeof(secret), "%s", password);
	result = dialect_enter_certify(&dialog, &session, chat_text(secret), chat_text(text), adds);
	ck_assert_int_eq(secret[0], '\0');
	return result;
}

static void
play(bool with_gate)
{
	struct chat_user user;
	char password[] = "surabaya";

	realm_configure(&realm, "password_cost = 1\n");
	if (with_gate)
		realm_start(&realm);
	connect_worker();
	ck_assert_int_eq(log_in(""), CHAT_NO_USER);
	ck_assert_int_eq(dialect_enter_login(&dialog, chat_text("messi"), chat_text(password),
	                     &user),
	    CHAT_OK);
	ck_assert_int_eq(chat_session_open(&dialog.chat, &user, &session), CHAT_OK);
	dialect_welcome(&dialog, &session);
	/* The session alone is not enough. */
	ck_assert_int_eq(certify("salah", fingerprint, true), CHAT_BAD_PASSWORD);
	ck_assert_int_eq(certify("surabaya", "bukan", true), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(certify("surabaya", fingerprint, false), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(log_in("messi"), CHAT_NO_USER);
	ck_assert_int_eq(certify("surabaya", fingerprint, true), CHAT_OK);
	TELLS(0, NULL, "\ncerts      1\n", "user", "show", "messi");
	ck_assert_int_eq(log_in("lineker"), CHAT_NO_USER);
	ck_assert_int_eq(log_in("MESSI"), CHAT_OK);
	ck_assert_int_eq(log_in(""), CHAT_OK);
	/* The store speaks for messi, whose session goes on. */
	ck_assert_int_eq(certify("surabaya", DIGITS, true), CHAT_OK);
	ck_assert_int_eq(certify("surabaya", fingerprint, false), CHAT_OK);
	ck_assert_int_eq(log_in(""), CHAT_NO_USER);
	ck_assert_int_eq(certify("surabaya", fingerprint, true), CHAT_OK);
	WORKS(NULL, "user", "lock", "messi");
	if (dialog.auth == NULL)
		store_refresh(dialog.chat.store);
	ck_assert_int_eq(log_in(""), CHAT_LOCKED);
	hang_up();
	WORKS(NULL, "check");
	WORKS(NULL, "user", "del", "messi");
	WORKS(NULL, "check");
	ck_assert_ptr_null(strstr(output, "certificate"));
}

START_TEST(test_over_the_gate)
{
	play(true);
}
END_TEST

START_TEST(test_without_a_gate)
{
	play(false);
}
END_TEST

static void
play_command(enum dialogue_way way)
{
	struct dialogue talk;

	realm_configure(&realm, "password_cost = 1\n");
	if (way == DIALOGUE_TCP)
		realm_start(&realm);
	dialogue_begin(&talk, &realm, way);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> certificate $m\n"
	    "a< {\"status\":\"OK\",\"certificates\":[]}\n"
	    "a> certificate $m add salah " DIGITS "\n"
	    "a< {\"status\":\"ERROR\",\"message\":\"Password Salah\",\"code\":\"BAD_PASSWORD\"}\n"
	    "a> certificate $m put surabaya " DIGITS "\n"
	    "a< {\"status\":\"ERROR\",\"message\":\"parameter salah\",\"code\":\"BAD_ARGUMENT\"}\n"
	    "a> certificate $m add surabaya SHA256:" DIGITS "\n"
	    "a< OK Certificates changed\n"
	    "a> certificate\n"
	    "a< {\"status\":\"OK\",\"certificates\":[\"01234567\"]}\n"
	    "a> certificate remove surabaya " COLONS "\n"
	    "a< OK Certificates changed\n"
	    "a> certificate remove surabaya " DIGITS "\n"
	    "a< {\"status\":\"ERROR\",\"message\":\"parameter salah\",\"code\":\"BAD_ARGUMENT\"}\n"
	    "a> certificate\n"
	    "a< {\"status\":\"OK\",\"certificates\":[]}\n");
	dialogue_end(&talk);
}

START_TEST(test_command)
{
	play_command(DIALOGUE_TCP);
}
END_TEST

START_TEST(test_command_without_a_gate)
{
	play_command(DIALOGUE_SOCKETPAIR);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("certificate");
	TCase *tcase = realmctl_tcase(suite, "certificate");

	tcase_add_unchecked_fixture(tcase, tls_fixture_make_keys, tls_fixture_remove_keys);
	tcase_add_test(tcase, test_listeners);
	tcase_add_test(tcase, test_over_the_gate);
	tcase_add_test(tcase, test_without_a_gate);
	tcase_add_test(tcase, test_command);
	tcase_add_test(tcase, test_command_without_a_gate);
	return realm_run_suite(suite);
}
