/*
 * What the committer is sent: whole requests, which it reads, judges and does. The first byte of an
 * input says who sends them: 0 nobody in particular, 1 the user messi, 2 the peer malang, 3 the
 * older server medan; then requests follow, each behind its length in two bytes. Afterwards the
 * store can be checked, and a user who is bound has changed nobody else's account and signed
 * nothing with another name.
 */
#include <string.h>

#include "chat/key.h"
#include "chat/message.h"
#include "chat/permit.h"
#include "chat/realm/outbound.h"
#include "chat/table.h"
#include "fuzz.h"
#include "realm.h"
#include "store/fsck/fsck.h"
#include "store/int.h"

#define ACCOUNT_MAX CHAT_OWNER_RECORD

FUZZ_INIT(fuzz_realm_init)

const unsigned int fuzz_mutations = 60;

/* What a bound client may not change. */
struct kept {
	unsigned char account[FUZZ_USERS][ACCOUNT_MAX];
	size_t len[FUZZ_USERS];
	uint64_t next_seq;
};

static void
keep(struct chat *chat, struct kept *kept)
{
	unsigned char key[CHAT_KEY_ID];

	for (size_t i = 0; i < FUZZ_USERS; i++) {
		chat_key_id(key, fuzz_sessions[i].user.id);
		DEMAND(store_get(chat->store, CHAT_TABLE_USERS, key, sizeof(key), kept->account[i],
		           ACCOUNT_MAX, &kept->len[i]) == STORE_OK);
		DEMAND(store_next_seq(chat->store, &kept->next_seq) == STORE_OK);
	}
}

/* As the committer does; CARRY and DROP are its own. */
static bool
is_permitted(struct chat *chat, const struct store_principal *who, const struct store_step *steps,
    unsigned int n)
{
	unsigned int refused = 0;

	for (unsigned int i = 0; i < n; i++)
		if (steps[i].kind == STORE_STEP_DROP ||
		    (who->kind != 0 && steps[i].kind == STORE_STEP_CARRY))
			return false;
	bool permitted = who->kind == 0 || chat_permit(chat->store, who, steps, n, &refused);
	DEMAND(permitted || refused < n);
	return permitted;
}

static void
do_request(struct chat *chat, const struct store_principal *who, const uint8_t *data, size_t len)
{
	static struct store_step steps[STORE_TX_STEPS];
	struct store_request request;

	if (store_request_read(&request, steps, data, len) != 0 ||
	    (request.part != STORE_PART_TABLES && request.part != STORE_PART_LOGS) ||
	    !is_permitted(chat, who, steps, request.steps))
		return;
	struct store_op op = { .part = request.part,
		.steps = request.steps,
		.data = request.data,
		.len = request.len };
	struct store_op *ops[] = { &op };
	store_apply(chat->store, ops, 1);
	DEMAND(op.outcome.status <= STORE_REPEATED && op.outcome.step <= request.steps);
}

/* Whether an entry is in the own log and in that of no other user. */
static bool
is_own(const struct store_entry *entry)
{
	for (size_t i = 1; i < FUZZ_USERS; i++)
		if (store_entry_number(entry, fuzz_sessions[i].user.id) != 0)
			return false;
	return entry->log == fuzz_sessions[0].user.id;
}

/* An entry that a bound user has added to another's log says who wrote it. */
static void
check_entry(const struct store_principal *who, const struct store_entry *entry)
{
	const struct chat_session *own = &fuzz_sessions[0];
	struct chat_message message;
	struct chat_outbound outbound;

	if (who->kind != CHAT_PRINCIPAL_USER || is_own(entry))
		return;
	if (chat_outbound_read(&outbound, entry->data, entry->len) == 0)
		DEMAND(chat_text_is(outbound.from, own->user.name));
	else if (chat_message_read(&message, entry->data, entry->len) == 0)
		DEMAND(chat_text_is(message.from, own->user.name) && message.realm.len == 0);
}

static void
check_bound(struct chat *chat, const struct store_principal *who, const struct kept *before)
{
	static struct kept after;
	struct store_entry entry;

	keep(chat, &after);
	for (size_t i = who->kind == CHAT_PRINCIPAL_USER; i < FUZZ_USERS; i++)
		DEMAND(after.len[i] == before->len[i] &&
		    memcmp(after.account[i], before->account[i], after.len[i]) == 0);
	for (uint64_t seq = before->next_seq; seq < after.next_seq; seq++)
		if (store_entry(chat->store, seq, &entry) == STORE_OK)
			check_entry(who, &entry);
}

/* Somebody may read a log further than it goes, but the check must stand all of it. */
static void
pass_finding(void *arg, const struct store_finding *finding)
{
	(void)arg;
	(void)finding;
}

static struct store_principal
choose_principal(struct chat *chat, uint8_t choice)
{
	struct store_principal who = { .kind = choice % 4 };

	if (who.kind == CHAT_PRINCIPAL_USER)
		who.id = fuzz_sessions[0].user.id;
	else if (who.kind != 0)
		who.id =
		    fuzz_realm_peer(chat, who.kind == CHAT_PRINCIPAL_PEER ? "malang" : "medan").id;
	return who;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kept before;
	struct chat chat;

	if (size == 0)
		return 0;
	fuzz_realm_open(&chat);
	struct store_principal who = choose_principal(&chat, data[0]);
	keep(&chat, &before);
	for (size_t at = 1, len; at + 2 <= size; at += len) {
		len = (size_t)(data[at] << 8 | data[at + 1]);
		at += 2;
		if (len > size - at)
			len = size - at;
		do_request(&chat, &who, data + at, len);
	}
	DEMAND(store_fsck_check(chat.store, pass_finding, NULL) >= 0);
	if (who.kind != 0)
		check_bound(&chat, &who, &before);
	fuzz_realm_close(&chat);
	return 0;
}
