/*
 * kabarctl janitor throws away read messages by age and by size, and much later unread ones, of
 * which a notice stays; it keeps all others, also in a group that one member never reads. The
 * tests send old messages by a clock that is behind.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chat/inbox.h"
#include "chat/message.h"
#include "dialogue.h"
#include "fake_clock.h"
#include "realmctl.h"
#include "store_fixture.h"

#define DAY_MS     (86400 * INT64_C(1000))
#define BIG        2000 /* bytes of a text */
#define BIG_ENTRY  2200 /* with what is around it, at most */
#define MANY       100
#define HUGE       60000
#define HUGE_ONES  400
#define FILE_SIZE  (16 * 1024 * 1024) /* log_file_size */
#define SIZE_LIMIT 65536              /* log_max_size may be no less */

static struct dialogue talk;

static void
setup(void)
{
	dialogue_begin(&talk, &realm, DIALOGUE_SOCKETPAIR); /* for dialogue_end() */
}

static void
teardown(void)
{
	dialogue_end(&talk);
}

/*
 * The past.
 */

/* Writes to the store itself: a committer would have another clock. */
static void
enter_past(void)
{
	char error[512];

	fixture_committer_leave(realm.state);
	realmctl_open();
	ck_assert_int_eq(store_open_here(chat.store, error, sizeof(error)), 0);
}

static void
leave_past(void)
{
	realmctl_close();
	fake_clock_shift(CLOCK_REALTIME, 0);
}

/* Entries are no older than those before them, so the oldest are sent first. */
static void
go_back(int days)
{
	fake_clock_shift(CLOCK_REALTIME, -days * DAY_MS);
}

static void
send_to(const char *from, const char *to, const char *text)
{
	struct chat_session session = realmctl_session(from);

	ck_assert_int_eq(chat_message_send(&chat, &session, chat_text(to), chat_text(text)),
	    CHAT_OK);
}

static void
send_group(const char *from, const char *text)
{
	struct chat_session session = realmctl_session(from);

	ck_assert_int_eq(chat_message_send_group(&chat, &session, chat_text("kopi"),
	                     chat_text(text)),
	    CHAT_OK);
}

static void
send_many(const char *from, const char *to, size_t n, size_t size)
{
	char text[HUGE + 1];

	memset(text, 'x', size);
	text[size] = '\0';
	for (size_t i = 0; i < n; i++)
		send_to(from, to, text);
}

/* The user reads the whole inbox. */
static void
read_inbox(const char *name)
{
	struct chat_session session = realmctl_session(name);
	struct chat_inbox_pending pending = { .tx = NULL };
	struct chat_inbox inbox;

	ck_assert_int_eq(chat_inbox_look(&chat, session.user.id, CHAT_INBOX_ALL, &inbox), CHAT_OK);
	chat_inbox_await(&pending, session.user.id, &inbox);
	chat_inbox_ack(&chat, &pending);
	chat_inbox_free(&inbox);
}

/* All three users join the group. */
static void
make_group(void)
{
	WORKS(NULL, "group", "add", "kopi", "messi");
	WORKS(NULL, "group", "join", "kopi", "henderson");
	WORKS(NULL, "group", "join", "kopi", "lineker");
}

/*
 * The result of the janitor's run.
 */

/* The janitor trims so many messages now, and none when it comes again. */
static void
trims(unsigned int n)
{
	char text[64];

	snprintf(text, sizeof(text), "%u messages trimmed, ", n);
	WORKS(NULL, "janitor");
	ck_assert_msg(strncmp(output, text, strlen(text)) == 0, "not %u but %s", n, output);
	WORKS(NULL, "janitor");
	ck_assert_msg(strncmp(output, "0 messages trimmed, ", 20) == 0, "%s", output);
}

/* Checks that so many messages are left and that the realm is sound. */
static unsigned int
count_messages(void)
{
	WORKS(NULL, "check");
	const char *end = strstr(output, " messages: sound");
	ck_assert_msg(end != NULL, "%s", output);
	while (end > output && end[-1] != ' ')
		end--;
	return (unsigned int)strtoul(end, NULL, 10);
}

/* Logs in and finds exactly this, at the first look only. */
static void
expect_inbox_once(char speaker, const char *name, const char *messages)
{
	dialogue_runf(&talk,
	    "%c> auth %s surabaya\n"
	    "%c< TOKEN %c\n"
	    "%c> inbox\n"
	    "%c< MESSAGES %s\n"
	    "%c> inbox\n"
	    "%c< MESSAGES {}\n"
	    "%c closes\n",
	    speaker, name, speaker, speaker, speaker, speaker, messages, speaker, speaker, speaker);
}

#define NOTICE(who, n)                                              \
	"'kabar':[{'msg_from':'kabar','msg_to':'" who "','msg':'" n \
	" pesan kedaluwarsa sebelum dibaca'}]"

/*
 * By age.
 */

START_TEST(read_ones_by_age)
{
	realm_configure(&realm, "message_keep = 10d\nunread_keep = 90d");
	enter_past();
	go_back(20);
	send_to("messi", "henderson", "satu");
	send_to("messi", "henderson", "dua");
	send_to("messi", "lineker", "tak dibaca");
	go_back(5);
	send_to("messi", "henderson", "tiga");
	read_inbox("henderson");
	send_to("messi", "henderson", "empat");
	leave_past();
	trims(2);
	ck_assert_uint_eq(count_messages(), 3);
	expect_inbox_once('b', "henderson", "{'messi':[(Lionel Messi>Jordan Henderson:empat)]}");
	expect_inbox_once('c', "lineker", "{'messi':[(Lionel Messi>Gary Lineker:tak dibaca)]}");
	/* Now that one has been read, too. */
	trims(1);
	ck_assert_uint_eq(count_messages(), 2);
}
END_TEST

/* A message that a client was sent and did not acknowledge is not read. */
START_TEST(read_by_a_client)
{
	realm_configure(&realm, "message_keep = 10d\nunread_keep = 90d");
	enter_past();
	go_back(20);
	send_to("messi", "henderson", "satu");
	leave_past();
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	dialogue_run(&talk,
	    "b> auth henderson surabaya\n"
	    "b< TOKEN h\n");
	trims(0);
	dialogue_run(&talk,
	    "b> inbox\n"
	    "b< MESSAGES {'messi':[(Lionel Messi>Jordan Henderson:satu)]}\n"
	    "b> inbox\n"
	    "b< MESSAGES {}\n");
	trims(1);
	ck_assert_uint_eq(count_messages(), 0);
	dialogue_run(&talk,
	    "b> send henderson dua\n"
	    "b< OK Message sent\n"
	    "b> inbox\n"
	    "b< MESSAGES {'henderson':[(Jordan Henderson>Jordan Henderson:dua)]}\n");
}
END_TEST

/* A group's messages are read when all members have read them. */
START_TEST(read_in_a_group)
{
	/* Joins would be told in the present, and no entry is older than one before it. */
	realm_configure(&realm, "message_keep = 10d\nunread_keep = 90d\nhistory = off");
	make_group();
	enter_past();
	go_back(20);
	send_group("messi", "satu");
	read_inbox("lineker");
	send_group("messi", "dua");
	read_inbox("messi");
	read_inbox("henderson");
	leave_past();
	trims(1);
	ck_assert_uint_eq(count_messages(), 1);
	expect_inbox_once('c', "lineker", "{'messi':[(Lionel Messi>#kopi:dua)]}");
	trims(1);
	ck_assert_uint_eq(count_messages(), 0);
	expect_inbox_once('a', "messi", "{}");
}
END_TEST

START_TEST(unread_ones_by_age)
{
	realm_configure(&realm, "message_keep = 10d\nunread_keep = 30d");
	enter_past();
	go_back(40);
	send_to("messi", "henderson", "satu");
	send_to("messi", "henderson", "dua");
	send_to("messi", "henderson", "tiga");
	send_to("henderson", "messi", "semua hilang");
	go_back(20);
	send_to("messi", "henderson", "empat");
	send_to("lineker", "henderson", "lima");
	leave_past();
	trims(4);
	ck_assert_uint_eq(count_messages(), 2);
	expect_inbox_once('b', "henderson",
	    "{" NOTICE("Jordan Henderson",
	        "3") ",'messi':[(Lionel Messi>Jordan Henderson:empat)],"
	             "'lineker':[(Gary Lineker>Jordan Henderson:lima)]}");
	expect_inbox_once('a', "messi", "{" NOTICE("Lionel Messi", "1") "}");
	expect_inbox_once('c', "lineker", "{}");
	/* Who was told has no notice any more; what is read is older than 10 days. */
	trims(2);
	expect_inbox_once('b', "henderson", "{}");
}
END_TEST

/* The notice counts what its reader had not read, of the own messages and the group's. */
START_TEST(unread_in_a_group)
{
	/* Joins would be told in the present, and no entry is older than one before it. */
	realm_configure(&realm, "message_keep = 10d\nunread_keep = 30d\nhistory = off");
	make_group();
	enter_past();
	go_back(40);
	send_group("messi", "1");
	send_group("messi", "2");
	read_inbox("henderson");
	send_group("messi", "3");
	send_group("messi", "4");
	send_to("messi", "henderson", "satu");
	read_inbox("messi");
	go_back(20);
	send_group("messi", "5");
	leave_past();
	trims(5);
	ck_assert_uint_eq(count_messages(), 1);
	expect_inbox_once('a', "messi", "{'messi':[(Lionel Messi>#kopi:5)]}");
	expect_inbox_once('b', "henderson",
	    "{" NOTICE("Jordan Henderson", "3") ",'messi':[(Lionel Messi>#kopi:5)]}");
	/* A follower is told in its own way. */
	dialogue_run(&talk,
	    "c> auth lineker surabaya\n"
	    "c< TOKEN l\n"
	    "c> follow\n"
	    "c< {'status':'OK',$*}\n"
	    "c< {'status':'OK','event':'lost','count':4}\n"
	    "c< {'status':'OK','event':'message','sender':'messi',$*'5'$*}\n");
}
END_TEST

/* A notice that was not taken grows with what is lost after it. */
START_TEST(notices_add_up)
{
	realm_configure(&realm, "unread_keep = 30d");
	enter_past();
	go_back(50);
	send_to("messi", "henderson", "satu");
	go_back(40);
	send_to("messi", "henderson", "dua");
	send_to("messi", "henderson", "tiga");
	leave_past();
	realm_configure(&realm, "unread_keep = 45d");
	trims(1);
	realm_configure(&realm, "unread_keep = 30d");
	trims(2);
	expect_inbox_once('b', "henderson", "{" NOTICE("Jordan Henderson", "3") "}");
}
END_TEST

/*
 * By size.
 */

START_TEST(read_ones_by_size)
{
	realm_configure(&realm, "log_max_size = 64K");
	enter_past();
	send_many("messi", "henderson", MANY, BIG);
	read_inbox("henderson");
	leave_past();
	WORKS(NULL, "janitor");
	unsigned int left = count_messages();
	ck_assert_uint_le(left * BIG, SIZE_LIMIT);
	ck_assert_uint_gt((left + 1) * BIG_ENTRY, SIZE_LIMIT);
	trims(0);
	expect_inbox_once('b', "henderson", "{}");
}
END_TEST

/* Unread messages stay, however many they are. */
START_TEST(unread_ones_of_any_size)
{
	realm_configure(&realm, "log_max_size = 64K");
	enter_past();
	send_many("messi", "henderson", MANY, BIG);
	leave_past();
	trims(0);
	ck_assert_uint_eq(count_messages(), MANY);
}
END_TEST

/* Of what was read nothing stays beside so much that was not. */
START_TEST(read_before_unread)
{
	realm_configure(&realm, "log_max_size = 64K");
	enter_past();
	send_many("messi", "henderson", MANY / 2, BIG);
	read_inbox("henderson");
	send_many("messi", "henderson", MANY / 2, BIG);
	leave_past();
	trims(MANY / 2);
	ck_assert_uint_eq(count_messages(), MANY / 2);
}
END_TEST

/* The janitor gives back the space that nobody needs, and the other entries stay in place. */
START_TEST(files_given_back)
{
	realm_configure(&realm, "log_max_size = 64K\nlog_file_size = 16M");
	enter_past();
	send_to("messi", "lineker", "pertama");
	send_many("messi", "henderson", HUGE_ONES, HUGE);
	send_to("messi", "lineker", "terakhir");
	read_inbox("henderson");
	leave_past();
	WORKS(NULL, "janitor");
	const char *files = strstr(output, "expired, ");
	ck_assert_ptr_nonnull(files);
	/* They were well filled. */
	ck_assert_int_ge(atoi(files + 9), 1);
	ck_assert_int_le(atoi(files + 9), HUGE_ONES * HUGE / FILE_SIZE + 2);
	ck_assert_uint_le(count_messages(), 3);
	expect_inbox_once('c', "lineker",
	    "{'messi':[(Lionel Messi>Gary Lineker:pertama),(Lionel Messi>Gary "
	    "Lineker:terakhir)]}");
}
END_TEST

/*
 * One member who never reads.
 */

/* messi writes to the group until it is full, reads all, and is refused. */
static void
fill_group(unsigned int from, unsigned int up_to)
{
	for (unsigned int i = from; i <= up_to; i++)
		dialogue_runf(&talk,
		    "a> sendgroup kopi %u\n"
		    "a< OK Message sent to group\n",
		    i);
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< {'status':'OK','messages':{'messi':[$*]}}\n"
	    "a> inbox\n"
	    "a< MESSAGES {}\n"
	    "a> sendgroup kopi lagi\n"
	    "a< ERROR Inbox penuh\n");
}

START_TEST(silent_member)
{
	realm_configure(&realm, "inbox_max = 10");
	make_group();
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n"
	    "a> send lineker sendiri\n"
	    "a< OK Message sent\n");
	fill_group(1, 10);
	trims(5);
	fill_group(11, 15);
	trims(5);
	/* messi had all of it; lineker is told how many there were, and henderson as well. */
	dialogue_run(&talk,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	expect_inbox_once('c', "lineker",
	    "{" NOTICE("Gary Lineker",
	        "10") ",'messi':[(Lionel Messi>Gary Lineker:sendiri),(Lionel Messi>#kopi:11),"
	              "(Lionel Messi>#kopi:12),(Lionel Messi>#kopi:13),(Lionel Messi>#kopi:14),"
	              "(Lionel Messi>#kopi:15)]}");
	expect_inbox_once('b', "henderson",
	    "{" NOTICE("Jordan Henderson",
	        "10") ",'messi':[(Lionel Messi>#kopi:11),(Lionel Messi>#kopi:12),"
	              "(Lionel Messi>#kopi:13),(Lionel Messi>#kopi:14),(Lionel Messi>#kopi:15)]}");
	trims(0);
	ck_assert_uint_eq(count_messages(), 6);
}
END_TEST

/* One's own inbox is not halved: who sends is refused until it is read. */
START_TEST(own_inbox_stays_full)
{
	realm_configure(&realm, "inbox_max = 4");
	dialogue_run(&talk,
	    "a> auth messi surabaya\n"
	    "a< TOKEN m\n");
	for (int i = 1; i <= 4; i++)
		dialogue_run(&talk,
		    "a> send henderson halo\n"
		    "a< OK Message sent\n");
	trims(0);
	dialogue_run(&talk,
	    "a> send henderson halo\n"
	    "a< ERROR Inbox penuh\n");
	ck_assert_uint_eq(count_messages(), 4);
}
END_TEST

/*
 * One after the other.
 */

/* Tells whether a process waits for somebody's lock. */
static bool
waits(void *arg)
{
	const pid_t *pid = arg;
	char line[256], who[32];
	bool found = false;
	FILE *file = fopen("/proc/locks", "re");

	ck_assert_ptr_nonnull(file);
	snprintf(who, sizeof(who), " %ld ", (long)*pid);
	while (!found && fgets(line, sizeof(line), file) != NULL)
		found = strstr(line, "-> ") != NULL && strstr(line, who) != NULL;
	fclose(file);
	return found;
}

START_TEST(one_at_a_time)
{
	const char *const argv[] = { kabarctl_path, "-c", realm.config, "janitor", NULL };
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[2 * REALM_PATH_MAX];

	realm_configure(&realm, "message_keep = 10d");
	enter_past();
	go_back(20);
	send_to("messi", "henderson", "satu");
	read_inbox("henderson");
	leave_past();
	snprintf(path, sizeof(path), "%s/janitor.lock", realm.state);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(fcntl(fd, F_SETLK, &lock), 0);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pid = realm_spawn(&realm, null, null, argv);
	ck_assert(realm_until(waits, &pid));
	ck_assert_uint_eq(count_messages(), 1);
	close(fd);
	close(null);
	ck_assert_int_eq(realm_await(pid), 0);
	ck_assert_uint_eq(count_messages(), 0);
}
END_TEST

/*
 * kabard's own.
 */

START_TEST(of_kabard)
{
	realm_configure(&realm, "message_keep = 10d\nunread_keep = 30d\njanitor_interval = 1s");
	enter_past();
	go_back(40);
	send_to("messi", "henderson", "satu");
	send_to("messi", "henderson", "dua");
	go_back(20);
	send_to("messi", "henderson", "tiga");
	leave_past();
	realm_start(&realm);
	dialogue_begin(&talk, &realm, DIALOGUE_TCP);
	realm_await_log(&realm, "trimmed 2 messages, 0 tokens, gave");
	expect_inbox_once('b', "henderson",
	    "{" NOTICE("Jordan Henderson", "2") ",'messi':[(Lionel Messi>Jordan Henderson:tiga)]}");
	realm_await_log(&realm, "trimmed 1 messages, 0 tokens, gave");
	ck_assert_uint_eq(count_messages(), 0);
}
END_TEST

static TCase *
new_tcase(Suite *suite, const char *name)
{
	TCase *tcase = realmctl_tcase(suite, name);

	tcase_add_checked_fixture(tcase, setup, teardown);
	return tcase;
}

int
main(void)
{
	Suite *suite = suite_create("janitor");
	TCase *tcase = new_tcase(suite, "age");

	tcase_add_test(tcase, read_ones_by_age);
	tcase_add_test(tcase, read_by_a_client);
	tcase_add_test(tcase, read_in_a_group);
	tcase_add_test(tcase, unread_ones_by_age);
	tcase_add_test(tcase, unread_in_a_group);
	tcase_add_test(tcase, notices_add_up);
	tcase = new_tcase(suite, "size");
	tcase_add_test(tcase, read_ones_by_size);
	tcase_add_test(tcase, unread_ones_of_any_size);
	tcase_add_test(tcase, read_before_unread);
	tcase_add_test(tcase, files_given_back);
	tcase = new_tcase(suite, "limit");
	tcase_add_test(tcase, silent_member);
	tcase_add_test(tcase, own_inbox_stays_full);
	tcase = new_tcase(suite, "turns");
	tcase_add_test(tcase, one_at_a_time);
	tcase = new_tcase(suite, "kabard");
	tcase_add_test(tcase, of_kabard);
	return realm_run_suite(suite);
}
