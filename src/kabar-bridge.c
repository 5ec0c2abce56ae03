/*
 * kabar-bridge: the bridge to other realms. Reads the command line and the configuration, becomes
 * its user and, unless kabard has started it with -m, a daemon in the background.
 */
#include <sys/stat.h>

#include <bsd/unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/descriptors.h"
#include "base/drop_privileges.h"
#include "base/log.h"
#include "base/state_directory.h"
#include "bridge/bridge.h"
#include "config/config.h"
#include "legacy/link.h"

#define PROGNAME   "kabar-bridge"
#define ERROR_SIZE 2048

extern char **environ;

struct options {
	bool foreground;
	bool master; /* the standard input is a pipe from kabard */
	const char *config;
};

static void __attribute__((noreturn)) usage(FILE *out, int status)
{
	fprintf(out,
	    "usage: kabar-bridge [-fm] [-c file]\n"
	    "       kabar-bridge -h | -V\n");
	exit(status);
}

static void
parse_options(struct options *options, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "c:fhmV")) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'h':
			usage(stdout, EX_OK);
		case 'm':
			options->master = true;
			break;
		case 'V':
			puts(PACKAGE_STRING);
			exit(EX_OK);
		default:
			usage(stderr, EX_USAGE);
		}
	}
	if (optind != argc)
		usage(stderr, EX_USAGE);
}

/* Complaints go to the terminal until the bridge is ready; those under kabard to the log. */
static enum log_target
start_target(const struct options *options)
{
	if (options->foreground)
		return LOG_IN_FOREGROUND;
	return options->master ? LOG_TO_SYSLOG : LOG_TO_STDERR;
}

static int
run_bridge(const struct options *options, struct config *config, const char *path)
{
	struct daemon daemon = { .progname = PROGNAME, .log_facility = config->log_facility };
	struct bridge_options bridge = { .config_path = path,
		.foreground = options->foreground,
		.legacy = &legacy_link_protocol,
		.master_fd = options->master ? STDIN_FILENO : -1 };

	if (options->master || options->foreground) {
		log_init(PROGNAME, start_target(options), config->log_facility);
	} else {
		daemon.ready_fd = daemon_fork();
		bridge.ready = daemon_ready;
		bridge.arg = &daemon;
	}
	return bridge_main(config, &bridge);
}

int
main(int argc, char *argv[])
{
	struct options options = { .config = KABAR_CONFIG_PATH };
	char error[ERROR_SIZE];
	char path[sizeof(((struct config *)0)->path)];
	struct config config;
	int status;

	daemon_tidy(STDERR_FILENO + 1);
	setproctitle_init(argc, argv, environ);
	parse_options(&options, argc, argv);
	log_init(PROGNAME, start_target(&options), LOG_DAEMON);
	if (config_load(&config, options.config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return EX_CONFIG;
	}
	/* An absolute path stays as it was given, so that the process can be found by it. */
	snprintf(path, sizeof(path), "%s", options.config[0] == '/' ? options.config : config.path);
	umask(077);
	descriptors_raise();
	if (drop_privileges(config.user, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		config_free(&config);
		return EX_CONFIG;
	}
	if (state_directory_check(config.state, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		status = daemon_failure(config.state);
		config_free(&config);
		return status;
	}
	if (chdir("/") != 0)
		fatal("/");
	log_set_level(config.log_level);
	status = run_bridge(&options, &config, path);
	config_free(&config);
	return status;
}
