/*
 * With `sync = on` whatever is answered with OK is on the disk before, and what could not be synced
 * is never answered so: for all verbs, with many clients at once, where syncs fail, and where
 * committers are killed in the midst of one.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "dialogue.h"
#include "realm_clock.h"
#include "realm_int.h"
#include "realm_sync.h"
#include "room_script.h"
#include "speaker.h"

#define HALO         "aGFsbyBkdW5pYQ==" /* halo dunia */
#define CLIENTS      32
#define ROUNDS       8
#define FOR_EVER     1000000
#define PATIENCE_MS  25000 /* of a worker, with the committer, and more */
#define SERVER_ERROR "{\"status\":\"ERROR\",\"message\":\"Kesalahan server, coba lagi\"}"

static struct realm realm;
static struct dialogue talk;
static struct realm_clock realm_clock;

static void
setup(void)
{
	realm_sync_make(&realm, &realm_clock, "sync = on\n");
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_sync_remove(&realm, &realm_clock);
	ck_assert_uint_gt(realm_sync_sums()->syncs, 0);
}

static void
begin(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
}

/*
 * Each verb
 */

/* Checks that a script of one request changed something that was synced before the reply. */
static void
expect_changes(void (*run)(struct dialogue *, const char *, int, const char *), int line,
    const char *script)
{
	size_t before;

	realm_sync_check();
	before = realm_sync_sums()->changes;
	run(&talk, __FILE__, line, script);
	realm_sync_check();
	ck_assert_msg(realm_sync_sums()->synced > before, "line %d: answered before it is synced",
	    line);
}

#define SAYS(script)  expect_changes(dialogue_run_at, __LINE__, script)
#define ROOMS(script) expect_changes(room_run_at, __LINE__, script)

/* messi ends a second session by its id, which stands behind that of the first. */
static void
log_out_elsewhere(void)
{
	char script[128];
	const char *id;
	size_t len;

	SAYS("d> auth messi surabaya\nd< TOKEN d\n");
	dialogue_run(&talk, "a> sessions\n");
	id = strstr(dialogue_hear(&talk, 'a', &len), "\"this\":false");
	ck_assert_ptr_nonnull(id);
	snprintf(script, sizeof(script), "a> logout %.12s\na< OK Logout successful\n", id - 14);
	SAYS(script);
}

START_TEST(accounts_and_sessions)
{
	begin();
	SAYS("c> register maradona napoli Diego Argentina\nc< TOKEN c\n");
	SAYS("c> auth maradona napoli\nc< TOKEN c\n");
	SAYS("c> logout\nc< OK Logout successful\n");
	SAYS("c> login lineker surabaya\nc< $*\n");
	SAYS("c> passwd surabaya malang\nc< OK Password changed\n");
	log_out_elsewhere();
}
END_TEST

START_TEST(messages_and_groups)
{
	begin();
	SAYS("a> addgroup kopi\na< OK Add group successful\n");
	SAYS("b> joingroup kopi\nb< OK Join group successful\n");
	SAYS("a> kick kopi henderson\na< OK User removed from group\n");
	SAYS("b> joingroup kopi\nb< OK Join group successful\n");
	SAYS("a> send henderson halo\na< OK Message sent\n");
	SAYS("a> sendgroup kopi halo semua\na< OK Message sent to group\n");
	SAYS("a> send_group kopi halo lagi\na< $*\n");
	SAYS("b> block messi\nb< OK Blocked\n");
	SAYS("b> unblock messi\nb< OK Unblocked\n");
	SAYS("b> leave kopi\nb< OK Group left\n");
}
END_TEST

START_TEST(files)
{
	begin();
	SAYS("a> addgroup kopi\na< OK Add group successful\n");
	SAYS("a> sendfile henderson halo.txt " HALO "\na< OK File sent\n");
	SAYS("a> sendgroupfile kopi halo.txt " HALO "\na< OK File sent to group\n");
	SAYS("a> send_file henderson lagi.txt " HALO "\na< $*\n");
	SAYS("a> send_group_file kopi lagi.txt " HALO "\na< $*\n");
}
END_TEST

START_TEST(other_realms)
{
	realm_configure(&realm,
	    "sync = on\n"
	    "delivery_wait = 0\n"
	    "peer \"malang\" { address = \"127.0.0.1\" port = 9 fingerprint = \"SHA256:"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }\n");
	begin();
	SAYS("a> sendprivaterealm malang lineker halo\na< {'status':'OK',$*\n");
	SAYS("a> sendgrouprealm malang kopi halo\na< {'status':'OK',$*\n");
	SAYS("a> sendfilerealm malang lineker halo.txt " HALO "\na< {'status':'OK',$*\n");
	SAYS("a> sendgroupfilerealm malang kopi halo.txt " HALO "\na< {'status':'OK',$*\n");
}
END_TEST

START_TEST(rooms)
{
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	ROOMS("a> REG maradona napoli\na< REG_OK $*\n");
	room_run(&talk,
	    "a> LOGIN maradona napoli\n"
	    "a< LOGIN_OK Login berhasil: maradona\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'maradona'\n");
	ROOMS("a> MAKE_ROOM kopi\na< MAKE_ROOM_OK $*\na< ROOM_LIST_OK 'kopi'\n");
	ROOMS("a> MAKE_ROOM teh\na< MAKE_ROOM_OK $*\na< ROOM_LIST_OK 'kopi','teh'\n");
	ROOMS("a> DEL_ROOM teh\na< DEL_ROOM_OK $*\na< ROOM_LIST_OK 'kopi'\n");
	room_run(&talk, "a> JOIN_ROOM kopi\na< JOIN_ROOM_OK kopi\na< ROOM_USER_LIST 'maradona'\n");
	ROOMS("a> SEND kopi halo\na< SEND_OK chat ke room kopi berhasil dikirim\n");
}
END_TEST

/*
 * Many at once
 */

START_TEST(many_at_once)
{
	struct speaker clients[CLIENTS];
	const struct realm_sync_sums *sums = realm_sync_sums();
	size_t before, syncs, len;

	begin();
	for (int i = 0; i < CLIENTS; i++) {
		int fd = realm_connect(&realm);

		speaker_open(&clients[i], fd, fd);
		speaker_say(&clients[i], "auth messi surabaya\r\n", 21);
		ck_assert_ptr_nonnull(strstr(speaker_hear(&clients[i], &len), "tokenid"));
	}
	realm_sync_check();
	before = sums->answers;
	syncs = sums->syncs;
	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < CLIENTS; i++)
			speaker_say(&clients[i], "send henderson halo\r\n", 21);
	for (int i = 0; i < CLIENTS; i++) {
		for (int round = 0; round < ROUNDS; round++)
			ck_assert_ptr_nonnull(strstr(speaker_hear(&clients[i], &len), "\"OK\""));
		speaker_close(&clients[i]);
	}
	realm_sync_check();
	ck_assert_uint_ge(sums->answers - before, CLIENTS * ROUNDS);
	/* They share syncs, else it would be no test of that. */
	ck_assert_uint_lt(sums->syncs - syncs, CLIENTS * ROUNDS);
}
END_TEST

/*
 * Where syncs fail
 */

static const char *
ask_line(char speaker, const char *line)
{
	size_t len;

	dialogue_say(&talk, speaker, line, strlen(line));
	dialogue_say(&talk, speaker, "\r\n", 2);
	return dialogue_hear(&talk, speaker, &len);
}

/* Counts how often henderson's inbox shows this text. */
static size_t
count_shown(const char *text)
{
	const char *at = ask_line('b', "inbox");
	size_t n = 0;

	while ((at = strstr(at, text)) != NULL) {
		n++;
		at += strlen(text);
	}
	return n;
}

static bool
is_ok(const char *reply)
{
	return strstr(reply, "\"status\":\"OK\"") != NULL;
}

static void
demand_health(void)
{
	ck_assert_str_eq(ask_line('a', "send henderson sesudahnya"),
	    "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	ck_assert_uint_eq(count_shown("sesudahnya"), 1);
	realm_sync_check();
}

static const char *const failing[] = { "send henderson gagal",
	"register maradona napoli Diego Argentina" };
#define N_FAILING 2
#define JOURNAL   "*/journal/*.journal"

/* Waits until the committer runs and has nothing to do. */
static void
begin_fresh(void)
{
	begin();
	dialogue_run(&talk,
	    "a> send lineker sebelumnya\n"
	    "a< OK Message sent\n"
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n");
	realm_sync_check();
}

/* Lets the sync of a batch fail: the rules tell whether an OK was allowed. */
START_TEST(one_fails)
{
	const char *request = failing[_i];
	char reply[512];

	begin_fresh();
	realm_sync_fail(JOURNAL, 0, 1, EIO);
	snprintf(reply, sizeof(reply), "%s", ask_line('a', request));
	ck_assert_uint_eq(realm_sync_mend(), 1);
	ck_assert_msg(is_ok(reply) || strcmp(reply, SERVER_ERROR) == 0, "%s", reply);
	realm_sync_check();
	if (_i == 0 && is_ok(reply))
		ck_assert_uint_eq(count_shown("gagal"), 1);
	else if (_i == 0)
		ck_assert_uint_le(count_shown("gagal"), 1);
	else if (is_ok(reply))
		ck_assert(!is_ok(ask_line('c', request)));
	demand_health();
}
END_TEST

/* Stops waiting when a reply comes. */
static bool
has_failed_often(void *arg)
{
	struct pollfd answer = { .fd = *(int *)arg, .events = POLLIN };

	return realm_sync_failed() >= 3 || poll(&answer, 1, 0) > 0;
}

/*
 * While the disk stays broken no committer gives an OK: each ends, and the next one cannot make the
 * batch durable either.
 */
START_TEST(all_fail)
{
	const char *reply;
	size_t len;
	int fd;

	begin_fresh();
	realm_sync_fail(JOURNAL, 0, FOR_EVER, _i < N_FAILING ? EIO : ENOSPC);
	dialogue_say(&talk, 'a', failing[_i % N_FAILING], strlen(failing[_i % N_FAILING]));
	dialogue_say(&talk, 'a', "\r\n", 2);
	fd = dialogue_fd(&talk, 'a');
	if (realm_until(has_failed_often, &fd))
		realm_clock_pass(&realm_clock, PATIENCE_MS);
	reply = dialogue_hear(&talk, 'a', &len);
	ck_assert_str_eq(reply, SERVER_ERROR);
	ck_assert_uint_ge(realm_sync_mend(), 2);
	if (_i % N_FAILING == 0)
		ck_assert_uint_le(count_shown("gagal"), 1);
	demand_health();
}
END_TEST

/* The next committer must not take a transaction of the killed one for synced. */
START_TEST(killed_while_syncing)
{
	size_t deaths;

	begin_fresh();
	deaths = realm_sync_sums()->deaths;
	realm_sync_fail(JOURNAL, 0, 1, REALM_SYNC_DIE);
	ck_assert_str_eq(ask_line('a', "send henderson terbunuh"),
	    "{\"status\":\"OK\",\"message\":\"Message sent\"}");
	ck_assert_uint_eq(realm_sync_mend(), 1);
	realm_sync_check();
	ck_assert_uint_eq(realm_sync_sums()->deaths, deaths + 1);
	ck_assert_uint_eq(count_shown("terbunuh"), 1);
	demand_health();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sync");
	TCase *tcase = realm_tcase(suite, "every OK");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, accounts_and_sessions);
	tcase_add_test(tcase, messages_and_groups);
	tcase_add_test(tcase, files);
	tcase_add_test(tcase, other_realms);
	tcase_add_test(tcase, rooms);
	tcase_add_test(tcase, many_at_once);
	tcase = realm_tcase(suite, "failures");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, one_fails, 0, N_FAILING);
	tcase = realm_tcase(suite, "broken disk");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, all_fail, 0, 2 * N_FAILING);
	tcase = realm_tcase(suite, "killed");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, killed_while_syncing);
	return realm_run_suite(suite);
}
