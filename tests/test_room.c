/*
 * The room dialect, request by request as its document writes them, each reply to the letter:
 * over TCP on a `realm` listener, and with kabard -i -D room. What is pushed to several at once
 * is in test_room_push.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/table.h"
#include "realm_talk.h"
#include "room_script.h"
#include "store/store.h"

#define RIVALS   6
#define LONG_MAX 65536 /* bytes of a line, at most */

START_TEST(register_and_login)
{
	realm_talk_begin_dialect(_i, "room");
	room_run(&talk,
	    "a> REG maradona napoli\n"
	    "a< REG_OK anda berhasil terdaftar dengan username: maradona\n"
	    "a> REG maradona napoli\n"
	    "a< REG_DUPE username sudah terdaftar\n"
	    "a> LOGIN maradona milano\n"
	    "a< BAD_PASS Login gagal ,password salah\n"
	    "a> LOGIN pele santos\n"
	    "a< USER_NONEXIST Login gagal , user tidak ditemukan\n"
	    "a> LOGIN maradona napoli\n"
	    "a< LOGIN_OK Login berhasil: maradona\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'maradona'\n"
	    "a> LOGOUT\n"
	    "a< LOGOUT_OK maradona telah log out\n"
	    "a> LOGOUT\n"
	    "a< BAD_REQUEST belum login\n");
}
END_TEST

START_TEST(login_twice)
{
	realm_talk_begin_dialect(_i, "room");
	room_run(&talk,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_DUPE Login gagal , user telah ter-login\n"
	    "b> LOGIN Messi surabaya\n"
	    "b< LOGIN_DUPE Login gagal , user telah ter-login\n"
	    "b> LOGIN messi sidoarjo\n"
	    "b< BAD_PASS Login gagal ,password salah\n"
	    "b> JOIN_ROOM kopi\n"
	    "b< BAD_REQUEST belum login\n"
	    "a> LOGOUT\n"
	    "a< LOGOUT_OK messi telah log out\n"
	    "b> LOGIN messi surabaya\n"
	    "b< LOGIN_OK Login berhasil: messi\n"
	    "b< ROOM_LIST_OK\n"
	    "b< ONLINE_LIST_OK 'messi'\n");
}
END_TEST

/* Of many at the same time one is in. */
START_TEST(login_race)
{
	static const char line[] = "{FLAG=LOGIN CONTENT={username=messi password=surabaya}}\r\n";
	int in = 0;
	size_t len;

	realm_talk_begin_dialect(DIALOGUE_TCP, "room");
	for (char who = 'a'; who < 'a' + RIVALS; who++)
		dialogue_fd(&talk, who);
	for (char who = 'a'; who < 'a' + RIVALS; who++)
		dialogue_say(&talk, who, line, sizeof(line) - 1);
	for (char who = 'a'; who < 'a' + RIVALS; who++) {
		const char *reply = dialogue_hear(&talk, who, &len);

		in += strstr(reply, "LOGIN_OK") != NULL;
		ck_assert_msg(strstr(reply, "LOGIN_OK") != NULL ||
		        strstr(reply, "LOGIN_DUPE") != NULL,
		    "%s", reply);
	}
	ck_assert_int_eq(in, 1);
}
END_TEST

/* Up to where messi is in, and there is the room kopi. */
static void
begin_with_room(int way)
{
	realm_talk_begin_dialect(way, "room");
	room_run(&talk,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> MAKE_ROOM kopi\n"
	    "a< MAKE_ROOM_OK kopi berhasil dibuat\n"
	    "a< ROOM_LIST_OK 'kopi'\n");
}

START_TEST(rooms)
{
	begin_with_room(_i);
	room_run(&talk,
	    "a> MAKE_ROOM kopi\n"
	    "a< MAKE_ROOM_DUPE kopi sudah ada\n"
	    "a> MAKE_ROOM dua kata\n"
	    "a< BAD_REQUEST nama room tidak sah\n"
	    "a> MAKE_ROOM bola\n"
	    "a< MAKE_ROOM_OK bola berhasil dibuat\n"
	    "a< ROOM_LIST_OK 'bola','kopi'\n"
	    "a> DEL_ROOM kopi\n"
	    "a< DEL_ROOM_OK kopi berhasil dihapus\n"
	    "a< ROOM_LIST_OK 'bola'\n"
	    "a> DEL_ROOM kopi\n"
	    "a< DEL_ROOM_NOT_EXIST kopi tidak ditemukan\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_FAILED tidak dapat masuk ke dalam room kopi\n");
}
END_TEST

START_TEST(in_a_room)
{
	begin_with_room(_i);
	room_run(&talk,
	    "a> SEND kopi terlalu dini\n"
	    "a< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "a> JOIN_ROOM KOPI\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_FAILED tidak dapat masuk ke dalam room kopi\n"
	    "a> SEND kopi halo, jam: 10 \"ya\"\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi halo, jam: 10 \\\"ya\\\"\n"
	    "a> SEND bola halo\n"
	    "a< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "a> SEND kopi\n"
	    "a< BAD_REQUEST chat kosong atau terlalu panjang\n"
	    "a> QUIT_ROOM kopi\n"
	    "a< ROOM_QUITTED kopi\n"
	    "a> QUIT_ROOM kopi\n"
	    "a< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "a> SEND kopi terlambat\n"
	    "a< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "a> QUIT_ROOM bola\n"
	    "a< BAD_REQUEST room tidak ditemukan\n");
}
END_TEST

/* A user that comes back over another connection is a member, but in no room. */
START_TEST(coming_back)
{
	begin_with_room(_i);
	room_run(&talk,
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "a> LOGOUT\n"
	    "a< LOGOUT_OK messi telah log out\n"
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> SEND kopi halo\n"
	    "a< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "a> SEND kopi halo\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi halo\n"
	    "a> LOGOUT\n"
	    "a< LOGOUT_OK messi telah log out\n"
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> QUIT_ROOM kopi\n"
	    "a< ROOM_QUITTED kopi\n"
	    "a> QUIT_ROOM kopi\n"
	    "a< BAD_REQUEST anda tidak berada dalam room itu\n");
}
END_TEST

static int
count_one(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	(void)key;
	(void)key_len;
	(void)value;
	(void)len;
	++*(int *)arg;
	return 0;
}

static bool
has_tokens(void *arg)
{
	struct store_options opt = { .state = realm.state, .sync = true };
	char error[512] = "";
	struct store *store = store_open(&opt, error, sizeof(error));
	int n = 0;

	ck_assert_msg(store != NULL, "%s", error);
	ck_assert_int_eq(store_each(store, CHAT_TABLE_TOKENS, count_one, &n), 0);
	store_close(store);
	return n == *(const int *)arg;
}

/* A token that was told to nobody goes with the connection; others stay. */
START_TEST(hanging_up)
{
	realm_talk_begin_dialect(_i, "room");
	talk.dialects[1] = NULL;
	room_run(&talk,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'messi'\n");
	dialogue_run(&talk,
	    "b> auth lineker surabaya\n"
	    "b< TOKEN b\n");
	ck_assert(realm_until(has_tokens, &(int){ 2 }));
	room_run(&talk, "a closes\n");
	ck_assert(realm_until(has_tokens, &(int){ 1 }));
	dialogue_run(&talk, "b closes\n");
	ck_assert(has_tokens(&(int){ 1 }));
}
END_TEST

START_TEST(not_logged_in)
{
	realm_talk_begin_dialect(_i, "room");
	room_run(&talk,
	    "a> MAKE_ROOM kopi\n"
	    "a< BAD_REQUEST belum login\n"
	    "a> DEL_ROOM kopi\n"
	    "a< BAD_REQUEST belum login\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< BAD_REQUEST belum login\n"
	    "a> SEND kopi halo\n"
	    "a< BAD_REQUEST belum login\n"
	    "a> QUIT_ROOM kopi\n"
	    "a< BAD_REQUEST belum login\n"
	    "a> LOGOUT\n"
	    "a< BAD_REQUEST belum login\n");
}
END_TEST

/* Ways of writing other than the document's. */
START_TEST(other_forms)
{
	realm_talk_begin_dialect(_i, "room");
	room_run(&talk,
	    "a> "
	    "{\"FLAG\":\"LOGIN\",\"SENDER\":\"x\",\"RECEIVER\":\"server\",\"CONTENT\":{"
	    "\"username\":\"messi\",\"password\":\"suraba\\u0079a\"},\"TYPE\":\"TEXT\"}\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> {flag:make_room content:kopi}\n"
	    "a< MAKE_ROOM_OK kopi berhasil dibuat\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a> {FLAG=JOIN_ROOM,CONTENT=“ kopi ”}\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "a> {\"FLAG\":\"SEND\",\"SENDER\":\"lineker\",\"RECEIVER\":\"kopi\",\"CONTENT\":\" a\\n"
	    "\\\"b\\\" \\ud83d\\ude00 \",\"UNKNOWN\":[1,{}]}\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi  a\\n"
	    "\\\"b\\\" 😀 \n"
	    "a> {FLAG=“SEND” RECEIVER=kopi CONTENT=“pakai “kutip” juga” , SENDER=“}”}\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi pakai “kutip” juga\n");
}
END_TEST

/* Clients with a field of several lines; also as a connection's first line. */
START_TEST(line_feed_in_a_text)
{
	static const char first[] = "{FLAG=LOGIN\nCONTENT={username=messi password=surabaya}}\r\n",
	                  text[] = "{FLAG=SEND RECEIVER=kopi CONTENT=“a\n{FLAG=LOGOUT}\nb”}\r\n";

	realm_talk_begin_dialect(_i, "room");
	dialogue_say(&talk, 'a', first, sizeof(first) - 1);
	room_run(&talk,
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a> {flag:make_room content:kopi}\n"
	    "a< MAKE_ROOM_OK kopi berhasil dibuat\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a> {FLAG=JOIN_ROOM,CONTENT=kopi}\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n");
	dialogue_say(&talk, 'a', text, sizeof(text) - 1);
	room_run(&talk,
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi a\\n{FLAG=LOGOUT}\\nb\n"
	    "a> {FLAG=QUIT_ROOM,CONTENT=kopi}\n"
	    "a< ROOM_QUITTED kopi\n");
}
END_TEST

START_TEST(bad_requests)
{
	realm_talk_begin_dialect(_i, "room");
	room_run(&talk,
	    "a> {\n"
	    "a< BAD_REQUEST permintaan tidak diakhiri dengan }\n"
	    "a> {}\n"
	    "a< BAD_REQUEST FLAG tidak dikenal\n"
	    "a> {FLAG=“REBUS”}\n"
	    "a< BAD_REQUEST FLAG tidak dikenal\n"
	    "a> {“FLAG”}\n"
	    "a< BAD_REQUEST permintaan bukan dictionary: KUNCI = nilai\n"
	    "a> {a={a={a={a={a=1}}}}}\n"
	    "a< BAD_REQUEST dictionary bersarang terlalu dalam\n"
	    "a> {\"FLAG\":\"SEND\",\"CONTENT\":\"\\ud800\"}\n"
	    "a< BAD_REQUEST escape yang salah\n"
	    "a> {FLAG=LOGIN}\n"
	    "a< BAD_REQUEST username tidak ada dalam CONTENT\n"
	    "a> {FLAG=REG,CONTENT=maradona}\n"
	    "a< BAD_REQUEST username atau password tidak sah\n"
	    "a> REG kabar napoli\n"
	    "a< BAD_REQUEST username atau password tidak sah\n"
	    "a> {FLAG=REG CONTENT={username=“mara dona” password=napoli}}\n"
	    "a< BAD_REQUEST username atau password tidak sah\n");
	dialogue_say(&talk, 'a', "{FLAG=\xff}\r\n", 10);
	room_run(&talk, "a< BAD_REQUEST permintaan bukan UTF-8\n");
}
END_TEST

/* Replies that only a listener of this dialect gives. */
START_TEST(no_dictionary)
{
	static char line[LONG_MAX + 3];

	realm_talk_begin_dialect(DIALOGUE_PIPES, "room");
	room_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< BAD_REQUEST permintaan harus diawali dengan {\n");
	dialogue_say(&talk, 'a', "\r\n", 2);
	room_run(&talk, "a< BAD_REQUEST permintaan harus diawali dengan {\n");
	memset(line, '{', sizeof(line));
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	dialogue_say(&talk, 'a', line, sizeof(line));
	room_run(&talk, "a< BAD_REQUEST permintaan terlalu panjang\n");
}
END_TEST

/* The longest line is sent and pushed whole. */
START_TEST(long_message)
{
	static char line[LONG_MAX + 3];
	int head = snprintf(line, sizeof(line), "{FLAG=SEND,RECEIVER=kopi,CONTENT=\"");
	size_t len;

	begin_with_room(_i);
	room_run(&talk,
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n");
	memset(line + head, 'x', sizeof(line) - (size_t)head);
	memcpy(line + LONG_MAX - 2, "\"}\r\n", 4);
	dialogue_say(&talk, 'a', line, LONG_MAX + 2);
	room_run(&talk, "a< SEND_OK chat ke room kopi berhasil dikirim\n");
	const char *reply = dialogue_hear(&talk, 'a', &len);
	ck_assert_uint_gt(len, LONG_MAX - 2 - (size_t)head);
	ck_assert_ptr_nonnull(strstr(reply, "MESSAGE"));
	ck_assert_uint_eq(strspn(strstr(reply, "xx"), "x"), LONG_MAX - 2 - (size_t)head);
}
END_TEST

START_TEST(registration_closed)
{
	realm_configure(&realm, "registration = off");
	realm_talk_begin_dialect(DIALOGUE_PIPES, "room");
	room_run(&talk,
	    "a> REG maradona napoli\n"
	    "a< BAD_REQUEST registrasi ditutup\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("room");
	TCase *tcase = realm_talk_tcase(suite, "requests");

	ADD(tcase, register_and_login);
	ADD(tcase, login_twice);
	tcase_add_test(tcase, login_race);
	ADD(tcase, rooms);
	ADD(tcase, in_a_room);
	ADD(tcase, coming_back);
	ADD(tcase, hanging_up);
	ADD(tcase, not_logged_in);
	ADD(tcase, line_feed_in_a_text);
	ADD(tcase, other_forms);
	ADD(tcase, bad_requests);
	tcase_add_test(tcase, no_dictionary);
	ADD(tcase, long_message);
	tcase_add_test(tcase, registration_closed);
	return realm_run_suite(suite);
}
