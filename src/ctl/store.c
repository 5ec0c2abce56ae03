/*
 * ctl_store: has the store throw away what is due, and write its tables anew.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/janitor.h"
#include "ctl/ctl.h"
#include "store/store_admin.h"

int
ctl_store_janitor(struct ctl *ctl)
{
	struct chat_janitor done;
	enum chat_result result = chat_janitor_run(&ctl->chat, &done);

	if (result != CHAT_OK)
		return ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
	ctl_say(ctl,
	    "%" PRIu64 " messages trimmed, %zu tokens expired, %zu files of logs given back\n"
	    "%zu files of users removed, %zu contents of files\n"
	    "%zu invitations removed, %zu guests\n",
	    done.messages, done.tokens, done.files, done.sent_files, done.blobs, done.invitations,
	    done.guests);
	ctl_report_int(ctl, "messages", (int64_t)done.messages);
	ctl_report_int(ctl, "tokens", (int64_t)done.tokens);
	ctl_report_int(ctl, "log_files", (int64_t)done.files);
	ctl_report_int(ctl, "files", (int64_t)done.sent_files);
	ctl_report_int(ctl, "contents", (int64_t)done.blobs);
	ctl_report_int(ctl, "invitations", (int64_t)done.invitations);
	ctl_report_int(ctl, "guests", (int64_t)done.guests);
	return CTL_OK;
}

int
ctl_store_compact(struct ctl *ctl)
{
	enum chat_result result = chat_from_store(store_compact(ctl->chat.store));

	return result == CHAT_OK ? CTL_OK : ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
}
