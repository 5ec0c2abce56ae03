/*
 * The configuration: defaults, bounds, every refusal with its line, printing that reads back as
 * the same, and that the manual page and the sample say what the code does.
 */
#include <bsd/string.h>
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "config/config.h"
#include "config/dialects.h"
#include "config/table.h"
#include "suite.h"

#define MINIMUM     "realm = surabaya\nstate = /s\n"
#define FINGERPRINT "SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NATIVE      "fingerprint = \"" FINGERPRINT "\""
#define NAME_64     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct config config;
static char path[] = "/tmp/kabar-test-config-XXXXXX";
static char error[512];

static int
load_text(const char *text)
{
	int fd, result;
	FILE *file;

	fd = mkstemp(path);
	ck_assert_int_ne(fd, -1);
	file = fdopen(fd, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fclose(file), 0);
	result = config_load(&config, path, error, sizeof(error));
	unlink(path);
	return result;
}

static void
load_good(const char *text)
{
	if (load_text(text) == -1)
		ck_abort_msg("%s\n%s", error, text);
}

static void
reset_config(void)
{
	config_free(&config);
	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
}

/* Returns the printed configuration, which the caller frees. */
static char *
print_config(void)
{
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(config_print(&config, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	return text;
}

/* A file that comes with the sources. To be freed. */
static char *
read_source(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char source[4096];
	char *text = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(source, sizeof(source), "%s/%s", srcdir != NULL ? srcdir : ".", name);
	file = fopen(source, "r");
	ck_assert_msg(file != NULL, "%s: %s", source, strerror(errno));
	ck_assert_int_gt(getdelim(&text, &size, '\0', file), 0);
	fclose(file);
	return text;
}

START_TEST(test_defaults)
{
	load_good(MINIMUM);
	ck_assert_str_eq(config.realm, "surabaya");
	ck_assert_str_eq(config.user, "kabar");
	ck_assert_str_eq(config.state, "/s");
	ck_assert(config.sync);
	ck_assert(config.registration);
	ck_assert_int_eq(config.max_clients, 4096);
	ck_assert_int_eq(config.max_clients_per_address, CONFIG_PER_ADDRESS);
	ck_assert_int_eq(config.max_unknown, 512);
	ck_assert_int_eq(config.connect_rate, 50);
	ck_assert_int_eq(config.unknown_requests, 20);
	ck_assert_int_eq(config.request_rate, 100);
	ck_assert_int_eq(config.request_burst, 1000);
	ck_assert_uint_eq(config.byte_rate, 2 * 1024 * 1024);
	ck_assert_uint_eq(config.byte_burst, 32 * 1024 * 1024);
	ck_assert(!config.limit_loopback);
	ck_assert(!config.titles);
	ck_assert_int_eq(config.login_timeout, 300);
	ck_assert_int_eq(config.idle_timeout, 43200);
	ck_assert_int_eq(config.write_timeout, 60);
	ck_assert_uint_eq(config.write_rate, 1024);
	ck_assert_int_eq(config.request_timeout, 60);
	ck_assert_int_eq(config.close, CONFIG_CLOSE_RESET);
	ck_assert_int_eq(config.token_lifetime, 2592000);
	ck_assert_int_eq(config.password_cost, 5);
	ck_assert_int_eq(config.inbox_max, 100000);
	ck_assert_int_eq(config.message_keep, 2592000);
	ck_assert_int_eq(config.unread_keep, 7776000);
	ck_assert_uint_eq(config.log_max_size, 16777216);
	ck_assert_uint_eq(config.log_file_size, 67108864);
	ck_assert_uint_eq(config.checkpoint_size, 268435456);
	ck_assert_uint_eq(config.inbox_file_max, 262144);
	ck_assert_int_eq(config.janitor_interval, 3600);
	ck_assert_int_eq(config.log_facility, LOG_DAEMON);
	ck_assert_int_eq(config.log_level, LOG_INFO);
	ck_assert_uint_eq(config.n_listens, 0);
	ck_assert_uint_eq(config.n_peers, 0);
}
END_TEST

START_TEST(test_sections)
{
	load_good(
	    MINIMUM "listen \"main\" { address = \"::1\"  port = 1  dialect = \"web\"  tls = on\n"
	            "  trusted_proxy = \"127.0.0.1, 10.0.0.0/8\" }\n"
	            "listen \"b\" { certificate = /etc/b.crt  key = \"/etc/b.key\" }\n"
	            "peer \"malang\" { address = \"127.0.0.1\"  port = 9889  " NATIVE " }\n"
	            "peer \"old\" { address = \"old.example\"  port = 8890  legacy = on }\n");
	ck_assert_uint_eq(config.n_listens, 2);
	ck_assert_str_eq(config.listens[0].name, "main");
	ck_assert_str_eq(config.listens[0].address, "::1");
	ck_assert_uint_eq(config.listens[0].port, 1);
	ck_assert_str_eq(config.listens[0].dialect, "web");
	ck_assert(config.listens[0].tls);
	ck_assert_str_eq(config.listens[0].certificate, "");
	ck_assert_str_eq(config.listens[0].key, "");
	ck_assert_str_eq(config.listens[0].trusted_proxy, "127.0.0.1, 10.0.0.0/8");
	ck_assert_str_eq(config.listens[1].address, "0.0.0.0");
	ck_assert_uint_eq(config.listens[1].port, 8889);
	ck_assert_str_eq(config.listens[1].dialect, "realm");
	ck_assert(!config.listens[1].tls);
	ck_assert_str_eq(config.listens[1].trusted_proxy, "");
	ck_assert_str_eq(config.listens[1].certificate, "/etc/b.crt");
	ck_assert_str_eq(config.listens[1].key, "/etc/b.key");
	ck_assert_uint_eq(config.n_peers, 2);
	ck_assert_str_eq(config.peers[0].name, "malang");
	ck_assert_str_eq(config.peers[0].fingerprint, FINGERPRINT);
	ck_assert(!config.peers[0].legacy);
	ck_assert_str_eq(config.peers[1].address, "old.example");
	ck_assert_uint_eq(config.peers[1].port, 8890);
	ck_assert(config.peers[1].legacy);
}
END_TEST

START_TEST(test_durations)
{
	load_good(MINIMUM "idle_timeout = 90\nlogin_timeout = 90s\nwrite_timeout = 5m\n"
	                  "message_keep = 2h\nunread_keep = 3650d\n");
	ck_assert_int_eq(config.idle_timeout, 90);
	ck_assert_int_eq(config.login_timeout, 90);
	ck_assert_int_eq(config.write_timeout, 300);
	ck_assert_int_eq(config.message_keep, 7200);
	ck_assert_int_eq(config.unread_keep, 315360000);
}
END_TEST

START_TEST(test_sizes)
{
	load_good(MINIMUM "log_max_size = 65536\nlog_file_size = 2G\n");
	ck_assert_uint_eq(config.log_max_size, 65536);
	ck_assert_uint_eq(config.log_file_size, UINT64_C(2) << 30);
	reset_config();
	load_good(MINIMUM "log_max_size = 100K\nlog_file_size = 20M\n");
	ck_assert_uint_eq(config.log_max_size, 102400);
	ck_assert_uint_eq(config.log_file_size, 20971520);
}
END_TEST

START_TEST(test_switches)
{
	static const char *const words[] = { "on", "yes", "true", "off", "no", "false" };
	char text[128];

	snprintf(text, sizeof(text), MINIMUM "sync = %s\n", words[_i]);
	load_good(text);
	ck_assert_int_eq(config.sync, _i < 3);
}
END_TEST

START_TEST(test_words)
{
	load_good(MINIMUM "log_facility = local7\nlog_level = \"debug\"\n");
	ck_assert_int_eq(config.log_facility, LOG_LOCAL7);
	ck_assert_int_eq(config.log_level, LOG_DEBUG);
}
END_TEST

#define DIALECT_NAME(name) #name,
static const char *const dialects[] = { CONFIG_DIALECTS(DIALECT_NAME) CONFIG_DIALECT_IRC,
	CONFIG_DIALECT_WEB, CONFIG_DIALECT_PEER };
#define BAD_PREFIX                                                                              \
	"prefix must begin with a slash and not end with one, and consist of letters, digits, " \
	"dots, dashes, underscores and slashes"
#define N_DIALECTS ((int)(sizeof(dialects) / sizeof(dialects[0])))

START_TEST(test_dialects)
{
	const char *name = dialects[_i];
	char text[128];

	snprintf(text, sizeof(text), MINIMUM "listen \"a\" { dialect = %s }\n", name);
	load_good(text);
	ck_assert_str_eq(config.listens[0].dialect, name);
}
END_TEST

START_TEST(test_longest_names)
{
	load_good("realm = " NAME_64 "\nstate = /s\nlisten " NAME_64 " { }\n");
	ck_assert_str_eq(config.realm, NAME_64);
	ck_assert_str_eq(config.listens[0].name, NAME_64);
}
END_TEST

START_TEST(test_comments_and_crlf)
{
	load_good("# { \" '\r\n/* realm = x { */ realm = surabaya // { /*\r\n"
	          "state = \"/s # t // u /* v\" /*\n } */\r\n");
	ck_assert_str_eq(config.realm, "surabaya");
	ck_assert_str_eq(config.state, "/s # t // u /* v");
}
END_TEST

START_TEST(test_environment)
{
	ck_assert_int_eq(setenv("KABAR_TEST_STATE", "/from/environment", 1), 0);
	load_good("realm = a\nstate = \"${KABAR_TEST_STATE}/s\"\n");
	ck_assert_str_eq(config.state, "/from/environment/s");
}
END_TEST

/* Each error message continues behind the path like this. */
static const struct {
	const char *text;
	const char *error;
} refusals[] = {
	{ "", ": realm is not set" },
	{ "# nothing\n", ": realm is not set" },
	{ "realm = a\n", ": state is not set" },
	{ MINIMUM "colour = red\n", ":3: no such option 'colour'" },
	{ "# comment\n# comment\ncolour = red\n", ":3: no such option 'colour'" },
	{ "/* a\n comment\n */\n/**/ colour = red\n", ":4: no such option 'colour'" },
	{ MINIMUM "listen \"a\" {\n\t# comment\n\tcolour = red\n}\n",
	    ":5: no such option 'colour'" },
	{ MINIMUM "peer \"a\" {\n\tdialect = realm\n}\n", ":4: no such option 'dialect'" },
	{ "realm\n= a\nrealm b\n", ":3: missing equal sign after option 'realm'" },
	{ "realm = {\n", ":1: this section does not end" },
	{ "realm = }\n", ":1: unexpected token '}'" },
	{ MINIMUM "}\n", ":3: unexpected closing brace" },
	{ MINIMUM "\nlisten \"a\" {\n\tport = 1\n\n", ":4: this section does not end" },
	{ "realm = a\nstate = \"/s\nuser = b\n", ":2: this string does not end" },
	{ "realm = a\nstate = '/s\\'\n", ":2: this string does not end" },
	{ "realm = a\n/* state\n\n", ":2: this comment does not end" },
	{ MINIMUM "listen {\n}\n", ":3: missing title for section 'listen'" },
	{ MINIMUM "listen \"a\" { }\n\nlisten \"a\" { }\n", ":5: found duplicate title 'a'" },
	{ MINIMUM "listen \"a\" { }\nlisten \"A\" {\n}\n", ":5: found duplicate title 'A'" },
	{ MINIMUM "listen \"\" { }\n", ":3: bad name for a listen section: \"\"" },
	{ MINIMUM "listen \"a b\" { }\n", ":3: bad name for a listen section: \"a b\"" },
	{ MINIMUM "listen \"" NAME_64 "x\" { }\n",
	    ":3: bad name for a listen section: \"" NAME_64 "x\"" },
	{ MINIMUM "peer \"-a\" { address = b  port = 1  legacy = on }\n",
	    ":3: bad name for a peer section: \"-a\"" },

	{ "\nrealm = .a\n",
	    ":2: realm must consist of letters, digits, dots, dashes and underscores, "
	    "and not begin with a dot or a dash" },
	{ "realm = \"\"\n", ":1: realm must not be empty" },
	{ "realm = " NAME_64 "x\n", ":1: realm must have at most 64 bytes" },
	{ "user = 0123456789abcdef0123456789abcdefx\n", ":1: user must have at most 32 bytes" },
	{ "realm = a\nstate = var/lib/kabar\n", ":2: state must be an absolute path" },
	{ "state = \"\"\n", ":1: state must not be empty" },
	{ "state = \"/a\\nb\"\n", ":1: state must not contain control characters" },

	{ MINIMUM "sync = maybe\n", ":3: sync must be on or off" },
	{ MINIMUM "max_clients = 0\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = 32001\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = 99999999999999999999999\n",
	    ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = -1\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = 1k\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = \"\"\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = \" 1\"\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "max_clients = 0x10\n", ":3: max_clients must be from 1 to 32000" },
	{ MINIMUM "login_timeout = 0\n", ":3: login_timeout must be from 1s to 1d" },
	{ MINIMUM "login_timeout = 25h\n", ":3: login_timeout must be from 1s to 1d" },
	{ MINIMUM "login_timeout = 1hm\n", ":3: login_timeout must be from 1s to 1d" },
	{ MINIMUM "login_timeout = 9223372036854775807d\n",
	    ":3: login_timeout must be from 1s to 1d" },
	{ MINIMUM "log_max_size = 63K\n", ":3: log_max_size must be from 64K to 1G" },
	{ MINIMUM "log_file_size = 3G\n", ":3: log_file_size must be from 16M to 2G" },
	{ MINIMUM "checkpoint_size = 1023K\n", ":3: checkpoint_size must be from 1M to 64G" },
	{ MINIMUM "log_level = loud\n",
	    ":3: log_level must be one of error, warning, info, debug" },
	{ MINIMUM "close = rude\n", ":3: close must be one of reset, orderly" },

	{ MINIMUM "listen \"a\" {\n\tport = 0\n}\n", ":4: port must be from 1 to 65535" },
	{ MINIMUM "listen \"a\" {\n\tport = 65536\n}\n", ":4: port must be from 1 to 65535" },
	{ MINIMUM "listen \"a\" { dialect = klingon }\n",
	    ":3: dialect must be one of realm, show, login, files, room, irc, web, peer" },
	{ MINIMUM "listen \"a\" {\n\n\ttls = perhaps }\n", ":5: tls must be on or off" },
	{ MINIMUM "listen \"a\" { trusted_proxy = \"127.0.0.1, localhost\" }\n",
	    ":3: trusted_proxy must be addresses, or networks as ADDRESS/BITS, with commas between "
	    "them" },
	{ MINIMUM "listen \"a\" { dialect = web\nprefix = chat }\n", ":4: " BAD_PREFIX },
	{ MINIMUM "listen \"a\" { dialect = web  prefix = /chat/ }\n", ":3: " BAD_PREFIX },
	{ MINIMUM "listen \"a\" { dialect = web  prefix = /a/../b }\n", ":3: " BAD_PREFIX },
	{ MINIMUM "listen \"a\" { trusted_proxy = ::1 }\n",
	    ":3: listen a has a trusted_proxy, but no page" },
	{ MINIMUM "listen \"a\" { prefix = /chat }\n", ":3: listen a has a prefix, but no page" },
	{ MINIMUM "history = off\nlisten \"a\" { dialect = irc }\n",
	    ":4: listen a serves IRC, which needs history = on" },
	{ MINIMUM "listen \"a\" { certificate = kabar.crt }\n",
	    ":3: certificate must be an absolute path" },
	{ MINIMUM "listen \"a\" {\n\tkey = kabar.key\n}\n", ":4: key must be an absolute path" },
	{ MINIMUM "listen \"a\" { certificate = /a/b }\n",
	    ":3: listen a has a certificate or a key, but needs both or none" },
	{ MINIMUM "listen \"b\" { }\nlisten \"a\" { key = /a/b  tls = on }\n",
	    ":4: listen a has a certificate or a key, but needs both or none" },
	{ MINIMUM "listen \"a\" { certificate = /a  key = /b  dialect = peer }\n",
	    ":3: listen a: other realms know this one by its own key only" },
	{ MINIMUM "listen \"a\" { address = 1.2.3.400 }\n",
	    ":3: address must be an IPv4 or IPv6 address or a host name" },
	{ MINIMUM "listen \"a\" { address = \"1::2::3\" }\n",
	    ":3: address must be an IPv4 or IPv6 address or a host name" },
	{ MINIMUM "listen \"a\" { address = \"a b\" }\n",
	    ":3: address must be an IPv4 or IPv6 address or a host name" },
	{ MINIMUM "listen \"a\" { address = \"\" }\n", ":3: address must not be empty" },
	{ MINIMUM "listen \"a\" { address = \"*.*\" }\n",
	    ":3: address must be an IPv4 or IPv6 address or a host name" },

	{ MINIMUM "peer \"a\" {\n\tport = 1\n\tlegacy = on\n}\n", ":6: address is not set" },
	{ MINIMUM "peer \"a\" {\n\taddress = b\n\tlegacy = on\n}\n", ":6: port is not set" },
	{ MINIMUM "peer \"a\" { address = \"*\"  port = 1  legacy = on }\n",
	    ":3: address must be an IPv4 or IPv6 address or a host name" },
	{ MINIMUM "peer \"a\" { address = b  port = 1 }\n",
	    ":3: peer a has neither a fingerprint nor legacy = on" },
	{ MINIMUM "peer \"a\" { address = b  port = 1  legacy = off }\n",
	    ":3: peer a has neither a fingerprint nor legacy = on" },
	{ MINIMUM "peer \"a\" { address = b  port = 1\n fingerprint = \"" FINGERPRINT "0\" }\n",
	    ":4: fingerprint must have at most 71 bytes" },
	{ MINIMUM "peer \"a\" {\n fingerprint = \"SHA256:0123\" }\n",
	    ":4: fingerprint must be SHA256: and 64 lower-case hexadecimal digits" },
	{ MINIMUM "peer \"a\" { address = b  port = 1  fingerprint = \"" FINGERPRINT "\" }\n"
	          "peer \"c\" { address = d  port = 1  fingerprint = \"" FINGERPRINT "\" }\n",
	    ":4: peer c has the fingerprint of peer a" },
	{ "peer \"Surabaya\" { address = b  port = 1  legacy = on }\n" MINIMUM,
	    ":1: peer Surabaya bears this realm's own name" },
};

START_TEST(test_refusal)
{
	ck_assert_int_eq(load_text(refusals[_i].text), -1);
	ck_assert_int_eq(strncmp(error, path, strlen(path)), 0);
	ck_assert_str_eq(error + strlen(path), refusals[_i].error);
	ck_assert_ptr_null(config.listens);
	ck_assert_ptr_null(config.peers);
}
END_TEST

/* A file beside the configuration; those of one test have different names. */
static void
put_beside(const char *name, const char *text)
{
	char beside[sizeof(path) + 64];

	snprintf(beside, sizeof(beside), "%.*s%s", (int)(strrchr(path, '/') - path) + 1, path,
	    name);
	FILE *file = fopen(beside, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void
remove_beside(const char *name)
{
	char beside[sizeof(path) + 64];

	snprintf(beside, sizeof(beside), "%.*s%s", (int)(strrchr(path, '/') - path) + 1, path,
	    name);
	remove(beside);
}

static void
fails(const char *text)
{
	reset_config();
	ck_assert_int_eq(load_text(text), -1);
}

/* Loading this fails, and the error is that of the file beside it. */
static void
fails_beside(const char *text, const char *expected)
{
	size_t dir_len = (size_t)(strrchr(path, '/') - path) + 1;

	fails(text);
	ck_assert_int_eq(strncmp(error, path, dir_len), 0);
	ck_assert_str_eq(error + dir_len, expected);
}

/* Two others, one through the other, around them what goes on; words that look alike do nothing. */
START_TEST(test_include)
{
	char first[64], second[64], text[512], expected[512];

	snprintf(first, sizeof(first), "%ld-a.conf", (long)getpid());
	snprintf(second, sizeof(second), "%ld-b.conf", (long)getpid());
	snprintf(text, sizeof(text), "state = /s # not the last\n\ninclude('%s') user = b\n",
	    second);
	put_beside(first, text);
	put_beside(second, "/*\n*/\nlisten \"a\" {\n\tport = 1\n}");
	snprintf(text, sizeof(text),
	    "# include = \"c\"\nrealm = include include = \"%s\" sync = off\nlisten \"z\" { }\n",
	    first);
	load_good(text);
	ck_assert_str_eq(config.realm, "include");
	ck_assert_str_eq(config.state, "/s");
	ck_assert_str_eq(config.user, "b");
	ck_assert(!config.sync);
	ck_assert_uint_eq(config.n_listens, 2);
	ck_assert_uint_eq(config.listens[0].port, 1);

	snprintf(expected, sizeof(expected), "%s:4: port must be from 1 to 65535", second);
	put_beside(second, "/*\n*/\nlisten \"a\" {\tport = 1\nport = 0 }");
	fails_beside(text, expected);
	snprintf(expected, sizeof(expected), "%s:2: this section does not end", second);
	put_beside(second, "\nlisten \"a\" {\n");
	fails_beside(text, expected);
	/* The lines behind are right again. */
	put_beside(second, "\n\n\n");
	strcat(text, "colour = red\n");
	fails(text);
	ck_assert_str_eq(error + strlen(path), ":4: no such option 'colour'");
	remove_beside(second);
	snprintf(expected, sizeof(expected), "%s:3: cannot include ", first);
	fails(text);
	ck_assert_ptr_nonnull(strstr(error, expected));
	ck_assert_ptr_nonnull(strstr(error, "-b.conf: No such file or directory"));
	/* In a circle. */
	snprintf(expected, sizeof(expected), "include = \"%s\"\n", first);
	put_beside(first, expected);
	fails(text);
	ck_assert_ptr_nonnull(strstr(error, ":1: too many files include each other: "));
	remove_beside(first);
	fails("\nlisten \"a\" { include = \"x\" }\n");
	ck_assert_str_eq(error + strlen(path), ":2: include must stand outside of sections");
	fails("include = x\n");
	ck_assert_str_eq(error + strlen(path), ":1: include needs the name of a file in quotes");
}
END_TEST

START_TEST(test_good_after_bad)
{
	ck_assert_int_eq(load_text("realm = \"a\\1234\"\nlisten \"a\" {\n\tport = x }\n"), -1);
	reset_config();
	load_good(MINIMUM);
}
END_TEST

START_TEST(test_no_file)
{
	ck_assert_int_eq(config_load(&config, "/nonexistent/kabar.conf", error, sizeof(error)), -1);
	ck_assert_str_eq(error, "/nonexistent/kabar.conf: No such file or directory");
	ck_assert_int_eq(config_load(&config, "/", error, sizeof(error)), -1);
	ck_assert_str_eq(error, "/: Is a directory");
}
END_TEST

START_TEST(test_error_is_cut)
{
	char tiny[16];

	ck_assert_int_eq(config_load(&config, "/nonexistent/kabar.conf", tiny, sizeof(tiny)), -1);
	ck_assert_str_eq(tiny, "/nonexistent/ka");
}
END_TEST

static const char *const printables[] = {
	MINIMUM,
	"realm = a\nstate = \"/a b \\\"c\\\" \\\\ \\$ \\${HOME} ' # // \xc3\xa9\"\nuser = root\n",
	MINIMUM
	"sync = off\nidle_timeout = 90\nlogin_timeout = 7200\nwrite_timeout = 86400\n"
	"log_max_size = 1000000\nlog_file_size = 1024M\nlog_level = error\nclose = orderly\n",
	MINIMUM "listen \"a\" { }\nlisten \"b\" { dialect = peer  port = 65535  tls = yes }\n"
	        "listen \"e\" { address = \"*\"  certificate = /a  key = \"/b c\"\n"
	        "  dialect = web  trusted_proxy = ::1 }\n"
	        "peer \"c\" { address = \"::1\"  port = 1  " NATIVE " }\n"
	        "peer \"d\" { address = d.example  port = 2  legacy = true }\n",
};

START_TEST(test_print_is_stable)
{
	char *first, *second;

	load_good(printables[_i]);
	first = print_config();
	reset_config();
	load_good(first);
	second = print_config();
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
}
END_TEST

START_TEST(test_print_largest_unit)
{
	char *text;

	load_good(printables[2]);
	text = print_config();
	ck_assert_ptr_nonnull(strstr(text, "\nsync = off\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nidle_timeout = 90s\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nlogin_timeout = 2h\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nwrite_timeout = 1d\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nclose = orderly\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nlog_max_size = 1000000\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nlog_file_size = 1G\n"));
	free(text);
}
END_TEST

START_TEST(test_print_reports_failure)
{
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	load_good(MINIMUM);
	ck_assert_int_eq(config_print(&config, full), -1);
	fclose(full);
}
END_TEST

START_TEST(test_sample)
{
	char *sample = read_source("etc/kabar.conf");

	load_good(sample);
	ck_assert_str_eq(config.realm, "surabaya");
	ck_assert_uint_eq(config.n_listens, 1);
	free(sample);
}
END_TEST

/* What is a setting behind "#", and no sentence, holds for those who take the "#" away. */
START_TEST(test_sample_comments)
{
	char *sample = read_source("etc/kabar.conf");

	for (char *line = sample; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (line[0] == '#' && line[1] != ' ')
			line[0] = ' ';
	}
	load_good(sample);
	ck_assert_uint_eq(config.n_listens, 4);
	ck_assert_uint_eq(config.n_peers, 1);
	ck_assert_str_eq(config.listens[2].dialect, "web");
	ck_assert_str_eq(config.listens[2].address, "127.0.0.1");
	free(sample);
}
END_TEST

/* The page's item on a setting must exist and tell the default. */
static void
check_item(char *chapter, const struct config_tunable *tunable)
{
	char heading[128];
	char initial[128];
	char *item, *end;

	snprintf(heading, sizeof(heading), "\n.It Ic %s = ", tunable->name);
	item = strstr(chapter, heading);
	ck_assert_msg(item != NULL, "no item on %s", tunable->name);
	item++;
	end = strstr(item, "\n.It ");
	if (end == NULL)
		end = strchr(item, '\0');

	if (tunable->initial == NULL)
		snprintf(initial, sizeof(initial), "\nIt has no default.\n");
	else if (*tunable->initial != '\0')
		snprintf(initial, sizeof(initial), "\nThe default is\n.Ql %s .\n",
		    tunable->initial);
	else
		return;
	ck_assert_msg(memmem(item, (size_t)(end - item) + 1, initial, strlen(initial)) != NULL,
	    "the item on %s does not tell its default, %s", tunable->name, tunable->initial);
}

static void
check_chapter(char *page, const char *name, const struct config_tunable *tunables, size_t n)
{
	char *chapter = strstr(page, name);
	char *end;
	size_t i;

	ck_assert_msg(chapter != NULL, "no chapter %s", name);
	chapter++;
	end = strstr(chapter, "\n.El\n");
	ck_assert_ptr_nonnull(end);
	end[1] = '\0';
	for (i = 0; i < n; i++)
		check_item(chapter, &tunables[i]);
	end[1] = '.';
}

START_TEST(test_manual)
{
	char *page = read_source("man/kabar.conf.5");
	const struct config_tunable *tunables;
	size_t n;

	tunables = config_table(&n);
	check_chapter(page, "\n.Sh SETTINGS\n", tunables, n);
	tunables = config_table_listen(&n);
	check_chapter(page, "\n.Sh LISTENERS\n", tunables, n);
	tunables = config_table_peer(&n);
	check_chapter(page, "\n.Sh PEERS\n", tunables, n);
	free(page);
}
END_TEST

/* Tells whether mdoc has the word as an argument between `from` and the line `end`. */
static bool
is_told(const char *page, const char *from, const char *end, const char *word)
{
	const char *at = strstr(page, from);
	const char *last = at == NULL ? NULL : strstr(at + 1, end);
	size_t len = strlen(word);

	ck_assert_msg(at != NULL && last != NULL, "no place %s", from);
	for (at = strstr(at, word); at != NULL && at < last; at = strstr(at + 1, word))
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '\n'))
			return true;
	return false;
}

/* The pages name each dialect. */
START_TEST(test_manual_dialects)
{
	char *settings = read_source("man/kabar.conf.5"),
	     *protocol = read_source("man/kabar-protocol.7");

	ck_assert_msg(is_told(settings, "\n.It Ic dialect = ", "\n.It ", dialects[_i]),
	    "kabar.conf(5) does not name %s", dialects[_i]);
	/* Browsers, clients of IRC and other realms have pages of their own. */
	ck_assert_msg(strcmp(dialects[_i], CONFIG_DIALECT_PEER) == 0 ||
	        strcmp(dialects[_i], CONFIG_DIALECT_IRC) == 0 ||
	        strcmp(dialects[_i], CONFIG_DIALECT_WEB) == 0 ||
	        is_told(protocol, "\n.Sh LISTENERS AND DIALECTS\n", "\n.Sh ", dialects[_i]),
	    "kabar-protocol(7) does not name %s", dialects[_i]);
	free(settings);
	free(protocol);
}
END_TEST

START_TEST(test_table)
{
	const struct config_tunable *tunables;
	size_t i, n;

	tunables = config_table(&n);
	for (i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(tunables[i].help);
		ck_assert_int_le(tunables[i].min, tunables[i].max);
	}
}
END_TEST

#define COUNT(a) ((int)(sizeof(a) / sizeof((a)[0])))

int
main(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("config");

	tcase_add_checked_fixture(tcase, NULL, reset_config);
	tcase_add_test(tcase, test_defaults);
	tcase_add_test(tcase, test_sections);
	tcase_add_test(tcase, test_durations);
	tcase_add_test(tcase, test_sizes);
	tcase_add_loop_test(tcase, test_switches, 0, 6);
	tcase_add_test(tcase, test_words);
	tcase_add_loop_test(tcase, test_dialects, 0, N_DIALECTS);
	tcase_add_test(tcase, test_longest_names);
	tcase_add_test(tcase, test_comments_and_crlf);
	tcase_add_test(tcase, test_environment);
	tcase_add_loop_test(tcase, test_refusal, 0, COUNT(refusals));
	tcase_add_test(tcase, test_include);
	tcase_add_test(tcase, test_good_after_bad);
	tcase_add_test(tcase, test_no_file);
	tcase_add_test(tcase, test_error_is_cut);
	tcase_add_loop_test(tcase, test_print_is_stable, 0, COUNT(printables));
	tcase_add_test(tcase, test_print_largest_unit);
	tcase_add_test(tcase, test_print_reports_failure);
	tcase_add_test(tcase, test_sample);
	tcase_add_test(tcase, test_sample_comments);
	tcase_add_test(tcase, test_manual);
	tcase_add_loop_test(tcase, test_manual_dialects, 0, N_DIALECTS);
	tcase_add_test(tcase, test_table);
	suite_add_tcase(suite, tcase);

	return suite_run(suite);
}
