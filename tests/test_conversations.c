/*
 * The realm dialect: conversations, their pages and read markers, for all devices of a user.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "realm_talk.h"

#define TIME "'time':'20$*Z'"

/* What a speaker hears after saying a line; to be freed. */
static json_t *
ask(char speaker, const char *line)
{
	size_t len;
	json_t *reply;

	dialogue_runf(&talk, "%c> %s\n", speaker, line);
	reply = json_loads(dialogue_hear(&talk, speaker, &len), 0, NULL);
	ck_assert_ptr_nonnull(reply);
	return reply;
}

/* The id of the newest message but `back` of a conversation. */
static json_int_t
id_of(char speaker, const char *who, size_t back)
{
	char line[128];
	json_t *reply, *list;
	json_int_t id;

	snprintf(line, sizeof(line), "history %s", who);
	reply = ask(speaker, line);
	list = json_object_get(reply, "messages");
	ck_assert_uint_gt(json_array_size(list), back);
	id = json_integer_value(
	    json_object_get(json_array_get(list, json_array_size(list) - 1 - back), "id"));
	json_decref(reply);
	return id;
}

/* Both sides, in order, for both; and the other devices see the same. */
START_TEST(both_sides)
{
	static const char both[] =
	    "[{'id':$*," TIME ",'from':'messi','text':'satu'},"
	    "{'id':$*," TIME ",'from':'henderson','text':'dua'},"
	    "{'id':$*," TIME ",'from':'messi','text':'tiga'}],'more':false}\n";

	realm_talk_begin(_i);
	dialogue_runf(&talk,
	    "a> history henderson\na< {'status':'OK','with':'henderson','messages':[],"
	    "'more':false}\n"
	    "a> send henderson satu\na< OK Message sent\n"
	    "b> send messi dua\nb< OK Message sent\n"
	    "a> send henderson tiga\na< OK Message sent\n"
	    "c> send messi empat\nc< OK Message sent\n"
	    "a> history henderson\na< {'status':'OK','with':'henderson','messages':%s"
	    "b> history $h MESSI 50\nb< {'status':'OK','with':'messi','messages':%s"
	    "d> history $h messi\nd< {'status':'OK','with':'messi','messages':%s"
	    /* Reading by the old way takes nothing away. */
	    "b> inbox\nb< {'status':'OK','messages':$*\n"
	    "b> history messi\nb< {'status':'OK','with':'messi','messages':%s",
	    both, both, both, both);
}
END_TEST

START_TEST(pages)
{
	json_int_t third, first;

	realm_talk_begin(_i);
	for (int i = 1; i <= 6; i++)
		dialogue_runf(&talk, "%c> send %s n%d\n%c< OK Message sent\n", i % 2 ? 'a' : 'b',
		    i % 2 ? "henderson" : "messi", i, i % 2 ? 'a' : 'b');
	third = id_of('a', "henderson", 3);
	first = id_of('a', "henderson", 5);
#define M(n) "{'id':$*," TIME ",'from':'$*','text':'n" #n "'}"
#define PAGE(list, more) \
	"< {'status':'OK','with':'henderson','messages':[" list "],'more':" more "}\n"
	dialogue_runf(&talk,
	    "> history henderson 2\n" PAGE(M(5) "," M(6), "true") "> history henderson 6\n" PAGE(
	        M(1) "," M(2) "," M(3) "," M(4) "," M(5) "," M(6),
	        "false") "> history henderson before %lld 1\n" PAGE(M(2),
	        "true") "> history henderson before %lld 2\n" PAGE(M(1) "," M(2),
	        "false") "> history henderson before %lld\n" PAGE("",
	        "false") "> history henderson after %lld 2\n" PAGE(M(4) "," M(5),
	        "true") "> history henderson AFTER %lld 3\n" PAGE(M(4) "," M(5) "," M(6),
	        "false") "> history henderson after 0 1\n" PAGE(M(1),
	        "true") "> history henderson after 9007199254740991\n" PAGE("",
	        "false") "> history henderson before 9007199254740991 1\n" PAGE(M(6), "true"),
	    (long long)third, (long long)third, (long long)first, (long long)third,
	    (long long)third);
}
END_TEST

START_TEST(errors)
{
	static const char *const bad[] = { "history", "history henderson 0",
		"history henderson 501", "history henderson -1", "history henderson x",
		"history henderson before", "history henderson before x",
		"history henderson before 0", "history henderson after 9007199254740992",
		"history henderson near 1", "history henderson before 1 0",
		"history henderson before 1 2 3", "history #", "read henderson", "read henderson x",
		"read henderson 1 2", "conversations x", "read henderson 99999999999999999999999",
		NULL };

	realm_talk_begin(_i);
	dialogue_each(&talk, 'a', bad, "CODED BAD_ARGUMENT parameter salah");
	dialogue_run(&talk,
	    "c> addgroup kopi\nc< OK Add group successful\n"
	    "> history maradona\n< CODED NO_USER User tidak ditemukan\n"
	    "> history #teh\n< CODED NO_GROUP Group tidak ditemukan\n"
	    "> history #kopi\n< CODED NOT_MEMBER User bukan anggota group\n"
	    "> history messi@malang\n< CODED NO_REALM Realm tidak ditemukan\n"
	    "> read maradona 1\n< CODED NO_USER User tidak ditemukan\n"
	    "> read #kopi 1\n< CODED NOT_MEMBER User bukan anggota group\n"
	    "d> history messi\nd< CODED NO_SESSION Session tidak ditemukan\n"
	    "d> conversations\nd< CODED NO_SESSION Session tidak ditemukan\n"
	    "d> read messi 1\nd< CODED NO_SESSION Session tidak ditemukan\n");
}
END_TEST

/* Newest first, with what is unread; the server's own messages are from kabar. */
START_TEST(conversations)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> conversations\n< {'status':'OK','conversations':[]}\n"
	    "> addgroup kopi\n< OK Add group successful\n"
	    "b> joingroup kopi\nb< OK Join group successful\n"
	    "> send henderson satu\n< OK Message sent\n"
	    "> send henderson dua\n< OK Message sent\n"
	    "> sendgroup kopi tiga\n< OK Message sent to group\n"
	    "c> send henderson empat\nc< OK Message sent\n"
	    "b> conversations\n"
	    "b< {'status':'OK','conversations':["
	    "{'with':'lineker','last':$*," TIME ",'unread':1,'online':true},"
	    "{'with':'#kopi','last':$*," TIME ",'unread':1,'members':2},"
	    "{'with':'messi','last':$*," TIME ",'unread':2,'online':true}]}\n"
	    /* One's own messages are not unread. */
	    "> conversations\n"
	    "< {'status':'OK','conversations':["
	    "{'with':'#kopi','last':$*," TIME ",'unread':0,'members':2},"
	    "{'with':'henderson','last':$*," TIME ",'unread':0,'online':true}]}\n"
	    /* The inbox moves the markers. */
	    "b> inbox\nb< {'status':'OK','messages':$*\n"
	    "b> conversations\n"
	    "b< {'status':'OK','conversations':["
	    "{'with':'lineker','last':$*," TIME ",'unread':0,'online':true},"
	    "{'with':'#kopi','last':$*," TIME ",'unread':0,'members':2},"
	    "{'with':'messi','last':$*," TIME ",'unread':0,'online':true}]}\n"
	    "c> logout\nc< OK Logout successful\n");
	REALM_CTL(&realm, NULL, "broadcast", "Besok libur");
	dialogue_run(&talk,
	    "b> conversations\n"
	    "b< {'status':'OK','conversations':["
	    "{'with':'kabar','last':$*," TIME ",'unread':1},"
	    "{'with':'lineker','last':$*," TIME ",'unread':0,'online':false},$*\n"
	    "b> history kabar\n"
	    "b< {'status':'OK','with':'kabar','messages':["
	    "{'id':$*," TIME ",'from':'kabar','text':'Besok libur'}],'more':false}\n");
}
END_TEST

/* A marker counts for all devices, never goes back, and takes messages out of the inbox. */
START_TEST(markers)
{
	json_int_t first;

	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> send henderson satu\n< OK Message sent\n"
	    "c> send henderson dua\nc< OK Message sent\n"
	    "> send henderson tiga\n< OK Message sent\n"
	    "> send henderson empat\n< OK Message sent\n");
	first = id_of('b', "messi", 1);
	dialogue_runf(&talk,
	    "b> read messi %lld\nb< OK Read\n"
	    "d> conversations $h\n"
	    "d< {'status':'OK','conversations':["
	    "{'with':'messi','last':$*," TIME ",'unread':1,'online':true},"
	    "{'with':'lineker','last':$*," TIME ",'unread':1,'online':true}]}\n"
	    "d> read $h messi 1\nd< OK Read\n"
	    "d> inbox $h\nd< MESSAGES {'lineker':[(Gary Lineker>Jordan Henderson:dua)],"
	    "'messi':[(Lionel Messi>Jordan Henderson:empat)]}\n"
	    "b> inbox\nb< MESSAGES {}\n",
	    (long long)first);
}
END_TEST

/* Times are as exact as a millisecond. */
static bool
has_passed(void *arg)
{
	return clock_now_ms() > *(const int64_t *)arg;
}

START_TEST(group)
{
	int64_t now;

	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> addgroup kopi\n< OK Add group successful\n"
	    "> sendgroup kopi satu\n< OK Message sent to group\n");
	now = clock_now_ms();
	ck_assert(realm_until(has_passed, &now));
	dialogue_run(&talk,
	    "b> joingroup kopi\nb< OK Join group successful\n"
	    "b> conversations\n"
	    "b< {'status':'OK','conversations':["
	    "{'with':'#kopi','last':0," TIME ",'unread':0,'members':2}]}\n"
	    "> sendgroup kopi dua\n< OK Message sent to group\n"
	    "b> sendgroup kopi tiga\nb< OK Message sent to group\n"
	    "> history #kopi\n"
	    "< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'satu'},"
	    "{'id':$*," TIME ",'from':'messi','text':'dua'},"
	    "{'id':$*," TIME ",'from':'henderson','text':'tiga'}],'more':false}\n"
	    /* A member's history begins at joining, from whichever side it is read. */
	    "b> history #kopi\n"
	    "b< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'dua'},"
	    "{'id':$*," TIME ",'from':'henderson','text':'tiga'}],'more':false}\n"
	    "b> history #kopi after 0 1\n"
	    "b< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'dua'}],'more':true}\n"
	    /* Unless the owner opens it. */
	    "> group kopi history open\n< OK Group changed\n"
	    "b> history #kopi 1\n"
	    "b< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'henderson','text':'tiga'}],'more':true}\n"
	    "b> history #kopi after 0 1\n"
	    "b< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'satu'}],'more':true}\n"
	    /* What somebody blocked has written is left out. */
	    "> block henderson\n< OK Blocked\n"
	    "> history #kopi\n"
	    "< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'satu'},"
	    "{'id':$*," TIME ",'from':'messi','text':'dua'}],'more':false}\n"
	    "> history #kopi 1\n"
	    "< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'dua'}],'more':true}\n");
}
END_TEST

START_TEST(files)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> sendfile henderson a.txt SGFsbw==\n< OK File sent\n"
	    "b> history messi\n"
	    "b< {'status':'OK','with':'messi','messages':[{'id':$*," TIME
	    ",'from':'messi','text':'a.txt','file':{'name':'a.txt','size':4,'hash':"
	    "'4e86512d9a0af8a743d42a1a0f3eaee0945790ddb79c8db14309337c1235b2e4'}}],"
	    "'more':false}\n");
}
END_TEST

/* With oneself there is one log, and each message is shown once. */
START_TEST(oneself)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> send messi catatan\n< OK Message sent\n"
	    "> history messi\n"
	    "< {'status':'OK','with':'messi','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'catatan'}],'more':false}\n"
	    "> conversations\n"
	    "< {'status':'OK','conversations':["
	    "{'with':'messi','last':$*," TIME ",'unread':0,'online':true}]}\n");
}
END_TEST

static void
setup_off(void)
{
	realm_make(&realm, "history = off\n");
}

#define OFF "CODED HISTORY_OFF Percakapan tidak disimpan\n"

START_TEST(history_off)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> send henderson satu\n< OK Message sent\n"
	    "> conversations\n< " OFF "> history henderson\n< " OFF "> read henderson 1\n< " OFF
	    "b> inbox\nb< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu)]}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations");
	TCase *tcase = realm_talk_tcase(suite, "conversations");

	ADD(tcase, both_sides);
	tcase_add_loop_test(tcase, pages, 0, 1);
	ADD(tcase, errors);
	ADD(tcase, conversations);
	ADD(tcase, markers);
	ADD(tcase, group);
	tcase_add_loop_test(tcase, files, 0, 1);
	tcase_add_loop_test(tcase, oneself, 0, 1);
	tcase = realm_talk_tcase_with(suite, "off", setup_off);
	tcase_add_loop_test(tcase, history_off, 0, 1);
	return realm_run_suite(suite);
}
