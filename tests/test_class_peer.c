/*
 * Classes of holes in what a peer says: peer A speaking for realm B, numbers beyond what was sent,
 * and work that a short request asks for again and again.
 */
#include <stdio.h>
#include <string.h>

#include "peer_realm.h"

#define RESUMES 20
/* Of "halo dunia". */
#define HASH "09b50b2f685e7a783eeee02d8070e670d48af118a4b00f7bfebe9f8f0e5d3d52"

/* batu speaks as q, and has nothing here yet. */
static void
greet_as_batu(void)
{
	peer_realm_speak('q', PEER_BATU);
	peer_realm_run("q> hello 1 batu surabaya\n"
	               "q< {'status':'OK','hello':1,$*}\n"
	               "q> resume " PEER_EPOCH " 0\n"
	               "q< {'status':'OK','resume':'" PEER_EPOCH "','have':0}\n");
}

/* Senders who are none of malang's. */
static const char *const strangers[] = { "lineker@batu", "messi@surabaya", "lineker@malang@batu",
	"lineker@batu@malang", "lineker", "@malang", "lineker@", "lineker@malang\\u0000",
	"lineker@malang\\r\\nbatu", "lineker@malang,a@batu", "kabar@malang" };

START_TEST(speaks_for_others)
{
	peer_realm_start();
	peer_realm_greet('p');
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		peer_realm_run("p> message %zu {'time':5,'from':'%s','name':'X','to':'messi',"
		               "'text':'halo'}\n"
		               "p< {'status':'ERROR','number':%zu,'reason':'bad_message'}\n"
		               "p< {'status':'OK','have':%zu}\n",
		    i + 1, strangers[i], i + 1, i + 1);
	peer_realm_run("a> auth messi surabaya\n"
	               "a< TOKEN m\n"
	               "a> getrealminbox malang\n"
	               "a< MESSAGES []\n"
	               "a> getrealminbox batu\n"
	               "a< MESSAGES []\n");
}
END_TEST

/* The same epoch, numbers and refusals of two peers are two things, as are their links. */
START_TEST(numbers_of_others)
{
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_message('p', 1, "satu");
	peer_realm_has('p', 1);
	peer_realm_run("p> message 2 {'from':'x'}\n"
	               "p< {'status':'ERROR','number':2,'reason':'bad_message'}\n"
	               "p< {'status':'OK','have':2}\n");
	greet_as_batu();
	peer_realm_run("q> void 1 9\n"
	               "q< {'status':'OK','have':9}\n"
	               "q> settled 9\n"
	               "q> ping 1\n"
	               "q< {'status':'OK','pong':1}\n");
	/* malang's link goes on, its refusal is still there, and so are its numbers. */
	peer_realm_message('p', 3, "tiga");
	peer_realm_has('p', 3);
	peer_realm_run("p> resume " PEER_EPOCH " 0\n"
	               "p< {'status':'ERROR','number':2,'reason':'bad_message'}\n"
	               "p< {'status':'OK','resume':'" PEER_EPOCH "','have':3}\n");
}
END_TEST

/* What has come of a content is the peer's that sent it: another neither sees nor continues it. */
START_TEST(files_of_others)
{
	static const char offer[] = "q> file 1 {'time':5,'from':'x@batu','name':'X','to':'messi',"
	                            "'file':'a','size':10,'hash':'";

	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_file('p', 1, "a", "halo dunia", 10);
	peer_realm_run("p< {'status':'OK','want':1,'offset':0}\n"
	               "p> chunk 1 0 aGFsbyA=\n"
	               "p> ping 1\n"
	               "p< {'status':'OK','pong':1}\n");
	greet_as_batu();
	peer_realm_run("%s" HASH "'}\n", offer);
	peer_realm_run("q< {'status':'OK','want':1,'offset':0}\n"
	               "q> chunk 1 5 ZHVuaWE=\n"
	               "q< {'status':'ERROR','fatal':'this chunk is not the one that is wanted',"
	               "'retry':false}\n"
	               "q hears the end\n"
	               "p> chunk 1 5 ZHVuaWE=\n"
	               "p< {'status':'OK','have':1}\n");
}
END_TEST

/* Numbers at the end of what there is. */
START_TEST(greatest_numbers)
{
	peer_realm_start();
	peer_realm_greet('p');
	peer_realm_run("p> settled 9223372036854775807\n"
	               "p> ping 9223372036854775807\n"
	               "p< {'status':'OK','pong':9223372036854775807}\n"
	               "p> void 1 9223372036854775807\n"
	               "p< {'status':'OK','have':9223372036854775807}\n"
	               "p> void 9223372036854775807 9223372036854775807\n"
	               "p< {'status':'ERROR','fatal':'this number is not the next one',"
	               "'retry':false}\n"
	               "p hears the end\n"
	               "p closes\n");
	ck_assert_uint_eq(peer_realm_greet('p'), INT64_MAX);
	peer_realm_run("p> message 9223372036854775808 {}\n"
	               "p< {'status':'ERROR','fatal':'that is no number of a message',"
	               "'retry':false}\n"
	               "p hears the end\n");
}
END_TEST

/* What a short request asks for again takes time. */
START_TEST(resumes_for_ever)
{
	int64_t begun;

	peer_realm_start();
	peer_realm_greet('p');
	begun = realm_now_ms();
	for (int i = 0; i < RESUMES; i++)
		peer_realm_run("p> resume " PEER_EPOCH " 0\n"
		               "p< {'status':'OK','resume':'" PEER_EPOCH "','have':0}\n");
	ck_assert_int_ge(realm_now_ms() - begun, (RESUMES - 2) * 100);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("class peer");
	TCase *tcase = peer_realm_tcase(suite, "what a peer says");

	tcase_add_test(tcase, speaks_for_others);
	tcase_add_test(tcase, numbers_of_others);
	tcase_add_test(tcase, files_of_others);
	tcase_add_test(tcase, greatest_numbers);
	tcase_add_test(tcase, resumes_for_ever);
	return realm_run_suite(suite);
}
