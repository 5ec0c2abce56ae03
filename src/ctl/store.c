/*
 * ctl_store: what keeps a store in shape: throwing away what is due, writing the tables anew.
 */
#include <inttypes.h>
#include <stdio.h>

#include "chat/janitor.h"
#include "ctl/ctl.h"
#include "store/store_admin.h"

int
ctl_janitor(struct ctl *ctl)
{
	struct chat_janitor done;
	enum chat_result result = chat_janitor_run(&ctl->chat, &done);

	if (result != CHAT_OK)
		return ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
	printf("%" PRIu64 " messages trimmed, %zu tokens expired, %zu files of logs given back\n",
	    done.messages, done.tokens, done.files);
	printf("%zu files of users removed, %zu contents of files\n", done.sent_files, done.bodies);
	return CTL_OK;
}

int
ctl_compact(struct ctl *ctl)
{
	enum chat_result result = chat_from_store(store_compact(ctl->chat.store));

	return result == CHAT_OK ? CTL_OK : ctl_error(CTL_UNAVAILABLE, "%s", chat_strerror(result));
}
