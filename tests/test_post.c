/*
 * The realm dialect: `post` and `postfile` send to anybody, and once for each key, whoever dies
 * before the reply is read; and the files of a conversation.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "realm_talk.h"

#define KEY    "0f0e0d0c-0b0a-4988-8776-655443322110"
#define TIME   "'time':'20$*Z'"
#define ROUNDS 12

/* What a speaker hears next; the id in it. */
static json_int_t
hear_id(char speaker)
{
	size_t len;
	json_t *reply = json_loads(dialogue_hear(&talk, speaker, &len), 0, NULL);
	json_int_t id = json_integer_value(json_object_get(reply, "id"));

	ck_assert_str_eq(json_string_value(json_object_get(reply, "status")), "OK");
	ck_assert_ptr_nonnull(json_object_get(reply, "time"));
	ck_assert_int_gt(id, 0);
	json_decref(reply);
	return id;
}

static void
say_post(char speaker, unsigned int key, unsigned int text)
{
	/* Keys below 256 are remembered together. */
	dialogue_runf(&talk, "%c> post $m %08x-0000-0000-0000-0000000000%02x henderson n%u\n",
	    speaker, key, key & 0xff, text);
}

/* How many messages messi and henderson have; the text of the newest. */
static size_t
count_messages(char newest[32])
{
	size_t len, n;
	json_t *reply, *list;

	dialogue_run(&talk, "b> history messi 500\n");
	reply = json_loads(dialogue_hear(&talk, 'b', &len), 0, NULL);
	list = json_object_get(reply, "messages");
	n = json_array_size(list);
	newest[0] = '\0';
	if (n > 0)
		snprintf(newest, 32, "%s",
		    json_string_value(json_object_get(json_array_get(list, n - 1), "text")));
	json_decref(reply);
	return n;
}

START_TEST(anybody)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> addgroup kopi\n< OK Add group successful\n"
	    "> post " KEY " henderson  halo dunia \n< {'status':'OK','id':$*," TIME "}\n"
	    "> post 1" KEY " henderson halo\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> post g" KEY " henderson halo\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> post x henderson halo\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> post\n< CODED BAD_ARGUMENT parameter salah\n"
	    "> post $m " KEY "\n< CODED BAD_ARGUMENT parameter salah\n"
	    /* A key is its user's. */
	    "c> post " KEY " #kopi x\nc< CODED NOT_MEMBER User bukan anggota group\n"
	    "c> post " KEY " henderson hai\nc< {'status':'OK','id':$*," TIME "}\n"
	    "> post 1f0e0d0c-0b0a-4988-8776-655443322110 #KOPI halo\n"
	    "< {'status':'OK','id':$*," TIME "}\n"
	    "> post 2f0e0d0c-0b0a-4988-8776-655443322110 henderson@surabaya lagi\n"
	    "< {'status':'OK','id':$*," TIME "}\n"
	    "> post 3f0e0d0c-0b0a-4988-8776-655443322110 maradona x\n"
	    "< CODED NO_USER User tidak ditemukan\n"
	    "> post 3f0e0d0c-0b0a-4988-8776-655443322110 #teh x\n"
	    "< CODED NO_GROUP Group tidak ditemukan\n"
	    "> post 3f0e0d0c-0b0a-4988-8776-655443322110 lineker@bogor x\n"
	    "< CODED NO_REALM Realm tidak ditemukan\n"
	    "> post 3f0e0d0c-0b0a-4988-8776-655443322110 kabar x\n"
	    "< CODED FORBIDDEN Tidak diizinkan\n"
	    "> post 3f0e0d0c-0b0a-4988-8776-655443322110 henderson,lineker x\n"
	    "< CODED BAD_ARGUMENT parameter salah\n"
	    "> post 3f0e0d0c-0b0a-4988-8776-655443322110 #group:kopi x\n"
	    "< CODED BAD_ARGUMENT parameter salah\n"
	    "d> post " KEY " henderson x\nd< CODED NO_SESSION Session tidak ditemukan\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo dunia),"
	    "(Lionel Messi>Jordan Henderson:lagi)],"
	    "'lineker':[(Gary Lineker>Jordan Henderson:hai)]}\n");
}
END_TEST

/* However it is repeated, the reply is that of the first time, and the text, too. */
START_TEST(repeated)
{
	char newest[32];
	json_int_t id;

	realm_talk_begin(_i);
	say_post('a', 7, 1);
	id = hear_id('a');
	say_post('a', 7, 2);
	ck_assert_int_eq(hear_id('a'), id);
	dialogue_run(&talk, "a closes\n");
	say_post('d', 7, 3);
	ck_assert_int_eq(hear_id('d'), id);
	ck_assert_uint_eq(count_messages(newest), 1);
	ck_assert_str_eq(newest, "n1");
	say_post('d', 8, 4);
	ck_assert_int_gt(hear_id('d'), id);
	ck_assert_uint_eq(count_messages(newest), 2);
}
END_TEST

/* Keys of version 7 begin with the time, so alike, and are yet not remembered together. */
START_TEST(version_7)
{
	json_int_t first = 0, id = 0;

	realm_talk_begin(_i);
	for (unsigned int i = 0; i <= 96; i++) {
		dialogue_runf(&talk,
		    "> post $m 0190a5c4-%04x-7000-8000-000000000000 henderson n%u\n", i % 96, i);
		id = hear_id('a');
		if (i == 0)
			first = id;
	}
	ck_assert_int_eq(id, first);
}
END_TEST

/* Of 65 keys that are remembered together, the oldest is forgotten. */
START_TEST(bound)
{
	char newest[32];

	realm_talk_begin(_i);
	for (unsigned int i = 0; i <= 64; i++) {
		say_post('a', i, i);
		(void)hear_id('a');
	}
	say_post('a', 1, 100);
	(void)hear_id('a');
	ck_assert_uint_eq(count_messages(newest), 65);
	ck_assert_str_eq(newest, "n64");
	say_post('a', 0, 101);
	(void)hear_id('a');
	ck_assert_uint_eq(count_messages(newest), 66);
	/* Keys that begin otherwise have room of their own. */
	say_post('a', 0x01000000, 102);
	(void)hear_id('a');
	say_post('a', 2, 103);
	(void)hear_id('a');
	ck_assert_uint_eq(count_messages(newest), 67);
}
END_TEST

START_TEST(two_at_once)
{
	char newest[32];

	realm_talk_begin(_i);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		json_int_t id;

		say_post('d', i, i);
		say_post('e', i, i);
		id = hear_id('d');
		ck_assert_int_eq(hear_id('e'), id);
	}
	ck_assert_uint_eq(count_messages(newest), ROUNDS);
}
END_TEST

/* The message is stored, its sender's worker dies, and the client has no reply. */

static unsigned int awaited;

static bool
is_stored(void *arg)
{
	char newest[32], text[32];

	(void)arg;
	(void)count_messages(newest);
	snprintf(text, sizeof(text), "n%u", awaited);
	return strcmp(newest, text) == 0;
}

START_TEST(dead_worker)
{
	char newest[32];

	realm_talk_begin(DIALOGUE_TCP);
	for (awaited = 0; awaited < ROUNDS; awaited++) {
		pid_t before[16], worker;
		size_t n = realm_workers(&realm, before, 16);

		dialogue_run(&talk, "d> whoami $m\nd< {'status':'OK',$*\n");
		worker = realm_new_worker(&realm, before, n);
		say_post('d', awaited, awaited);
		/* Once it is on the disk, and once at whatever moment that is. */
		if (awaited % 2 != 0)
			ck_assert(realm_until(is_stored, NULL));
		kill(worker, SIGKILL);
		dialogue_run(&talk, "d closes\n");
		say_post('d', awaited, awaited);
		(void)hear_id('d');
		ck_assert(realm_until(is_stored, NULL));
		dialogue_run(&talk, "d closes\n");
		ck_assert_uint_eq(count_messages(newest), awaited + 1);
	}
}
END_TEST

START_TEST(dead_committer)
{
	char newest[32];

	realm_talk_begin(DIALOGUE_TCP);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		pid_t committer = realm_committer(&realm);
		json_int_t id;

		say_post('a', i, i);
		if (committer > 0)
			kill(committer, SIGKILL);
		id = hear_id('a');
		say_post('d', i, i);
		ck_assert_int_eq(hear_id('d'), id);
	}
	ck_assert_uint_eq(count_messages(newest), ROUNDS);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

START_TEST(restart)
{
	char newest[32];
	json_int_t id;

	realm_talk_begin(DIALOGUE_TCP);
	say_post('d', 1, 1);
	id = hear_id('d');
	dialogue_run(&talk, "a closes\nb closes\nc closes\nd closes\n");
	realm_stop(&realm);
	realm_start(&realm);
	say_post('d', 1, 2);
	ck_assert_int_eq(hear_id('d'), id);
	dialogue_run(&talk, "b> auth henderson surabaya\nb< TOKEN h\n");
	ck_assert_uint_eq(count_messages(newest), 1);
}
END_TEST

#define HALO "'size':4,'hash':'4e86512d9a0af8a743d42a1a0f3eaee0945790ddb79c8db14309337c1235b2e4'"

START_TEST(files)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "> addgroup kopi\n< OK Add group successful\n"
	    "> files henderson\n< {'status':'OK','files':[]}\n"
	    "> postfile " KEY " henderson dir/a.txt SGFsbw==\n< {'status':'OK','id':$*," TIME "}\n"
	    "b> files messi\n"
	    "b< {'status':'OK','files':[{'name':'a.txt'," HALO "," TIME ",'from':'messi'}]}\n"
	    "b> download messi a.txt\n"
	    "b< {'status':'OK','filename':'a.txt','size':4,'data':'SGFsbw=='}\n"
	    /* A newer one of the same name stays when the older one is repeated. */
	    "b> postfile " KEY " messi a.txt SGFsbywgbGFnaQ==\nb< {'status':'OK','id':$*," TIME
	    "}\n"
	    "> postfile $m " KEY " henderson a.txt SGFsbw==\n< {'status':'OK','id':$*," TIME "}\n"
	    "> download henderson a.txt\n"
	    "< {'status':'OK','filename':'a.txt','size':10,'data':'SGFsbywgbGFnaQ=='}\n"
	    "> postfile 1f0e0d0c-0b0a-4988-8776-655443322110 #kopi b SGFsbw==\n"
	    "< {'status':'OK','id':$*," TIME "}\n"
	    "> files #kopi\n"
	    "< {'status':'OK','files':[{'name':'b'," HALO "," TIME ",'from':'messi'}]}\n"
	    "> download #kopi b\n"
	    "< {'status':'OK','filename':'b','size':4,'data':'SGFsbw=='}\n"
	    "b> download #kopi b\nb< CODED NOT_MEMBER User bukan anggota group\n"
	    "b> files #kopi\nb< CODED NOT_MEMBER User bukan anggota group\n"
	    "b> files kopi\nb< CODED NO_USER User tidak ditemukan\n"
	    "b> download messi c\nb< CODED NO_FILE File tidak ditemukan\n"
	    "b> download kabar c\nb< CODED NO_FILE File tidak ditemukan\n"
	    "b> files kabar\nb< {'status':'OK','files':[]}\n"
	    "> postfile 2f0e0d0c-0b0a-4988-8776-655443322110 henderson c %%%\n"
	    "< CODED BAD_ARGUMENT parameter salah\n"
	    "> postfile x henderson c SGFsbw==\n< CODED BAD_ARGUMENT parameter salah\n"
	    "b> files messi\nb< {'status':'OK','files':[{'name':'a.txt',$*\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("post");
	TCase *tcase = realm_talk_tcase(suite, "post");

	ADD(tcase, anybody);
	ADD(tcase, repeated);
	tcase_add_loop_test(tcase, bound, 0, 1);
	tcase_add_loop_test(tcase, version_7, 0, 1);
	ADD(tcase, two_at_once);
	tcase_add_test(tcase, dead_worker);
	tcase_add_test(tcase, dead_committer);
	tcase_add_test(tcase, restart);
	ADD(tcase, files);
	return realm_run_suite(suite);
}
