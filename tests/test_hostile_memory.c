/*
 * Shared memory written by a hostile worker: a process that may write to the files that the
 * processes of a realm map writes anything to them, at any place, and makes them shorter and longer
 * again, while the realm serves. Nobody dies of it, kabarctl prints nothing strange, and signals go
 * only to processes that show themselves.
 */
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"
#include "live/scoreboard_file.h"
#include "realm_int.h"

#define ROUNDS      12
#define OUTPUT_SIZE 65536
#define BURST       2000 /* words, between two changes of a file's size */

static struct realm realm;
static pid_t hostile, bystander;

struct target {
	int fd;
	size_t size;
	uint64_t *words;
};

static void
open_target(struct target *target, const char *name)
{
	char path[REALM_PATH_MAX + 64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", realm.state, name);
	target->fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_msg(target->fd >= 0, "%s: %s", path, strerror(errno));
	ck_assert_int_eq(fstat(target->fd, &st), 0);
	target->size = (size_t)st.st_size;
	target->words = mmap(NULL, target->size, PROT_READ | PROT_WRITE, MAP_SHARED, target->fd, 0);
	ck_assert_ptr_ne(target->words, MAP_FAILED);
}

/* Numbers that are looked for, and any others. */
static uint64_t
choose_word(const uint64_t *seeds, size_t n)
{
	switch (rand() % 6) {
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return SCOREBOARD_SLOT_USED;
	case 3:
		return seeds[(size_t)rand() % n];
	case 4:
		return UINT64_C(0x1b5b324a1b5b324a); /* clears a terminal */
	default:
		return (uint64_t)rand() << 33 ^ (uint64_t)rand();
	}
}

static void __attribute__((noreturn)) write_everywhere(struct target *targets, int n)
{
	const uint64_t seeds[] = { (uint64_t)bystander, (uint64_t)realm.kabard, 1, 2, 3, 4,
		1 << 20 };
	struct target *target;
	size_t words;

	srand(11);
	for (unsigned int turn = 0;; turn++) {
		target = &targets[turn % (unsigned int)n];
		words = target->size / sizeof(uint64_t);
		for (int i = 0; i < BURST; i++) {
			/* The head of a file more often than the rest. */
			size_t at = (size_t)rand() % (rand() % 4 == 0 ? 64 : words);

			target->words[at] = choose_word(seeds, sizeof(seeds) / sizeof(seeds[0]));
		}
		if (turn % 16 < (unsigned int)n &&
		    (ftruncate(target->fd, 0) != 0 ||
		        ftruncate(target->fd, (off_t)target->size) != 0))
			_exit(1);
	}
}

static void
start_hostile(void)
{
	struct target targets[2];

	open_target(&targets[0], "scoreboard");
	open_target(&targets[1], "wakeup/subscriptions");
	hostile = fork();
	ck_assert_int_ge(hostile, 0);
	if (hostile == 0)
		write_everywhere(targets, 2);
	for (int i = 0; i < 2; i++) {
		munmap(targets[i].words, targets[i].size);
		close(targets[i].fd);
	}
}

static void
setup(void)
{
	realm_make(&realm, NULL);
	bystander = fork();
	if (bystander == 0) {
		pause();
		_exit(0);
	}
	realm_start(&realm);
}

static void
teardown(void)
{
	if (hostile > 0) {
		kill(hostile, SIGKILL);
		waitpid(hostile, NULL, 0);
	}
	kill(bystander, SIGKILL);
	waitpid(bystander, NULL, 0);
	realm_remove(&realm);
}

static void
check_printable(const char *output)
{
	for (const char *at = output; *at != '\0'; at++)
		ck_assert_msg(*at == '\n' || (*at >= ' ' && *at <= '~'), "kabarctl prints %d in %s",
		    *at, output);
}

/* Whatever it finds, it ends by itself. */
static void
run_kabarctl(const char *const args[])
{
	static char output[OUTPUT_SIZE];
	const char *argv[8] = { realm_kabarctl_path, "-c", realm.config };
	int n = 3, status;

	for (; *args != NULL; args++)
		argv[n++] = *args;
	argv[n] = NULL;
	status = realm_run(argv, NULL, output, sizeof(output));
	ck_assert_msg(status >= 0, "kabarctl %s died", argv[3]);
	check_printable(output);
}
#define RUN_KABARCTL(...) run_kabarctl((const char *const[]){ __VA_ARGS__, NULL })

static void
send_lines(void)
{
	static const char lines[] = "auth messi surabaya\r\nfollow x\r\nwho\r\nsend x y z\r\n";
	char bytes[4096];
	int fd = realm_connect(&realm);

	ck_assert_msg(fd >= 0, "nobody accepts: %s", strerror(errno));
	(void)!write(fd, lines, sizeof(lines) - 1);
	(void)!read(fd, bytes, sizeof(bytes));
	close(fd);
}

START_TEST(realm_lives)
{
	struct dialogue talk;

	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> follow\n"
	    "a< OK Following\n");
	start_hostile();
	for (int i = 0; i < ROUNDS; i++) {
		send_lines();
		RUN_KABARCTL("who");
		RUN_KABARCTL("-j", "who");
		RUN_KABARCTL("kick", "henderson");
		RUN_KABARCTL("status");
		ck_assert_int_eq(waitpid(realm.kabard, NULL, WNOHANG), 0);
		ck_assert_int_eq(waitpid(bystander, NULL, WNOHANG), 0);
		ck_assert_int_eq(waitpid(hostile, NULL, WNOHANG), 0);
	}
	kill(hostile, SIGKILL);
	ck_assert_int_eq(waitpid(hostile, NULL, 0), hostile);
	hostile = 0;
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> send $h lineker halo\n"
	    "b< OK Message sent\n");
	dialogue_end(&talk);
	ck_assert(!realm_logged(&realm, "died of signal"));
	ck_assert_int_eq(realm_stop(&realm), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("hostile memory");
	TCase *tcase = realm_tcase(suite, "hostile memory");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, realm_lives);
	return realm_run_suite(suite);
}
