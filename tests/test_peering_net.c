/*
 * Realms that are peers, over networks that delay, break, hang and trickle, and beside peers that
 * do not keep to the protocol.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "impostor.h"
#include "process.h"
#include "realms.h"

#define QUEUED    "{'status':'OK','message':'Message sent to user in realm','delivery':'queued'}"
#define MANY      400
#define BREAKS    25
#define PASS_MS   1000
#define ENDLESS   (100 * 1024 * 1024)
#define MEMORY_KB (24 * 1024) /* the most that a bridge may ever have had */

static struct relay *
relay_there(void)
{
	return &realms.relay[SURABAYA][MALANG];
}

/* Starts the realms; their senders do not wait. */
static void
begin(void)
{
	realms_configure(SURABAYA, "delivery_wait = 0\n");
	realms_start_all();
	realms_login_all();
}

static void
send_numbers(int first, int last)
{
	for (int i = first; i <= last; i++)
		realms_runf(SURABAYA, "a> sendprivaterealm malang lineker %d\n", i);
	for (int i = first; i <= last; i++)
		realms_run(SURABAYA, "a< " QUEUED "\n");
}

/* Lineker gets these numbers next, each once. */
static void
has_numbers(int first, int last)
{
	const char *at;
	size_t len;

	realms_run(MALANG, "c> getrealminbox surabaya\n");
	at = dialogue_hear(&realms.talk[MALANG], 'c', &len);
	for (int i = first; i <= last; i++) {
		char text[32];

		snprintf(text, sizeof(text), "\"msg\":\"%d\"", i);
		at = strstr(at, "\"msg\":");
		ck_assert_msg(at != NULL, "%d and on are missing", i);
		ck_assert_msg(strncmp(at, text, strlen(text)) == 0, "%.32s instead of %d", at, i);
		at += strlen(text);
	}
	ck_assert_ptr_null(strstr(at, "\"msg\":"));
}

static void
check_all_delivered(int last)
{
	realms_await_all();
	has_numbers(1, last);
	realms_run(SURABAYA,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_check();
}

START_TEST(far_away)
{
	relay_delay(relay_there(), 25);
	begin();
	send_numbers(1, MANY);
	check_all_delivered(MANY);
}
END_TEST

/* The link has broken so often, or everything has arrived. */
static bool
has_broken(void *arg)
{
	return relay_breaks(relay_there()) >= *(unsigned int *)arg ||
	    realms_queued(SURABAYA, MALANG) == 0;
}

/* Sends on until the link has broken again and again; how much that took. */
static int
send_and_break(void)
{
	int sent = 0;

	while (relay_breaks(relay_there()) < BREAKS) {
		unsigned int breaks = relay_breaks(relay_there()) + 1;
		int more = 1 + rand() % 30;

		send_numbers(sent + 1, sent + more);
		sent += more;
		ck_assert(realms_until(has_broken, &breaks));
	}
	return sent;
}

/* Again and again a link breaks amid the answers, so that the sender cannot know what was taken. */
START_TEST(broken_answers)
{
	int sent;

	begin();
	srand(4);
	/* The bytes of TLS, the greeting and some acknowledgements. */
	relay_break_answers(relay_there(), 1000, 2600, 4);
	relay_break(relay_there());
	sent = send_and_break();
	relay_break_answers(relay_there(), 0, 0, 0);
	check_all_delivered(sent);
}
END_TEST

/* The same in what is said, in the middle of lines. */
START_TEST(broken_requests)
{
	int sent;

	begin();
	srand(5);
	relay_break_requests(relay_there(), 7777);
	relay_break(relay_there());
	sent = send_and_break();
	relay_break_requests(relay_there(), 0);
	check_all_delivered(sent);
}
END_TEST

struct losses {
	const char *text;
	size_t n;
};

/* Time passes until the bridge has said this so often. */
static bool
has_lost(void *arg)
{
	const struct losses *losses = arg;

	realm_clock_pass(&realms.clock[SURABAYA], PASS_MS);
	return realm_log_count(&realms.realm[SURABAYA], losses->text) >= losses->n;
}

static void
await_losses(const char *text, size_t n)
{
	struct losses losses = { .text = text, .n = n };

	ck_assert_msg(realm_until(has_lost, &losses), "the log does not say: %s", text);
}

/* A link that hangs is given up; one that never begins to answer, too. */
START_TEST(hanging)
{
	begin();
	send_numbers(1, 3);
	realms_await_all();
	relay_freeze(relay_there());
	send_numbers(4, 6);
	await_losses("malang: link down: it has not answered for 30 seconds", 1);
	await_losses("malang: no link: it did not greet within 10 seconds", 1);
	/* Those who write to the own realm notice nothing. */
	realms_run(SURABAYA,
	    "a> send henderson halo\n"
	    "a< OK Message sent\n");
	relay_mend(relay_there());
	check_all_delivered(6);
}
END_TEST

/* Half a minute of silence is noticed even if no message is sent. */
START_TEST(silent)
{
	begin();
	relay_freeze(relay_there());
	await_losses("malang: link down: it has not answered for 30 seconds", 1);
	relay_mend(relay_there());
	send_numbers(1, 3);
	check_all_delivered(3);
}
END_TEST

/* One byte a second is not enough for a greeting, nor for an answer. */
START_TEST(trickling)
{
	relay_trickle(relay_there(), _i == 0 ? 1000 : 0);
	realms_configure(SURABAYA, "delivery_wait = 0\n");
	/* In this order: it is said once only why there is no link. */
	realms_start(MALANG);
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	realms_login(MALANG);
	if (_i == 0) {
		await_losses("malang: no link: it did not greet within 10 seconds", 1);
		send_numbers(1, 3);
	} else {
		realms_await_link(SURABAYA, MALANG, LINK_STATUS_UP);
		relay_trickle(relay_there(), 1000);
		send_numbers(1, 3);
		await_losses("malang: link down: it has not answered for 30 seconds", 1);
	}
	relay_trickle(relay_there(), 0);
	check_all_delivered(3);
}
END_TEST

/*
 * Peers with the right key, or none at all, that say nonsense.
 */

static void
talk_garbage(struct impostor_talk *talk, const void *arg)
{
	(void)arg;
	impostor_say(talk, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", 47);
}

static void
talk_endlessly(struct impostor_talk *talk, const void *arg)
{
	static char piece[65536];

	memset(piece, ' ', sizeof(piece));
	if (arg != NULL ? !impostor_greet(talk, "0") : !impostor_shake_hands(talk))
		return;
	for (size_t said = 0; said < ENDLESS; said += sizeof(piece))
		if (!impostor_say(talk, piece, sizeof(piece)))
			return;
}

/* The impostor is there; surabaya has something for malang, and says this of it. */
static void
meet(impostor_behaviour *behave, const void *arg, const char *says)
{
	pid_t impostor = impostor_begin(MALANG, behave, arg);

	realms_configure(SURABAYA, "delivery_wait = 0\n");
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	send_numbers(1, 3);
	realms_await_log(SURABAYA, says);
	impostor_end(impostor);
}

/* malang itself is back, and gets all but those that the impostor said it had. */
static void
end_well(int taken)
{
	realms_await_queued(SURABAYA, MALANG, (uint64_t)(3 - taken));
	realms_start(MALANG);
	realms_login(MALANG);
	realms_await_queued(SURABAYA, MALANG, 0);
	has_numbers(1 + taken, 3);
	realms_run(SURABAYA,
	    "a> inbox\n"
	    "a< MESSAGES {}\n");
	realms_check();
}

START_TEST(garbage)
{
	meet(talk_garbage, NULL, "malang: no link: ");
	end_well(0);
}
END_TEST

START_TEST(endless)
{
	static const char *const says[] = { "malang: no link: a reply is longer",
		"malang: link down: a reply is longer" };

	meet(talk_endlessly, _i == 0 ? NULL : says, says[_i]);
#ifndef __SANITIZE_ADDRESS__
	ck_assert_int_lt(process_peak_kb(realms_bridge(SURABAYA)), MEMORY_KB);
#endif
	end_well(0);
}
END_TEST

/* Each comes after a greeting and three messages, or instead of a greeting if `have` is NULL. */
static const struct lie {
	const char *have;
	const char *reply;
	const char *says;
} lies[] = {
	{ NULL, "[]", "it answered something that is no reply" },
	{ NULL, "{'status':'OK'}", "it does not speak the protocol between realms" },
	{ NULL, "{'status':'OK','have':1}", "it does not speak the protocol between realms" },
	{ NULL, "{'status':'OK','hello':2,'realm':'malang','window':1,'bytes':1,'file_max':1}",
	    "it speaks another version of the protocol" },
	{ NULL, "{'status':'OK','hello':1,'realm':'batu','window':1,'bytes':1,'file_max':1}",
	    "it is the realm batu" },
	{ NULL, "{'status':'ERROR','fatal':'pergi\\u0007!','retry':true}", "it said: pergi?!" },
	{ "-1", "", "it answered something that is no reply" },
	{ "0", "{'status':'OK','have':4}", "it acknowledged what it was not sent" },
	{ "0", "{'status':'OK','have':99999999999999999999}",
	    "it answered something that is no reply" },
	{ "0", "{'status':'ERROR','number':4,'reason':'no_user'}",
	    "it refused what it was not sent" },
	{ "0", "{'status':'OK','want':1,'offset':0}", "it wants a file that it was not offered" },
	{ "0", "{'status':'OK','hello':1,'realm':'malang','window':1,'bytes':1,'file_max':1}",
	    "it greeted twice" },
	{ "0", "{'status':'OK','resume':'0123456789abcdef','have':3}",
	    "it answered what it was not asked" },
	{ "0", "{'status':'ERROR','ask':1,'reason':'no_user'}",
	    "it answered what it was not asked" },
	{ "0", "{'status':'OK','pong':7}", "it answered what it was not asked" },
	{ "0", "{'status':'ERROR'}", "it answered with an error that means nothing here" },
	{ "0", "{'status':'OK','have':1,'have':2}", "it answered something that is no reply" },
	/* This one counts: it has taken the first two. */
	{ "2", "{'status':'OK','have':1}", "it takes back what it had acknowledged" },
};

static void
talk_lies(struct impostor_talk *talk, const void *arg)
{
	const struct lie *lie = arg;
	const char *line = "";

	if (lie->have == NULL ? !impostor_shake_hands(talk) : !impostor_greet(talk, lie->have))
		return;
	while (lie->have != NULL && line != NULL && strncmp(line, "message 3", 9) != 0)
		line = impostor_hear(talk);
	if (lie->reply[0] != '\0')
		impostor_reply(talk, lie->reply);
	while (line != NULL)
		line = impostor_hear(talk);
}

struct sentence {
	const char *text;
	size_t n;
};

static bool
is_said_again(void *arg)
{
	const struct sentence *sentence = arg;

	return realm_log_count(&realms.realm[SURABAYA], sentence->text) > sentence->n;
}

START_TEST(lying)
{
	realms_configure(SURABAYA, "delivery_wait = 0\nlog_level = debug\n");
	realms_start(SURABAYA);
	realms_login(SURABAYA);
	send_numbers(1, 3);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct sentence sentence = { .text = lies[i].says,
			.n = realm_log_count(&realms.realm[SURABAYA], lies[i].says) };
		pid_t impostor = impostor_begin(MALANG, talk_lies, &lies[i]);

		ck_assert_msg(realms_until(is_said_again, &sentence), "lie %zu: %s", i,
		    lies[i].says);
		impostor_end(impostor);
	}
	end_well(2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering_net");
	TCase *tcase = realms_tcase(suite, "network", 2);

	tcase_add_test(tcase, far_away);
	tcase_add_test(tcase, broken_answers);
	tcase_add_test(tcase, broken_requests);
	tcase_add_test(tcase, hanging);
	tcase_add_test(tcase, silent);
	tcase_add_loop_test(tcase, trickling, 0, 2);
	tcase = realms_tcase(suite, "impostors", 2);
	tcase_add_test(tcase, garbage);
	tcase_add_loop_test(tcase, endless, 0, 2);
	tcase_add_test(tcase, lying);
	return realm_run_suite(suite);
}
