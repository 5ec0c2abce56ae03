/*
 * Conversations with other realms: what is sent there, what becomes of it, and what comes from
 * there, each by the principal that has it done.
 */
#include <stdio.h>
#include <string.h>

#include "chat/history/activity.h"
#include "chat/history/end.h"
#include "chat/history/logs.h"
#include "chat/history/who.h"
#include "chat/realm/legacy.h"
#include "chat/realm/log.h"
#include "chat/realm/outbound.h"
#include "chat/realm/outbox.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "permit_fixture.h"

static struct chat_peer malang;

/* The entries of a log: messages as in the wire's texts, activity as "KIND ID REASON". */
struct listing {
	char text[4096];
	size_t len;
};

static int
add_entry(void *arg, const struct store_entry *entry)
{
	static const char *const kinds
	    [] = { [CHAT_ACTIVITY_DELIVERED] = "delivered", [CHAT_ACTIVITY_REFUSED] = "refused" };
	struct listing *listing = arg;
	struct chat_activity activity;
	struct chat_outbound outbound;
	struct chat_message message;
	char *at = listing->text + listing->len;
	size_t room = sizeof(listing->text) - listing->len;

	if (chat_message_read(&message, entry->data, entry->len) == 0)
		listing->len += (size_t)snprintf(at, room, "%.*s@%.*s>%.*s: %.*s\n",
		    (int)message.from.len, message.from.data, (int)message.realm.len,
		    message.realm.data, (int)message.to.len, message.to.data, (int)message.text.len,
		    message.text.data);
	else if (chat_outbound_read(&outbound, entry->data, entry->len) == 0)
		listing->len += (size_t)snprintf(at, room, ">%.*s: %.*s\n", (int)outbound.to.len,
		    outbound.to.data, (int)outbound.text.len, outbound.text.data);
	else if (chat_activity_read(&activity, entry->data, entry->len) == 0)
		listing->len += (size_t)snprintf(at, room, "%s %s\n", kinds[activity.kind],
		    chat_reason_word(activity.reason));
	else
		ck_abort_msg("an entry is none of these");
	return 0;
}

static const char *
list(uint64_t log)
{
	static struct listing listing;

	listing.len = 0;
	listing.text[0] = '\0';
	ck_assert_int_eq(chat_log_each(&file_chat, log, 0, add_entry, &listing), CHAT_OK);
	return listing.text;
}

static struct chat_history
with(const struct chat_session *user, const char *who, uint64_t *partner)
{
	struct chat_history history;
	struct chat_who found;

	ck_assert_int_eq(chat_who_find(&file_chat, chat_text(who), &found), CHAT_OK);
	ck_assert_int_eq(chat_history_get(&file_chat, user->user.id, found.id, &history), CHAT_OK);
	*partner = found.id;
	return history;
}

/* Queues a message as its sender's worker does; its id. */
static uint64_t
queue(const struct chat_session *from, enum chat_outbound_kind kind, const char *to,
    const char *text)
{
	struct chat_outbound outbound = { .kind = kind,
		.from_id = from->user.id,
		.from = chat_text(from->user.name),
		.from_name = chat_text(from->user.fullname),
		.to = chat_text(to),
		.text = chat_text(text) };
	uint64_t id;

	permit_as_user(from);
	ck_assert_int_eq(chat_outbound_put(&file_chat, &malang, &outbound, &id), CHAT_OK);
	permit_as_nobody();
	return id;
}

START_TEST(test_outbound)
{
	struct chat_history history;
	struct store_entry entry;
	uint64_t partner, id;

	malang = receive_peer("malang");
	id = queue(&henderson, CHAT_OUTBOUND_USER, "lineker", "satu");
	queue(&henderson, CHAT_OUTBOUND_USER, "Lineker", "dua");
	queue(&henderson, CHAT_OUTBOUND_GROUP, "teh", "tiga");
	queue(&henderson, CHAT_OUTBOUND_LIST, "lineker,messi", "empat");
	history = with(&henderson, "lineker@malang", &partner);
	ck_assert_str_eq(list(chat_history_to(&history, partner)),
	    ">lineker: satu\n>Lineker: dua\n");
	ck_assert_int_eq(store_entry(file_chat.store, id, &entry), STORE_OK);
	ck_assert_uint_ne(store_entry_number(&entry, malang.id), 0);
	ck_assert_uint_ne(store_entry_number(&entry, history.low_activity), 0);
	history = with(&henderson, "#teh@malang", &partner);
	ck_assert_str_eq(list(chat_history_to(&history, partner)), ">teh: tiga\n");
	ck_assert_str_eq(list(chat_history_activity(&history, henderson.user.id)),
	    ">lineker: satu\n>Lineker: dua\n>teh: tiga\n");
	ck_assert_str_eq(list(malang.id),
	    ">lineker: satu\n>Lineker: dua\n>teh: tiga\n>lineker,messi: empat\n");
	file_assert_check(NULL);
}
END_TEST

static struct chat_retired
over(uint64_t number, uint64_t id)
{
	struct store_entry entry;

	ck_assert_int_eq(store_entry(file_chat.store, id, &entry), STORE_OK);
	return (struct chat_retired){ .number = number, .bytes = entry.len };
}

/* Refusals are kept with the id of their message, whoever tells the sender; deliveries once. */
START_TEST(test_outcome)
{
	struct chat_retired retired[5];
	struct chat_history history;
	struct store_reader reader;
	struct store_entry entry;
	struct chat_activity activity;
	uint64_t partner, ids[5], seq;

	malang = receive_peer("malang");
	for (size_t i = 0; i < 5; i++) {
		ids[i] = queue(&henderson, CHAT_OUTBOUND_USER, "lineker", "halo");
		retired[i] = over(i + 1, ids[i]);
	}
	retired[1].bounce = CHAT_REASON_NO_USER;
	retired[3].told = CHAT_REASON_BLOCKED;
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, 5), CHAT_OK);
	history = with(&henderson, "lineker@malang", &partner);
	ck_assert_str_eq(list(chat_history_activity(&history, partner)),
	    "refused no_user\nrefused blocked\n");
	ck_assert_str_eq(list(chat_history_activity(&history, henderson.user.id)),
	    ">lineker: halo\n>lineker: halo\n>lineker: halo\n>lineker: halo\n>lineker: halo\n"
	    "refused no_user\nrefused blocked\ndelivered none\n");
	ck_assert_int_eq(store_reader_init(&reader, file_chat.store,
	                     chat_history_activity(&history, partner), 1),
	    STORE_OK);
	ck_assert_int_eq(store_reader_peek(&reader, &seq), STORE_OK);
	ck_assert_int_eq(store_entry(file_chat.store, seq, &entry), STORE_OK);
	ck_assert_int_eq(chat_activity_read(&activity, entry.data, entry.len), 0);
	ck_assert_uint_eq(activity.id, ids[3]);
	ck_assert_uint_eq(activity.with, partner);
	/* Once more, as after a crash: nothing is told again. What was sent is kept. */
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, retired, 5), CHAT_OK);
	ck_assert_str_eq(list(chat_history_activity(&history, partner)),
	    "refused no_user\nrefused blocked\n");
	ck_assert_str_eq(list(chat_history_to(&history, partner)),
	    ">lineker: halo\n>lineker: halo\n>lineker: halo\n>lineker: halo\n>lineker: halo\n");
	/* The bounce is in the conversation with the server, too. */
	history = with(&henderson, "kabar", &partner);
	ck_assert_str_eq(list(history.from_low), "kabar@>lineker: halo\n");
	file_assert_check(NULL);
}
END_TEST

/* Messages whose conversation has ended are retired all the same. */
START_TEST(test_outcome_gone)
{
	struct chat_retired retired;
	struct chat_history history;
	uint64_t partner;

	malang = receive_peer("malang");
	retired = over(1, queue(&henderson, CHAT_OUTBOUND_USER, "lineker", "halo"));
	retired.bounce = CHAT_REASON_NO_USER;
	history = with(&henderson, "lineker@malang", &partner);
	file_config.message_keep = -1;
	ck_assert_int_eq(chat_history_expire(&file_chat), CHAT_OK);
	ck_assert_int_eq(chat_history_get(&file_chat, history.low, history.high, &history),
	    CHAT_NO_USER);
	ck_assert_int_eq(chat_outbox_retire(&file_chat, &malang, &retired, 1), CHAT_OK);
	ck_assert_str_eq(list(henderson.user.id), "kabar@>lineker: halo\n");
	file_assert_check(NULL);
}
END_TEST

/* A message to a conversation that is ending waits in the outbox alone. */
START_TEST(test_outbound_closed)
{
	struct chat_history history;
	uint64_t partner;

	malang = receive_peer("malang");
	queue(&henderson, CHAT_OUTBOUND_USER, "lineker", "satu");
	history = with(&henderson, "lineker@malang", &partner);
	ck_assert_int_eq(chat_close_log(&file_chat, chat_history_to(&history, partner)), CHAT_OK);
	queue(&henderson, CHAT_OUTBOUND_USER, "lineker", "dua");
	ck_assert_str_eq(list(malang.id), ">lineker: satu\n>lineker: dua\n");
}
END_TEST

START_TEST(test_inbound)
{
	struct chat_receive receive;
	struct chat_inbound inbounds[] = { RECEIVE_USER("henderson", "satu"),
		RECEIVE_LIST("henderson,messi", "dua"), RECEIVE_GROUP("kopi", "tiga"),
		RECEIVE_USER("henderson", "empat") };
	struct chat_history history;
	uint64_t partner;

	malang = receive_peer("malang");
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	receive_begin(&receive, RECEIVE_EPOCH);
	receive_take(&receive, inbounds, 4);
	history = with(&henderson, "lineker@malang", &partner);
	ck_assert_str_eq(list(chat_history_to(&history, henderson.user.id)),
	    "lineker@malang>henderson: satu\nlineker@malang>henderson: dua\n"
	    "lineker@malang>henderson: empat\n");
	history = with(&messi, "lineker@malang", &partner);
	ck_assert_str_eq(list(chat_history_to(&history, messi.user.id)),
	    "lineker@malang>messi: dua\n");
	/* The conversation goes both ways. */
	queue(&messi, CHAT_OUTBOUND_USER, "lineker", "lima");
	ck_assert_str_eq(list(chat_history_from(&history, messi.user.id)), ">lineker: lima\n");
	/* One that ends at this moment takes nothing, and its user gets the message. */
	permit_as_nobody();
	ck_assert_int_eq(chat_close_log(&file_chat, chat_history_to(&history, messi.user.id)),
	    CHAT_OK);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("messi", "enam")), "none");
	ck_assert_str_eq(receive_heard(messi.user.id),
	    "lineker@malang>messi: dua\nlineker@malang>messi: enam");
	permit_as_nobody();
	ck_assert_int_eq(chat_history_expire(&file_chat), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

/* Other realms have half of a list. What has no room is delivered all the same. */
START_TEST(test_inbound_room)
{
	struct chat_receive receive;
	struct chat_inbound inbound = RECEIVE_USER("henderson", "satu");
	uint32_t count;

	malang = receive_peer("malang");
	file_config.conversations_max = 4;
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	receive_begin(&receive, RECEIVE_EPOCH);
	for (int i = 0; i < 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "somebody%d", i);
		inbound.outbound.from = chat_text(name);
		ck_assert_str_eq(receive_one(&receive, inbound), "none");
	}
	ck_assert_int_eq(chat_history_count(&file_chat, henderson.user.id, &count), CHAT_OK);
	ck_assert_uint_eq(count, 2);
	ck_assert_str_eq(receive_heard(henderson.user.id),
	    "somebody0@malang>henderson: satu\nsomebody1@malang>henderson: satu\n"
	    "somebody2@malang>henderson: satu\nsomebody3@malang>henderson: satu\n"
	    "somebody4@malang>henderson: satu");
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

/* An older server delivers, and hands over what it kept. */
START_TEST(test_legacy)
{
	struct chat_inbound inbound = RECEIVE_USER("henderson", "satu");
	struct chat_history history;
	uint64_t partner;
	size_t taken;

	malang = receive_peer("malang");
	permit_as(CHAT_PRINCIPAL_SERVER, malang.id);
	ck_assert_int_eq(chat_legacy_deliver(&file_chat, &malang, &inbound), CHAT_OK);
	permit_as_nobody();
	inbound.pulled = true;
	inbound.outbound.text = chat_text("dua");
	ck_assert_int_eq(chat_legacy_deliver_some(&file_chat, &malang, &inbound, 1, &taken),
	    CHAT_OK);
	ck_assert_uint_eq(taken, 1);
	history = with(&henderson, "lineker@malang", &partner);
	ck_assert_str_eq(list(chat_history_to(&history, henderson.user.id)),
	    "lineker@malang>henderson: satu\nlineker@malang>henderson: dua\n");
	file_assert_check(NULL);
}
END_TEST

/* A peer begins no conversations of others, and writes to none. */
START_TEST(test_forged)
{
	struct chat_history own, others;
	struct chat_peer blitar = receive_peer("blitar");
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct chat_message message = { .kind = CHAT_PRIVATE,
		.from = chat_text("lineker"),
		.from_name = chat_text("Gary"),
		.realm = chat_text("malang"),
		.to = chat_text("henderson"),
		.to_name = chat_text("henderson"),
		.text = chat_text("halo") };
	const struct chat_history_remote self = { .peer = 0, .name = chat_text("lineker") };
	struct chat_history_remote other = self;
	uint64_t partner, log;
	struct chat_receive receive;

	malang = receive_peer("malang");
	other.peer = blitar.id;
	ck_assert_int_eq(chat_history_meet(&file_chat, &other, henderson.user.id, &others,
	                     &partner),
	    CHAT_OK);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	receive_begin(&receive, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("henderson", "satu")), "none");
	own = with(&henderson, "lineker@malang", &partner);
	ck_assert_int_eq(chat_remote_log_find(&file_chat, henderson.user.id, malang.id, &log),
	    CHAT_OK);
	const struct {
		uint64_t logs[3];
		unsigned int n;
		enum store_status status;
	} rows[] = {
		{ { log, chat_history_from(&own, partner) }, 2, STORE_OK },
		{ { log, chat_history_to(&own, partner) }, 2, STORE_FORBIDDEN },
		{ { log, others.from_low }, 2, STORE_FORBIDDEN },
		{ { log, others.from_high }, 2, STORE_FORBIDDEN },
		{ { log, chat_history_from(&own, partner),
		      chat_history_activity(&own, henderson.user.id) },
		    3, STORE_FORBIDDEN },
		{ { chat_history_from(&own, partner) }, 1, STORE_FORBIDDEN },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = chat_message_write(entry, sizeof(entry), &message);

		store_tx_init(&permit_tx);
		store_tx_append_to(&permit_tx, rows[i].logs, rows[i].n, entry, len, 0,
		    STORE_NO_LIMIT);
		store_tx_charge(&permit_tx, malang.id, len, 0);
		ck_assert_msg(permit_commit() == rows[i].status, "row %zu", i);
	}
	other.name = chat_text("messi");
	ck_assert_int_eq(chat_history_meet(&file_chat, &other, henderson.user.id, &others,
	                     &partner),
	    CHAT_FORBIDDEN);
	other.peer = malang.id;
	other.name = chat_text("#teh");
	ck_assert_int_eq(chat_history_meet(&file_chat, &other, henderson.user.id, &others,
	                     &partner),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(chat_history_make(&file_chat, henderson.user.id, lineker.user.id, &others),
	    CHAT_FORBIDDEN);
	/* A user meets only whom it writes to. */
	permit_as_user(&lineker);
	other.name = chat_text("messi");
	ck_assert_int_eq(chat_history_meet(&file_chat, &other, henderson.user.id, &others,
	                     &partner),
	    CHAT_FORBIDDEN);
	permit_as_nobody();
	file_assert_check(NULL);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_outbound, test_outcome, test_outcome_gone,
		test_outbound_closed, test_inbound, test_inbound_room, test_legacy, test_forged };

	return permit_main("history_realm", tests, sizeof(tests) / sizeof(tests[0]));
}
