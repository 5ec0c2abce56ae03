/*
 * A connection that begins as no client does, on a listener of each dialect, is answered at once,
 * without a line end, and the log names the protocol that it seems to be. Clients that only look
 * like that are served. People at a terminal get help.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listeners.h"

#define LONG_WORD 60000 /* bytes, of a line that may have a few more */
#define ROOM      4     /* index of the dialect */

static struct realm realm;
static struct dialogue talk;

static void
setup(void)
{
	listeners_make(&realm);
	listeners_configure(&realm, "login_timeout = 1d\nlog_level = info\n");
}

static void
teardown(void)
{
	dialogue_end(&talk);
	listeners_remove(&realm);
}

/* The answer of each dialect to a line that is none of its commands. */
static const char *const errors[LISTENERS] = {
	"ERROR *Maaf, command tidak benar",
	"ERROR **Protocol Tidak Benar",
	"ERROR **Protocol Tidak Benar",
	"ERROR **Protocol Tidak Benar",
	"{'FLAG':'DATA','CONTENT':'permintaan harus diawali dengan {','TYPE':'TEXT',"
	"'CODE':'BAD_REQUEST'}",
};

static const struct {
	const char *bytes;
	size_t len;
	const char *seems;
} protocols[] = {
	{ "\x80\x04\x95\x2a\x00\x00\x00", 7, "a pickle" },
	{ "\x80", 1, "a pickle" },
	{ "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35, "an HTTP request" },
	{ "POST ", 5, "an HTTP request" },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24, "an HTTP request" },
	{ "SSH-2.0-OpenSSH_9.2p1\r\n", 23, "an SSH client" },
	{ "\xef\xbb\xbf"
	  "auth messi surabaya\r\n",
	    24, "a byte order mark" },
	{ "\x00\x00\x00\x54\xff\x53\x4d\x42", 8, "binary data" },
	{ "\x03\x00\x00\x2b\x26\xe0", 6, "binary data" },
};
#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

START_TEST(told_at_once)
{
	char logged[128];

	listeners_begin(&talk, &realm, (enum dialogue_way)_i);
	for (int dialect = 0; dialect < LISTENERS; dialect++) {
		for (size_t i = 0; i < PROTOCOLS; i++) {
			struct dialogue other;
			char speaker = (char)('a' + dialect);

			listeners_begin(&other, &realm, (enum dialogue_way)_i);
			dialogue_say(&other, speaker, protocols[i].bytes, protocols[i].len);
			dialogue_runf(&other, "%c< %s\n%c hears the end\n", speaker,
			    errors[dialect], speaker);
			dialogue_end(&other);
			snprintf(logged, sizeof(logged),
			    "looks like %s; does the client mean another port?",
			    protocols[i].seems);
			ck_assert_msg(realm_logged(&realm, logged), "not logged: %s", logged);
		}
	}
	ck_assert_uint_eq(realm_log_count(&realm, "does the client mean another port?"),
	    LISTENERS * PROTOCOLS);
}
END_TEST

/* The beginning of a hello as clients send it; TLS is told in its own way, by a fatal alert. */
START_TEST(tls_hello)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	static const char alert[] = { 21, 3, 1, 0, 2, 2, 40 };

	listeners_begin(&talk, &realm, (enum dialogue_way)_i);
	for (char speaker = 'a'; speaker < 'a' + LISTENERS; speaker++) {
		size_t len;

		dialogue_say(&talk, speaker, hello, sizeof(hello) - 1);
		ck_assert_ptr_null(speaker_hear(&talk.speakers[speaker - 'a'], &len));
		const char *rest = speaker_rest(&talk.speakers[speaker - 'a'], &len);
		ck_assert_uint_eq(len, sizeof(alert));
		ck_assert_mem_eq(rest, alert, sizeof(alert));
	}
	ck_assert_uint_eq(realm_log_count(&realm, "looks like a TLS hello"), LISTENERS);
}
END_TEST

/* These bytes are served, and the connection goes on. Later bytes are not judged. */
START_TEST(served)
{
	static const char *const first[] = { "GETREALMINBOX x\r\n", "Get / HTTP/1.1\r\n", "GET\r\n",
		"P\r\n", "OPTIONS\r\n", "SSH\r\n", "1\r\n", "\t\r\n", " \r\n", "\r\n", "~\r\n",
		"\xff\xfb\x18halo\r\n" };

	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		dialogue_say(&talk, 'a', first[i], strlen(first[i]));
		dialogue_run(&talk,
		    "a< {'status':'ERROR','message':'$*'}\n"
		    "a> auth messi surabaya\n"
		    "a< TOKEN m\n"
		    "a> \x80\n"
		    "a< ERROR *Maaf, command tidak benar\n"
		    "a> GET / HTTP/1.1\n"
		    "a< ERROR *Maaf, command tidak benar\n"
		    "a> \x16\x03\n"
		    "a< ERROR *Maaf, command tidak benar\n"
		    "a closes\n");
	}
	ck_assert(!realm_logged(&realm, "another port"));
}
END_TEST

/* Bytes that may still become a request are waited for, wherever it is cut. */
START_TEST(cut)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	for (const char *c = "GET "; *c != '\0'; c++) {
		dialogue_say(&talk, 'a', c, 1);
		dialogue_await_read(&talk, 'a');
	}
	dialogue_run(&talk,
	    "a< ERROR *Maaf, command tidak benar\n"
	    "a hears the end\n");
	dialogue_say(&talk, 'b', "Hea", 3);
	dialogue_await_read(&talk, 'b');
	dialogue_say(&talk, 'b', "d /\r\n", 5);
	dialogue_run(&talk,
	    "b< ERROR *Maaf, command tidak benar\n"
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n");
}
END_TEST

/* The answer is the same before and after the login. */
START_TEST(help)
{
	static const char *const lists[LISTENERS_LINE] = {
		"a< MESSAGES ['auth user password','register user password name "
		"country','invitation new [token]','invitation code [register user password name "
		"country]',"
		"'logout [token] [session]','send [token] user text','sendgroup [token] to text',"
		"'sendfile [token] user name base64','sendgroupfile [token] to name base64',"
		"'inbox [token]','addgroup [token] group','joingroup [token] group',"
		"'group [token] group [choice word off]','invite [token] [group user off]',"
		"'info [token] [user]','getpresence [token] user','getfile [token] [who name]',"
		"'follow [token]','block [token] who','unblock [token] who','blocks [token]',"
		"'addrealm [token] realm [host port]',"
		"'sendprivaterealm [token] realm user text',"
		"'sendgrouprealm [token] realm to text',"
		"'sendfilerealm [token] realm user name base64',"
		"'sendgroupfilerealm [token] realm to name base64',"
		"'getrealminbox [token] realm',$*'help [command]','login user password',"
		"'show_user [token]','show user [token]','show [token]',"
		"'send_group [token] group text','send_file [token] user name base64',"
		"'send_group_file [token] group name base64','my_file [token]',"
		"'download_file [token] who name']\n",
		"b< MESSAGES ['auth user password','send [token] user text','inbox [token]',"
		"'show [token]','logout [token]','follow [token]','help [command]']\n",
		"c< MESSAGES ['login user password','auth user password',"
		"'send [token] user text','inbox [token]','show_user [token]',"
		"'show user [token]','logout [token]','follow [token]','help [command]']\n",
		"d< MESSAGES ['auth user password','send [token] user text',"
		"'send_group [token] group text','inbox [token]','logout [token]',"
		"'send_file [token] user name base64','send_group_file [token] group name base64',"
		"'my_file [token]','download_file [token] who name','follow [token]',"
		"'help [command]']\n",
	};

	listeners_begin(&talk, &realm, (enum dialogue_way)_i);
	for (int dialect = 0; dialect < LISTENERS_LINE; dialect++) {
		char speaker = (char)('a' + dialect);

		dialogue_say(&talk, speaker, "help\n", 5);
		dialogue_run(&talk, lists[dialect]);
		dialogue_runf(&talk,
		    "%c> auth messi surabaya\n"
		    "%c< TOKEN m\n"
		    "%c> HELP \n"
		    "%s"
		    "%c> help Send\n"
		    "%c< MESSAGES ['send [token] user text']\n"
		    "%c> help halo\n"
		    "%c< %s\n"
		    "%c> inbox\n"
		    "%c< MESSAGES {}\n",
		    speaker, speaker, speaker, lists[dialect], speaker, speaker, speaker, speaker,
		    errors[dialect], speaker, speaker);
	}
	dialogue_run(&talk,
	    "a> help show\n"
	    "a< MESSAGES ['show user [token]','show [token]']\n"
	    "a> help creategroup\n"
	    "a< MESSAGES ['creategroup [token] group']\n"
	    "a> help send sendgroup\n"
	    "a< ERROR parameter salah\n"
	    "b> help register\n"
	    "b< ERROR **Protocol Tidak Benar\n");
}
END_TEST

/* A word may hold NUL, behind which no name has anything. */
START_TEST(help_of_long_word)
{
	static char line[LONG_WORD + 2] = "help help";

	memset(line + sizeof("help help"), 'x', LONG_WORD - sizeof("help help"));
	memcpy(line + LONG_WORD, "\r\n", 2);
	listeners_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	dialogue_say(&talk, 'a', line, sizeof(line));
	dialogue_run(&talk, "a< ERROR *Maaf, command tidak benar\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("greeting");
	TCase *tcase = realm_tcase(suite, "protocols");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, told_at_once, 0, DIALOGUE_WAYS);
	tcase_add_loop_test(tcase, tls_hello, 0, DIALOGUE_WAYS);
	tcase_add_loop_test(tcase, served, 0, DIALOGUE_WAYS);
	tcase_add_loop_test(tcase, cut, 0, DIALOGUE_WAYS);
	tcase = realm_tcase(suite, "help");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, help, 0, DIALOGUE_WAYS);
	tcase_add_test(tcase, help_of_long_word);
	return realm_run_suite(suite);
}
