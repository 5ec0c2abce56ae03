/*
 * The realm dialect: a connection that watches is told of everything in the conversations of its
 * user, and still makes requests.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "realm_talk.h"

#define TIME "'time':'20$*Z'"
/* Events as they are written. */
#define MESSAGE(with, from, text)                                                               \
	"{'event':'message','with':'" with "','id':$*," TIME ",'from':'" from "','text':'" text \
	"'}\n"
#define PRESENCE(user, online) "{'event':'presence','user':'" user "','online':" online "}\n"

/* Messages to the user, from the user, in a group; on each device by itself. */
START_TEST(messages)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> addgroup kopi\n< OK Add group successful\n"
	    "b> joingroup kopi\nb< OK Join group successful\n"
	    "b> watch\nb< OK Watching\n"
	    "d> watch $h\nd< OK Watching\n"
	    "> send henderson satu\n< OK Message sent\n"
	    "b< " MESSAGE("messi", "messi", "satu") "d< " MESSAGE("messi", "messi",
	        "satu") "b< " PRESENCE("messi", "true") "d< " PRESENCE("messi",
	        "true") "> sendgroup kopi dua\n< OK Message sent to group\n"
	                "b< " MESSAGE("#kopi", "messi", "dua") "d< " MESSAGE("#kopi", "messi",
	                    "dua")
	    /* What one says oneself comes to all devices; the order is that of the reply first. */
	    "d> send $h messi tiga\nd< OK Message sent\n"
	    "d< " MESSAGE("messi", "henderson", "tiga") "b< " MESSAGE("messi", "henderson",
	        "tiga") "d> send $h henderson empat\nd< OK Message sent\n"
	                "d< " MESSAGE("henderson", "henderson", "empat") "b< " MESSAGE("henderson",
	                    "henderson", "empat")
	    /* No cursor has moved. */
	    "b> inbox\nb< {'status':'OK','messages':$*satu$*dua$*empat$*\n");
}
END_TEST

START_TEST(others)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> send henderson satu\n< OK Message sent\n"
	    "b> watch\nb< OK Watching\n"
	    "b< " PRESENCE("messi", "true")
	    /* Of those with whom one does not talk nothing is said. */
	    "c> logout\nc< OK Logout successful\n"
	    "a> logout\na< OK Logout successful\n"
	    "b< " PRESENCE("messi",
	        "false") "a> auth messi surabaya\na< TOKEN m\n"
	                 "b< " PRESENCE("messi",
	                     "true") "a> addgroup kopi\na< OK Add group successful\n"
	                             "b> joingroup kopi\nb< OK Join group successful\n"
	                             "b< "
	                             "{'event':'member','group':'#kopi','user':'henderson','joined'"
	                             ":true}\n"
	                             "c> auth lineker surabaya\nc< TOKEN l\n"
	                             "c> joingroup kopi\nc< OK Join group successful\n"
	                             "b< "
	                             "{'event':'member','group':'#kopi','user':'lineker','joined':"
	                             "true}\n"
	                             "c> leave kopi\nc< OK Group left\n"
	                             "b< "
	                             "{'event':'member','group':'#kopi','user':'lineker','joined':"
	                             "false}\n"
	                             "b> leave kopi\nb< OK Group left\n"
	                             "b< "
	                             "{'event':'member','group':'#kopi','user':'henderson','joined'"
	                             ":false}\n"
	                             "c> joingroup kopi\nc< OK Join group successful\n"
	                             "a> sendgroup kopi halo\na< OK Message sent to group\n"
	                             /* A marker that another device moves, with an inbox or by
	                                itself. */
	                             "d> inbox $h\nd< {'status':'OK','messages':$*\n"
	                             /* On a pipe, the next request shows that the reply has
	                                arrived. */
	                             "d> whoami $h\nd< {'status':'OK',$*\n"
	                             "b< {'event':'read','with':'messi','id':$*}\n"
	                             "> send henderson dua\n< OK Message sent\n"
	                             "b< " MESSAGE("messi", "messi",
	                                 "dua") "d> read $h messi 9007199254740991\nd< OK Read\n"
	                                        "b< "
	                                        "{'event':'read','with':'messi','id':$*}\n");
}
END_TEST

START_TEST(ends)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> watch after\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> watch after x\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> watch before 1\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> watch after 9007199254740992\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> watch after 1 2\n< CODED BAD_ARGUMENT parameter salah\n"
	    "e> watch\ne< CODED NO_SESSION Session tidak ditemukan\n"
	    "b> watch\nb< OK Watching\n"
	    "b> watch\nb< OK Watching\n"
	    "b> follow\nb< OK Following\n"
	    "> send henderson satu\n< OK Message sent\n"
	    "b< {'status':'OK','event':'message',$*}\n"
	    "b> watch\nb< OK Watching\n"
	    "b< " PRESENCE("messi", "true")
	    /* With its session, whoever ends that. */
	    "d> watch $l\nd< OK Watching\n"
	    "c> logout\nc< OK Logout successful\n"
	    "d< {'event':'end','message':'Session tidak ditemukan','code':'NO_SESSION'}\n"
	    "b> logout\nb< OK Logout successful\n"
	    "> send henderson dua\n< OK Message sent\n"
	    "b> inbox\nb< ERROR Session tidak ditemukan\n");
}
END_TEST

/*
 * A client that comes back and says what it had last, while messages keep coming.
 */

#define ROUNDS    8
#define PER_ROUND 25

/* Hears events until so many messages have come; they must come in order. */
static void
hear_messages(char speaker, int *next, int end, json_int_t *last)
{
	size_t len;

	while (*next < end) {
		json_t *event = json_loads(dialogue_hear(&talk, speaker, &len), 0, NULL);
		const char *kind = json_string_value(json_object_get(event, "event"));

		if (kind != NULL && strcmp(kind, "message") == 0) {
			const char *text = json_string_value(json_object_get(event, "text"));
			json_int_t id = json_integer_value(json_object_get(event, "id"));

			ck_assert_int_eq(atoi(text), *next);
			ck_assert_int_gt(id, *last);
			*last = id;
			++*next;
		}
		json_decref(event);
	}
}

START_TEST(reconnect)
{
	int next = 0, sent = 0;
	json_int_t last = 0;

	realm_talk_begin(_i);
	for (int round = 0; round < ROUNDS; round++) {
		char line[64];

		/* Some before it is there, some while it listens, some after it has gone. */
		for (int i = 0; i < PER_ROUND; i++, sent++)
			dialogue_runf(&talk, "> send henderson %d\n< OK Message sent\n", sent);
		snprintf(line, sizeof(line), "d> watch $h after %lld\nd< OK Watching\n",
		    (long long)last);
		dialogue_run(&talk, line);
		for (int i = 0; i < PER_ROUND; i++, sent++)
			dialogue_runf(&talk, "> send henderson %d\n< OK Message sent\n", sent);
		hear_messages('d', &next, round % 2 ? sent : sent - PER_ROUND / 2, &last);
		dialogue_run(&talk, "d closes\n");
	}
	dialogue_runf(&talk, "d> watch $h after %lld\nd< OK Watching\n", (long long)last);
	hear_messages('d', &next, sent, &last);
}
END_TEST

#define GROUP_EVENT(what, more) "b< {'event':'group','group':'#teh','what':'" what "'" more "}\n"
#define CHOICE(choice, text)    ",'choice':'" choice "','by':'lineker','text':'" text "'"
#define ROLE(text)              ",'user':'henderson','by':'lineker','text':'" text "'"

/* What becomes of a group, and who did it; who is taken out hears why. */
START_TEST(of_groups)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "c> addgroup teh\nc< OK Add group successful\n"
	    "b> joingroup teh\nb< OK Join group successful\n"
	    "b> watch\nb< OK Watching\n");
	dialogue_run(&talk, "c> topic teh Teh Tarik\nc< OK Group changed\n");
	dialogue_run(&talk, GROUP_EVENT("topic", ",'by':'lineker','text':'Teh Tarik'"));
	dialogue_run(&talk, "c> group teh topic off\nc< OK Group changed\n");
	dialogue_run(&talk, GROUP_EVENT("topic", ",'by':'lineker','text':''"));
	dialogue_run(&talk, "c> group teh LIMIT 7\nc< OK Group changed\n");
	dialogue_run(&talk, GROUP_EVENT("choice", CHOICE("limit", "7")));
	dialogue_run(&talk, "c> group teh ban pele\nc< OK Group changed\n");
	dialogue_run(&talk, GROUP_EVENT("choice", CHOICE("ban", "pele!*@*")));
	dialogue_run(&talk, "c> group teh operator henderson\nc< OK Group changed\n");
	dialogue_run(&talk, GROUP_EVENT("role", ROLE("operator")));
	dialogue_run(&talk, "c> group teh operator henderson off\nc< OK Group changed\n");
	dialogue_run(&talk, GROUP_EVENT("role", ROLE("-operator")));
	dialogue_run(&talk,
	    "c> kick teh henderson\nc< OK User removed from group\n"
	    "b< {'event':'member','group':'#teh','user':'henderson','joined':false,"
	    "'by':'lineker'}\n");
	REALM_CTL(&realm, NULL, "group", "join", "teh", "henderson");
	dialogue_run(&talk,
	    "b< {'event':'member','group':'#teh','user':'henderson','joined':true}\n");
	REALM_CTL(&realm, NULL, "group", "private", "teh", "on");
	dialogue_run(&talk, GROUP_EVENT("choice", ",'choice':'private','text':'on'"));
}
END_TEST

/* Groups that are joined, and people who write, after it began. */
START_TEST(later)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "c> addgroup teh\nc< OK Add group successful\n"
	    "c> sendgroup teh lama\nc< OK Message sent to group\n"
	    "b> watch\nb< OK Watching\n"
	    "d> joingroup $h teh\nd< OK Join group successful\n"
	    "b< {'event':'member','group':'#teh','user':'henderson','joined':true}\n"
	    "c> sendgroup teh baru\nc< OK Message sent to group\n"
	    "b< " MESSAGE("#teh", "lineker", "baru") "c> send henderson halo\nc< OK Message sent\n"
	                                             "b< " MESSAGE("lineker", "lineker",
	                                                 "halo") "b< " PRESENCE("lineker", "true"));
}
END_TEST

static void
setup_off(void)
{
	realm_make(&realm, "history = off\n");
}

START_TEST(history_off)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> watch\n< CODED HISTORY_OFF Percakapan tidak disimpan\n"
	    "> whoami\n< {'status':'OK',$*}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("watch");
	TCase *tcase = realm_talk_tcase(suite, "watch");

	ADD(tcase, messages);
	ADD(tcase, others);
	ADD(tcase, ends);
	tcase_add_loop_test(tcase, reconnect, 0, 2);
	ADD(tcase, of_groups);
	ADD(tcase, later);
	tcase = realm_talk_tcase_with(suite, "off", setup_off);
	tcase_add_loop_test(tcase, history_off, 0, 1);
	return realm_run_suite(suite);
}
