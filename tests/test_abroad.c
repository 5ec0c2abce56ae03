/*
 * Writing to users of other realms and asking for them, as clients see it; the bridge is played by
 * a stand-in. What goes over the wire between realms is tested elsewhere.
 */
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/chat.h"
#include "chat/realm/outbox.h"
#include "realm_talk.h"
#include "room_script.h"
#include "stand_in.h"

/* The last byte of a fingerprint tells them apart. */
#define PEER(name, byte)                                                               \
	"peer \"" name "\" { address = \"127.0.0.1\" port = 9 fingerprint = \"SHA256:" \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd" byte "\" }\n"
#define PATIENT   PEER("malang", "ef") "delivery_wait = 60\n"
#define IMPATIENT PEER("malang", "ef") "delivery_wait = 1\n"

static struct stand_in stand_in;

static void
setup(void)
{
	realm_make(&realm, PATIENT);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

/* Starts a bridge that has links to all peers of these settings. */
static void
begin(int way, const char *settings)
{
	realm_configure(&realm, settings);
	stand_in_begin(&stand_in, realm.config);
	realm_talk_begin(way);
}

static void
end_stand_in(void)
{
	stand_in_end(&stand_in);
}

/* The realm's store for a moment; it may not be open when others are started. */
static void
with_chat(void (*act)(struct chat *, void *arg), void *arg)
{
	struct config config;
	struct chat chat;
	char error[512] = "";

	ck_assert_msg(config_load(&config, realm.config, error, sizeof(error)) == 0 &&
	        chat_open(&chat, &config, error, sizeof(error)) == 0,
	    "%s", error);
	act(&chat, arg);
	chat_close(&chat);
	config_free(&config);
}

static void
sync_peers(struct chat *chat, void *arg)
{
	(void)arg;
	ck_assert_int_eq(chat_peer_sync(chat), CHAT_OK);
}

static void
look_at_outbox(struct chat *chat, void *arg)
{
	struct chat_peer peer;

	ck_assert_int_eq(chat_peer_find(chat, chat_text("malang"), &peer), CHAT_OK);
	ck_assert_int_eq(chat_outbox_info(chat, peer.id, arg), CHAT_OK);
}

static bool
outbox_has(void *arg)
{
	uint64_t *n = arg;
	struct chat_outbox_info info;

	with_chat(look_at_outbox, &info);
	return info.last + 1 - info.first == *n;
}

static void
await_outbox(uint64_t n)
{
	ck_assert(realm_until(outbox_has, &n));
}

/* Messages wait for a bridge; no sender waits for it. */
START_TEST(no_bridge)
{
	with_chat(sync_peers, NULL);
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> sendprivaterealm malang lineker halo\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "a> SendPrivateRealm $m MALANG lineker  halo \n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "a> sendgrouprealm malang kopi halo\n"
	    "a< {'status':'OK','message':'Message sent to group in realm','delivery':'queued'}\n"
	    "a> sendgrouprealm malang group:kopi halo\n"
	    "a< {'status':'OK','message':'Message sent to group in realm','delivery':'queued'}\n"
	    "a> sendgrouprealm malang messi,lineker halo\n"
	    "a< {'status':'OK','message':'Message sent to group in realm','delivery':'queued'}\n"
	    "a> sendfilerealm malang lineker a.txt aGFsbw==\n"
	    "a< {'status':'OK','message':'File sent to user in realm','delivery':'queued'}\n"
	    "a> sendgroupfilerealm malang kopi a.txt aGFsbw==\n"
	    "a< {'status':'OK','message':'File sent to group in realm','delivery':'queued'}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "a> info lineker@malang\n"
	    "a< ERROR Realm tidak menjawab\n"
	    "a> getrealminbox malang\n"
	    "a< MESSAGES []\n");
	await_outbox(7);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* The server refuses impossible requests at once. */
START_TEST(impossible)
{
	with_chat(sync_peers, NULL);
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> sendprivaterealm bogor lineker halo\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> sendprivaterealm malang kabar halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendprivaterealm malang -x halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendprivaterealm malang lineker@malang halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgrouprealm malang messi,,lineker halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgrouprealm malang messi, halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgrouprealm malang .kopi halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> sendgrouprealm malang group:a,b halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> sendprivaterealm malang lineker \xff\n"
	    "a< ERROR parameter salah\n"
	    "a> sendfilerealm malang kabar a.txt aGFsbw==\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendfilerealm malang lineker .. aGFsbw==\n"
	    "a< ERROR parameter salah\n"
	    "a> sendfilerealm bogor lineker a.txt aGFsbw==\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> info lineker@bogor\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "a> info kabar@malang\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> info lineker@\n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "d> sendprivaterealm malang lineker halo\n"
	    "d< ERROR Session tidak ditemukan\n");
	await_outbox(0);
}
END_TEST

START_TEST(queue_is_full)
{
	realm_configure(&realm, PATIENT "queue_max = 1\n");
	with_chat(sync_peers, NULL);
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> sendprivaterealm malang lineker halo\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "a> sendprivaterealm malang lineker halo\n"
	    "a< ERROR Antrean ke realm penuh\n"
	    "a> sendfilerealm malang lineker a.txt aGFsbw==\n"
	    "a< ERROR Antrean ke realm penuh\n");
	await_outbox(1);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* The delivery result of the other realm is the reply; requests that came behind it wait. */
START_TEST(delivery_results)
{
	begin(_i, PATIENT);
	dialogue_run(&talk,
	    "a> sendprivaterealm malang lineker halo\n"
	    "a< OK Message sent to user in realm\n"
	    "a> sendprivaterealm malang nobody halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgrouprealm malang group:kopi halo\n"
	    "a< OK Message sent to group in realm\n"
	    "a> sendgrouprealm malang group:nobody halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendfilerealm malang lineker a.txt aGFsbw==\n"
	    "a< OK File sent to user in realm\n"
	    "a> sendgroupfilerealm malang nobody b.txt aGFsbw==\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendprivaterealm malang lineker satu\n"
	    "a> send henderson dua\n"
	    "a> sendprivaterealm malang nobody tiga\n"
	    "a> inbox\n"
	    "a< OK Message sent to user in realm\n"
	    "a< OK Message sent\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:dua)]}\n"
	    /* Who will say nothing more still waits for the reply. */
	    "a> sendprivaterealm malang nobody empat\n"
	    "a finishes\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a hears the end\n");
	await_outbox(0);
	REALM_CTL(&realm, NULL, "check");
	end_stand_in();
}
END_TEST

START_TEST(info)
{
	begin(_i, IMPATIENT);
	dialogue_run(&talk,
	    "a> info lineker@malang\n"
	    "a< INFO {'username':'LINEKER','name':'Gary \\'L\\'','country':'Inggris',"
	    "'online':true,'since':'2026-01-02T03:04:05Z'}\n"
	    "a> info nobody@malang\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> info silent@malang\n"
	    "a< ERROR Realm tidak menjawab\n"
	    "a> info broken@malang\n"
	    "a< ERROR Realm tidak menjawab\n"
	    "a> info lineker@Surabaya\n"
	    "a< INFO {'username':'lineker','name':'Gary Lineker','country':'Inggris',"
	    "'online':true,'since':'$*'}\n"
	    "a> info nobody@surabaya\n"
	    "a< ERROR User tidak ditemukan\n");
	end_stand_in();
}
END_TEST

/* A server of the older family is asked for what it holds, if that can be done. */
START_TEST(getrealminbox)
{
	static const char old[] = "peer \"old\" { address = \"127.0.0.1\" port = 9 legacy = on }\n";

	begin(_i, old);
	dialogue_run(&talk,
	    "b> getrealminbox old\n"
	    "b< MESSAGES [(Gary L>henderson:titipan)]\n"
	    "b> getrealminbox OLD\n"
	    "b< MESSAGES [(Gary L>henderson:titipan)]\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
	end_stand_in();
	dialogue_run(&talk,
	    "b> getrealminbox old\n"
	    "b< MESSAGES []\n");
}
END_TEST

#define LATE_MESSAGE "Pesan untuk late@malang tidak terkirim (User tidak ditemukan): "
#define LATE_FILE    "File untuk late@malang tidak terkirim (User tidak ditemukan): a.txt"

/* The inbox holds nothing but one message from the server itself. */
static void
expect_notice(char speaker, const char *to, const char *text)
{
	dialogue_runf(&talk,
	    "%c> inbox\n"
	    "%c< {'status':'OK','messages':{'kabar':"
	    "[{'msg_from':'kabar','msg_to':'%s','msg':'%s'}]}}\n",
	    speaker, speaker, to, text);
}

/* A slow message is reported as on its way, and comes back with the reason. */
START_TEST(bounces)
{
	begin(_i, IMPATIENT);
	dialogue_run(&talk,
	    "a> sendprivaterealm malang late halo  dunia\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "b> follow\n"
	    "b< OK Following\n"
	    "c> sendfilerealm malang late a.txt aGFsbw==\n"
	    "c< {'status':'OK','message':'File sent to user in realm','delivery':'queued'}\n"
	    "b> sendprivaterealm malang late dua\n"
	    "b> follow\n"
	    "b< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "b< OK Following\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	stand_in_release(&stand_in);
	await_outbox(0);
	expect_notice('a', "Lionel Messi", LATE_MESSAGE "halo  dunia");
	expect_notice('c', "Gary Lineker", LATE_FILE);
	dialogue_run(&talk,
	    "b< {'status':'OK','event':'message','sender':'kabar','msg_from':'kabar',"
	    "'msg_to':'Jordan Henderson','msg':'" LATE_MESSAGE "dua'}\n");
	REALM_CTL(&realm, NULL, "check");
	end_stand_in();
}
END_TEST

/* A reader by each dialect, one for each sender, as an inbox is read once. */
START_TEST(bounces_in_other_dialects)
{
	begin(DIALOGUE_SOCKETPAIR, IMPATIENT);
	talk.dialects['x' - 'a'] = "show";
	talk.dialects['y' - 'a'] = "files";
	talk.dialects['z' - 'a'] = "login";
	dialogue_run(&talk,
	    "a> sendprivaterealm malang late satu\n"
	    "b> sendprivaterealm malang late dua\n"
	    "c> sendfilerealm malang late a.txt aGFsbw==\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "b< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "c< {'status':'OK','message':'File sent to user in realm','delivery':'queued'}\n");
	stand_in_release(&stand_in);
	await_outbox(0);
	dialogue_run(&talk,
	    "x> auth messi surabaya\n"
	    "x< TOKEN x\n"
	    "y> auth lineker surabaya\n"
	    "y< TOKEN y\n"
	    "z> auth henderson surabaya\n"
	    "z< TOKEN z\n");
	expect_notice('x', "Lionel Messi", " " LATE_MESSAGE "satu \\r\\n");
	expect_notice('z', "Jordan Henderson", " " LATE_MESSAGE "dua \\r\\n");
	dialogue_run(&talk,
	    "y> inbox\n"
	    "y< {'status':'OK','messages':{'kabar':[' " LATE_FILE " \\r\\n']}}\n");
	end_stand_in();
}
END_TEST

/* A user in a room hears the notice there, and it stays in the inbox. */
START_TEST(bounces_in_a_room)
{
	begin(DIALOGUE_SOCKETPAIR, IMPATIENT);
	room_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "b> send messi halo\n"
	    "b< OK Message sent\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>Lionel Messi:halo)]}\n"
	    "a> sendprivaterealm malang late satu\n"
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n");
	stand_in_release(&stand_in);
	room_run(&talk, "a< MESSAGE kabar messi " LATE_MESSAGE "satu\n");
	expect_notice('a', "Lionel Messi", LATE_MESSAGE "satu");
	room_run(&talk,
	    "a> SEND kopi dua\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi dua\n");
	end_stand_in();
}
END_TEST

/* A wakeup that comes while a delivery result is awaited is not lost. */
START_TEST(news_amid_waiting)
{
	const char *first =
	    "{'status':'OK','message':'Message sent to user in realm','delivery':'queued'}";
	const char *second = "{'FLAG':'DATA','CODE':'MESSAGE','SENDER':'henderson',"
	                     "'RECEIVER':'kopi','CONTENT':'halo','TYPE':'TEXT'}";
	int queued = 0, news = 0;

	begin(DIALOGUE_SOCKETPAIR, IMPATIENT);
	room_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "a> sendprivaterealm malang late satu\n"
	    "b> sendgroup kopi halo\n"
	    "b< OK Message sent to group\n");
	/* On a slow machine the message may come before the waiting begins. */
	for (int i = 0; i < 2; i++) {
		size_t len;
		const char *reply = dialogue_hear(&talk, 'a', &len);

		queued += dialogue_matches(&talk, first, reply, len);
		news += dialogue_matches(&talk, second, reply, len);
	}
	ck_assert_int_eq(queued, 1);
	ck_assert_int_eq(news, 1);
	end_stand_in();
}
END_TEST

/* A worker whose client is gone ends at once, and the message comes back. */
START_TEST(client_goes)
{
	begin(_i, PATIENT);
	dialogue_run(&talk,
	    "a> sendprivaterealm malang late halo\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
	await_outbox(1);
	dialogue_run(&talk, "a closes\n");
	ck_assert_int_eq(realm_await(talk.pids[0]), 0);
	talk.pids[0] = 0;
	stand_in_release(&stand_in);
	await_outbox(0);
	dialogue_run(&talk,
	    "d> auth messi surabaya\n"
	    "d< TOKEN d\n");
	expect_notice('d', "Lionel Messi", LATE_MESSAGE "halo");
	end_stand_in();
}
END_TEST

/* A worker that is to end stops waiting, too; its reply goes out. */
START_TEST(server_ends)
{
	begin(DIALOGUE_TCP, PATIENT);
	dialogue_run(&talk, "a> sendprivaterealm malang late halo\n");
	await_outbox(1);
	ck_assert_int_eq(realm_stop(&realm), 0);
	dialogue_run(&talk,
	    "a< {'status':'OK','message':'Message sent to user in realm','delivery':'queued'}\n"
	    "a hears the end\n");
	end_stand_in();
}
END_TEST

/* A peer that is new in the configuration is not known before that is read by the server. */
START_TEST(addrealm_tells_users_only)
{
	begin(_i, PATIENT);
	dialogue_run(&talk,
	    "a> addrealm malang\n"
	    "a< ERROR Realm sudah ada\n"
	    "a> addrealm bogor\n"
	    "a< ERROR parameter salah\n");
	realm_configure(&realm, PATIENT PEER("Bogor", "00"));
	dialogue_run(&talk,
	    "a> addrealm bogor\n"
	    "a< ERROR parameter salah\n"
	    /* Strangers learn nothing of peers. */
	    "d> addrealm malang\n"
	    "d< ERROR parameter salah\n"
	    "d> addrealm " NOBODYS_TOKEN " malang\n"
	    "d< ERROR parameter salah\n"
	    "d> addrealm surabaya\n"
	    "d< ERROR Realm sudah ada\n"
	    "e> addrealm $m malang\n"
	    "e< ERROR Realm sudah ada\n");
	realm_configure(&realm, PATIENT);
	end_stand_in();
}
END_TEST

/* Only administrators make the server connect somewhere. */
START_TEST(addrealm_by_an_administrator)
{
	REALM_CTL(&realm, "surabaya\n", "user", "add", "admin", "-a");
	begin(_i, PATIENT);
	dialogue_run(&talk,
	    "a> addrealm bogor 127.0.0.1 9889\n"
	    "a< ERROR Tidak diizinkan\n"
	    "d> auth admin surabaya\n"
	    "d< TOKEN d\n"
	    "d> addrealm bogor 127.0.0.1 0\n"
	    "d< ERROR parameter salah\n"
	    "d> addrealm surabaya 127.0.0.1 9889\n"
	    "d< ERROR Realm sudah ada\n"
	    "d> addrealm malang 127.0.0.1 9889\n"
	    "d< ERROR Realm sudah ada\n"
	    "d> addrealm bogor 127.0.0.1 9889\n"
	    "d< OK Realm added successfully\n"
	    "d> addrealm bogor 127.0.0.1 9889\n"
	    "d< ERROR Realm sudah ada\n"
	    "a> sendprivaterealm bogor lineker halo\n"
	    "a< OK Message sent to user in realm\n");
	end_stand_in();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("abroad");
	TCase *tcase = realm_tcase(suite, "abroad");

	tcase_add_checked_fixture(tcase, setup, teardown);
	ADD(tcase, no_bridge);
	ADD(tcase, impossible);
	ADD(tcase, queue_is_full);
	ADD(tcase, delivery_results);
	ADD(tcase, info);
	ADD(tcase, getrealminbox);
	ADD(tcase, bounces);
	tcase_add_test(tcase, bounces_in_other_dialects);
	tcase_add_test(tcase, bounces_in_a_room);
	tcase_add_test(tcase, news_amid_waiting);
	tcase_add_loop_test(tcase, client_goes, DIALOGUE_SOCKETPAIR, DIALOGUE_WAYS);
	tcase_add_test(tcase, server_ends);
	ADD(tcase, addrealm_tells_users_only);
	ADD(tcase, addrealm_by_an_administrator);
	return realm_run_suite(suite);
}
