/*
 * The client with a real server in TLS: whose key is remembered when it is first seen, and refused
 * when it is another; and never without TLS where nobody said so.
 */
#include <sys/socket.h>

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client/path.h"
#include "client_home.h"
#include "tls_realm.h"

#define OTHER_KEY "SHA256:0000000000000000000000000000000000000000000000000000000000000000"

static char address[128], plain[128];
static uint16_t port;

/* Starts the realm, and enters a home that knows no key. */
static void
start(void)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	int fd;

	tls_realm_start();
	fd = tls_realm_connect(TLS_REALM, false);
	ck_assert_int_eq(getpeername(fd, (struct sockaddr *)&name, &len), 0);
	close(fd);
	port = ntohs(name.sin_port);
	snprintf(address, sizeof(address), "messi@127.0.0.1:%u", port);
	snprintf(plain, sizeof(plain), "messi@%s:%u", realm.address, realm.port);
	client_home_enter(&realm, "messi");
}

START_TEST(a_key_is_remembered)
{
	char said[512];

	start();
	snprintf(said, sizeof(said),
	    "kabar: the key of 127.0.0.1 port %u is remembered: %s\n"
	    "messi is logged in at 127.0.0.1 (account default)\n",
	    port, tls_realm_fingerprint(realm.state));
	ck_assert_int_eq(CLIENT_RUN("surabaya\n", "login", "--tls", address), 0);
	/* Both outputs go into one pipe; the first is flushed at the end. */
	ck_assert_str_eq(client_home_said, said);
	CLIENT_SAYS(0, "", NULL, "send", "messi", "lewat TLS");
	CLIENT_SAYS(0, "messi: lewat TLS\n", NULL, "inbox");
	/* Its key is known, so it is TLS although the server is on this machine. */
	CLIENT_SAYS(0, "messi is logged in at 127.0.0.1 (account lain)\n", "surabaya\n", "-a",
	    "lain", "login", address);
}
END_TEST

START_TEST(a_changed_key_is_refused)
{
	char known[256];

	start();
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", "--tls", address);
	snprintf(known, sizeof(known), "127.0.0.1:%u " OTHER_KEY "\n", port);
	client_home_write(".local/state/kabar/known_keys", known);
	ck_assert_int_eq(CLIENT_RUN(NULL, "inbox"), EX_NOPERM);
	ck_assert_ptr_nonnull(strstr(client_home_said, OTHER_KEY));
	ck_assert_ptr_nonnull(strstr(client_home_said, tls_realm_fingerprint(realm.state)));
	CLIENT_TELLS(EX_NOPERM, "has changed", "surabaya\n", "login", "--tls", address);
	CLIENT_TELLS(EX_NOPERM, "and not " OTHER_KEY, "surabaya\n", "login", "--fingerprint",
	    OTHER_KEY, address);
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", "--fingerprint",
	    tls_realm_fingerprint(realm.state), address);
	CLIENT_SAYS(0, "", NULL, "inbox");
}
END_TEST

/* Puts another key than the server's where the account has kept the one of its login. */
static void
exchange_key(void)
{
	char account[4096], *key;
	size_t len;
	char *text =
	    client_path_read(client_home_path(".local/state/kabar/accounts/default"), 4000, &len);

	ck_assert_ptr_nonnull(text);
	key = strstr(text, "SHA256:");
	ck_assert_ptr_nonnull(key);
	snprintf(account, sizeof(account), "%.*s%s%s", (int)(key - text), text, OTHER_KEY,
	    key + strlen(OTHER_KEY));
	client_home_write(".local/state/kabar/accounts/default", account);
	free(text);
}

/* What is pinned holds for each command, also where no key is known any more. */
START_TEST(a_pinned_key_holds)
{
	char settings[512];

	start();
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", "--tls", address);
	/* The settings are about this server: nothing but their key will do. */
	snprintf(settings, sizeof(settings),
	    "account default { address = \"%s\"\n fingerprint = \"" OTHER_KEY "\" }\n", address);
	client_home_write(".config/kabar/config", settings);
	CLIENT_TELLS(EX_NOPERM, "and not " OTHER_KEY, NULL, "inbox");
	client_home_write(".config/kabar/config", "");
	CLIENT_SAYS(0, "", NULL, "inbox");
	/* The key of the login holds where known_keys is gone. */
	ck_assert_int_eq(unlink(client_home_path(".local/state/kabar/known_keys")), 0);
	CLIENT_SAYS(0, "", NULL, "inbox");
	ck_assert_int_eq(unlink(client_home_path(".local/state/kabar/known_keys")), 0);
	exchange_key();
	CLIENT_TELLS(EX_NOPERM, "and not " OTHER_KEY, NULL, "inbox");
}
END_TEST

START_TEST(what_spoke_tls_does_not_become_plain)
{
	char known[256];

	start();
	snprintf(known, sizeof(known), "%s:%u " OTHER_KEY "\n", realm.address, realm.port);
	client_home_write(".local/state/kabar/known_keys", known);
	CLIENT_TELLS(EX_NOPERM, "has spoken TLS before", "surabaya\n", "login", "--plain", plain);
	CLIENT_TELLS(EX_PROTOCOL, "does not speak TLS\n", "surabaya\n", "login", "--tls", plain);
}
END_TEST

START_TEST(nothing_goes_plain_unasked)
{
	start();
	CLIENT_TELLS(EX_PROTOCOL, "--plain", "surabaya\n", "login", "--tls", plain);
	CLIENT_TELLS(0, "is logged in", "surabaya\n", "login", "--plain", plain);
	CLIENT_TELLS(EX_TEMPFAIL, "log in with --tls", "surabaya\n", "login", "--plain", address);
	CLIENT_TELLS(EX_USAGE, "64 hex digits", "surabaya\n", "login", "--fingerprint", "SHA256:0",
	    address);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("client_tls");
	TCase *tc = tls_realm_tcase(suite, "tls");

	tcase_add_test(tc, a_key_is_remembered);
	tcase_add_test(tc, a_changed_key_is_refused);
	tcase_add_test(tc, a_pinned_key_holds);
	tcase_add_test(tc, what_spoke_tls_does_not_become_plain);
	tcase_add_test(tc, nothing_goes_plain_unasked);
	return realm_run_suite(suite);
}
