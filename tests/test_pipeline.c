/*
 * A client that does not wait for replies: whatever it sends, each request has its own reply, in
 * its order, and the messages are stored in that order, each once.
 */
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "realm_talk.h"
#include "store/int.h"

#define BYTES    (1024 * 1024)
#define LONG     70000 /* bytes of a line that is too long */
#define INBOX    60    /* messages that an inbox takes */
#define CYCLES   12
#define EACH     50
#define ROUNDS   10
#define WINDOW   16
#define LATER    40 /* more than are committed together */
#define SENT     "OK Message sent"
#define FULL     "ERROR Inbox penuh"
#define REFUSED  "ERROR User tidak menerima pesan dari Anda"
#define NO_USER  "ERROR User tidak ditemukan"
#define NOTHING  "ERROR *Maaf, command tidak benar"
#define BAD      "ERROR parameter salah"
#define KEY_FORM "%08x-0000-0000-0000-000000000001"

/* What a speaker says at once, and the replies that are due. */
struct burst {
	char speaker;
	char *bytes;
	size_t len;
	size_t said;
	char replies[4 * EACH][80];
	size_t n;
};

static struct burst
begin_burst(char speaker)
{
	struct burst burst = { .speaker = speaker, .bytes = malloc(BYTES) };

	ck_assert_ptr_nonnull(burst.bytes);
	return burst;
}

/* Adds a line without its end. */
static void __attribute__((format(printf, 3, 4)))
add(struct burst *burst, const char *reply, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	burst->len +=
	    (size_t)vsnprintf(burst->bytes + burst->len, BYTES - burst->len, format, args);
	va_end(args);
	burst->len += (size_t)snprintf(burst->bytes + burst->len, BYTES - burst->len, "\r\n");
	ck_assert_uint_lt(burst->n, sizeof(burst->replies) / sizeof(burst->replies[0]));
	snprintf(burst->replies[burst->n++], sizeof(burst->replies[0]), "%s", reply);
}

static void
say(struct burst *burst)
{
	dialogue_say(&talk, burst->speaker, burst->bytes, burst->len);
	free(burst->bytes);
	burst->bytes = NULL;
}

static void
hear(struct burst *burst)
{
	for (size_t i = 0; i < burst->n; i++)
		dialogue_runf(&talk, "%c< %s\n", burst->speaker, burst->replies[i]);
}

/* The texts that a speaker has from a user, oldest first: 0, 1, 2... How many. */
static size_t
count_texts(char speaker, const char *from)
{
	size_t len, n;
	json_t *reply, *list;

	dialogue_runf(&talk, "%c> history %s 500\n", speaker, from);
	reply = json_loads(dialogue_hear(&talk, speaker, &len), 0, NULL);
	list = json_object_get(reply, "messages");
	n = json_array_size(list);
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_array_get(list, i);
		char expected[32];

		snprintf(expected, sizeof(expected), "%zu", i);
		ck_assert_str_eq(json_string_value(json_object_get(item, "text")), expected);
	}
	json_decref(reply);
	return n;
}

/* Users who have no conversation yet. */
static void
make_users(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "baru%zu", i);
		REALM_CTL(&realm, "surabaya\n", "user", "add", name);
	}
}

/* Requests of all kinds, with results of all kinds. */
static void
add_cycle(struct burst *burst, unsigned int cycle, unsigned int *to_henderson)
{
	add(burst, SENT, "send henderson %u", (*to_henderson)++);
	add(burst, NO_USER, "send tidakada %u", cycle);
	add(burst, SENT, "send henderson %u", (*to_henderson)++);
	add(burst, REFUSED, "send lineker %u", cycle);
	add(burst, SENT, "send baru%u 0", cycle);
	add(burst, "OK Message sent to group", "sendgroup kopi %u", cycle);
	add(burst, NOTHING, "apa ini");
	add(burst, BAD, "send henderson");
	add(burst, SENT, "send henderson %u", (*to_henderson)++);
	add(burst, "INFO {$*}", "info henderson");
	add(burst, "{'status':'OK','id':$*}", "post " KEY_FORM " henderson %u", cycle,
	    (*to_henderson)++);
	/* The same key again is the same message. */
	add(burst, "{'status':'OK','id':$*}", "post " KEY_FORM " henderson %u", cycle, cycle);
	add(burst, "OK Message sent to group", "sendgroup baru%u,henderson %u", cycle,
	    (*to_henderson)++);
	add(burst, "{$*}", "{'COMMAND':'SEND_MESSAGE'}");
	add(burst, "ERROR User bukan anggota group", "sendgroup teh %u", cycle);
}

static void
begin_mixed(int way)
{
	make_users(CYCLES);
	realm_talk_begin(way);
	dialogue_run(&talk,
	    "> addgroup kopi\n< OK Add group successful\n"
	    "b> addgroup teh\nb< OK Add group successful\n"
	    "c> block messi\nc< OK $*\n");
}

START_TEST(mixed)
{
	struct burst burst = begin_burst('a');
	unsigned int to_henderson = 0;

	begin_mixed(_i);
	for (unsigned int i = 0; i < CYCLES; i++)
		add_cycle(&burst, i, &to_henderson);
	say(&burst);
	hear(&burst);
	ck_assert_uint_eq(count_texts('b', "messi"), to_henderson);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* An inbox becomes full amid what was sent; a text is too long for any. */
START_TEST(full)
{
	struct burst burst = begin_burst('a');

	realm_configure(&realm, "inbox_max = 60");
	make_users(1);
	realm_talk_begin(_i);
	for (unsigned int i = 0; i < INBOX + EACH; i++) {
		add(&burst, i < INBOX ? SENT : FULL, "send baru0 %u", i);
		if (i % 10 == 9)
			add(&burst, SENT, "send henderson %u", i / 10);
	}
	add(&burst, BAD, "send henderson %0*d", LONG, 1);
	add(&burst, SENT, "send henderson %u", (INBOX + EACH) / 10);
	say(&burst);
	hear(&burst);
	ck_assert_uint_eq(count_texts('b', "messi"), (INBOX + EACH) / 10 + 1);
	dialogue_run(&talk, "d> auth baru0 surabaya\nd< TOKEN d\n");
	ck_assert_uint_eq(count_texts('d', "messi"), INBOX);
}
END_TEST

START_TEST(several)
{
	static const char *const names[] = { "messi", "henderson", "lineker" };
	struct burst bursts[6];

	realm_talk_begin(_i);
	dialogue_run(&talk,
	    "d> auth messi surabaya\nd< TOKEN d\n"
	    "e> auth henderson surabaya\ne< TOKEN e\n"
	    "f> auth lineker surabaya\nf< TOKEN f\n");
	for (unsigned int i = 0; i < 6; i++) {
		bursts[i] = begin_burst((char)('a' + i));
		for (unsigned int k = 0; k < EACH; k++)
			add(&bursts[i], SENT, "send %s %u", names[(i % 3 + 1 + i / 3) % 3], k);
	}
	for (unsigned int i = 0; i < 6; i++)
		say(&bursts[i]);
	for (unsigned int i = 0; i < 6; i++)
		hear(&bursts[i]);
	/* Each conversation has what two have sent, one each way. */
	for (unsigned int i = 0; i < 3; i++) {
		size_t len;

		dialogue_runf(&talk, "%c> history %s 500\n", 'a' + i, names[(i + 1) % 3]);
		json_t *reply = json_loads(dialogue_hear(&talk, (char)('a' + i), &len), 0, NULL);
		ck_assert_uint_eq(json_array_size(json_object_get(reply, "messages")), 2 * EACH);
		json_decref(reply);
	}
}
END_TEST

START_TEST(half_a_line)
{
	realm_talk_begin(_i);
	for (unsigned int i = 0; i < EACH; i += 3) {
		struct burst burst = begin_burst('a');
		char rest[32];

		add(&burst, SENT, "send henderson %u", i);
		add(&burst, SENT, "send henderson %u", i + 1);
		burst.len += (size_t)sprintf(burst.bytes + burst.len, "send hender");
		say(&burst);
		hear(&burst);
		dialogue_say(&talk, 'a', rest,
		    (size_t)snprintf(rest, sizeof(rest), "son %u\r\n", i + 2));
		dialogue_run(&talk, "a< " SENT "\n");
	}
	ck_assert_uint_eq(count_texts('b', "messi"), (EACH + 2) / 3 * 3);
}
END_TEST

/* What is stored is the beginning of what was sent, and at least what was answered. */
START_TEST(hang_up)
{
	realm_talk_begin(_i);
	for (unsigned int i = 0, stored = 0; i < ROUNDS; i++) {
		struct burst burst = begin_burst('a');

		for (unsigned int k = 0; k < LATER; k++)
			add(&burst, SENT, "send henderson %u", stored + k);
		say(&burst);
		for (unsigned int k = 0; k < i; k++)
			dialogue_run(&talk, "a< " SENT "\n");
		dialogue_run(&talk, "a closes\n");
		ck_assert(realm_until(realm_talk_messi_is_gone, NULL));
		size_t now = count_texts('b', "messi");
		ck_assert_uint_ge(now, stored + i);
		ck_assert_uint_le(now, stored + LATER);
		stored = (unsigned int)now;
		dialogue_run(&talk, "a> auth messi surabaya\na< TOKEN m\n");
	}
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

START_TEST(stop)
{
	struct burst burst = begin_burst('a');
	size_t answered = 0, len;
	const char *reply;

	realm_talk_begin(DIALOGUE_TCP);
	for (unsigned int i = 0; i < 4 * EACH; i++)
		add(&burst, SENT, "send henderson %u", i);
	say(&burst);
	realm_stop(&realm);
	while ((reply = speaker_hear(&talk.speakers[0], &len)) != NULL) {
		ck_assert(dialogue_matches(&talk, SENT, reply, len));
		answered++;
	}
	dialogue_run(&talk, "a closes\nb closes\nc closes\n");
	realm_start(&realm);
	dialogue_run(&talk, "b> auth henderson surabaya\nb< TOKEN h\n");
	ck_assert_uint_ge(count_texts('b', "messi"), answered);
}
END_TEST

/* Everybody is answered, and nothing is stored twice. */
START_TEST(dead_committer)
{
	unsigned int sent = 0;

	realm_talk_begin(DIALOGUE_TCP);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		pid_t committer = realm_committer(&realm);
		struct burst burst = begin_burst('a');
		unsigned int n = i % 2 == 0 ? WINDOW : LATER;

		for (unsigned int k = 0; k < n; k++)
			add(&burst, SENT, "send henderson %u", sent++);
		say(&burst);
		/* Early, or when some are answered and others are not. */
		if (n == LATER)
			dialogue_run(&talk, "a< " SENT "\n");
		if (committer > 0)
			kill(committer, SIGKILL);
		for (unsigned int k = n == LATER; k < n; k++)
			dialogue_run(&talk, "a< " SENT "\n");
	}
	ck_assert_uint_eq(count_texts('b', "messi"), sent);
	REALM_CTL(&realm, NULL, "check");
}
END_TEST

/* Each request is charged, and none is lost or moved by the pauses. */
START_TEST(slowed)
{
	struct burst burst = begin_burst('a');

	realm_configure(&realm, "limit_loopback = on\nrequest_rate = 50\nrequest_burst = 5");
	realm_talk_begin(DIALOGUE_TCP);
	for (unsigned int i = 0; i < LATER; i++)
		add(&burst, SENT, "send henderson %u", i);
	say(&burst);
	hear(&burst);
	ck_assert_uint_ge(realm_count(&realm, "limit_slowed_total"), LATER / 2);
	ck_assert_uint_eq(count_texts('b', "messi"), LATER);
}
END_TEST

/* How many batches the realm's committers have done. */
static uint64_t
count_batches(void)
{
	const struct store_options opt = { .state = realm.state };
	struct store_progress progress = { .number = 0 };
	char error[512];
	struct store *store = store_open(&opt, error, sizeof(error));

	ck_assert_msg(store != NULL, "%s", error);
	ck_assert_int_eq(store_progress_read(store_files_current(store), &progress), STORE_OK);
	store_close(store);
	return progress.number;
}

/* Who waits for each reply has a batch for each; who does not shares them. */
START_TEST(batches)
{
	struct burst burst = begin_burst('a');
	uint64_t before, between;

	realm_talk_begin(_i);
	dialogue_run(&talk, "> send henderson 0\n< " SENT "\n");
	before = count_batches();
	for (unsigned int i = 1; i <= WINDOW; i++)
		dialogue_runf(&talk, "> send henderson %u\n< " SENT "\n", i);
	between = count_batches();
	ck_assert_uint_ge(between, before + WINDOW);
	for (unsigned int i = 1; i <= WINDOW; i++)
		add(&burst, SENT, "send henderson %u", WINDOW + i);
	say(&burst);
	hear(&burst);
	ck_assert_uint_le(count_batches(), between + WINDOW / 2);
	ck_assert_uint_eq(count_texts('b', "messi"), 2 * WINDOW + 1);
}
END_TEST

/* Who follows hears of each message, although they are stored together. */
START_TEST(wakes)
{
	struct burst burst = begin_burst('a');

	realm_talk_begin(DIALOGUE_TCP);
	dialogue_run(&talk,
	    "b> follow\nb< OK Following\n"
	    "c> follow\nc< OK Following\n"
	    "> send henderson satu\n< " SENT "\nb< {$*'msg':'satu'$*}\n"
	    "> send lineker satu\n< " SENT "\nc< {$*'msg':'satu'$*}\n");
	add(&burst, SENT, "send henderson 0");
	add(&burst, SENT, "send lineker 0");
	add(&burst, SENT, "send henderson 1");
	say(&burst);
	hear(&burst);
	dialogue_run(&talk,
	    "b< {$*'msg':'0'$*}\n"
	    "b< {$*'msg':'1'$*}\n"
	    "c< {$*'msg':'0'$*}\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pipeline");
	TCase *tcase = realm_talk_tcase(suite, "pipeline");

	ADD(tcase, mixed);
	ADD(tcase, batches);
	ADD(tcase, full);
	ADD(tcase, several);
	ADD(tcase, half_a_line);
	tcase_add_loop_test(tcase, hang_up, 0, 1);
	tcase_add_test(tcase, stop);
	tcase_add_test(tcase, dead_committer);
	tcase_add_test(tcase, slowed);
	tcase_add_test(tcase, wakes);
	return realm_run_suite(suite);
}
