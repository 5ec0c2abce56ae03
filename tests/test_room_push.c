/*
 * The room dialect pushes messages and lists between several connections, those of other dialects
 * among them; rooms end, users are killed; and a `realm` listener accepts requests of this dialect
 * among its own lines.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "realm_talk.h"
#include "room_script.h"

#define PASSWORD_LINE "surabaya\n"
#define CROWD         24 /* a letter each */

static void
setup(void)
{
	realm_make(&realm, NULL);
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
}

/* messi is a and henderson b, both are in the room kopi. */
static void
begin(int way)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)way);
	talk.dialects[0] = talk.dialects[1] = "room";
	room_run(&talk,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "b> LOGIN henderson surabaya\n"
	    "b< LOGIN_OK Login berhasil: henderson\n"
	    "b< ROOM_LIST_OK 'kopi'\n"
	    "b< ONLINE_LIST_OK 'henderson','messi'\n"
	    "a< ONLINE_LIST_OK 'henderson','messi'\n"
	    "a> JOIN_ROOM kopi\n"
	    "a< JOIN_ROOM_OK kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "b> JOIN_ROOM kopi\n"
	    "b< JOIN_ROOM_OK kopi\n"
	    "b< ROOM_USER_LIST 'henderson','messi'\n"
	    "a< ROOM_USER_LIST 'henderson','messi'\n");
}

START_TEST(messages)
{
	begin(_i);
	room_run(&talk,
	    "a> SEND kopi halo\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi halo\n"
	    "b< MESSAGE messi kopi halo\n"
	    "b> SEND kopi hai\n"
	    "b< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "b< MESSAGE henderson kopi hai\n"
	    "a< MESSAGE henderson kopi hai\n"
	    "b> QUIT_ROOM kopi\n"
	    "b< ROOM_QUITTED kopi\n"
	    "a< ROOM_USER_LIST 'messi'\n"
	    "a> SEND kopi sendiri\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi sendiri\n"
	    "b> JOIN_ROOM kopi\n"
	    "b< JOIN_ROOM_OK kopi\n"
	    "b< ROOM_USER_LIST 'henderson','messi'\n"
	    "a< ROOM_USER_LIST 'henderson','messi'\n"
	    "b closes\n"
	    "a< ONLINE_LIST_OK 'messi'\n"
	    "a< ROOM_USER_LIST 'messi'\n");
}
END_TEST

/* Two lists, in the order in which their changes were noticed. */
static void
hear_lists(char who, const char *one, const char *other)
{
	bool heard[2] = { false, false };

	for (int i = 0; i < 2; i++) {
		size_t len;
		const char *list = dialogue_hear(&talk, who, &len);
		bool is_other = strcmp(list, other) == 0;

		ck_assert_msg((is_other || strcmp(list, one) == 0) && !heard[is_other], "%s", list);
		heard[is_other] = true;
	}
}

/* A user that leaves or comes is in one list or in both, looked at once or twice. */
START_TEST(logout)
{
	begin(_i);
	room_run(&talk,
	    "b> LOGOUT\n"
	    "b< LOGOUT_OK henderson telah log out\n");
	hear_lists('a',
	    "{\"FLAG\":\"DATA\",\"CODE\":\"ROOM_USER_LIST\",\"CONTENT\":[\"messi\"],"
	    "\"TYPE\":\"TEXT\"}",
	    "{\"FLAG\":\"DATA\",\"CODE\":\"ONLINE_LIST_OK\",\"CONTENT\":[\"messi\"],"
	    "\"TYPE\":\"TEXT\"}");
	room_run(&talk,
	    "a> SEND kopi sendiri\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi sendiri\n");
}
END_TEST

/* Lines and dictionaries, and what a push leaves alone: the inbox. */
START_TEST(line_dialects)
{
	begin(DIALOGUE_TCP);
	room_run(&talk,
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "a< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "b< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "c> joingroup kopi\n"
	    "c< OK Join group successful\n"
	    "c> sendgroup kopi dari realm\n"
	    "c< OK Message sent to group\n"
	    "a< MESSAGE lineker kopi dari realm\n"
	    "b< MESSAGE lineker kopi dari realm\n"
	    "b> inbox\n"
	    "b< MESSAGES {'lineker':[(Gary Lineker>#kopi:dari realm)]}\n"
	    "b> SEND kopi dari room\n"
	    "b< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "b< MESSAGE henderson kopi dari room\n"
	    "a< MESSAGE henderson kopi dari room\n"
	    "c> inbox\n"
	    "c< MESSAGES {'lineker':[(Gary Lineker>#kopi:dari realm)],'henderson':[(Jordan "
	    "Henderson>#kopi:dari room)]}\n"
	    "c> addgroup bola\n"
	    "c< OK Add group successful\n"
	    "a< ROOM_LIST_OK 'bola','kopi'\n"
	    "b< ROOM_LIST_OK 'bola','kopi'\n"
	    "c> logout\n"
	    "c< OK Logout successful\n"
	    "a< ONLINE_LIST_OK 'henderson','messi'\n"
	    "b< ONLINE_LIST_OK 'henderson','messi'\n");
}
END_TEST

/* A session of a line dialect can do what one of LOGIN can, but for the lists of everything. */
START_TEST(line_session)
{
	begin(DIALOGUE_TCP);
	room_run(&talk,
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "a< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "b< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "c> JOIN_ROOM kopi\n"
	    "c< JOIN_ROOM_OK kopi\n"
	    "c< ROOM_USER_LIST 'henderson','lineker','messi'\n"
	    "a< ROOM_USER_LIST 'henderson','lineker','messi'\n"
	    "b< ROOM_USER_LIST 'henderson','lineker','messi'\n"
	    "c> sendgroup kopi halo\n"
	    "c< OK Message sent to group\n"
	    "c< MESSAGE lineker kopi halo\n"
	    "a< MESSAGE lineker kopi halo\n"
	    "b< MESSAGE lineker kopi halo\n"
	    "c> inbox\n"
	    "c< MESSAGES {'lineker':[(Gary Lineker>#kopi:halo)]}\n"
	    "c> follow\n"
	    "c< OK $*\n"
	    "c> SEND kopi lagi\n"
	    "c< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "c< MESSAGE lineker kopi lagi\n"
	    "a< MESSAGE lineker kopi lagi\n"
	    "b< MESSAGE lineker kopi lagi\n"
	    "a> SEND kopi masih?\n"
	    "a< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "a< MESSAGE messi kopi masih?\n"
	    "b< MESSAGE messi kopi masih?\n"
	    "c< MESSAGE messi kopi masih?\n"
	    "c> LOGIN lineker surabaya\n"
	    "c< LOGIN_OK Login berhasil: lineker\n"
	    "c< ROOM_LIST_OK 'kopi'\n"
	    "c< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "c> logout\n"
	    "c< OK Logout successful\n"
	    "c> SEND kopi terlambat\n"
	    "c< BAD_REQUEST belum login\n");
}
END_TEST

/* Another user over the same connection is not in the room of the one before. */
START_TEST(another_user)
{
	begin(DIALOGUE_TCP);
	room_run(&talk,
	    "b> auth lineker surabaya\n"
	    "b< TOKEN l\n"
	    "b> SEND kopi halo\n"
	    "b< BAD_REQUEST anda tidak berada dalam room itu\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "c> LOGIN henderson surabaya\n"
	    "c< LOGIN_OK Login berhasil: henderson\n"
	    "c> LOGIN messi surabaya\n"
	    "c< $*\n"
	    "c< $*\n"
	    "c< LOGIN_DUPE Login gagal , user telah ter-login\n");
}
END_TEST

START_TEST(room_deleted)
{
	begin(_i);
	room_run(&talk,
	    "b> DEL_ROOM kopi\n"
	    "b< DEL_ROOM_FORBIDDEN kopi hanya dapat dihapus oleh pemilik atau administrator\n"
	    "a> DEL_ROOM kopi\n"
	    "a< DEL_ROOM_OK kopi berhasil dihapus\n"
	    "a< ROOM_QUITTED kopi\n"
	    "a< ROOM_LIST_OK\n"
	    "b< ROOM_QUITTED kopi\n"
	    "b< ROOM_LIST_OK\n"
	    "b> MAKE_ROOM kopi\n"
	    "b< MAKE_ROOM_OK kopi berhasil dibuat\n"
	    "b< ROOM_LIST_OK 'kopi'\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "b> JOIN_ROOM kopi\n"
	    "b< JOIN_ROOM_OK kopi\n"
	    "b< ROOM_USER_LIST 'henderson'\n");
}
END_TEST

START_TEST(administrator)
{
	REALM_CTL(&realm, PASSWORD_LINE, "user", "add", "wasit", "-a");
	begin(DIALOGUE_SOCKETPAIR);
	talk.dialects[2] = "room";
	room_run(&talk,
	    "c> LOGIN wasit surabaya\n"
	    "c< LOGIN_OK Login berhasil: wasit\n"
	    "c< ROOM_LIST_OK 'kopi'\n"
	    "c< ONLINE_LIST_OK 'henderson','messi','wasit'\n"
	    "a< ONLINE_LIST_OK 'henderson','messi','wasit'\n"
	    "b< ONLINE_LIST_OK 'henderson','messi','wasit'\n"
	    "c> DEL_ROOM kopi\n"
	    "c< DEL_ROOM_OK kopi berhasil dihapus\n"
	    "c< ROOM_LIST_OK\n"
	    "a< ROOM_QUITTED kopi\n"
	    "a< ROOM_LIST_OK\n"
	    "b< ROOM_QUITTED kopi\n"
	    "b< ROOM_LIST_OK\n");
	REALM_CTL(&realm, NULL, "group", "add", "bola", "messi");
	room_run(&talk,
	    "a< ROOM_LIST_OK 'bola'\n"
	    "b< ROOM_LIST_OK 'bola'\n"
	    "c< ROOM_LIST_OK 'bola'\n");
}
END_TEST

/* The owner who quits is its owner no more. */
START_TEST(owner_quits)
{
	begin(DIALOGUE_SOCKETPAIR);
	room_run(&talk,
	    "a> QUIT_ROOM kopi\n"
	    "a< ROOM_QUITTED kopi\n"
	    "b< ROOM_USER_LIST 'henderson'\n"
	    "a> DEL_ROOM kopi\n"
	    "a< DEL_ROOM_FORBIDDEN kopi hanya dapat dihapus oleh pemilik atau administrator\n"
	    "b> SEND kopi sendiri\n"
	    "b< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "b< MESSAGE henderson kopi sendiri\n");
}
END_TEST

START_TEST(session_ended)
{
	begin(DIALOGUE_SOCKETPAIR);
	REALM_CTL(&realm, "malang\n", "user", "passwd", "henderson");
	room_run(&talk,
	    "b< LOGOUT_OK henderson telah log out\n"
	    "b> SEND kopi halo\n"
	    "b< BAD_REQUEST belum login\n");
	REALM_CTL(&realm, NULL, "user", "lock", "messi");
	room_run(&talk, "a> MAKE_ROOM bola\n");
	for (bool refused = false; !refused;) {
		size_t len;
		const char *reply = dialogue_hear(&talk, 'a', &len);

		ck_assert_ptr_null(strstr(reply, "MAKE_ROOM_OK"));
		refused = strstr(reply, "BAD_REQUEST") != NULL;
	}
}
END_TEST

/* The presence of a worker that was killed goes away by itself. */
START_TEST(killed)
{
	pid_t pids[2];

	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	room_run(&talk,
	    "a> LOGIN messi surabaya\n"
	    "a< LOGIN_OK Login berhasil: messi\n"
	    "a< ROOM_LIST_OK 'kopi'\n"
	    "a< ONLINE_LIST_OK 'messi'\n");
	ck_assert_uint_eq(realm_workers(&realm, pids, 2), 1);
	room_run(&talk,
	    "b> LOGIN henderson surabaya\n"
	    "b< LOGIN_OK Login berhasil: henderson\n"
	    "b< ROOM_LIST_OK 'kopi'\n"
	    "b< ONLINE_LIST_OK 'henderson','messi'\n");
	ck_assert_int_eq(kill(pids[0], SIGKILL), 0);
	room_run(&talk, "b< ONLINE_LIST_OK 'henderson'\n");
}
END_TEST

/* The last list is right, however many came before it. */
static void
hear_until(char who, const char *code, size_t names)
{
	size_t found = 0;

	while (found != names) {
		size_t len;
		const char *list = dialogue_hear(&talk, who, &len);

		if (strstr(list, code) == NULL)
			continue;
		found = 0;
		for (const char *at = list; (at = strstr(at, "orang")) != NULL; at++)
			found++;
	}
}

START_TEST(crowd)
{
	char name[16];

	for (char who = 'a'; who < 'a' + CROWD; who++) {
		snprintf(name, sizeof(name), "orang%c", who);
		REALM_CTL(&realm, PASSWORD_LINE, "user", "add", name);
	}
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	for (char who = 'a'; who < 'a' + CROWD; who++)
		dialogue_runf(&talk,
		    "%c> {FLAG=LOGIN,CONTENT={username=orang%c,password=surabaya}}\n"
		    "%c> {FLAG=JOIN_ROOM,CONTENT=kopi}\n",
		    who, who, who);
	for (char who = 'a'; who < 'a' + CROWD; who++)
		hear_until(who, "ROOM_USER_LIST", CROWD);
	for (char who = 'a'; who < 'a' + CROWD; who++)
		dialogue_runf(&talk, "%c> {FLAG=SEND,RECEIVER=kopi,CONTENT=dari %c}\n", who, who);
	for (char who = 'a'; who < 'a' + CROWD; who++) {
		int heard = 0;
		size_t len;

		while (heard < CROWD)
			heard += strstr(dialogue_hear(&talk, who, &len), "MESSAGE") != NULL;
	}
}
END_TEST

/* A private room is listed to its members, and joined by invitees. */
START_TEST(private_room)
{
	begin(_i);
	room_run(&talk,
	    "c> LOGIN lineker surabaya\n"
	    "c< LOGIN_OK Login berhasil: lineker\n"
	    "c< ROOM_LIST_OK 'kopi'\n"
	    "c< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "a< ONLINE_LIST_OK 'henderson','lineker','messi'\n"
	    "b< ONLINE_LIST_OK 'henderson','lineker','messi'\n");
	REALM_CTL(&realm, NULL, "group", "private", "kopi", "on");
	room_run(&talk,
	    "c< ROOM_LIST_OK \n"
	    "c> JOIN_ROOM kopi\n"
	    "c< JOIN_ROOM_FAILED room kopi tertutup, perlu undangan\n");
	REALM_CTL(&realm, NULL, "group", "invite", "kopi", "lineker");
	room_run(&talk,
	    "c> JOIN_ROOM kopi\n"
	    "c< JOIN_ROOM_OK kopi\n");
	hear_lists('c',
	    "{\"FLAG\":\"DATA\",\"CODE\":\"ROOM_LIST_OK\",\"CONTENT\":[\"kopi\"],"
	    "\"TYPE\":\"TEXT\"}",
	    "{\"FLAG\":\"DATA\",\"CODE\":\"ROOM_USER_LIST\",\"CONTENT\":[\"henderson\","
	    "\"lineker\",\"messi\"],\"TYPE\":\"TEXT\"}");
}
END_TEST

#define ADD(tcase, test) tcase_add_loop_test(tcase, test, 0, DIALOGUE_WAYS)

int
main(void)
{
	Suite *suite = suite_create("room push");
	TCase *tcase = realm_talk_tcase_with(suite, "pushes", setup);
	ADD(tcase, messages);
	ADD(tcase, logout);
	tcase_add_test(tcase, line_dialects);
	tcase_add_test(tcase, line_session);
	tcase_add_test(tcase, another_user);
	ADD(tcase, room_deleted);
	ADD(tcase, private_room);
	tcase_add_test(tcase, administrator);
	tcase_add_test(tcase, owner_quits);
	tcase_add_test(tcase, session_ended);
	tcase_add_test(tcase, killed);
	tcase_add_test(tcase, crowd);
	return realm_run_suite(suite);
}
