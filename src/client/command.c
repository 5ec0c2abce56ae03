/* client_command: one table of commands; it knows their options, and how many operands they take.
 */
#include "client/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client/i18n.h"
#include "client/output.h"
#include "client/screen/screen.h"

#define ANY SIZE_MAX

struct command {
	const char *name;
	const char *part; /* the second word of its name, or NULL */
	const char *arguments;
	const char *options; /* besides those of all commands */
	size_t least;
	size_t most;
	bool text; /* words behind the first operand are a text, also those that begin with "-" */
	int (*run)(struct client_call *);
};

static const struct command commands[] = {
	{ "login", NULL, "[user@]host[:port]", "tpfd", 0, 1, false, client_login },
	{ "logout", NULL, "[SESSION]", "", 0, 1, false, client_logout },
	{ "register", NULL, "user@host[:port] [NAME [COUNTRY]]", "tpfdi", 1, 3, false,
	    client_register },
	{ "passwd", NULL, "", "", 0, 0, false, client_passwd },
	{ "sessions", NULL, "", "", 0, 0, false, client_sessions },
	{ "send", NULL, "WHO [TEXT|-]", "", 1, ANY, true, client_send },
	{ "inbox", NULL, "[-r REALM]", "r", 0, 0, false, client_inbox },
	{ "history", NULL, "WHO [-n COUNT] [--before ID | --after ID]", "nBA", 1, 1, false,
	    client_history },
	{ "conversations", NULL, "", "", 0, 0, false, client_conversations },
	{ "follow", NULL, "[-x PROGRAM]", "x", 0, 0, false, client_follow },
	{ "who", NULL, "", "", 0, 0, false, client_who_online },
	{ "info", NULL, "WHO", "", 1, 1, false, client_info },
	{ "group", "add", "GROUP", "", 1, 1, false, client_group_add },
	{ "group", "join", "GROUP", "", 1, 1, false, client_group_join },
	{ "group", "leave", "GROUP", "", 1, 1, false, client_group_leave },
	{ "group", "list", "[all]", "", 0, 1, false, client_group_list },
	{ "group", "members", "GROUP", "", 1, 1, false, client_group_members },
	{ "file", "send", "WHO PATH ...", "", 2, ANY, false, client_file_send },
	{ "file", "list", "[WHO]", "", 0, 1, false, client_file_list },
	{ "file", "get", "WHO NAME [-o PATH]", "o", 2, 2, false, client_file_get },
	{ "realm", "list", "", "", 0, 0, false, client_realm_list },
	{ "realm", "add", "REALM [HOST PORT]", "", 1, 3, false, client_realm_add },
};
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* Letters without a value are flags; capital letters have no short form. */
static const struct option long_options[] = {
	{ "account", required_argument, NULL, 'a' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "tls", no_argument, NULL, 't' },
	{ "plain", no_argument, NULL, 'p' },
	{ "fingerprint", required_argument, NULL, 'f' },
	{ "dialect", required_argument, NULL, 'd' },
	{ "invitation", required_argument, NULL, 'i' },
	{ "count", required_argument, NULL, 'n' },
	{ "before", required_argument, NULL, 'B' },
	{ "after", required_argument, NULL, 'A' },
	{ "exec", required_argument, NULL, 'x' },
	{ "output", required_argument, NULL, 'o' },
	{ "realm", required_argument, NULL, 'r' },
	{ NULL, 0, NULL, 0 },
};
#define SHORT_OPTIONS "a:jhVn:x:o:r:"
#define OPTIONS_ALL   "ajhV"

static void
print_usage(FILE *file)
{
	fprintf(file, "%s\n",
	    _("usage: kabar [-a ACCOUNT] [-j] COMMAND [OPTION ...] [ARGUMENT ...]"));
	fprintf(file, "       kabar [-a ACCOUNT] %s\n", _("(on a terminal: the screen)"));
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(file, "       kabar %s%s%s %s\n", commands[i].name,
		    commands[i].part == NULL ? "" : " ",
		    commands[i].part == NULL ? "" : commands[i].part, commands[i].arguments);
	fprintf(file, "%s\n",
	    _("login and register also take --tls or --plain, --fingerprint SHA256:HEX and "
	      "--dialect NAME"));
}

static int
fail_usage(void)
{
	print_usage(stderr);
	return EX_USAGE;
}

/*
 * Reads options up to the first operand, or also those behind operands. What is left of the words
 * begins at optind. False after a complaint.
 */
static bool
read_options(struct client_call *call, int argc, char **argv, bool mixed)
{
	int letter;

	optind = 0; /* glibc's and musl's way to begin anew */
	while ((letter = getopt_long(argc, argv, mixed ? SHORT_OPTIONS : "+" SHORT_OPTIONS,
	            long_options, NULL)) != -1) {
		if (letter == '?' || letter == ':')
			return false;
		call->options[letter] = optarg == NULL ? "" : optarg;
	}
	return true;
}

/* Whether all options that were given are those of this command. */
static bool
takes_options(const struct client_call *call, const char *options)
{
	for (int letter = 1; letter < 128; letter++)
		if (call->options[letter] != NULL && strchr(options, letter) == NULL &&
		    strchr(OPTIONS_ALL, letter) == NULL)
			return false;
	return true;
}

/* The command that the words begin with; *words is how many of them are its name. */
static const struct command *
find_command(char **argv, int argc, int *words)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct command *command = &commands[i];

		*words = command->part == NULL ? 1 : 2;
		if (argc >= *words && strcmp(argv[0], command->name) == 0 &&
		    (command->part == NULL || strcmp(argv[1], command->part) == 0))
			return command;
	}
	return NULL;
}

static int
run_command(struct client_call *call, const struct command *command)
{
	char error[512];
	int status, flushed;

	if (client_settings_load(&call->settings, error, sizeof(error)) != 0)
		return client_output_error(EX_CONFIG, "%s", error);
	call->json = call->options['j'] != NULL;
	status = command->run(call);
	flushed = client_output_flush();
	client_session_close(&call->session);
	explicit_bzero(call->session.account.token, sizeof(call->session.account.token));
	return status != 0 ? status : flushed;
}

/* Without a command, on a terminal: the screen. */
static int
run_screen(struct client_call *call)
{
	struct client_account *account = &call->session.account;
	const struct client_settings_account *written;
	char error[512], fingerprint[CLIENT_FINGERPRINT];
	int status;

	if (client_settings_load(&call->settings, error, sizeof(error)) != 0)
		return client_output_error(EX_CONFIG, "%s", error);
	status = client_find_account(call);
	if (status != 0)
		return status;
	written = client_settings_find(&call->settings, account->name);
	if (written != NULL && account->token[0] == '\0' && written->account.host[0] != '\0') {
		*account = written->account;
		account->tls = !written->tls_told || written->account.tls;
	}
	client_settings_fingerprint(&call->settings, account, fingerprint);
	return client_screen_run(&call->settings, account,
	    fingerprint[0] != '\0' ? fingerprint : NULL);
}

int
client_command_run(int argc, char **argv)
{
	static struct client_call call; /* large, and one is all there is */
	const struct command *command;
	int words;

	if (!read_options(&call, argc, argv, false))
		return fail_usage();
	if (call.options['h'] != NULL) {
		print_usage(stdout);
		return client_output_flush();
	}
	if (call.options['V'] != NULL) {
		puts(PACKAGE_STRING);
		return client_output_flush();
	}
	argc -= optind;
	argv += optind;
	if (argc == 0 && call.options['j'] == NULL && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return run_screen(&call);
	command = find_command(argv, argc, &words);
	if (command == NULL)
		return fail_usage();
	/* getopt takes the word before the first for the program's name. */
	argc -= words - 1;
	argv += words - 1;
	if (!read_options(&call, argc, argv, !command->text) ||
	    !takes_options(&call, command->options))
		return fail_usage();
	call.operands = argv + optind;
	call.n_operands = (size_t)(argc - optind);
	if (call.n_operands < command->least || call.n_operands > command->most)
		return fail_usage();
	return run_command(&call, command);
}
