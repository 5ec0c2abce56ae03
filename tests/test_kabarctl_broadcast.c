/*
 * kabarctl broadcast, user quota and user admin: what an administrator does to users while they are
 * at work.
 */

#include "chat/file/upload.h"
#include "chat/message.h"
#include "dialogue.h"
#include "realmctl.h"

#define TEXT "Server berhenti pukul 10"
#define HEARS(name)                                                                                \
	"{'status':'OK','messages':{'kabar':[{'msg_from':'kabar','msg_to':'" name "','msg':'" TEXT \
	"'}]}}"
#define NOTHING "{'status':'OK','messages':{}}"

START_TEST(test_all)
{
	struct dialogue dialogue;

	realm_start(&realm);
	SAYS(0, "3 of 3 users reached\n", "broadcast", TEXT);
	dialogue_begin(&dialogue, &realm, DIALOGUE_TCP);
	dialogue_run(&dialogue,
	    "a> auth messi surabaya\na< TOKEN a\n"
	    "a> inbox $a\na< " HEARS("Lionel Messi") "\n"
	                                             "a> inbox $a\na< " NOTHING "\n");
	dialogue_end(&dialogue);
	SAYS(0, "3 users, 0 groups, 3 messages: sound\n", "check");
}
END_TEST

START_TEST(test_online)
{
	struct dialogue dialogue;

	realm_start(&realm);
	SAYS(0, "0 of 0 users reached\n", "broadcast", "-o", TEXT);
	dialogue_begin(&dialogue, &realm, DIALOGUE_TCP);
	dialogue_run(&dialogue, "a> auth lineker surabaya\na< TOKEN a\n");
	SAYS(0, "1 of 1 users reached\n", "broadcast", "-o", TEXT);
	dialogue_run(&dialogue,
	    "a> inbox $a\na< " HEARS("Gary Lineker") "\n"
	                                             "b> auth messi surabaya\nb< TOKEN b\n"
	                                             "b> inbox $b\nb< " NOTHING "\n");
	dialogue_end(&dialogue);
}
END_TEST

/* One full inbox keeps nobody else from hearing. */
START_TEST(test_full)
{
	struct chat_session session = { .user.id = 0 };
	enum chat_result result;

	realm_configure(&realm, "inbox_max = 100\n");
	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &session.user), CHAT_OK);
	do
		result = chat_message_send(&chat, &session, chat_text("lineker"), chat_text("x"));
	while (result == CHAT_OK);
	ck_assert_int_eq(result, CHAT_INBOX_FULL);
	realmctl_close();
	SAYS(0, "2 of 3 users reached\n", "broadcast", TEXT);
	TELLS(1, NULL, "this is no text that can be sent\n", "broadcast", "");
}
END_TEST

static enum chat_result
send_bytes(size_t len)
{
	struct chat_session messi = { .user.id = 0 };
	struct chat_upload upload;
	static char bytes[2048];

	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &messi.user), CHAT_OK);
	chat_upload_init(&upload, &messi);
	ck_assert_int_eq(chat_upload_to_user(&chat, &upload, chat_text("lineker")), CHAT_OK);
	ck_assert_int_eq(chat_upload_begin(&chat, &upload, chat_text("a.txt")), CHAT_OK);
	enum chat_result result = chat_upload_write(&upload, bytes, len);
	if (result == CHAT_OK)
		result = chat_upload_finish(&chat, &upload);
	chat_upload_end(&upload);
	realmctl_close();
	return result;
}

START_TEST(test_quota)
{
	WORKS(NULL, "user", "quota", "messi", "1K");
	TELLS(0, NULL, "\nfiles      0, 0 of 1024 bytes\n", "user", "show", "messi");
	ck_assert_int_eq(send_bytes(1025), CHAT_QUOTA);
	ck_assert_int_eq(send_bytes(1024), CHAT_OK);
	TELLS(0, NULL, "\nfiles      1, 1024 of 1024 bytes\n", "user", "show", "messi");
	TELLS(0, NULL, "\"quota\":1024", "user", "list", "-j");
	TELLS(0, NULL, "\"quota\":1024", "export");
	WORKS(NULL, "user", "quota", "messi", "default");
	ck_assert_int_eq(send_bytes(1025), CHAT_OK);
	TELLS(64, NULL, "", "user", "quota", "messi", "much");
	TELLS(64, NULL, "", "user", "quota", "messi", "0");
	TELLS(1, NULL, "no such user", "user", "quota", "maradona", "1K");
	TELLS(0, NULL, ": sound\n", "check");
}
END_TEST

START_TEST(test_admin)
{
	SAYS(0, "", "user", "admin", "messi", "on");
	TELLS(0, NULL, "\nadmin      yes\n", "user", "show", "messi");
	SAYS(0, "", "user", "admin", "messi", "off");
	TELLS(0, NULL, "\nadmin      no\n", "user", "show", "messi");
	SAYS(64, "kabarctl: perhaps is neither on nor off\n", "user", "admin", "messi", "perhaps");
	TELLS(1, NULL, "no such user", "user", "admin", "maradona", "on");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl broadcast");
	TCase *tcase = realmctl_tcase(suite, "kabarctl broadcast");

	tcase_add_test(tcase, test_all);
	tcase_add_test(tcase, test_online);
	tcase_add_test(tcase, test_full);
	tcase_add_test(tcase, test_quota);
	tcase_add_test(tcase, test_admin);
	return realm_run_suite(suite);
}
