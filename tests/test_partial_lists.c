/*
 * Lists of which a part cannot be read: blocks, invitations of a group and of a user, and the
 * export of them. A part of a list is not handed out as if it were all.
 */
#include "chat/group.h"
#include "dialogue.h"
#include "realmctl.h"

static struct dialogue talk;

/* After its other members, a set gets one that is none. */
static void
damage_set(enum chat_set_kind kind, uint64_t id)
{
	const struct chat_set set = chat_set_of(kind, id);
	struct store_tx tx;
	uint32_t others;

	store_tx_init(&tx);
	ck_assert_int_eq(chat_set_add(&chat, &tx, &set, "xyz", 3, &others), STORE_OK);
	ck_assert_uint_eq(others, 1);
	ck_assert_int_eq(store_commit(chat.store, &tx, NULL), STORE_OK);
}

/* Messi invites henderson into kopi and blocks lineker. */
static void
make_lists(void)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "group", "invite", "kopi", "henderson");
	realmctl_block("messi", "lineker");
}

START_TEST(test_replies)
{
	struct chat_group kopi;

	make_lists();
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> blocks\n"
	    "a< {'status':'OK','blocks':['lineker']}\n"
	    "b> invite\n"
	    "b< MESSAGES ['kopi']\n"
	    "a> group kopi\n"
	    "a< INFO "
	    "{'group':'kopi','owner':'messi','role':'owner','private':'off','history':'closed',"
	    "'files':'owner','moderated':'off','topics':'operators',"
	    "'secret':'off','key':'off','limit':'off','invited':['henderson'],'bans':[]}\n");
	realmctl_open();
	ck_assert_int_eq(chat_group_find(&chat, chat_text("kopi"), &kopi), CHAT_OK);
	damage_set(CHAT_SET_BLOCKS, realmctl_session("messi").user.id);
	damage_set(CHAT_SET_USER_INVITED, realmctl_session("henderson").user.id);
	damage_set(CHAT_SET_INVITEES, kopi.id);
	realmctl_close();
	dialogue_run(&talk,
	    "a> blocks\n"
	    "a< ERROR Kesalahan server, coba lagi\n"
	    "b> invite\n"
	    "b< ERROR Kesalahan server, coba lagi\n"
	    "a> group kopi\n"
	    "a< ERROR Kesalahan server, coba lagi\n"
	    "b> group kopi\n"
	    "b< INFO {'group':'kopi','owner':'messi','role':'','private':'off','history':'closed',"
	    "'files':'owner','moderated':'off','topics':'operators',"
	    "'secret':'off','limit':'off'}\n");
	dialogue_end(&talk);
}
END_TEST

START_TEST(test_export)
{
	struct chat_group kopi;

	make_lists();
	TELLS(0, NULL, "\"invited\":[\"henderson\"]", "export");
	realmctl_open();
	ck_assert_int_eq(chat_group_find(&chat, chat_text("kopi"), &kopi), CHAT_OK);
	damage_set(CHAT_SET_INVITEES, kopi.id);
	realmctl_close();
	TELLS(69, NULL, "kabarctl: ", "export");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("partial lists");
	TCase *tcase = realmctl_tcase(suite, "partial lists");

	tcase_add_test(tcase, test_replies);
	tcase_add_test(tcase, test_export);
	return realm_run_suite(suite);
}
