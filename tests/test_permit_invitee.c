/*
 * Invitations to groups against workers that do not keep to the steps of the verbs: half an
 * invitation, one that is used twice, one of a user who blocks the owner, and private groups that
 * other realms write to. For each forgery there is a transaction that differs in one thing and is
 * allowed.
 */
#include "chat/block.h"
#include "chat/choice.h"
#include "chat/file/put.h"
#include "chat/group_delete.h"
#include "chat/invitee.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/realm/remote_log.h"
#include "chat/user.h"
#include "chat/user_delete.h"
#include "permit_fixture.h"

#define GROUP chat_text("kopi")

static enum chat_result
invite(const struct chat_session *by, const char *user)
{
	permit_as_user(by);
	return chat_choice_invite(&file_chat, GROUP, &by->user, chat_text(user));
}

static void
make_private(void)
{
	permit_as_user(&messi);
	ck_assert_int_eq(chat_choice_set(&file_chat, GROUP, &messi.user, chat_text("private"),
	                     chat_text("on")),
	    CHAT_OK);
}

static size_t
pack_invitee(unsigned char data[CHAT_INVITEE_RECORD])
{
	return chat_invitee_pack(data, &(struct chat_invitee){ .invited_ms = 1 });
}

/* A record, as the verb puts it; the lists are the caller's. */
static void
tx_put_record(uint64_t user)
{
	unsigned char data[CHAT_INVITEE_RECORD], member[CHAT_KEY_PAIR];
	size_t len = pack_invitee(data);

	chat_key_pair(member, kopi, user);
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	ck_assert_int_eq(chat_owner_tx_expect_user(&file_chat, &permit_tx, user), CHAT_OK);
	store_tx_expect_absent(&permit_tx, CHAT_TABLE_MEMBERS, member, sizeof(member));
	chat_key_swap(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR, NULL,
	    0, data, len);
}

static void
tx_delete_record(uint64_t user)
{
	unsigned char data[PERMIT_RECORD];
	size_t len =
	    permit_record(CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR, data);

	store_tx_init(&permit_tx);
	chat_key_swap(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR, data,
	    len, NULL, 0);
}

typedef enum store_status change_set(struct chat *, struct store_tx *, const struct chat_set *,
    const void *member, size_t len, uint32_t *others);

static void
tx_users(uint64_t user, change_set *change)
{
	struct chat_set set = chat_set_of(CHAT_SET_INVITEES, kopi);
	uint32_t others;

	ck_assert_int_eq(change(&file_chat, &permit_tx, &set, permit_id(user), CHAT_KEY_ID,
	                     &others),
	    STORE_OK);
}

static void
tx_groups(uint64_t user, change_set *change)
{
	struct chat_set set = chat_set_of(CHAT_SET_USER_INVITED, user);
	uint32_t others;

	ck_assert_int_eq(change(&file_chat, &permit_tx, &set, permit_id(kopi), CHAT_KEY_ID,
	                     &others),
	    STORE_OK);
}

/* An invitation comes as a whole. */
START_TEST(test_half_put)
{
	const uint64_t user = lineker.user.id;

	permit_as_user(&messi);
	tx_put_record(user);
	PERMIT_FORBIDDEN();
	tx_put_record(user);
	tx_users(user, chat_set_add);
	PERMIT_FORBIDDEN();
	tx_put_record(user);
	tx_groups(user, chat_set_add);
	PERMIT_FORBIDDEN();
	/* The lists alone, since the record is gone at the end. */
	tx_put_record(user);
	tx_users(user, chat_set_add);
	tx_groups(user, chat_set_add);
	store_tx_delete(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR);
	PERMIT_FORBIDDEN();
	tx_put_record(user);
	tx_users(user, chat_set_add);
	tx_groups(user, chat_set_add);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

static void
try_half_ends(const struct chat_session *by)
{
	const uint64_t user = lineker.user.id;

	permit_as_user(by);
	tx_delete_record(user);
	PERMIT_FORBIDDEN();
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR);
	PERMIT_FORBIDDEN();
	tx_delete_record(user);
	tx_users(user, chat_set_remove);
	PERMIT_FORBIDDEN();
	tx_delete_record(user);
	tx_groups(user, chat_set_remove);
	PERMIT_FORBIDDEN();
	/* What was there is not said. */
	store_tx_init(&permit_tx);
	store_tx_delete(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR);
	tx_users(user, chat_set_remove);
	tx_groups(user, chat_set_remove);
	PERMIT_FORBIDDEN();
}

/* And it goes as a whole, whoever ends it. */
START_TEST(test_half_end)
{
	const uint64_t user = lineker.user.id;

	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	try_half_ends(&messi);
	try_half_ends(&lineker);
	tx_delete_record(user);
	tx_users(user, chat_set_remove);
	tx_groups(user, chat_set_remove);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
}
END_TEST

/* Leaves an invitation of lineker's in the lists alone, as only a damaged store has it. */
static void
damage(void)
{
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	permit_as_nobody();
	tx_delete_record(lineker.user.id);
	PERMIT_ALLOWED();
}

/* What a list says of an invitation that there is not keeps nobody, and lets nobody in. */
START_TEST(test_damaged)
{
	const uint64_t user = lineker.user.id;

	make_private();
	damage();
	file_config.groups_max = file_config.group_members_max = 10;
	permit_as_user(&lineker);
	ck_assert_int_eq(chat_group_enter(&file_chat, GROUP, user), CHAT_NOT_INVITED);
	ck_assert_int_eq(chat_choice_uninvite(&file_chat, GROUP, &lineker.user,
	                     chat_text("lineker")),
	    CHAT_OK);
	file_assert_check(NULL);
	/* One list has it, and the other has not. */
	damage();
	store_tx_init(&permit_tx);
	tx_users(user, chat_set_remove);
	PERMIT_ALLOWED();
	permit_as_user(&messi);
	ck_assert_int_eq(chat_choice_uninvite(&file_chat, GROUP, &messi.user, chat_text("lineker")),
	    CHAT_OK);
	file_assert_check(NULL);
	damage();
	ck_assert_int_eq(chat_user_delete(&file_chat, chat_text("lineker")), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

START_TEST(test_damaged_group)
{
	damage();
	ck_assert_int_eq(chat_group_delete(&file_chat, GROUP), CHAT_OK);
	file_assert_check(NULL);
}
END_TEST

/* Sets how many members a list seems to have. */
static void
set_count(enum chat_set_kind kind, uint64_t id, uint32_t count)
{
	unsigned char key[CHAT_SET_KEY], value[CHAT_SET_MEMBER];
	struct chat_set_row row = { .record = CHAT_SET_COUNT,
		.set = chat_set_of(kind, id),
		.number = count };
	size_t len = chat_set_key(key, &row);

	permit_as_nobody();
	store_tx_init(&permit_tx);
	store_tx_put(&permit_tx, CHAT_TABLE_SETS, key, len, value, chat_set_value(value, &row));
	PERMIT_ALLOWED();
}

static enum chat_result
tx_invite(uint64_t user)
{
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	return chat_invitee_tx_add(&file_chat, &permit_tx, kopi, user);
}

/* Both lists have a bound. */
START_TEST(test_many)
{
	const struct {
		enum chat_set_kind kind;
		uint64_t id;
		uint32_t most;
	} lists[] = { { CHAT_SET_INVITEES, kopi, CHAT_INVITEES_MOST },
		{ CHAT_SET_USER_INVITED, lineker.user.id, CHAT_INVITEE_GROUPS_MOST } };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		set_count(lists[i].kind, lists[i].id, lists[i].most);
		ck_assert_int_eq(invite(&messi, "lineker"), CHAT_TOO_MANY);
		ck_assert_int_eq(tx_invite(lineker.user.id), CHAT_TOO_MANY);
		PERMIT_FORBIDDEN();
		set_count(lists[i].kind, lists[i].id, lists[i].most - 1);
		permit_as_user(&messi);
		ck_assert_int_eq(tx_invite(lineker.user.id), CHAT_OK);
		PERMIT_ALLOWED();
		ck_assert_int_eq(chat_choice_uninvite(&file_chat, GROUP, &messi.user,
		                     chat_text("lineker")),
		    CHAT_OK);
	}
}
END_TEST

static void
make_admin(struct chat_user *user, void *arg)
{
	(void)arg;
	user->admin = true;
}

/* Whom a user blocks does not come by way of an invitation, but administrators do. */
START_TEST(test_blocked)
{
	const uint64_t user = lineker.user.id;

	permit_as_user(&lineker);
	ck_assert_int_eq(chat_block_add(&file_chat, user, chat_text("messi")), CHAT_OK);
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_BLOCKED);
	ck_assert_int_eq(tx_invite(user), CHAT_OK);
	PERMIT_FORBIDDEN();
	permit_as_nobody();
	ck_assert_int_eq(chat_user_alter(&file_chat, chat_text("messi"), make_admin, NULL),
	    CHAT_OK);
	permit_as_user(&messi);
	ck_assert_int_eq(tx_invite(user), CHAT_OK);
	PERMIT_ALLOWED();
	messi.user.admin = true;
	ck_assert_int_eq(chat_choice_uninvite(&file_chat, GROUP, &messi.user, chat_text("lineker")),
	    CHAT_OK);
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	messi.user.admin = false;
}
END_TEST

/* Joining, with the end of an invitation, and what is expected of it and of the group, or not. */
static void
tx_join(uint64_t user, bool with_group, bool with_invitee)
{
	store_tx_init(&permit_tx);
	if (with_group)
		permit_expect_group(kopi);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, kopi, user), CHAT_OK);
	if (with_invitee) {
		ck_assert_int_eq(chat_invitee_tx_end(&file_chat, &permit_tx, kopi, user), CHAT_OK);
		return;
	}
	store_tx_delete(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR);
	tx_users(user, chat_set_remove);
	tx_groups(user, chat_set_remove);
}

/*
 * A request is judged before those are done that came with it, so it says what it builds on: a
 * group that has become private meanwhile, and an invitation that was used, make it a conflict.
 */
START_TEST(test_expected)
{
	const uint64_t user = lineker.user.id;
	unsigned char invitee[PERMIT_RECORD];
	struct chat_group group, open;

	make_private();
	ck_assert_int_eq(chat_group_get(&file_chat, kopi, &group), CHAT_OK);
	open = group;
	open.private = 0;
	/* The end of an invitation that there is not. */
	permit_as_user(&lineker);
	tx_join(user, true, false);
	store_tx_expect_absent(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user),
	    CHAT_KEY_PAIR);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(invite(&messi, "lineker"), CHAT_OK);
	permit_as_user(&lineker);
	tx_join(user, false, true);
	PERMIT_FORBIDDEN();
	tx_join(user, true, false);
	PERMIT_FORBIDDEN();
	/* An invitation that stays. */
	size_t len =
	    permit_record(CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR, invitee);
	store_tx_init(&permit_tx);
	permit_expect_group(kopi);
	store_tx_expect(&permit_tx, CHAT_TABLE_INVITEES, permit_pair(kopi, user), CHAT_KEY_PAIR,
	    invitee, len);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, kopi, user), CHAT_OK);
	PERMIT_FORBIDDEN();
	/* As it was before. */
	store_tx_init(&permit_tx);
	chat_group_tx_expect(&permit_tx, &open);
	ck_assert_int_eq(chat_member_tx_join(&file_chat, &permit_tx, kopi, user), CHAT_OK);
	ck_assert_int_eq(permit_commit(), STORE_CONFLICT);
	tx_join(user, true, true);
	PERMIT_ALLOWED();
	permit_as_user(&messi);
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_member_tx_leave(&file_chat, &permit_tx, kopi, user), CHAT_OK);
	PERMIT_ALLOWED();
	/* And an invitation goes to a group, and to a user, as they are. */
	store_tx_init(&permit_tx);
	ck_assert_int_eq(chat_invitee_tx_add(&file_chat, &permit_tx, kopi, user), CHAT_OK);
	PERMIT_FORBIDDEN();
	ck_assert_int_eq(tx_invite(user), CHAT_OK);
	PERMIT_ALLOWED();
	file_assert_check(NULL);
}
END_TEST

static enum store_status
append(const struct chat_peer *peer, uint64_t log)
{
	const struct chat_message message = { .kind = CHAT_GROUP,
		.from = chat_text("lineker"),
		.from_name = chat_text("Gary Lineker"),
		.realm = chat_text("malang"),
		.to = chat_text("kopi"),
		.to_name = chat_text("kopi"),
		.text = chat_text("halo") };
	unsigned char entry[CHAT_MESSAGE_RECORD];

	store_tx_init(&permit_tx);
	store_tx_append(&permit_tx, log, entry, chat_message_write(entry, sizeof(entry), &message),
	    0, STORE_NO_LIMIT);
	store_tx_charge(&permit_tx, peer->id, sizeof(entry), 0);
	return permit_commit();
}

static enum chat_result
put_file(const struct chat_peer *peer, const char *name)
{
	struct chat_file file = { .owner = peer->id, .size = 1, .sent_ms = 1 };

	return chat_file_put(&file_chat, chat_conversation_group(kopi), chat_text(name), &file);
}

/* A realm's worker that does not ask whether a group is private. */
START_TEST(test_abroad)
{
	const struct chat_peer malang = receive_peer("malang");
	uint64_t log;

	ck_assert_int_eq(chat_remote_log_make(&file_chat, kopi, malang.id, &log), CHAT_OK);
	for (unsigned int kind = CHAT_PRINCIPAL_PEER; kind <= CHAT_PRINCIPAL_SERVER; kind++) {
		permit_as(kind, malang.id);
		ck_assert_int_eq(append(&malang, log), STORE_OK);
		ck_assert_int_eq(put_file(&malang, "x"), CHAT_OK);
	}
	make_private();
	for (unsigned int kind = CHAT_PRINCIPAL_PEER; kind <= CHAT_PRINCIPAL_SERVER; kind++) {
		permit_as(kind, malang.id);
		ck_assert_int_eq(append(&malang, log), STORE_FORBIDDEN);
		ck_assert_int_eq(put_file(&malang, "x"), CHAT_FORBIDDEN);
		ck_assert_int_eq(put_file(&malang, "y"), CHAT_FORBIDDEN);
	}
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = { test_half_put, test_half_end, test_damaged,
		test_damaged_group, test_many, test_blocked, test_expected, test_abroad };

	return permit_main("permit_invitee", tests, sizeof(tests) / sizeof(tests[0]));
}
