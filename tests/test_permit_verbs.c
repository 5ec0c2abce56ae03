/*
 * What users, peers and older servers do over bound connections: all of it works, and none of it
 * would be allowed to another of them.
 */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "chat/file/put.h"
#include "chat/file/upload.h"
#include "chat/group.h"
#include "chat/group_delete.h"
#include "chat/history/logs.h"
#include "chat/inbox.h"
#include "chat/realm/legacy.h"
#include "chat/realm/legacy_spool.h"
#include "chat/realm/realm.h"
#include "chat/realm/remote_log.h"
#include "chat/realm/remote_user.h"
#include "chat/user.h"
#include "fake_clock.h"
#include "permit_fixture.h"

#define MONTH_S (30 * 86400)

/* Whoever else is asked is refused. */
static void
nobody_else(void)
{
	ck_assert_uint_gt(permit_allowed(), 0);
	ck_assert_uint_eq(permit_shared(), 0);
}

static void
read_inbox(const struct chat_session *session, size_t n)
{
	struct chat_inbox_pending pending = { .n_positions = 0 };
	struct chat_inbox inbox;

	ck_assert_int_eq(chat_inbox_look(&file_chat, session->user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, n);
	chat_inbox_await(&pending, session->user.id, &inbox);
	chat_inbox_ack(&file_chat, &pending);
	chat_inbox_free(&inbox);
	ck_assert_int_eq(chat_inbox_look(&file_chat, session->user.id, CHAT_INBOX_ALL, &inbox),
	    CHAT_OK);
	ck_assert_uint_eq(inbox.n_items, 0);
	chat_inbox_free(&inbox);
}

START_TEST(test_messages)
{
	struct chat_history history;

	/* Either of the two may begin a conversation. */
	permit_as_user(&messi);
	ck_assert_int_eq(chat_history_make(&file_chat, messi.user.id, lineker.user.id, &history),
	    CHAT_OK);
	permit_compare(CHAT_PRINCIPAL_USER, lineker.user.id);
	permit_compare(CHAT_PRINCIPAL_PEER, messi.user.id);
	permit_as_user(&messi);
	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("henderson"),
	                     chat_text("halo")),
	    CHAT_OK);
	ck_assert_int_eq(chat_message_send_list(&file_chat, &messi,
	                     chat_text("henderson,lineker,messi"), chat_text("semua")),
	    CHAT_OK);
	ck_assert_int_eq(chat_message_send_group(&file_chat, &messi, chat_text("kopi"),
	                     chat_text("grup")),
	    CHAT_OK);
	read_inbox(&messi, 2);
	permit_as_user(&henderson);
	read_inbox(&henderson, 3);
	nobody_else();
}
END_TEST

/* What two users were shown over one connection is noted for the one for whom it speaks. */
START_TEST(test_inboxes)
{
	const struct chat_session *const both[] = { &messi, &henderson };
	struct chat_inbox_pending pending = { .n_positions = 0 };
	struct chat_inbox inbox;

	ck_assert_int_eq(chat_message_send_group(&file_chat, &messi, chat_text("kopi"),
	                     chat_text("grup")),
	    CHAT_OK);
	for (size_t i = 0; i < 2; i++) {
		uint64_t user = both[i]->user.id;

		ck_assert_int_eq(chat_inbox_look(&file_chat, user, CHAT_INBOX_ALL, &inbox),
		    CHAT_OK);
		ck_assert_uint_eq(inbox.n_items, 1);
		chat_inbox_await(&pending, user, &inbox);
		chat_inbox_free(&inbox);
	}
	permit_as_user(&henderson);
	chat_inbox_ack(&file_chat, &pending);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(chat_inbox_look(&file_chat, both[i]->user.id, CHAT_INBOX_ALL,
		                     &inbox),
		    CHAT_OK);
		ck_assert_uint_eq(inbox.n_items, both[i] == &messi);
		chat_inbox_free(&inbox);
	}
}
END_TEST

START_TEST(test_session)
{
	struct chat_session other, found;

	file_config.token_lifetime = 10 * MONTH_S;
	ck_assert_int_eq(chat_session_open(&file_chat, &messi.user, &other), CHAT_OK);
	permit_compare(CHAT_PRINCIPAL_USER, lineker.user.id);
	permit_as_user(&messi);
	/* Its last use is written again. */
	fake_clock_shift(CLOCK_REALTIME, (int64_t)MONTH_S * 1000);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(other.token), &found), CHAT_OK);
	unsigned int before = permit_allowed();
	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("messi"), chat_text("x")),
	    CHAT_OK);
	ck_assert_uint_ge(permit_allowed(), 2); /* the renewal came before */
	ck_assert_uint_ge(permit_allowed(), before);
	ck_assert_int_eq(chat_session_close(&file_chat, &other), CHAT_OK);
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(other.token), &found),
	    CHAT_NO_SESSION);
	nobody_else();
}
END_TEST

START_TEST(test_groups)
{
	/* Messi owns kopi, and may take out its members. */
	permit_compare(CHAT_PRINCIPAL_USER, henderson.user.id);
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("Teh"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("kopi"), lineker.user.id), CHAT_OK);
	nobody_else();
	permit_compare(0, 0);
	permit_as_user(&messi);
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("teh"), messi.user.id), CHAT_OK);
	permit_as_user(&henderson);
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("teh"), henderson.user.id), CHAT_OK);
	/* The owner, who is a member, ends the group with all members. */
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("teh")), CHAT_OK);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("teh"), lineker.user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_leave(&file_chat, chat_text("teh"), lineker.user.id), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

static void
make_admin(struct chat_user *user, void *arg)
{
	(void)arg;
	user->admin = true;
}

START_TEST(test_administrator)
{
	const struct chat_text words[] = { chat_text("malang"), chat_text("127.0.0.1"),
		chat_text("7000") };
	struct chat_session admin = lineker;

	ck_assert_int_eq(chat_user_alter(&file_chat, chat_text("lineker"), make_admin, NULL),
	    CHAT_OK);
	admin.user.admin = true;
	permit_compare(CHAT_PRINCIPAL_USER, henderson.user.id);
	permit_as_user(&admin);
	ck_assert_int_eq(chat_realm_add(&file_chat, &admin, words, 3), CHAT_OK);
	nobody_else();
	permit_compare(0, 0);
	ck_assert_int_eq(chat_group_delete(&file_chat, chat_text("kopi")), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_files)
{
	permit_compare(CHAT_PRINCIPAL_USER, lineker.user.id);
	permit_as_user(&messi);
	ck_assert_int_eq(file_send(&messi, "henderson", "a.txt", "satu"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "b.txt", "dua"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "a.txt", "tiga"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "henderson", "a.txt", "tiga"), CHAT_OK);
	ck_assert_int_eq(file_send(&messi, "messi", "c.txt", "satu"), CHAT_OK);
	ck_assert_int_eq(file_send_group(&messi, "kopi", "d.txt", "empat"), CHAT_OK);
	/* Another's file of the same name goes, and counts no more. */
	file_config.group_files = CONFIG_GROUP_FILES_SHARED;
	permit_as_user(&henderson);
	ck_assert_int_eq(file_send_group(&henderson, "kopi", "d.txt", "lima"), CHAT_OK);
	ck_assert_int_eq(file_send(&henderson, "messi", "b.txt", "dua"), CHAT_OK);
	nobody_else();
	file_assert_check(NULL);
}
END_TEST

/* Either of the two may begin a conversation: lineker of another realm and messi have one. */
static void
begin_abroad(const struct chat_peer *peer)
{
	const struct chat_history_remote remote = { .peer = peer->id,
		.name = chat_text("lineker") };
	struct chat_history history;
	uint64_t id;

	ck_assert_int_eq(chat_history_meet(&file_chat, &remote, messi.user.id, &history, &id),
	    CHAT_OK);
}

/* A message for another realm; and a file, which goes when the queue has no room for it. */
START_TEST(test_abroad)
{
	struct chat_peer peer = receive_peer("malang");
	struct chat_upload upload;
	const char *contents[] = { "satu", "dua" };

	file_config.queue_max = 3;
	begin_abroad(&peer);
	permit_compare(CHAT_PRINCIPAL_USER, lineker.user.id);
	permit_compare(CHAT_PRINCIPAL_PEER, peer.id);
	permit_as_user(&messi);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(chat_realm_send(&file_chat, &messi, chat_text("malang"),
		                     CHAT_OUTBOUND_USER, chat_text("lineker"), chat_text("halo")),
		    CHAT_QUEUED);
	for (size_t i = 0; i < 2; i++) {
		chat_upload_init(&upload, &messi);
		ck_assert_int_eq(chat_realm_upload(&file_chat, &upload, chat_text("malang"),
		                     CHAT_OUTBOUND_USER, chat_text("lineker")),
		    CHAT_OK);
		ck_assert_int_eq(chat_upload_begin(&file_chat, &upload, chat_text("f")), CHAT_OK);
		ck_assert_int_eq(chat_upload_write(&upload, contents[i], strlen(contents[i])),
		    CHAT_OK);
		ck_assert_int_eq(chat_upload_finish(&file_chat, &upload),
		    i == 0 ? CHAT_QUEUED : CHAT_QUEUE_FULL);
		chat_upload_end(&upload);
	}
	file_assert_quota(&messi, 4, 1);
	nobody_else();
}
END_TEST

static void
keep_content(const char *content)
{
	struct chat_blob blob;

	ck_assert_int_eq(chat_blob_begin(&file_config, &blob), CHAT_OK);
	ck_assert_int_eq(chat_blob_write(&blob, content, strlen(content)), CHAT_OK);
	ck_assert_int_eq(chat_blob_keep(&file_config, &blob), CHAT_OK);
	chat_blob_end(&blob);
}

START_TEST(test_peer)
{
	struct chat_peer malang = receive_peer("malang"), solo = receive_peer("solo");
	struct chat_receive receive;

	begin_abroad(&malang);
	permit_compare(CHAT_PRINCIPAL_PEER, solo.id);
	permit_compare(CHAT_PRINCIPAL_SERVER, solo.id);
	permit_compare(CHAT_PRINCIPAL_USER, messi.user.id);
	permit_as(CHAT_PRINCIPAL_PEER, malang.id);
	receive_begin(&receive, RECEIVE_EPOCH);
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("messi", "halo")), "none");
	ck_assert_str_eq(receive_one(&receive, RECEIVE_LIST("messi,henderson", "dua")), "none");
	ck_assert_str_eq(receive_one(&receive, RECEIVE_GROUP("kopi", "grup")), "none");
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("beckham", "?")), "no_user");
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("beckham", "?")), "no_user");
	keep_content("isi");
	keep_content("lain");
	ck_assert_str_eq(receive_one(&receive,
	                     receive_file(CHAT_OUTBOUND_USER, "messi", "f", "isi")),
	    "none");
	ck_assert_str_eq(receive_one(&receive,
	                     receive_file(CHAT_OUTBOUND_USER, "messi", "f", "lain")),
	    "none");
	ck_assert_str_eq(receive_one(&receive,
	                     receive_file(CHAT_OUTBOUND_GROUP, "kopi", "f", "isi")),
	    "none");
	ck_assert_int_eq(chat_receive_void(&receive, receive.have + 5), CHAT_OK);
	chat_receive_retired(&receive, receive.have);
	ck_assert_str_eq(receive_one(&receive, RECEIVE_USER("messi", "akhir")), "none");
	ck_assert_str_eq(receive_refusals(&receive, 0), "");
	nobody_else();
	permit_compare(0, 0);
	permit_compare(CHAT_PRINCIPAL_USER, henderson.user.id);
	permit_as_user(&messi);
	read_inbox(&messi, 7);
	nobody_else();
}
END_TEST

static void
ignore_copy(void *arg, const struct chat_message *message)
{
	(void)arg;
	(void)message;
}

START_TEST(test_server)
{
	struct chat_peer malang = receive_peer("malang"), solo = receive_peer("solo");
	struct chat_inbox_pending pending = { .n_positions = 0 };
	struct chat_inbound list = RECEIVE_LIST("messi,henderson", "halo");
	struct chat_inbound file = receive_file(CHAT_OUTBOUND_USER, "messi", "f", "isi");
	struct chat_outbound copied = { .from = chat_text("messi"),
		.from_name = chat_text("Lionel Messi"),
		.from_id = messi.user.id,
		.text = chat_text("salinan") };

	ck_assert_int_eq(chat_legacy_spool_add(&file_chat, &malang, chat_text("beckham"), &copied),
	    CHAT_OK);
	begin_abroad(&malang);
	permit_compare(CHAT_PRINCIPAL_SERVER, solo.id);
	permit_compare(CHAT_PRINCIPAL_USER, messi.user.id);
	permit_as(CHAT_PRINCIPAL_SERVER, malang.id);
	ck_assert_int_eq(chat_legacy_deliver(&file_chat, &malang, &list), CHAT_OK);
	keep_content("isi");
	ck_assert_int_eq(chat_legacy_deliver(&file_chat, &malang, &file), CHAT_OK);
	ck_assert_int_eq(chat_legacy_spool_each(&file_chat, &malang, chat_text("beckham"),
	                     ignore_copy, NULL, &pending),
	    CHAT_OK);
	ck_assert(chat_inbox_is_pending(&pending));
	unsigned int before = permit_allowed();
	chat_inbox_ack(&file_chat, &pending);
	ck_assert_uint_eq(permit_allowed(), before + 1);
	nobody_else();
}
END_TEST

int
main(void)
{
	const TTest *tests[] = { test_messages, test_inboxes, test_session, test_groups,
		test_administrator, test_files, test_abroad, test_peer, test_server };

	return permit_main("permit_verbs", tests, sizeof(tests) / sizeof(tests[0]));
}
