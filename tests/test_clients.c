/*
 * Clients of all dialects use one realm: conversations that cross the five of them,
 * each through a listener of its own or with kabard -i. How the existing clients ask and read is
 * in test_client_ways.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listeners.h"
#include "room_script.h"

#define HALO "aGFsbyBkdW5pYQ==" /* halo dunia */

static struct realm realm;
static struct dialogue talk;

static void
setup(void)
{
	listeners_make(&realm);
}

static void
teardown(void)
{
	dialogue_end(&talk);
	listeners_remove(&realm);
}

/* messi, henderson, lineker and gerrard, with the tokens m, h, l and g; then owen in the room. */
static void
log_in_all(void)
{
	room_run(&talk,
	    "a> auth messi surabaya \n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya \n"
	    "b< TOKEN h\n"
	    "c> login lineker surabaya \n"
	    "c< TOKEN l\n"
	    "d> auth gerrard surabaya \n"
	    "d< TOKEN g\n"
	    "e> LOGIN owen surabaya\n"
	    "e< LOGIN_OK Login berhasil: owen\n"
	    "e< ROOM_LIST_OK 'kopi'\n"
	    "e< ONLINE_LIST_OK 'gerrard','henderson','lineker','messi','owen'\n"
	    "e> JOIN_ROOM kopi\n"
	    "e< JOIN_ROOM_OK kopi\n"
	    "e< ROOM_USER_LIST 'owen'\n");
}

/*
 * Across the dialects.
 */

/* Each of the line dialects to everybody, and everybody reads them all. */
static void
exchange_private(void)
{
	static const char *const users[] = { "messi", "henderson", "lineker", "gerrard", "owen" };

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		dialogue_runf(&talk,
		    "a> send $m %s  dari realm \n"
		    "a< OK Message sent\n"
		    "b> send $h %s  dari show \n"
		    "b< OK Message Sent\n"
		    "c> send $l %s  dari login \n"
		    "c< OK Message Sent\n"
		    "d> send $g %s  dari files \n"
		    "d< OK Message Sent\n",
		    users[i], users[i], users[i], users[i]);
	dialogue_run(&talk,
	    "a> inbox $m \n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:dari realm)],"
	    "'henderson':[(Jordan Henderson>Lionel Messi:dari show)],"
	    "'lineker':[(Gary Lineker>Lionel Messi:dari login)],"
	    "'gerrard':[(Steven Gerrard>Lionel Messi:dari files)]}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson: dari realm \\r\\n)],"
	    "'henderson':[(Jordan Henderson>Jordan Henderson: dari show \\r\\n)],"
	    "'lineker':[(Gary Lineker>Jordan Henderson: dari login \\r\\n)],"
	    "'gerrard':[(Steven Gerrard>Jordan Henderson: dari files \\r\\n)]}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker: dari realm \\r\\n)],"
	    "'henderson':[(Jordan Henderson>Gary Lineker: dari show \\r\\n)],"
	    "'lineker':[(Gary Lineker>Gary Lineker: dari login \\r\\n)],"
	    "'gerrard':[(Steven Gerrard>Gary Lineker: dari files \\r\\n)]}\n"
	    "d> inbox $g \n"
	    "d< MESSAGES {'messi':[' dari realm \\r\\n'],'henderson':[' dari show \\r\\n'],"
	    "'lineker':[' dari login \\r\\n'],'gerrard':[' dari files \\r\\n']}\n"
	    /* The room shows its own messages only; these are waiting elsewhere. */
	    "r> auth owen surabaya \n"
	    "r< TOKEN o\n"
	    "r> inbox $o \n"
	    "r< MESSAGES {'messi':[(Lionel Messi>Michael Owen:dari realm)],"
	    "'henderson':[(Jordan Henderson>Michael Owen:dari show)],"
	    "'lineker':[(Gary Lineker>Michael Owen:dari login)],"
	    "'gerrard':[(Steven Gerrard>Michael Owen:dari files)]}\n");
}

/* The three dialects that can send to a group reach members of all five. */
static void
exchange_in_group(void)
{
	room_run(&talk,
	    "a> sendgroup $m kopi  dari realm \n"
	    "a< OK Message sent to group\n"
	    "e< MESSAGE messi kopi dari realm\n"
	    "d> send_group $g kopi  dari files \n"
	    "d< OK Message Sent\n"
	    "e< MESSAGE gerrard kopi dari files\n"
	    "e> SEND kopi dari room\n"
	    "e< SEND_OK chat ke room kopi berhasil dikirim\n"
	    "e< MESSAGE owen kopi dari room\n"
	    "a> inbox $m \n"
	    "a< MESSAGES {'messi':[(Lionel Messi>#kopi:dari realm)],"
	    "'gerrard':[(Steven Gerrard>#kopi:dari files)],"
	    "'owen':[(Michael Owen>#kopi:dari room)]}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[(Lionel Messi>kopi: dari realm \\r\\n)],"
	    "'gerrard':[(Steven Gerrard>kopi: dari files \\r\\n)],"
	    "'owen':[(Michael Owen>kopi: dari room \\r\\n)]}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {'messi':[(Lionel Messi>kopi: dari realm \\r\\n)],"
	    "'gerrard':[(Steven Gerrard>kopi: dari files \\r\\n)],"
	    "'owen':[(Michael Owen>kopi: dari room \\r\\n)]}\n"
	    "d> inbox $g \n"
	    "d< MESSAGES {'kopi':[(Lionel Messi>kopi: dari realm \\r\\n),"
	    "(Steven Gerrard>kopi: dari files \\r\\n),"
	    "(Michael Owen>kopi: dari room \\r\\n)]}\n"
	    /* What was pushed is in the inbox, too. */
	    "r> inbox $o \n"
	    "r< MESSAGES {'messi':[(Lionel Messi>#kopi:dari realm)],"
	    "'gerrard':[(Steven Gerrard>#kopi:dari files)],"
	    "'owen':[(Michael Owen>#kopi:dari room)]}\n");
}

/* Each of the two dialects that can send files sends to both and to all others that show files. */
static void
exchange_files(void)
{
	room_run(&talk,
	    "a> sendfile $m gerrard /home/messi/gol.txt b'" HALO "' \n"
	    "a< OK File sent\n"
	    "a> sendfile $m henderson gol.txt b'" HALO "' \n"
	    "a< OK File sent\n"
	    "d> send_file $g messi C:\\foto\\foto.png " HALO " \n"
	    "d< OK File Sent\n"
	    "d> send_group_file $g kopi jadwal.txt " HALO " \n"
	    "d< OK File Sent\n"
	    "e< MESSAGE gerrard kopi File jadwal.txt\n"
	    "d> my_file $g \n"
	    "d< MESSAGES {'messi':['gol.txt','foto.png'],'kopi':['jadwal.txt']}\n"
	    "d> download_file $g messi gol.txt \n"
	    "d< {'status':'OK','messages':'Downloaded gol.txt','filename':'gol.txt',"
	    "'data':'" HALO "'}\n"
	    "a> my_file $m \n"
	    "a< MESSAGES {'gerrard':['gol.txt','foto.png'],'henderson':['gol.txt'],"
	    "'kopi':['jadwal.txt']}\n"
	    "a> download_file $m gerrard foto.png \n"
	    "a< {'status':'OK','messages':'Downloaded foto.png','filename':'foto.png',"
	    "'data':'" HALO "'}\n"
	    "r> download_file $o kopi jadwal.txt \n"
	    "r< {'status':'OK','messages':'Downloaded jadwal.txt','filename':'jadwal.txt',"
	    "'data':'" HALO "'}\n");
	room_run(&talk,
	    "a> inbox $m \n"
	    "a< MESSAGES {'gerrard':[{'msg_from':'Steven Gerrard','msg_to':'Lionel Messi',"
	    "'msg':'File foto.png','file':'foto.png','file_name':'foto.png',"
	    "'file_content':'" HALO "'},{'msg_from':'Steven Gerrard',"
	    "'msg_to':'kopi','msg':'File jadwal.txt','file':'jadwal.txt','group':'kopi',"
	    "'file_name':'jadwal.txt','file_content':'" HALO "'}]}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson: File gol.txt \\r\\n)],"
	    "'gerrard':[(Steven Gerrard>kopi: File jadwal.txt \\r\\n)]}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {'gerrard':[(Steven Gerrard>kopi: File jadwal.txt \\r\\n)]}\n"
	    "d> inbox $g \n"
	    "d< MESSAGES {}\n");
}

/* Each dialect lists the users that are connected. */
static void
look_around(void)
{
	room_run(&talk,
	    "a> info $m \n"
	    "a< INFO [{'username':'messi',$*},{'username':'henderson',$*},"
	    "{'username':'lineker',$*},{'username':'gerrard',$*},{'username':'owen',$*}]\n"
	    "b> show $h \n"
	    "b< INFO [{'username':'messi','name':'Lionel Messi','negara':'Argentina'},"
	    "{'username':'henderson','name':'Jordan Henderson','negara':'Inggris'},"
	    "{'username':'lineker','name':'Gary Lineker','negara':'Inggris'},"
	    "{'username':'gerrard','name':'Steven Gerrard','negara':'Inggris'},"
	    "{'username':'owen','name':'Michael Owen','negara':'Inggris'}]\n"
	    "c> show_user $l \n"
	    "c< MESSAGES ['messi','henderson','gerrard','owen']\n");
}

START_TEST(across)
{
	listeners_begin(&talk, &realm, (enum dialogue_way)_i);
	log_in_all();
	look_around();
	exchange_private();
	exchange_in_group();
	exchange_files();
	/* All was shown once. */
	dialogue_run(&talk,
	    "a> inbox $m \n"
	    "a< MESSAGES {}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {}\n"
	    "d> inbox $g \n"
	    "d< MESSAGES {}\n"
	    "a> logout $m \n"
	    "a< OK Logout successful\n"
	    "d> logout $g \n"
	    "d< OK Logout Berhasil\n"
	    "c> logout $l \n"
	    "c< MESSAGES ['logout berhasil']\n"
	    "b> logout $h \n"
	    "b< OK $h\n");
}
END_TEST

/* Someone goes from dialect to dialect with one token. */
START_TEST(one_session)
{
	listeners_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "c> login lineker surabaya \n"
	    "c< TOKEN l\n"
	    "a> send $l lineker satu\n"
	    "a< OK Message sent\n"
	    "b> inbox $l \n"
	    "b< MESSAGES {'lineker':[(Gary Lineker>Gary Lineker: satu \\r\\n)]}\n"
	    "b> inbox $l \n"
	    "b< MESSAGES {}\n"
	    "d> send $l lineker  dua \n"
	    "d< OK Message Sent\n"
	    "a> inbox $l \n"
	    "a< MESSAGES {'lineker':[(Gary Lineker>Gary Lineker:dua)]}\n"
	    "a> inbox $l \n"
	    "a< MESSAGES {}\n"
	    "b> send $l lineker  tiga \n"
	    "b< OK Message Sent\n"
	    "d> inbox $l \n"
	    "d< MESSAGES {'lineker':[' tiga \\r\\n']}\n"
	    "d> logout $l \n"
	    "d< OK Logout Berhasil\n"
	    "c> inbox\n"
	    "c< ERROR Session Tidak Ditemukan\n"
	    "a> inbox $l \n"
	    "a< ERROR Session tidak ditemukan\n");
}
END_TEST

/*
 * The server's reports on itself.
 */

/* Has the janitor run until it has thrown so many messages away. */
static bool
are_thrown_away(void *arg)
{
	const char *const argv[] = { realm_kabarctl_path, "-c", realm.config, "janitor", NULL };
	char output[256];
	int *left = arg;

	ck_assert_int_eq(realm_run(argv, NULL, output, sizeof(output)), 0);
	*left -= atoi(output);
	return *left <= 0;
}

/* The notice has each dialect's own clothes. */
START_TEST(expired)
{
	static const char *const inboxes[LISTENERS_LINE] = {
		"{'kabar':[(kabar>Jordan Henderson:2 pesan kedaluwarsa sebelum dibaca)],"
		"'messi':[(Lionel Messi>Jordan Henderson:baru)]}",
		"{'kabar':[(kabar>Jordan Henderson: 2 pesan kedaluwarsa sebelum dibaca \\r\\n)],"
		"'messi':[(Lionel Messi>Jordan Henderson: baru \\r\\n)]}",
		"{'kabar':[(kabar>Jordan Henderson: 2 pesan kedaluwarsa sebelum dibaca \\r\\n)],"
		"'messi':[(Lionel Messi>Jordan Henderson: baru \\r\\n)]}",
		"{'kabar':[' 2 pesan kedaluwarsa sebelum dibaca \\r\\n'],'messi':[' baru \\r\\n']}",
	};
	int left = 2;

	listeners_configure(&realm, "unread_keep = 1s");
	listeners_begin(&talk, &realm, DIALOGUE_SOCKETPAIR);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "a> send henderson dua\n"
	    "a< OK Message sent\n");
	ck_assert(realm_until(are_thrown_away, &left));
	ck_assert_int_eq(left, 0);
	dialogue_runf(&talk,
	    "a> send henderson baru\n"
	    "a< OK Message sent\n"
	    "a> auth henderson surabaya\n"
	    "a< TOKEN h\n"
	    "%c> inbox $h \n"
	    "%c< MESSAGES %s\n"
	    "%c> inbox $h \n"
	    "%c< MESSAGES {}\n",
	    'a' + _i, 'a' + _i, inboxes[_i], 'a' + _i, 'a' + _i);
}
END_TEST

static TCase *
new_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realm_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("clients");
	TCase *tcase = new_tcase(suite, "across the dialects");

	tcase_add_loop_test(tcase, across, 0, DIALOGUE_WAYS);
	tcase_add_loop_test(tcase, one_session, 0, DIALOGUE_WAYS);
	tcase = new_tcase(suite, "the server");
	tcase_add_loop_test(tcase, expired, 0, LISTENERS_LINE);
	return realm_run_suite(suite);
}
