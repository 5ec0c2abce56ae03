/*
 * soak_send: messages of one user to others, in the words of the dialect, entered into the ledger.
 */
#include <stdio.h>
#include <string.h>

#include "soak_talk.h"

#define LIST_USERS 3
#define UNKNOWN    "esalahan " /* the server does not know what it has done */

/* The receivers, in words and by numbers. */
struct target {
	char words[128]; /* between command and text */
	unsigned int readers[SOAK_USERS];
	unsigned int n;
};

static size_t
draw_length(struct dice *dice)
{
	size_t len = 30 + dice_roll(dice, 500);

	if (dice_percent(dice, 30))
		len += dice_roll(dice, 8000);
	return len;
}

static unsigned int
other_realm(const struct sending *sending)
{
	return 1 - sending->talk->realm->index;
}

static enum ledger_outcome
judge_reply(struct sending *sending, const char *reply, bool abroad)
{
	struct soak *soak = sending->talk->soak;

	if (talk_is_ok(reply)) {
		soak_count(soak, SOAK_ACKNOWLEDGED);
		if (abroad)
			soak_count(soak, SOAK_ABROAD);
		return LEDGER_ACKNOWLEDGED;
	}
	if (reply != NULL && strstr(reply, UNKNOWN) == NULL) {
		soak_count(soak, SOAK_REFUSED);
		soak_fail(soak, "%s: sender %u is refused: %.200s", sending->talk->realm->name,
		    sending->sender, reply);
		return LEDGER_REFUSED;
	}
	soak_count(soak, SOAK_UNANSWERED);
	return LEDGER_UNKNOWN;
}

static bool
deliver_message(struct sending *sending, const char *command, const struct target *target,
    bool abroad)
{
	struct talk *talk = sending->talk;
	struct ledger *ledger = talk->soak->ledger;
	char text[SCAN_TEXT_MAX];
	uint32_t number = ledger_begin(ledger, sending->sender, target->readers, target->n, false);

	scan_make_text(text, sending->sender, number, draw_length(sending->dice));
	const char *reply =
	    talk_ask(talk, "%s %s%s %s\r\n", command, sending->token, target->words, text);
	enum ledger_outcome outcome = judge_reply(sending, reply, abroad);
	if (!ledger_end(ledger, sending->sender, number, target->readers, target->n, outcome)) {
		soak_count(talk->soak, SOAK_STRAYED);
		soak_fail(talk->soak, "%s: message %u of sender %u was refused but is there",
		    talk->realm->name, number, sending->sender);
	}
	if (reply != NULL)
		ledger_confirm(ledger, talk->reader, talk->connection);
	return reply != NULL;
}

static void
aim_at_user(struct sending *sending, struct target *target, bool abroad)
{
	unsigned int realm = abroad ? other_realm(sending) : sending->talk->realm->index;
	unsigned int user = dice_roll(sending->dice, SOAK_USERS);

	if (abroad)
		snprintf(target->words, sizeof(target->words), " %s " SOAK_USER,
		    sending->talk->soak->realms[realm].name, user);
	else
		snprintf(target->words, sizeof(target->words), " " SOAK_USER, user);
	target->readers[0] = realm * SOAK_USERS + user;
	target->n = 1;
}

/* Of the own realm only groups of which the sender is a member. */
static void
aim_at_group(struct sending *sending, struct target *target, bool abroad)
{
	unsigned int realm = abroad ? other_realm(sending) : sending->talk->realm->index;
	unsigned int group = abroad ? dice_roll(sending->dice, SOAK_GROUPS)
	                            : sending->sender % SOAK_USERS % SOAK_GROUPS;

	if (abroad)
		snprintf(target->words, sizeof(target->words), " %s " SOAK_GROUP,
		    sending->talk->soak->realms[realm].name, group);
	else
		snprintf(target->words, sizeof(target->words), " " SOAK_GROUP, group);
	target->n = soak_members(realm, group, target->readers);
}

bool
send_private(struct sending *sending)
{
	struct target target;

	aim_at_user(sending, &target, false);
	return deliver_message(sending, "send", &target, false);
}

bool
send_group(struct sending *sending)
{
	struct target target;

	aim_at_group(sending, &target, false);
	return deliver_message(sending, sending->dialect == PORT_FILES ? "send_group" : "sendgroup",
	    &target, false);
}

bool
send_abroad(struct sending *sending)
{
	struct target target;

	aim_at_user(sending, &target, true);
	return deliver_message(sending, "sendprivaterealm", &target, true);
}

bool
send_group_abroad(struct sending *sending)
{
	struct target target;

	aim_at_group(sending, &target, true);
	return deliver_message(sending, "sendgrouprealm", &target, true);
}

bool
send_list_abroad(struct sending *sending)
{
	struct target target;
	unsigned int first = dice_roll(sending->dice, SOAK_USERS - LIST_USERS);

	snprintf(target.words, sizeof(target.words), " %s " SOAK_USER "," SOAK_USER "," SOAK_USER,
	    sending->talk->soak->realms[other_realm(sending)].name, first, first + 1, first + 2);
	for (unsigned int i = 0; i < LIST_USERS; i++)
		target.readers[i] = other_realm(sending) * SOAK_USERS + first + i;
	target.n = LIST_USERS;
	return deliver_message(sending, "sendgrouprealm", &target, true);
}

bool
send_and_vanish(struct sending *sending)
{
	struct ledger *ledger = sending->talk->soak->ledger;
	struct target target;
	char text[SCAN_TEXT_MAX];

	aim_at_user(sending, &target, false);
	uint32_t number = ledger_begin(ledger, sending->sender, target.readers, target.n, false);
	scan_make_text(text, sending->sender, number, draw_length(sending->dice));
	talk_sayf(sending->talk, "send %s%s %s\r\n", sending->token, target.words, text);
	talk_reset(sending->talk);
	soak_count(sending->talk->soak, SOAK_UNANSWERED);
	ledger_end(ledger, sending->sender, number, target.readers, target.n, LEDGER_UNKNOWN);
	return false;
}
