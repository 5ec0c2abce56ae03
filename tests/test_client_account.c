/*
 * What the client keeps and reads at home: accounts with their tokens, the servers' known keys, the
 * settings; each in a home of the test's own.
 */
#include "client/account.h"

#include <sys/stat.h>

#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/known_keys.h"
#include "client/path.h"
#include "client/settings.h"
#include "suite.h"

#define TOKEN "4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f"
#define KEY_A "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static char home[] = "/tmp/kabar-client-XXXXXX";

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(home));
	ck_assert_int_eq(setenv("HOME", home, 1), 0);
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CONFIG_HOME");
}

static void
teardown(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", home);
	ck_assert_int_eq(system(command), 0);
	memcpy(home + strlen(home) - 6, "XXXXXX", 6);
}

static void
write_file(const char *name, const char *text)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	ck_assert_int_eq(client_path_write(path, text, strlen(text)), 0);
}

START_TEST(account_is_kept)
{
	struct client_account account, read;
	char path[PATH_MAX];
	struct stat st;

	ck_assert_int_eq(client_account_load("kerja", &account), 0);
	ck_assert_str_eq(account.name, "kerja");
	ck_assert_uint_eq(account.port, CLIENT_PORT_DEFAULT);
	ck_assert_str_eq(account.dialect, "realm");
	ck_assert(client_account_address(&account, "messi@chat.example:8890"));
	strcpy(account.token, TOKEN);
	strcpy(account.dialect, "realm");
	strcpy(account.fingerprint, KEY_A);
	ck_assert_int_eq(client_account_save(&account), 0);
	ck_assert_int_eq(client_account_load("kerja", &read), 1);
	ck_assert_mem_eq(&read, &account, sizeof(read));
	snprintf(path, sizeof(path), "%s/.local/state/kabar/accounts/kerja", home);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	snprintf(path, sizeof(path), "%s/.local/state/kabar", home);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

START_TEST(an_account_has_a_dialect)
{
	struct client_account account;

	write_file(".local/state/kabar/accounts/kerja",
	    "{\"user\":\"a\",\"host\":\"b\",\"dialect\":\"\",\"token\":\"\",\"port\":1}");
	ck_assert_int_eq(client_account_load("kerja", &account), 1);
	ck_assert_str_eq(account.dialect, "realm");
}
END_TEST

static const struct {
	const char *host;
	bool tls;
} defaults[] = {
	{ "localhost", false },
	{ "LOCALHOST", false },
	{ "127.0.0.1", false },
	{ "127.1.2.3", false },
	{ "::1", false },
	{ "localhosting.example", true },
	{ "localhost.example", true },
	{ "127.example", true },
	{ "chat.example", true },
	{ "10.0.0.1", true },
	{ "", true },
};

START_TEST(only_this_machine_is_without_tls)
{
	ck_assert(client_account_default_tls(defaults[_i].host, 1) == defaults[_i].tls);
	/* A known key tells that it speaks TLS. */
	ck_assert_int_eq(client_known_keys_remember("host", 1, KEY_A, false), 0);
	ck_assert(client_account_default_tls(defaults[_i].host, 1) == defaults[_i].tls);
	ck_assert_int_eq(client_known_keys_remember(defaults[_i].host, 1, KEY_A, false), 0);
	ck_assert(client_account_default_tls(defaults[_i].host, 1));
}
END_TEST

START_TEST(settings_hold_for_their_server)
{
	static struct client_settings written;
	struct client_account account = { .name = "kerja", .host = "HOST", .port = 12 };
	char sentence[256];

	write_file(".config/kabar/config",
	    "account kerja {\n\taddress = \"host:12\"\n}\naccount rumah { }\n");
	ck_assert_int_eq(client_settings_load(&written, sentence, sizeof(sentence)), 0);
	ck_assert_ptr_eq(client_settings_of(&written, &account), &written.accounts[0]);
	account.port = 13;
	ck_assert_ptr_null(client_settings_of(&written, &account));
	account.port = 12;
	strcpy(account.host, "host.example");
	ck_assert_ptr_null(client_settings_of(&written, &account));
	strcpy(account.name, "rumah"); /* of which no address is told */
	ck_assert_ptr_eq(client_settings_of(&written, &account), &written.accounts[1]);
	strcpy(account.name, "lain");
	ck_assert_ptr_null(client_settings_of(&written, &account));
}
END_TEST

static const char *const no_accounts[] = {
	"",
	"[]",
	"{",
	"{\"user\":\"a\",\"host\":\"b\",\"dialect\":\"realm\",\"token\":\"x y\",\"port\":1}",
	"{\"user\":\"a\",\"host\":\"b\",\"dialect\":\"realm\",\"token\":\"\",\"port\":0}",
	"{\"user\":\"a\",\"host\":\"b\",\"dialect\":\"realm\",\"token\":\"\",\"port\":70000}",
	"{\"user\":1,\"host\":\"b\",\"dialect\":\"realm\",\"token\":\"\",\"port\":1}",
};

START_TEST(what_is_no_account_is_refused)
{
	struct client_account account;

	write_file(".local/state/kabar/accounts/kerja", no_accounts[_i]);
	ck_assert_int_eq(client_account_load("kerja", &account), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(client_account_load("../kerja", &account), -1);
	ck_assert_int_eq(client_account_load("", &account), -1);
}
END_TEST

static const struct {
	const char *text;
	const char *user;
	const char *host; /* NULL: no address */
	unsigned int port;
} addresses[] = {
	{ "host", "", "host", 8889 },
	{ "messi@host", "messi", "host", 8889 },
	{ "messi@host:1", "messi", "host", 1 },
	{ "[::1]:8890", "", "::1", 8890 },
	{ "messi@[::1]", "messi", "::1", 8889 },
	{ "::1", "", "::1", 8889 },
	{ "host:", NULL, NULL, 0 },
	{ "host:0", NULL, NULL, 0 },
	{ "host:65536", NULL, NULL, 0 },
	{ "host:1x", NULL, NULL, 0 },
	{ "@host", NULL, NULL, 0 },
	{ "a b@host", NULL, NULL, 0 },
	{ "a/b", NULL, NULL, 0 },
	{ "-a", NULL, NULL, 0 },
	{ "ho\x1bst", NULL, NULL, 0 },
	{ "", NULL, NULL, 0 },
	{ "[::1", NULL, NULL, 0 },
};

START_TEST(reads_addresses)
{
	struct client_account account = { .port = 8889 };

	ck_assert_int_eq(client_account_address(&account, addresses[_i].text),
	    addresses[_i].host != NULL);
	if (addresses[_i].host == NULL)
		return;
	ck_assert_str_eq(account.user, addresses[_i].user);
	ck_assert_str_eq(account.host, addresses[_i].host);
	ck_assert_uint_eq(account.port, addresses[_i].port);
}
END_TEST

START_TEST(keys_are_remembered)
{
	char known[CLIENT_FINGERPRINT];

	ck_assert_int_eq(client_known_keys_find("host", 1, known), 0);
	ck_assert_int_eq(client_known_keys_remember("host", 1, KEY_A, false), 0);
	ck_assert_int_eq(client_known_keys_remember("host", 12, KEY_B, false), 0);
	ck_assert_int_eq(client_known_keys_find("HOST", 1, known), 1);
	ck_assert_str_eq(known, KEY_A);
	ck_assert_int_eq(client_known_keys_find("host", 12, known), 1);
	ck_assert_str_eq(known, KEY_B);
	ck_assert_int_eq(client_known_keys_find("host", 2, known), 0);
	ck_assert_int_eq(client_known_keys_remember("host", 1, KEY_B, false), -1);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(client_known_keys_find("host", 1, known), 1);
	ck_assert_str_eq(known, KEY_A);
	ck_assert_int_eq(client_known_keys_remember("host", 1, KEY_A, false), 0);
	ck_assert_int_eq(client_known_keys_remember("host", 1, KEY_B, true), 0);
	ck_assert_int_eq(client_known_keys_find("host", 1, known), 1);
	ck_assert_str_eq(known, KEY_B);
}
END_TEST

static const char *const no_known_keys[] = {
	"a:1 " KEY_A "\nhost:1 SHA256:12\n",
	"a:1 " KEY_A "\nhost:1\n",
	"a:1 " KEY_A "\n " KEY_B "\n",
	"a:1 " KEY_A "a\n",
	"?",
};

/* It would make servers new whose keys were known; and it is not written anew without them. */
START_TEST(damaged_keys_are_not_trusted)
{
	char known[CLIENT_FINGERPRINT], path[PATH_MAX];
	FILE *file;

	write_file(".local/state/kabar/known_keys", no_known_keys[_i]);
	ck_assert_int_eq(client_known_keys_find("host", 1, known), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(client_known_keys_find("a", 1, known), -1);
	ck_assert_int_eq(client_known_keys_remember("b", 1, KEY_B, true), -1);
	ck_assert_int_eq(errno, EINVAL);
	/* What a crash can leave: NUL in front. */
	snprintf(path, sizeof(path), "%s/.local/state/kabar/known_keys", home);
	file = fopen(path, "w");
	fwrite("\0\0\0\n", 1, 4, file);
	fputs("a:1 " KEY_A "\n", file);
	fclose(file);
	ck_assert_int_eq(client_known_keys_find("host", 1, known), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(fingerprints_have_a_form)
{
	ck_assert(client_known_keys_valid(KEY_A));
	ck_assert(!client_known_keys_valid(KEY_A "a"));
	ck_assert(!client_known_keys_valid("SHA256:x"));
	ck_assert(!client_known_keys_valid(""));
}
END_TEST

static struct client_settings settings;
static char error[256];

START_TEST(settings_are_read)
{
	const struct client_settings_account *account;

	ck_assert_int_eq(client_settings_load(&settings, error, sizeof(error)), 0);
	ck_assert_str_eq(settings.use, CLIENT_ACCOUNT_DEFAULT);
	ck_assert(!settings.bell);
	write_file(".config/kabar/config",
	    "use = kerja\nbell = on\naccount kerja {\n\taddress = \"messi@host:12\"\n\ttls = off\n"
	    "\tfingerprint = \"" KEY_A "\"\n}\naccount rumah { }\n");
	ck_assert_int_eq(client_settings_load(&settings, error, sizeof(error)), 0);
	ck_assert_str_eq(settings.use, "kerja");
	ck_assert(settings.bell);
	account = client_settings_find(&settings, "Kerja");
	ck_assert_ptr_nonnull(account);
	ck_assert_str_eq(account->account.user, "messi");
	ck_assert_uint_eq(account->account.port, 12);
	ck_assert_str_eq(account->fingerprint, KEY_A);
	ck_assert(account->tls_told && !account->account.tls);
	account = client_settings_find(&settings, "rumah");
	ck_assert(!account->tls_told);
	ck_assert_str_eq(account->account.host, "");
	ck_assert_str_eq(account->account.dialect, "realm");
	ck_assert_ptr_null(client_settings_find(&settings, "lain"));
}
END_TEST

static const struct {
	const char *text;
	const char *error;
} faults[] = {
	{ "bel = on\n", "config:1: " },
	{ "\nbell = mungkin\n", "config:2: " },
	{ "account a { address = \"a b\" }\n", "[user@]host[:port]" },
	{ "account a { fingerprint = \"SHA1:00\" }\n", "SHA256:" },
	{ "account \"../a\" { }\n", "name" },
	{ "use = \"a/b\"\n", "name" },
};

START_TEST(faults_of_settings_are_told)
{
	write_file(".config/kabar/config", faults[_i].text);
	ck_assert_int_eq(client_settings_load(&settings, error, sizeof(error)), -1);
	ck_assert_msg(strstr(error, faults[_i].error) != NULL, "%s", error);
}
END_TEST

START_TEST(settings_that_cannot_be_read_are_told)
{
	char path[PATH_MAX];

	write_file(".config/kabar/config/x", "");
	ck_assert_int_eq(client_settings_load(&settings, error, sizeof(error)), -1);
	snprintf(path, sizeof(path), "%s/.config/kabar/config: Is a directory", home);
	ck_assert_str_eq(error, path);
}
END_TEST

START_TEST(homes_may_be_elsewhere)
{
	char path[CLIENT_PATH_MAX];

	setenv("XDG_STATE_HOME", "/elsewhere", 1);
	ck_assert_int_eq(client_path_state("a", path), 0);
	ck_assert_str_eq(path, "/elsewhere/kabar/a");
	setenv("XDG_CONFIG_HOME", "relative", 1);
	setenv("HOME", "/h", 1);
	ck_assert_int_eq(client_path_config("a", path), 0);
	ck_assert_str_eq(path, "/h/.config/kabar/a");
	unsetenv("HOME");
	ck_assert_int_eq(client_path_config("a", path), -1);
}
END_TEST

#define COUNT(list) (int)(sizeof(list) / sizeof((list)[0]))

int
main(void)
{
	Suite *suite = suite_create("client_account");
	TCase *tc = tcase_create("home");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, account_is_kept);
	tcase_add_test(tc, an_account_has_a_dialect);
	tcase_add_loop_test(tc, only_this_machine_is_without_tls, 0, COUNT(defaults));
	tcase_add_test(tc, settings_hold_for_their_server);
	tcase_add_loop_test(tc, what_is_no_account_is_refused, 0, COUNT(no_accounts));
	tcase_add_loop_test(tc, reads_addresses, 0, COUNT(addresses));
	tcase_add_test(tc, keys_are_remembered);
	tcase_add_loop_test(tc, damaged_keys_are_not_trusted, 0, COUNT(no_known_keys));
	tcase_add_test(tc, fingerprints_have_a_form);
	tcase_add_test(tc, settings_are_read);
	tcase_add_loop_test(tc, faults_of_settings_are_told, 0, COUNT(faults));
	tcase_add_test(tc, settings_that_cannot_be_read_are_told);
	tcase_add_test(tc, homes_may_be_elsewhere);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
