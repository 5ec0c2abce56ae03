/*
 * kabard as a whole: its options, many clients at once, limits, signals, and what is left when
 * processes are killed.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "dialogue.h"
#include "process.h"
#include "realm_clock.h"
#include "suite.h"

#define FULL_TIMES  20
#define CROWD       500
#define FRIENDS     3 /* to whom each of the crowd writes */
#define LOAD        8
#define LOAD_LINES  1500
#define NO_IPV6     "no IPv6 on this machine"
#define WORKERS_MAX 64
#define MINUTE_MS   60000
#define LONG_TEXT   7000
#define LONG_TEXTS  5
#define REFUSAL_MS  1500 /* a bit less than refused clients are given */

#define BUSY "ERROR Server penuh, coba lagi nanti"

static struct realm realm;
static struct dialogue talk;
static char output[65536];

static void
setup(void)
{
	realm_make(&realm, NULL);
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR); /* for dialogue_end() */
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

static void
begin(const char *settings)
{
	realm_configure(&realm, settings);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
}

/* The realm's data is sound. */
static void
check_realm(void)
{
	REALM_CTL(&realm, NULL, "check");
}

static void
say_formatted(struct speaker *speaker, const char *format, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, format);
	int len = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	speaker_say(speaker, line, (size_t)len);
}

static void
expect_reply(struct speaker *speaker, const char *line)
{
	size_t len;
	const char *reply = speaker_hear(speaker, &len);

	ck_assert_msg(reply != NULL && dialogue_matches(&talk, line, reply, len), "%s: heard %s",
	    line, reply == NULL ? "the end" : reply);
}

/*
 * Options
 */

/* Runs kabard with these arguments after `-c FILE`; its status, and in output what it said. */
#define KABARD(...) \
	realm_run_kabard(&realm, (const char *const[]){ __VA_ARGS__, NULL }, output, sizeof(output))

START_TEST(version)
{
	ck_assert_int_eq(KABARD("-V"), 0);
	ck_assert_str_eq(output, PACKAGE_STRING "\n");
}
END_TEST

START_TEST(bad_options)
{
	static const char *const bad[][4] = { { "-x" }, { "-t", "-T" }, { "-i", "-t" },
		{ "-T", "-i" }, { "-D", "realm" }, { "-D" }, { "-c" }, { "serve" },
		{ "-t", "file" }, { "--help" }, { "-i", "-D", "latin" } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(realm_run_kabard(&realm, bad[i], output, sizeof(output)),
		    EX_USAGE);
		ck_assert_msg(output[0] != '\0', "%s: says nothing", bad[i][0]);
	}
}
END_TEST

/* The number of the first line of this file that begins so; 0: none does. */
static unsigned int
find_line(const char *path, const char *beginning)
{
	FILE *file = fopen(path, "re");
	unsigned int n = 0, found = 0;
	char line[512];

	ck_assert_ptr_nonnull(file);
	while (found == 0 && fgets(line, sizeof(line), file) != NULL) {
		n++;
		found = strncmp(line, beginning, strlen(beginning)) == 0 ? n : 0;
	}
	fclose(file);
	return found;
}

START_TEST(config_tested)
{
	char expected[2 * REALM_PATH_MAX];

	snprintf(expected, sizeof(expected), "%s: ok\n", realm.config);
	ck_assert_int_eq(KABARD("-t"), 0);
	ck_assert_str_eq(output, expected);
	realm_configure(&realm, "\nmax_clients = many");
	ck_assert_int_eq(KABARD("-t"), EX_CONFIG);
	snprintf(expected, sizeof(expected), "%s:%u: max_clients", realm.config,
	    find_line(realm.config, "max_clients"));
	ck_assert_msg(strncmp(output, expected, strlen(expected)) == 0, "%s", output);
	ck_assert_int_eq(KABARD("-T"), EX_CONFIG);
	ck_assert_int_ne(KABARD("-f"), 0);
	ck_assert_ptr_nonnull(strstr(output, expected));
	unlink(realm.config);
	ck_assert_int_eq(KABARD("-t"), EX_CONFIG);
	ck_assert_ptr_nonnull(strstr(output, realm.config));
	ck_assert_ptr_nonnull(strstr(output, strerror(ENOENT)));
}
END_TEST

/* A printed configuration can be read, and is then printed the same. */
START_TEST(config_printed)
{
	static char first[sizeof(output)];

	realm_configure(&realm,
	    "max_clients = 77 idle_timeout = 90m log_level = debug\n"
	    "listen \"six\" { address = \"::1\" port = 8890 }\n"
	    "peer \"old\" { address = \"127.0.0.1\" port = 8890 legacy = on }");
	ck_assert_int_eq(KABARD("-T"), 0);
	memcpy(first, output, sizeof(output));
	FILE *file = fopen(realm.config, "we");
	ck_assert_int_ge(fputs(first, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(KABARD("-T"), 0);
	ck_assert_str_eq(output, first);
	ck_assert_ptr_nonnull(strstr(output, "max_clients = 77\n"));
	ck_assert_ptr_nonnull(strstr(output, "idle_timeout = 90m\n"));
	ck_assert_ptr_nonnull(strstr(output, realm.state));
	ck_assert_int_eq(KABARD("-t"), 0);
}
END_TEST

START_TEST(no_realm_there)
{
	char settings[2 * REALM_PATH_MAX];

	snprintf(settings, sizeof(settings), "state = \"%s/nowhere\"", realm.dir);
	realm_configure(&realm, settings);
	ck_assert_int_ne(KABARD("-f"), 0);
	ck_assert_ptr_nonnull(strstr(output, "nowhere"));
	/* Under inetd the client hears that something is wrong, and not what. */
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< ERROR Kesalahan server, coba lagi\n");
}
END_TEST

START_TEST(second_start_refused)
{
	struct realm other;

	begin(NULL);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
	ck_assert_int_ne(KABARD("-f"), 0);
	ck_assert_ptr_nonnull(strstr(output, "running already"));
	ck_assert_int_eq(KABARD("-t"), 0);
	/* Nor can another realm have the port. */
	realm_make(&other, NULL);
	other.port = realm.port;
	realm_configure(&other, NULL);
	const char *const argv[] = { realm_kabard_path, "-c", other.config, "-f", NULL };
	ck_assert_int_ne(realm_run(argv, NULL, output, sizeof(output)), 0);
	ck_assert_ptr_nonnull(strstr(output, "cannot listen"));
	realm_remove(&other);
	/* The first one does not mind. */
	dialogue_run(&talk,
	    "> inbox\n"
	    "< MESSAGES {}\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* Returns the number in the pid file; 0: none. */
static pid_t
read_pidfile(void)
{
	char path[2 * REALM_PATH_MAX];
	long pid = 0;

	snprintf(path, sizeof(path), "%s/kabard.pid", realm.state);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%ld", &pid) != 1)
		pid = 0;
	fclose(file);
	return (pid_t)pid;
}

static bool
no_pidfile(void *arg)
{
	(void)arg;
	return read_pidfile() == 0;
}

/* Without -f kabard goes on in the background, and is ready when the command ends. */
START_TEST(background)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(realm_await(realm_spawn(&realm, null, null, argv)), 0);
	close(null);
	pid_t pid = read_pidfile();
	int fd = realm_connect(&realm);
	kill(pid, fd >= 0 ? 0 : SIGTERM);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert(realm_until(no_pidfile, NULL));
	close(fd);
	ck_assert(!realm_logged(&realm, "listening"));
}
END_TEST

/* Runs kabard as inetd does: with a connected TCP socket, and no log on the standard error. */
START_TEST(inetd)
{
	static const char hello[] = "auth messi surabaya\r\nsend messi halo\r\ninbox\r\n";
	const char *const argv[] = { realm_kabard_path, "-c", realm.config, "-i", "-D", "realm",
		NULL };
	struct speaker speaker;
	size_t len;

	ck_assert_int_eq(listen(realm.port_fd, 1), 0);
	int fd = realm_connect(&realm);
	int accepted = accept(realm.port_fd, NULL, NULL);
	ck_assert_int_ge(accepted, 0);
	pid_t pid = realm_spawn(&realm, accepted, accepted, argv);
	close(accepted);
	speaker_open(&speaker, fd, fd);
	speaker_say(&speaker, hello, sizeof(hello) - 1);
	speaker_finish(&speaker);
	expect_reply(&speaker, "TOKEN m");
	expect_reply(&speaker, "OK Message sent");
	expect_reply(&speaker, "MESSAGES {'messi':[(Lionel Messi>Lionel Messi:halo)]}");
	ck_assert_ptr_null(speaker_hear(&speaker, &len));
	ck_assert_uint_eq(len, 0);
	ck_assert_int_eq(realm_await(pid), 0);
	speaker_close(&speaker);
	ck_assert(!realm_logged(&realm, "login"));
}
END_TEST

START_TEST(ipv6)
{
	struct realm six;
	struct dialogue other;

	if (suite_skip_if(!realm_make_at(&six, "::1", NULL), NO_IPV6))
		return;
	dialogue_begin(&other, &six, DIALOGUE_TCP);
	dialogue_run(&other,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
	dialogue_end(&other);
	realm_remove(&six);
}
END_TEST

/* A socket that keeps a port on ::1 for us, or -1 with errno. */
static int
keep_six(const struct sockaddr_in6 *address)
{
	int on = 1, fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

START_TEST(all_addresses)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct speaker speaker;
	int fd, kept;

	address.sin6_port = htons(realm.port);
	while ((kept = keep_six(&address)) < 0 && errno == EADDRINUSE) {
		realm_remove(&realm);
		realm_make(&realm, NULL);
		address.sin6_port = htons(realm.port);
	}
	realm.address = "*";
	begin(NULL);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n");
	ck_assert(realm_logged(&realm, "listening on * port"));
	if (suite_skip_if(kept < 0, NO_IPV6))
		return;
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	speaker_open(&speaker, fd, fd);
	say_formatted(&speaker, "inbox %s\r\n", talk.tokens['m' - 'a']);
	expect_reply(&speaker, "MESSAGES {}");
	speaker_close(&speaker);
	close(kept);
}
END_TEST

/*
 * Many at once
 */

static struct speaker crowd[CROWD];

static void
connect_crowd(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int fd = realm_connect(&realm);

		ck_assert_msg(fd >= 0, "connect: %s", strerror(errno));
		speaker_open(&crowd[i], fd, fd);
	}
}

static void
close_crowd(size_t n)
{
	for (size_t i = 0; i < n; i++)
		speaker_close(&crowd[i]);
}

static void
register_crowd(size_t n)
{
	struct speaker speaker;
	int fd = realm_connect(&realm);

	speaker_open(&speaker, fd, fd);
	for (size_t i = 0; i < n; i++)
		say_formatted(&speaker, "register u%zu rahasia Nama_%zu Negara\r\n", i, i);
	for (size_t i = 0; i < n; i++)
		expect_reply(&speaker, "TOKEN t");
	speaker_close(&speaker);
}

static void
log_in_crowd(size_t n)
{
	register_crowd(n);
	connect_crowd(n);
	for (size_t i = 0; i < n; i++)
		say_formatted(&crowd[i], "auth u%zu rahasia\r\n", i);
	for (size_t i = 0; i < n; i++)
		expect_reply(&crowd[i], "TOKEN t");
}

static size_t
friend_of(size_t i, size_t which)
{
	static const size_t steps[FRIENDS] = { 1, 7, CROWD / 2 };

	return (i + steps[which]) % CROWD;
}

/* Everyone has one message from each whose friend they are, and nothing else. */
static void
check_friends_inbox(size_t i)
{
	char name[24], text[64];
	size_t len;
	json_t *reply = json_loads(speaker_hear(&crowd[i], &len), 0, NULL);
	const json_t *messages = json_object_get(reply, "messages");

	ck_assert_uint_eq(json_object_size(messages), FRIENDS + 1);
	for (size_t which = 0; which < FRIENDS; which++) {
		size_t from = (i + CROWD - friend_of(0, which)) % CROWD;

		snprintf(name, sizeof(name), "u%zu", from);
		snprintf(text, sizeof(text), "dari %zu untuk %zu", from, i);
		const json_t *list = json_object_get(messages, name);
		ck_assert_uint_eq(json_array_size(list), 1);
		ck_assert_str_eq(json_string_value(json_object_get(json_array_get(list, 0), "msg")),
		    text);
	}
	ck_assert_uint_eq(json_array_size(json_object_get(messages, "messi")), 1);
	json_decref(reply);
}

START_TEST(five_hundred_clients)
{
	begin(NULL);
	dialogue_run(&talk,
	    "> auth messi surabaya\n"
	    "< TOKEN m\n"
	    "> addgroup semua\n"
	    "< OK Add group successful\n");
	log_in_crowd(CROWD);
	for (size_t i = 0; i < CROWD; i++)
		say_formatted(&crowd[i], "joingroup semua\r\n");
	for (size_t i = 0; i < CROWD; i++)
		expect_reply(&crowd[i], "OK Join group successful");
	dialogue_run(&talk,
	    "> sendgroup semua halo semua\n"
	    "< OK Message sent to group\n");
	for (size_t i = 0; i < CROWD; i++)
		for (size_t which = 0; which < FRIENDS; which++)
			say_formatted(&crowd[i], "send u%zu dari %zu untuk %zu\r\n",
			    friend_of(i, which), i, friend_of(i, which));
	for (size_t i = 0; i < CROWD * FRIENDS; i++)
		expect_reply(&crowd[i % CROWD], "OK Message sent");
	for (size_t i = 0; i < CROWD; i++)
		say_formatted(&crowd[i], "inbox\r\n");
	for (size_t i = 0; i < CROWD; i++)
		check_friends_inbox(i);
	for (size_t i = 0; i < CROWD; i++)
		say_formatted(&crowd[i], "inbox\r\n");
	for (size_t i = 0; i < CROWD; i++)
		expect_reply(&crowd[i], "MESSAGES {}");
	close_crowd(CROWD);
	check_realm();
}
END_TEST

/*
 * Limits
 */

static bool
is_let_in(void *arg)
{
	size_t len;

	(void)arg;
	dialogue_run(&talk, "z> info\n");
	const char *reply = dialogue_hear(&talk, 'z', &len);
	bool good = dialogue_matches(&talk, "ERROR Session tidak ditemukan", reply, len);
	dialogue_run(&talk, "z closes\n");
	return good;
}

/* Starts a realm with room for three. */
static void
check_limit(void)
{
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n"
	    "c> halo\n"
	    "c< ERROR *Maaf, command tidak benar\n");
	for (int i = 0; i < 5; i++) {
		/* Who says nothing is told at once, too. */
		ck_assert_int_ge(dialogue_fd(&talk, 'd'), 0);
		dialogue_run(&talk,
		    "d< " BUSY "\n"
		    "d hears the end\n"
		    "d closes\n");
	}
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "c closes\n");
	ck_assert(realm_until(is_let_in, NULL));
}

START_TEST(max_clients)
{
	begin("max_clients = 3");
	check_limit();
}
END_TEST

START_TEST(max_clients_per_address)
{
	begin("max_clients_per_address = 3");
	check_limit();
}
END_TEST

/*
 * The master refuses a client while the worker of the one before has not run yet: both hear of it.
 * The first is refused, too, if the last one's place was not free yet.
 */
START_TEST(full_at_once)
{
	size_t len, served = 0;

	begin("max_clients = 1\nclose = orderly");
	for (int i = 0; i < FULL_TIMES; i++) {
		ck_assert_int_eq(kill(realm.kabard, SIGSTOP), 0);
		ck_assert(realm_until(process_is_stopped, &realm.kabard));
		ck_assert_int_ge(dialogue_fd(&talk, 'a'), 0);
		ck_assert_int_ge(dialogue_fd(&talk, 'b'), 0);
		ck_assert_int_eq(kill(realm.kabard, SIGCONT), 0);
		dialogue_run(&talk, "b< " BUSY "\n");
		dialogue_say(&talk, 'a', "halo\r\n", 6);
		if (strstr(dialogue_hear(&talk, 'a', &len), "command tidak benar") != NULL)
			served++;
		dialogue_run(&talk,
		    "a closes\n"
		    "b closes\n");
		ck_assert(realm_until(is_let_in, NULL));
	}
	ck_assert_uint_gt(served, 0);
}
END_TEST

/* Time goes by until a connection is ended. No less than the limit, but for what the test itself
 * took. */
static void
pass_limit(struct realm_clock *clock, char who, int64_t limit_ms)
{
	ck_assert_int_ge(realm_clock_pass_until(clock, dialogue_fd(&talk, who)),
	    limit_ms - SUITE_PATIENCE_MS);
}

/* The server closes connections that have not logged in, and keeps those that have. */
START_TEST(login_timeout)
{
	struct realm_clock clock;

	realm_clock_begin(&clock, realm.dir);
	begin("login_timeout = 4m");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n"
	    "c> auth messi jakarta\n"
	    "c< ERROR Password Salah\n");
	ck_assert_int_ge(dialogue_fd(&talk, 'd'), 0);
	pass_limit(&clock, 'd', 4 * MINUTE_MS);
	dialogue_run(&talk,
	    "c hears the end\n"
	    "d hears the end\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(idle_timeout)
{
	struct realm_clock clock;

	realm_clock_begin(&clock, realm.dir);
	begin("idle_timeout = 3m");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	realm_clock_pass(&clock, 2 * MINUTE_MS);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	pass_limit(&clock, 'a', 3 * MINUTE_MS);
	dialogue_run(&talk,
	    "a hears the end\n"
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n");
}
END_TEST

static void
read_title(char *title, size_t size)
{
	char path[64];
	pid_t pid;

	ck_assert_uint_eq(realm_workers(&realm, &pid, 1), 1);
	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	FILE *file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_ptr_nonnull(fgets(title, (int)size, file));
	fclose(file);
}

/* All local users can read who talks from where only if the administrator wants it. */
START_TEST(titles)
{
	char title[256];

	begin(_i == 0 ? NULL : "titles = on");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	read_title(title, sizeof(title));
	ck_assert_str_eq(title, _i == 0 ? "kabard: worker" : "kabard: messi 127.0.0.1");
}
END_TEST

START_TEST(inbox_limit)
{
	begin("inbox_max = 2");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send henderson 1\n"
	    "a< OK Message sent\n"
	    "a> send henderson 2\n"
	    "a< OK Message sent\n"
	    "a> send henderson 3\n"
	    "a< ERROR Inbox penuh\n"
	    "a> send lineker 3\n"
	    "a< OK Message sent\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:1),(Lionel Messi>Jordan "
	    "Henderson:2)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    "a> send henderson 4\n"
	    "a< OK Message sent\n");
}
END_TEST

/*
 * Signals
 */

static void
reload(const char *settings, const char *says)
{
	realm_configure(&realm, settings);
	ck_assert_int_eq(kill(realm.kabard, SIGHUP), 0);
	realm_await_log(&realm, says);
}

START_TEST(reload_good)
{
	begin(NULL);
	dialogue_run(&talk,
	    "a> register x rahasia nama negara\n"
	    "a< TOKEN x\n");
	reload("registration = off\nmax_clients = 2", "reloaded");
	dialogue_run(&talk,
	    "b> register y rahasia nama negara\n"
	    "b< ERROR Registrasi ditutup\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	ck_assert_int_ge(dialogue_fd(&talk, 'c'), 0);
	dialogue_run(&talk, "c< " BUSY "\n");
}
END_TEST

START_TEST(reload_bad)
{
	begin(NULL);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	reload("registration = off\nmax_clients = none", "max_clients");
	dialogue_run(&talk,
	    "b> register y rahasia nama negara\n"
	    "b< TOKEN y\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	ck_assert(!realm_logged(&realm, "reloaded"));
	/* What was refused can be mended. */
	reload("registration = off", "reloaded");
	dialogue_run(&talk,
	    "c> register z rahasia nama negara\n"
	    "c< ERROR Registrasi ditutup\n");
}
END_TEST

/* A listener comes and another goes, and who came by that one stays. */
START_TEST(reload_listeners)
{
	struct realm old;
	char settings[128];

	begin(NULL);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	realm_make(&old, NULL); /* for its port */
	snprintf(settings, sizeof(settings), "%u", (unsigned int)old.port);
	old.port = realm.port;
	realm.port = (uint16_t)atoi(settings);
	int port_fd = realm.port_fd;
	realm.port_fd = old.port_fd;
	old.port_fd = port_fd;
	reload(NULL, "reloaded");
	dialogue_run(&talk,
	    "b> inbox $m\n"
	    "b< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	ck_assert_int_lt(realm_connect(&old), 0);
	ck_assert_int_eq(errno, ECONNREFUSED);
	realm_remove(&old);
}
END_TEST

/*
 * The log
 */

/* No line but those of programs, and each of a worker with its connection. */
static void
check_lines(void)
{
	char line[4096];
	FILE *file = fopen(realm.log, "re");
	size_t n = 0;

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		int pid = 0, at = 0;

		ck_assert_msg(sscanf(line, "kabard[%d]: %n", &pid, &at) == 1 && at > 0, "line: %s",
		    line);
		if (pid == realm.kabard || strncmp(line + at, "committer: ", 11) == 0)
			continue;
		ck_assert_msg(line[at] == '#' && strstr(line, " 127.0.0.1: ") != NULL, "line: %s",
		    line);
		n++;
	}
	fclose(file);
	ck_assert_uint_gt(n, 0);
}

/* Words of users make no log lines of their own, and their secrets are not logged at all. */
START_TEST(log_lines)
{
	begin("log_level = debug");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send henderson rahasia-sekali\n"
	    "a< OK Message sent\n"
	    "b> auth henderson kata-sandi-salah\n"
	    "b< $*\n"
	    "b> auth x\x1b]0;\x07\\y z\n"
	    "b< $*\n"
	    "a> logout\n"
	    "a< $*\n");
	char logout[] = "logout messi";
	realm_await_log(&realm, logout);
	check_lines();
	ck_assert(realm_logged(&realm, "127.0.0.1: login messi"));
	ck_assert(realm_logged(&realm, "login failed for henderson from 127.0.0.1"));
	ck_assert(!realm_logged(&realm, "\x1b"));
	ck_assert(!realm_logged(&realm, "messi surabaya"));
	ck_assert(!realm_logged(&realm, "kata-sandi-salah"));
	ck_assert(!realm_logged(&realm, "rahasia-sekali"));
	ck_assert(!realm_logged(&realm, talk.tokens['m' - 'a']));
}
END_TEST

/*
 * Ends
 */

/*
 * Each of the crowd sends messi numbered texts, more at once than are served at once, and has heard
 * of the first.
 */
static void
load_up(size_t n)
{
	char *lines = NULL;
	size_t len;
	FILE *out = open_memstream(&lines, &len);

	log_in_crowd(n);
	for (size_t line = 0; line < LOAD_LINES; line++)
		fprintf(out, "send messi %zu\r\n", line);
	fclose(out);
	for (size_t i = 0; i < n; i++)
		speaker_say(&crowd[i], lines, len);
	free(lines);
	for (size_t i = 0; i < n; i++)
		expect_reply(&crowd[i], "OK Message sent");
}

/* How many of the texts were acknowledged before the connection ended. */
static size_t
count_replies(struct speaker *speaker, bool in_good_order)
{
	const char *reply;
	size_t len, n = 1; /* load_up() heard one */

	while ((reply = speaker_hear(speaker, &len)) != NULL) {
		ck_assert_str_eq(reply, "{\"status\":\"OK\",\"message\":\"Message sent\"}");
		n++;
	}
	ck_assert(len == 0 || !in_good_order);
	return n;
}

/* messi has the first texts of each: all that were acknowledged, and up to `more` besides. */
static void
check_load(size_t n, const size_t *acknowledged, size_t more)
{
	char name[24];
	size_t len;

	dialogue_run(&talk,
	    "y> auth messi surabaya\n"
	    "y< TOKEN m\n"
	    "y> inbox\n");
	json_t *reply = json_loads(dialogue_hear(&talk, 'y', &len), 0, NULL);
	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "u%zu", i);
		const json_t *list = json_object_get(json_object_get(reply, "messages"), name);
		size_t stored = json_array_size(list);

		ck_assert_uint_ge(stored, acknowledged[i]);
		ck_assert_uint_le(stored, acknowledged[i] + more);
		for (size_t at = 0; at < stored; at++) {
			const json_t *text = json_object_get(json_array_get(list, at), "msg");

			ck_assert_int_eq(atoi(json_string_value(text)), (int)at);
		}
	}
	json_decref(reply);
	check_realm();
}

struct flood_report {
	size_t acknowledged;
	bool in_good_order; /* no reply was cut */
};

/* Sends as much as can be sent. False when the connection has ended. */
static bool
flood_more(int fd, size_t *next)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "send messi %zu\r\n", *next);
	ssize_t sent = send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);

	/* A line that went out only in part would garble the next one. */
	if (sent >= 0 && sent < len)
		return false;
	*next += sent == len;
	return sent == len || errno == EAGAIN;
}

/* Sends messi numbered texts until the connection ends, and says when the first was acknowledged.
 */
static void __attribute__((noreturn)) flood(int fd, int report_fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN | POLLOUT };
	struct flood_report report = { .acknowledged = 0 };
	char buffer[4096] = "\n";
	size_t next = 0, feeds = 0;
	ssize_t got = 1;

	for (;;) {
		poll(&ready, 1, REALM_PATIENCE_MS);
		if ((ready.revents & POLLOUT) && !flood_more(fd, &next))
			ready.events = POLLIN;
		if (!(ready.revents & (POLLIN | POLLHUP | POLLERR)))
			continue;
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (n <= 0)
			break;
		got = n;
		if (feeds == 0 && write(report_fd, "+", 1) != 1)
			_exit(1);
		for (ssize_t i = 0; i < n; i++)
			feeds += buffer[i] == '\n';
	}
	report.acknowledged = feeds / 2;
	report.in_good_order = feeds % 2 == 0 && buffer[got - 1] == '\n';
	_exit(write(report_fd, &report, sizeof(report)) != sizeof(report));
}

/* Clients who do not stop sending keep nobody from stopping. */
START_TEST(stop_under_load)
{
	size_t acknowledged[LOAD];
	struct flood_report report;
	pid_t pids[LOAD];
	int pipes[LOAD][2];
	char byte;

	begin(NULL);
	log_in_crowd(LOAD);
	for (size_t i = 0; i < LOAD; i++) {
		ck_assert_int_eq(pipe(pipes[i]), 0);
		pids[i] = fork();
		ck_assert_int_ge(pids[i], 0);
		if (pids[i] == 0)
			flood(crowd[i].in_fd, pipes[i][1]);
		close(pipes[i][1]);
	}
	close_crowd(LOAD);
	for (size_t i = 0; i < LOAD; i++)
		ck_assert_int_eq(read(pipes[i][0], &byte, 1), 1);
	ck_assert_int_eq(realm_stop(&realm), 0);
	ck_assert(!realm_logged(&realm, "killing"));
	for (size_t i = 0; i < LOAD; i++) {
		ck_assert_int_eq(read(pipes[i][0], &report, sizeof(report)), sizeof(report));
		ck_assert(report.in_good_order);
		acknowledged[i] = report.acknowledged;
		ck_assert_int_eq(realm_await(pids[i]), 0);
		close(pipes[i][0]);
	}
	dialogue_end(&talk);
	realm_start(&realm);
	check_load(LOAD, acknowledged, 0);
}
END_TEST

/* A client goes on with its conversation after a restart. */
START_TEST(restart_amid_a_conversation)
{
	begin("sync = on");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "a> sendgroup kopi dua\n"
	    "a< OK Message sent to group\n"
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>#kopi:dua)]}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(realm_stop(&realm), 0);
		dialogue_run(&talk,
		    "a hears the end\n"
		    "b hears the end\n"
		    "a closes\n"
		    "b closes\n");
		realm_start(&realm);
		dialogue_runf(&talk,
		    "a> send $m henderson lagi %d\n"
		    "a< OK Message sent\n"
		    "b> info $h\n"
		    "b< INFO [$*]\n",
		    i);
	}
	dialogue_run(&talk,
	    "a> inbox $m\n"
	    "a< MESSAGES {}\n"
	    "b> inbox $h\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu),(Lionel "
	    "Messi>#kopi:dua),(Lionel Messi>Jordan Henderson:lagi "
	    "0),(Lionel Messi>Jordan Henderson:lagi 1),(Lionel Messi>Jordan Henderson:lagi 2)]}\n"
	    "b> inbox $h\n"
	    "b< MESSAGES {}\n");
}
END_TEST

static bool
so_many_workers(void *arg)
{
	pid_t now[WORKERS_MAX];

	return realm_workers(&realm, now, WORKERS_MAX) == *(const size_t *)arg;
}

/* Says something without reading meanwhile; whether that went well. */
static bool
say_without_reading(char speaker, const char *text)
{
	ssize_t len = (ssize_t)strlen(text);

	return send(dialogue_fd(&talk, speaker), text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    len;
}

/* A client hears all replies given, whatever requests of it stay unread. */
START_TEST(stop_with_requests_unread)
{
	char text[LONG_TEXT + 1] = "";
	pid_t before[WORKERS_MAX];
	size_t len;

	begin(_i == 0 ? NULL : "close = orderly");
	memset(text, 'x', LONG_TEXT);
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	for (int i = 0; i < LONG_TEXTS; i++)
		dialogue_runf(&talk,
		    "b> send messi %s\n"
		    "b< OK Message sent\n",
		    text);
	size_t n = realm_workers(&realm, before, WORKERS_MAX);
	dialogue_connect_narrow(&talk, 'a');
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> follow\n"
	    "b< OK Following\n");
	ck_assert(say_without_reading('a', "inbox\r\nsend henderson halo\r\n"));
	dialogue_run(&talk, "b< {$*}\n");
	/* Most of the inbox is still with the worker's kernel. */
	pid_t worker = realm_new_worker(&realm, before, n);
	ck_assert_int_eq(kill(worker, SIGSTOP), 0);
	ck_assert(realm_until(process_is_stopped, &worker));
	/* More than the worker takes at once. */
	for (int i = 0; i < LONG_TEXTS; i++)
		ck_assert(say_without_reading('a', text) && say_without_reading('a', "\r\n"));
	ck_assert_int_eq(kill(worker, SIGTERM), 0);
	ck_assert_int_eq(kill(worker, SIGCONT), 0);
	ck_assert(realm_until(so_many_workers, &n));
	dialogue_hear(&talk, 'a', &len);
	ck_assert_uint_gt(len, LONG_TEXTS * LONG_TEXT);
	dialogue_run(&talk,
	    "a< OK Message sent\n"
	    "a hears the end\n");
}
END_TEST

/* A client refused for want of room may have sent a request already, and may send more. */
START_TEST(refused_who_talks)
{
	int64_t begun, took = REFUSAL_MS;
	char byte;

	begin("max_clients = 1 close = orderly");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	/* Again, when this machine was busy with something else. */
	while (took >= REFUSAL_MS) {
		begun = realm_now_ms();
		dialogue_run(&talk,
		    "b> auth henderson surabaya\n"
		    "b< " BUSY "\n"
		    "b hears the end\n");
		bool good = say_without_reading('b', "inbox\r\n") &&
		    say_without_reading('b', "logout\r\n") &&
		    recv(dialogue_fd(&talk, 'b'), &byte, 1, MSG_DONTWAIT) == 0;
		took = realm_now_ms() - begun;
		ck_assert(good || took >= REFUSAL_MS);
		dialogue_run(&talk, "b closes\n");
	}
}
END_TEST

START_TEST(killed_worker)
{
	pid_t before[WORKERS_MAX];

	begin("max_clients = 3");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	size_t n = realm_workers(&realm, before, WORKERS_MAX);
	dialogue_run(&talk,
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "c> send messi halo\n"
	    "c< OK Message sent\n");
	ck_assert_int_eq(kill(realm_new_worker(&realm, before, n), SIGKILL), 0);
	dialogue_run(&talk,
	    "c hears the end\n"
	    "c closes\n"
	    "a> inbox\n"
	    "a< MESSAGES {'lineker':[(Gary Lineker>Lionel Messi:halo)]}\n"
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo)]}\n");
	/* Its place is free, and nobody is there any more. */
	ck_assert(realm_until(is_let_in, NULL));
	ck_assert(realm_logged(&realm, "signal 9"));
	dialogue_run(&talk,
	    "a> info lineker\n"
	    "a< INFO {'username':'lineker','name':'Gary "
	    "Lineker','country':'Inggris','online':false}\n");
	check_realm();
}
END_TEST

START_TEST(killed_worker_under_load)
{
	size_t acknowledged[LOAD], killed = 0, unharmed = 0;
	pid_t workers[WORKERS_MAX];

	begin(NULL);
	load_up(LOAD);
	size_t n = realm_workers(&realm, workers, WORKERS_MAX);
	ck_assert_uint_ge(n, LOAD);
	ck_assert_uint_le(n, WORKERS_MAX);
	for (size_t i = 0; i < n; i += 3, killed++)
		kill(workers[i], SIGKILL);
	for (size_t i = 0; i < LOAD; i++) {
		shutdown(crowd[i].out_fd, SHUT_WR); /* fails where the worker was killed */
		acknowledged[i] = count_replies(&crowd[i], false);
		unharmed += acknowledged[i] == LOAD_LINES;
	}
	ck_assert_uint_ge(unharmed, LOAD - killed);
	close_crowd(LOAD);
	/* Of those killed some replies were lost with them. */
	check_load(LOAD, acknowledged, LOAD_LINES);
}
END_TEST

START_TEST(killed_master)
{
	size_t acknowledged[LOAD];

	begin(NULL);
	dialogue_run(&talk,
	    "a> auth henderson surabaya\n"
	    "a< TOKEN h\n");
	load_up(LOAD);
	ck_assert_int_eq(kill(realm.kabard, SIGKILL), 0);
	ck_assert(WIFSIGNALED(realm_await(realm.kabard)));
	realm.kabard = 0;
	/* All workers end, also those of whom nobody wants anything. */
	dialogue_run(&talk,
	    "a hears the end\n"
	    "a closes\n");
	for (size_t i = 0; i < LOAD; i++)
		acknowledged[i] = count_replies(&crowd[i], true);
	close_crowd(LOAD);
	realm_start(&realm);
	dialogue_run(&talk,
	    "a> inbox $h\n"
	    "a< MESSAGES {}\n");
	check_load(LOAD, acknowledged, 0);
}
END_TEST

static TCase *
new_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

static void
add_start_tests(Suite *suite)
{
	TCase *tcase = new_tcase(suite, "options");

	tcase_add_test(tcase, version);
	tcase_add_test(tcase, bad_options);
	tcase_add_test(tcase, config_tested);
	tcase_add_test(tcase, config_printed);
	tcase_add_test(tcase, no_realm_there);
	tcase_add_test(tcase, second_start_refused);
	tcase_add_test(tcase, background);
	tcase_add_test(tcase, inetd);
	tcase_add_test(tcase, ipv6);
	tcase_add_test(tcase, all_addresses);
}

int
main(void)
{
	Suite *suite = suite_create("server");

	add_start_tests(suite);
	TCase *tcase = new_tcase(suite, "limits");
	tcase_add_test(tcase, five_hundred_clients);
	tcase_add_test(tcase, max_clients);
	tcase_add_test(tcase, max_clients_per_address);
	tcase_add_test(tcase, full_at_once);
	tcase_add_test(tcase, refused_who_talks);
	tcase_add_test(tcase, login_timeout);
	tcase_add_test(tcase, idle_timeout);
	tcase_add_loop_test(tcase, titles, 0, 2);
	tcase_add_test(tcase, inbox_limit);
	tcase = new_tcase(suite, "signals");
	tcase_add_test(tcase, reload_good);
	tcase_add_test(tcase, reload_bad);
	tcase_add_test(tcase, reload_listeners);
	tcase_add_test(tcase, log_lines);
	tcase = new_tcase(suite, "ends");
	tcase_add_test(tcase, restart_amid_a_conversation);
	tcase_add_test(tcase, stop_under_load);
	tcase_add_loop_test(tcase, stop_with_requests_unread, 0, 2);
	tcase_add_test(tcase, killed_worker);
	tcase_add_test(tcase, killed_worker_under_load);
	tcase_add_test(tcase, killed_master);
	return realm_run_suite(suite);
}
