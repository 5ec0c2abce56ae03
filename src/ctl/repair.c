/*
 * ctl_repair: puts a damaged realm right and says what was repaired and what is lost; or says what
 * a repair would do. The rules are left to store_fsck and chat_fsck.
 */
#include "chat/fsck/fsck.h"
#include "ctl/ctl.h"
#include "ctl/hold.h"
#include "store/fsck/fsck.h"
#include "store/store_admin.h"

#define ERROR_MAX 8192

struct repair {
	struct ctl *ctl;
	struct chat chat; /* not open: its configuration says where the contents of files are */
	struct store_fsck fsck;
};

static void
add_repair(void *arg, const struct store_finding *finding)
{
	const struct repair *repair = arg;
	const char *label = repair->fsck.dry ? "to repair" : "repaired";

	if (finding->class == STORE_FOUND_LOST)
		label = "LOST";
	else if (finding->class == STORE_FOUND_WARNING)
		label = "warning";
	ctl_finding(repair->ctl, label, finding);
}

static size_t
count_repairs(const struct repair *repair)
{
	return repair->fsck.found[STORE_FOUND_STALE] + repair->fsck.found[STORE_FOUND_DAMAGED];
}

/* Repairs with the store open, when its files are in order. */
static int
repair_open(struct repair *repair)
{
	struct ctl *ctl = repair->ctl;
	struct store_fsck *fsck = &repair->fsck;
	struct chat_fsck_counts counts;
	char error[ERROR_MAX];
	int status = CTL_OK;

	if (chat_open(&ctl->chat, &ctl->config, error, sizeof(error)) != 0)
		return ctl_unavailable(&ctl->config, error);
	if (store_map(ctl->chat.store, true) != 0 ||
	    (!fsck->dry && store_fsck_begin(fsck, ctl->chat.store) != 0) ||
	    store_fsck_logs(fsck, ctl->chat.store) != 0 ||
	    chat_fsck_repair(&ctl->chat, fsck, &counts) != 0 ||
	    (!fsck->dry && store_fsck_end(fsck, ctl->chat.store) != 0))
		status = ctl_error(CTL_UNAVAILABLE, "%s",
		    fsck->dry ? "the store could not be read to the end"
		              : "the repair failed half-way; what was done can stay, and it can be "
		                "begun anew");
	chat_close(&ctl->chat);
	return status;
}

static int
repair_all(struct repair *repair)
{
	char error[ERROR_MAX];
	bool openable;

	if (store_fsck_files(&repair->fsck, &openable, error, sizeof(error)) != 0)
		return ctl_error(CTL_UNAVAILABLE, "%s", error);
	if (openable)
		return repair_open(repair);
	ctl_say(repair->ctl, "what else there is to repair shows when these files are repaired\n");
	return CTL_OK;
}

/* The check has the last word. */
static int
check_repaired(struct repair *repair)
{
	struct ctl *ctl = repair->ctl;
	char error[ERROR_MAX];
	int status;

	if (chat_open(&ctl->chat, &ctl->config, error, sizeof(error)) != 0)
		return ctl_unavailable(&ctl->config, error);
	if (store_fsck_result(&repair->fsck) == 0)
		ctl_say(ctl, "nothing was repaired\n");
	status = ctl_check_realm(ctl, &ctl->chat);
	chat_close(&ctl->chat);
	return status;
}

static void
say_plan(struct repair *repair)
{
	size_t repairs = count_repairs(repair), lost = repair->fsck.found[STORE_FOUND_LOST];

	ctl_say(repair->ctl, "%zu to repair, %zu LOST: nothing was changed\n", repairs, lost);
	ctl_report_int(repair->ctl, "to_repair", (int64_t)repairs);
	ctl_report_int(repair->ctl, "lost", (int64_t)lost);
}

static int
repair_held(struct repair *repair)
{
	int status;

	ctl_findings_begin(repair->ctl, "repairs");
	status = repair_all(repair);
	ctl_findings_end(repair->ctl);
	if (status == CTL_OK && repair->fsck.dry)
		say_plan(repair);
	else if (status == CTL_OK)
		status = check_repaired(repair);
	if (status == CTL_OK && repair->fsck.found[STORE_FOUND_LOST] > 0)
		status = CTL_REFUSED;
	return status;
}

int
ctl_repair(struct ctl *ctl)
{
	struct store_options opt;
	struct repair repair = { .ctl = ctl, .chat.config = &ctl->config };
	struct ctl_hold hold = { .master = -1, .committer = -1 };
	int status = ctl_become(&ctl->config);

	if (status != CTL_OK)
		return status;
	opt = chat_store_options(&ctl->config);
	repair.fsck = (struct store_fsck){ .opt = &opt,
		.dry = ctl->options['D'] != NULL,
		.report = add_repair,
		.arg = &repair,
		.judge = chat_fsck_judge,
		.judge_arg = &repair.chat,
		.has_id = chat_fsck_has_id };
	status = ctl_hold_take(ctl, &hold);
	if (status == CTL_OK)
		status = repair_held(&repair);
	store_fsck_free(&repair.fsck);
	ctl_hold_drop(ctl, &hold);
	return status;
}
