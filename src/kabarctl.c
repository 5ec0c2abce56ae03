/*
 * kabarctl: administration of a realm. Finds the command, counts its words, reads the
 * configuration, becomes its user and opens the store; the commands are in ctl_*.
 */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "base/daemon.h"
#include "base/log.h"
#include "ctl/ctl.h"

#define WORDS_MAX 2
#define ERROR_MAX 1024

struct command {
	const char *words[WORDS_MAX]; /* the second may be NULL */
	ctl_command *run;
	const char *options; /* letters, those with an argument followed by a colon */
	int least, most;     /* arguments that are no options */
	bool as_root;        /* becomes the user by itself, and opens the store if it has to */
	int lost;            /* the status when the configuration is wrong, 0: CTL_CONFIG */
	const char *usage;
};

static const struct command commands[] = {
	{ .words = { "init" }, .run = ctl_init, .as_root = true, .usage = "init" },
	{ .words = { "user", "add" },
	    .run = ctl_user_add,
	    .options = "n:C:a",
	    .least = 1,
	    .most = 1,
	    .usage = "user add NAME [-n FULLNAME] [-C COUNTRY] [-a]" },
	{ .words = { "user", "list" },
	    .run = ctl_user_list,
	    .options = "j",
	    .usage = "user list [-j]" },
	{ .words = { "user", "show" },
	    .run = ctl_user_show,
	    .options = "j",
	    .least = 1,
	    .most = 1,
	    .usage = "user show NAME [-j]" },
	{ .words = { "user", "passwd" },
	    .run = ctl_user_passwd,
	    .least = 1,
	    .most = 1,
	    .usage = "user passwd NAME" },
	{ .words = { "user", "lock" },
	    .run = ctl_user_lock,
	    .least = 1,
	    .most = 1,
	    .usage = "user lock NAME" },
	{ .words = { "user", "unlock" },
	    .run = ctl_user_unlock,
	    .least = 1,
	    .most = 1,
	    .usage = "user unlock NAME" },
	{ .words = { "user", "quota" },
	    .run = ctl_user_quota,
	    .least = 2,
	    .most = 2,
	    .usage = "user quota NAME SIZE|default" },
	{ .words = { "user", "admin" },
	    .run = ctl_user_admin,
	    .least = 2,
	    .most = 2,
	    .usage = "user admin NAME on|off" },
	{ .words = { "user", "del" },
	    .run = ctl_user_del,
	    .least = 1,
	    .most = 1,
	    .usage = "user del NAME" },
	{ .words = { "group", "add" },
	    .run = ctl_group_add,
	    .least = 2,
	    .most = 2,
	    .usage = "group add NAME OWNER" },
	{ .words = { "group", "join" },
	    .run = ctl_group_join,
	    .least = 2,
	    .most = 2,
	    .usage = "group join NAME USER" },
	{ .words = { "group", "leave" },
	    .run = ctl_group_leave,
	    .least = 2,
	    .most = 2,
	    .usage = "group leave NAME USER" },
	{ .words = { "group", "list" },
	    .run = ctl_group_list,
	    .options = "j",
	    .usage = "group list [-j]" },
	{ .words = { "group", "show" },
	    .run = ctl_group_show,
	    .options = "j",
	    .least = 1,
	    .most = 1,
	    .usage = "group show NAME [-j]" },
	{ .words = { "group", "del" },
	    .run = ctl_group_del,
	    .least = 1,
	    .most = 1,
	    .usage = "group del NAME" },
	{ .words = { "realm" },
	    .run = ctl_realm,
	    .options = "j",
	    .as_root = true,
	    .usage = "realm [-j]" },
	{ .words = { "peer", "list" },
	    .run = ctl_peer_list,
	    .options = "j",
	    .usage = "peer list [-j]" },
	{ .words = { "queue", "list" },
	    .run = ctl_queue_list,
	    .options = "j",
	    .most = 1,
	    .usage = "queue list [REALM] [-j]" },
	{ .words = { "queue", "flush" },
	    .run = ctl_queue_flush,
	    .most = 1,
	    .usage = "queue flush [REALM]" },
	{ .words = { "queue", "drop" },
	    .run = ctl_queue_drop,
	    .least = 1,
	    .most = 1,
	    .usage = "queue drop REALM" },
	{ .words = { "who" }, .run = ctl_who, .options = "j", .usage = "who [-j]" },
	{ .words = { "broadcast" },
	    .run = ctl_broadcast,
	    .options = "o",
	    .least = 1,
	    .most = 1,
	    .usage = "broadcast TEXT [-o]" },
	{ .words = { "stats" }, .run = ctl_stats, .options = "pj", .usage = "stats [-p] [-j]" },
	{ .words = { "kick" }, .run = ctl_kick, .least = 1, .most = 1, .usage = "kick NAME" },
	{ .words = { "status" },
	    .run = ctl_status,
	    .options = "j",
	    .as_root = true,
	    .lost = CTL_STATUS_UNKNOWN,
	    .usage = "status [-j]" },
	{ .words = { "reload" },
	    .run = ctl_reload,
	    .as_root = true,
	    .lost = CTL_REFUSED,
	    .usage = "reload" },
	{ .words = { "upgrade" }, .run = ctl_upgrade, .as_root = true, .usage = "upgrade" },
	{ .words = { "stop" }, .run = ctl_stop, .as_root = true, .usage = "stop" },
	{ .words = { "check" },
	    .run = ctl_check,
	    .options = "R",
	    .as_root = true,
	    .usage = "check [--repair]" },
	{ .words = { "janitor" }, .run = ctl_janitor, .usage = "janitor" },
	{ .words = { "compact" }, .run = ctl_compact, .usage = "compact" },
	{ .words = { "backup" },
	    .run = ctl_backup,
	    .least = 1,
	    .most = 1,
	    .as_root = true,
	    .usage = "backup FILE" },
	{ .words = { "export" },
	    .run = ctl_export,
	    .most = 1,
	    .as_root = true,
	    .usage = "export [FILE]" },
	{ .words = { "import" },
	    .run = ctl_import,
	    .options = "s",
	    .most = 1,
	    .as_root = true,
	    .usage = "import [FILE] [-s]" },
	{ .words = { "restore" },
	    .run = ctl_restore,
	    .options = "m",
	    .least = 1,
	    .most = 1,
	    .as_root = true,
	    .usage = "restore FILE [-m]" },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* All commands, or those that begin with a word. */
static void
print_usage(FILE *out, const char *word)
{
	const char *lead = "usage:";

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (word != NULL && strcmp(word, commands[i].words[0]) != 0)
			continue;
		fprintf(out, "%-6s kabarctl [-c FILE] %s\n", lead, commands[i].usage);
		lead = "";
	}
	if (word == NULL)
		fprintf(out, "%-6s kabarctl -h | -V\n", lead);
}

static int
usage_of(const struct command *command)
{
	fprintf(stderr, "usage: kabarctl [-c FILE] %s\n", command->usage);
	return CTL_USAGE;
}

/* What must not happen by a slip has an option that is written out. */
static const struct {
	const char *word;
	char outbound; /* under which a command has it */
} long_options[] = { { "--repair", 'R' } };

/* As take_options. */
static int
take_long(struct ctl *ctl, const char *outbounds, const char *word)
{
	for (size_t i = 0; i < sizeof(long_options) / sizeof(long_options[0]); i++) {
		if (strcmp(long_options[i].word, word) != 0 ||
		    strchr(outbounds, long_options[i].outbound) == NULL)
			continue;
		ctl->options[(unsigned char)long_options[i].outbound] = "";
		return 1;
	}
	return ctl_error(-1, "there is no option %s here", word);
}

/*
 * Takes the options that stand in a word, and perhaps the next word as the argument of the last.
 * The number of words taken, or -1 after a complaint. getopt() is not asked: whether it finds
 * options behind other words differs from system to system.
 */
static int
take_options(struct ctl *ctl, const char *outbounds, char **words)
{
	if (words[0][1] == '-')
		return take_long(ctl, outbounds, words[0]);
	for (const char *at = words[0] + 1; *at != '\0'; at++) {
		const char *known = *at == ':' ? NULL : strchr(outbounds, *at);

		if (known == NULL)
			return ctl_error(-1, "there is no option -%c here", *at);
		if (known[1] != ':') {
			ctl->options[(unsigned char)*at] = "";
			continue;
		}
		ctl->options[(unsigned char)*at] = at[1] != '\0' ? at + 1 : words[1];
		if (at[1] == '\0' && words[1] == NULL)
			return ctl_error(-1, "option -%c needs an argument", *at);
		return at[1] == '\0' ? 2 : 1;
	}
	return 1;
}

/* Sorts a command's words into options and operands, in whatever order. 0, or -1. */
static int
take_words(struct ctl *ctl, const struct command *command, char **words)
{
	const char *outbounds = command->options == NULL ? "" : command->options;
	int n = 0, taken;
	bool all = false;

	while (*words != NULL) {
		if (!all && strcmp(*words, "--") == 0) {
			all = true;
			words++;
		} else if (!all && words[0][0] == '-' && words[0][1] != '\0') {
			taken = take_options(ctl, outbounds, words);
			if (taken < 0)
				return -1;
			words += taken;
		} else if (n == command->most) {
			return ctl_error(-1, "too many arguments");
		} else {
			ctl->operands[n++] = *words++;
		}
	}
	return n < command->least ? ctl_error(-1, "too few arguments") : 0;
}

/* NULL after a complaint; else *words moves behind the command's own. */
static const struct command *
find_command(char ***words)
{
	const char *first = (*words)[0], *second = first == NULL ? NULL : (*words)[1];
	bool known = false;

	for (size_t i = 0; first != NULL && i < N_COMMANDS; i++) {
		const struct command *command = &commands[i];

		if (strcmp(command->words[0], first) != 0)
			continue;
		known = true;
		if (command->words[1] == NULL ||
		    (second != NULL && strcmp(command->words[1], second) == 0)) {
			*words += command->words[1] == NULL ? 1 : 2;
			return command;
		}
	}
	if (known && second != NULL)
		ctl_error(CTL_USAGE, "there is no command %s %s", first, second);
	else if (first != NULL && !known)
		ctl_error(CTL_USAGE, "there is no command %s", first);
	print_usage(stderr, known ? first : NULL);
	return NULL;
}

static int
run(struct ctl *ctl, const struct command *command)
{
	int status = command->as_root ? CTL_OK : ctl_open_realm(ctl);

	if (status != CTL_OK)
		return status;
	status = command->run(ctl);
	if (!command->as_root)
		chat_close(&ctl->chat);
	return status;
}

static int
run_configured(struct ctl *ctl, const struct command *command, const char *path)
{
	char error[ERROR_MAX];

	if (config_load(&ctl->config, path, error, sizeof(error)) != 0)
		return ctl_error(command->lost == 0 ? CTL_CONFIG : command->lost, "%s", error);
	log_set_level(ctl->config.log_level);
	int status = run(ctl, command);
	config_free(&ctl->config);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CTL_OK)
		status = ctl_error(CTL_IO, "standard output: %s", strerror(errno));
	return status;
}

int
main(int argc, char **argv)
{
	static const char outbounds[] = "c:hV";
	struct ctl ctl = { .operands = { NULL } };
	const char *path = KABAR_CONFIG_PATH;
	char **words = argc > 0 ? argv + 1 : argv;
	int taken;

	/* The store must not become what somebody closed, and be written to. */
	daemon_tidy(INT_MAX);
	log_init("kabarctl", LOG_TO_STDERR, LOG_DAEMON);
	umask(077);
	while (*words != NULL && words[0][0] == '-' && words[0][1] != '\0' &&
	    strcmp(*words, "--") != 0) {
		taken = take_options(&ctl, outbounds, words);
		if (taken < 0) {
			print_usage(stderr, NULL);
			return CTL_USAGE;
		}
		words += taken;
	}
	if (*words != NULL && strcmp(*words, "--") == 0)
		words++;
	if (ctl.options['h'] != NULL) {
		print_usage(stdout, NULL);
		return CTL_OK;
	}
	if (ctl.options['V'] != NULL) {
		puts(PACKAGE_STRING);
		return CTL_OK;
	}
	if (ctl.options['c'] != NULL)
		path = ctl.options['c'];
	memset(ctl.options, 0, sizeof(ctl.options));

	const struct command *command = find_command(&words);
	if (command == NULL)
		return CTL_USAGE;
	if (take_words(&ctl, command, words) != 0)
		return usage_of(command);
	return run_configured(&ctl, command, path);
}
