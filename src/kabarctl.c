/*
 * kabarctl: administration of a realm. Reads the options that stand before the command; the
 * commands are in ctl/.
 */
#include <sys/stat.h>

#include <bsd/unistd.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/log.h"
#include "ctl/command.h"

/* The first word behind the options, or NULL after a complaint. */
static char **
take_own_options(struct ctl *ctl, char **words)
{
	while (*words != NULL && words[0][0] == '-' && words[0][1] != '\0') {
		if (strcmp(*words, "--") == 0)
			return words + 1;
		int taken = ctl_command_options(ctl, "c:hV", words);
		if (taken < 0)
			return NULL;
		words += taken;
	}
	return words;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .operands = { NULL } };
	const char *path;

	setproctitle_init(argc, argv, environ); /* for the committer, if it is started here */
	/* The store must not get the number of a standard descriptor that was closed. */
	daemon_tidy(INT_MAX);
	log_init("kabarctl", LOG_TO_STDERR, LOG_DAEMON);
	umask(077);
	char **words = take_own_options(&ctl, argc > 0 ? argv + 1 : argv);
	if (words == NULL) {
		ctl_command_usage(stderr, NULL);
		return CTL_USAGE;
	}
	if (ctl.options['h'] != NULL) {
		ctl_command_usage(stdout, NULL);
		return CTL_OK;
	}
	if (ctl.options['V'] != NULL) {
		puts(PACKAGE_STRING);
		return CTL_OK;
	}
	path = ctl.options['c'] != NULL ? ctl.options['c'] : KABAR_CONFIG_PATH;
	memset(ctl.options, 0, sizeof(ctl.options));
	return ctl_command_run(&ctl, words, path);
}
