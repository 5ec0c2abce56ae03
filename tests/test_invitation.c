/*
 * Registration by invitation, as clients and administrators see it: over the gate and without one,
 * in two lines and in one, in rooms; guessing is slowed; the death of the gate loses no use.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "process.h"
#include "realm_clock.h"
#include "realmctl.h"
#include "room_script.h"

#define BY_INVITATION "registration = invitation\npassword_cost = 1\n"
#define NOBODY        "0123-4567-89ab-cdef"
#define HASHERS_MAX   256  /* one for each processor */
#define HELD_MS       4000 /* a request that must wait longer is refused */

static struct dialogue talk;
static char code[32];

/* The daemon runs, or each client has a kabard -i. */
static void
begin(enum dialogue_way way, const char *settings)
{
	realm_configure(&realm, settings);
	if (way == DIALOGUE_TCP)
		realm_start(&realm);
	dialogue_begin(&talk, &realm, way);
}

static void
setup(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR); /* for dialogue_end() */
}

static void
teardown(void)
{
	dialogue_end(&talk);
}

static void
invite(const char *uses)
{
	WORKS(NULL, "invite", "-n", uses, "-m", "kelas 3");
	ck_assert_uint_eq(strlen(output), 20);
	snprintf(code, sizeof(code), "%.19s", output);
}

static void
play_both_ways(enum dialogue_way way)
{
	begin(way, BY_INVITATION);
	invite("2");
	dialogue_runf(&talk,
	    "a> register satu rahasia Satu Indonesia\n"
	    "a< ERROR Registrasi hanya dengan kode undangan\n"
	    "a> invitation abc\n"
	    "a< ERROR Kode undangan tidak berlaku\n"
	    "a> invitation\n"
	    "a< ERROR parameter salah\n"
	    "a> invitation " NOBODY "\n"
	    "a< OK Kode undangan diterima\n"
	    /* Nobody learns without one whether a name is taken. */
	    "a> register messi rahasia Satu Indonesia\n"
	    "a< ERROR Kode undangan tidak berlaku\n"
	    "a> invitation %s\n"
	    "a< OK Kode undangan diterima\n"
	    "a> register messi rahasia Satu Indonesia\n"
	    "a< ERROR User sudah ada\n"
	    "a> register satu rahasia Satu Indonesia\n"
	    "a< TOKEN s\n"
	    "a> logout $s\n"
	    "a< OK Logout successful\n"
	    /* The connection has given one, for one account. */
	    "a> register dua rahasia Dua Indonesia\n"
	    "a< ERROR Registrasi hanya dengan kode undangan\n"
	    "b> invitation %s send messi halo Satu Indonesia\n"
	    "b< ERROR parameter salah\n"
	    "b> invitation %s register dua rahasia Dua\n"
	    "b< ERROR parameter salah\n"
	    "b> INVITATION %s Register dua rahasia Dua Indonesia\n"
	    "b< TOKEN d\n"
	    "c> invitation %s register tiga rahasia Tiga Indonesia\n"
	    "c< ERROR Kode undangan tidak berlaku\n"
	    "d> auth dua rahasia\n"
	    "d< TOKEN x\n",
	    code, code, code, code, code);
}

START_TEST(test_over_the_gate)
{
	play_both_ways(DIALOGUE_TCP);
	ck_assert(realm_logged(&realm, "registering tiga from "));
	/* A secret stands in no log. */
	ck_assert(!realm_logged(&realm, code));
}
END_TEST

START_TEST(test_without_a_gate)
{
	play_both_ways(DIALOGUE_SOCKETPAIR);
}
END_TEST

/* In capitals, without dashes, and with the letters that people take for digits. */
START_TEST(test_typed)
{
	char typed[32];
	size_t n = 0;

	begin(DIALOGUE_TCP, BY_INVITATION);
	invite("1");
	for (const char *c = code; *c != '\0'; c++)
		if (*c != '-')
			typed[n++] = *c == '0' ? 'O' : *c == '1' ? 'l' : *c;
	typed[n] = '\0';
	dialogue_runf(&talk,
	    "a> invitation %s register satu rahasia Satu Indonesia\n"
	    "a< TOKEN s\n",
	    typed);
}
END_TEST

START_TEST(test_room)
{
	begin(DIALOGUE_TCP, BY_INVITATION);
	invite("1");
	room_run(&talk,
	    "a> REG satu rahasia\na< BAD_REQUEST registrasi hanya dengan kode undangan\n"
	    "a> invitation " NOBODY "\na< OK Kode undangan diterima\n"
	    "a> REG satu rahasia\na< BAD_REQUEST kode undangan tidak berlaku\n");
	dialogue_runf(&talk, "a> invitation %s\na< OK Kode undangan diterima\n", code);
	room_run(&talk,
	    "a> REG satu rahasia\na< REG_OK $*\n"
	    "a> REG dua rahasia\n"
	    "a< BAD_REQUEST registrasi hanya dengan kode undangan\n");
}
END_TEST

/* Nobody needs an invitation where all may register: users make none. */
START_TEST(test_none_needed)
{
	begin(DIALOGUE_TCP, "registration = on\nuser_invitations = 5\npassword_cost = 1");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> invitation new\n"
	    "a< ERROR Tidak diizinkan\n");
}
END_TEST

/* Where all may register a code is not used up, where nobody may it is of no use. */
START_TEST(test_other_settings)
{
	begin(DIALOGUE_TCP, "registration = on\npassword_cost = 1");
	invite("1");
	dialogue_runf(&talk,
	    "a> invitation %s register satu rahasia Satu Indonesia\n"
	    "a< TOKEN s\n"
	    "b> invitation " NOBODY " register dua rahasia Dua Indonesia\n"
	    "b< TOKEN s\n",
	    code);
	WORKS(NULL, "invites");
	TOLD("kelas 3");
	ck_assert_ptr_null(strstr(output, "satu"));
	realm_configure(&realm, "registration = off");
	realm_reload(&realm);
	dialogue_runf(&talk,
	    "c> invitation %s\n"
	    "c< ERROR Registrasi ditutup\n"
	    "c> invitation %s register dua rahasia Satu Indonesia\n"
	    "c< ERROR Registrasi ditutup\n",
	    code, code);
	TELLS(0, NULL, "nobody can use it: the setting registration is off", "invite");
}
END_TEST

/* The gate takes its new settings in its own time. */
static bool
gate_refuses(void *arg)
{
	static int n;
	size_t len;

	(void)arg;
	dialogue_runf(&talk, "a> register tamu%d rahasia X Y\n", n++);
	return strstr(dialogue_hear(&talk, 'a', &len), "hanya dengan kode undangan") != NULL;
}

/* A worker with the old settings, or one in a stranger's hands, does not get around the gate. */
START_TEST(test_gate_judges)
{
	begin(DIALOGUE_TCP, "registration = on\npassword_cost = 1");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "b> invitation " NOBODY "\n"
	    "b< OK Kode undangan diterima\n");
	realm_configure(&realm, BY_INVITATION);
	realm_reload(&realm);
	/* The gate reads it by itself. */
	dialogue_run(&talk,
	    "c> register satu rahasia X Y\n"
	    "c< ERROR Registrasi hanya dengan kode undangan\n");
	ck_assert(realm_until(gate_refuses, NULL));
	dialogue_run(&talk,
	    "b> register satu rahasia X Y\n"
	    "b< ERROR Kode undangan tidak berlaku\n");
}
END_TEST

/*
 * A class at one address registers at once, and none of them counts as a guess;
 * registrations_per_day is for those without a code.
 */
START_TEST(test_class)
{
	int in = 0, late = 0;

	begin(DIALOGUE_TCP, BY_INVITATION "limit_loopback = on\nregistrations_per_day = 1\n");
	invite("11");
	for (char who = 'a'; who < 'm'; who++)
		dialogue_runf(&talk, "%c> invitation %s register murid%c rahasia X Y\n", who, code,
		    who);
	for (char who = 'a'; who < 'm'; who++) {
		size_t len;
		const char *reply = dialogue_hear(&talk, who, &len);

		in += strstr(reply, "tokenid") != NULL;
		late += strstr(reply, "Kode undangan tidak berlaku") != NULL;
	}
	ck_assert_int_eq(in, 11);
	ck_assert_int_eq(late, 1);
}
END_TEST

/* Whoever guesses waits, and is told for how long; a login from elsewhere in the house does not. */
START_TEST(test_guessing)
{
	int refused = 0;
	size_t len;

	begin(DIALOGUE_TCP, BY_INVITATION "limit_loopback = on\n");
	for (char who = 'b'; who < 'i'; who++)
		dialogue_runf(&talk, "%c> invitation " NOBODY " register satu rahasia X Y\n", who);
	for (char who = 'b'; who < 'i'; who++)
		refused +=
		    strstr(dialogue_hear(&talk, who, &len), "coba lagi dalam 8 detik") != NULL;
	ck_assert_int_eq(refused, 1);
	dialogue_run(&talk,
	    "i> auth lineker surabaya\n"
	    "i< TOKEN l\n");
}
END_TEST

/* Those who mistype the code keep nobody out who does not. */
START_TEST(test_mistyping)
{
	struct realm_clock clock;
	int refused = 0;
	size_t len;

	realm_clock_begin(&clock, realm.dir);
	realm_clock_stop(&clock);
	begin(DIALOGUE_TCP, BY_INVITATION "limit_loopback = on\n");
	invite("1");
	for (char who = 'b'; who < 'i'; who++)
		dialogue_runf(&talk, "%c> invitation " NOBODY " register satu rahasia X Y\n", who);
	ck_assert(realm_until(process_family_waits, &realm.kabard));
	dialogue_runf(&talk, "i> invitation %s register dua rahasia X Y\n", code);
	ck_assert(realm_until(process_family_waits, &realm.kabard));
	realm_clock_pass(&clock, HELD_MS);
	dialogue_run(&talk, "i< TOKEN s\n");
	for (char who = 'b'; who < 'i'; who++)
		refused += strstr(dialogue_hear(&talk, who, &len), "coba lagi dalam ") != NULL;
	ck_assert_int_eq(refused, 1);
	realm_clock_use(NULL);
	realm_clock_close(&clock);
}
END_TEST

/* The processor time of the gate's hashers, in ns. */
static int64_t
read_hashing(void)
{
	pid_t hashers[HASHERS_MAX];
	size_t n =
	    process_children(process_child(realm.kabard, "gate"), "hasher", hashers, HASHERS_MAX);
	int64_t sum = 0;

	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < n && i < HASHERS_MAX; i++) {
		struct timespec used;
		clockid_t clock;

		ck_assert_int_eq(clock_getcpuclockid(hashers[i], &clock), 0);
		ck_assert_int_eq(clock_gettime(clock, &used), 0);
		sum += used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
	}
	return sum;
}

/* How long a request has hashers compute, in ns. */
static int64_t
measure(const char *request, const char *expected)
{
	int64_t begun = read_hashing();
	size_t len;

	dialogue_say(&talk, 'a', request, strlen(request));
	const char *reply = dialogue_hear(&talk, 'a', &len);
	ck_assert_msg(strstr(reply, expected) != NULL, "%s", reply);
	return read_hashing() - begun;
}

/* Unknown, or used up: each costs the hash that a login costs. */
START_TEST(test_same_time)
{
	char used[256];
	int64_t hash = INT64_MAX, wrong = INT64_MAX, time;

	begin(DIALOGUE_TCP, "registration = invitation\npassword_cost = 9\n");
	invite("1");
	dialogue_runf(&talk, "a> invitation %s register satu rahasia X Y\na< TOKEN s\n", code);
	snprintf(used, sizeof(used), "invitation %s register satu rahasia X Y\r\n", code);
	for (int i = 0; i < 3; i++) {
		time = measure("auth nobody rahasia\r\n", "User Tidak Ada");
		hash = time < hash ? time : hash;
		time = measure(used, "tidak berlaku");
		wrong = time < wrong ? time : wrong;
		time =
		    measure("invitation " NOBODY " register satu rahasia X Y\r\n", "tidak berlaku");
		wrong = time < wrong ? time : wrong;
	}
	ck_assert_int_gt(hash, 0);
	ck_assert_int_ge(wrong, hash / 2);
}
END_TEST

static json_t *
read_list(void)
{
	json_error_t error;

	WORKS(NULL, "invites", "-j");
	json_t *list = json_loads(output, 0, &error);
	ck_assert_msg(json_is_array(list), "%s: %s", error.text, output);
	return list;
}

/* How many accounts an invitation says that it has made. */
static size_t
count_used(void)
{
	json_t *list = read_list();
	size_t n = json_array_size(json_object_get(json_array_get(list, 0), "users"));

	json_decref(list);
	return n;
}

static bool
is_gate(pid_t pid)
{
	char path[64], title[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	title[fread(title, 1, sizeof(title) - 1, file)] = '\0';
	fclose(file);
	return strstr(title, "gate") != NULL;
}

/* Kills the gate, if one runs just now. */
static void
kill_gate(void)
{
	pid_t pids[64];
	size_t n = realm_processes(&realm, pids, 64);

	for (size_t i = 0; i < n && i < 64; i++)
		if (is_gate(pids[i]))
			kill(pids[i], SIGKILL);
}

/* The gate and its helpers die at any time: what was answered is there once. */
START_TEST(test_gate_dies)
{
	char script[256];
	int told = 0, there = 0;

	begin(DIALOGUE_TCP, BY_INVITATION);
	invite("100");
	srand(11);
	for (int i = 0; i < 12; i++) {
		char who = (char)('a' + i);
		size_t len;

		snprintf(script, sizeof(script), "%c> invitation %s register tamu%d rahasia X Y\n",
		    who, code, i);
		dialogue_run(&talk, script);
		usleep((useconds_t)(rand() % 10000));
		kill_gate();
		told += strstr(dialogue_hear(&talk, who, &len), "tokenid") != NULL;
	}
	realmctl_open();
	for (int i = 0; i < 12; i++) {
		struct chat_user user;

		snprintf(script, sizeof(script), "tamu%d", i);
		there += chat_user_find(&chat, chat_text(script), &user) == CHAT_OK;
	}
	realmctl_close();
	ck_assert_int_ge(there, told);
	ck_assert_uint_eq(count_used(), (size_t)there);
}
END_TEST

START_TEST(test_commands)
{
	json_t *list, *one;
	char id[32];

	begin(DIALOGUE_SOCKETPAIR, BY_INVITATION);
	invite("2");
	dialogue_runf(&talk, "a> invitation %s register satu rahasia X Y\na< TOKEN s\n", code);
	list = read_list();
	ck_assert_uint_eq(json_array_size(list), 1);
	one = json_array_get(list, 0);
	ck_assert_int_eq(json_integer_value(json_object_get(one, "left")), 1);
	ck_assert_int_eq(json_integer_value(json_object_get(one, "uses")), 2);
	ck_assert_str_eq(json_string_value(json_object_get(one, "note")), "kelas 3");
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(one, "users"), 0)),
	    "satu");
	snprintf(id, sizeof(id), "%lld", (long long)json_integer_value(json_object_get(one, "id")));
	/* The code is shown when it is made, and never again. */
	ck_assert_ptr_null(strstr(output, code));
	json_decref(list);
	WORKS(NULL, "invites");
	TOLD("satu");
	ck_assert_ptr_null(strstr(output, code));
	/* Who came by it and is gone. */
	WORKS(NULL, "user", "del", "satu");
	WORKS(NULL, "invites");
	ck_assert_ptr_null(strstr(output, "satu"));
	WORKS(NULL, "uninvite", id);
	TELLS(1, NULL, "there is no such invitation", "uninvite", id);
	dialogue_runf(&talk,
	    "b> invitation %s register dua rahasia X Y\n"
	    "b< ERROR Kode undangan tidak berlaku\n",
	    code);
	invite("1");
	WORKS(NULL, "uninvite", code);
	TELLS(1, NULL, "there is no such invitation", "uninvite", code);
	TELLS(1, NULL, "there is no such invitation", "uninvite", "kopi");
	TELLS(64, NULL, "uses must be from 1 to 1000", "invite", "-n", "0");
	TELLS(64, NULL, "uses must be from 1 to 1000", "invite", "-n", "1001");
	TELLS(64, NULL, "must be from 1m to 3650d", "invite", "-e", "0");
	TELLS(64, NULL, "must be from 1m to 3650d", "invite", "-e", "besok");
	TELLS(1, NULL, "UTF-8", "invite", "-m", "a\nb");
	WORKS(NULL, "invite", "-e", "1h");
}
END_TEST

/* Users invite, too, where the settings say so; then one knows who has invited whom. */
static void
let_users_invite(enum dialogue_way way)
{
	const char *reply;
	size_t len;

	begin(way, BY_INVITATION "user_invitations = 1\n");
	dialogue_run(&talk,
	    "a> invitation new\n"
	    "a< ERROR Session tidak ditemukan\n"
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> invitation new\n");
	reply = dialogue_hear(&talk, 'a', &len);
	ck_assert_int_eq(sscanf(reply, "{\"status\":\"OK\",\"message\":\"%19[0-9a-z-]\"}", code),
	    1);
	dialogue_runf(&talk,
	    "a> invitation new $m\n"
	    "a< ERROR Batas tercapai\n"
	    "b> invitation %s register satu rahasia X Y\n"
	    "b< TOKEN s\n"
	    "c> invitation %s register dua rahasia X Y\n"
	    "c< ERROR Kode undangan tidak berlaku\n"
	    "a> send satu halo\n"
	    "a< OK Message sent\n"
	    "a> invitation new $m\n"
	    "a< {'status':'OK'$*\n",
	    code, code);
	json_t *list = read_list(), *one = json_array_get(list, 0);
	ck_assert_str_eq(json_string_value(json_object_get(one, "maker")), "messi");
	json_decref(list);
}

START_TEST(test_users_invite)
{
	let_users_invite(DIALOGUE_TCP);
	/* A gate that is new knows nobody yet. */
	kill_gate();
	realm_configure(&realm, BY_INVITATION);
	realm_reload(&realm);
	dialogue_run(&talk,
	    "d> auth henderson surabaya\n"
	    "d< TOKEN h\n"
	    "d> invitation new\n"
	    "d< ERROR Tidak diizinkan\n"
	    "a> inbox\n"
	    "a< {'status':'OK'$*\n");
}
END_TEST

START_TEST(test_users_invite_without_a_gate)
{
	let_users_invite(DIALOGUE_SOCKETPAIR);
}
END_TEST

/* A backup has invitations, and with them who came by them. */
START_TEST(test_backup)
{
	char path[2 * REALM_PATH_MAX];

	begin(DIALOGUE_SOCKETPAIR, BY_INVITATION);
	invite("2");
	dialogue_runf(&talk, "a> invitation %s register satu rahasia X Y\na< TOKEN s\n", code);
	snprintf(path, sizeof(path), "%s/backup", realm.dir);
	WORKS(NULL, "backup", path);
	WORKS(NULL, "uninvite", code);
	dialogue_end(&talk);
	WORKS(NULL, "restore", path, "-m");
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	ck_assert_uint_eq(count_used(), 1);
	dialogue_runf(&talk,
	    "b> invitation %s register dua rahasia X Y\nb< TOKEN s\n"
	    "b> invitation %s register tiga rahasia X Y\n"
	    "b< ERROR Kode undangan tidak berlaku\n",
	    code, code);
	WORKS(NULL, "check");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("invitation");
	TCase *tcase = realmctl_tcase(suite, "invitation");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_over_the_gate);
	tcase_add_test(tcase, test_without_a_gate);
	tcase_add_test(tcase, test_typed);
	tcase_add_test(tcase, test_room);
	tcase_add_test(tcase, test_other_settings);
	tcase_add_test(tcase, test_none_needed);
	tcase_add_test(tcase, test_gate_judges);
	tcase_add_test(tcase, test_class);
	tcase_add_test(tcase, test_guessing);
	tcase_add_test(tcase, test_mistyping);
	tcase_add_test(tcase, test_same_time);
	tcase_add_test(tcase, test_gate_dies);
	tcase_add_test(tcase, test_commands);
	tcase_add_test(tcase, test_users_invite);
	tcase_add_test(tcase, test_users_invite_without_a_gate);
	tcase_add_test(tcase, test_backup);
	return realm_run_suite(suite);
}
