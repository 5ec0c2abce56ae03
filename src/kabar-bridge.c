/*
 * kabar-bridge: the bridge to other realms: its command line, and becoming what it says. kabard
 * starts it with -m; without kabard, under inetd, it is started as any other daemon.
 */
#include <sys/stat.h>

#include <bsd/unistd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/drop_privileges.h"
#include "base/log.h"
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
parse(struct options *options, int argc, char *argv[])
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

/* Until we are ready our troubles are of interest to who started us, unless that was kabard. */
static enum log_target
start_target(const struct options *options)
{
	if (options->foreground)
		return LOG_IN_FOREGROUND;
	return options->master ? LOG_TO_SYSLOG : LOG_TO_STDERR;
}

struct background {
	int ready_fd;
	const struct config *config;
};

static void
detach(void *arg)
{
	const struct background *background = arg;

	daemon_ready(PROGNAME, background->config->log_facility, background->ready_fd);
}

static int
serve(const struct options *options, struct config *config, const char *path)
{
	struct background background = { .config = config };
	struct bridge_options bridge = { .config_path = path,
		.foreground = options->foreground,
		.legacy = &legacy_link_protocol,
		.master_fd = options->master ? STDIN_FILENO : -1 };

	if (options->master || options->foreground) {
		log_init(PROGNAME, start_target(options), config->log_facility);
	} else {
		background.ready_fd = daemon_fork();
		bridge.ready = detach;
		bridge.arg = &background;
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
	parse(&options, argc, argv);
	log_init(PROGNAME, start_target(&options), LOG_DAEMON);
	if (config_load(&config, options.config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return EX_CONFIG;
	}
	/* As it was given, if that holds wherever we are: who looks for us looks for that. */
	snprintf(path, sizeof(path), "%s", options.config[0] == '/' ? options.config : config.path);
	umask(077);
	if (drop_privileges(config.user, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		config_free(&config);
		return EX_CONFIG;
	}
	if (chdir("/") != 0)
		fatal("/");
	log_set_level(config.log_level);
	status = serve(&options, &config, path);
	config_free(&config);
	return status;
}
