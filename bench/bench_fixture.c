/*
 * bench_fixture: the realms that rows are measured in. Each is made when a row first needs it
 * and serves until the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench_fill.h"
#include "bench_run.h"

#define UNREAD          10
#define TEN             10
#define TEN_K           10000
#define MILLION         1000000
#define CHECKPOINT_EACH 20 /* messages of each account */
#define PORT_DIGITS     16
#define SETTING_SIZE    128

static int
fill_main(struct chat *chat, void *arg)
{
	static const unsigned int groups[] = { 10, 1000, 10000 };

	(void)arg;
	if (fill_accounts(chat, 0, MAIN_ACCOUNTS, 1) != 0 ||
	    fill_accounts(chat, SLOW_ACCOUNT, 1, PASSWORD_COST_DEFAULT) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (fill_group(chat, groups[i]) != 0)
			return -1;
	return 0;
}

static int
fill_nosync(struct chat *chat, void *arg)
{
	(void)arg;
	return fill_accounts(chat, 0, MAIN_ACCOUNTS, 1);
}

/* The files of which checkpoints are made have a size. */
static int
fill_checkpoint(struct chat *chat, void *arg)
{
	const struct bench *bench = arg;

	return fill_accounts(chat, 0, MAIN_ACCOUNTS, 1) != 0
	    ? -1
	    : fill_messages(chat, 0, MAIN_ACCOUNTS, bench->quick ? 2 : CHECKPOINT_EACH);
}

static int
fill_few(struct chat *chat, void *arg)
{
	(void)arg;
	return fill_accounts(chat, 0, FEW_ACCOUNTS, 1);
}

static int
fill_many(struct chat *chat, void *arg)
{
	const struct bench *bench = arg;

	return fill_accounts(chat, 0, bench->quick ? QUICK_ACCOUNTS : MANY_ACCOUNTS, 1);
}

static int
fill_push(struct chat *chat, void *arg)
{
	(void)arg;
	if (fill_accounts(chat, 0, PUSH_ACCOUNTS, 1) != 0)
		return -1;
	return fill_group(chat, PUSH_GROUP);
}

/* The old messages of the few come first, those that many have last. */
static int
fill_deep(struct chat *chat, void *arg)
{
	const struct bench *bench = arg;

	if (fill_accounts(chat, 0, DEEP_ACCOUNTS, 1) != 0 ||
	    fill_messages(chat, DEEP_MILLION, 1, bench->quick ? MILLION / 10 : MILLION) != 0 ||
	    fill_messages(chat, DEEP_10K, 1, TEN_K) != 0 ||
	    fill_messages(chat, DEEP_READERS, DEEP_N_READERS, TEN) != 0)
		return -1;
	return fill_messages(chat, 0, DEEP_READERS, UNREAD);
}

static int
fill_talk(struct chat *chat, void *arg)
{
	const struct bench *bench = arg;

	if (fill_accounts(chat, 0, TALK_OTHERS + TALK_N_OTHERS, 1) != 0 ||
	    fill_conversation(chat, TALK_ONE, TALK_100, TALK_EACH) != 0)
		return -1;
	for (unsigned int i = 0; i < TALK_N_OTHERS; i++)
		if (fill_conversation(chat, TALK_SCREEN, TALK_OTHERS + i, TALK_EACH) != 0)
			return -1;
	return fill_conversation(chat, TALK_ONE, TALK_MILLION,
	    bench->quick ? MILLION / 10 : MILLION);
}

static int
fill_web(struct chat *chat, void *arg)
{
	(void)arg;
	if (fill_accounts(chat, 0, WEB_ACCOUNTS, 1) != 0)
		return -1;
	for (unsigned int i = 1; i <= WEB_TALKS; i++)
		if (fill_conversation(chat, WEB_READER, WEB_READER + i, WEB_EACH) != 0)
			return -1;
	return 0;
}

/* The settings of another listener on a free port. The port. */
static int
add_listener(char *settings, const char *dialect, const char *tls)
{
	int port = server_free_port();

	snprintf(settings, SETTING_SIZE,
	    "listen \"second\" { address = \"127.0.0.1\"\nport = %d\n"
	    "dialect = \"%s\"\ntls = %s }\n",
	    port, dialect, tls);
	return port;
}

struct server *
bench_server(struct bench *bench, enum bench_fixture fixture)
{
	static const struct server_options fixtures[FIXTURES] = {
		[FIXTURE_MAIN] = { .name = "main", .sync = true, .fill = fill_main },
		[FIXTURE_NOSYNC] = { .name = "nosync", .fill = fill_nosync },
		[FIXTURE_OFF] = { .name = "off",
		    .sync = true,
		    .fill = fill_nosync,
		    .settings = "history = off\n" },
		[FIXTURE_CHECKPOINT] = { .name = "checkpoint",
		    .sync = true,
		    .fill = fill_checkpoint,
		    .settings = "checkpoint_size = 1M\n" },
		[FIXTURE_DEEP] = { .name = "deep", .fill = fill_deep },
		[FIXTURE_FEW] = { .name = "few", .sync = true, .fill = fill_few },
		[FIXTURE_MANY] = { .name = "many", .sync = true, .fill = fill_many },
		[FIXTURE_PUSH] = { .name = "push", .sync = true, .fill = fill_push },
		[FIXTURE_TALK] = { .name = "talk", .fill = fill_talk },
		[FIXTURE_TLS] = { .name = "tls", .sync = true },
		[FIXTURE_WEB] = { .name = "web", .sync = true, .fill = fill_web },
		[FIXTURE_IRC] = { .name = "irc", .sync = true, .fill = fill_nosync },
		[FIXTURE_IRC_NOSYNC] = { .name = "irc-nosync", .fill = fill_nosync },
	};
	/* What is spoken at the second port. */
	static const char *const dialects[FIXTURES] = {
		[FIXTURE_TLS] = "realm",
		[FIXTURE_WEB] = "web",
		[FIXTURE_IRC] = "irc",
		[FIXTURE_IRC_NOSYNC] = "irc",
	};
	struct server *server = &bench->servers[fixture];
	struct server_options opt = fixtures[fixture];
	char second[SETTING_SIZE];

	if (server->pid > 0)
		return server;
	if (server->dir[0] != '\0')
		return NULL; /* it was tried before */
	opt.programs = bench->programs;
	opt.dir = bench->dir;
	opt.arg = bench;
	if (dialects[fixture] != NULL) {
		server->second_port =
		    add_listener(second, dialects[fixture], fixture == FIXTURE_TLS ? "on" : "off");
		opt.settings = second;
	}
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "(making realm %s) ", opt.name);
	return server_start(server, &opt) == 0 ? server : NULL;
}

int
bench_port(const struct bench_row *row, const struct server *server)
{
	return row->web ? server->second_port : server->port;
}

int
bench_echo(struct bench *bench)
{
	char program[SERVER_PATH], digits[PORT_DIGITS];
	const char *argv[] = { program, NULL };
	ssize_t got;
	int out;

	if (bench->echo_pid > 0)
		return bench->echo_port;
	snprintf(program, sizeof(program), "%s/bench_echo", bench->own);
	bench->echo_pid = server_spawn(argv, NULL, &out);
	if (bench->echo_pid < 0)
		return -1;
	got = read(out, digits, sizeof(digits) - 1);
	close(out);
	if (got <= 0) {
		fprintf(stderr, "%s does not serve\n", program);
		return -1;
	}
	digits[got] = '\0';
	bench->echo_port = atoi(digits);
	return bench->echo_port;
}
