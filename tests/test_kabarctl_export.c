/*
 * kabarctl export and import: accounts that go from one realm to another.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "chat/group.h"
#include "chat/table.h"
#include "realmctl.h"

static struct realm other;

START_TEST(test_export)
{
	const char *name, *fullname, *country, *password, *owned;
	char lines[sizeof(output)];
	json_int_t created_ms;
	int admin, locked;
	json_t *line;

	WORKS("rahasia\n", "user", "add", "aminah", "-n", "Siti \"Ai\" Aminah", "-a");
	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "export");
	strcpy(lines, output);
	line = json_loads(lines, JSON_DISABLE_EOF_CHECK, NULL);
	ck_assert_int_eq(json_unpack(line, "{ss ss ss sb sb sI ss s[] s[] !}", "name", &name,
	                     "fullname", &fullname, "country", &country, "admin", &admin, "locked",
	                     &locked, "created_ms", &created_ms, "password", &password, "groups",
	                     "owns"),
	    0);
	ck_assert_str_eq(name, "aminah");
	ck_assert_str_eq(fullname, "Siti \"Ai\" Aminah");
	ck_assert(admin && !locked);
	ck_assert_int_gt(created_ms, 0);
	ck_assert_int_eq(strncmp(password, "$y$", 3), 0);
	json_decref(line);
	line = json_loads(strstr(lines, "{\"name\":\"messi\""), JSON_DISABLE_EOF_CHECK, NULL);
	ck_assert_int_eq(json_unpack(line, "{s[s!]}", "owns", &owned), 0);
	ck_assert_str_eq(owned, "kopi");
	json_decref(line);
}
END_TEST

/* An export, its import and the export of that are the same. */
START_TEST(test_there_and_back)
{
	char lines[sizeof(output)], file[REALM_PATH_MAX + 16];
	struct realm first;

	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "group", "add", "teh", "lineker");
	WORKS(NULL, "group", "join", "teh", "henderson");
	WORKS(NULL, "group", "private", "teh", "on");
	WORKS(NULL, "group", "history", "teh", "open");
	WORKS(NULL, "group", "files", "kopi", "owner");
	WORKS(NULL, "group", "invite", "teh", "messi");
	WORKS(NULL, "user", "lock", "lineker");
	realmctl_block("messi", "lineker");
	realmctl_block("messi", "henderson");
	realmctl_block("lineker", "messi");
	WORKS(NULL, "export");
	ck_assert_ptr_nonnull(strstr(output, "\"blocks\":[\"lineker\",\"henderson\"]}\n"));
	strcpy(lines, output);
	realm_make(&other, NULL);
	first = realm;
	realm = other;
	other = first;
	for (size_t i = 0; i < 3; i++)
		WORKS(NULL, "user", "del",
		    ((const char *[]){ "messi", "henderson", "lineker" })[i]);
	snprintf(file, sizeof(file), "%.150s/accounts", realm.dir);
	TELLS(0, lines, "3 added, 0 skipped, 0 refused\n", "import");
	SAYS(0, "", "export", file);
	struct stat st;
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	SAYS(0, lines, "export", "-");
	ck_assert_int_eq(realmctl_check("messi", "surabaya", &(struct chat_user){ 0 }), CHAT_OK);
	ck_assert_int_eq(realmctl_check("lineker", "surabaya", &(struct chat_user){ 0 }),
	    CHAT_LOCKED);
	SAYS(0, "3 users, 2 groups, 0 messages: sound\n", "check");
	/* Again: there is nothing to do. */
	TELLS(0, NULL, ":1: user henderson is there already: skipped\n", "import", file);
	TOLD("0 added, 3 skipped, 0 refused\n");
	realm_remove(&realm);
	realm = other;
}
END_TEST

/* kabarctl writes to a pipe or device as it is and does not replace it. */
START_TEST(test_to_pipe)
{
	char path[REALM_PATH_MAX], lines[sizeof(output)];
	struct stat st;

	TELLS(0, NULL, "messi", "export", "-");
	strcpy(lines, output);
	snprintf(path, sizeof(path), "%.150s/pipe", realm.dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	SAYS(0, "", "export", path);
	char got[sizeof(lines)] = "";
	ck_assert_int_eq(read(fd, got, sizeof(got) - 1), (ssize_t)strlen(lines));
	ck_assert_str_eq(got, lines);
	close(fd);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISFIFO(st.st_mode));
	TELLS(73, NULL, "Is a directory", "export", realm.dir);
}
END_TEST

/* Each bad line is told by its number, and the others come in. */
START_TEST(test_bad_lines)
{
	static const char lines[] = "{\"name\":\"a1\"}\n"
	                            "nonsense\n"
	                            "{\"fullname\":\"Nobody\"}\n"
	                            "\n"
	                            "{\"name\":\"kabar\"}\n"
	                            "{\"name\":\"a2\",\"password\":\"plain\"}\n"
	                            "{\"name\":\"a3\",\"admin\":1}\n"
	                            "{\"name\":\"a4\",\"fulname\":\"x\"}\n"
	                            "{\"name\":\"a5\",\"groups\":[\"nowhere\"]}\n"
	                            "{\"name\":\"b1\",\"choices\":[{\"private\":\"on\"}]}\n"
	                            "[]\n"
	                            "{\"name\":\"a6\",\"fullname\":\"\\n\"}\n"
	                            "{\"name\":\"a7\",\"name\":\"a8\"}\n"
	                            "{\"name\":\"a9\",\"country\":\"Peru\"}";

	TELLS(65, lines, "standard input:2: ", "import");
	TOLD("standard input:3: name is missing\n");
	TOLD("standard input:5: user kabar: not a valid name");
	TOLD("standard input:6: user a2: not a valid name, password or text\n");
	TOLD("standard input:7: admin is neither true nor false\n");
	TOLD("standard input:8: there is no key fulname\n");
	TOLD("standard input:9: group nowhere: no such group\n");
	TOLD("standard input:10: choices is no list of what is chosen for groups\n");
	TOLD("standard input:11: this is no JSON object\n");
	TOLD("standard input:12: user a6: ");
	TOLD("standard input:13: ");
	TOLD("3 added, 0 skipped, 11 refused\n");
	SAYS(0, "6 users, 0 groups, 0 messages: sound\n", "check");
	TELLS(65,
	    "{\"name\":\"b1\",\"blocks\":[\"b2\",\"@nowhere\",\"a1\",\"kabar\"]}\n"
	    "{\"name\":\"b2\",\"blocks\":[1]}\n{\"name\":\"b3\",\"blocks\":\"b1\"}\n",
	    "standard input:1: block of b2: no such user\n", "import");
	TOLD("standard input:1: block of @nowhere: no such realm\n");
	TOLD("standard input:1: block of kabar: not allowed\n");
	TOLD("standard input:2: blocks holds what is no name\n");
	TOLD("standard input:3: blocks is no array\n");
	TOLD("1 added, 0 skipped, 5 refused\n");
	TELLS(0, NULL, "\nblocks     a1\n", "user", "show", "b1");
	TELLS(0, NULL, "\nfull name  a1\n", "user", "show", "a1");
	/* Without a password nobody comes in. */
	ck_assert_int_eq(realmctl_check("a1", "", &(struct chat_user){ 0 }), CHAT_BAD_PASSWORD);
}
END_TEST

/* Nobody is invited to a group that is another's. */
START_TEST(test_strange_invitation)
{
	TELLS(65,
	    "{\"name\":\"a1\",\"owns\":[\"roti\"],"
	    "\"choices\":[{\"group\":\"roti\",\"invited\":[\"messi\"]}]}\n"
	    "{\"name\":\"a2\",\"choices\":[{\"group\":\"roti\",\"invited\":[\"henderson\"]}]}\n",
	    "standard input:2: choices of group roti: not allowed\n", "import");
	TELLS(0, NULL, "\"invited\":[\"messi\"]", "group", "show", "-j", "roti");
}
END_TEST

START_TEST(test_stop)
{
	TELLS(65, "{\"name\":\"a1\",\"owns\":[\"kopi\"]}\n?\n{\"name\":\"a2\"}\n", ":2: ", "import",
	    "-s");
	TOLD("1 added, 0 skipped, 1 refused\n");
	SAYS(0, "4 users, 1 groups, 0 messages: sound\n", "check");
	TELLS(66, NULL, "cannot read ", "import", "/nonexistent");
}
END_TEST

/* Whom a file puts into a private group that was here before stays outside. */
START_TEST(test_private_groups)
{
	WORKS(NULL, "group", "add", "teh", "messi");
	WORKS(NULL, "group", "add", "pesta", "messi");
	WORKS(NULL, "group", "private", "pesta", "on");
	TELLS(65,
	    "{\"name\":\"a1\",\"owns\":[\"Pesta\",\"teh\",\"rapat\"],"
	    "\"choices\":[{\"group\":\"RAPAT\",\"private\":\"on\"}]}\n"
	    "{\"name\":\"a2\",\"groups\":[\"pesta\",\"teh\",\"rapat\"]}\n"
	    "{\"name\":\"messi\",\"owns\":[\"pesta\"]}\n"
	    "{\"name\":\"a3\",\"choices\":[{\"group\":\"teh\",\"private\":\"yes\"}]}\n"
	    "{\"name\":\"a4\",\"choices\":[{\"group\":\"teh\",\"invited\":[1]}]}\n",
	    "standard input:1: group Pesta: not invited\n", "import");
	TOLD("standard input:2: group pesta: not invited\n");
	TOLD("standard input:4: choices is no list of what is chosen for groups\n");
	TOLD("standard input:5: choices is no list of what is chosen for groups\n");
	TOLD("2 added, 1 skipped, 4 refused\n");
	TELLS(0, NULL, "\"members\":[\"messi\"]", "group", "show", "-j", "pesta");
	TELLS(0, NULL, "\"members\":[\"messi\",\"a1\",\"a2\"]", "group", "show", "-j", "teh");
	TELLS(0, NULL, "\"members\":[\"a1\",\"a2\"]", "group", "show", "-j", "rapat");
	SAYS(0, "5 users, 3 groups, 0 messages: sound\n", "check");
}
END_TEST

/* A group is private from its first moment, also where the import breaks off later. */
START_TEST(test_broken_off)
{
	struct chat_set_row row = { .record = CHAT_SET_COUNT };
	unsigned char key[CHAT_SET_KEY];
	struct chat_group teh;
	struct store_tx tx;

	WORKS(NULL, "group", "add", "teh", "messi");
	realmctl_open();
	ck_assert_int_eq(chat_group_find(&chat, chat_text("teh"), &teh), CHAT_OK);
	row.set = chat_set_of(CHAT_SET_MEMBERS, teh.id);
	store_tx_init(&tx);
	store_tx_put(&tx, CHAT_TABLE_SETS, key, chat_set_key(key, &row), "damaged", 7);
	ck_assert_int_eq(store_commit(chat.store, &tx, NULL), STORE_OK);
	realmctl_close();
	TELLS(69,
	    "{\"name\":\"a1\",\"owns\":[\"pesta\"],\"choices\":[{\"group\":\"pesta\","
	    "\"private\":\"on\",\"history\":\"open\"}]}\n"
	    "{\"name\":\"a2\",\"groups\":[\"teh\"]}\n",
	    "standard input:2: group teh: ", "import");
	TELLS(0, NULL, "\nprivate    yes\n", "group", "show", "pesta");
	TOLD("\nhistory    open\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("kabarctl export");
	TCase *tcase = realmctl_tcase(suite, "kabarctl export");

	tcase_add_test(tcase, test_export);
	tcase_add_test(tcase, test_there_and_back);
	tcase_add_test(tcase, test_to_pipe);
	tcase_add_test(tcase, test_bad_lines);
	tcase_add_test(tcase, test_strange_invitation);
	tcase_add_test(tcase, test_stop);
	tcase_add_test(tcase, test_private_groups);
	tcase_add_test(tcase, test_broken_off);
	return realm_run_suite(suite);
}
