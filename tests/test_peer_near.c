/*
 * Another realm that is nearly one of ours: its key differs from the pin in one digit, its name in
 * one character, or it was a peer when its link began and is none any more.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "peer_realm.h"

#define EXIT_CONFIG 78
#define PIN_SIZE    80
#define PREFIX      7 /* "SHA256:" */
#define DIGITS      64

#define ENDS                \
	"p hears the end\n" \
	"p closes\n"
#define UNKNOWN                                                                           \
	"p< {'status':'ERROR','fatal':'this realm does not know this key','retry':false," \
	"'realm':'surabaya'}\n" ENDS
#define CHANGED                                                                           \
	"p< {'status':'ERROR','fatal':'this realm has other settings for its peers now'," \
	"'retry':false}\n" ENDS

/* malang's pin, in which one digit is another. */
static void
spoil_pin(size_t digit, char pin[PIN_SIZE])
{
	snprintf(pin, PIN_SIZE, "%s", peer_realm_fingerprint(PEER_MALANG));
	ck_assert_uint_eq(strlen(pin), PREFIX + DIGITS);
	pin[PREFIX + digit] = pin[PREFIX + digit] == '0' ? '1' : '0';
}

static void
configure_pin(const char *pin)
{
	char text[512];

	snprintf(text, sizeof(text), PEER_PINNED, "malang", pin);
	peer_realm_configure_peers(text);
}

START_TEST(pin_of_another_digit)
{
	static const size_t digits[] = { 0, 1, 7, 31, 32, 62, 63 };
	char pin[PIN_SIZE];

	spoil_pin(digits[0], pin);
	configure_pin(pin);
	peer_realm_start();
	for (size_t i = 0; i < sizeof(digits) / sizeof(digits[0]); i++) {
		spoil_pin(digits[i], pin);
		configure_pin(pin);
		realm_reload(&realm);
		peer_realm_speak('p', PEER_MALANG);
		peer_realm_run(UNKNOWN);
	}
	configure_pin(peer_realm_fingerprint(PEER_MALANG));
	realm_reload(&realm);
	ck_assert_uint_eq(peer_realm_greet('p'), 0);
}
END_TEST

/* A setting with a malformed pin is refused. */
START_TEST(pin_of_another_form)
{
	static const char *const pins[] = {
		"SHA256:0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
		"SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeF",
		"SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
		"SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0",
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef ",
		"SHA256:",
	};
	const char *const argv[] = { realm_kabard_path, "-t", "-c", realm.config, NULL };
	char output[1024];

	for (size_t i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
		configure_pin(pins[i]);
		ck_assert_msg(realm_run(argv, NULL, output, sizeof(output)) == EXIT_CONFIG,
		    "%s: %s", pins[i], output);
		ck_assert_msg(strstr(output, "fingerprint") != NULL, "%s: %s", pins[i], output);
	}
	configure_pin("SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
}
END_TEST

START_TEST(names)
{
	static const char *const own[] = { "malanh", "nalang", "malan", "malangg", "batu" };
	static const char *const other[] = { "surabayb", "turabaya", "surabay", "surabayaa",
		"malang" };

	peer_realm_start();
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		peer_realm_speak('p', PEER_MALANG);
		peer_realm_run("p> hello 1 %s surabaya\n"
		               "p< {'status':'ERROR','fatal':'this key belongs to another "
		               "realm','retry':"
		               "false}\n" ENDS,
		    own[i]);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		peer_realm_speak('p', PEER_MALANG);
		peer_realm_run("p> hello 1 malang %s\n"
		               "p< {'status':'ERROR','fatal':'this is another realm','retry':false}"
		               "\n" ENDS,
		    other[i]);
	}
}
END_TEST

/* It speaks for its own users only, and a name that is nearly its own is another's. */
START_TEST(names_of_senders)
{
	static const char *const realms[] = { "malanh", "nalang", "malan", "malangg", "batu",
		"surabaya" };
	const uint64_t n = sizeof(realms) / sizeof(realms[0]);

	peer_realm_start();
	peer_realm_greet('p');
	for (uint64_t i = 0; i < n; i++)
		peer_realm_run("p> message %d {'time':5,'from':'lineker@%s','name':'G','to':"
		               "'messi','text':'palsu'}\n"
		               "p< {'status':'ERROR','number':%d,'reason':'bad_message'}\n"
		               "p< {'status':'OK','have':%d}\n",
		    (int)i + 1, realms[i], (int)i + 1, (int)i + 1);
	peer_realm_message('p', n + 1, "asli");
	peer_realm_has('p', n + 1);
	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> getrealminbox malang\n"
	               "a< MESSAGES [(Gary Lineker>Lionel Messi:asli)]\n");
}
END_TEST

/*
 * malang changes while its link is up.
 */

static void
configure_without(void)
{
	char text[512];

	snprintf(text, sizeof(text), PEER_PINNED, "batu", peer_realm_fingerprint(PEER_BATU));
	peer_realm_configure_peers(text);
}

static void
configure_legacy(void)
{
	peer_realm_configure_peers(
	    "peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n");
}

static void
configure_last_digit(void)
{
	char pin[PIN_SIZE];

	spoil_pin(DIGITS - 1, pin);
	configure_pin(pin);
}

/* The key is another realm's then. */
static void
configure_another(void)
{
	char text[512];

	snprintf(text, sizeof(text), PEER_PINNED, "malanh", peer_realm_fingerprint(PEER_MALANG));
	peer_realm_configure_peers(text);
}

static void (*const changes[])(
    void) = { configure_without, configure_legacy, configure_last_digit, configure_another };

#define CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

/* Each of its requests gets the same refusal, once, and none is carried out. */
static const char *const requests[] = {
	"message 2 {'time':5,'from':'lineker@malang','name':'G','to':'messi','text':'dua'}",
	"file 2 "
	"{'time':5,'from':'lineker@malang','name':'G','to':'messi','file':'x','size':0,'hash':"
	"'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}",
	"void 2 9",
	"ask 1 info messi",
	"resume 00000000000000e2 0",
	"settled 1",
	"ping 1",
};

START_TEST(peer_no_more)
{
	peer_realm_start();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		ck_assert_uint_eq(peer_realm_greet('p'), i == 0 ? 0 : 1);
		if (i == 0) {
			peer_realm_message('p', 1, "satu");
			peer_realm_has('p', 1);
		}
		changes[_i]();
		realm_reload(&realm);
		peer_realm_run("p> %s\n" CHANGED, requests[i]);
		/* Nor does another link begin. */
		peer_realm_speak('p', PEER_MALANG);
		if (changes[_i] != configure_another)
			peer_realm_run(UNKNOWN);
		else
			peer_realm_run("p> hello 1 malang surabaya\n"
			               "p< {'status':'ERROR','fatal':'this key belongs to another "
			               "realm','retry':false}\n" ENDS);
		peer_realm_configure(PEER_MALANG, "");
		realm_reload(&realm);
	}
	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> getrealminbox malang\n"
	               "a< MESSAGES [(Gary Lineker>Lionel Messi:satu)]\n");
	ck_assert_uint_eq(peer_realm_greet('p'), 1);
}
END_TEST

static bool
is_shown(void *arg)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "who", NULL };
	char output[4096];

	return realm_run(argv, NULL, output, sizeof(output)) == 0 && strstr(output, arg) != NULL;
}

/* Between TLS and the greeting, too: its key has been looked at then. */
START_TEST(peer_no_more_at_greeting)
{
	char name[] = "@malang";

	peer_realm_start();
	peer_realm_speak('p', PEER_MALANG);
	ck_assert(realm_until(is_shown, name));
	changes[_i]();
	realm_reload(&realm);
	peer_realm_run("p> hello 1 malang surabaya\n" CHANGED);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peer_near");
	TCase *tcase = peer_realm_tcase(suite, "pins");

	tcase_add_test(tcase, pin_of_another_digit);
	tcase_add_test(tcase, pin_of_another_form);
	tcase = peer_realm_tcase(suite, "names");
	tcase_add_test(tcase, names);
	tcase_add_test(tcase, names_of_senders);
	tcase = peer_realm_tcase(suite, "changes");
	tcase_add_loop_test(tcase, peer_no_more, 0, CHANGES);
	tcase_add_loop_test(tcase, peer_no_more_at_greeting, 0, CHANGES);
	return realm_run_suite(suite);
}
