/*
 * soak_room: a session in the dialect room, over the realm's own listener: what is sent there is
 * a message to a group as any other, and is read later in another dialect.
 */
#include <stdio.h>
#include <string.h>

#include "soak_talk.h"

#define LINES_MAX 20
#define LOOK_MS   400
#define TEXT_LEN  200

static bool
is_push(const char *reply)
{
	static const char *const codes[] = { "\"CODE\":\"MESSAGE\"", "\"CODE\":\"ROOM_LIST_OK\"",
		"\"CODE\":\"ONLINE_LIST_OK\"", "\"CODE\":\"ROOM_USER_LIST\"" };

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strstr(reply, codes[i]) != NULL)
			return true;
	return false;
}

/* The reply, and not what is pushed before it. */
static const char *
hear_reply(struct talk *talk)
{
	const char *reply;

	while ((reply = talk_hear(talk)) != NULL && is_push(reply))
		soak_count(talk->soak, SOAK_PUSHED);
	return reply;
}

static bool
has_code(const char *reply, const char *code)
{
	char field[64];

	snprintf(field, sizeof(field), "\"CODE\":\"%s\"", code);
	return reply != NULL && strstr(reply, field) != NULL;
}

/* Before the last connection's worker has noticed its end, the user is still logged in there. */
static bool
enter_room(struct talk *talk, unsigned int user, unsigned int group)
{
	talk_sayf(talk,
	    "{\"FLAG\":\"LOGIN\",\"CONTENT\":{\"username\":\"" SOAK_USER
	    "\",\"password\":\"" SOAK_PASSWORD "\"}}\r\n",
	    user);
	const char *reply = hear_reply(talk);
	if (!has_code(reply, "LOGIN_OK")) {
		if (reply != NULL && !has_code(reply, "LOGIN_DUPE") &&
		    strstr(reply, "esalahan ") == NULL)
			soak_fail(talk->soak, "%s: user %u cannot log in: %.200s",
			    talk->realm->name, user, reply);
		return false;
	}
	talk_sayf(talk, "{\"FLAG\":\"JOIN_ROOM\",\"CONTENT\":\"" SOAK_GROUP "\"}\r\n", group);
	reply = hear_reply(talk);
	return has_code(reply, "JOIN_ROOM_OK");
}

static bool
send_line(struct talk *talk, unsigned int group)
{
	struct soak *soak = talk->soak;
	unsigned int readers[SOAK_USERS], n = soak_members(talk->realm->index, group, readers);
	char text[SCAN_TEXT_MAX];
	uint32_t number = ledger_begin(soak->ledger, talk->reader, readers, n, false);
	enum ledger_outcome outcome = LEDGER_UNKNOWN;

	scan_make_text(text, talk->reader, number, TEXT_LEN);
	talk_sayf(talk,
	    "{\"FLAG\":\"SEND\",\"RECEIVER\":\"" SOAK_GROUP
	    "\",\"CONTENT\":\"%s\",\"TYPE\":\"TEXT\"}\r\n",
	    group, text);
	const char *reply = hear_reply(talk);
	if (has_code(reply, "SEND_OK")) {
		soak_count(soak, SOAK_ACKNOWLEDGED);
		outcome = LEDGER_ACKNOWLEDGED;
	} else if (reply != NULL && strstr(reply, "esalahan ") == NULL) {
		soak_count(soak, SOAK_REFUSED);
		soak_fail(soak, "%s: user %u is refused in a room: %.200s", talk->realm->name,
		    talk->reader, reply);
		outcome = LEDGER_REFUSED;
	} else {
		soak_count(soak, SOAK_UNANSWERED);
	}
	ledger_end(soak->ledger, talk->reader, number, readers, n, outcome);
	return reply != NULL;
}

static void
count_pushed(struct talk *talk, unsigned int ms)
{
	int64_t until = soak_now_ms() + ms;

	while (talk->fd >= 0 && soak_now_ms() < until)
		if (talk_hear_soon(talk, (int)(until - soak_now_ms())) != NULL)
			soak_count(talk->soak, SOAK_PUSHED);
}

void
room_session(struct talk *talk, struct dice *dice, unsigned int user)
{
	unsigned int lines = dice_roll(dice, LINES_MAX), group = user % SOAK_GROUPS;

	if (talk_open(talk, PORT_REALM) != 0) {
		soak_pause_ms(LOOK_MS);
		return;
	}
	soak_count(talk->soak, SOAK_SESSIONS);
	bool goes_on = enter_room(talk, user, group);
	while (goes_on && lines-- > 0 && soak_runs(talk->soak)) {
		goes_on = send_line(talk, group);
		count_pushed(talk, dice_roll(dice, LOOK_MS));
	}
	if (goes_on && dice_percent(dice, 60)) {
		talk_sayf(talk, "{\"FLAG\":\"LOGOUT\"}\r\n");
		hear_reply(talk);
	} else if (dice_percent(dice, 50)) {
		soak_count(talk->soak, SOAK_VANISHED);
		talk_reset(talk);
	}
	talk_close(talk);
}
