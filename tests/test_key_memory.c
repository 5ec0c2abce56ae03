/*
 * What lies in the memories of a realm's processes: the private keys of its listeners in the
 * signer's and no other's, whatever was done before; and the password of a client in none, once he
 * has logged in.
 */
#include <netinet/in.h>
#include <sys/stat.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/realm_key.h"
#include "tls_keys.h"
#include "tls_realm.h"

#define PASSWORD      "Rahasia-Sekali-93"
#define PROCESSES_MAX 64
#define CROWD         400 /* more than a socket has room for */

static char dir[TLS_FIXTURE_DIR_MAX]; /* the pair of the listener "safe" */
static bool together;                 /* its key lies in the file of its certificate as well */

static void
append_key(void)
{
	char path[REALM_KEY_PATH], certificate[REALM_KEY_PATH], line[128];
	FILE *key, *file;

	realm_key_paths(dir, path, certificate);
	key = fopen(path, "re");
	file = fopen(certificate, "ae");
	ck_assert(key != NULL && file != NULL);
	while (fgets(line, sizeof(line), key) != NULL)
		ck_assert_int_ge(fputs(line, file), 0);
	fclose(key);
	ck_assert_int_eq(fclose(file), 0);
}

/* The listener "safe" has a pair of this kind; the others have the realm's, also one for peers. */
static void
start(enum tls_keys_kind kind)
{
	char safe[512], settings[512];
	struct sockaddr_in name;
	int fd = realm_bind_port(0, &name);

	snprintf(dir, sizeof(dir), "%.100s/pair", realm.dir);
	ck_assert_int_eq(mkdir(dir, 0700), 0);
	tls_keys_make(dir, kind);
	if (together)
		append_key();
	snprintf(safe, sizeof(safe), "certificate = \"%s/realm.crt\"  key = \"%s/realm.%s\"", dir,
	    dir, together ? "crt" : "key");
	snprintf(settings, sizeof(settings),
	    "%s\nlisten \"peers\" { address = \"127.0.0.1\" port = %u dialect = \"peer\" }",
	    geteuid() == 0 ? "" : "sandbox = off", (unsigned int)ntohs(name.sin_port));
	close(fd);
	tls_realm_configure(safe, settings);
	tls_realm_start();
}

static bool
is_signer(pid_t pid)
{
	char path[64], title[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	file = fopen(path, "re");
	if (file != NULL) {
		size_t len = fread(title, 1, sizeof(title) - 1, file);

		title[len] = '\0';
		fclose(file);
	}
	return strstr(title, "signer") != NULL;
}

/* A part is in all signers' memory, if any, or in none; and in that of nobody else. */
static void
check_part(const struct tls_keys_part *part, bool with_signer)
{
	pid_t pids[PROCESSES_MAX];
	size_t n = realm_processes(&realm, pids, PROCESSES_MAX), others = 0, signers = 0;

	ck_assert_uint_le(n, PROCESSES_MAX);
	for (size_t i = 0; i < n; i++) {
		bool found, signer = is_signer(pids[i]);

		if (!tls_keys_search(pids[i], part, &found))
			continue; /* it has ended; a committer is nobody's child */
		ck_assert_msg(signer || !found, "%s is in the memory of %ld", part->name,
		    (long)pids[i]);
		signers += signer && found;
		others += !signer;
	}
	/* Master, gate and at least one worker. */
	ck_assert_uint_ge(others, 3);
	if (with_signer)
		ck_assert_msg(signers == 1, "%s is found in %zu signers", part->name, signers);
}

static void
check_keys(void)
{
	const char *const dirs[] = { dir, realm.state };
	struct tls_keys_part parts[TLS_KEYS_PARTS];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		size_t n = tls_keys_parts(dirs[i], parts), at_work = 0;

		for (size_t j = 0; j < n; j++)
			check_part(&parts[j], false);
		/* The search does find it, as libcrypto has it. */
		for (size_t j = 0; j < n; j++) {
			if (strstr(parts[j].name, " back") == NULL)
				continue;
			check_part(&parts[j], true);
			at_work++;
		}
		ck_assert_uint_ge(at_work, 1);
	}
}

/*
 * After handshakes with both keys, plain clients and a reload: of each kind, and in the last round
 * with a key that is in one file with its certificate.
 */
START_TEST(keys)
{
	together = _i == TLS_KEYS_KINDS;
	start(together ? TLS_KEYS_EC : (enum tls_keys_kind)_i);
	tls_realm_speak('a', TLS_REALM);
	tls_realm_speak('b', TLS_ROOM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
	check_keys();
	tls_realm_reload("reloaded");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	check_keys();
}
END_TEST

static struct tls_keys_part
password(void)
{
	struct tls_keys_part part = { .name = "password", .len = strlen(PASSWORD) };

	memcpy(part.data, PASSWORD, part.len);
	return part;
}

/* A password was sent in plain, by a new user and at a login. */
START_TEST(passwords)
{
	struct tls_keys_part part = password();

	start(TLS_KEYS_EC);
	dialogue_run(&talk,
	    "a> register xavi " PASSWORD " Xavi Spanyol\n"
	    "a< TOKEN x\n"
	    "b> auth xavi " PASSWORD "\n"
	    "b< TOKEN y\n"
	    "c> auth messi surabaya\n"
	    "c< TOKEN m\n");
	check_part(&part, false);
}
END_TEST

/* And in TLS, whose library keeps what it has decrypted until it decrypts as much again. */
START_TEST(passwords_in_tls)
{
	struct tls_keys_part part = password();

	start(TLS_KEYS_EC);
	dialogue_run(&talk,
	    "a> register xavi " PASSWORD " Xavi Spanyol\n"
	    "a< TOKEN x\n"
	    "a closes\n");
	tls_realm_speak('b', TLS_REALM);
	dialogue_run(&talk,
	    "b> auth xavi " PASSWORD "\n"
	    "b< TOKEN y\n"
	    "b> send messi halo, apa kabar? sudah makan?\n"
	    "b< OK Message sent\n");
	check_part(&part, false);
}
END_TEST

static pid_t
find_signer(void)
{
	pid_t pids[PROCESSES_MAX];
	size_t n = realm_processes(&realm, pids, PROCESSES_MAX);

	for (size_t i = 0; i < n && i < PROCESSES_MAX; i++)
		if (is_signer(pids[i]))
			return pids[i];
	return 0;
}

static bool
has_signer(void *arg)
{
	(void)arg;
	return find_signer() != 0;
}

static bool
has_other_signer(void *old)
{
	pid_t now = find_signer();

	return now != 0 && now != *(const pid_t *)old;
}

/* A signer that dies is followed by another one; who is connected does not notice. */
START_TEST(signer_dies)
{
	pid_t old;

	start(TLS_KEYS_EC);
	tls_realm_speak('a', TLS_REALM);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	old = find_signer();
	ck_assert_int_gt(old, 0);
	ck_assert_int_eq(kill(old, SIGKILL), 0);
	realm_await_log(&realm, "the signer of TLS died of signal 9");
	ck_assert(realm_until(has_other_signer, &old));
	tls_realm_speak('b', TLS_REALM);
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

/* Clients come in TLS, and are heard of no more. */
static bool
has_crowd_ended_it(void *arg)
{
	static int fds[CROWD];

	(void)arg;
	for (int i = 0; i < CROWD; i++)
		fds[i] = tls_realm_connect(TLS_REALM, false);
	for (int i = 0; i < CROWD; i++)
		close(fds[i]);
	return realm_logged(&realm, "the signer of TLS died of signal 9");
}

/* One that hangs stops neither the master nor plain clients, and is replaced. */
START_TEST(signer_hangs)
{
	start(TLS_KEYS_EC);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	ck_assert_int_eq(kill(find_signer(), SIGSTOP), 0);
	has_crowd_ended_it(NULL);
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	ck_assert(realm_until(has_crowd_ended_it, NULL));
	realm_await_log(&realm, "the signer of TLS died of signal 9");
	ck_assert(realm_until(has_signer, NULL));
	tls_realm_speak('c', TLS_REALM);
	dialogue_run(&talk,
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("key_memory");
	TCase *tcase = tls_realm_tcase(suite, "memory");

	signal(SIGPIPE, SIG_IGN);
	tcase_add_loop_test(tcase, keys, 0, TLS_KEYS_KINDS + 1);
	tcase_add_test(tcase, passwords);
	tcase_add_test(tcase, passwords_in_tls);
	tcase_add_test(tcase, signer_dies);
	tcase_add_test(tcase, signer_hangs);
	return realm_run_suite(suite);
}
