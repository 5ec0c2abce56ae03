/*
 * What further clients of the family send to a listener of the dialect `realm`, byte for byte with
 * the spaces that they put before line ends and before texts: files read out of the inbox.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dialogue.h"

#define WAY     DIALOGUE_SOCKETPAIR
#define HALO    "aGFsbyBkdW5pYQ==" /* halo dunia, 10 bytes */
#define WRAPPED "b'" HALO "'"
#define NAIM    "TmFpbQ==" /* Naim, 4 bytes */
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
	    "a> sendfilerealm $m surabaya henderson a.txt " WRAPPED " \n"
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

/* What one reply carries is bounded, too, and a new reply begins anew. */
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

int
main(void)
{
	Suite *suite = suite_create("family");
	TCase *tcase = realm_tcase(suite, "inbox");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, inbox_files, 0, DIALOGUE_WAYS);
	tcase_add_test(tcase, realm_inbox_files);
	tcase_add_test(tcase, file_replaced);
	tcase_add_test(tcase, inbox_room);
	tcase_add_test(tcase, inbox_damaged);
	return realm_run_suite(suite);
}
