/*
 * ctl_repair: puts a damaged realm right and says what was repaired and what is lost. What can be
 * saved is up to store_repair and chat_repair.
 */
#include "chat/fsck/repair.h"
#include "chat/fsck/check.h"
#include "ctl/ctl.h"
#include "ctl/hold.h"
#include "store/store_admin.h"

#define ERROR_MAX 8192

struct outcome {
	struct ctl *ctl;
	struct chat chat; /* not open: its configuration says where the contents of files are */
	unsigned int repaired;
	unsigned int lost;
};

static void
add_outcome(void *arg, const struct store_finding *finding)
{
	static const char *const classes[] = { "warning", "repaired", "repaired", "lost" };
	struct outcome *outcome = arg;

	outcome->repaired +=
	    finding->class == STORE_FOUND_STALE || finding->class == STORE_FOUND_DAMAGED;
	outcome->lost += finding->class == STORE_FOUND_LOST;
	ctl_finding(outcome->ctl, classes[finding->class], finding->text);
}

static bool
judge(void *arg, const void *data, size_t len)
{
	struct outcome *outcome = arg;

	return chat_repair_judge(&outcome->chat, data, len);
}

/* What can be done with the store open, when its files are in order. */
static int
repair_open(struct ctl *ctl, struct store_fsck *fsck)
{
	char error[ERROR_MAX];
	int status = CTL_OK;

	if (chat_open(&ctl->chat, &ctl->config, error, sizeof(error)) != 0)
		return ctl_unavailable(&ctl->config, error);
	if (store_map(ctl->chat.store, true) != 0 || store_fsck_begin(fsck, ctl->chat.store) != 0 ||
	    store_fsck_logs(fsck, ctl->chat.store) != 0 || chat_repair(&ctl->chat, fsck) != 0)
		status = ctl_error(CTL_UNAVAILABLE,
		    "the repair failed half-way; what was done can stay, and it can be begun anew");
	chat_close(&ctl->chat);
	return status;
}

static int
repair_all(struct ctl *ctl, struct outcome *outcome)
{
	struct store_options opt = chat_store_options(&ctl->config);
	struct store_fsck fsck = { .opt = &opt,
		.report = add_outcome,
		.arg = outcome,
		.judge = judge };
	char error[ERROR_MAX];
	bool openable;
	int status = CTL_OK;

	if (store_fsck_files(&fsck, &openable, error, sizeof(error)) != 0)
		status = ctl_error(CTL_UNAVAILABLE, "%s", error);
	if (status == CTL_OK)
		status = repair_open(ctl, &fsck);
	store_fsck_free(&fsck);
	return status;
}

/* The check has the last word. */
static int
check(struct ctl *ctl, const struct outcome *outcome)
{
	char error[ERROR_MAX];
	int status;

	if (chat_open(&ctl->chat, &ctl->config, error, sizeof(error)) != 0)
		return ctl_unavailable(&ctl->config, error);
	if (outcome->repaired + outcome->lost == 0)
		ctl_say(ctl, "nothing was repaired\n");
	status = ctl_check_realm(ctl, &ctl->chat);
	chat_close(&ctl->chat);
	return status == CTL_OK && outcome->lost > 0 ? CTL_REFUSED : status;
}

int
ctl_repair(struct ctl *ctl)
{
	struct outcome outcome = { .ctl = ctl, .chat.config = &ctl->config };
	struct ctl_hold hold = { .master = -1, .committer = -1 };
	int status = ctl_become(&ctl->config);

	if (status != CTL_OK)
		return status;
	status = ctl_hold_take(ctl, &hold);
	ctl_findings_begin(ctl, "repairs");
	if (status == CTL_OK)
		status = repair_all(ctl, &outcome);
	ctl_findings_end(ctl);
	if (status == CTL_OK)
		status = check(ctl, &outcome);
	ctl_hold_drop(ctl, &hold);
	return status;
}
