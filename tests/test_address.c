/*
 * The limit for each address, and legacy peers, which only their address authenticates: other
 * addresses are near theirs, in number or in text.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "old_server.h"

#define BUSY    "ERROR Server penuh, coba lagi nanti"
#define UNKNOWN "ERROR *Maaf, command tidak benar"
#define SENT    "OK Message sent to user in realm"
#define HALO    "recvrealmprivatemsg bambang kediri messi halo"
#define HOUR_MS INT64_C(3600000)

/* A connection from this address of the loopback. */
static void
speak_from(char speaker, const char *address)
{
	struct sockaddr_in name = { .sin_family = AF_INET };
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, address, &name.sin_addr), 1);
	ck_assert_msg(bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0, "%s: %s",
	    address, strerror(errno));
	ck_assert_int_eq(getsockname(realm.port_fd, (struct sockaddr *)&name, &len), 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
	speaker_open(&talk.speakers[speaker - 'a'], fd, fd);
}

/*
 * The limit for each address.
 */

/*
 * Whatever sorts addresses by some of their bits has several of these in one place: neighbours,
 * those that are 32 apart, those that differ in another octet only.
 */
static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5",
	"127.0.0.6", "127.0.0.7", "127.0.0.34", "127.0.0.66", "127.0.0.98", "127.0.0.130",
	"127.0.0.162", "127.0.0.194", "127.0.0.226", "127.0.1.2", "127.0.2.2", "127.1.0.2",
	"127.2.0.2", "127.2.0.0" };

#define ADDRESSES (sizeof(addresses) / sizeof(addresses[0]))

static void
begin_limited(int limit)
{
	char settings[128];

	/* A small limit keeps the tables small. A reset would wait for a timer at each refusal. */
	snprintf(settings, sizeof(settings),
	    "max_clients = 32\nmax_clients_per_address = %d\nclose = orderly\n", limit);
	realm_configure(&realm, settings);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

static void
is_served(char speaker)
{
	dialogue_runf(&talk, "%c> halo\n%c< " UNKNOWN "\n", speaker, speaker);
}

static void
expect_busy(const char *address)
{
	speak_from('z', address);
	dialogue_run(&talk,
	    "z< " BUSY "\n"
	    "z hears the end\n"
	    "z closes\n");
}

/* The place of one that was closed is free when the master has seen its worker's end. */
static bool
is_let_in(void *arg)
{
	const char *reply;
	size_t len;

	speak_from('y', arg);
	dialogue_say(&talk, 'y', "halo\r\n", 6);
	reply = dialogue_hear(&talk, 'y', &len);
	if (strstr(reply, "command tidak benar") != NULL)
		return true;
	dialogue_run(&talk, "y closes\n");
	return false;
}

static void
rename_speaker(char from, char to)
{
	talk.speakers[to - 'a'] = talk.speakers[from - 'a'];
	talk.speakers[from - 'a'] = (struct speaker){ .in_fd = -1, .out_fd = -1 };
}

START_TEST(each_has_its_own_limit)
{
	char address[32];

	begin_limited(1);
	for (size_t i = 0; i < ADDRESSES; i++) {
		speak_from((char)('a' + i), addresses[i]);
		is_served((char)('a' + i));
	}
	for (size_t i = 0; i < ADDRESSES; i++)
		expect_busy(addresses[i]);
	/* One goes: its place is its own, and all others are as they were. */
	for (size_t i = 0; i < ADDRESSES; i++) {
		dialogue_runf(&talk, "%c closes\n", (char)('a' + i));
		snprintf(address, sizeof(address), "%s", addresses[i]);
		ck_assert_msg(realm_until(is_let_in, address), "%s is not let in", address);
		for (size_t j = 0; j < ADDRESSES; j++)
			expect_busy(addresses[j]);
		rename_speaker('y', (char)('a' + i));
	}
	for (size_t i = 0; i < ADDRESSES; i++)
		is_served((char)('a' + i));
	ck_assert(realm_logged(&realm,
	    "max_clients_per_address (1) are connected from 127.0.0.2: refusing more"));
}
END_TEST

START_TEST(several_of_one)
{
	char address[] = "127.0.0.2";

	begin_limited(3);
	for (char speaker = 'a'; speaker <= 'c'; speaker++) {
		speak_from(speaker, address);
		is_served(speaker);
	}
	expect_busy(address);
	speak_from('d', "127.0.0.34");
	is_served('d');
	for (int i = 0; i < 3; i++) {
		dialogue_runf(&talk, "%c closes\n", 'a' + i);
		ck_assert(realm_until(is_let_in, address));
		expect_busy(address);
		/* Others that go make no room for it. */
		dialogue_run(&talk, "d closes\n");
		speak_from('d', "127.0.0.34");
		is_served('d');
		expect_busy(address);
		rename_speaker('y', (char)('a' + i));
	}
}
END_TEST

/*
 * Legacy peers, known by their address.
 */

START_TEST(near_addresses)
{
	static const struct {
		const char *peer;
		const char *from;
		bool known;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1", true },
		{ "127.0.0.1", "127.0.0.2", false },
		{ "127.0.0.1", "127.0.0.10", false },
		{ "127.0.0.1", "127.0.0.11", false },
		{ "127.0.0.1", "127.0.0.100", false },
		{ "127.0.0.1", "127.0.1.1", false },
		{ "127.0.0.2", "127.0.0.1", false },
		{ "127.0.0.10", "127.0.0.1", false },
		{ "127.0.0.10", "127.0.0.10", true },
		{ "127.0.0.10", "127.0.0.11", false },
		{ "127.0.0.10", "127.0.0.101", false },
		{ "127.0.0.110", "127.0.0.11", false },
		{ "127.1.0.1", "127.0.0.1", false },
		{ "::1", "127.0.0.1", false },
		{ "::ffff:127.0.0.1", "127.0.0.1", true },
		{ "::ffff:127.0.0.1", "127.0.0.2", false },
		{ "::127.0.0.1", "127.0.0.1", false },
	};

	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		old_server_configure(cases[i].peer, "");
		realm_reload(&realm);
		speak_from('z', cases[i].from);
		dialogue_runf(&talk,
		    "z> " HALO "\n"
		    "z< %s\n"
		    "z closes\n",
		    cases[i].known ? SENT : UNKNOWN);
	}
}
END_TEST

/* The same limit by IPv6, where this machine has it. */
START_TEST(near_addresses_six)
{
	static const char *const others[] = { "::2", "::10", "::11", "::1:1", "1::1", "::ffff:0:1",
		"::ffff:127.0.0.1", "127.0.0.1", "::" };
	static const char *const same[] = { "::1", "0:0:0:0:0:0:0:1", "::0.0.0.1" };
	static const char peer[] = "peer \"kediri\" { address = \"%s\"  port = 1  legacy = on }\n";
	struct dialogue other;
	char settings[128];
	struct realm six;

	realm_clock_use(NULL);
	if (!realm_make_at(&six, "::1", NULL)) {
		fprintf(stderr, "this machine has no ::1: not tested\n");
		return;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		snprintf(settings, sizeof(settings), peer, others[i]);
		realm_configure(&six, settings);
		dialogue_begin(&other, &six, DIALOGUE_TCP);
		dialogue_run(&other, "z> " HALO "\nz< " UNKNOWN "\n");
		dialogue_end(&other);
		ck_assert_int_eq(realm_stop(&six), 0);
	}
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		snprintf(settings, sizeof(settings), peer, same[i]);
		realm_configure(&six, settings);
		dialogue_begin(&other, &six, DIALOGUE_TCP);
		dialogue_run(&other, "z> " HALO "\nz< " SENT "\n");
		dialogue_end(&other);
		ck_assert_int_eq(realm_stop(&six), 0);
	}
	realm_remove(&six);
}
END_TEST

/* An address and a name belong together. */
START_TEST(near_names)
{
	static const char *const names[] = { "kedirj", "lediri", "kedir", "kedirii", "madiun" };

	realm_configure(&realm,
	    "peer \"kediri\" { address = \"127.0.0.2\"  port = 1  legacy = on }\n"
	    "peer \"madiun\" { address = \"127.0.0.3\"  port = 1  legacy = on }\n");
	old_server_start();
	speak_from('z', "127.0.0.2");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		old_server_run("z> recvrealmprivatemsg bambang %s messi palsu\n"
		               "z< ERROR Realm tidak ditemukan\n"
		               "z> recvrealmgroupmsg bambang %s messi palsu\n"
		               "z< ERROR Realm tidak ditemukan\n"
		               "z> recvfilerealm bambang %s messi x.txt aGE=\n"
		               "z< ERROR Realm tidak ditemukan\n"
		               "z> recvrealm %s 127.0.0.2 1\n"
		               "z< ERROR Realm tidak ditemukan\n"
		               "z> getrealmchat %s messi\n"
		               "z< ERROR Realm tidak ditemukan\n",
		    names[i], names[i], names[i], names[i], names[i]);
	old_server_run("z> " HALO "\n"
	               "z< " SENT "\n"
	               "a> getrealminbox kediri\n"
	               "a< MESSAGES [(bambang>Lionel Messi:halo)]\n"
	               "a> getrealminbox madiun\n"
	               "a< MESSAGES []\n");
}
END_TEST

/*
 * A legacy peer that is none any more, in the middle of its connection and of ours.
 */

static const char *const changes[] = {
	"",
	"peer \"kediri\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"SHA256:"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n",
	"peer \"kediri\" { address = \"127.0.0.2\"  port = 1  legacy = on }\n",
	"peer \"kediri\" { address = \"127.0.0.10\"  port = 1  legacy = on }\n",
	"peer \"kedirj\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n",
};

#define CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

/* Its requests are refused now, in the words for realms or for clients. */
static void
says_in_vain(const char *line)
{
	const char *reply;
	size_t len;

	old_server_run("z> %s\n", line);
	reply = dialogue_hear(&talk, 'z', &len);
	ck_assert_msg(strstr(reply, "Realm tidak ditemukan") != NULL ||
	        strstr(reply, "command tidak benar") != NULL,
	    "%s: %s", line, reply);
}

START_TEST(its_connection)
{
	old_server_start();
	old_server_run("z> " HALO "\n"
	               "z< " SENT "\n");
	realm_configure(&realm, changes[_i]);
	realm_reload(&realm);
	says_in_vain("recvrealmprivatemsg bambang kediri messi palsu");
	says_in_vain("recvrealmgroupmsg bambang kediri messi,henderson palsu");
	says_in_vain("recvfilerealm bambang kediri messi x.txt aGE=");
	says_in_vain("recvrealm kediri 127.0.0.1 1");
	says_in_vain("getrealmchat kediri messi");
	realm_clock_pass(&realm_time, HOUR_MS);
	says_in_vain("recvrealmprivatemsg bambang kediri messi palsu");
	old_server_configure("127.0.0.1", "");
	realm_reload(&realm);
	old_server_run("y> " HALO "\n"
	               "y< " SENT "\n"
	               "a> getrealminbox kediri\n"
	               "a< MESSAGES [(bambang>Lionel Messi:halo),(bambang>Lionel Messi:halo)]\n");
}
END_TEST

START_TEST(our_connection)
{
	old_server_begin();
	old_server_run("a> sendprivaterealm kediri bambang satu\n");
	old_server_hears("recvrealmprivatemsg messi kediri bambang satu");
	old_server_says("{'status':'OK','message':'Message Sent to Realm'}");
	old_server_run("a< OK Message sent to user in realm\n");
	realm_configure(&realm, changes[_i]);
	realm_reload(&realm);
	old_server_hears_the_end();
	if (_i == 0)
		old_server_run("a> sendprivaterealm kediri bambang dua\n"
		               "a< ERROR Realm tidak ditemukan\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("address");
	TCase *tcase = old_server_tcase(suite, "limit");

	tcase_add_test(tcase, each_has_its_own_limit);
	tcase_add_test(tcase, several_of_one);
	tcase = old_server_tcase(suite, "near");
	tcase_add_test(tcase, near_addresses);
	tcase_add_test(tcase, near_addresses_six);
	tcase_add_test(tcase, near_names);
	tcase = old_server_tcase(suite, "changes");
	tcase_add_loop_test(tcase, its_connection, 0, CHANGES);
	tcase_add_loop_test(tcase, our_connection, 0, CHANGES);
	return realm_run_suite(suite);
}
