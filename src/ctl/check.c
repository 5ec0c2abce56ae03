/*
 * ctl_check: tells the administrator what store_check and chat_check find.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/fsck/check.h"
#include "ctl/ctl.h"
#include "store/store_admin.h"

struct findings {
	unsigned int lost;
	unsigned int warnings;
};

static void
print_finding(void *arg, bool lost, const char *text)
{
	struct findings *findings = arg;

	*(lost ? &findings->lost : &findings->warnings) += 1;
	printf("%s: ", lost ? "LOST" : "warning");
	ctl_print(text);
	putchar('\n');
}

static void
print_sum(const struct chat_check_counts *counts, const struct findings *findings)
{
	printf("%" PRIu64 " users, %" PRIu64 " groups, %" PRIu64 " messages: ", counts->users,
	    counts->groups, counts->messages);
	if (findings->lost > 0)
		printf("%u LOST", findings->lost);
	else
		printf("sound");
	if (findings->warnings > 0)
		printf(", %u warning%s", findings->warnings, findings->warnings == 1 ? "" : "s");
	putchar('\n');
}

int
ctl_check_realm(struct chat *chat)
{
	struct findings findings = { .lost = 0 };
	struct chat_check_counts counts;
	int in_store = store_check(chat->store, print_finding, &findings);
	int in_chat = chat_check(chat, print_finding, &findings, &counts);

	if (in_store < 0 || in_chat < 0)
		return ctl_error(CTL_UNAVAILABLE, "the store could not be checked to the end");
	print_sum(&counts, &findings);
	return findings.lost > 0 ? CTL_REFUSED : CTL_OK;
}

int
ctl_check(struct ctl *ctl)
{
	int status;

	if (ctl->options['R'] != NULL)
		return ctl_repair(ctl);
	status = ctl_open_realm(ctl);
	if (status != CTL_OK)
		return status;
	status = ctl_check_realm(&ctl->chat);
	chat_close(&ctl->chat);
	return status;
}
