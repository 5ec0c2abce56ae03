/*
 * Further clients of the family send this to a listener of the dialect `realm`, byte for byte with
 * the spaces that they put before line ends and before texts: lists of users where others name a
 * group, the token under another key, files read out of the inbox, and other names of commands.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "listeners.h"

#define WAY       DIALOGUE_SOCKETPAIR
#define HALO      "aGFsbyBkdW5pYQ==" /* halo dunia, 10 bytes */
#define WRAPPED   "b'" HALO "'"
#define NAIM      "TmFpbQ==" /* Naim, 4 bytes */
#define LIST_MAX  64
#define NAMES_MAX 4096
#define FILE_OF(name, more)                                                             \
	"{'msg_from':'Lionel Messi','msg_to':'Jordan Henderson','msg':'File " name "'," \
	"'file':'" name "','file_name':'" name "'" more "}"
#define CONTENT(base64) ",'file_content':'" base64 "'"
#define HINT(who, name) ",'file_hint':'download_file " who " " name "'"

static struct realm realm;
static struct dialogue talk;

static void
setup(void)
{
	realm_make(&realm, NULL);
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
}

static void
teardown(void)
{
	dialogue_end(&talk);
	realm_remove(&realm);
}

/* messi speaks as a, henderson as b and lineker as c, with the tokens m, h and l. */
static void
begin(enum dialogue_way way)
{
	dialogue_begin(&talk, &realm, way);
	dialogue_run(&talk,
	    "a> auth messi surabaya \n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya \n"
	    "b< TOKEN h\n"
	    "c> auth lineker surabaya \n"
	    "c< TOKEN l\n");
}

/*
 * The token.
 */

static void
setup_listeners(void)
{
	listeners_make(&realm);
	realm_start(&realm);
}

static void
teardown_listeners(void)
{
	dialogue_end(&talk);
	listeners_remove(&realm);
}

static const char *
token_of(char speaker)
{
	return talk.tokens[speaker - 'a'];
}

START_TEST(both_keys)
{
	begin(_i);
	dialogue_run(&talk,
	    "a> auth messi surabaya \n"
	    "a< {'status':'OK','tokenid':'$m','token_id':'$n'}\n"
	    "d> register naim rahasia Naim_Naim Inggris \n"
	    "d< {'status':'OK','tokenid':'$x','token_id':'$y'}\n");
	ck_assert_str_eq(token_of('m'), token_of('n'));
	ck_assert_str_eq(token_of('x'), token_of('y'));
	dialogue_run(&talk,
	    "a> sendprivate $n naim  halo \n"
	    "a< OK Message sent\n"
	    "d> inbox $y \n"
	    "d< MESSAGES {'messi':[(Lionel Messi>Naim Naim:halo)]}\n"
	    "d> logout $y \n"
	    "d< OK Logout successful\n");
}
END_TEST

/* The documents of the other dialects have one key, also where `realm` borrows from them. */
START_TEST(one_key)
{
	listeners_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "a> login messi surabaya\n"
	    "a< {'status':'OK','tokenid':'$m'}\n"
	    "b> auth messi surabaya\n"
	    "b< {'status':'OK','tokenid':'$m'}\n"
	    "c> auth messi surabaya\n"
	    "c< {'status':'OK','tokenid':'$m'}\n"
	    "c> login messi surabaya\n"
	    "c< {'status':'OK','tokenid':'$m'}\n"
	    "d> auth messi surabaya\n"
	    "d< {'status':'OK','tokenid':'$m'}\n"
	    "d> send_group $m messi,henderson halo\n"
	    "d< ERROR Group Tidak Ditemukan\n"
	    "a> send_group $m messi,henderson halo\n"
	    "a< ERROR Group Tidak Ditemukan\n"
	    "a> send_group_file $m messi,henderson a.txt " HALO "\n"
	    "a< ERROR Group Tidak Ditemukan\n");
}
END_TEST

/*
 * Lists of users.
 */

#define NOTHING            \
	"a> inbox $m \n"   \
	"a< MESSAGES {}\n" \
	"b> inbox $h \n"   \
	"b< MESSAGES {}\n" \
	"c> inbox $l \n"   \
	"c< MESSAGES {}\n"

START_TEST(group_of_users)
{
	begin(_i);
	dialogue_run(&talk,
	    "a> sendgroup $m henderson,lineker,messi,HENDERSON  halo semua \n"
	    "a< OK Message sent to group\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo semua)]}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:halo semua)]}\n"
	    "a> inbox $m \n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:halo semua)]}\n"
	    /* A group still is one. */
	    "a> sendgroup $m kopi  ngopi \n"
	    "a< OK Message sent to group\n"
	    "a> sendgroup $m group:kopi lagi\n"
	    "a< OK Message sent to group\n"
	    "c> sendgroup $l kopi  ngopi \n"
	    "c< ERROR User bukan anggota group\n"
	    "a> sendgroup $m henderson  halo \n"
	    "a< ERROR Group tidak ditemukan\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[(Lionel Messi>#kopi:ngopi),(Lionel Messi>#kopi:lagi)]}\n");
}
END_TEST

/* All users of a list get the message, or none. */
START_TEST(all_or_none)
{
	static const char *const lists[] = { "henderson,nobody,lineker", "henderson,lineker,nobody",
		"henderson,", ",henderson", "henderson,,lineker", "henderson,kopi" };
	char line[REALM_PATH_MAX];

	begin(WAY);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		snprintf(line, sizeof(line), "a> sendgroup $m %s  halo \na< %s\n", lists[i],
		    "ERROR User tidak ditemukan");
		dialogue_run(&talk, line);
		snprintf(line, sizeof(line), "a> sendgroupfile $m %s a.txt " WRAPPED "\na< %s\n",
		    lists[i], "ERROR User tidak ditemukan");
		dialogue_run(&talk, line);
	}
	dialogue_run(&talk,
	    "a> sendgroup $m henderson,lineker\n"
	    "a< ERROR parameter salah\n"
	    "a> sendgroup $m henderson,lineker \xff\n"
	    "a< ERROR parameter salah\n" NOTHING "b> my_file $h \n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(one_is_full)
{
	realm_configure(&realm, "inbox_max = 1");
	begin(WAY);
	dialogue_run(&talk,
	    "a> send $m lineker  satu \n"
	    "a< OK Message sent\n"
	    "a> sendgroup $m henderson,lineker  dua \n"
	    "a< ERROR Inbox penuh\n"
	    "a> sendgroupfile $m henderson,lineker a.txt " WRAPPED "\n"
	    "a< ERROR Inbox penuh\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {'messi':[(Lionel Messi>Gary Lineker:satu)]}\n"
	    "c> inbox $l \n"
	    "c< MESSAGES {}\n"
	    "a> sendgroup $m henderson,lineker  tiga \n"
	    "a< OK Message sent to group\n");
}
END_TEST

/* A list of n different users, u1 and so on. */
static const char *
list_users(int n)
{
	static char list[NAMES_MAX];
	int len = 0;

	for (int i = 1; i <= n; i++)
		len +=
		    snprintf(list + len, sizeof(list) - (size_t)len, "%su%d", i > 1 ? "," : "", i);
	return list;
}

START_TEST(long_list)
{
	char name[16];

	for (int i = 1; i <= LIST_MAX + 1; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		REALM_CTL(&realm, "rahasia\n", "user", "add", name);
	}
	begin(WAY);
	dialogue_runf(&talk, "a> sendgroup $m %s  halo \na< ERROR parameter salah\n",
	    list_users(LIST_MAX + 1));
	dialogue_runf(&talk, "a> sendgroupfile $m %s a.txt " HALO "\na< ERROR parameter salah\n",
	    list_users(LIST_MAX + 1));
	dialogue_run(&talk,
	    "d> auth u1 rahasia \n"
	    "d< TOKEN u\n"
	    "d> inbox $u \n"
	    "d< MESSAGES {}\n");
	dialogue_runf(&talk, "a> sendgroup $m %s  halo \na< OK Message sent to group\n",
	    list_users(LIST_MAX));
	dialogue_runf(&talk, "a> sendgroupfile $m %s a.txt " HALO "\na< OK File sent to group\n",
	    list_users(LIST_MAX));
	dialogue_run(&talk,
	    "d> inbox $u \n"
	    "d< MESSAGES {'messi':[(Lionel Messi>u1:halo),{'msg_from':'Lionel Messi',"
	    "'msg_to':'u1','msg':'File a.txt','file':'a.txt','file_name':'a.txt'" CONTENT(
	        HALO) "}]}\n");
}
END_TEST

START_TEST(file_to_users)
{
	begin(_i);
	dialogue_run(&talk,
	    "a> sendgroupfile $m henderson,lineker,henderson ../foto/a.txt " WRAPPED "\n"
	    "a< OK File sent to group\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[" FILE_OF("a.txt",
	        CONTENT(HALO)) "]}\n"
	                       "c> inbox $l \n"
	                       "c< MESSAGES {'messi':[{'msg_from':'Lionel Messi','msg_to':'Gary "
	                       "Lineker',"
	                       "'msg':'File a.txt','file':'a.txt','file_name':'a.txt'" CONTENT(
	                           HALO) "}]}\n"
	                                 "c> download_file $l messi a.txt \n"
	                                 "c< {'status':'OK','messages':'Downloaded "
	                                 "a.txt','filename':'a.txt','data':'" HALO "'}\n"
	                                 "a> sendgroupfile $m kopi b.txt " WRAPPED "\n"
	                                 "a< OK File sent to group\n"
	                                 "c> sendgroupfile $l kopi c.txt " WRAPPED "\n"
	                                 "c< ERROR User bukan anggota group\n"
	                                 "c> my_file $l \n"
	                                 "c< MESSAGES {'messi':['a.txt']}\n");
}
END_TEST

/*
 * Files in the inbox.
 */

/* Of any length up to inbox_file_max, with the content of its own conversation. */
START_TEST(inbox_files)
{
	realm_configure(&realm, "inbox_file_max = 10");
	REALM_CTL(&realm, NULL, "group", "add", "messi", "messi");
	REALM_CTL(&realm, NULL, "group", "join", "messi", "henderson");
	begin(_i);
	dialogue_run(&talk,
	    "a> sendfile $m henderson a.txt " WRAPPED "\n"
	    "a< OK File sent\n"
	    "a> sendgroupfile $m messi a.txt b'" NAIM "'\n"
	    "a< OK File sent to group\n"
	    "a> sendfile $m henderson besar.txt b'aGFsbyBkdW5pYTE='\n"
	    "a< OK File sent\n"
	    "a> sendgroupfile $m kopi besar.txt b'aGFsbyBkdW5pYTE='\n"
	    "a< OK File sent to group\n"
	    "a> sendfile $m henderson kosong b''\n"
	    "a< OK File sent\n"
	    "a> send $m henderson  halo \n"
	    "a< OK Message sent\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[" FILE_OF("a.txt",
	        CONTENT(
	            HALO)) ",{'msg_from':'Lionel Messi',"
	                   "'msg_to':'messi','msg':'File a.txt','file':'a.txt','group':'messi',"
	                   "'file_name':'a.txt'" CONTENT(NAIM) "}," FILE_OF("besar.txt",
	                       HINT("messi",
	                           "besar.txt")) ",{'msg_from':'Lionel Messi',"
	                                         "'msg_to':'kopi','msg':'File "
	                                         "besar.txt','file':'besar.txt','group':'kopi',"
	                                         "'file_name':'besar.txt'" HINT("kopi",
	                                             "besar.txt") "}," FILE_OF("kosong",
	                                             CONTENT(
	                                                 "")) ",(Lionel Messi>Jordan "
	                                                      "Henderson:halo)]}\n"
	                                                      /* As the hint says, and once more the
	                                                         dialects of those who do not know
	                                                         of contents. */
	                                                      "b> download_file $h kopi besar.txt\n"
	                                                      "b< "
	                                                      "{'status':'OK','messages':'"
	                                                      "Downloaded "
	                                                      "besar.txt','filename':'besar.txt',"
	                                                      "'data':'aGFsbyBkdW5pYTE='}\n"
	                                                      "b> inbox $h \n"
	                                                      "b< MESSAGES {}\n");
}
END_TEST

START_TEST(realm_inbox_files)
{
	begin(WAY);
	dialogue_run(&talk,
	    "a> sendprivatefilerealm $m surabaya henderson a.txt " WRAPPED " \n"
	    "a< OK File sent to user in realm\n"
	    "a> sendgroupfilerealm $m surabaya henderson,lineker b.txt b'" NAIM "'\n"
	    "a< OK File sent to group in realm\n"
	    "b> getrealminbox $h surabaya \n"
	    "b< MESSAGES [" FILE_OF("a.txt", CONTENT(HALO)) "," FILE_OF("b.txt",
	        CONTENT(NAIM)) "]\n");
}
END_TEST

/* The file of that name is sent as it is now, and told without content where it is gone. */
START_TEST(file_replaced)
{
	begin(WAY);
	dialogue_run(&talk,
	    "a> sendfile $m henderson a.txt " WRAPPED "\n"
	    "a< OK File sent\n"
	    "a> sendfile $m henderson a.txt b'" NAIM "'\n"
	    "a< OK File sent\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[" FILE_OF("a.txt", CONTENT(NAIM)) "," FILE_OF("a.txt",
	        CONTENT(NAIM)) "]}\n"
	                       "c> sendfile $l henderson a.txt " WRAPPED "\n"
	                       "c< OK File sent\n");
	REALM_CTL(&realm, NULL, "user", "del", "lineker");
	REALM_CTL(&realm, NULL, "janitor");
	dialogue_run(&talk,
	    "b> inbox $h \n"
	    "b< MESSAGES {'lineker':[{'msg_from':'Gary Lineker','msg_to':'Jordan Henderson',"
	    "'msg':'File a.txt','file':'a.txt','file_name':'a.txt'}]}\n");
}
END_TEST

/* One reply carries a bounded number of files, too, and a new reply counts anew. */
START_TEST(inbox_room)
{
	realm_configure(&realm, "file_max = 23");
	begin(WAY);
	for (int i = 0; i < 2; i++) {
		dialogue_run(&talk,
		    "a> sendfile $m henderson a.txt " WRAPPED "\n"
		    "a< OK File sent\n"
		    "a> sendfile $m henderson b.txt " WRAPPED "\n"
		    "a< OK File sent\n"
		    "a> sendfile $m henderson c.txt b'" NAIM "'\n"
		    "a< OK File sent\n"
		    "a> sendfile $m henderson d.txt b'TmFp'\n"
		    "a< OK File sent\n"
		    "b> inbox $h \n"
		    "b< MESSAGES {'messi':[" FILE_OF("a.txt", CONTENT(HALO)) "," FILE_OF("b.txt",
		        CONTENT(HALO)) "," FILE_OF("c.txt",
		        HINT("messi", "c.txt")) "," FILE_OF("d.txt", CONTENT("TmFp")) "]}\n");
	}
}
END_TEST

/* Cuts every content on the disk down to one byte. */
static int
cut_contents(const char *path)
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	char below[512];
	int n = 0;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "lock") == 0)
			continue;
		snprintf(below, sizeof(below), "%.200s/%.200s", path, entry->d_name);
		if (entry->d_type == DT_DIR) {
			n += cut_contents(below);
		} else {
			ck_assert_int_eq(truncate(below, 1), 0);
			n++;
		}
	}
	closedir(directory);
	return n;
}

/* An inbox with a damaged file is still a whole reply, and tells so. */
START_TEST(inbox_damaged)
{
	char path[512];

	begin(WAY);
	dialogue_run(&talk,
	    "a> sendfile $m henderson a.txt " WRAPPED "\n"
	    "a< OK File sent\n");
	snprintf(path, sizeof(path), "%.200s/file", realm.state);
	ck_assert_int_eq(cut_contents(path), 1);
	dialogue_run(&talk,
	    "a> send $m henderson  halo \n"
	    "a< OK Message sent\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[" FILE_OF("a.txt",
	        CONTENT(
	            "aA==") ",'file_damaged':true") ",(Lionel Messi>Jordan Henderson:halo)]}\n");
}
END_TEST

/*
 * Files by name, or by none.
 */

/* A file's time is in ms: until another begins. */
static bool
is_later(void *before)
{
	return clock_now_ms() > *(const int64_t *)before;
}

static void
await_next_ms(void)
{
	int64_t before = clock_now_ms();

	ck_assert(realm_until(is_later, &before));
}

/* Hears exactly this; in a script ' stands for ". */
static void
hear_exactly(char speaker, const char *reply)
{
	size_t len;

	ck_assert_str_eq(dialogue_hear(&talk, speaker, &len), reply);
}

#define NEWEST(who, name, base64) \
	"{\"status\":\"OK\",\"messages\":{\"" who "\":[\"" name "\",\"b'" base64 "'\"]}}"

/* Without a name the client gets the newest file, and saves it if it is wrapped. */
START_TEST(newest_file)
{
	begin(_i);
	dialogue_run(&talk,
	    "b> getfile $h \n"
	    "b< ERROR File tidak ditemukan\n"
	    "a> sendfile $m henderson a.txt " WRAPPED "\n"
	    "a< OK File sent\n"
	    "b> getfile $h \n");
	hear_exactly('b', NEWEST("messi", "a.txt", HALO));
	await_next_ms();
	/* One's own are not meant, nor those of others. */
	dialogue_run(&talk,
	    "b> sendfile $h messi b.txt b'" NAIM "'\n"
	    "b< OK File sent\n"
	    "a> sendfile $m lineker c.txt b'" NAIM "'\n"
	    "a< OK File sent\n"
	    "b> getfile $h \n");
	hear_exactly('b', NEWEST("messi", "a.txt", HALO));
	dialogue_run(&talk,
	    "a> sendgroupfile $m kopi b.txt b'" NAIM "'\n"
	    "a< OK File sent to group\n"
	    "b> getfile $h \n");
	hear_exactly('b', NEWEST("kopi", "b.txt", NAIM));
	await_next_ms();
	dialogue_run(&talk,
	    "c> sendfile $l henderson a.txt b''\n"
	    "c< OK File sent\n"
	    "b> getfile\n");
	hear_exactly('b', NEWEST("lineker", "a.txt", ""));
	/* It reads no inbox. */
	dialogue_run(&talk,
	    "b> inbox $h \n"
	    "b< MESSAGES {'messi':[$*],'lineker':[$*]}\n");
}
END_TEST

/* A client that decodes the member `data` names a conversation and a file. */
START_TEST(file_by_name)
{
	begin(WAY);
	dialogue_run(&talk,
	    "a> sendfile $m henderson foto/a.txt " HALO " \n"
	    "a< OK File sent\n"
	    "b> getfile $h messi foto/a.txt \n"
	    "b< {'status':'OK','messages':'Downloaded a.txt','filename':'a.txt','data':'" HALO
	    "'}\n"
	    "c> getfile $l messi a.txt \n"
	    "c< ERROR File tidak ditemukan\n"
	    "b> getfile $h messi \n"
	    "b< ERROR parameter salah\n"
	    "b> getfile $h messi a.txt lagi \n"
	    "b< ERROR parameter salah\n"
	    "d> getfile\n"
	    "d< ERROR Session tidak ditemukan\n");
}
END_TEST

/*
 * People.
 */

static bool
lineker_is_gone(void *arg)
{
	static const char reply[] = "{\"status\":\"OK\",\"message\":"
	                            "\"User lineker is currently offline\"}";
	size_t len;

	(void)arg;
	dialogue_run(&talk, "b> getpresence lineker\n");
	return strcmp(dialogue_hear(&talk, 'b', &len), reply) == 0;
}

/* The client sends no token with this command. */
START_TEST(presence)
{
	begin(_i);
	dialogue_run(&talk,
	    "b> getpresence messi\n"
	    "b< OK User messi is currently online\n"
	    "b> getpresence lineker\n"
	    "b< OK User lineker is currently online\n"
	    "b> getpresence $h henderson \n"
	    "b< OK User henderson is currently online\n"
	    "b> getpresence maradona\n"
	    "b< ERROR User tidak ditemukan\n"
	    "b> getpresence {}\n"
	    "b< ERROR User tidak ditemukan\n"
	    "b> getpresence messi@malang\n"
	    "b< ERROR Realm tidak ditemukan\n"
	    "b> getpresence\n"
	    "b< ERROR parameter salah\n"
	    "d> getpresence messi\n"
	    "d< ERROR Session tidak ditemukan\n"
	    "c closes\n");
	ck_assert(realm_until(lineker_is_gone, NULL));
}
END_TEST

/* Where a client forgot to fill its format in, it means everybody. */
START_TEST(unfilled)
{
	begin(WAY);
	dialogue_run(&talk,
	    "c> logout\n"
	    "c< OK Logout successful\n"
	    "a> info {} \n"
	    "a< INFO [{'username':'messi',$*},{'username':'henderson',$*}]\n"
	    "a> info {}x \n"
	    "a< ERROR User tidak ditemukan\n");
}
END_TEST

/* The same as commands of the document under other names. */
START_TEST(other_names)
{
	begin(_i);
	dialogue_run(&talk,
	    "a> creategroup $m teh\n"
	    "a< OK Add group successful\n"
	    "a> creategroup $m teh\n"
	    "a< ERROR Group sudah ada\n"
	    "b> joingroup $h teh\n"
	    "b< OK Join group successful\n"
	    "a> sendprivate $m henderson  halo \n"
	    "a< OK Message sent\n"
	    "a> sendprivate $m nobody  halo \n"
	    "a< ERROR User tidak ditemukan\n"
	    "b> inboxrealm $h surabaya \n"
	    "b< MESSAGES [(Lionel Messi>Jordan Henderson:halo)]\n"
	    "b> inboxrealm $h malang \n"
	    "b< ERROR Realm tidak ditemukan\n"
	    "a> sendprivatefile $m henderson C:\\foto\\a.txt " WRAPPED " \n"
	    "a< OK File sent\n"
	    "a> sendprivatefilerealm $m malang henderson a.txt " WRAPPED " \n"
	    "a< ERROR Realm tidak ditemukan\n"
	    "b> realminbox $h surabaya \n"
	    "b< MESSAGES [" FILE_OF("a.txt",
	        CONTENT(HALO)) "]\n"
	                       "a> sendprivate $m henderson \n"
	                       "a< ERROR parameter salah\n"
	                       "a> sendprivatefile $m henderson a.txt\n"
	                       "a< ERROR parameter salah\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("family");
	TCase *tcase = realm_tcase(suite, "token");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, both_keys, 0, DIALOGUE_WAYS);
	tcase = realm_tcase(suite, "other dialects");
	tcase_add_checked_fixture(tcase, setup_listeners, teardown_listeners);
	tcase_add_test(tcase, one_key);
	tcase = realm_tcase(suite, "lists");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, group_of_users, 0, DIALOGUE_WAYS);
	tcase_add_test(tcase, all_or_none);
	tcase_add_test(tcase, one_is_full);
	tcase_add_test(tcase, long_list);
	tcase_add_loop_test(tcase, file_to_users, 0, DIALOGUE_WAYS);
	tcase = realm_tcase(suite, "inbox");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, inbox_files, 0, DIALOGUE_WAYS);
	tcase_add_test(tcase, realm_inbox_files);
	tcase_add_test(tcase, file_replaced);
	tcase_add_test(tcase, inbox_room);
	tcase_add_test(tcase, inbox_damaged);
	tcase = realm_tcase(suite, "commands");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, newest_file, 0, DIALOGUE_WAYS);
	tcase_add_test(tcase, file_by_name);
	tcase_add_loop_test(tcase, presence, 0, DIALOGUE_WAYS);
	tcase_add_test(tcase, unfilled);
	tcase_add_loop_test(tcase, other_names, 0, DIALOGUE_WAYS);
	return realm_run_suite(suite);
}
