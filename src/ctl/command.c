/*
 * ctl_command: finds the command in the table, counts and sorts its words, reads the configuration,
 * becomes its user, opens the store and prints what the command has done.
 */
#include "ctl/command.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

#define ERROR_MAX 1024

struct command {
	const char *name; /* one word, or two */
	ctl_command *run;
	const char *usage;   /* what follows the name, but for -j */
	const char *options; /* besides j; letters, those with an argument followed by a colon */
	int least, most;     /* arguments that are no options */
	bool as_root;        /* becomes the user by itself, and opens the store if it has to */
	bool shows;          /* with -j it prints JSON of its own, and no report */
	int lost;            /* the status when the configuration is wrong, 0: CTL_CONFIG */
};

static const struct command commands[] = {
	{ .name = "init", .run = ctl_init, .as_root = true },
	{ .name = "user add",
	    .run = ctl_user_add,
	    .usage = " NAME [-n FULLNAME] [-C COUNTRY] [-a]",
	    .options = "n:C:a",
	    .least = 1,
	    .most = 1 },
	{ .name = "user list", .run = ctl_user_list, .shows = true },
	{ .name = "user show",
	    .run = ctl_user_show,
	    .usage = " NAME",
	    .least = 1,
	    .most = 1,
	    .shows = true },
	{ .name = "user passwd", .run = ctl_user_passwd, .usage = " NAME", .least = 1, .most = 1 },
	{ .name = "user lock", .run = ctl_user_lock, .usage = " NAME", .least = 1, .most = 1 },
	{ .name = "user unlock", .run = ctl_user_unlock, .usage = " NAME", .least = 1, .most = 1 },
	{ .name = "user quota",
	    .run = ctl_user_quota,
	    .usage = " NAME SIZE|default",
	    .least = 2,
	    .most = 2 },
	{ .name = "user admin",
	    .run = ctl_user_admin,
	    .usage = " NAME on|off",
	    .least = 2,
	    .most = 2 },
	{ .name = "user unblock",
	    .run = ctl_user_unblock,
	    .usage = " NAME WHO",
	    .least = 2,
	    .most = 2 },
	{ .name = "user del", .run = ctl_user_del, .usage = " NAME", .least = 1, .most = 1 },
	{ .name = "group add",
	    .run = ctl_group_add,
	    .usage = " NAME OWNER",
	    .least = 2,
	    .most = 2 },
	{ .name = "group join",
	    .run = ctl_group_join,
	    .usage = " NAME USER",
	    .least = 2,
	    .most = 2 },
	{ .name = "group leave",
	    .run = ctl_group_leave,
	    .usage = " NAME USER",
	    .least = 2,
	    .most = 2 },
	{ .name = "group invite",
	    .run = ctl_group_invite,
	    .usage = " NAME USER [off]",
	    .least = 2,
	    .most = 3 },
	{ .name = "group private",
	    .run = ctl_group_choose,
	    .usage = " NAME on|off",
	    .least = 2,
	    .most = 2 },
	{ .name = "group history",
	    .run = ctl_group_choose,
	    .usage = " NAME open|closed",
	    .least = 2,
	    .most = 2 },
	{ .name = "group files",
	    .run = ctl_group_choose,
	    .usage = " NAME owner|members",
	    .least = 2,
	    .most = 2 },
	{ .name = "group moderated",
	    .run = ctl_group_choose,
	    .usage = " NAME on|off",
	    .least = 2,
	    .most = 2 },
	{ .name = "group topics",
	    .run = ctl_group_choose,
	    .usage = " NAME operators|members",
	    .least = 2,
	    .most = 2 },
	{ .name = "group secret",
	    .run = ctl_group_choose,
	    .usage = " NAME on|off",
	    .least = 2,
	    .most = 2 },
	{ .name = "group key",
	    .run = ctl_group_choose,
	    .usage = " NAME KEY|off",
	    .least = 2,
	    .most = 2 },
	{ .name = "group limit",
	    .run = ctl_group_choose,
	    .usage = " NAME NUMBER|off",
	    .least = 2,
	    .most = 2 },
	{ .name = "group topic",
	    .run = ctl_group_topic,
	    .usage = " NAME TEXT",
	    .least = 2,
	    .most = 2 },
	{ .name = "group operator",
	    .run = ctl_group_role,
	    .usage = " NAME USER [off]",
	    .least = 2,
	    .most = 3 },
	{ .name = "group voice",
	    .run = ctl_group_role,
	    .usage = " NAME USER [off]",
	    .least = 2,
	    .most = 3 },
	{ .name = "group ban",
	    .run = ctl_group_ban,
	    .usage = " NAME MASK [off]",
	    .least = 2,
	    .most = 3 },
	{ .name = "group list", .run = ctl_group_list, .shows = true },
	{ .name = "group show",
	    .run = ctl_group_show,
	    .usage = " NAME",
	    .least = 1,
	    .most = 1,
	    .shows = true },
	{ .name = "group del", .run = ctl_group_del, .usage = " NAME", .least = 1, .most = 1 },
	{ .name = "invite",
	    .run = ctl_invitation_make,
	    .usage = " [-n USES] [-e DURATION] [-m NOTE]",
	    .options = "n:e:m:" },
	{ .name = "invites", .run = ctl_invitation_list, .shows = true },
	{ .name = "uninvite",
	    .run = ctl_invitation_remove,
	    .usage = " CODE|ID",
	    .least = 1,
	    .most = 1 },
	{ .name = "realm", .run = ctl_realm, .as_root = true, .shows = true },
	{ .name = "peer list", .run = ctl_peer_list, .shows = true },
	{ .name = "queue list",
	    .run = ctl_queue_list,
	    .usage = " [REALM]",
	    .most = 1,
	    .shows = true },
	{ .name = "queue flush", .run = ctl_queue_flush, .usage = " [REALM]", .most = 1 },
	{ .name = "queue drop", .run = ctl_queue_drop, .usage = " REALM", .least = 1, .most = 1 },
	{ .name = "who", .run = ctl_connection_list, .shows = true },
	{ .name = "broadcast",
	    .run = ctl_broadcast,
	    .usage = " TEXT [-o]",
	    .options = "o",
	    .least = 1,
	    .most = 1 },
	{ .name = "stats", .run = ctl_stats, .usage = " [-p]", .options = "p", .shows = true },
	{ .name = "kick", .run = ctl_connection_kick, .usage = " NAME", .least = 1, .most = 1 },
	{ .name = "status",
	    .run = ctl_master_status,
	    .as_root = true,
	    .shows = true,
	    .lost = CTL_STATUS_UNKNOWN },
	{ .name = "reload", .run = ctl_master_reload, .as_root = true, .lost = CTL_REFUSED },
	{ .name = "upgrade", .run = ctl_master_upgrade, .as_root = true },
	{ .name = "stop", .run = ctl_master_stop, .as_root = true },
	{ .name = "check",
	    .run = ctl_check,
	    .usage = " [--repair] [--dry-run]",
	    .options = "RD",
	    .as_root = true },
	{ .name = "janitor", .run = ctl_store_janitor },
	{ .name = "compact", .run = ctl_store_compact },
	{ .name = "backup",
	    .run = ctl_backup,
	    .usage = " FILE",
	    .least = 1,
	    .most = 1,
	    .as_root = true },
	{ .name = "export",
	    .run = ctl_transfer_export,
	    .usage = " [FILE]",
	    .most = 1,
	    .as_root = true },
	{ .name = "import",
	    .run = ctl_transfer_import,
	    .usage = " [FILE] [-s]",
	    .options = "s",
	    .most = 1,
	    .as_root = true },
	{ .name = "restore",
	    .run = ctl_restore,
	    .usage = " FILE [-m]",
	    .options = "m",
	    .least = 1,
	    .most = 1,
	    .as_root = true },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_usage(FILE *out, const char *lead, const struct command *command)
{
	fprintf(out, "%-6s kabarctl [-c FILE] %s%s [-j]\n", lead, command->name,
	    command->usage == NULL ? "" : command->usage);
}

/* The end of the first word in text if it is this word, else NULL. */
static const char *
skip_word(const char *text, const char *word)
{
	size_t len = strcspn(text, " ");

	return strlen(word) == len && strncmp(text, word, len) == 0 ? text + len : NULL;
}

void
ctl_command_usage(FILE *out, const char *word)
{
	const char *lead = "usage:";

	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (word != NULL && skip_word(commands[i].name, word) == NULL)
			continue;
		print_usage(out, lead, &commands[i]);
		lead = "";
	}
	if (word == NULL)
		fprintf(out, "%-6s kabarctl -h | -V\n", lead);
}

/* Options that are written out, because a mistyped letter would do harm. */
static const struct {
	const char *word;
	char letter; /* that stands for it in the table of commands */
} long_options[] = { { "--repair", 'R' }, { "--dry-run", 'D' } };

static int
take_long_option(struct ctl *ctl, const char *known, const char *word)
{
	for (size_t i = 0; i < sizeof(long_options) / sizeof(long_options[0]); i++) {
		if (strcmp(long_options[i].word, word) != 0 ||
		    strchr(known, long_options[i].letter) == NULL)
			continue;
		ctl->options[(unsigned char)long_options[i].letter] = "";
		return 1;
	}
	return ctl_error(-1, "there is no option %s here", word);
}

/* getopt() is not used: whether it finds options behind other words differs between systems. */
int
ctl_command_options(struct ctl *ctl, const char *known, char **words)
{
	if (words[0][1] == '-')
		return take_long_option(ctl, known, words[0]);
	for (const char *at = words[0] + 1; *at != '\0'; at++) {
		const char *option = *at == ':' ? NULL : strchr(known, *at);

		if (option == NULL)
			return ctl_error(-1, "there is no option -%c here", *at);
		if (option[1] != ':') {
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
	char known[16];
	int n = 0, taken;
	bool all = false;

	snprintf(known, sizeof(known), "j%s", command->options == NULL ? "" : command->options);
	while (*words != NULL) {
		if (!all && strcmp(*words, "--") == 0) {
			all = true;
			words++;
		} else if (!all && words[0][0] == '-' && words[0][1] != '\0') {
			taken = ctl_command_options(ctl, known, words);
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
		const char *rest = skip_word(commands[i].name, first);

		if (rest == NULL)
			continue;
		known = true;
		if (*rest == '\0' || (second != NULL && strcmp(rest + 1, second) == 0)) {
			*words += *rest == '\0' ? 1 : 2;
			return &commands[i];
		}
	}
	if (known && second != NULL)
		ctl_error(CTL_USAGE, "there is no command %s %s", first, second);
	else if (first != NULL && !known)
		ctl_error(CTL_USAGE, "there is no command %s", first);
	ctl_command_usage(stderr, known ? first : NULL);
	return NULL;
}

static int
run_opened(struct ctl *ctl, const struct command *command)
{
	int status = command->as_root ? CTL_OK : ctl_open_realm(ctl);

	if (status != CTL_OK)
		return status;
	status = command->run(ctl);
	if (!command->as_root)
		chat_close(&ctl->chat);
	if (!command->shows)
		ctl_report_end(ctl, status);
	return status;
}

static int
run_configured(struct ctl *ctl, const struct command *command, const char *path)
{
	char error[ERROR_MAX];

	if (config_load(&ctl->config, path, error, sizeof(error)) != 0)
		return ctl_error(command->lost == 0 ? CTL_CONFIG : command->lost, "%s", error);
	log_set_level(ctl->config.log_level);
	int status = run_opened(ctl, command);
	config_free(&ctl->config);
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == CTL_OK)
		status = ctl_error(CTL_IO, "standard output: %s", strerror(errno));
	return status;
}

int
ctl_command_run(struct ctl *ctl, char **words, const char *path)
{
	const struct command *command = find_command(&words);

	if (command == NULL)
		return CTL_USAGE;
	if (take_words(ctl, command, words) != 0) {
		print_usage(stderr, "usage:", command);
		return CTL_USAGE;
	}
	ctl->command = command->name;
	ctl->json = ctl->options['j'] != NULL;
	if (ctl->json)
		ctl_error_as_json();
	return run_configured(ctl, command, path);
}
