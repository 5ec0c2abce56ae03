/*
 * ctl_check: tells the administrator what chat_fsck finds, or what it repaired.
 */
#include <inttypes.h>

#include "chat/fsck/fsck.h"
#include "ctl/ctl.h"
#include "store/fsck/fsck.h"

struct findings {
	struct ctl *ctl;
	unsigned int lost;
	unsigned int warnings;
};

static void
add_finding(void *arg, const struct store_finding *finding)
{
	struct findings *findings = arg;
	bool lost = finding->class >= STORE_FOUND_DAMAGED;

	*(lost ? &findings->lost : &findings->warnings) += 1;
	ctl_finding(findings->ctl, lost ? "LOST" : "warning", finding);
}

static void
say_sum(struct ctl *ctl, const struct chat_fsck_counts *counts, const struct findings *findings)
{
	ctl_say(ctl, "%" PRIu64 " users, %" PRIu64 " groups, %" PRIu64 " messages: ", counts->users,
	    counts->groups, counts->messages);
	if (findings->lost > 0)
		ctl_say(ctl, "%u LOST", findings->lost);
	else
		ctl_say(ctl, "sound");
	if (findings->warnings > 0)
		ctl_say(ctl, ", %u warning%s", findings->warnings,
		    findings->warnings == 1 ? "" : "s");
	ctl_say(ctl, "\n");
	ctl_report_int(ctl, "users", (int64_t)counts->users);
	ctl_report_int(ctl, "groups", (int64_t)counts->groups);
	ctl_report_int(ctl, "messages", (int64_t)counts->messages);
	ctl_report_int(ctl, "lost", findings->lost);
	ctl_report_int(ctl, "warnings", findings->warnings);
}

int
ctl_check_realm(struct ctl *ctl, struct chat *chat)
{
	struct findings findings = { .ctl = ctl };
	struct chat_fsck_counts counts;

	ctl_findings_begin(ctl, "findings");
	int result = chat_fsck_check(chat, add_finding, &findings, &counts);
	ctl_findings_end(ctl);
	if (result < 0)
		return ctl_error(CTL_UNAVAILABLE, "the store could not be checked to the end");
	say_sum(ctl, &counts, &findings);
	return findings.lost > 0 ? CTL_REFUSED : CTL_OK;
}

/* Says why the store cannot be opened, if it is for its journal or checkpoint. */
static int
check_closed(struct ctl *ctl)
{
	struct store_options opt = chat_store_options(&ctl->config);
	struct findings findings = { .ctl = ctl };

	ctl_findings_begin(ctl, "findings");
	int result = store_fsck_check_closed(&opt, add_finding, &findings);
	ctl_findings_end(ctl);
	return result;
}

int
ctl_check(struct ctl *ctl)
{
	int status;

	if (ctl->options['R'] != NULL)
		return ctl_repair(ctl);
	if (ctl->options['D'] != NULL)
		return ctl_error(CTL_USAGE, "--dry-run is of use with --repair only");
	status = ctl_open_realm(ctl);
	if (status == CTL_UNAVAILABLE && check_closed(ctl) > 1)
		return CTL_REFUSED;
	if (status != CTL_OK)
		return status;
	status = ctl_check_realm(ctl, &ctl->chat);
	chat_close(&ctl->chat);
	return status;
}
