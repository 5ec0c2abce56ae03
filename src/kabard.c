/*
 * kabard: the chat daemon. Reads the command line and the configuration and becomes a master, in
 * the foreground or in the background, or under inetd the worker of one client.
 */
#include <sys/stat.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/descriptors.h"
#include "base/drop_privileges.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/state_directory.h"
#include "config/config.h"
#include "config/motd.h"
#include "dialect/dialect.h"
#include "master/activate.h"
#include "master/bridge.h"
#include "master/handover.h"
#include "master/master.h"
#include "peering/in/worker.h"
#include "worker/inetd.h"
#include "worker/tls.h"

#define ERROR_SIZE 2048

extern char **environ;

enum task { TASK_SERVE, TASK_INETD, TASK_TEST, TASK_PRINT, TASK_UPGRADE };

struct options {
	enum task task;
	bool foreground;
	struct worker_inetd_options inetd;
	const char *config;
	const char *state; /* directory of the master that asks whether this program could follow */
	char path[PATH_MAX];    /* of the configuration, absolute */
	char program[PATH_MAX]; /* that an upgrade starts, absolute; "": not known */
	int handover;           /* descriptor from the master that this process follows; -1: none */
	uid_t worker_uid;       /* of the user that serves clients; 0: the configuration's user */
	int n_passed;           /* listening sockets from the service manager */
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
	    "usage: kabard [-f] [-c file]\n"
	    "       kabard -i [-f] [-c file] [-D dialect | -L listener]\n"
	    "       kabard -t | -T [-c file]\n"
	    "       kabard -V\n");
	exit(EX_USAGE);
}

static void
set_task(struct options *options, enum task task)
{
	if (options->task != TASK_SERVE && options->task != task)
		usage();
	options->task = task;
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "c:D:fiL:Ttu:V")) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'D':
			options->inetd.dialect = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'i':
			set_task(options, TASK_INETD);
			break;
		case 'L':
			options->inetd.listener = optarg;
			break;
		case 'T':
			set_task(options, TASK_PRINT);
			break;
		case 't':
			set_task(options, TASK_TEST);
			break;
		case 'u':
			/* Only for a master that is being upgraded: see master_upgrade. */
			set_task(options, TASK_UPGRADE);
			options->state = optarg;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			exit(EX_OK);
		default:
			usage();
		}
	}
	if (optind != argc || (options->inetd.dialect != NULL && options->inetd.listener != NULL) ||
	    ((options->inetd.dialect != NULL || options->inetd.listener != NULL) &&
	        options->task != TASK_INETD))
		usage();
}

/* The file is read again when the working directory is another. */
static int
make_absolute(const char *path, char absolute[PATH_MAX])
{
	char here[PATH_MAX] = "";
	int len;

	if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return -1;
	len = snprintf(absolute, PATH_MAX, "%s%s%s", here, here[0] == '\0' ? "" : "/", path);
	if (len < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

/*
 * Finds the program that an upgrade will start: the path by which this one was started, where
 * another may lie by then; without a path, the program that runs.
 */
static int
find_program(const char *name, char program[PATH_MAX])
{
	ssize_t len;

	if (strchr(name, '/') != NULL)
		return make_absolute(name, program);
	len = readlink("/proc/self/exe", program, PATH_MAX - 1);
	program[len < 0 ? 0 : len] = '\0';
	return len < 0 ? -1 : 0;
}

static enum log_target
start_target(const struct options *options)
{
	if (options->foreground)
		return LOG_IN_FOREGROUND;
	if (options->handover >= 0)
		return LOG_TO_SYSLOG;
	/* The client must not see complaints. */
	return options->task == TASK_INETD && worker_inetd_stderr_is_client() ? LOG_TO_SYSLOG
	                                                                      : LOG_TO_STDERR;
}

/* Whether the user of the configuration can use its certificates. 0 or -1. */
static int
test_certificates(const struct config *config, char *error, size_t size)
{
	for (size_t i = 0; i < config->n_listens; i++) {
		struct tls *tls;

		if (config->listens[i].certificate[0] == '\0' ||
		    !worker_tls_wanted(&config->listens[i]))
			continue;
		if (drop_privileges(config->user, error, size) != 0)
			return -1;
		tls = worker_tls_new(config, &config->listens[i], error, size);
		if (tls == NULL)
			return -1;
		worker_tls_free(tls);
	}
	return 0;
}

static int
test_config(const struct options *options)
{
	char error[ERROR_SIZE];
	struct config config;
	int result = 0;

	if (config_load(&config, options->config, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		return EX_CONFIG;
	}
	if (options->task == TASK_PRINT) {
		result = config_print(&config, stdout);
	} else if (config_motd_read(&config, error, sizeof(error)) == 0 &&
	    test_certificates(&config, error, sizeof(error)) == 0) {
		printf("%s: ok\n", options->config);
	} else {
		fprintf(stderr, "%s\n", error);
		config_free(&config);
		return EX_CONFIG;
	}
	config_free(&config);
	if (result == 0 && fflush(stdout) == 0)
		return EX_OK;
	fprintf(stderr, "standard output: %s\n", strerror(errno));
	return EX_IOERR;
}

/* Answers a master with this state that asks whether this program could take its place. */
static int
test_upgrade(const struct options *options)
{
	char error[ERROR_SIZE];
	struct config config;
	bool could;

	if (config_load(&config, options->config, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		return EX_CONFIG;
	}
	snprintf(config.state, sizeof(config.state), "%s", options->state);
	could = test_certificates(&config, error, sizeof(error)) == 0 &&
	    master_check(&config, error, sizeof(error)) == 0;
	config_free(&config);
	if (could)
		puts(MASTER_UPGRADE_ANSWER);
	else
		fprintf(stderr, "%s\n", error);
	return could ? EX_OK : EX_UNAVAILABLE;
}

static int
run_master(const struct options *options, struct config *config)
{
	struct daemon daemon = { .progname = "kabard", .log_facility = config->log_facility };
	struct master_options master = { .config_path = options->path,
		.program = options->program,
		.foreground = options->foreground,
		.handover = options->handover,
		.n_passed = options->n_passed,
		.worker_uid = options->worker_uid };

	/* A program that follows a master is in the background already. */
	if (!options->foreground && options->handover < 0) {
		daemon.ready_fd = daemon_fork();
		master.ready = daemon_ready;
		master.arg = &daemon;
	}
	return master_main(config, &master);
}

/* Keeps the descriptors of the master that is followed, or of the service manager, and no others.
 */
static void
find_sockets(struct options *options)
{
	options->handover = -1;
	if (options->task == TASK_SERVE) {
		options->handover = master_handover_fd();
		options->n_passed = options->handover < 0 ? master_activate_count() : 0;
	}
	daemon_tidy(options->handover >= 0 ? INT_MAX : MASTER_ACTIVATE_FIRST + options->n_passed);
}

/* Becomes the user of the configuration. A master that can be followed by workers of another user
 * keeps what that takes. 0, or -1 with a sentence in error. */
static int
become_user(struct options *options, const struct config *config, char *error, size_t size)
{
	bool root = geteuid() == 0 && strcmp(config->user, "root") != 0;

	if (options->task != TASK_SERVE)
		return drop_privileges(config->user, error, size);
	if (drop_privileges_serve(config->user, config->worker_user, &options->worker_uid, error,
	        size) != 0)
		return -1;
	if (root && options->worker_uid == 0 && config->worker_user[0] != '\0')
		log_warnx("there is no user %s: clients are served by %s, who owns all data",
		    config->worker_user, config->user);
	return 0;
}

/* Reads the configuration and becomes its user. EX_OK, or another status having said why. */
static int
load_config(struct options *options, struct config *config)
{
	const char *dialect = options->inetd.dialect;
	char error[ERROR_SIZE];

	if (dialect != NULL && dialect_find(dialect) == NULL &&
	    strcmp(dialect, CONFIG_DIALECT_PEER) != 0) {
		log_warnx("there is no dialect %s", dialect);
		return EX_USAGE;
	}
	if (make_absolute(options->config, options->path) != 0) {
		log_warn("%s", options->config);
		return EX_CONFIG;
	}
	if (config_load(config, options->config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return EX_CONFIG;
	}
	if (become_user(options, config, error, sizeof(error)) != 0 ||
	    config_motd_read(config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		config_free(config);
		return EX_CONFIG;
	}
	if (state_directory_check(config->state, error, sizeof(error)) != 0) {
		int status = daemon_failure(config->state);

		log_warnx("%s", error);
		config_free(config);
		return status;
	}
	return EX_OK;
}

int
main(int argc, char *argv[])
{
	struct options options = { .config = KABAR_CONFIG_PATH };
	struct config config;
	int status;

	setproctitle_init(argc, argv, environ);
	parse_options(&options, argc, argv);
	find_sockets(&options);
	if (find_program(argv[0], options.program) != 0)
		options.program[0] = '\0';
	if (options.task == TASK_TEST || options.task == TASK_PRINT)
		return test_config(&options);
	umask(077);
	descriptors_raise();
	if (options.task == TASK_UPGRADE)
		return test_upgrade(&options);
	/* Complaints go to the terminal until the master is ready. */
	log_init("kabard", start_target(&options), LOG_DAEMON);
	status = load_config(&options, &config);
	if (status != EX_OK)
		return status;
	if (chdir("/") != 0)
		fatal("/");
	log_set_level(config.log_level);
	if (config.sandbox)
		sandbox_hide_memory();
	if (options.task == TASK_INETD) {
		options.inetd.foreground = options.foreground;
		options.inetd.start_bridge = master_bridge_ask;
		log_init("kabard", options.foreground ? LOG_IN_FOREGROUND : LOG_TO_SYSLOG,
		    config.log_facility);
		status = worker_inetd_serve(&config, &options.inetd);
	} else {
		status = run_master(&options, &config);
	}
	config_free(&config);
	return status;
}
