/*
 * Files from one realm to another: both ways, to users and groups, over links that break, and not
 * sent again where the content is known.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "realms.h"

#define BIG (1024 * 1024 + 1) /* a byte more than a limit of 1M */

static unsigned char big[BIG];
static char big_text[BASE64_ENCODED_MAX(BIG) + BASE64_TAIL_MAX + 1];

static void
make_big(void)
{
	struct base64_encoder encoder;
	size_t len;

	srand(5);
	for (size_t i = 0; i < BIG; i++)
		big[i] = (unsigned char)rand();
	base64_encode_init(&encoder);
	len = (size_t)base64_encode(&encoder, big, BIG, big_text, sizeof(big_text));
	big_text[len + base64_encode_end(&encoder, big_text + len)] = '\0';
}

static void
begin(void)
{
	realms_start_all();
	realms_login_all();
}

/* messi of surabaya sends the big one to lineker of malang. */
static void
send_big(const char *name)
{
	char head[128];
	int len = snprintf(head, sizeof(head), "sendfilerealm malang lineker %s ", name);

	dialogue_say(&realms.talk[SURABAYA], 'a', head, (size_t)len);
	dialogue_say(&realms.talk[SURABAYA], 'a', big_text, strlen(big_text));
	realms_run(SURABAYA, "a> \n");
}

/* And lineker has it. */
static void
check_big(const char *name)
{
	const char *reply, *data;
	size_t len;

	realms_runf(MALANG, "c> download_file messi@surabaya %s\n", name);
	reply = dialogue_hear(&realms.talk[MALANG], 'c', &len);
	data = strstr(reply, "\"data\":\"");
	ck_assert_msg(data != NULL, "%.200s", reply);
	data += strlen("\"data\":\"");
	ck_assert_uint_eq(strcspn(data, "\""), strlen(big_text));
	ck_assert(strncmp(data, big_text, strlen(big_text)) == 0);
}

START_TEST(both_ways)
{
	REALM_CTL(&realms.realm[MALANG], NULL, "group", "add", "kopi", "henderson");
	begin();
	realms_run(SURABAYA,
	    "a> sendfilerealm malang lineker dir/gol.txt aGFsbyBkdW5pYQ==\n"
	    "a< OK File sent to user in realm\n"
	    "a> sendgroupfilerealm malang kopi kopi.txt b'aGFsbw=='\n"
	    "a< OK File sent to group in realm\n"
	    "a> sendgroupfilerealm malang messi,lineker dua.txt aGFsbw==\n"
	    "a< OK File sent to group in realm\n"
	    "a> sendfilerealm malang nobody a.txt aGFsbw==\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> sendgroupfilerealm malang teh a.txt aGFsbw==\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "a> my_file\n"
	    "a< MESSAGES {}\n");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< {'status':'OK','messages':[{$*'msg':'File gol.txt'$*},"
	    "{$*'msg':'File dua.txt'$*}]}\n"
	    "c> my_file\n"
	    "c< MESSAGES {'messi@surabaya':['gol.txt','dua.txt']}\n"
	    "c> download_file messi@surabaya gol.txt\n"
	    "c< {'status':'OK','messages':'Downloaded gol.txt','filename':'gol.txt',"
	    "'data':'aGFsbyBkdW5pYQ=='}\n"
	    "b> download_file kopi kopi.txt\n"
	    "b< {$*'data':'aGFsbw=='}\n"
	    "a> download_file messi@surabaya dua.txt\n"
	    "a< {$*'data':'aGFsbw=='}\n"
	    "a> sendfilerealm surabaya henderson balas.txt YmFsYXM=\n"
	    "a< OK File sent to user in realm\n");
	realms_run(SURABAYA,
	    "b> download_file messi@malang balas.txt\n"
	    "b< {$*'data':'YmFsYXM='}\n"
	    "a> download_file messi@malang balas.txt\n"
	    "a< ERROR File Tidak Ditemukan\n");
	realms_await_all();
	realms_check();
}
END_TEST

/* One that breaks goes on where it was: from its beginning it would never arrive. */
START_TEST(resumed)
{
	struct relay *relay = &realms.relay[SURABAYA][MALANG];

	make_big();
	realms_configure(SURABAYA, "delivery_wait = 0\n");
	begin();
	relay_break_requests(relay, BIG / 2);
	relay_break(relay);
	realms_run(SURABAYA,
	    "a> sendprivaterealm malang lineker satu\n"
	    "a< {$*'delivery':'queued'}\n");
	send_big("besar.bin");
	realms_run(SURABAYA,
	    "a< {$*'delivery':'queued'}\n"
	    "a> sendprivaterealm malang lineker dua\n"
	    "a< {$*'delivery':'queued'}\n");
	realms_await_queued(SURABAYA, MALANG, 0);
	ck_assert_uint_ge(relay_breaks(relay), 3);
	check_big("besar.bin");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< {'status':'OK','messages':[{$*'msg':'satu'},{$*'msg':'File besar.bin'$*},"
	    "{$*'msg':'dua'}]}\n");
	realms_check();
}
END_TEST

/* A content that malang has is not sent again. */
START_TEST(known_content)
{
	uint64_t said;

	make_big();
	begin();
	send_big("besar.bin");
	realms_run(SURABAYA, "a< OK File sent to user in realm\n");
	said = relay_said(&realms.relay[SURABAYA][MALANG]);
	ck_assert_uint_ge(said, BIG);
	send_big("lagi.bin");
	realms_run(SURABAYA, "a< OK File sent to user in realm\n");
	ck_assert_uint_lt(relay_said(&realms.relay[SURABAYA][MALANG]) - said, 10000);
	check_big("lagi.bin");
	check_big("besar.bin");
	realms_check();
}
END_TEST

/* Files that the other realm refuses, and messages that wait meanwhile. */
START_TEST(refused)
{
	make_big();
	realms_configure(MALANG, "file_max = 1M\npeer_quota = 1M\n");
	begin();
	send_big("besar.bin");
	realms_run(SURABAYA,
	    "a> sendfilerealm malang lineker kecil.txt aGFsbw==\n"
	    "a> inbox\n"
	    "a< ERROR File terlalu besar\n"
	    "a< OK File sent to user in realm\n"
	    "a< MESSAGES {}\n");
	realms_stop(MALANG);
	realms_configure(MALANG, "peer_quota = 1M\n");
	realms_start(MALANG);
	realms_login(MALANG);
	realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
	send_big("besar.bin");
	realms_run(SURABAYA, "a< ERROR Kuota file habis\n");
	realms_run(MALANG,
	    "c> my_file\n"
	    "c< MESSAGES {'messi@surabaya':['kecil.txt']}\n");
	/* Nothing of it is left in the sender's quota, nor on the disk. */
	realms_await_all();
	realms_check();
}
END_TEST

/* kabard of either side is killed while a file is on its way. */
START_TEST(killed)
{
	struct relay *relay = &realms.relay[SURABAYA][MALANG];

	make_big();
	realms_configure(SURABAYA, "delivery_wait = 0\n");
	begin();
	relay_break_requests(relay, BIG / 2);
	relay_break(relay);
	send_big("besar.bin");
	realms_run(SURABAYA, "a< {$*'delivery':'queued'}\n");
	realms_kill(MALANG);
	realms_kill(SURABAYA);
	realms_start_all();
	realms_await_queued(SURABAYA, MALANG, 0);
	realms_login(MALANG);
	check_big("besar.bin");
	realms_run(MALANG,
	    "c> getrealminbox surabaya\n"
	    "c< {'status':'OK','messages':[{$*'msg':'File besar.bin'$*}]}\n");
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering_file");
	TCase *tcase = realms_tcase(suite, "files", 2);

	tcase_add_test(tcase, both_ways);
	tcase_add_test(tcase, resumed);
	tcase_add_test(tcase, known_content);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, killed);
	return realm_run_suite(suite);
}
