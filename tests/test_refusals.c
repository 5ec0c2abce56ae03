/* What a budget or limit refuses to users, or a wrong password, is counted in kabarctl stats. */
#include <stdio.h>

#include "realm_talk.h"

#define MESSI "a> auth messi surabaya\na< TOKEN m\n"
#define PEER  "peer \"malang\" { address = \"127.0.0.1\"  port = 1  legacy = on }\n"

static const struct {
	const char *key;
	uint64_t count;
	const char *settings;
	const char *script;
} rows[] = {
	{ "send_bytes", 2, "send_bytes = 1",
	    MESSI "a> send lineker halo\n"
	          "a< ERROR Jatah kirim habis, coba lagi nanti\n"
	          "a> send lineker halo\n"
	          "a< ERROR Jatah kirim habis, coba lagi nanti\n" },
	{ "inbox", 1, "inbox_max = 1",
	    MESSI "a> send lineker halo\n"
	          "a< OK Message sent\n"
	          "a> send lineker halo\n"
	          "a< ERROR Inbox penuh\n" },
	{ "min_free", 1, "min_free = 1000000G",
	    MESSI "a> send lineker halo\n"
	          "a< ERROR Penyimpanan penuh\n" },
	{ "queue_max", 1, PEER "queue_max = 1\ndelivery_wait = 0",
	    MESSI "a> sendprivaterealm malang owen halo\n"
	          "a< {'status':'OK',$*}\n"
	          "a> sendprivaterealm malang owen halo\n"
	          "a< ERROR Antrean ke realm penuh\n" },
	{ "quota", 1, "user_quota = 1",
	    MESSI "a> sendfile lineker x.txt aGFsbw==\n"
	          "a< ERROR Kuota file habis\n" },
	{ "groups_max", 1, "groups_own_max = 1",
	    MESSI "a> addgroup satu\n"
	          "a< OK Add group successful\n"
	          "a> addgroup dua\n"
	          "a< ERROR Batas tercapai\n" },
	{ "login_wrong", 2, "",
	    MESSI "a> auth messi salah\n"
	          "a< ERROR Password Salah\n"
	          "a> auth nobody salah\n"
	          "a< ERROR User Tidak Ada\n" },
};

START_TEST(counted)
{
	char key[64];

	realm_configure(&realm, rows[_i].settings);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk, rows[_i].script);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(key, sizeof(key), "limit_%s_total", rows[i].key);
		ck_assert_uint_eq(realm_count(&realm, key), i == (size_t)_i ? rows[i].count : 0);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("refusals");
	TCase *tcase = realm_talk_tcase(suite, "refusals");

	tcase_add_loop_test(tcase, counted, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	return realm_run_suite(suite);
}
