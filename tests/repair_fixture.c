/* repair_fixture: what the tests of repairs share. See repair_fixture.h. */
#include "repair_fixture.h"

#include <stdio.h>

#include "chat/fsck/fsck.h"
#include "chat/realm/outbound.h"

struct store_options repair_opt;

void
repair_take_options(void)
{
	repair_opt = fixture_options(file_config.state);
	repair_opt.log_file_size = REPAIR_LOG_SIZE;
}

void
repair_open(void)
{
	file_chat.store = fixture_open(&repair_opt);
}

void
repair_close(void)
{
	store_close(file_chat.store);
	file_chat.store = NULL;
}

static bool
repair_records(struct store_fsck *fsck)
{
	struct chat_fsck_counts counts;

	return store_fsck_begin(fsck, file_chat.store) == 0 &&
	    store_fsck_logs(fsck, file_chat.store) == 0 &&
	    chat_fsck_repair(&file_chat, fsck, &counts) == 0 &&
	    store_fsck_end(fsck, file_chat.store) == 0;
}

bool
repair_run(store_fsck_report *report, void *arg)
{
	struct store_fsck fsck = { .opt = &repair_opt,
		.report = report,
		.arg = arg,
		.judge = chat_fsck_judge,
		.judge_arg = &file_chat,
		.has_id = chat_fsck_has_id };
	char error[512] = "";
	bool openable, done = store_fsck_files(&fsck, &openable, error, sizeof(error)) == 0;

	if (done) {
		repair_open();
		done = repair_records(&fsck);
		repair_close();
	} else {
		fprintf(stderr, "%s\n", error);
	}
	store_fsck_free(&fsck);
	return done;
}

void
repair_send_abroad(const char *text)
{
	struct chat_peer peer;
	struct chat_outbound outbound = { .kind = CHAT_OUTBOUND_USER,
		.from_id = messi.user.id,
		.from = chat_text("messi"),
		.from_name = chat_text("Lionel Messi"),
		.to = chat_text("halim"),
		.text = chat_text(text) };
	uint64_t id;

	ck_assert_int_eq(chat_peer_find(&file_chat, chat_text("malang"), &peer), CHAT_OK);
	ck_assert_int_eq(chat_outbound_put(&file_chat, &peer, &outbound, &id), CHAT_OK);
}
