/*
 * The realm dialect: lists of groups, members, people and realms; leaving and being removed. Each
 * reply to the letter, what is hidden of private groups, and who may do what.
 */
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"
#include "realms.h"

#define GROUP(name, owner, members, member, private)                                    \
	"{'name':'" name "','owner':'" owner "','members':" members ",'member':" member \
	",'private':" private "}"
#define BAD          "< CODED BAD_ARGUMENT parameter salah\n"
#define NO_GROUP     "CODED NO_GROUP Group tidak ditemukan\n"
#define NOT_MEMBER   "CODED NOT_MEMBER User bukan anggota group\n"
#define FORBIDDEN    "CODED FORBIDDEN Tidak diizinkan\n"
#define MEMBER_MESSI "{'username':'messi','name':'Lionel Messi','online':true}"
#define MEMBER_HENDERSON(online) \
	"{'username':'henderson','name':'Jordan Henderson','online':" online "}"
#define MEMBER_LINEKER "{'username':'lineker','name':'Gary Lineker','online':true}"

/* Messi has kopi with henderson, and rahasia, which is private; teh is lineker's. */
static void
begin(int way)
{
	realm_talk_begin(way);
	dialogue_run(&talk,
	    "a> addgroup kopi\na< OK Add group successful\n"
	    "b> joingroup kopi\nb< OK Join group successful\n"
	    "a> addgroup rahasia\na< OK Add group successful\n"
	    "a> group rahasia private on\na< OK Group changed\n"
	    "c> addgroup teh\nc< OK Add group successful\n");
}

START_TEST(groups)
{
	begin(_i);
	dialogue_run(&talk,
	    "a> groups\n"
	    "a< {'status':'OK','groups':[" GROUP("kopi", "messi", "2", "true",
	        "false") "," GROUP("rahasia", "messi", "1", "true", "true") "," GROUP("teh",
	        "lineker", "1", "false",
	        "false") "]}\n"
	                 "a> groups mine\n"
	                 "a< {'status':'OK','groups':[" GROUP("kopi", "messi", "2", "true",
	                     "false") "," GROUP("rahasia", "messi", "1", "true",
	                     "true") "]}\n"
	                             /* Those who are invited do not see it listed either. */
	                             "a> invite rahasia lineker\na< OK User invited\n"
	                             "c> groups ALL\n"
	                             "c< {'status':'OK','groups':[" GROUP("kopi", "messi", "2",
	                                 "false", "false") "," GROUP("teh", "lineker", "1", "true",
	                                 "false") "]}\n"
	                                          "c> groups all all\nc" BAD "b> groups mine\n"
	                                          "b< {'status':'OK','groups':[" GROUP("kopi",
	                                              "messi", "2", "true",
	                                              "false") "]}\n"
	                                                       "b> groups yours\nb" BAD
	                                                       "b> groups all mine\nb" BAD
	                                                       "d> groups\nd< CODED NO_SESSION "
	                                                       "Session tidak ditemukan\n"
	                                                       "d> groups " NOBODYS_TOKEN
	                                                       " all\nd< CODED "
	                                                       "NO_SESSION Session tidak "
	                                                       "ditemukan\n"
	                                                       "d> groups $l mine\n"
	                                                       "d< {'status':'OK','groups':[" GROUP(
	                                                           "teh", "lineker", "1", "true",
	                                                           "false") "]}\n");
}
END_TEST

START_TEST(members)
{
	begin(_i);
	dialogue_run(&talk,
	    "b> members KOPI\n"
	    "b< {'status':'OK','members':[" MEMBER_MESSI "," MEMBER_HENDERSON(
	        "true") "]}\n"
	                "c> members #kopi\n"
	                "c< {'status':'OK','members':[" MEMBER_MESSI "," MEMBER_HENDERSON(
	                    "true") "]}\n"
	                            "c> members rahasia\n"
	                            "c< CODED NOT_INVITED Group tertutup, perlu undangan\n"
	                            "a> invite rahasia lineker\na< OK User invited\n"
	                            "c> members rahasia\nc< {'status':'OK','members':[" MEMBER_MESSI
	                            "]}\n"
	                            "c> members bola\nc< " NO_GROUP "c> members #\nc< " NO_GROUP
	                            "c> members " LONGEST_NAME "4\nc< " NO_GROUP "c> members\nc" BAD
	                            "c> members kopi teh\nc" BAD
	                            "d> members kopi\nd< CODED NO_SESSION Session tidak ditemukan\n"
	                            "b> logout\nb< OK Logout successful\n"
	                            "c> members kopi\n"
	                            "c< {'status':'OK','members':[" MEMBER_MESSI
	                            "," MEMBER_HENDERSON("false") "]}\n");
}
END_TEST

START_TEST(leave)
{
	begin(_i);
	dialogue_run(&talk,
	    "b> leave\nb" BAD "b> leave bola\nb< " NO_GROUP "b> leave teh\nb< " NOT_MEMBER
	    "b> leave #Kopi\nb< OK Group left\n"
	    "b> leave kopi\nb< " NOT_MEMBER
	    "b> sendgroup kopi x\nb< ERROR User bukan anggota group\n"
	    "b> groups mine\nb< {'status':'OK','groups':[]}\n"
	    /* Of an owner who has gone nothing is told, and nobody else has the rights. */
	    "b> joingroup kopi\nb< OK Join group successful\n"
	    "a> leave kopi\na< OK Group left\n"
	    "b> groups mine\n"
	    "b< {'status':'OK','groups':[" GROUP("kopi", "", "1", "true",
	        "false") "]}\n"
	                 "a> kick kopi henderson\na< " FORBIDDEN
	                 "d> leave kopi\nd< CODED NO_SESSION Session tidak ditemukan\n");
}
END_TEST

START_TEST(kick)
{
	begin(_i);
	REALM_CTL(&realm, NULL, "user", "admin", "lineker", "on");
	dialogue_run(&talk,
	    "b> kick kopi messi\nb< " FORBIDDEN "b> kick kopi henderson\nb< " FORBIDDEN
	    "b> kick rahasia messi\nb< " FORBIDDEN "a> kick bola henderson\na< " NO_GROUP
	    "a> kick kopi maradona\na< CODED NO_USER User tidak ditemukan\n"
	    "a> kick kopi " LONGEST_NAME "4\na< CODED NO_USER User tidak ditemukan\n"
	    "a> kick kopi lineker\na< " NOT_MEMBER
	    /* The owner leaves, and is not removed: by nobody. */
	    "a> kick kopi messi\na< " FORBIDDEN "c> kick kopi messi\nc< " FORBIDDEN
	    "a> kick kopi\na" BAD "a> kick kopi henderson lineker\na" BAD
	    "b> sendgroup kopi dari henderson\nb< OK Message sent to group\n"
	    "a> kick #kopi Henderson\na< OK User removed from group\n"
	    "b> sendgroup kopi x\nb< ERROR User bukan anggota group\n"
	    "b> inbox\nb< MESSAGES {}\n"
	    "a> kick kopi henderson\na< " NOT_MEMBER
	    /* A group that is not private can be joined again; a private one by invitation only. */
	    "b> joingroup kopi\nb< OK Join group successful\n"
	    "a> group kopi private on\na< OK Group changed\n"
	    "c> kick kopi henderson\nc< OK User removed from group\n"
	    "b> joingroup kopi\nb< ERROR Group tertutup, perlu undangan\n"
	    "d> kick kopi henderson\nd< CODED NO_SESSION Session tidak ditemukan\n");
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

#define PEOPLE(list, more) "{'status':'OK','people':[" list "],'more':" more "}\n"

START_TEST(people)
{
	realm_talk_begin(_i);
	REALM_CTL(&realm, "rahasia\n", "user", "add", "-n", "Kevin", "keegan");
	dialogue_run(&talk,
	    "b closes\n"
	    "a> people\n"
	    "a< " PEOPLE(MEMBER_HENDERSON(
	                     "$*") ",{'username':'keegan','name':'Kevin','online':false}"
	                           "," MEMBER_LINEKER "," MEMBER_MESSI,
	        "false") "a> people LI\na< " PEOPLE(MEMBER_LINEKER,
	        "false") "a> people lineker\na< " PEOPLE(MEMBER_LINEKER,
	        "false") "a> people linekers\na< " PEOPLE("", "false") "a> people %\na< " PEOPLE("",
	        "false") "a> people " LONGEST_NAME
	                 "\na< " PEOPLE("", "false") "a> people " LONGEST_NAME "4\na< " PEOPLE("",
	                     "false") "a> people a b\na" BAD
	                              "d> people\nd< CODED NO_SESSION Session tidak ditemukan\n");
}
END_TEST

#define MANY 120

/* A list has a hundred, the first by name, each once. */
START_TEST(many_people)
{
	char input[MANY * 32], reply[16384];
	size_t len = 0, heard;

	for (int i = MANY - 1; i >= 0; i--)
		len +=
		    (size_t)snprintf(input + len, sizeof(input) - len, "{\"name\":\"x%03d\"}\n", i);
	REALM_CTL(&realm, input, "import");
	realm_talk_begin(DIALOGUE_SOCKETPAIR);
	len = (size_t)snprintf(reply, sizeof(reply), "{\"status\":\"OK\",\"people\":[");
	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(reply + len, sizeof(reply) - len,
		    "%s{\"username\":\"x%03d\",\"name\":\"x%03d\",\"online\":false}",
		    i == 0 ? "" : ",", i, i);
	snprintf(reply + len, sizeof(reply) - len, "],\"more\":true}");
	dialogue_run(&talk, "a> people X\n");
	ck_assert_str_eq(dialogue_hear(&talk, 'a', &heard), reply);
	dialogue_run(&talk,
	    "a> people x11\na< "
	    "{'status':'OK','people':[{'username':'x110',$*'x119',$*],'more':false}\n");
}
END_TEST

static bool
is_up(void *arg)
{
	size_t len;
	const char *reply;

	(void)arg;
	realms_run(SURABAYA, "a> realms\n");
	reply = dialogue_hear(&realms.talk[SURABAYA], 'a', &len);
	return strcmp(reply,
	           "{\"status\":\"OK\",\"realms\":[{\"name\":\"surabaya\",\"state\":\"own\"},"
	           "{\"name\":\"malang\",\"state\":\"up\"}]}") == 0;
}

START_TEST(realms_list)
{
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	realms_run(SURABAYA,
	    "a> realms x\na" BAD "d> realms\nd< CODED NO_SESSION Session tidak ditemukan\n"
	    "a> realms\na< {'status':'OK','realms':[{'name':'surabaya','state':'own'},"
	    "{'name':'malang','state':'down'}]}\n");
	realms_start(MALANG);
	ck_assert(realms_until(is_up, NULL));
	realms_configure_alone(SURABAYA, "");
	realms_stop(SURABAYA);
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	realms_run(SURABAYA,
	    "a> realms\na< {'status':'OK','realms':[{'name':'surabaya','state':'own'},"
	    "{'name':'malang','state':'inactive'}]}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("membership");
	TCase *tcase = realm_talk_tcase(suite, "groups");

	ADD(tcase, groups);
	ADD(tcase, members);
	ADD(tcase, leave);
	ADD(tcase, kick);
	tcase = realm_talk_tcase(suite, "directory");
	ADD(tcase, people);
	tcase_add_test(tcase, many_people);
	tcase_add_test(realms_tcase(suite, "realms", 2), realms_list);
	return realm_run_suite(suite);
}
