/*
 * ctl: kabarctl's commands, and how they complain, report and print. A command takes the words that
 * ctl_command has counted and sorted, does its work and returns the exit status; a command that
 * fails has said why. The README of this folder names its files.
 */
#ifndef KABAR_CTL_H
#define KABAR_CTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_out.h"
#include "chat/chat.h"
#include "chat/user.h"
#include "store/fsck/finding.h"

#define CTL_OPERANDS_MAX 3
#define CTL_TIME_SIZE    32

/* Exit statuses beside 0; the numbers are those of sysexits.h. */
enum ctl_status {
	CTL_OK = 0,
	CTL_REFUSED = 1,        /* no such user, or the like; of check: something is lost */
	CTL_STATUS_UNKNOWN = 4, /* of the command status; its other statuses are in ctl_master */
	CTL_USAGE = 64,
	CTL_DATA = 65,        /* the input is wrong */
	CTL_NO_INPUT = 66,    /* a file or the password cannot be read */
	CTL_UNAVAILABLE = 69, /* the store cannot be opened, or failed; a daemon does not answer */
	CTL_UNSURE = 70,      /* it is not known whether the store did it, or will */
	CTL_SYSTEM = 71,      /* no memory, no process */
	CTL_CANNOT_MAKE = 73, /* a file or directory cannot be made */
	CTL_IO = 74,          /* an output took no more */
	CTL_BUSY = 75,        /* another process is at work there: try later */
	CTL_NOT_ALLOWED = 77, /* the user who started kabarctl lacks the right */
	CTL_CONFIG = 78
};

struct ctl {
	struct config config;
	struct chat chat;                           /* open, unless the command opens it itself */
	const char *command;                        /* its name, one word or two */
	const char *operands[CTL_OPERANDS_MAX + 1]; /* NULL behind the last */
	const char *options[128]; /* by letter: its argument, "" when it takes none; NULL: absent */
	bool json;                /* -j: standard output is for a program */
	bool reporting;           /* the report has begun */
	struct json_out report;
};

/*
 * "kabarctl: ..." as one line on standard error; after ctl_error_as_json() as a JSON object with
 * the keys error and status. Returns status.
 */
int ctl_error(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ctl_error_as_json(void);
/* Reports the failure of a verb for a thing, such as "user" "messi". The status; CTL_OK: silent. */
int ctl_result(enum chat_result, const char *kind, const char *name);

/*
 * A command that does something says so in sentences for people, and with -j in a report: one JSON
 * object with the keys command and arguments, and those that are added here. ctl_say() prints
 * nothing with -j, the others nothing without it.
 */
void ctl_say(const struct ctl *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ctl_report_int(struct ctl *, const char *key, int64_t value);
void ctl_report_text(struct ctl *, const char *key, const char *value);
/* The open object, for a value that is none of these; only with -j. */
struct json_out *ctl_report(struct ctl *);
/*
 * A list of findings, each a line that begins with a label; in the report an array under the key,
 * of objects with the keys class and text, and table, record and log where they apply.
 */
void ctl_findings_begin(struct ctl *, const char *key);
void ctl_finding(struct ctl *, const char *label, const struct store_finding *);
void ctl_findings_end(struct ctl *);
/* Ends the report. A command that failed before it had anything to report has none. */
void ctl_report_end(struct ctl *, int status);

/* The user of a name. CTL_OK, or another status having said why. */
int ctl_find_user(struct ctl *, const char *name, struct chat_user *);
/* Whether a new user or group may have the name. CTL_OK, or CTL_REFUSED having said why. */
int ctl_name_check(const char *kind, const char *name);

/*
 * Reads a new password: from the terminal, asked twice and not shown, or else one line of
 * standard input, of which no byte more is taken. CTL_OK, or another status having said why.
 */
int ctl_password_read(char *password, size_t size);

/* Becomes the user of the configuration. CTL_OK, or another status having said why. */
int ctl_become(const struct config *);
/* Complains of a state that cannot be opened. CTL_UNAVAILABLE or CTL_NOT_ALLOWED. */
int ctl_unavailable(const struct config *, const char *error);
/* Becomes the realm's user and opens ctl->chat. CTL_OK, or another status having said why. */
int ctl_open_realm(struct ctl *);
/*
 * Writes a file, durably and under its name only when it is whole. "-" is standard output; a device
 * or a pipe is written to as it is. fill runs with the realm open as its user, for a file in a
 * child, and returns a status.
 */
typedef int ctl_fill(struct ctl *, int fd);
int ctl_file_write(struct ctl *, const char *path, ctl_fill *);

/*
 * Makes the state directory if it is missing, gives it to the user of the configuration, and
 * becomes that user. CTL_OK, or another status having said why.
 */
int ctl_state_make(const struct config *);
/* Looks for damage, prints and reports the findings. The exit status of check. */
int ctl_check_realm(struct ctl *, struct chat *);

/* Prints a text of a user; control characters, which could steer a terminal, are replaced. */
void ctl_print(const char *text);
/* The same, filled up with spaces to a width. */
void ctl_print_cell(const char *text, int width);
/* How many columns of a terminal the text takes. */
int ctl_width(const char *text);
/* Prints a line of a label and a text. */
void ctl_print_field(const char *label, const char *text);
/* Writes a time since 1970 in the local form; "unknown" where there is none. */
void ctl_time(int64_t time_ms, char *text, size_t size);

/* A JSON text on standard output; ctl_json_end ends its line. */
void ctl_json_begin(struct json_out *);
void ctl_json_end(struct json_out *);
/* Writes a string of unknown origin: where it is not UTF-8 each byte beyond ASCII becomes '?'. */
void ctl_json_string(struct json_out *, const char *value, size_t len);
void ctl_json_text(struct json_out *, const char *key, const char *value);

/* The commands; each returns the exit status. */
typedef int ctl_command(struct ctl *);
ctl_command ctl_init, ctl_realm, ctl_stats, ctl_broadcast;
ctl_command ctl_user_add, ctl_user_del, ctl_user_passwd, ctl_user_lock, ctl_user_unlock;
ctl_command ctl_user_unblock, ctl_user_quota, ctl_user_admin, ctl_user_list, ctl_user_show;
ctl_command ctl_group_add, ctl_group_del, ctl_group_join, ctl_group_leave;
ctl_command ctl_group_choose, ctl_group_invite;
ctl_command ctl_group_topic, ctl_group_role, ctl_group_ban;
ctl_command ctl_group_list, ctl_group_show;
ctl_command ctl_invitation_make, ctl_invitation_list, ctl_invitation_remove;
ctl_command ctl_peer_list, ctl_queue_list, ctl_queue_flush, ctl_queue_drop;
ctl_command ctl_connection_list, ctl_connection_kick;
ctl_command ctl_master_status, ctl_master_reload, ctl_master_upgrade, ctl_master_stop;
ctl_command ctl_check, ctl_repair, ctl_store_janitor, ctl_store_compact;
ctl_command ctl_backup, ctl_restore, ctl_transfer_export, ctl_transfer_import;

#endif
