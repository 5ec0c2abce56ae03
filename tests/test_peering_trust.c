/*
 * Realms that are peers: whom they believe to be whom, and what becomes of a realm that has gone
 * back to an older state or has several links.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "realms.h"

#define QUEUED "{'status':'OK','message':'Message sent to user in realm','delivery':'queued'}"

#define PASS_MS 1000

static void
send_numbers(int from, int first, int last, const char *reply)
{
	for (int i = first; i <= last; i++)
		realms_runf(from,
		    "a> sendprivaterealm %s lineker %d\n"
		    "a< %s\n",
		    realms_names[1 - from], i, reply);
}

/* Lineker gets these numbers next from the other realm, each once. */
static void
has_numbers(int realm, int first, int last)
{
	char expected[4096] = "";
	size_t len = 0;

	for (int i = first; i <= last; i++)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len,
		    "%s(Lionel Messi>Gary Lineker:%d)", i == first ? "" : ",", i);
	realms_runf(realm,
	    "c> getrealminbox %s\n"
	    "c< MESSAGES [%s]\n",
	    realms_names[1 - realm], expected);
}

/* A realm that the configuration does not name is refused. */
START_TEST(unknown)
{
	char text[256];

	realms_configure_alone(MALANG, "");
	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_login_all();
	realms_await_log(SURABAYA, "malang: no link: it said: this realm does not know this key");
	for (unsigned int i = relay_connections(&realms.relay[SURABAYA][MALANG]); i < 5; i++) {
		REALM_CTL(&realms.realm[SURABAYA], NULL, "queue", "flush");
		realms_await_link(SURABAYA, MALANG, LINK_STATUS_DOWN);
	}
	send_numbers(SURABAYA, 1, 2, QUEUED);
	snprintf(text, sizeof(text), "refused an unknown realm from 127.0.0.1: its key is %s",
	    realms.fingerprint[SURABAYA]);
	ck_assert_uint_eq(realm_log_count(&realms.realm[MALANG], "unknown realm"), 1);
	ck_assert_uint_eq(realm_log_count(&realms.realm[MALANG], text), 1);
	ck_assert_uint_eq(realm_log_count(&realms.realm[SURABAYA], "does not know this key"), 1);
	/* From now on it does. */
	realms_configure(MALANG, "");
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_await_link(MALANG, SURABAYA, LINK_STATUS_UP);
	realms_await_all();
	has_numbers(MALANG, 1, 2);
}
END_TEST

static bool
has_retried(void *arg)
{
	return relay_connections(&realms.relay[SURABAYA][MALANG]) >= *(unsigned int *)arg;
}

/* A server with another key than the pinned one is told nothing. */
START_TEST(wrong_key)
{
	char peer[REALMS_PEER], text[256];
	unsigned int tries = 4;

	realms_peer(SURABAYA, MALANG,
	    "SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", peer);
	realms_configure_alone(SURABAYA, peer);
	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_login_all();
	snprintf(text, sizeof(text), "malang: no link: it has another key, %s",
	    realms.fingerprint[MALANG]);
	realms_await_log(SURABAYA, text);
	send_numbers(SURABAYA, 1, 2, QUEUED);
	ck_assert(realms_until(has_retried, &tries));
	ck_assert_uint_eq(realm_log_count(&realms.realm[SURABAYA], "another key"), 1);
	/* It has the key that surabaya does not believe: so malang is not let in either. */
	send_numbers(MALANG, 1, 1, QUEUED);
	realms_await_log(MALANG, "this realm does not know this key");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< MESSAGES []\n");
	realms_configure(SURABAYA, "");
	realms_await_all();
	has_numbers(MALANG, 1, 2);
	has_numbers(SURABAYA, 1, 1);
}
END_TEST

static void
renew_key(int realm)
{
	char key[REALM_KEY_PATH], certificate[REALM_KEY_PATH], error[512];
	const char *state = realms.realm[realm].state;

	realm_key_paths(state, key, certificate);
	ck_assert_int_eq(unlink(key), 0);
	ck_assert_int_eq(unlink(certificate), 0);
	ck_assert_int_eq(realm_key_make(state, realms_names[realm], error, sizeof(error)), 0);
	ck_assert_int_eq(realm_key_fingerprint(state, realms.fingerprint[realm], error,
	                     sizeof(error)),
	    0);
}

/* A realm with a new key is unknown until its peers are told. */
START_TEST(changed_key)
{
	realms_start_all();
	realms_login_all();
	send_numbers(SURABAYA, 1, 1, "OK Message sent to user in realm");
	send_numbers(MALANG, 1, 1, "OK Message sent to user in realm");
	realms_stop(MALANG);
	renew_key(MALANG);
	realms_start(MALANG);
	realms_login(MALANG);
	realms_await_log(SURABAYA, "malang: no link: it has another key, SHA256:");
	realms_await_log(MALANG, "surabaya: no link: it said: this realm does not know this key");
	send_numbers(SURABAYA, 2, 2, QUEUED);
	send_numbers(MALANG, 2, 2, QUEUED);
	realms_configure(SURABAYA, "");
	realms_await_all();
	has_numbers(MALANG, 1, 2);
	has_numbers(SURABAYA, 1, 2);
}
END_TEST

/* No realm speaks for another: batu, whose key is known, says that it is malang. */
START_TEST(another_name)
{
	char settings[REALMS_PEER + 64], peer[REALMS_PEER];

	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_peer(BATU, SURABAYA, realms.fingerprint[SURABAYA], peer);
	snprintf(settings, sizeof(settings), "realm = \"malang\"\n%s", peer);
	realms_configure_alone(BATU, settings);
	realms_start(BATU);
	realms_login(BATU);
	realms_run(BATU,
	    "a> sendprivaterealm surabaya lineker palsu\n"
	    "a< " QUEUED "\n");
	realms_await_log(BATU, "surabaya: no link: it said: this key belongs to another realm");
	realms_await_log(SURABAYA, "link ended: this key belongs to another realm");
	realms_login(SURABAYA);
	realms_run(SURABAYA,
	    "c> getrealminbox malang\n"
	    "c< MESSAGES []\n"
	    "c> getrealminbox batu\n"
	    "c< MESSAGES []\n");
}
END_TEST

static void
add_realm(int realm, int peer)
{
	realms_runf(realm,
	    "d> auth admin surabaya\n"
	    "d< TOKEN d\n"
	    "d> addrealm %s 127.0.0.1 %u\n"
	    "d< OK Realm added successfully\n"
	    "d> addrealm %s 127.0.0.1 9\n"
	    "d< ERROR Realm sudah ada\n",
	    realms_names[peer], (unsigned int)realms.relay[realm][peer].port, realms_names[peer]);
}

static void
have_admin(int realm)
{
	realm_clock_use(&realms.clock[realm]);
	REALM_CTL(&realms.realm[realm], "surabaya\n", "user", "add", "admin", "-a");
	realms_configure_alone(realm, "");
}

/* Added by administrators on both sides, each believes what it sees first, and nothing else. */
START_TEST(first_use)
{
	have_admin(SURABAYA);
	have_admin(MALANG);
	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_login_all();
	add_realm(SURABAYA, MALANG);
	realms_await_log(SURABAYA, "malang: no link: it said: this realm does not know this key");
	add_realm(MALANG, SURABAYA);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_await_link(MALANG, SURABAYA, LINK_STATUS_UP);
	send_numbers(SURABAYA, 1, 1, "OK Message sent to user in realm");
	send_numbers(MALANG, 1, 1, "OK Message sent to user in realm");
	/* It is remembered. */
	realms_stop(SURABAYA);
	realms_stop(MALANG);
	renew_key(MALANG);
	realms_start(MALANG);
	realms_start(SURABAYA);
	realms_login_all();
	realms_await_log(SURABAYA, "malang: no link: it has another key");
	send_numbers(SURABAYA, 2, 2, QUEUED);
	send_numbers(MALANG, 2, 2, QUEUED);
	has_numbers(MALANG, 1, 1);
	has_numbers(SURABAYA, 1, 1);
}
END_TEST

/* One side has it in its configuration, the other learns it. */
START_TEST(first_use_by_one)
{
	have_admin(SURABAYA);
	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_login_all();
	add_realm(SURABAYA, MALANG);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_await_link(MALANG, SURABAYA, LINK_STATUS_UP);
	send_numbers(SURABAYA, 1, 1, "OK Message sent to user in realm");
	send_numbers(MALANG, 1, 1, "OK Message sent to user in realm");
	has_numbers(MALANG, 1, 1);
	has_numbers(SURABAYA, 1, 1);
}
END_TEST

/* A peer that is new in the configuration is a peer as soon as the master has read that. */
START_TEST(from_the_configuration)
{
	realms_configure_alone(SURABAYA, "");
	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_login_all();
	realms_run(SURABAYA,
	    "a> addrealm malang\n"
	    "a< ERROR parameter salah\n"
	    "a> sendprivaterealm malang lineker 1\n"
	    "a< ERROR Realm tidak ditemukan\n");
	realms_configure(SURABAYA, "");
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_run(SURABAYA,
	    "a> addrealm malang\n"
	    "a< ERROR Realm sudah ada\n");
	send_numbers(SURABAYA, 1, 1, "OK Message sent to user in realm");
	has_numbers(MALANG, 1, 1);
}
END_TEST

/* Time passes until the bridge has so often lost patience with malang. */
static bool
has_given_up(void *arg)
{
	realm_clock_pass(&realms.clock[SURABAYA], PASS_MS);
	return realm_log_count(&realms.realm[SURABAYA], "it has not answered for 30 seconds") >=
	    *(size_t *)arg;
}

/* The old link hangs, half open, on both sides: a newer one takes over. */
START_TEST(half_open)
{
	realms_configure(SURABAYA, "delivery_wait = 0\n");
	realms_start_all();
	realms_login_all();
	send_numbers(SURABAYA, 1, 3, QUEUED);
	realms_await_queued(SURABAYA, MALANG, 0);
	for (int i = 0; i < 3; i++) {
		size_t times = (size_t)i + 1;

		relay_strand(&realms.relay[SURABAYA][MALANG]);
		send_numbers(SURABAYA, 4 + 2 * i, 5 + 2 * i, QUEUED);
		if (_i == 0)
			ck_assert(realm_until(has_given_up, &times));
		else
			ck_assert_int_eq(kill(realms_bridge(SURABAYA), SIGKILL), 0);
		realms_await_queued(SURABAYA, MALANG, 0);
	}
	has_numbers(MALANG, 1, 9);
	realms_check();
}
END_TEST

static bool
has_no_committer(void *realm)
{
	return realm_committer(realm) == 0;
}

/* Copies surabaya's state, or replaces it, when nobody writes to it any more. */
static void
copy_state(const char *from, const char *to)
{
	const char *const remove[] = { "/bin/rm", "-rf", to, NULL };
	const char *const copy_tree[] = { "/bin/cp", "-a", from, to, NULL };

	ck_assert(realm_until(has_no_committer, &realms.realm[SURABAYA]));
	realm_clock_use(NULL);
	ck_assert_int_eq(realm_run(remove, NULL, NULL, 0), 0);
	ck_assert_int_eq(realm_run(copy_tree, NULL, NULL, 0), 0);
}

/* Exchanges messages, of which surabaya forgets half: it is put back to an old copy. */
static void
go_back(void)
{
	char old[REALM_PATH_MAX + 8];

	snprintf(old, sizeof(old), "%.100s.old", realms.realm[SURABAYA].state);
	realms_start_all();
	realms_login_all();
	send_numbers(SURABAYA, 1, 3, "OK Message sent to user in realm");
	send_numbers(MALANG, 1, 3, "OK Message sent to user in realm");
	realms_await_all();
	realms_stop(SURABAYA);
	copy_state(realms.realm[SURABAYA].state, old);
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_await_link(MALANG, SURABAYA, LINK_STATUS_UP);
	send_numbers(SURABAYA, 4, 6, "OK Message sent to user in realm");
	send_numbers(MALANG, 4, 6, "OK Message sent to user in realm");
	realms_await_all();
	realms_stop(SURABAYA);
	copy_state(old, realms.realm[SURABAYA].state);
	realms_start(SURABAYA);
	realms_login(SURABAYA);
}

/* Delivered messages are neither lost nor doubled, and later ones arrive. */
START_TEST(old_copy)
{
	go_back();
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_await_link(MALANG, SURABAYA, LINK_STATUS_UP);
	realms_await_log(MALANG, "surabaya has lost 3 messages that it had taken");
	realms_await_log(SURABAYA, "this state is older than what was sent from it");
	send_numbers(SURABAYA, 7, 8, "OK Message sent to user in realm");
	send_numbers(MALANG, 7, 8, "OK Message sent to user in realm");
	has_numbers(MALANG, 1, 8);
	realms_run(SURABAYA,
	    "c> getrealminbox malang\n"
	    "c< MESSAGES [(Lionel Messi>Gary Lineker:1),(Lionel Messi>Gary Lineker:2),"
	    "(Lionel Messi>Gary Lineker:3),(Lionel Messi>Gary Lineker:7),"
	    "(Lionel Messi>Gary Lineker:8)]\n");
	realms_await_all();
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering_trust");
	TCase *tcase = realms_tcase(suite, "two", 2);

	tcase_add_test(tcase, unknown);
	tcase_add_test(tcase, wrong_key);
	tcase_add_test(tcase, changed_key);
	tcase_add_test(tcase, first_use);
	tcase_add_test(tcase, first_use_by_one);
	tcase_add_test(tcase, from_the_configuration);
	tcase_add_loop_test(tcase, half_open, 0, 2);
	tcase_add_test(tcase, old_copy);
	tcase = realms_tcase(suite, "three", 3);
	tcase_add_test(tcase, another_name);
	return realm_run_suite(suite);
}
