/*
 * The server authenticates other realms and refuses impostors; limits on what a realm may use of
 * the server, and the view from outside.
 */
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <tls.h>
#include <unistd.h>

#include "peer_realm.h"
#include "tls_relay.h"

#define RATE     40
#define MESSAGES 100

#define UNKNOWN                                                                           \
	"p< {'status':'ERROR','fatal':'this realm does not know this key','retry':false," \
	"'realm':'surabaya'}\n"                                                           \
	"p hears the end\n"                                                               \
	"p closes\n"

static void
count_unknown_peers(size_t expected)
{
	char text[256];

	snprintf(text, sizeof(text), "refused an unknown realm from 127.0.0.1: its key is %s",
	    peer_realm_fingerprint(PEER_UNKNOWN));
	ck_assert_uint_eq(realm_log_count(&realm, text), expected);
}

/* However often it comes, the log tells of it once. */
START_TEST(unknown_peer)
{
	peer_realm_start();
	for (int i = 0; i < 5; i++) {
		peer_realm_speak('p', PEER_UNKNOWN);
		peer_realm_run(UNKNOWN);
	}
	count_unknown_peers(1);
	/* Whatever it says. */
	peer_realm_speak('p', PEER_UNKNOWN);
	dialogue_say(&talk, 'p', "hello 1 malang surabaya\r\n", 25);
	peer_realm_run(UNKNOWN);
	count_unknown_peers(1);
}
END_TEST

/* A key is one realm's: with another's name it is of no use. */
START_TEST(other_name)
{
	peer_realm_start();
	peer_realm_speak('p', PEER_BATU);
	peer_realm_run("p> hello 1 malang surabaya\n"
	               "p< {'status':'ERROR','fatal':'this key belongs to another realm','retry':"
	               "false}\n"
	               "p hears the end\n");
}
END_TEST

/* A key that is pinned no more ends the link that was made with it; a new one is let in. */
START_TEST(changed_key)
{
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_message('p', 1, "satu");
	peer_realm_has('p', 1);
	peer_realm_configure(PEER_UNKNOWN, "");
	realm_reload(&realm);
	peer_realm_speak('q', PEER_MALANG);
	peer_realm_run("q< {'status':'ERROR','fatal':'this realm does not know this key','retry':"
	               "false,'realm':'surabaya'}\n"
	               "q hears the end\n"
	               "q closes\n");
	peer_realm_message('p', 2, "dua");
	peer_realm_run("p< {'status':'ERROR','fatal':'this realm has other settings for its peers "
	               "now','retry':false}\n"
	               "p hears the end\n");
	peer_realm_speak('q', PEER_UNKNOWN);
	peer_realm_run("q> hello 1 malang surabaya\n"
	               "q< {'status':'OK','hello':1,$*}\n"
	               "q> resume " PEER_EPOCH " 0\n"
	               "q< {'status':'OK','resume':'" PEER_EPOCH "','have':1}\n");
}
END_TEST

/* No certificate, no TLS at all. */
START_TEST(no_key)
{
	struct tls_config *nobody = tls_config_new();
	int fd;

	peer_realm_start();
	tls_config_insecure_noverifycert(nobody);
	tls_config_insecure_noverifyname(nobody);
	realm_hear_end(tls_relay(peer_realm_connect(), nobody));
	fd = peer_realm_connect();
	ck_assert_int_eq(write(fd, "hello 1 malang surabaya\r\n", 25), 25);
	realm_hear_end(fd);
	tls_config_free(nobody);
	peer_realm_greet('p');
}
END_TEST

/* A silent client is not waited for, neither before TLS nor after it. */
START_TEST(silent)
{
	int fd;

	peer_realm_start();
	fd = peer_realm_connect();
	peer_realm_speak('p', PEER_MALANG);
	peer_realm_run("p hears the end\n");
	realm_hear_end(fd);
}
END_TEST

static void
kabarctl(const char *command, char *output, size_t size)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, command, NULL };

	ck_assert_int_eq(realm_run(argv, NULL, output, size), 0);
}

/* A link is shown as a realm, and not as a user who is online. */
START_TEST(shown)
{
	char output[4096];

	peer_realm_start();
	peer_realm_greet('p');
	kabarctl("who", output, sizeof(output));
	ck_assert_msg(strstr(output, "@malang") != NULL, "%s", output);
	ck_assert_ptr_nonnull(strstr(output, " peer "));
	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> info\n"
	               "a< INFO [{'username':'messi',$*}]\n");
}
END_TEST

/* The server takes no more messages in a second than the limit. */
START_TEST(rate)
{
	char setting[64];
	int64_t before;

	snprintf(setting, sizeof(setting), "peer_rate = %d", RATE);
	peer_realm_configure(PEER_MALANG, setting);
	peer_realm_start();
	peer_realm_greet('p');
	before = realm_now_ms();
	for (uint64_t i = 1; i <= MESSAGES; i++)
		peer_realm_message('p', i, "halo");
	peer_realm_has('p', MESSAGES);
	/* The first and the last ones of them may come together with nothing before or after. */
	ck_assert_int_ge(realm_now_ms() - before, (MESSAGES - 2 * RATE) * 1000 / RATE);
	/* The end must not wait for the pause. */
	ck_assert_int_eq(realm_stop(&realm), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer_trust");
	TCase *tcase = peer_realm_tcase(suite, "peer_trust");

	tcase_add_test(tcase, unknown_peer);
	tcase_add_test(tcase, other_name);
	tcase_add_test(tcase, changed_key);
	tcase_add_test(tcase, no_key);
	tcase_add_test(tcase, silent);
	tcase_add_test(tcase, shown);
	tcase_add_test(tcase, rate);
	return realm_run_suite(suite);
}
