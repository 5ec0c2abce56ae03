/*
 * kabarctl check --repair: what it says, what it leaves alone, and that the realm lives on.
 */
#include <stdio.h>
#include <unistd.h>

#include "chat/key.h"
#include "chat/message.h"
#include "damage.h"
#include "dialogue.h"
#include "realmctl.h"

static struct damage_store saved;
static struct dialogue talk;

static bool
nobody_writes(void *arg)
{
	return realm_committer(arg) == 0;
}

/* A few messages and a group; then the files as they are. */
static void
make_messages(void)
{
	struct chat_session session;
	char text[32];

	WORKS(NULL, "group", "add", "kopi", "messi");
	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &session.user), CHAT_OK);
	for (int i = 1; i <= 9; i++) {
		snprintf(text, sizeof(text), "message %d", i);
		ck_assert_int_eq(chat_message_send(&chat, &session, chat_text("lineker"),
		                     chat_text(text)),
		    CHAT_OK);
	}
	realmctl_close();
	ck_assert(realm_until(nobody_writes, &realm));
	damage_save(&saved, realm.state);
}

/* The first byte of a text in the newest file of logs, and what there is before it. */
static void
spoil_text(const char *text, long before)
{
	const struct damage_file *file = &saved.files[saved.n - 1];
	const unsigned char *at = memmem(file->bytes, file->size, text, strlen(text));

	ck_assert_ptr_nonnull(at);
	FILE *stream = fopen(file->path, "r+");
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_eq(fseek(stream, (long)(at - file->bytes) - before, SEEK_SET), 0);
	ck_assert_int_eq(fputs("spoilt", stream), 1);
	ck_assert_int_eq(fclose(stream), 0);
}

START_TEST(test_sound)
{
	make_messages();
	/* The first that opens the store notes what was done last. */
	WORKS(NULL, "check", "--repair");
	damage_free(&saved);
	damage_save(&saved, realm.state);
	SAYS(0, "nothing was repaired\n3 users, 1 groups, 9 messages: sound\n", "check",
	    "--repair");
	ck_assert(damage_is_undone(&saved));
	TELLS(64, NULL, "there is no option --mend here", "check", "--mend");
	TELLS(64, NULL, "there is no option --repair here", "who", "--repair");
}
END_TEST

START_TEST(test_running)
{
	realm_start(&realm);
	TELLS(75, NULL, "kabard", "check", "--repair");
	realm_stop(&realm);
	WORKS(NULL, "check", "--repair");
}
END_TEST

/* The key of a message is damaged: it is gone, and the others are read. */
START_TEST(test_message)
{
	make_messages();
	/* Between the record's head and the text: key, header, names. */
	spoil_text("message 4", 278);
	TELLS(1, NULL, "", "check", "--repair");
	TOLD("LOST: message 4 of the inbox of lineker\n");
	TOLD("LOST: message 4 of the conversation of messi and lineker\n");
	TOLD("LOST: message 4 of what messi did\n");
	TOLD("/damaged/log-0000000000000001.tdb.");
	TOLD("\n3 users, 1 groups, 9 messages: sound\n");
	SAYS(0, "nothing was repaired\n3 users, 1 groups, 9 messages: sound\n", "check",
	    "--repair");
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth lineker surabaya\n"
	    "a< TOKEN l\n"
	    "a> inbox $l\n"
	    "a< $*message 3\"$*message 5\"$*message 9\"$*\n");
	dialogue_end(&talk);
	realm_stop(&realm);
}
END_TEST

/* Names and inboxes come back from what was written; passwords do not. */
START_TEST(test_tables)
{
	make_messages();
	ck_assert_int_eq(unlink(saved.files[0].path), 0);
	TELLS(1, NULL, "LOST: tables.tdb with all that was only there\n", "check", "--repair");
	TOLD("LOST: user lineker, number ");
	TOLD("1 users, 0 groups, 9 messages: sound\n");
	WORKS("surabaya\n", "user", "passwd", "lineker");
	WORKS(NULL, "user", "unlock", "lineker");
	SAYS(0, "1 users, 0 groups, 9 messages: sound\n", "check");
	/* Numbers are not given again. */
	WORKS("surabaya\n", "user", "add", "messi");
	SAYS(0, "2 users, 0 groups, 9 messages: sound\n", "check");
}
END_TEST

/* The record of henderson, who is left with a name. */
static void
spoil_account(void)
{
	struct chat_user user;
	struct store_tx tx;
	unsigned char key[CHAT_KEY_ID];

	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("henderson"), &user), CHAT_OK);
	chat_key_id(key, user.id);
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_USERS, key, sizeof(key), "?", 1);
	ck_assert_int_eq(store_commit(chat.store, &tx, NULL), STORE_OK);
	realmctl_close();
}

/* A user whose record is lost has no password any more. */
START_TEST(test_account)
{
	make_messages();
	spoil_account();
	TELLS(1, NULL, "LOST: user henderson: what the name stands for, number ", "check",
	    "--repair");
	TOLD(", is not there; a repair gives it an account that is locked\n");
	TELLS(0, NULL, "locked", "user", "show", "henderson");
	SAYS(0, "3 users, 1 groups, 9 messages: sound\n", "check");
}
END_TEST

/* A dry run tells what a repair would do to records, and to a file, and writes nothing. */
START_TEST(test_dry_run)
{
	struct damage_store damaged;

	make_messages();
	SAYS(0, "0 to repair, 0 LOST: nothing was changed\n", "check", "--repair", "--dry-run");
	spoil_account();
	ck_assert(realm_until(nobody_writes, &realm));
	damage_save(&damaged, realm.state);
	TELLS(1, NULL, "LOST: user henderson: what the name stands for, number ", "check",
	    "--repair", "--dry-run");
	TOLD("\n0 to repair, 2 LOST: nothing was changed\n");
	ck_assert(damage_is_undone(&damaged));
	spoil_text("message 4", 278);
	damage_free(&damaged);
	damage_save(&damaged, realm.state);
	TELLS(0, NULL, "to repair: log/0000000000000001.tdb: not all of its records can be read\n",
	    "check", "--repair", "--dry-run");
	TOLD("\n1 to repair, 0 LOST: nothing was changed\n");
	ck_assert(damage_is_undone(&damaged));
	damage_free(&damaged);
	TELLS(64, NULL, "--dry-run is of use with --repair only", "check", "--dry-run");
}
END_TEST

/* A check tells of a damaged file what it can read all the same. */
START_TEST(test_check_damaged_file)
{
	make_messages();
	spoil_text("message 4", 278);
	TELLS(1, NULL, "LOST: log/0000000000000001.tdb: not all of its records can be read\n",
	    "check");
	TOLD("LOST: message 4 of the inbox of lineker\n");
	TOLD("3 users, 1 groups, 9 messages: ");
}
END_TEST

/* A program reads of what class each finding is, and where it is. */
START_TEST(test_json)
{
	make_messages();
	spoil_account();
	TELLS(1, NULL, "{\"class\":\"lost\",\"table\":\"users\",\"record\":\"", "check", "-j");
	TOLD("{\"class\":\"lost\",\"table\":\"user names\",\"record\":\"henderson\",\"text\":\"");
	TELLS(1, NULL, "\"repairs\":[{\"class\":\"lost\",\"table\":\"users\",", "check", "--repair",
	    "-j");
	TOLD("],\"findings\":[],\"users\":3,");
}
END_TEST

START_TEST(test_newest_logs)
{
	make_messages();
	ck_assert_int_eq(unlink(saved.files[saved.n - 1].path), 0);
	TELLS(1, NULL, "LOST: the newest file of logs", "check", "--repair");
	TOLD("3 users, 1 groups, 0 messages: sound\n");
}
END_TEST

/* A file of another program, or of a newer one, is not touched. */
START_TEST(test_not_ours)
{
	static const char newer[] = "kabar\0\0\0\0\3l";
	unsigned char *at;

	make_messages();
	at = memmem(saved.files[1].bytes, saved.files[1].size, "kabar\0\0\0\0\2l", 11);
	ck_assert_ptr_nonnull(at);
	memcpy(at, newer, sizeof(newer) - 1);
	damage_undo(&saved);
	TELLS(69, NULL, "was made by a newer kabar", "check", "--repair");
	ck_assert(damage_is_undone(&saved));
}
END_TEST

/* As after a power cut, and without the checkpoint, from which the files would be made whole. */
START_TEST(test_journal)
{
	char command[1024];

	make_messages();
	snprintf(command, sizeof(command), "rm -r %s/checkpoint", realm.state);
	ck_assert_int_eq(realmctl_shell(command), 0);
	TELLS(1, NULL, "LOST: the last checkpoint is missing\n", "check");
	ck_assert(realm_until(nobody_writes, &realm));
	snprintf(command, sizeof(command), "echo another boot >%s/boot", realm.state);
	ck_assert_int_eq(realmctl_shell(command), 0);
	TELLS(1, NULL, "LOST: the last checkpoint is missing\n", "check");
	TOLD("its last checkpoint is missing");
	ck_assert(realm_until(nobody_writes, &realm));
	TELLS(0, NULL, "to repair, 0 LOST: nothing was changed\n", "check", "--repair",
	    "--dry-run");
	TELLS(1, NULL, "LOST: the machine has stopped, and there is no checkpoint", "check",
	    "--repair");
	TOLD("repaired: the journal was begun anew");
	TOLD("\n3 users, 1 groups, 9 messages: sound\n");
	SAYS(0, "3 users, 1 groups, 9 messages: sound\n", "check");
}
END_TEST

/* Half a repair is no store: nothing is changed until another one has ended. */
START_TEST(test_interrupted)
{
	char command[1024], path[256];

	make_messages();
	snprintf(path, sizeof(path), "%s/repair", realm.state);
	snprintf(command, sizeof(command), "echo -l- >%s", path);
	ck_assert_int_eq(realmctl_shell(command), 0);
	TELLS(69, NULL, "the store failed", "user", "lock", "messi");
	WORKS(NULL, "check", "--repair");
	ck_assert_int_ne(access(path, F_OK), 0);
	WORKS(NULL, "user", "lock", "messi");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl repair");
	TCase *tcase = realmctl_tcase(suite, "kabarctl repair");

	tcase_add_test(tcase, test_sound);
	tcase_add_test(tcase, test_running);
	tcase_add_test(tcase, test_message);
	tcase_add_test(tcase, test_tables);
	tcase_add_test(tcase, test_account);
	tcase_add_test(tcase, test_dry_run);
	tcase_add_test(tcase, test_check_damaged_file);
	tcase_add_test(tcase, test_json);
	tcase_add_test(tcase, test_newest_logs);
	tcase_add_test(tcase, test_not_ours);
	tcase_add_test(tcase, test_journal);
	tcase_add_test(tcase, test_interrupted);
	return realm_run_suite(suite);
}
