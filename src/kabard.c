/*
 * kabard: the chat daemon: its command line, and becoming what it says: a master in the
 * foreground or in the background, or under inetd the worker of one client.
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "address.h"
#include "become.h"
#include "config.h"
#include "dialect.h"
#include "log.h"
#include "master.h"
#include "worker.h"

#define ERROR_SIZE      2048
#define DEFAULT_DIALECT "realm"

extern char **environ;

enum task { TASK_SERVE, TASK_INETD, TASK_TEST, TASK_PRINT };

struct options {
	enum task task;
	bool foreground;
	const char *dialect; /* NULL: not given */
	const char *config;
	char path[PATH_MAX]; /* of the configuration, absolute */
};

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr,
	    "usage: kabard [-f] [-c file]\n"
	    "       kabard -i [-f] [-c file] [-D dialect]\n"
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
parse(struct options *options, int argc, char *argv[])
{
	int option;

	while ((option = getopt(argc, argv, "c:D:fiTtV")) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'D':
			options->dialect = optarg;
			break;
		case 'f':
			options->foreground = true;
			break;
		case 'i':
			set_task(options, TASK_INETD);
			break;
		case 'T':
			set_task(options, TASK_PRINT);
			break;
		case 't':
			set_task(options, TASK_TEST);
			break;
		case 'V':
			puts(PACKAGE_STRING);
			exit(EX_OK);
		default:
			usage();
		}
	}
	if (optind != argc || (options->dialect != NULL && options->task != TASK_INETD))
		usage();
}

/*
 * Descriptors 0 to 2 are open: else a socket would become the standard error of something. No
 * others are: a daemon must not hold what its caller forgot to close.
 */
static void
tidy_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
}

/* The file is read again on SIGHUP, and by then the working directory is another. */
static int
make_absolute(struct options *options)
{
	char here[PATH_MAX] = "";
	int len;

	if (options->config[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return -1;
	len = snprintf(options->path, sizeof(options->path), "%s%s%s", here,
	    here[0] == '\0' ? "" : "/", options->config);
	if (len < (int)sizeof(options->path))
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Under inetd the standard error usually is the client, who must not see our troubles. */
static bool
stderr_is_client(const struct options *options)
{
	struct stat in, err;

	return options->task == TASK_INETD && is_socket(STDERR_FILENO) &&
	    fstat(STDIN_FILENO, &in) == 0 && fstat(STDERR_FILENO, &err) == 0 &&
	    in.st_dev == err.st_dev && in.st_ino == err.st_ino;
}

static enum log_target
start_target(const struct options *options)
{
	if (options->foreground)
		return LOG_IN_FOREGROUND;
	return stderr_is_client(options) ? LOG_TO_SYSLOG : LOG_TO_STDERR;
}

static int
test(const struct options *options)
{
	char error[ERROR_SIZE];
	struct config config;

	if (config_load(&config, options->config, error, sizeof(error)) != 0) {
		fprintf(stderr, "%s\n", error);
		return EXIT_FAILURE;
	}
	int result = 0;
	if (options->task == TASK_PRINT)
		result = config_print(&config, stdout);
	else
		printf("%s: ok\n", options->config);
	if (result != 0 || fflush(stdout) != 0) {
		fprintf(stderr, "standard output: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	config_free(&config);
	return EXIT_SUCCESS;
}

static void
to_null(int fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	dup2(null, fd);
	close(null);
}

static int
inetd(const struct options *options, const struct config *config)
{
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} peer = { .any = { .sa_family = AF_UNSPEC } };
	socklen_t len = sizeof(peer);
	char text[ADDRESS_TEXT_MAX];
	struct worker_client client = { .in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.dialect = options->dialect == NULL ? DEFAULT_DIALECT : options->dialect,
		.address = text,
		.connection = (uint64_t)getpid(),
		.master_fd = -1 };
	int on = 1;

	if (is_socket(STDIN_FILENO)) {
		client.out_fd = STDIN_FILENO;
		to_null(STDOUT_FILENO);
		setsockopt(STDIN_FILENO, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(STDIN_FILENO, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (getpeername(STDIN_FILENO, &peer.any, &len) != 0)
			peer.any.sa_family = AF_UNSPEC;
	}
	if (!options->foreground)
		to_null(STDERR_FILENO);
	address_text(&peer.any, text, sizeof(text), &client.port);
	return worker_main(config, &client);
}

/*
 * Goes on in a child in the background. The parent returns to the shell only when the child is
 * ready, or with the child's status if it fails before. The descriptor for telling it.
 */
static int
daemonize(void)
{
	int ready[2], status;
	char byte;

	if (pipe(ready) != 0)
		fatal("pipe");
	pid_t pid = fork();
	if (pid < 0)
		fatal("fork");
	if (pid == 0) {
		close(ready[0]);
		fcntl(ready[1], F_SETFD, FD_CLOEXEC);
		setsid();
		return ready[1];
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) == 1)
		_exit(EX_OK);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) != 0)
		_exit(WEXITSTATUS(status));
	_exit(EXIT_FAILURE);
}

struct background {
	int ready_fd;
	const struct config *config;
};

/* The start went well: lets go of the terminal, and of the parent who waits to hear. */
static void
detach(void *arg)
{
	const struct background *background = arg;

	log_init("kabard", LOG_TO_SYSLOG, background->config->log_facility);
	to_null(STDIN_FILENO);
	to_null(STDOUT_FILENO);
	to_null(STDERR_FILENO);
	if (write(background->ready_fd, "+", 1) != 1)
		log_warn("cannot tell the parent that all is well");
	close(background->ready_fd);
}

static int
serve(const struct options *options, struct config *config)
{
	struct background background = { .ready_fd = -1, .config = config };
	struct master_options master = { .config_path = options->path,
		.foreground = options->foreground };

	if (!options->foreground) {
		background.ready_fd = daemonize();
		master.ready = detach;
		master.arg = &background;
	}
	return master_main(config, &master);
}

int
main(int argc, char *argv[])
{
	struct options options = { .config = KABAR_CONFIG_PATH };
	char error[ERROR_SIZE];
	struct config config;
	int status;

	tidy_descriptors();
	setproctitle_init(argc, argv, environ);
	parse(&options, argc, argv);
	if (options.task == TASK_TEST || options.task == TASK_PRINT)
		return test(&options);
	/* Until the master is ready its troubles are of interest to who started it. */
	log_init("kabard", start_target(&options), LOG_DAEMON);
	if (options.dialect != NULL && dialect_find(options.dialect) == NULL) {
		log_warnx("there is no dialect %s", options.dialect);
		return EX_USAGE;
	}
	if (make_absolute(&options) != 0)
		fatal("%s", options.config);
	if (config_load(&config, options.config, error, sizeof(error)) != 0) {
		log_warnx("%s", error);
		return EX_CONFIG;
	}
	umask(077);
	if (become_user(config.user, error, sizeof(error)) != 0)
		fatalx("%s", error);
	if (chdir("/") != 0)
		fatal("/");
	log_set_level(config.log_level);
	if (options.task == TASK_INETD) {
		log_init("kabard", options.foreground ? LOG_IN_FOREGROUND : LOG_TO_SYSLOG,
		    config.log_facility);
		status = inetd(&options, &config);
	} else {
		status = serve(&options, &config);
	}
	config_free(&config);
	return status;
}
