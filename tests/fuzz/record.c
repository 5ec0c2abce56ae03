/*
 * The records of the store: a record is refused, or read and written again as it was. Bytes behind
 * what a record's version has are passed over. The first byte of an input chooses the record, the
 * second is the length of the key, where there is one.
 */
#include <string.h>

#include "chat/ban.h"
#include "chat/block.h"
#include "chat/file/quota.h"
#include "chat/group.h"
#include "chat/history/activity.h"
#include "chat/invitation.h"
#include "chat/invitee.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/realm/outbound.h"
#include "chat/realm/person.h"
#include "chat/realm/receive_state.h"
#include "chat/realm/refusal.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/session.h"
#include "chat/set.h"
#include "chat/user.h"
#include "fuzz.h"
#include "store/int.h"

struct record {
	const uint8_t *key;
	size_t key_len;
	const uint8_t *data;
	size_t len;
};

static unsigned char out[CHAT_OUTBOUND_RECORD];

/* What was written is what was read, up to its end. */
static void
demand_same(const struct record *record, size_t len)
{
	DEMAND(len > 0 && len <= record->len && memcmp(out, record->data, len) == 0);
}

static void
demand_within(const struct record *record, struct chat_text text)
{
	const char *data = (const char *)record->data;

	DEMAND(text.len == 0 ||
	    (text.data >= data && text.data <= data + record->len &&
	        text.len <= record->len - (size_t)(text.data - data)));
}

/* Flags that nobody knows are not kept, so the second record is compared with the first. */
static void
read_user(const struct record *record)
{
	unsigned char again[CHAT_USER_RECORD];
	struct chat_user user;

	if (!chat_user_parse(&user, 7, record->data, record->len))
		return;
	size_t len = chat_user_pack(out, &user);
	DEMAND(user.id == 7 && chat_user_parse(&user, 7, out, len));
	DEMAND(chat_user_pack(again, &user) == len && memcmp(out, again, len) == 0);
}

static void
read_group(const struct record *record)
{
	struct chat_group group;

	if (chat_group_parse(&group, 7, record->data, record->len))
		demand_same(record, chat_group_pack(out, &group));
}

static void
read_member(const struct record *record)
{
	struct chat_member member;

	if (chat_member_parse(&member, record->data, record->len))
		demand_same(record, chat_member_pack(out, &member));
}

static void
read_invitee(const struct record *record)
{
	struct chat_invitee invitee;

	if (chat_invitee_parse(&invitee, record->data, record->len))
		demand_same(record, chat_invitee_pack(out, &invitee));
}

static void
read_session(const struct record *record)
{
	uint64_t user;

	(void)chat_session_parse(record->data, record->len, &user);
}

static void
read_quota(const struct record *record)
{
	struct chat_quota quota;

	if (record->len > 0 && chat_quota_parse(record->data, record->len, &quota) &&
	    chat_quota_pack(out, &quota) > 0)
		demand_same(record, chat_quota_pack(out, &quota));
}

static void
read_file(const struct record *record)
{
	unsigned char key[CHAT_FILE_KEY];
	struct chat_conversation conversation;
	struct chat_text name;
	struct chat_file file;

	if (!chat_file_parse(record->key, record->key_len, record->data, record->len, &conversation,
	        &name, &file))
		return;
	demand_same(record, chat_file_pack(out, &file));
	DEMAND(chat_file_key(key, conversation, name) == record->key_len);
	DEMAND(memcmp(key, record->key, record->key_len) == 0);
}

static void
read_set(const struct record *record)
{
	struct chat_set_row row;
	unsigned char key[CHAT_SET_KEY];

	chat_set_row(&row, record->key, record->key_len, record->data, record->len);
	if (row.record == CHAT_SET_BAD)
		return;
	DEMAND(chat_set_key(key, &row) == record->key_len);
	DEMAND(memcmp(key, record->key, record->key_len) == 0);
	DEMAND(chat_set_value(out, &row) == record->len);
	DEMAND(record->len == 0 || memcmp(out, record->data, record->len) == 0);
}

/* Flags that nobody knows are not kept. */
static void
read_peer(const struct record *record)
{
	unsigned char again[CHAT_PEER_RECORD];
	struct chat_peer peer;

	if (!chat_peer_parse(&peer, record->data, record->len))
		return;
	size_t len = chat_peer_pack(out, &peer);
	DEMAND(chat_peer_parse(&peer, out, len));
	DEMAND(chat_peer_pack(again, &peer) == len && memcmp(out, again, len) == 0);
}

static void
read_remote_user(const struct record *record)
{
	struct chat_remote_user user;
	unsigned char key[CHAT_REMOTE_USER_KEY];

	switch (chat_remote_user_parse(record->key, record->key_len, record->data, record->len,
	    &user)) {
	case CHAT_REMOTE_USER_NAME:
		DEMAND(
		    chat_remote_user_key(key, user.peer, chat_text(user.name)) == record->key_len);
		break;
	case CHAT_REMOTE_USER_ID:
		demand_same(record, chat_remote_user_pack(out, &user));
		break;
	case CHAT_REMOTE_USER_BAD:
		break;
	}
}

static void
read_block(const struct record *record)
{
	struct chat_block block;
	int64_t since_ms;

	if (chat_block_parse_key(&block, record->key, record->key_len)) {
		DEMAND(block.member == record->key + CHAT_KEY_ID);
		DEMAND(block.member_len == record->key_len - CHAT_KEY_ID);
		DEMAND((block.blocked == 0) == (block.text.len > 0));
	}
	if (chat_block_parse(&since_ms, record->data, record->len))
		demand_same(record, chat_block_pack(out, since_ms));
}

static void
read_remote_log(const struct record *record)
{
	uint64_t destination, peer, log;

	(void)chat_remote_log_is_hint(record->key, record->key_len);
	(void)chat_remote_log_parse(record->key, record->key_len, record->data, record->len,
	    &destination, &peer, &log);
	(void)chat_remote_log_member(record->data, record->len, &peer, &log);
}

static void
read_refusal(const struct record *record)
{
	struct chat_refusal refusal;

	if (chat_refusal_read(&refusal, record->data, record->len))
		demand_same(record, chat_refusal_write(out, &refusal));
}

static void
read_receive_state(const struct record *record)
{
	struct chat_receive_state state;

	if (!chat_receive_state_parse(&state, record->data, record->len))
		return;
	DEMAND(state.n <= CHAT_RECEIVE_EPOCHS);
	chat_receive_state_advance(&state, 1, 2);
	DEMAND(state.n <= CHAT_RECEIVE_EPOCHS && chat_receive_state_have(&state, 1) == 2);
}

static void
read_outbound(const struct record *record)
{
	struct chat_outbound outbound;

	if (chat_outbound_read(&outbound, record->data, record->len) != 0)
		return;
	demand_within(record, outbound.from);
	demand_within(record, outbound.to);
	demand_within(record, outbound.text);
	size_t len = chat_outbound_write(out, sizeof(out), &outbound);
	DEMAND(len > 0 && chat_outbound_read(&outbound, out, len) == 0);
}

static void
read_message(const struct record *record)
{
	struct chat_message message;

	if (chat_message_read(&message, record->data, record->len) != 0)
		return;
	demand_within(record, message.from);
	demand_within(record, message.from_name);
	demand_within(record, message.realm);
	demand_within(record, message.to);
	demand_within(record, message.to_name);
	demand_within(record, message.text);
	demand_within(record, message.tags);
	demand_within(record, message.to_realm);
	size_t len = chat_message_write(out, sizeof(out), &message);
	DEMAND(len > 0 && chat_message_read(&message, out, len) == 0);
}

static void
read_head(const struct record *record)
{
	struct store_head head;

	if (store_head_parse(record->data, record->len, record->key_len, &head) == 0)
		DEMAND(head.first > 0);
}

static void
read_entry(const struct record *record)
{
	struct store_entry_record entry;
	struct pack p;

	if (store_record_parse(&entry, record->data, record->len) != 0)
		return;
	DEMAND(entry.n > 0 && entry.n <= STORE_ENTRY_LOGS);
	DEMAND(entry.at + entry.places[0].len == record->len);
	pack_init(&p, out, sizeof(out));
	store_record_pack(&p, entry.places, entry.n);
	DEMAND(p.len == entry.at && memcmp(out, record->data, p.len) == 0);
}

static void
read_person(const struct record *record)
{
	struct chat_person person;
	json_t *object = json_loadb((const char *)record->data, record->len, 0, NULL);
	struct json_out_buffer buffer = { .text = (char *)out, .size = sizeof(out) };
	struct json_out json;

	if (chat_person_read(&person, object)) {
		json_t *again;

		json_out_init(&json, json_out_fill, &buffer);
		chat_person_write(&json, &person);
		DEMAND(json_out_error(&json) == 0);
		again = json_loadb(buffer.text, buffer.len, 0, NULL);
		DEMAND(chat_person_read(&person, again));
		json_decref(again);
	}
	json_decref(object);
}

static void
read_invitation(const struct record *record)
{
	static struct chat_invitation invitation;

	if (!chat_invitation_parse(&invitation, record->data, record->len))
		return;
	DEMAND(invitation.n <= invitation.uses && invitation.uses <= CHAT_INVITATION_USES);
	DEMAND(memchr(invitation.note, '\0', sizeof(invitation.note)) != NULL);
	demand_same(record, chat_invitation_pack(out, &invitation));
}

static void
read_bans(const struct record *record)
{
	static struct chat_bans bans;

	if (chat_ban_parse(&bans, record->data, record->len))
		demand_same(record, chat_ban_pack(out, &bans));
}

static void
read_activity(const struct record *record)
{
	struct chat_activity activity;

	if (chat_activity_read(&activity, record->data, record->len) == 0)
		demand_same(record, chat_activity_write(out, &activity));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const readers[])(const struct record *) = { read_user, read_group,
		read_member, read_session, read_quota, read_file, read_set, read_peer,
		read_remote_user, read_remote_log, read_refusal, read_receive_state, read_outbound,
		read_message, read_head, read_entry, read_person, read_block, read_invitation,
		read_invitee, read_bans, read_activity };
	struct record record;

	if (size < 2 || data[1] > size - 2)
		return 0;
	record.key = data + 2;
	record.key_len = data[1];
	record.data = record.key + record.key_len;
	record.len = size - 2 - record.key_len;
	readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](&record);
	return 0;
}
