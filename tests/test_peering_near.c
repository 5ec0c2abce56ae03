/*
 * A realm that is nearly a peer, or is one no more: what this realm's bridge says to it, and what
 * is taken of what it says, over links that were up before.
 */
#include <stdio.h>
#include <string.h>

#include "impostor.h"
#include "realms.h"

#define QUEUED "{'status':'OK','message':'Message sent to user in realm','delivery':'queued'}"
#define PREFIX 7 /* "SHA256:" */

/* No test depends on the state of a link that is just ending. */
#define NO_WAIT "delivery_wait = 0\n"

static void
send_number(int from, int number, const char *reply)
{
	realms_runf(from,
	    "a> sendprivaterealm %s lineker %d\n"
	    "a< %s\n",
	    realms_names[1 - from], number, reply);
}

/* The messages that lineker gets from the other realm. */
static void
expect_inbox(int realm, const char *messages)
{
	realms_runf(realm,
	    "c> getrealminbox %s\n"
	    "c< MESSAGES [%s]\n",
	    realms_names[1 - realm], messages);
}

#define NUMBER(n) "(Lionel Messi>Gary Lineker:" #n ")"

/* malang as surabaya has it, but one digit of its pin is another. */
static void
configure_spoilt(size_t digit)
{
	char peer[REALMS_PEER + sizeof(NO_WAIT)], pin[REALM_KEY_FINGERPRINT];

	memcpy(pin, realms.fingerprint[MALANG], sizeof(pin));
	pin[PREFIX + digit] = pin[PREFIX + digit] == '0' ? '1' : '0';
	realms_peer(SURABAYA, MALANG, pin, peer);
	strcat(peer, NO_WAIT);
	realms_configure_alone(SURABAYA, peer);
}

static bool
is_decided(void *text)
{
	const struct realm *realm = &realms.realm[SURABAYA];

	return realm_logged(realm, text) || realm_logged(realm, "malang: link up");
}

/* The bridge says this of malang, and has made no link. */
static void
await_no_link(const char *why, const char *which)
{
	char text[256];

	snprintf(text, sizeof(text), "malang: no link: %s %s", why, which);
	ck_assert(realms_until(is_decided, text));
	ck_assert_msg(realm_logged(&realms.realm[SURABAYA], text), "a link is up instead of: %s",
	    text);
}

START_TEST(pin_of_another_digit)
{
	static const size_t digits[] = { 0, 31, 63 };
	char text[256];

	configure_spoilt(digits[_i]);
	realms_configure(MALANG, NO_WAIT);
	realms_start(SURABAYA);
	realms_start(MALANG);
	realms_login_all();
	await_no_link("it has another key,", realms.fingerprint[MALANG]);
	snprintf(text, sizeof(text), "refused an unknown realm from 127.0.0.1: its key is %s",
	    realms.fingerprint[MALANG]);
	realms_await_log(SURABAYA, text);
	send_number(SURABAYA, 1, QUEUED);
	send_number(MALANG, 1, QUEUED);
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), 1);
	ck_assert_uint_eq(realms_queued(MALANG, SURABAYA), 1);
	expect_inbox(MALANG, "");
	expect_inbox(SURABAYA, "");
	realms_configure(SURABAYA, NO_WAIT);
	realms_await_all();
	expect_inbox(MALANG, NUMBER(1));
	expect_inbox(SURABAYA, NUMBER(1));
}
END_TEST

/* Says hello as this realm would. */
static void
greet_as(struct impostor_talk *talk, const void *name)
{
	char reply[256];

	snprintf(reply, sizeof(reply),
	    "{'status':'OK','hello':1,'realm':'%s','window':4096,'bytes':4194304,'file_max':1}",
	    (const char *)name);
	if (!impostor_shake_hands(talk) || impostor_hear(talk) == NULL ||
	    !impostor_reply(talk, reply))
		return;
	while (impostor_hear(talk) != NULL)
		;
}

/* The key is the right one, the name is nearly. */
START_TEST(realm_of_another_name)
{
	static const char *const names[] = { "malanh", "nalang", "malan", "malangg" };
	pid_t impostor = impostor_begin(MALANG, greet_as, names[_i]);

	realms_start(SURABAYA);
	await_no_link("it is the realm", names[_i]);
	impostor_end(impostor);
}
END_TEST

/*
 * surabaya changes its record of malang while both links are up.
 */

static void
remove_peer(void)
{
	realms_configure_alone(SURABAYA, NO_WAIT);
}

static void
make_legacy(void)
{
	char settings[256];

	snprintf(settings, sizeof(settings),
	    NO_WAIT "peer \"malang\" { address = \"127.0.0.1\"  port = %u  legacy = on }\n",
	    (unsigned int)realms.relay[SURABAYA][MALANG].port);
	realms_configure_alone(SURABAYA, settings);
}

static void
spoil_pin(void)
{
	configure_spoilt(63);
}

/* Address and key are another realm's now, so that the bridge goes on. */
static void
rename_peer(void)
{
	char settings[512];

	snprintf(settings, sizeof(settings),
	    NO_WAIT
	    "peer \"malanh\" { address = \"127.0.0.1\"  port = %u  fingerprint = \"%s\" }\n",
	    (unsigned int)realms.relay[SURABAYA][MALANG].port, realms.fingerprint[MALANG]);
	realms_configure_alone(SURABAYA, settings);
}

static const struct {
	void (*make)(void);
	bool removed;
} changes[] = {
	{ remove_peer, true },
	{ rename_peer, true },
	{ make_legacy, false },
	{ spoil_pin, false },
};

#define CHANGES (int)(sizeof(changes) / sizeof(changes[0]))

static bool
is_not_up(void *arg)
{
	struct link_status status;

	(void)arg;
	return !realms_link(SURABAYA, MALANG, &status) || status.state != LINK_STATUS_UP;
}

/* No time passes meanwhile: it would end a link that is silent. */
static bool
is_told(void *arg)
{
	(void)arg;
	return realm_logged(&realms.realm[MALANG],
	    "surabaya: link down: it said: this realm has other settings for its peers now");
}

START_TEST(peer_no_more)
{
	bool removed = changes[_i].removed;

	realms_configure(SURABAYA, NO_WAIT);
	realms_configure(MALANG, NO_WAIT);
	realms_start_all();
	realms_login_all();
	send_number(SURABAYA, 1, QUEUED);
	send_number(MALANG, 1, QUEUED);
	realms_await_all();
	changes[_i].make();
	ck_assert(realm_until(is_not_up, NULL));
	/* Messages of malang are not taken, although its link was up. */
	send_number(MALANG, 2, QUEUED);
	ck_assert(realm_until(is_told, NULL));
	ck_assert_uint_eq(realms_queued(MALANG, SURABAYA), 1);
	/* Messages sent here do not go to malang. */
	send_number(SURABAYA, 2, removed ? "ERROR Realm tidak ditemukan" : QUEUED);
	ck_assert_uint_eq(realms_queued(SURABAYA, MALANG), removed ? 0 : 1);
	expect_inbox(MALANG, NUMBER(1));
	realms_configure(SURABAYA, NO_WAIT);
	realms_await_all();
	expect_inbox(SURABAYA, NUMBER(1) "," NUMBER(2));
	expect_inbox(MALANG, removed ? "" : NUMBER(2));
	/* A native link looks for a pin, which a legacy peer does not have. */
	ck_assert(!realm_logged(&realms.realm[SURABAYA], "malang: no link: no fingerprint"));
	realms_check();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("peering_near");
	TCase *tcase = realms_tcase(suite, "near", 2);

	tcase_add_loop_test(tcase, pin_of_another_digit, 0, 3);
	tcase_add_loop_test(tcase, realm_of_another_name, 0, 4);
	tcase = realms_tcase(suite, "changes", 2);
	tcase_add_loop_test(tcase, peer_no_more, 0, CHANGES);
	return realm_run_suite(suite);
}
