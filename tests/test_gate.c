/*
 * The gate in a running kabard: what a worker has before a login, and the deaths of the gate and of
 * its helpers.
 */
#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "room_script.h"

#define PIPELINED 200
#define ROUNDS    20

static struct realm realm;
static struct dialogue talk;

static void
setup(void)
{
	realm_make(&realm, "password_cost = 1");
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

static bool
has_gate(void *arg)
{
	const pid_t *not_this = arg;
	pid_t gate = process_child(realm.kabard, "gate");

	return gate != 0 && gate != *not_this && process_child(gate, "clerk") != 0 &&
	    process_child(gate, "hasher") != 0;
}

static pid_t
await_gate(pid_t not_this)
{
	ck_assert(realm_until(has_gate, &not_this));
	return process_child(realm.kabard, "gate");
}

/* How many open files of a process lie in the state directory. */
static size_t
count_state_files(pid_t pid)
{
	char path[64], target[PATH_MAX];
	DIR *fds;
	struct dirent *entry;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	fds = opendir(path);
	ck_assert_ptr_nonnull(fds);
	while ((entry = readdir(fds)) != NULL) {
		ssize_t len = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);

		target[len < 0 ? 0 : len] = '\0';
		/* The scoreboard is the master's, not mapped, and closing it would cost more. */
		n += strncmp(target, realm.state, strlen(realm.state)) == 0 &&
		    strstr(target, "/scoreboard") == NULL;
	}
	closedir(fds);
	return n;
}

static bool
has_worker(void *arg)
{
	pid_t *worker = arg, all[16];
	size_t n = process_children(realm.kabard, "", all, 16);

	for (size_t i = 0; i < n && i < 16; i++) {
		char text[PROCESS_TITLE];

		process_read(all[i], "cmdline", text, sizeof(text));
		if (strstr(text, "gate") == NULL && strstr(text, "bridge") == NULL)
			*worker = all[i];
	}
	return *worker != 0;
}

/* Whatever a stranger asks for, its worker does not get to the store. */
START_TEST(test_no_store_before_login)
{
	pid_t worker = 0;

	/* Only root sees the files of a process that lets nobody look into its memory. */
	if (geteuid() != 0) {
		ck_assert_int_eq(realm_stop(&realm), 0);
		realm_configure(&realm, "sandbox = off");
		realm_start(&realm);
	}
	dialogue_run(&talk,
	    "> help send\n"
	    "< {'status':'OK'$*\n"
	    "> auth messi salah\n"
	    "< ERROR Password Salah\n"
	    "> inbox\n"
	    "< ERROR Session tidak ditemukan\n"
	    "> inbox 4f7df0ff-9e96-4ab3-9c92-0f7dadd1119f\n"
	    "< ERROR Session tidak ditemukan\n"
	    "> addrealm surabaya\n"
	    "< ERROR Realm sudah ada\n"
	    "> register messi surabaya x y\n"
	    "< ERROR User sudah ada\n");
	ck_assert(realm_until(has_worker, &worker));
	/* The kernel shows the files of a worker with a sandbox to root alone. */
	if (geteuid() == 0)
		ck_assert_uint_eq(count_state_files(worker), 0);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
	if (geteuid() == 0)
		ck_assert_uint_gt(count_state_files(worker), 0);
}
END_TEST

/* Those who are logged in go on without a gate, and the next one serves those who come. */
START_TEST(test_gate_dies)
{
	pid_t gate = await_gate(0);

	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth nobody x\n"
	    "b< ERROR User Tidak Ada\n");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(kill(gate, SIGKILL), 0);
		dialogue_run(&talk,
		    "a> send henderson halo\n"
		    "a< OK Message sent\n"
		    /* This one waits for the next gate. */
		    "b> auth henderson surabaya\n"
		    "b< TOKEN h\n"
		    "c> inbox $h\n"
		    "c< {'status':'OK'$*\n"
		    "d> auth lineker surabaya\n"
		    "d< TOKEN l\n");
		gate = await_gate(gate);
	}
	ck_assert(realm_logged(&realm, "the gate died of signal 9"));
}
END_TEST

/* A worker gives its connection to the committer back and gets another for the same user. */
START_TEST(test_session_of_another)
{
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    /* One connection speaks for both in turn. */
	    "a> send lineker satu\n"
	    "a< OK Message sent\n"
	    "a> send $h lineker dua\n"
	    "a< OK Message sent\n"
	    "a> send lineker tiga\n"
	    "a< OK Message sent\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "c> inbox\n"
	    "c< {$*Messi$*satu$*Messi$*tiga$*Henderson$*dua$*\n");
}
END_TEST

/* Whoever is in a room speaks there for himself, whoever else used the connection meanwhile. */
START_TEST(test_room_and_another)
{
	room_run(&talk,
	    "a> auth lineker surabaya\n"
	    "a< TOKEN l\n"
	    "a> send henderson nol\n"
	    "a< OK Message sent\n"
	    "b> LOGIN messi surabaya\n"
	    "b< LOGIN_OK Login berhasil: messi\n"
	    "b< ROOM_LIST_OK\n"
	    "b< ONLINE_LIST_OK 'lineker','messi'\n"
	    "b> MAKE_ROOM kopi\n"
	    "b< MAKE_ROOM_OK kopi berhasil dibuat\n"
	    "b< ROOM_LIST_OK 'kopi'\n"
	    "b> JOIN_ROOM kopi\n"
	    "b< JOIN_ROOM_OK kopi\n"
	    "b< ROOM_USER_LIST 'messi'\n"
	    "b> LOGIN henderson surabaya\n"
	    "b< LOGIN_DUPE Login gagal , user telah ter-login\n"
	    "b> SEND kopi satu\n"
	    "b< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "b< MESSAGE messi kopi satu\n"
	    "b> REG maradona napoli\n"
	    "b< REG_OK anda berhasil terdaftar dengan username: maradona\n"
	    "b> SEND kopi dua\n"
	    "b< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "b< MESSAGE messi kopi dua\n"
	    "b> send $l messi bisik\n"
	    "b< OK Message sent\n"
	    "b> SEND kopi tiga\n"
	    "b< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "b< MESSAGE messi kopi tiga\n"
	    "b> send $l messi bisik\n"
	    "b< OK Message sent\n"
	    "b> MAKE_ROOM bola\n"
	    "b< MAKE_ROOM_OK bola berhasil dibuat\n"
	    "b< ROOM_LIST_OK 'bola','kopi'\n"
	    "b> DEL_ROOM kopi\n"
	    "b< DEL_ROOM_OK kopi berhasil dihapus\n"
	    "b< ROOM_QUITTED kopi\n"
	    "b< ROOM_LIST_OK 'bola'\n");
	ck_assert(!realm_logged(&realm, "forbidden to principal"));
}
END_TEST

/* What two users are shown over one connection, neither is shown again. */
START_TEST(test_inboxes_of_two)
{
	static char script[256];

	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	for (int i = 0; i < ROUNDS; i++) {
		snprintf(script, sizeof(script),
		    "a> send $m messi %d\na< OK Message sent\n"
		    "a> send $m henderson %d\na< OK Message sent\n",
		    i, i);
		dialogue_run(&talk, script);
		/* Four requests at once. */
		dialogue_run(&talk,
		    "a> inbox $m\n"
		    "a> inbox $h\n"
		    "a> inbox $m\n"
		    "a> inbox $h\n"
		    "a< {$*\"messi\"$*\n"
		    "a< {$*\"messi\"$*\n"
		    "a< MESSAGES {}\n"
		    "a< MESSAGES {}\n");
	}
	ck_assert(!realm_logged(&realm, "forbidden to principal"));
}
END_TEST

#define HASHERS_MAX 64

struct crew {
	pid_t gate;
	pid_t dead[HASHERS_MAX]; /* which the gate shall have noticed */
	size_t n_dead;
};

static bool
has_all_hashers(void *arg)
{
	const struct crew *crew = arg;
	pid_t hashers[HASHERS_MAX];
	size_t n = process_children(crew->gate, "hasher", hashers, HASHERS_MAX);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < crew->n_dead; k++)
			if (hashers[i] == crew->dead[k])
				return false;
	return n == (size_t)sysconf(_SC_NPROCESSORS_ONLN);
}

/* A hasher that dies takes one request with it, which is told, and comes back. */
START_TEST(test_hasher_dies)
{
	struct crew crew = { .n_dead = 0 };

	realm_configure(&realm, "password_cost = 10");
	crew.gate = await_gate(0);
	ck_assert(realm_until(has_all_hashers, &crew));
	crew.n_dead = process_children(crew.gate, "hasher", crew.dead, HASHERS_MAX);
	realm_reload(&realm);
	dialogue_run(&talk, "> auth nobody x\n");
	/* Whichever has it. */
	for (size_t i = 0; i < crew.n_dead; i++)
		kill(crew.dead[i], SIGSTOP);
	for (size_t i = 0; i < crew.n_dead; i++)
		kill(crew.dead[i], SIGKILL);
	dialogue_run(&talk, "< ERROR $*\n");
	/* One whose death is not noticed yet would take the next request with it. */
	ck_assert(realm_until(has_all_hashers, &crew));
	realm_configure(&realm, "password_cost = 1");
	realm_reload(&realm);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
	ck_assert_int_eq(process_child(realm.kabard, "gate"), crew.gate);
}
END_TEST

START_TEST(test_clerk_dies)
{
	pid_t gate = await_gate(0);

	dialogue_run(&talk,
	    "> register satu rahasia x y\n"
	    "< TOKEN s\n");
	ck_assert_int_eq(kill(process_child(gate, "clerk"), SIGKILL), 0);
	ck_assert(realm_until(has_gate, &(pid_t){ 0 }));
	dialogue_run(&talk, "> register dua rahasia x y\n");
	(void)dialogue_hear(&talk, 'a', &(size_t){ 0 });
	dialogue_run(&talk,
	    "> register tiga rahasia x y\n"
	    "< TOKEN s\n");
}
END_TEST

/* Requests that come all at once are answered one after the other, each in its order. */
START_TEST(test_pipelined)
{
	static char lines[PIPELINED * 32];
	size_t len = 0;

	for (int i = 0; i < PIPELINED; i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "auth messi %s\r\n",
		    i % 2 == 0 ? "surabaya" : "salah");
	dialogue_say(&talk, 'a', lines, len);
	for (int i = 0; i < PIPELINED / 2; i++)
		dialogue_run(&talk,
		    "< TOKEN m\n"
		    "< ERROR Password Salah\n");
}
END_TEST

/* The words are the same for a name that nobody has. */
START_TEST(test_uniform)
{
	/* The first connection is older than the settings: it is served already. */
	dialogue_run(&talk,
	    "a> features\n"
	    "a< {$*\n");
	realm_configure(&realm, "password_cost = 1\nuniform_auth = on\npassword_min = 10");
	realm_reload(&realm);
	dialogue_run(&talk,
	    "a> auth nobody x\n"
	    "a< ERROR User Tidak Ada\n"
	    "b> auth nobody x\n"
	    "b< ERROR Password Salah\n"
	    "b> auth messi x\n"
	    "b< ERROR Password Salah\n"
	    "b> register satu 123456789 x y\n"
	    "b< ERROR parameter salah\n"
	    "b> register satu 1234567890 x y\n"
	    "b< TOKEN s\n"
	    /* Old ones stay good. */
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n");
}
END_TEST

/* An address has so many accounts a day, and is told when to come again. */
START_TEST(test_registrations)
{
	realm_configure(&realm, "limit_loopback = on\nregistrations_per_day = 2");
	realm_reload(&realm);
	dialogue_run(&talk,
	    "a> auth nobody x\n"
	    "a< ERROR User Tidak Ada\n"
	    "b> register satu rahasia x y\n"
	    "b< TOKEN s\n"
	    "b> register dua rahasia x y\n"
	    "b< TOKEN s\n"
	    "b> register tiga rahasia x y\n"
	    "b< ERROR Terlalu banyak percobaan, coba lagi dalam 86400 detik\n"
	    "c> register tiga rahasia x y\n"
	    "c< ERROR Terlalu banyak percobaan, coba lagi dalam 86400 detik\n"
	    "b> auth messi surabaya\n"
	    "b< TOKEN m\n");
	ck_assert_uint_eq(realm_count(&realm, "limit_registered_total"), 2);
	ck_assert_uint_eq(realm_count(&realm, "limit_login_wrong_total"), 1);
}
END_TEST

/* Whoever guesses waits, and is told for how long; another user's login does not. */
START_TEST(test_guessing)
{
	int refused = 0;
	size_t len;

	realm_configure(&realm, "limit_loopback = on\npassword_cost = 1");
	realm_reload(&realm);
	dialogue_run(&talk,
	    "a> auth nobody x\n"
	    "a< ERROR User Tidak Ada\n");
	/* Over connections of their own, so that none waits for another. */
	for (char who = 'b'; who < 'i'; who++)
		dialogue_runf(&talk, "%c> auth messi salah\n", who);
	for (char who = 'b'; who < 'i'; who++)
		refused +=
		    strstr(dialogue_hear(&talk, who, &len), "coba lagi dalam 8 detik") != NULL;
	ck_assert_int_eq(refused, 1);
	ck_assert_uint_ge(realm_count(&realm, "limit_login_delay_total"), 1);
	dialogue_run(&talk,
	    "i> auth lineker surabaya\n"
	    "i< TOKEN l\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("gate");
	TCase *tcase = realm_tcase(suite, "gate");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_no_store_before_login);
	tcase_add_test(tcase, test_gate_dies);
	tcase_add_test(tcase, test_session_of_another);
	tcase_add_test(tcase, test_room_and_another);
	tcase_add_test(tcase, test_inboxes_of_two);
	tcase_add_test(tcase, test_hasher_dies);
	tcase_add_test(tcase, test_clerk_dies);
	tcase_add_test(tcase, test_pipelined);
	tcase_add_test(tcase, test_uniform);
	tcase_add_test(tcase, test_registrations);
	tcase_add_test(tcase, test_guessing);
	return realm_run_suite(suite);
}
