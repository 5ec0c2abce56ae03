/*
 * Verbs whose transactions have no reply: each of them in turn is done or not, and nobody can be
 * asked. The result says that, and what is done next loses nothing and does nothing twice.
 */
#include <string.h>

#include "chat/file/upload.h"
#include "chat/message.h"
#include "chat/once.h"
#include "chat/realm/outbox.h"
#include "lost_reply.h"
#include "receive_fixture.h"
#include "suite.h"

#define TRANSACTIONS 32 /* of one verb, more than any has */

static const enum lost_reply done[] = { LOST_REPLY_DONE, LOST_REPLY_GONE };
static const enum lost_reply not_done[] = { LOST_REPLY_DIES, LOST_REPLY_GONE };

/* The fate of the next transaction but so many is not known; in odd turns it is done. */
static void
lose(unsigned int turn)
{
	lost_reply_begin(file_chat.store, turn % 2 == 1 ? done : not_done, 2, STORE_ANSWER_MS);
	lost_reply_later(turn / 2);
}

static void
find_again(void)
{
	lost_reply_end();
	store_refresh(file_chat.store);
}

static size_t
count_lines(const char *text)
{
	size_t n = text[0] != '\0';

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* A link that ends with this result has taken some of its messages; the next one goes on there. */
START_TEST(test_peer)
{
	struct chat_receive link;
	enum chat_result result = CHAT_UNSURE;
	unsigned int turn;

	receive_begin(&link, RECEIVE_EPOCH - 1);
	receive_one(&link, RECEIVE_USER("messi", "halo"));
	for (turn = 0; result == CHAT_UNSURE; turn++) {
		struct chat_inbound inbounds[] = { RECEIVE_USER("messi", "halo"),
			RECEIVE_USER("messi", "dah") };

		ck_assert_uint_lt(turn, TRANSACTIONS);
		receive_begin(&link, RECEIVE_EPOCH + turn);
		lose(turn);
		result = chat_receive_deliver(&link, inbounds, 2);
		find_again();
		ck_assert_uint_eq(link.have, result == CHAT_OK ? 2 : 0);
		ck_assert_int_eq(inbounds[0].refused, CHAT_REASON_NONE);
		receive_begin(&link, RECEIVE_EPOCH + turn);
		if (link.have == 0)
			receive_take(&link, inbounds, 2);
		ck_assert_uint_eq(link.have, 2);
		ck_assert_uint_eq(count_lines(receive_heard(messi.user.id)), 1 + 2 * (turn + 1));
	}
	ck_assert_int_eq(result, CHAT_OK);
	ck_assert_uint_ge(turn, 2);
	file_assert_check(NULL);
}
END_TEST

/* A message with a key is sent again with that. */
START_TEST(test_key)
{
	unsigned char key[CHAT_ONCE_KEY] = { 0 };
	enum chat_result result = CHAT_UNSURE, again;
	struct store_log_info inbox;
	unsigned int turn;

	ck_assert_int_eq(chat_message_send(&file_chat, &messi, chat_text("lineker"),
	                     chat_text("halo")),
	    CHAT_OK);
	for (turn = 0; result == CHAT_UNSURE; turn++) {
		ck_assert_uint_lt(turn, TRANSACTIONS);
		key[0] = (unsigned char)turn;
		file_chat.once = key;
		lose(turn);
		result =
		    chat_message_send(&file_chat, &messi, chat_text("lineker"), chat_text("halo"));
		find_again();
		again =
		    chat_message_send(&file_chat, &messi, chat_text("lineker"), chat_text("halo"));
		ck_assert(again == CHAT_REPEATED || (again == CHAT_OK && result != CHAT_OK));
		inbox = fixture_info(file_chat.store, lineker.user.id);
		ck_assert_uint_eq(inbox.last, 1 + turn + 1);
	}
	ck_assert_int_eq(result, CHAT_OK);
	ck_assert_uint_ge(turn, 2);
	file_chat.once = NULL;
	file_assert_check(NULL);
}
END_TEST

static int
find_file(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct chat_file file;
	size_t *n = arg;

	(void)entry;
	(*n)++;
	ck_assert_int_eq(chat_file_get(&file_chat, chat_conversation_outbound(outbound->file_id),
	                     chat_file_enclosed(), &file),
	    CHAT_OK);
	return 0;
}

static enum chat_result
send_abroad(const struct chat_peer *peer, int turn)
{
	struct chat_upload upload;
	enum chat_result result;

	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_peer(&upload, peer, CHAT_OUTBOUND_USER, chat_text("owen")),
	    CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&file_chat, &upload, chat_text("x")), CHAT_OK);
	ck_assert_int_eq(chat_upload_write(&upload, "x", 1), CHAT_OK);
	if (turn >= 0)
		lose((unsigned int)turn);
	result = chat_upload_finish(&file_chat, &upload);
	if (turn >= 0)
		find_again();
	chat_upload_end(&upload);
	return result;
}

/* A message that may wait for another realm keeps its file. */
START_TEST(test_file_abroad)
{
	struct chat_peer peer = receive_peer("malang");
	enum chat_result result = CHAT_UNSURE;
	size_t queued = 0;

	ck_assert_int_eq(send_abroad(&peer, -1), CHAT_QUEUED);
	for (int turn = 0; result == CHAT_UNSURE; turn++) {
		ck_assert_int_lt(turn, TRANSACTIONS);
		result = send_abroad(&peer, turn);
	}
	ck_assert_int_eq(result, CHAT_QUEUED);
	ck_assert_int_eq(chat_outbox_each(&file_chat, peer.id, 0, find_file, &queued), CHAT_OK);
	ck_assert_uint_eq(queued, 3); /* the first, the last, and that of the turn before it */
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_unsure");
	TCase *tcase = tcase_create("chat_unsure");

	tcase_add_checked_fixture(tcase, file_setup_committer, file_teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_peer);
	tcase_add_test(tcase, test_key);
	tcase_add_test(tcase, test_file_abroad);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
