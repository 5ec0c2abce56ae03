/*
 * The realm dialect: messages to users and groups, and what is read of them.
 */
#include <jansson.h>
#include <string.h>

#include "realm_talk.h"

/*
 * Messages
 */

START_TEST(send_private)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> send henderson halo\n"
	    "a< OK Message sent\n"
	    "a> SEND Henderson apa kabar?\n"
	    "a< OK Message sent\n"
	    "c> send $l HENDERSON 1  2   3\n"
	    "c< OK Message sent\n"
	    "a> send messi catatan\n"
	    "a< OK Message sent\n"
	    "a> send maradona halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> send kabar halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "a> send kopi halo\n"
	    "a< ERROR User tidak ditemukan\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:halo),(Lionel Messi>Jordan "
	    "Henderson:apa kabar?)],'lineker':[(Gary Lineker>Jordan Henderson:1  2   3)]}\n"
	    "b> InBox\n"
	    "b< MESSAGES {}\n"
	    "b> inbox $h \n"
	    "b< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>Lionel Messi:catatan)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n");
}
END_TEST

/* Where only full names are shown, those that look the same are told apart. */
START_TEST(same_full_names)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "d> register evil x Lione1_Messi X\n"
	    "d< TOKEN e\n"
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "c> send henderson dua\n"
	    "c< OK Message sent\n"
	    "b> getrealminbox surabaya\n"
	    "b< MESSAGES [(Lionel Messi>Jordan Henderson:satu),"
	    "(Gary Lineker>Jordan Henderson:dua)]\n"
	    "a> send henderson tiga\n"
	    "a< OK Message sent\n"
	    "d> send henderson empat\n"
	    "d< OK Message sent\n"
	    "c> send henderson lima\n"
	    "c< OK Message sent\n"
	    "b> getrealminbox surabaya\n"
	    "b< {'status':'OK','messages':["
	    "{'msg_from':'Lionel Messi (messi)','msg_to':'Jordan Henderson','msg':'tiga'},"
	    "{'msg_from':'Lione1 Messi (evil)','msg_to':'Jordan Henderson','msg':'empat'},"
	    "{'msg_from':'Gary Lineker','msg_to':'Jordan Henderson','msg':'lima'}]}\n");
}
END_TEST

START_TEST(one_space_around_a_text)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> send $m henderson  hello son \n"
	    "a< OK Message sent\n"
	    "a> send henderson a\n"
	    "a< OK Message sent\n"
	    "a> send henderson  b\n"
	    "a< OK Message sent\n"
	    "a> send henderson c \n"
	    "a< OK Message sent\n"
	    "a> send henderson   d  \n"
	    "a< OK Message sent\n"
	    "a> send henderson    \n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:hello son),(Lionel Messi>Jordan "
	    "Henderson:a),(Lionel Messi>Jordan Henderson:b),(Lionel Messi>Jordan "
	    "Henderson:c),(Lionel Messi>Jordan Henderson: d ),(Lionel Messi>Jordan Henderson: "
	    ")]}\n");
}
END_TEST

struct bytes {
	const char *data;
	size_t len;
};
#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

static const struct bytes texts[] = { BYTES("kata \"Rahasia\" dan 'itu'"), BYTES("C:\\kabar\\n"),
	BYTES("\0"), BYTES("a\0b\0"), BYTES("\x7f"), BYTES("a\tb\bc\fd\x1b[31me"), BYTES("a\rb"),
	BYTES("a\r"), BYTES("{\"status\":\"OK\"}"), BYTES("</script>"), BYTES("%s%n$m"),
	BYTES("\xf0\x9f\x98\x80 emoji \xf0\x9f\x87\xae\xf0\x9f\x87\xa9"),
	BYTES("\xe6\x96\xb0\xe8\x81\x9e"), BYTES("\xd8\xb3\xd9\x84\xd8\xa7\xd9\x85"),
	BYTES("\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbf"), BYTES("\xf4\x8f\xbf\xbf"),
	BYTES("\x01\x02\x03\x04\x05\x06\x07\x0b\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"
	      "\x1a\x1c\x1d\x1e\x1f") };

START_TEST(texts_come_back_as_sent)
{
	size_t n = sizeof(texts) / sizeof(texts[0]), len;
	const json_t *list;

	realm_talk_begin(_i);
	for (size_t i = 0; i < n; i++) {
		dialogue_say(&talk, 'a', "send henderson ", 15);
		dialogue_say(&talk, 'a', texts[i].data, texts[i].len);
		dialogue_say(&talk, 'a', "\r\n", 2);
		dialogue_run(&talk, "a< OK Message sent\n");
	}
	dialogue_run(&talk, "b> inbox\n");
	const char *reply = dialogue_hear(&talk, 'b', &len);
	ck_assert_ptr_null(memchr(reply, '\n', len));
	ck_assert_ptr_null(memchr(reply, '\r', len));
	json_t *inbox = json_loadb(reply, len, JSON_ALLOW_NUL, NULL);
	ck_assert_ptr_nonnull(inbox);
	list = json_object_get(json_object_get(inbox, "messages"), "messi");
	ck_assert_uint_eq(json_array_size(list), n);
	for (size_t i = 0; i < n; i++) {
		const json_t *text = json_object_get(json_array_get(list, i), "msg");

		ck_assert_uint_eq(json_string_length(text), texts[i].len);
		ck_assert_mem_eq(json_string_value(text), texts[i].data, texts[i].len);
	}
	json_decref(inbox);
}
END_TEST

START_TEST(names_with_escapes)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "> register joni rahasia \"Si\\Joni\" a\"b\\c\n"
	    "< TOKEN j\n"
	    "> info joni\n"
	    "< INFO "
	    "{'username':'joni','name':'\\'Si\\\\Joni\\'','country':'a\\'b\\\\c','online':true,'"
	    "since':'$*'}\n"
	    "> send joni \"\\\n"
	    "< OK Message sent\n"
	    "> inbox\n"
	    "< MESSAGES {'joni':[(\\'Si\\\\Joni\\'>\\'Si\\\\Joni\\':\\'\\\\)]}\n");
}
END_TEST

START_TEST(follow)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "a> send henderson satu\n"
	    "a< OK Message sent\n"
	    "b> Follow $h \n"
	    "b< OK Following\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel "
	    "Messi','msg_to':'Jordan Henderson','msg':'satu'}\n"
	    "a> sendgroup kopi dua\n"
	    "a< OK Message sent to group\n"
	    "b< {'status':'OK','event':'message','sender':'messi','msg_from':'Lionel "
	    "Messi','msg_to':'kopi','msg':'dua','group':'kopi'}\n"
	    "c> send henderson tiga\n"
	    "c< OK Message sent\n"
	    "b< {'status':'OK','event':'message','sender':'lineker','msg_from':'Gary "
	    "Lineker','msg_to':'Jordan Henderson','msg':'tiga'}\n"
	    /* Any request ends it, even one that is none. */
	    "b> halo\n"
	    "b< ERROR *Maaf, command tidak benar\n"
	    "a> send henderson empat\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:empat)]}\n"
	    "b> follow semua\n"
	    "b< ERROR parameter salah\n"
	    "b> follow\n"
	    "b< OK Following\n"
	    "b> {FLAG\n"
	    "b< {'FLAG':'DATA','CONTENT':'permintaan bukan dictionary: KUNCI = nilai',"
	    "'TYPE':'TEXT','CODE':'BAD_REQUEST'}\n"
	    "a> send henderson lima\n"
	    "a< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:lima)]}\n"
	    "d> follow\n"
	    "d< ERROR Session tidak ditemukan\n");
}
END_TEST

/*
 * Groups
 */

START_TEST(names_of_groups)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "a> addgroup kopi\n"
	    "a< ERROR Group sudah ada\n"
	    "b> AddGroup KOPI \n"
	    "b< ERROR Group sudah ada\n"
	    "a> joingroup kopi\n"
	    "a< ERROR User sudah dalam group\n"
	    "b> joingroup Kopi\n"
	    "b< OK Join group successful\n"
	    "b> JOINGROUP kopi \n"
	    "b< ERROR User sudah dalam group\n"
	    "b> joingroup teh\n"
	    "b< ERROR Group tidak ditemukan\n"
	    "b> joingroup messi\n"
	    "b< ERROR Group tidak ditemukan\n"
	    /* Users and groups may share a name. */
	    "b> addgroup messi\n"
	    "b< OK Add group successful\n"
	    "b> addgroup kabar\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup $h " NOBODYS_TOKEN "\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup .a\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup a/b\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup " LONGEST_NAME "4\n"
	    "b< ERROR parameter salah\n"
	    "b> addgroup " LONGEST_NAME "\n"
	    "b< OK Add group successful\n");
}
END_TEST

START_TEST(sendgroup)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "a> sendgroup teh halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "c> sendgroup kopi halo\n"
	    "c< ERROR User bukan anggota group\n"
	    "c> sendgroup $m Kopi  pagi semua \n"
	    "c< OK Message sent to group\n"
	    /* Who sent it gets it too; who is no member does not. */
	    "a> inbox\n"
	    "a< MESSAGES {'messi':[(Lionel Messi>#kopi:pagi semua)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>#kopi:pagi semua)]}\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n"
	    /* Who comes later sees what comes later. */
	    "a> sendgroup kopi sebelum\n"
	    "a< OK Message sent to group\n"
	    "c> joingroup kopi\n"
	    "c< OK Join group successful\n"
	    "c> inbox\n"
	    "c< MESSAGES {}\n"
	    "a> sendgroup kopi sesudah\n"
	    "a< OK Message sent to group\n"
	    "c> inbox\n"
	    "c< MESSAGES {'messi':[(Lionel Messi>#kopi:sesudah)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>#kopi:sebelum),(Lionel Messi>#kopi:sesudah)]}\n");
}
END_TEST

START_TEST(order_across_logs)
{
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> addgroup kopi\n"
	    "a< OK Add group successful\n"
	    "c> addgroup teh\n"
	    "c< OK Add group successful\n"
	    "b> joingroup kopi\n"
	    "b< OK Join group successful\n"
	    "b> joingroup teh\n"
	    "b< OK Join group successful\n"
	    "a> joingroup teh\n"
	    "a< OK Join group successful\n");
	dialogue_run(&talk,
	    "a> send henderson 1\n"
	    "a< OK Message sent\n"
	    "a> sendgroup kopi 2\n"
	    "a< OK Message sent to group\n"
	    "c> sendgroup teh 3\n"
	    "c< OK Message sent to group\n"
	    "a> send henderson 4\n"
	    "a< OK Message sent\n"
	    "a> sendgroup teh 5\n"
	    "a< OK Message sent to group\n"
	    "c> send henderson 6\n"
	    "c< OK Message sent\n"
	    "a> sendgroup kopi 7\n"
	    "a< OK Message sent to group\n"
	    "b> send henderson 8\n"
	    "b< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:1),(Lionel "
	    "Messi>#kopi:2),(Lionel Messi>Jordan Henderson:4),(Lionel Messi>#teh:5),(Lionel "
	    "Messi>#kopi:7)],'lineker':[(Gary Lineker>#teh:3),(Gary Lineker>Jordan "
	    "Henderson:6)],'henderson':[(Jordan Henderson>Jordan Henderson:8)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

START_TEST(group_made_by_administrator)
{
	REALM_CTL(&realm, NULL, "group", "add", "kopi", "messi");
	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "a> joingroup kopi\n"
	    "a< ERROR User sudah dalam group\n"
	    "b> sendgroup kopi halo\n"
	    "b< ERROR User bukan anggota group\n");
	REALM_CTL(&realm, NULL, "group", "join", "kopi", "henderson");
	dialogue_run(&talk,
	    "b> sendgroup kopi halo\n"
	    "b< OK Message sent to group\n"
	    "a> inbox\n"
	    "a< MESSAGES {'henderson':[(Jordan Henderson>#kopi:halo)]}\n");
	REALM_CTL(&realm, NULL, "group", "del", "kopi");
	dialogue_run(&talk,
	    "a> sendgroup kopi halo\n"
	    "a< ERROR Group tidak ditemukan\n"
	    "b> addgroup kopi\n"
	    "b< OK Add group successful\n"
	    "a> sendgroup kopi halo\n"
	    "a< ERROR User bukan anggota group\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
}
END_TEST

/* What a group's owner chooses, who sees it, and whom the owner invites. */
START_TEST(choices)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> addgroup tim\n"
	    "a< OK Add group successful\n"
	    "b> group #TIM\n"
	    "b< INFO {'group':'tim','owner':'messi','role':'','private':'off','history':'closed',"
	    "'files':'owner','moderated':'off','topics':'operators',"
	    "'secret':'off','limit':'off'}\n"
	    "b> group tim private on\n"
	    "b< ERROR Tidak diizinkan\n"
	    "a> group tim private on\n"
	    "a< OK Group changed\n"
	    "a> group tim history open\n"
	    "a< OK Group changed\n"
	    "a> group tim files members\n"
	    "a< OK Group changed\n"
	    "a> group tim files open\n"
	    "a< ERROR parameter salah\n"
	    "a> group tim private\n"
	    "a< ERROR parameter salah\n"
	    "b> group tim\n"
	    "b< ERROR Group tertutup, perlu undangan\n"
	    "b> invite\n"
	    "b< MESSAGES []\n"
	    "b> invite tim henderson\n"
	    "b< ERROR Tidak diizinkan\n"
	    "a> invite tim henderson\n"
	    "a< OK User invited\n"
	    "b> invite\n"
	    "b< MESSAGES ['tim']\n"
	    "b> group tim\n"
	    "b< INFO {'group':'tim','owner':'messi','role':'','private':'on','history':'open',"
	    "'files':'members','moderated':'off','topics':'operators',"
	    "'secret':'off','limit':'off'}\n"
	    "a> group tim\n"
	    "a< INFO {'group':'tim','owner':'messi','role':'owner','private':'on','history':'open',"
	    "'files':'members','moderated':'off','topics':'operators',"
	    "'secret':'off','key':'off','limit':'off','invited':['henderson'],'bans':[]}\n"
	    "b> joingroup tim\n"
	    "b< OK Join group successful\n"
	    "a> group tim\n"
	    "a< INFO {'group':'tim','owner':'messi','role':'owner','private':'on','history':'open',"
	    "'files':'members','moderated':'off','topics':'operators',"
	    "'secret':'off','key':'off','limit':'off','invited':[],'bans':[]}\n"
	    "a> group bola\n"
	    "a< ERROR Group tidak ditemukan\n");
}
END_TEST

/* What IRC's channels have, groups have: roles, a topic, bans, a key, a limit. */
START_TEST(channel)
{
	dialogue_begin(&talk, &realm, (enum dialogue_way)_i);
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n"
	    "a> addgroup klub\n"
	    "a< OK Add group successful\n"
	    "a> group klub key Rahasia\n"
	    "a< OK Group changed\n"
	    "b> joingroup klub\n"
	    "b< ERROR Kunci group salah\n"
	    "b> join klub rahasia\n"
	    "b< CODED BAD_KEY Kunci group salah\n"
	    "b> join #klub Rahasia\n"
	    "b< OK Join group successful\n"
	    "b> topic klub Liga Indonesia\n"
	    "b< CODED FORBIDDEN Tidak diizinkan\n"
	    "a> group klub operator henderson\n"
	    "a< OK Group changed\n"
	    "b> topic klub Liga Indonesia\n"
	    "b< OK Group changed\n"
	    "b> group klub topic on\n"
	    "b< ERROR parameter salah\n"
	    "b> group klub topic off\n"
	    "b< OK Group changed\n"
	    "b> group klub limit 2\n"
	    "b< OK Group changed\n"
	    "b> group klub ban lineker\n"
	    "b< OK Group changed\n"
	    "b> group klub ban lineker\n"
	    "b< OK Group changed\n"
	    "b> group klub ban\n"
	    "b< ERROR parameter salah\n"
	    "b> group klub unban lineker\n"
	    "b< OK Group changed\n"
	    "b> group klub unban lineker\n"
	    "b< OK Group changed\n"
	    "b> group klub moderated on\n"
	    "b< OK Group changed\n"
	    "a> group klub operator henderson off\n"
	    "a< OK Group changed\n"
	    "b> sendgroup klub halo\n"
	    "b< ERROR Tidak diizinkan\n"
	    "a> group klub voice henderson on\n"
	    "a< ERROR parameter salah\n"
	    "a> group klub ban henderson off\n"
	    "a< ERROR parameter salah\n"
	    "a> group klub voice henderson\n"
	    "a< OK Group changed\n"
	    "b> sendgroup klub halo\n"
	    "b< OK Message sent to group\n"
	    "b> group klub\n"
	    "b< INFO {'group':'klub','owner':'messi','role':'voice','private':'off',"
	    "'history':'closed','files':'owner','moderated':'on','topics':'operators',"
	    "'secret':'off','key':'Rahasia','limit':'2'}\n"
	    "a> group klub ban *!*@surabaya\n"
	    "a< OK Group changed\n"
	    "b> sendgroup klub halo\n"
	    "b< ERROR User dilarang dalam group\n"
	    "b> leave klub\n"
	    "b< OK Group left\n"
	    "b> join klub Rahasia\n"
	    "b< CODED BANNED User dilarang dalam group\n"
	    "b> group klub\n"
	    "b< INFO {'group':'klub','owner':'messi','role':'','private':'off',"
	    "'history':'closed','files':'owner','moderated':'on','topics':'operators',"
	    "'secret':'off','limit':'2'}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("realm message");
	TCase *tcase = realm_talk_tcase(suite, "messages");

	ADD(tcase, send_private);
	ADD(tcase, same_full_names);
	ADD(tcase, one_space_around_a_text);
	ADD(tcase, texts_come_back_as_sent);
	ADD(tcase, names_with_escapes);
	ADD(tcase, follow);
	tcase = realm_talk_tcase(suite, "groups");
	ADD(tcase, choices);
	ADD(tcase, channel);
	ADD(tcase, names_of_groups);
	ADD(tcase, sendgroup);
	ADD(tcase, order_across_logs);
	ADD(tcase, group_made_by_administrator);
	return realm_run_suite(suite);
}
