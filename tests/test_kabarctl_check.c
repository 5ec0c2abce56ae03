/*
 * kabarctl check: what it finds in a sound realm, a damaged one, and one that is in use.
 */
#include "base/clock.h"
#include "chat/group.h"
#include "chat/inbox.h"
#include "chat/key.h"
#include "chat/set.h"
#include "chat/user.h"
#include "chat/user_delete.h"
#include "realmctl.h"

/*
 * Check. Each damage is done to a realm of three users and a group of two of them.
 */

static struct store_tx tx;
static uint64_t messi, lineker, kopi;

static void
begin_damage(void)
{
	struct chat_user user;
	struct chat_group group;

	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "group", "join", "kopi", "lineker");
	SAYS(0, "3 users, 1 groups, 0 messages: sound\n", "check");
	realmctl_open();
	ck_assert_int_eq(chat_user_find(&chat, chat_text("messi"), &user), CHAT_OK);
	messi = user.id;
	ck_assert_int_eq(chat_user_find(&chat, chat_text("lineker"), &user), CHAT_OK);
	lineker = user.id;
	ck_assert_int_eq(chat_group_find(&chat, chat_text("kopi"), &group), CHAT_OK);
	kopi = group.id;
	store_tx_init(&tx);
}

static void
end_damage(void)
{
	ck_assert_int_eq(store_commit(chat.store, &tx, NULL), STORE_OK);
	realmctl_close();
}

START_TEST(test_check_user_name)
{
	begin_damage();
	store_tx_delete(&tx, CHAT_TABLE_USER_NAMES, "messi", 5);
	end_damage();
	TELLS(1, NULL, "LOST: user messi, number ", "check");
	TOLD("\n3 users, 1 groups, 0 messages: 1 LOST\n");
}
END_TEST

START_TEST(test_check_user)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, messi);
	store_tx_delete(&tx, CHAT_TABLE_USERS, key, sizeof(key));
	end_damage();
	TELLS(1, NULL, "LOST: user messi: what the name stands for, number ", "check");
}
END_TEST

/* The owner and member of a group is gone with its name: the check can only give its number. */
START_TEST(test_check_owner)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, messi);
	store_tx_delete(&tx, CHAT_TABLE_USERS, key, sizeof(key));
	store_tx_delete(&tx, CHAT_TABLE_USER_NAMES, "messi", 5);
	end_damage();
	TELLS(1, NULL, "warning: group kopi: the owner is gone\n", "check");
	TOLD("warning: group kopi: a member, number ");
}
END_TEST

START_TEST(test_check_user_unreadable)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, messi);
	store_tx_put(&tx, CHAT_TABLE_USERS, key, sizeof(key), "?", 1);
	end_damage();
	TELLS(1, NULL, ": the record is damaged\n", "check");
}
END_TEST

START_TEST(test_check_exchanged_names)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, messi);
	store_tx_put(&tx, CHAT_TABLE_USER_NAMES, "lineker", 7, key, sizeof(key));
	end_damage();
	TELLS(1, NULL, "LOST: user lineker: the name leads to messi\n", "check");
}
END_TEST

/* A deletion that was cut off leaves a group like this. */
START_TEST(test_check_group_name)
{
	struct chat_set names = chat_group_names();
	uint32_t others;

	begin_damage();
	store_tx_delete(&tx, CHAT_TABLE_GROUP_NAMES, "kopi", 4);
	ck_assert_int_eq(chat_set_remove(&chat, &tx, &names, "kopi", 4, &others), STORE_OK);
	end_damage();
	TELLS(0, NULL, "warning: group kopi, number ", "check");
	TOLD(": sound, 1 warning\n");
}
END_TEST

START_TEST(test_check_group)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, kopi);
	store_tx_delete(&tx, CHAT_TABLE_GROUPS, key, sizeof(key));
	end_damage();
	TELLS(1, NULL, "LOST: group kopi: what the name stands for, number ", "check");
}
END_TEST

START_TEST(test_check_group_list)
{
	struct chat_set names = chat_group_names();
	uint32_t others;

	begin_damage();
	ck_assert_int_eq(chat_set_remove(&chat, &tx, &names, "kopi", 4, &others), STORE_OK);
	end_damage();
	TELLS(1, NULL, "LOST: group kopi is not in the list of groups\n", "check");
}
END_TEST

START_TEST(test_check_member)
{
	unsigned char key[CHAT_KEY_PAIR];

	begin_damage();
	chat_key_pair(key, kopi, lineker);
	store_tx_delete(&tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	end_damage();
	TELLS(1, NULL, "LOST: group kopi: user lineker is listed, but is no member there\n",
	    "check");
}
END_TEST

/* The record of a list under which an index, or for UINT32_MAX the count, or a member is kept. */
static void
delete_row(struct chat_set set, enum chat_set_record record, uint32_t index, uint64_t member)
{
	struct chat_set_row row = { .record = record, .set = set, .number = index };
	unsigned char key[CHAT_SET_KEY], id[CHAT_KEY_ID];

	chat_key_id(id, member);
	row.member = id;
	row.member_len = sizeof(id);
	store_tx_delete(&tx, CHAT_TABLE_SETS, key, chat_set_key(key, &row));
}

START_TEST(test_check_group_item)
{
	begin_damage();
	delete_row(chat_set_of(CHAT_SET_MEMBERS, kopi), CHAT_SET_ITEM, 1, 0);
	end_damage();
	TELLS(1, NULL, "LOST: the list of members of kopi is damaged\n", "check");
}
END_TEST

START_TEST(test_check_group_member)
{
	begin_damage();
	delete_row(chat_set_of(CHAT_SET_MEMBERS, kopi), CHAT_SET_INDEX, 0, lineker);
	end_damage();
	TELLS(1, NULL, "LOST: member lineker is not in the list of members of kopi\n", "check");
}
END_TEST

START_TEST(test_check_user_item)
{
	begin_damage();
	delete_row(chat_set_of(CHAT_SET_USER_GROUPS, lineker), CHAT_SET_INDEX, 0, kopi);
	end_damage();
	TELLS(1, NULL, "LOST: group kopi is not in the list of groups of lineker\n", "check");
}
END_TEST

START_TEST(test_check_user_count)
{
	begin_damage();
	delete_row(chat_set_of(CHAT_SET_USER_GROUPS, lineker), CHAT_SET_COUNT, 0, 0);
	end_damage();
	TELLS(1, NULL, "LOST: the list of groups of lineker is damaged\n", "check");
}
END_TEST

/*
 * The administrator can remove a user or group that lacks a part of its memberships; the damage
 * goes with it.
 */
START_TEST(test_delete_without_membership)
{
	unsigned char key[CHAT_KEY_PAIR];

	begin_damage();
	chat_key_pair(key, kopi, lineker);
	store_tx_delete(&tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	end_damage();
	WORKS(NULL, "user", "del", "lineker");
	SAYS(0, "2 users, 1 groups, 0 messages: sound\n", "check");
}
END_TEST

START_TEST(test_delete_group_without_membership)
{
	unsigned char key[CHAT_KEY_PAIR];

	begin_damage();
	chat_key_pair(key, kopi, lineker);
	store_tx_delete(&tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	end_damage();
	WORKS(NULL, "group", "del", "kopi");
	SAYS(0, "3 users, 0 groups, 0 messages: sound\n", "check");
}
END_TEST

START_TEST(test_delete_without_group)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, kopi);
	store_tx_delete(&tx, CHAT_TABLE_GROUPS, key, sizeof(key));
	end_damage();
	WORKS(NULL, "user", "del", "lineker");
	WORKS(NULL, "user", "del", "messi");
}
END_TEST

/* A list with an entry that is not its member cannot be emptied: the command ends and says so. */
START_TEST(test_delete_with_damaged_list)
{
	unsigned char key[CHAT_KEY_PAIR];

	begin_damage();
	chat_key_pair(key, kopi, lineker);
	store_tx_delete(&tx, CHAT_TABLE_MEMBERS, key, sizeof(key));
	delete_row(chat_set_of(CHAT_SET_USER_GROUPS, lineker), CHAT_SET_INDEX, 0, kopi);
	delete_row(chat_set_of(CHAT_SET_MEMBERS, kopi), CHAT_SET_INDEX, 0, lineker);
	end_damage();
	TELLS(69, NULL, " cannot be taken out of group number ", "user", "del", "lineker");
	TELLS(69, NULL, " cannot be taken out of group number ", "group", "del", "kopi");
}
END_TEST

START_TEST(test_check_group_of_members)
{
	unsigned char key[CHAT_KEY_ID];

	begin_damage();
	chat_key_id(key, kopi);
	store_tx_delete(&tx, CHAT_TABLE_GROUPS, key, sizeof(key));
	store_tx_delete(&tx, CHAT_TABLE_GROUP_NAMES, "kopi", 4);
	end_damage();
	TELLS(1, NULL, " has members, but is not there\n", "check");
	TOLD("LOST: group kopi is missing, but stands in the list of groups\n");
}
END_TEST

START_TEST(test_check_cursors)
{
	unsigned char key[CHAT_KEY_PAIR];

	begin_damage();
	chat_key_pair(key, lineker, lineker);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), 4);
	store_tx_put(&tx, STORE_CURSORS, "messi", 5, "12345678", 8);
	end_damage();
	TELLS(1, NULL, ": reader lineker is at 4, but the newest entry is 0\n", "check");
	TOLD("LOST: the record of a cursor is damaged\n");
}
END_TEST

START_TEST(test_check_counter)
{
	unsigned char value[8];

	begin_damage();
	pack_put_u64(value, 1);
	store_tx_put(&tx, STORE_COUNTERS, "id", 2, value, sizeof(value));
	end_damage();
	TELLS(1, NULL, "LOST: the numbers of users and groups will be given again\n", "check");
}
END_TEST

START_TEST(test_check_closed_log)
{
	begin_damage();
	store_tx_close_log(&tx, messi);
	end_damage();
	TELLS(1, NULL, "LOST: user messi: messages are refused as if it were removed\n", "check");
}
END_TEST

START_TEST(test_check_leftovers)
{
	unsigned char key[CHAT_KEY_PAIR], session[32];
	struct pack p;

	begin_damage();
	pack_init(&p, session, sizeof(session));
	pack_u8(&p, 1);
	pack_u64(&p, 999);
	pack_u32(&p, 1);
	pack_i64(&p, clock_now_ms());
	store_tx_put(&tx, CHAT_TABLE_TOKENS, "hash", 4, session, p.len);
	chat_key_pair(key, 999, 999);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), 0);
	chat_key_pair(key, messi, 999);
	store_tx_put(&tx, STORE_CURSORS, key, sizeof(key), "\0\0\0\0\0\0\0", 8);
	store_tx_put(&tx, CHAT_TABLE_REALM, "name", 4, "malang", 6);
	end_damage();
	TELLS(0, NULL, "warning: 1 sessions of users who are gone", "check");
	TOLD(" cursors of users and members who are gone");
	TOLD("the realm was made as malang, the configuration calls it surabaya");
	TOLD(": sound, 3 warnings\n");
}
END_TEST

/* The inbox of lineker is on its way, who has read it when it is too late. */
static void
read_inbox(size_t logs, void (*meanwhile)(void))
{
	struct chat_inbox inbox;
	struct chat_inbox_pending pending = { .tx = NULL };

	ck_assert_int_eq(chat_inbox_look(&chat, lineker, CHAT_INBOX_ALL, &inbox), CHAT_OK);
	ck_assert_uint_eq(inbox.n_logs, logs);
	ck_assert_uint_eq(inbox.n_items, logs);
	chat_inbox_await(&pending, lineker, &inbox);
	chat_inbox_free(&inbox);
	meanwhile();
	chat_inbox_ack(&chat, &pending);
}

static void
leave_group(void)
{
	ck_assert_int_eq(chat_group_leave(&chat, chat_text("kopi"), lineker), CHAT_OK);
}

static void
delete_user(void)
{
	ck_assert_int_eq(chat_user_delete(&chat, chat_text("lineker")), CHAT_OK);
}

/* A user who leaves while a reply is on its way leaves no cursor behind. */
START_TEST(test_check_late_cursors)
{
	struct chat_text to = chat_text("lineker"), text = chat_text("halo");
	struct chat_session session;

	begin_damage();
	ck_assert_int_eq(chat_user_get(&chat, messi, &session.user), CHAT_OK);
	ck_assert_int_eq(chat_message_send_group(&chat, &session, chat_text("kopi"), text),
	    CHAT_OK);
	ck_assert_int_eq(chat_message_send(&chat, &session, to, text), CHAT_OK);
	read_inbox(2, leave_group);
	/* The own cursor has moved all the same. */
	ck_assert_int_eq(chat_message_send(&chat, &session, to, text), CHAT_OK);
	read_inbox(1, delete_user);
	realmctl_close();
	TELLS(0, NULL, "2 users, 1 groups, ", "check");
	TOLD(" messages: sound\n");
}
END_TEST

/* Changes by others are not taken for damage. */
START_TEST(test_check_meanwhile)
{
	ck_assert_int_eq(realmctl_shell(
	                     "$ctl group add kopi messi\n"
	                     "( for i in 1 2 3 4 5; do\n"
	                     "  $ctl group join kopi lineker; $ctl group leave kopi lineker\n"
	                     "  $ctl group add teh henderson; $ctl group del teh\n"
	                     "done ) & \n"
	                     "for i in 1 2 3 4 5 6; do\n"
	                     "  $ctl check || exit 1\n"
	                     "done\n"
	                     "wait"),
	    0);
	ck_assert_ptr_null(strstr(output, "LOST"));
	SAYS(0, "3 users, 1 groups, 0 messages: sound\n", "check");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl check");
	TCase *tcase = realmctl_tcase(suite, "kabarctl check");

	tcase_add_test(tcase, test_check_user_name);
	tcase_add_test(tcase, test_check_user);
	tcase_add_test(tcase, test_check_owner);
	tcase_add_test(tcase, test_check_user_unreadable);
	tcase_add_test(tcase, test_check_exchanged_names);
	tcase_add_test(tcase, test_check_group_name);
	tcase_add_test(tcase, test_check_group);
	tcase_add_test(tcase, test_check_group_list);
	tcase_add_test(tcase, test_check_member);
	tcase_add_test(tcase, test_check_group_item);
	tcase_add_test(tcase, test_check_group_member);
	tcase_add_test(tcase, test_check_user_item);
	tcase_add_test(tcase, test_check_user_count);
	tcase_add_test(tcase, test_check_group_of_members);
	tcase_add_test(tcase, test_check_cursors);
	tcase_add_test(tcase, test_check_counter);
	tcase_add_test(tcase, test_delete_without_membership);
	tcase_add_test(tcase, test_delete_group_without_membership);
	tcase_add_test(tcase, test_delete_without_group);
	tcase_add_test(tcase, test_delete_with_damaged_list);
	tcase_add_test(tcase, test_check_closed_log);
	tcase_add_test(tcase, test_check_leftovers);
	tcase_add_test(tcase, test_check_late_cursors);
	tcase_add_test(tcase, test_check_meanwhile);
	return realm_run_suite(suite);
}
