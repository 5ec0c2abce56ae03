/*
 * Each dialect shows messages of other realms once: the tests write them straight into the remote
 * logs, and read them over kabard -i, follow them, and have them pushed to rooms; joining, leaving
 * and the configuration decide which of them a user sees.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "chat/group.h"
#include "chat/message.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_log.h"
#include "chat/ring.h"
#include "dialogue.h"
#include "realmctl.h"
#include "room_script.h"

#define KEY_A "SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

#define MALANG \
	"peer \"malang\" { address = \"127.0.0.1\"  port = 1  fingerprint = \"" KEY_A "\" }\n"
#define BATU "peer \"batu\" { address = \"127.0.0.1\"  port = 2  fingerprint = \"" KEY_B "\" }\n"

static struct dialogue talk;

static void
close_talk(void)
{
	dialogue_end(&talk);
}

/* messi, henderson and lineker are a, b and c in this dialect; the first two are in kopi. */
static void
begin(const char *dialect)
{
	realm_configure(&realm, MALANG BATU);
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
	realmctl_open();
	ck_assert_int_eq(chat_peer_sync(&chat), CHAT_OK);
	realmctl_close();
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	for (size_t i = 0; i < 3; i++)
		talk.dialects[i] = dialect;
	if (strcmp(dialect, "room") == 0)
		return;
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n");
}

static uint64_t
destination(const char *to, enum chat_kind kind)
{
	struct chat_group group;
	struct chat_user user;

	if (kind == CHAT_GROUP) {
		ck_assert_int_eq(chat_group_find(&chat, chat_text(to), &group), CHAT_OK);
		return group.id;
	}
	ck_assert_int_eq(chat_user_find(&chat, chat_text(to), &user), CHAT_OK);
	return user.id;
}

/* Stores a message as the receiving end of a link does. */
static void
store_remote_message(const char *from, const char *of, const char *to, enum chat_kind kind,
    const char *text)
{
	struct chat_message message = { .kind = kind,
		.from = chat_text(from),
		.from_name = chat_text("Halim P"),
		.realm = chat_text(of),
		.to = chat_text(to),
		.to_name = chat_text(kind == CHAT_GROUP ? to : "Lionel Messi"),
		.text = chat_text(text) };
	unsigned char entry[1024];
	struct chat_peer peer;
	struct store_tx tx;
	uint64_t id, log;

	realmctl_open();
	id = destination(to, kind);
	ck_assert_int_eq(chat_peer_find(&chat, chat_text(of), &peer), CHAT_OK);
	ck_assert_int_eq(chat_remote_log_make(&chat, id, peer.id, &log), CHAT_OK);
	store_tx_init(&tx);
	store_tx_append(&tx, log, entry, chat_message_write(entry, sizeof(entry), &message), 0,
	    STORE_NO_LIMIT);
	store_tx_ring(&tx, kind == CHAT_GROUP ? CHAT_RING_GROUP : CHAT_RING_USERS, id, 0);
	ck_assert_int_eq(store_commit(chat.store, &tx, NULL), STORE_OK);
	realmctl_close();
}

static void
to_user(const char *of, const char *to, const char *text)
{
	store_remote_message("halim", of, to, CHAT_PRIVATE, text);
}

static void
to_kopi(const char *of, const char *text)
{
	store_remote_message("halim", of, "kopi", CHAT_GROUP, text);
}

START_TEST(realm_dialect)
{
	begin("realm");
	to_user("malang", "messi", "satu");
	dialogue_run(&talk,
	    "c> send messi dua\n"
	    "c< OK Message sent\n");
	to_kopi("malang", "tiga");
	to_user("batu", "messi", "empat");
	dialogue_run(&talk,
	    "a> sendgroup kopi lima\n"
	    "a< OK Message sent to group\n"
	    "a> inbox\n"
	    "a< MESSAGES {'lineker':[(Gary Lineker>Lionel Messi:dua)],"
	    "'messi':[(Lionel Messi>#kopi:lima)]}\n"
	    "a> getrealminbox Malang\n"
	    "a< MESSAGES [(Halim P>Lionel Messi:satu),(Halim P>#kopi:tiga)]\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES []\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "a> getrealminbox batu\n"
	    "a< MESSAGES [(Halim P>Lionel Messi:empat)]\n"
	    "a> getrealminbox jember\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "b> getrealminbox batu\n"
	    "b< MESSAGES []\n"
	    "b> getrealminbox malang\n"
	    "b< MESSAGES [(Halim P>#kopi:tiga)]\n"
	    "b> getrealminbox surabaya\n"
	    "b< MESSAGES [(Lionel Messi>#kopi:lima)]\n"
	    "c> getrealminbox malang\n"
	    "c< MESSAGES []\n");
	SAYS(0, "3 users, 1 groups, 5 messages: sound\n", "check");
}
END_TEST

/* Reading one realm's messages takes none of another's. */
START_TEST(marks)
{
	begin("realm");
	to_user("malang", "messi", "satu");
	to_user("batu", "messi", "dua");
	dialogue_run(&talk,
	    "a> getrealminbox malang\n"
	    "a< MESSAGES [(Halim P>Lionel Messi:satu)]\n"
	    "a> getrealminbox batu\n"
	    "a< MESSAGES [(Halim P>Lionel Messi:dua)]\n"
	    "a> info lineker\n"
	    "a< INFO {$*}\n");
	to_user("malang", "messi", "tiga");
	dialogue_run(&talk,
	    "a> getrealminbox batu\n"
	    "a< MESSAGES []\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES [(Halim P>Lionel Messi:tiga)]\n");
}
END_TEST

/* They know no realms. */
START_TEST(by_sender)
{
	static const char *const dialects[] = { "show", "login" };

	begin(dialects[_i]);
	to_user("malang", "messi", "satu");
	dialogue_run(&talk,
	    "c> send messi dua\n"
	    "c< OK Message Sent\n");
	to_kopi("malang", "tiga");
	store_remote_message("messi", "batu", "messi", CHAT_PRIVATE, "empat");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {'halim@malang':[(Halim P>Lionel Messi: satu \\r\\n),"
	    "{'msg_from':'Halim P','msg_to':'kopi','msg':' tiga \\r\\n'}],"
	    "'lineker':[(Gary Lineker>Lionel Messi: dua \\r\\n)],"
	    "'messi@batu':[(Halim P>Lionel Messi: empat \\r\\n)]}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'halim@malang':[{'msg_from':'Halim P','msg_to':'kopi',"
	    "'msg':' tiga \\r\\n'}]}\n");
}
END_TEST

START_TEST(by_conversation)
{
	begin("files");
	to_kopi("malang", "satu");
	to_user("malang", "messi", "dua");
	dialogue_run(&talk,
	    "c> send messi tiga\n"
	    "c< OK Message Sent\n"
	    "b> send_group kopi empat\n"
	    "b< OK Message Sent\n");
	to_kopi("batu", "lima");
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {'halim@malang':[' dua \\r\\n'],'lineker':[' tiga \\r\\n'],"
	    "'kopi':[{'msg_from':'halim@malang','msg_to':'kopi','msg':' satu \\r\\n'},"
	    "{'msg_from':'Jordan Henderson','msg_to':'kopi','msg':' empat \\r\\n'},"
	    "{'msg_from':'halim@batu','msg_to':'kopi','msg':' lima \\r\\n'}]}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
}
END_TEST

START_TEST(follow)
{
	begin("realm");
	to_user("malang", "messi", "satu");
	dialogue_run(&talk,
	    "a> follow\n"
	    "a< OK Following\n"
	    "a< {'status':'OK','event':'message','sender':'halim@malang','msg_from':'Halim P',"
	    "'msg_to':'Lionel Messi','msg':'satu'}\n");
	to_user("malang", "messi", "dua");
	dialogue_run(&talk,
	    "a< {'status':'OK','event':'message','sender':'halim@malang','msg_from':'Halim P',"
	    "'msg_to':'Lionel Messi','msg':'dua'}\n");
	to_kopi("batu", "tiga");
	dialogue_run(&talk,
	    "a< {'status':'OK','event':'message','sender':'halim@batu','msg_from':'Halim P',"
	    "'msg_to':'kopi','msg':'tiga','group':'kopi'}\n"
	    "a> getrealminbox batu\n"
	    "a< MESSAGES []\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES []\n"
	    "b> getrealminbox batu\n"
	    "b< MESSAGES [(Halim P>#kopi:tiga)]\n");
}
END_TEST

/* Earlier messages are in the inbox; later ones are pushed once each, from whatever realm. */
START_TEST(room)
{
	begin("room");
	to_kopi("malang", "nol");
	room_run(&talk,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n");
	to_kopi("malang", "satu");
	room_run(&talk, "a< MESSAGE halim@malang kopi satu\n");
	to_kopi("batu", "dua");
	room_run(&talk,
	    "a< MESSAGE halim@batu kopi dua\n"
	    "a> SEND kopi tiga\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi tiga\n");
	to_kopi("malang", "empat");
	room_run(&talk,
	    "a< MESSAGE halim@malang kopi empat\n"
	    "a> QUIT_ROOM kopi\n"
	    "a< ROOM_QUITTED kopi\n");
	to_kopi("malang", "lima");
	room_run(&talk,
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n");
	to_kopi("batu", "enam");
	room_run(&talk, "a< MESSAGE halim@batu kopi enam\n");
}
END_TEST

/* A new member reads the messages that come then; a member that leaves leaves nothing behind. */
START_TEST(members)
{
	begin("realm");
	to_kopi("malang", "satu");
	dialogue_run(&talk,
	    "c> joingroup kopi\n"
	    "c< OK Join group successful\n");
	to_kopi("malang", "dua");
	to_kopi("batu", "tiga");
	dialogue_run(&talk,
	    "c> getrealminbox malang\n"
	    "c< MESSAGES [(Halim P>#kopi:dua)]\n"
	    "c> getrealminbox batu\n"
	    "c< MESSAGES [(Halim P>#kopi:tiga)]\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
	realmctl_open();
	ck_assert_int_eq(chat_group_leave(&chat, chat_text("kopi"), destination("lineker", 0)),
	    CHAT_OK);
	realmctl_close();
	SAYS(0, "3 users, 1 groups, 3 messages: sound\n", "check");
	to_kopi("malang", "empat");
	dialogue_run(&talk,
	    "c> getrealminbox malang\n"
	    "c< MESSAGES []\n"
	    "c> joingroup kopi\n"
	    "c< OK Join group successful\n"
	    "c> getrealminbox malang\n"
	    "c< MESSAGES []\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES [(Halim P>#kopi:satu),(Halim P>#kopi:dua),(Halim P>#kopi:empat)]\n");
}
END_TEST

/* A new user with the name of a deleted one gets none of that one's messages. */
START_TEST(deleted)
{
	begin("realm");
	to_user("malang", "lineker", "satu");
	to_kopi("malang", "dua");
	REALM_CTL(&realm, NULL, "user", "del", "lineker");
	REALM_CTL(&realm, NULL, "group", "del", "kopi");
	REALM_CTL(&realm, "surabaya\n", "user", "add", "lineker");
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	dialogue_run(&talk,
	    "d> auth lineker surabaya\n"
	    "d< TOKEN d\n"
	    "d> getrealminbox malang\n"
	    "d< MESSAGES []\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES []\n");
	to_user("malang", "lineker", "tiga");
	dialogue_run(&talk,
	    "d> getrealminbox malang\n"
	    "d< MESSAGES [(Halim P>Lionel Messi:tiga)]\n");
	TELLS(0, NULL, "3 users, 1 groups, 1 messages", "check");
}
END_TEST

/* kabard itself takes peers over; one that is gone from the configuration is still known. */
START_TEST(configuration)
{
	realm_configure(&realm, MALANG);
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES []\n"
	    "a> getrealminbox batu\n"
	    "a< ERROR Realm tidak ditemukan\n");
	to_user("malang", "messi", "satu");
	realm_configure(&realm, BATU);
	realm_reload(&realm);
	dialogue_run(&talk,
	    "a> getrealminbox malang\n"
	    "a< MESSAGES [(Halim P>Lionel Messi:satu)]\n"
	    "a> getrealminbox batu\n"
	    "a< MESSAGES []\n");
	realmctl_open();
	struct chat_peer peer;
	ck_assert_int_eq(chat_peer_find(&chat, chat_text("malang"), &peer), CHAT_OK);
	ck_assert(!peer.active);
	ck_assert_int_eq(chat_peer_find(&chat, chat_text("batu"), &peer), CHAT_OK);
	ck_assert(peer.active);
	realmctl_close();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("remote_logs");
	TCase *tcase = realmctl_tcase(suite, "remote_logs");

	tcase_add_checked_fixture(tcase, NULL, close_talk);
	tcase_add_test(tcase, realm_dialect);
	tcase_add_test(tcase, marks);
	tcase_add_loop_test(tcase, by_sender, 0, 2);
	tcase_add_test(tcase, by_conversation);
	tcase_add_test(tcase, follow);
	tcase_add_test(tcase, room);
	tcase_add_test(tcase, members);
	tcase_add_test(tcase, deleted);
	tcase_add_test(tcase, configuration);
	return realm_run_suite(suite);
}
