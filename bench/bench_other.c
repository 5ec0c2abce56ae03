/*
 * bench_other: servers of other makes: their configurations, their start.
 */
#include "bench_other.h"

#include <bsd/string.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_fill.h"

#define START_SECONDS 60
#define ARGS_MAX      20
#define ARG_SIZE      (SERVER_PATH + 128)

/* What a server is started with. */
struct start {
	const char *program;
	char dir[SERVER_PATH];
	int port;
	size_t n;
	char args[ARGS_MAX][ARG_SIZE];
};

struct kind {
	const char *name;
	const char *program; /* a pattern of glob(7) */
	const char *needs;   /* a file without which it does not serve, too; NULL: none */
	int (*configure)(const struct start *, FILE *config);
	const char *config; /* the file, in the server's directory */
	void (*set_args)(struct start *);
};

/* Nothing that would hold a client back, and no questions to others about it. */
static int
configure_ngircd(const struct start *start, FILE *config)
{
	return fprintf(config,
	    "[Global]\nName = bench.example.net\nInfo = bench\nListen = 127.0.0.1\nPorts = %d\n"
	    "MotdPhrase = bench\nPassword = " FILL_PASSWORD "\n"
	    "ServerUID = %u\nServerGID = %u\n"
	    "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n"
	    "PingTimeout = 3600\n"
	    "[Options]\nDNS = no\nIdent = no\nPAM = no\n",
	    start->port, (unsigned int)geteuid(), (unsigned int)getegid());
}

/* The argument is the three one after another. */
static void
add_arg(struct start *start, const char *one, const char *two, const char *three)
{
	char *arg = start->args[start->n++];

	strlcpy(arg, one, ARG_SIZE);
	strlcat(arg, two, ARG_SIZE);
	strlcat(arg, three, ARG_SIZE);
}

static void
set_ngircd(struct start *start)
{
	add_arg(start, start->program, "", "");
	add_arg(start, "-n", "", "");
	add_arg(start, "-f", "", "");
	add_arg(start, start->dir, "/ngircd.conf", "");
}

/* It has no modules but the core's, which it always loads. */
static int
configure_inspircd(const struct start *start, FILE *config)
{
	return fprintf(config,
	    "<config format=\"xml\">\n"
	    "<server name=\"bench.example.net\" description=\"bench\" id=\"0BE\""
	    " network=\"bench\">\n"
	    "<admin name=\"bench\" nick=\"bench\" email=\"bench@example.net\">\n"
	    "<bind address=\"127.0.0.1\" port=\"%d\" type=\"clients\">\n"
	    "<connect name=\"all\" allow=\"*\" password=\"" FILL_PASSWORD "\" pingfreq=\"1h\""
	    " fakelag=\"no\" commandrate=\"1000000000\" threshold=\"1000000\" recvq=\"1M\""
	    " softsendq=\"100M\" hardsendq=\"100M\" localmax=\"100000\" globalmax=\"100000\""
	    " maxconnwarn=\"no\" resolvehostnames=\"no\" useconnectban=\"no\""
	    " useconnflood=\"no\">\n"
	    "<performance softlimit=\"100000\" clonesonconnect=\"no\">\n",
	    start->port);
}

static void
set_inspircd(struct start *start)
{
	add_arg(start, start->program, "", "");
	add_arg(start, "--config", "", "");
	add_arg(start, start->dir, "/inspircd.conf", "");
	add_arg(start, "--nofork", "", "");
	add_arg(start, "--nopid", "", "");
	add_arg(start, "--nolog", "", "");
	add_arg(start, "--runasroot", "", "");
}

/* The default storage; a receiver may have as many messages as come. */
static int
configure_prosody(const struct start *start, FILE *config)
{
	return fprintf(config,
	    "run_as_root = true\ndata_path = \"%s\"\ncertificates = \"%s\"\n"
	    "pidfile = \"%s/pid\"\nlog = { warn = \"*console\" }\n"
	    "interfaces = { \"127.0.0.1\" }\nc2s_ports = { %d }\n"
	    "c2s_require_encryption = false\nallow_unencrypted_plain_auth = true\n"
	    "authentication = \"internal_plain\"\nstorage = \"internal\"\n"
	    "storage_archive_item_limit = 1000000000\n"
	    "storage_archive_item_limit_cache_size = 100000\nallow_registration = true\n"
	    "modules_enabled = { \"saslauth\", \"register_ibr\", \"smacks\", \"ping\" }\n"
	    "modules_disabled = { \"s2s\", \"tls\" }\nVirtualHost \"" OTHER_DOMAIN "\"\n",
	    start->dir, start->dir, start->dir, start->port);
}

static void
set_prosody(struct start *start)
{
	add_arg(start, start->program, "", "");
	add_arg(start, "--config", "", "");
	add_arg(start, start->dir, "/prosody.cfg.lua", "");
	add_arg(start, "-F", "", "");
}

static int
configure_ejabberd(const struct start *start, FILE *config)
{
	return fprintf(config,
	    "hosts: [" OTHER_DOMAIN "]\nloglevel: warning\nauth_method: internal\n"
	    "auth_password_format: plain\nregistration_timeout: infinity\n"
	    "listen:\n  -\n    port: %d\n    ip: \"127.0.0.1\"\n    module: ejabberd_c2s\n"
	    "    backlog: 128\n"
	    "shaper_rules:\n  max_user_offline_messages: infinity\n"
	    "modules:\n  mod_register:\n    ip_access: all\n    access: all\n"
	    "  mod_stream_mgmt: {}\n  mod_ping: {}\n"
	    "  mod_offline:\n    access_max_user_messages: max_user_offline_messages\n",
	    start->port);
}

/* The messages in SQLite instead of Mnesia; its settings are ejabberd's own. */
static int
configure_ejabberd_sql(const struct start *start, FILE *config)
{
	if (configure_ejabberd(start, config) < 0)
		return -1;
	return fprintf(config,
	    "    db_type: sql\nsql_type: sqlite\nsql_database: \"%s/offline.sqlite\"\n",
	    start->dir);
}

/*
 * As ejabberdctl starts it, but without a name for the node: so it needs no epmd. The program that
 * was found is LIBRARIES/ejabberd-VERSION/ebin/ejabberd.app.
 */
static void
set_ejabberd(struct start *start)
{
	static const char *const options[] = { "/usr/bin/erl", "+K", "true", "+P", "250000",
		"-noinput", "-mnesia", "dir" };
	char libraries[SERVER_PATH];

	snprintf(libraries, sizeof(libraries), "%s", start->program);
	for (int i = 0; i < 3; i++)
		*strrchr(libraries, '/') = '\0';
	add_arg(start, "/usr/bin/env", "", "");
	add_arg(start, "ERL_CRASH_DUMP=/dev/null", "", "");
	add_arg(start, "ERL_LIBS=", libraries, "");
	add_arg(start, "HOME=", start->dir, "");
	add_arg(start, "EJABBERD_CONFIG_PATH=", start->dir, "/ejabberd.yml");
	add_arg(start, "EJABBERD_LOG_PATH=", start->dir, "/ejabberd.log");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		add_arg(start, options[i], "", "");
	add_arg(start, "\"", start->dir, "\"");
	add_arg(start, "-s", "", "");
	add_arg(start, "ejabberd", "", "");
}

#define EJABBERD_APP "/usr/lib/*/ejabberd-*/ebin/ejabberd.app"

static const struct kind kinds[OTHERS] = {
	[OTHER_NGIRCD] = { .name = "ngircd",
	    .program = "/usr/sbin/ngircd",
	    .configure = configure_ngircd,
	    .config = "ngircd.conf",
	    .set_args = set_ngircd },
	[OTHER_INSPIRCD] = { .name = "inspircd",
	    .program = "/usr/sbin/inspircd",
	    .configure = configure_inspircd,
	    .config = "inspircd.conf",
	    .set_args = set_inspircd },
	[OTHER_PROSODY] = { .name = "prosody",
	    .program = "/usr/bin/prosody",
	    .configure = configure_prosody,
	    .config = "prosody.cfg.lua",
	    .set_args = set_prosody },
	[OTHER_EJABBERD] = { .name = "ejabberd",
	    .program = EJABBERD_APP,
	    .configure = configure_ejabberd,
	    .config = "ejabberd.yml",
	    .set_args = set_ejabberd },
	[OTHER_EJABBERD_SQL] = { .name = "ejabberd-sqlite",
	    .program = EJABBERD_APP,
	    .needs = "/usr/lib/erlang/lib/p1_sqlite3-*/ebin/sqlite3.beam",
	    .configure = configure_ejabberd_sql,
	    .config = "ejabberd.yml",
	    .set_args = set_ejabberd },
};

/* Finds a file that matches; its path. */
static bool
find_file(const char *pattern, char *path, size_t size)
{
	glob_t found;
	bool is_there = glob(pattern, 0, NULL, &found) == 0;

	if (is_there)
		snprintf(path, size, "%s", found.gl_pathv[0]);
	globfree(&found);
	return is_there;
}

static int
write_config(const struct kind *kind, const struct start *start)
{
	char path[ARG_SIZE];
	FILE *file;
	int status;

	snprintf(path, sizeof(path), "%s/%s", start->dir, kind->config);
	file = mkdir(start->dir, 0700) == 0 ? fopen(path, "w") : NULL;
	if (file == NULL) {
		perror(path);
		return -1;
	}
	status = kind->configure(start, file);
	return fclose(file) == 0 && status > 0 ? 0 : -1;
}

/* The pid of the server, when it serves; or -1. */
static pid_t
start_server(const struct kind *kind, struct start *start)
{
	const char *argv[ARGS_MAX + 1] = { NULL };
	char log[ARG_SIZE];

	kind->set_args(start);
	for (size_t i = 0; i < start->n; i++)
		argv[i] = start->args[i];
	snprintf(log, sizeof(log), "%s/log", start->dir);
	pid_t pid = server_spawn(argv, log, NULL);
	if (pid > 0 && server_wait(pid, start->port, START_SECONDS) == 0)
		return pid;
	server_end(pid, SIGTERM);
	return -1;
}

int
other_server(struct bench *bench, enum bench_other other)
{
	struct bench_other_server *server = &bench->others[other];
	const struct kind *kind = &kinds[other];
	char program[SERVER_PATH];
	struct start start = { .program = program, .port = server_free_port() };

	if (server->pid > 0)
		return server->port;
	if (server->pid < 0)
		return -1; /* it was tried before */
	if ((kind->needs != NULL && !find_file(kind->needs, program, sizeof(program))) ||
	    !find_file(kind->program, program, sizeof(program)))
		return BENCH_SKIPPED;
	snprintf(start.dir, sizeof(start.dir), "%s/%s", bench->dir, kind->name);
	server->port = start.port;
	server->pid =
	    start.port < 0 || write_config(kind, &start) != 0 ? -1 : start_server(kind, &start);
	if (server->pid > 0)
		return server->port;
	fprintf(stderr, "%s does not serve\n", program);
	return -1;
}
