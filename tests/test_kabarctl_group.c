/*
 * kabarctl group: groups and their members.
 */
#include <jansson.h>

#include "realmctl.h"

START_TEST(test_group_add)
{
	SAYS(0, "", "group", "add", "kopi", "MESSI");
	SAYS(1, "kabarctl: group Kopi: there is a group of this name already\n", "group", "add",
	    "Kopi", "lineker");
	SAYS(1, "kabarctl: user nobody: no such user\n", "group", "add", "teh", "nobody");
	TELLS(0, NULL, "name       kopi\nowner      messi\ncreated    2", "group", "show", "KOPI");
	TOLD("\nmembers    messi\n");
	SAYS(1, "kabarctl: group teh: no such group\n", "group", "show", "teh");
}
END_TEST

START_TEST(test_group_members)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	SAYS(0, "", "group", "join", "kopi", "Lineker");
	SAYS(0, "", "group", "join", "Kopi", "henderson");
	SAYS(1, "kabarctl: group kopi: user lineker is a member already\n", "group", "join", "kopi",
	    "lineker");
	TELLS(0, NULL, "\nmembers    messi\n           lineker\n           henderson\n", "group",
	    "show", "kopi");
	SAYS(0, "", "group", "leave", "kopi", "MESSI");
	SAYS(1, "kabarctl: group kopi: user messi is not a member\n", "group", "leave", "kopi",
	    "messi");
	TELLS(0, NULL, "\nowner      -\n", "group", "show", "kopi");
	ck_assert_ptr_null(strstr(output, "messi"));
	SAYS(1, "kabarctl: group teh: no such group\n", "group", "join", "teh", "messi");
	SAYS(1, "kabarctl: group teh: no such group\n", "group", "leave", "teh", "messi");
	SAYS(1, "kabarctl: user nobody: no such user\n", "group", "join", "kopi", "nobody");
	SAYS(0, "3 users, 1 groups, 0 messages: sound\n", "check");
}
END_TEST

START_TEST(test_group_list)
{
	const char *name, *owner, *history, *files;
	json_int_t members, created;
	int private;

	SAYS(0, "NAME  MEMBERS  OWNER\n", "group", "list");
	SAYS(0, "[]\n", "group", "list", "-j");
	WORKS(NULL, "group", "add", "teh-tarik", "messi");
	WORKS(NULL, "group", "add", "Kopi", "lineker");
	WORKS(NULL, "group", "join", "kopi", "messi");
	SAYS(0,
	    "NAME       MEMBERS  OWNER\n"
	    "Kopi             2  lineker\n"
	    "teh-tarik        1  messi\n",
	    "group", "list");
	WORKS(NULL, "user", "del", "lineker");
	ck_assert_int_eq(realmctl(NULL, ARGS("group", "list", "-j")), 0);
	json_t *list = json_loads(output, 0, NULL);
	ck_assert_uint_eq(json_array_size(list), 2);
	ck_assert(json_is_null(json_object_get(json_array_get(list, 0), "owner")));
	ck_assert_int_eq(json_unpack(json_array_get(list, 1),
	                     "{s:s, s:s, s:I, s:I, s:b, s:s, s:s !}", "name", &name, "owner",
	                     &owner, "members", &members, "created_ms", &created, "private",
	                     &private, "history", &history, "files", &files),
	    0);
	ck_assert_str_eq(name, "teh-tarik");
	ck_assert_str_eq(owner, "messi");
	ck_assert_int_eq(members, 1);
	json_decref(list);
}
END_TEST

START_TEST(test_group_show_json)
{
	const char *name, *owner, *history, *files, *topics, *first, *second;
	json_int_t created;
	int private, moderated, secret, temporary;

	WORKS(NULL, "group", "add", "Kopi", "messi");
	WORKS(NULL, "group", "join", "kopi", "lineker");
	WORKS(NULL, "group", "show", "KOPI", "-j");
	json_t *group = json_loads(output, JSON_REJECT_DUPLICATES, NULL);
	ck_assert_int_eq(json_unpack(group,
	                     "{s:s, s:s, s:I, s:b, s:s, s:s, s:b, s:s, s:b, s:n, s:n, s:b, s:n, "
	                     "s:n, s:[s,s !], s:[!], s:[!], s:[!], s:[!] !}",
	                     "name", &name, "owner", &owner, "created_ms", &created, "private",
	                     &private, "history", &history, "files", &files, "moderated",
	                     &moderated, "topics", &topics, "secret", &secret, "key", "limit",
	                     "temporary", &temporary, "topic", "topic_by", "members", &first,
	                     &second, "invited", "operators", "voices", "bans"),
	    0);
	ck_assert_str_eq(topics, "operators");
	ck_assert_int_eq(moderated + secret + temporary, 0);
	ck_assert_str_eq(name, "Kopi");
	ck_assert_str_eq(owner, "messi");
	ck_assert_str_eq(first, "messi");
	ck_assert_str_eq(second, "lineker");
	ck_assert_int_gt(created, 0);
	json_decref(group);
	/* The group has neither an owner nor a member any more. */
	WORKS(NULL, "user", "del", "messi");
	WORKS(NULL, "user", "del", "lineker");
	TELLS(0, NULL, "{\"name\":\"Kopi\",\"owner\":null,\"created_ms\":", "group", "show", "-j",
	    "kopi");
	TOLD(",\"private\":false,\"history\":\"closed\",\"files\":\"owner\",\"moderated\":false,"
	     "\"topics\":\"operators\",\"secret\":false,\"key\":null,\"limit\":null,"
	     "\"temporary\":false,\"topic\":null,\"topic_by\":null,\"members\":[],"
	     "\"invited\":[],\"operators\":[],\"voices\":[],\"bans\":[]}\n");
	SAYS(1, "{\"error\":\"group teh: no such group\",\"status\":1}\n", "group", "show", "-j",
	    "teh");
}
END_TEST

START_TEST(test_group_choices)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	SAYS(0, "", "group", "private", "kopi", "on");
	TELLS(0, NULL, "\nprivate    yes\n", "group", "show", "kopi");
	TOLD("\ninvited    -\n");
	SAYS(64, "kabarctl: private cannot be open\n", "group", "private", "kopi", "open");
	SAYS(1, "kabarctl: group teh: no such group\n", "group", "private", "teh", "on");
	TELLS(0, NULL, "\nhistory    closed\nfiles      owner\n", "group", "show", "kopi");
	SAYS(0, "", "group", "history", "kopi", "open");
	SAYS(0, "", "group", "files", "kopi", "members");
	TELLS(0, NULL, "\nhistory    open\nfiles      members\n", "group", "show", "kopi");
	SAYS(64, "kabarctl: files cannot be open\n", "group", "files", "kopi", "open");
	SAYS(0, "", "group", "history", "kopi", "closed");
	SAYS(0, "", "group", "files", "kopi", "owner");
	SAYS(0, "", "group", "invite", "kopi", "lineker");
	SAYS(1, "kabarctl: group kopi: user messi is a member already\n", "group", "invite", "kopi",
	    "messi");
	SAYS(1, "kabarctl: user nobody: no such user\n", "group", "invite", "kopi", "nobody");
	TELLS(0, NULL, "\ninvited    lineker\n", "group", "show", "kopi");
	TELLS(0, NULL,
	    "\"topic_by\":null,\"members\":[\"messi\"],\"invited\":[\"lineker\"],\"operators\":[],"
	    "\"voices\":[],\"bans\":[]}\n",
	    "group", "show", "-j", "kopi");
	SAYS(64, "kabarctl: an invitation cannot be on\n", "group", "invite", "kopi", "lineker",
	    "on");
	SAYS(0, "", "group", "invite", "kopi", "lineker", "off");
	SAYS(1, "kabarctl: group kopi: user lineker is not invited\n", "group", "invite", "kopi",
	    "lineker", "off");
	/* An administrator needs no invitation, and whoever joins uses one. */
	SAYS(0, "", "group", "invite", "kopi", "lineker");
	SAYS(0, "", "group", "join", "kopi", "henderson");
	SAYS(0, "", "group", "join", "kopi", "lineker");
	TELLS(0, NULL, "\ninvited    -\n", "group", "show", "kopi");
	SAYS(0, "3 users, 1 groups, 0 messages: sound\n", "check");
}
END_TEST

/* What IRC's channels have. */
START_TEST(test_group_channel)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	SAYS(0, "", "group", "moderated", "kopi", "on");
	SAYS(0, "", "group", "topics", "kopi", "members");
	SAYS(0, "", "group", "secret", "kopi", "on");
	SAYS(0, "", "group", "key", "kopi", "rahasia");
	SAYS(0, "", "group", "limit", "kopi", "7");
	SAYS(0, "", "group", "topic", "kopi", "kopi Gayo");
	SAYS(0, "", "group", "operator", "kopi", "messi");
	SAYS(0, "", "group", "ban", "kopi", "pele");
	TELLS(0, NULL,
	    "\nmoderated  yes\ntopics     members\nsecret     yes\nkey        rahasia\n"
	    "limit      7\ntemporary  no\ntopic      kopi Gayo\ntopic by   -\n"
	    "members    messi\ninvited    -\noperators  messi\nvoices     -\n"
	    "bans       pele!*@*\n",
	    "group", "show", "kopi");
	SAYS(64, "kabarctl: limit cannot be many\n", "group", "limit", "kopi", "many");
	SAYS(64, "kabarctl: key cannot be a b\n", "group", "key", "kopi", "a b");
	SAYS(64, "kabarctl: this topic is too long, or no text\n", "group", "topic", "kopi",
	    "a\nb");
	SAYS(1, "kabarctl: group kopi: user lineker is not a member\n", "group", "voice", "kopi",
	    "lineker");
	SAYS(1, "kabarctl: user nobody: no such user\n", "group", "voice", "kopi", "nobody");
	SAYS(64, "kabarctl: a role cannot be on\n", "group", "voice", "kopi", "messi", "on");
	SAYS(64, "kabarctl: a ban cannot be on\n", "group", "ban", "kopi", "pele", "on");
	SAYS(64, "kabarctl: a mask cannot be a b\n", "group", "ban", "kopi", "a b");
	SAYS(1, "kabarctl: group kopi: Pele is banned already\n", "group", "ban", "kopi", "Pele");
	SAYS(0, "", "group", "ban", "kopi", "pele", "off");
	SAYS(1, "kabarctl: group kopi: pele is not banned\n", "group", "ban", "kopi", "pele",
	    "off");
	SAYS(0, "", "group", "operator", "kopi", "messi", "off");
	SAYS(0, "", "group", "topic", "kopi", "");
	TELLS(0, NULL, "\ntopic      -\n", "group", "show", "kopi");
	TOLD("\noperators  -\n");
	SAYS(0, "3 users, 1 groups, 0 messages: sound\n", "check");
}
END_TEST

START_TEST(test_group_del)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "group", "join", "kopi", "lineker");
	SAYS(0, "", "group", "del", "KOPI");
	SAYS(1, "kabarctl: group kopi: no such group\n", "group", "del", "kopi");
	TELLS(0, NULL, "\ngroups     -\n", "user", "show", "messi");
	SAYS(0, "3 users, 0 groups, 0 messages: sound\n", "check");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl group");
	TCase *tcase = realmctl_tcase(suite, "kabarctl group");

	tcase_add_test(tcase, test_group_add);
	tcase_add_test(tcase, test_group_members);
	tcase_add_test(tcase, test_group_list);
	tcase_add_test(tcase, test_group_show_json);
	tcase_add_test(tcase, test_group_choices);
	tcase_add_test(tcase, test_group_channel);
	tcase_add_test(tcase, test_group_del);
	return realm_run_suite(suite);
}
