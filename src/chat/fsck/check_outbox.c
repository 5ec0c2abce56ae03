/*
 * chat_check_outbox: whether what waits for other realms can be sent: each letter can be read, and
 * has its file. As others write meanwhile, a finding counts only while the letter still waits.
 */
#include "chat/fsck/check_outbox.h"

#include <inttypes.h>
#include <stdio.h>

#include "chat/file/file.h"
#include "chat/key.h"
#include "chat/realm/outbox.h"
#include "chat/realm/peer.h"

#define TEXT_SIZE (NAME_MAX_BYTES + 128)
#define AT_ONCE   64

/* What is looked at together: visiting must not use the store. */
struct batch {
	uint64_t last;    /* the last letter that was looked at */
	uint64_t damaged; /* the first that is none, 0: there is no such */
	struct {
		uint64_t number;
		uint64_t file_id;
	} files[AT_ONCE];
	size_t n;
};

struct check {
	struct chat *chat;
	chat_check_found *report;
	void *arg;
	struct chat_peer peer;
};

static int
look_at(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct batch *batch = arg;

	batch->last = entry->number;
	if (outbound == NULL && batch->damaged == 0)
		batch->damaged = entry->number;
	if (outbound != NULL && outbound->file) {
		batch->files[batch->n].number = entry->number;
		batch->files[batch->n++].file_id = outbound->file_id;
	}
	return batch->n == AT_ONCE;
}

/* A finding, if the letter still waits. 0 or -1. */
static int
say(const struct check *check, uint64_t number, const char *what)
{
	struct chat_outbox_info info;
	char text[TEXT_SIZE];

	if (chat_outbox_info(check->chat, check->peer.id, &info) != CHAT_OK)
		return -1;
	if (number < info.first)
		return 0;
	snprintf(text, sizeof(text), "realm %s: message %" PRIu64 " that waits for it %s",
	    check->peer.name, number, what);
	check->report(check->arg, true, text);
	return 0;
}

/* A file is released after its letter is settled, so who waits has one. */
static int
check_file(const struct check *check, uint64_t number, uint64_t file_id)
{
	struct chat_file file;

	switch (chat_file_get(check->chat, chat_conversation_outbound(file_id),
	    chat_file_enclosed(), &file)) {
	case CHAT_OK:
		return 0;
	case CHAT_NO_FILE:
		return say(check, number, "lacks its file");
	default:
		return -1;
	}
}

static int
check_outbounds(const struct check *check)
{
	struct batch batch = { .last = 0 };
	int result = 0;

	do {
		batch.damaged = batch.n = 0;
		if (chat_outbox_each(check->chat, check->peer.id, batch.last, look_at, &batch) !=
		    CHAT_OK)
			return -1;
		if (batch.damaged != 0)
			result = say(check, batch.damaged, "is damaged");
		for (size_t i = 0; result == 0 && i < batch.n; i++)
			result = check_file(check, batch.files[i].number, batch.files[i].file_id);
	} while (result == 0 && batch.n == AT_ONCE);
	return result;
}

/* Where they differ nothing could be settled any more. */
static int
check_settled(const struct check *check)
{
	unsigned char key[CHAT_KEY_STATE];
	struct chat_outbox_info info;
	uint64_t before, after;
	char text[TEXT_SIZE];

	chat_key_state(key, CHAT_STATE_RETIRED, check->peer.id);
	if (store_get_number(check->chat->store, STORE_LOG_STATE, key, sizeof(key), &before) !=
	        STORE_OK ||
	    chat_outbox_info(check->chat, check->peer.id, &info) != CHAT_OK ||
	    store_get_number(check->chat->store, STORE_LOG_STATE, key, sizeof(key), &after) !=
	        STORE_OK)
		return -1;
	if (before != after || info.first == after + 1)
		return 0;
	snprintf(text, sizeof(text),
	    "realm %s: %" PRIu64 " messages are settled, but %" PRIu64 " is the oldest kept",
	    check->peer.name, after, info.first);
	check->report(check->arg, true, text);
	return 0;
}

int
chat_check_outboxes(struct chat *chat, chat_check_found *report, void *arg)
{
	struct check check = { .chat = chat, .report = report, .arg = arg };
	struct chat_set names = chat_peer_names();
	uint32_t n;

	if (chat_set_count(chat, &names, &n) != STORE_OK)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (chat_peer_at(chat, i, &check.peer) != CHAT_OK)
			continue; /* chat_check_peer says more */
		if (check_outbounds(&check) != 0 || check_settled(&check) != 0)
			return -1;
	}
	return 0;
}
