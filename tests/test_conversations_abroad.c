/*
 * The realm dialect: conversations with another realm: both sides, what became of the own messages,
 * and what a connection that watches is told of that.
 */
#include "realms.h"

#define TIME "'time':'20$*Z'"

/* Everything with users and groups there, as both realms show it. */
START_TEST(both_realms)
{
	realms_start_all();
	realms_login_all();
	realms_run(MALANG,
	    "c> addgroup kopi\nc< OK Add group successful\n"
	    "c> watch\nc< OK Watching\n");
	realms_run(SURABAYA,
	    "d> watch $m\nd< OK Watching\n"
	    "> history lineker@malang\n"
	    "< {'status':'OK','with':'lineker@malang','messages':[],'more':false}\n"
	    "> post 00000000-0000-0000-0000-000000000001 lineker@malang halo\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'delivered'}\n"
	    "d< {'event':'message','with':'lineker@malang','id':$*," TIME
	    ",'from':'messi','text':'halo','delivery':'$*'}\n"
	    "d< {'event':'delivery','with':'lineker@malang','id':$*,'delivery':'delivered'}\n");
	realms_run(MALANG,
	    "c< {'event':'message','with':'messi@surabaya','id':$*," TIME
	    ",'from':'messi@surabaya','text':'halo'}\n"
	    "c> conversations\n"
	    "c< {'status':'OK','conversations':[{'with':'messi@surabaya','last':$*," TIME
	    ",'unread':1},{'with':'#kopi',$*\n"
	    "c> sendprivaterealm surabaya messi juga\n"
	    "c< OK Message sent to user in realm\n"
	    "c< {'event':'message','with':'messi@surabaya','id':$*," TIME
	    ",'from':'lineker','text':'juga','delivery':'$*'}\n"
	    "c< {'event':'delivery','with':'messi@surabaya','id':$*,'delivery':'delivered'}\n"
	    "c> history messi@surabaya\n"
	    "c< {'status':'OK','with':'messi@surabaya','messages':["
	    "{'id':$*," TIME ",'from':'messi@surabaya','text':'halo'},"
	    "{'id':$*," TIME ",'from':'lineker','text':'juga','delivery':'delivered'}],"
	    "'more':false}\n"
	    "c> read messi@surabaya 9007199254740991\nc< OK Read\n"
	    "c< {'event':'read','with':'messi@surabaya','id':$*}\n"
	    "c> getrealminbox surabaya\nc< MESSAGES []\n");
	realms_run(SURABAYA,
	    "d< {'event':'message','with':'lineker@malang','id':$*," TIME
	    ",'from':'lineker@malang','text':'juga'}\n"
	    "> post 00000000-0000-0000-0000-000000000002 #kopi@malang semua\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'delivered'}\n"
	    "d< {'event':'message','with':'#kopi@malang','id':$*," TIME
	    ",'from':'messi','text':'semua','delivery':'$*'}\n"
	    "d< {'event':'delivery','with':'#kopi@malang','id':$*,'delivery':'delivered'}\n"
	    "> history #kopi@malang\n"
	    "< {'status':'OK','with':'#kopi@malang','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'semua','delivery':'delivered'}],"
	    "'more':false}\n"
	    "> conversations\n"
	    "< {'status':'OK','conversations':["
	    "{'with':'#kopi@malang','last':$*," TIME ",'unread':0},"
	    "{'with':'lineker@malang','last':$*," TIME ",'unread':1}]}\n");
	realms_run(MALANG,
	    "c< {'event':'message','with':'#kopi','id':$*," TIME
	    ",'from':'messi@surabaya','text':'semua'}\n"
	    "c> history #kopi\n"
	    "c< {'status':'OK','with':'#kopi','messages':["
	    "{'id':$*," TIME ",'from':'messi@surabaya','text':'semua'}],'more':false}\n");
	realms_check();
}
END_TEST

/* What is refused there stays in the conversation with its reason, and is told. */
START_TEST(refused)
{
	realms_start_all();
	realms_login_all();
	realms_run(SURABAYA,
	    "d> watch $m\nd< OK Watching\n"
	    "> post 00000000-0000-0000-0000-000000000001 maradona@malang satu\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'refused','reason':'no_user'}\n"
	    "d< {'event':'message','with':'maradona@malang',$*\n");
	realms_await_all();
	realms_run(SURABAYA,
	    "> post 00000000-0000-0000-0000-000000000001 maradona@malang lagi\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'refused','reason':'no_user'}\n"
	    "> post 00000000-0000-0000-0000-000000000002 maradona@malang dua\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'refused','reason':'no_user'}\n");
	realms_await_all();
	realms_run(SURABAYA,
	    "> history maradona@malang\n"
	    "< {'status':'OK','with':'maradona@malang','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'satu','delivery':'refused','reason':"
	    "'no_user'},"
	    "{'id':$*," TIME ",'from':'messi','text':'dua','delivery':'refused','reason':"
	    "'no_user'}],'more':false}\n"
	    "e> watch $m after 0\ne< OK Watching\n"
	    "e< {'event':'message','with':'maradona@malang','id':$*," TIME
	    ",'from':'messi','text':'satu','delivery':'refused','reason':'no_user'}\n");
	realms_check();
}
END_TEST

/* What waits says so, until it has arrived. */
START_TEST(waiting)
{
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	realms_run(SURABAYA,
	    "> post 00000000-0000-0000-0000-000000000001 lineker@malang satu\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'queued'}\n"
	    "> postfile 00000000-0000-0000-0000-000000000002 lineker@malang a.txt SGFsbw==\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'queued'}\n"
	    "> postfile 00000000-0000-0000-0000-000000000002 lineker@malang a.txt SGFsbw==\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'queued'}\n"
	    "> history lineker@malang\n"
	    "< {'status':'OK','with':'lineker@malang','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'satu','delivery':'queued'},"
	    "{'id':$*," TIME ",'from':'messi','text':'a.txt','delivery':'queued',"
	    "'file':{'name':'a.txt','size':4,'hash':'4e86512d$*'}}],'more':false}\n"
	    "d> watch $m\nd< OK Watching\n");
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), 2);
	realms_start(MALANG);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	realms_await_all();
	realms_run(SURABAYA,
	    "d< {'event':'delivery','with':'lineker@malang','id':$*,'delivery':'delivered'}\n"
	    "> history lineker@malang\n"
	    "< {'status':'OK','with':'lineker@malang','messages':["
	    "{'id':$*," TIME ",'from':'messi','text':'satu','delivery':'delivered'},"
	    "{'id':$*," TIME ",'from':'messi','text':'a.txt','delivery':'delivered',"
	    "'file':{'name':'a.txt','size':4,'hash':'4e86512d$*'}}],'more':false}\n"
	    "> post 00000000-0000-0000-0000-000000000001 lineker@malang satu\n"
	    "< {'status':'OK','id':$*," TIME ",'delivery':'delivered'}\n");
	realms_login(MALANG);
	realms_run(MALANG,
	    "c> history messi@surabaya\n"
	    "c< {'status':'OK','with':'messi@surabaya','messages':["
	    "{'id':$*," TIME ",'from':'messi@surabaya','text':'satu'},"
	    "{'id':$*," TIME ",'from':'messi@surabaya','text':'a.txt',"
	    "'file':{'name':'a.txt','size':4,'hash':'4e86512d$*'}}],'more':false}\n"
	    "c> files messi@surabaya\n"
	    "c< {'status':'OK','files':[{'name':'a.txt','size':4,'hash':'4e86512d$*'," TIME
	    ",'from':'messi@surabaya'}]}\n"
	    "c> download messi@surabaya a.txt\n"
	    "c< {'status':'OK','filename':'a.txt','size':4,'data':'SGFsbw=='}\n");
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("conversations_abroad");
	TCase *tcase = realms_tcase(suite, "abroad", 2);

	tcase_add_test(tcase, both_realms);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, waiting);
	return realm_run_suite(suite);
}
