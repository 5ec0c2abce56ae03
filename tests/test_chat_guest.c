/*
 * The accounts of guests in the store: how they come and are bounded, how a guest becomes a user,
 * takes another name and goes, whose connection is taken for gone, and what a check finds.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "chat/fsck/fsck.h"
#include "chat/group.h"
#include "chat/invitation.h"
#include "chat/janitor.h"
#include "chat/login.h"
#include "chat/member.h"
#include "chat/message.h"
#include "chat/password.h"
#include "chat/push.h"
#include "chat/table.h"
#include "chat/user_delete.h"
#include "chat/user_guest.h"
#include "fake_clock.h"
#include "file_fixture.h"
#include "suite.h"

#define MINUTE_MS (60 * 1000)

static char hash[PASSWORD_HASH_SIZE];

static void
setup(void)
{
	file_setup();
	file_config.guests_max = 3;
	file_config.groups_max = file_config.groups_own_max = file_config.group_members_max = 10;
	file_config.password_min = 1;
	file_config.token_lifetime = 3600;
	file_chat.scoreboard = scoreboard_open(file_config.state, 8);
	ck_assert_ptr_nonnull(file_chat.scoreboard);
	ck_assert_int_eq(password_hash("rahasia", 1, hash, sizeof(hash)), 0);
}

static void
teardown(void)
{
	fake_clock_shift(CLOCK_REALTIME, 0);
	scoreboard_close(file_chat.scoreboard);
	file_chat.scoreboard = NULL;
	file_teardown();
}

static enum chat_result
come(const char *name, const char *fullname, struct chat_user *user)
{
	*user = (struct chat_user){ .id = 0 };
	snprintf(user->name, sizeof(user->name), "%s", name);
	snprintf(user->fullname, sizeof(user->fullname), "%s", fullname);
	return chat_user_guest_add(&file_chat, user);
}

/* Who must get in. */
static struct chat_user
guest(const char *name)
{
	struct chat_user user;

	ck_assert_int_eq(come(name, "", &user), CHAT_OK);
	return user;
}

/* The account of a name; id 0: there is none. */
static struct chat_user
account(const char *name)
{
	struct chat_user user = { .id = 0 };
	enum chat_result result = chat_user_find(&file_chat, chat_text(name), &user);

	ck_assert(result == CHAT_OK || result == CHAT_NO_USER);
	return user;
}

static uint32_t
count_guests(void)
{
	const struct chat_set guests = chat_user_guests();
	uint32_t count;

	ck_assert_int_eq(chat_set_count(&file_chat, &guests, &count), STORE_OK);
	return count;
}

static enum chat_result
log_in(const char *name)
{
	struct chat_user user;

	return chat_login_check(&file_chat, chat_text(name), chat_text("rahasia"), &user);
}

/* This process shows a user, 0: nobody. */
static void
show(uint64_t user)
{
	ck_assert(signal(CHAT_PUSH_SIGNAL, SIG_IGN) != SIG_ERR); /* sessions may have ended */
	ck_assert_int_ge(scoreboard_enter(file_chat.scoreboard), 0);
	scoreboard_show(file_chat.scoreboard, &(struct scoreboard_entry){ .user = user });
}

START_TEST(test_coming)
{
	struct chat_user user, other;

	ck_assert_int_eq(come("tamu", "Tamu Jauh", &user), CHAT_OK);
	other = account("TAMU");
	ck_assert_uint_eq(other.id, user.id);
	ck_assert(other.guest);
	ck_assert(!other.locked);
	ck_assert_str_eq(other.fullname, "Tamu Jauh");
	ck_assert_int_eq(come("Tamu", "", &other), CHAT_USER_EXISTS);
	ck_assert_int_eq(come("messi", "", &other), CHAT_USER_EXISTS);
	/* The look-alike rules of registration. */
	ck_assert_int_eq(come("admin", "", &other), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(come("dua", "Adm1n", &other), CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(come("dua", "Messi", &other), CHAT_USER_EXISTS);
	ck_assert_int_eq(come("a b", "", &other), CHAT_BAD_ARGUMENT);
	ck_assert_str_eq(guest("dua").fullname, "dua");
	/* Nobody logs in to it, whatever the password. */
	ck_assert_int_eq(log_in("tamu"), CHAT_BAD_PASSWORD);
	ck_assert_int_eq(chat_user_passwd(&file_chat, chat_text("tamu"), "rahasia"),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(log_in("tamu"), CHAT_BAD_PASSWORD);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_bound)
{
	struct chat_user user;

	guest("satu");
	guest("dua");
	user = guest("tiga");
	ck_assert_uint_eq(count_guests(), 3);
	ck_assert_int_eq(come("empat", "", &user), CHAT_TOO_MANY);
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("dua")), CHAT_OK);
	ck_assert_uint_eq(count_guests(), 2);
	guest("empat");
	/* Users are not counted. */
	user = account("empat");
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &user, hash, NULL), CHAT_OK);
	guest("lima");
	ck_assert_uint_eq(count_guests(), 3);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_claim)
{
	struct chat_user user = guest("tamu"), other;
	struct chat_password password = { .epoch = 1 };
	struct chat_session session;

	ck_assert_int_eq(chat_session_open(&file_chat, &user, &session), CHAT_OK);
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &user, "bukan", NULL),
	    CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &user, hash, "0123456789abcdef"),
	    CHAT_NO_INVITATION);
	ck_assert_int_eq(chat_password_read(&file_config, user.id, &password), CHAT_NO_USER);
	/* A death in the middle of a claim leaves a hash, which lets nobody in. */
	snprintf(password.hash, sizeof(password.hash), "%s", hash);
	ck_assert_int_eq(chat_password_write(&file_config, user.id, &password), CHAT_OK);
	ck_assert_int_eq(log_in("tamu"), CHAT_BAD_PASSWORD);
	ck_assert(account("tamu").guest);
	file_assert_check(NULL);
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &user, hash, NULL), CHAT_OK);
	ck_assert(!user.guest);
	other = account("tamu");
	ck_assert(!other.guest);
	ck_assert_uint_eq(other.id, user.id);
	ck_assert_int_eq(log_in("tamu"), CHAT_OK);
	ck_assert_uint_eq(count_guests(), 0);
	/* The session goes on. */
	ck_assert_int_eq(chat_session_find(&file_chat, chat_text(session.token), &session),
	    CHAT_OK);
	ck_assert(!session.user.guest);
	/* It is nobody's any more to claim, to rename, to end. */
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &user, hash, NULL), CHAT_FORBIDDEN);
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("lain")),
	    CHAT_FORBIDDEN);
	ck_assert_int_eq(chat_user_delete_guest(&file_chat, user.id), CHAT_FORBIDDEN);
	ck_assert(!account("tamu").locked);
	file_assert_check(NULL);
}
END_TEST

/* By the code of an invitation, whose use is the user's. */
START_TEST(test_claim_invited)
{
	struct chat_invitation invitation = { .uses = 1, .expires_ms = clock_now_ms() + 1000000 };
	struct chat_user user = guest("tamu"), second = guest("lain");
	const char *letters = "k7mq2f9x01wd8c3n";

	ck_assert_int_eq(chat_invitation_make(&file_chat, &invitation, letters), CHAT_OK);
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &user, hash, letters), CHAT_OK);
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &second, hash, letters),
	    CHAT_NO_INVITATION);
	ck_assert(account("lain").guest);
	ck_assert_int_eq(chat_invitation_find(&file_chat, letters, &invitation),
	    CHAT_NO_INVITATION);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_rename)
{
	struct chat_user user, other = guest("lain");

	ck_assert_int_eq(come("tamu", "Tamu", &user), CHAT_OK);
	uint64_t id = user.id;
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("messi")),
	    CHAT_USER_EXISTS);
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("lain")),
	    CHAT_USER_EXISTS);
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("r00t")),
	    CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("a b")),
	    CHAT_BAD_ARGUMENT);
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("")),
	    CHAT_BAD_ARGUMENT);
	ck_assert_str_eq(user.name, "tamu");
	/* The full name is the guest's own old name. */
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("baru")), CHAT_OK);
	ck_assert_uint_eq(user.id, id);
	ck_assert_str_eq(user.name, "baru");
	ck_assert_uint_eq(account("baru").id, id);
	ck_assert_uint_eq(account("tamu").id, 0);
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &user, chat_text("BARU")), CHAT_OK);
	ck_assert_str_eq(account("baru").name, "BARU");
	/* The old name is free. */
	ck_assert_int_eq(chat_user_guest_rename(&file_chat, &other, chat_text("tamu")), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

/* A guest works like any account, but sends no files. */
START_TEST(test_as_a_user)
{
	struct chat_session session = { .user = guest("tamu") };

	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), session.user.id), CHAT_OK);
	ck_assert_int_eq(chat_message_send(&file_chat, &session, chat_text("messi"),
	                     chat_text("halo")),
	    CHAT_OK);
	ck_assert_int_eq(file_send(&session, "messi", "a.txt", "isi"), CHAT_QUOTA);
	file_assert_check(NULL);
}
END_TEST

/* With a guest go the groups that only the guest was in; those of others stay. */
START_TEST(test_end)
{
	struct chat_user user = guest("tamu");
	struct chat_group group;

	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("kopi"), user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("sendiri"), user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("ramai"), user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_add(&file_chat, chat_text("sunyi"), user.id), CHAT_OK);
	ck_assert_int_eq(chat_group_join(&file_chat, chat_text("ramai"), messi.user.id), CHAT_OK);
	ck_assert_int_eq(chat_user_delete_guest(&file_chat, user.id), CHAT_OK);
	ck_assert_uint_eq(account("tamu").id, 0);
	ck_assert_uint_eq(count_guests(), 0);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("sendiri"), &group), CHAT_NO_GROUP);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("sunyi"), &group), CHAT_NO_GROUP);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("ramai"), &group), CHAT_OK);
	ck_assert_uint_eq(group.owner, 0);
	ck_assert_int_eq(chat_group_find(&file_chat, chat_text("kopi"), &group), CHAT_OK);
	ck_assert_int_eq(chat_member_find(&file_chat, kopi, user.id), CHAT_NOT_MEMBER);
	ck_assert_int_eq(chat_user_delete_guest(&file_chat, user.id), CHAT_NO_USER);
	ck_assert_int_eq(chat_user_delete_guest(&file_chat, messi.user.id), CHAT_FORBIDDEN);
	file_assert_check(NULL);
}
END_TEST

static enum chat_result
enter(const char *name, uint64_t known)
{
	struct chat_user user = { .id = 0 };

	snprintf(user.name, sizeof(user.name), "%s", name);
	return chat_user_guest_enter(&file_chat, &user, known);
}

/* The name of a guest who is gone is free, as soon as that is sure. */
START_TEST(test_way)
{
	struct chat_user user = guest("tamu");

	show(user.id);
	ck_assert(!chat_user_guest_left(&file_chat, &user));
	ck_assert_int_eq(enter("tamu", user.id), CHAT_USER_EXISTS);
	show(0);
	ck_assert(chat_user_guest_left(&file_chat, &user));
	/* It may just be coming. */
	ck_assert_int_eq(enter("tamu", 0), CHAT_USER_EXISTS);
	ck_assert_int_eq(enter("tamu", user.id + 1), CHAT_USER_EXISTS);
	ck_assert_int_eq(enter("tamu", user.id), CHAT_OK);
	ck_assert_uint_ne(account("tamu").id, user.id);
	user = account("tamu");
	fake_clock_shift(CLOCK_REALTIME, MINUTE_MS);
	ck_assert_int_eq(enter("tamu", 0), CHAT_OK);
	ck_assert_uint_ne(account("tamu").id, user.id);
	/* A user's is nobody else's. */
	ck_assert_int_eq(enter("messi", messi.user.id), CHAT_USER_EXISTS);
	ck_assert_int_eq(enter("messi", 0), CHAT_USER_EXISTS);
	/* Where nobody's presence is known nobody is taken for gone. */
	struct scoreboard *scoreboard = file_chat.scoreboard;
	file_chat.scoreboard = NULL;
	user = account("tamu");
	ck_assert(!chat_user_guest_left(&file_chat, &user));
	file_chat.scoreboard = scoreboard;
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_janitor)
{
	struct chat_user here = guest("ada"), claimed = guest("jadi");
	struct chat_janitor janitor;

	guest("pergi");
	ck_assert_int_eq(chat_user_guest_claim(&file_chat, &claimed, hash, NULL), CHAT_OK);
	show(here.id);
	fake_clock_shift(CLOCK_REALTIME, 9 * MINUTE_MS);
	ck_assert_int_eq(chat_janitor_run(&file_chat, &janitor), CHAT_OK);
	ck_assert_uint_eq(janitor.guests, 0);
	fake_clock_shift(CLOCK_REALTIME, 11 * MINUTE_MS);
	guest("baru");
	ck_assert_int_eq(chat_janitor_run(&file_chat, &janitor), CHAT_OK);
	ck_assert_uint_eq(janitor.guests, 1);
	ck_assert_uint_eq(account("pergi").id, 0);
	ck_assert_uint_ne(account("ada").id, 0);
	ck_assert_uint_ne(account("jadi").id, 0);
	ck_assert_uint_ne(account("baru").id, 0);
	file_assert_check(NULL);
}
END_TEST

/* The list of guests follows from the accounts. */
START_TEST(test_damage)
{
	struct chat_user user = guest("tamu"), plain;
	const struct chat_set guests = chat_user_guests();
	unsigned char key[8];
	struct store_tx tx;
	uint32_t others;

	pack_put_u64(key, user.id);
	store_tx_init(&tx);
	ck_assert_int_eq(chat_set_remove(&file_chat, &tx, &guests, key, sizeof(key), &others),
	    STORE_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("tamu is not in the list of passing accounts");
	store_tx_init(&tx);
	ck_assert_int_eq(chat_set_add(&file_chat, &tx, &guests, key, sizeof(key), &others),
	    STORE_OK);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check(NULL);
	plain = user;
	plain.guest = false;
	store_tx_init(&tx);
	chat_user_tx_change(&tx, &user, &plain);
	ck_assert_int_eq(store_commit(file_chat.store, &tx, NULL), STORE_OK);
	file_assert_check("tamu is missing, but stands in the list of passing accounts");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("chat_guest");
	TCase *tcase = tcase_create("alone");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, FIXTURE_TIMEOUT);
	tcase_add_test(tcase, test_coming);
	tcase_add_test(tcase, test_bound);
	tcase_add_test(tcase, test_claim);
	tcase_add_test(tcase, test_claim_invited);
	tcase_add_test(tcase, test_rename);
	tcase_add_test(tcase, test_as_a_user);
	tcase_add_test(tcase, test_end);
	tcase_add_test(tcase, test_way);
	tcase_add_test(tcase, test_janitor);
	tcase_add_test(tcase, test_damage);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
