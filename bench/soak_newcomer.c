/*
 * soak_newcomer: somebody who registers, writes to the users, perhaps joins a group, and whose
 * account the administrator then removes. There is no end of them, but their names come again.
 */
#include <stdio.h>
#include <string.h>

#include "base/token.h"
#include "soak_talk.h"

#define NAMES       8 /* of each thread */
#define LINES_MAX   15
#define THINK_MS    300
#define AWAY_MS     4000
#define TOKEN_FIELD "\"tokenid\":\""
#define UNSURE      70 /* kabarctl's status when committers died while it asked */
#define TRIES       5

struct newcomer {
	struct talk talk;
	struct dice dice;
	struct sending sending;
	char name[32];
	char token[TOKEN_TEXT_LEN + 1];
};

static bool
come(struct newcomer *newcomer)
{
	struct talk *talk = &newcomer->talk;
	const char *reply = talk_ask(talk, "register %s " SOAK_PASSWORD " Orang_Baru Indonesia\r\n",
	    newcomer->name);
	const char *token = reply == NULL ? NULL : strstr(reply, TOKEN_FIELD);

	if (token == NULL) {
		if (reply != NULL && strstr(reply, "esalahan ") == NULL)
			soak_fail(talk->soak, "%s: %s cannot register: %.200s", talk->realm->name,
			    newcomer->name, reply);
		return false;
	}
	snprintf(newcomer->token, sizeof(newcomer->token), "%.*s", TOKEN_TEXT_LEN,
	    token + sizeof(TOKEN_FIELD) - 1);
	soak_count(talk->soak, SOAK_NEWCOMERS_CAME);
	return true;
}

static bool
write_something(struct newcomer *newcomer)
{
	if (dice_percent(&newcomer->dice, 10))
		return talk_ask(&newcomer->talk, "joingroup %s g%u\r\n", newcomer->token,
		           dice_roll(&newcomer->dice, SOAK_GROUPS)) != NULL;
	if (dice_percent(&newcomer->dice, 25))
		return send_abroad(&newcomer->sending);
	if (dice_percent(&newcomer->dice, 10))
		return file_send_private(&newcomer->sending);
	return send_private(&newcomer->sending);
}

static void
live_through(struct newcomer *newcomer)
{
	struct talk *talk = &newcomer->talk;
	unsigned int lines = dice_roll(&newcomer->dice, LINES_MAX);
	char output[512];

	if (talk_open(talk, PORT_REALM) != 0)
		return;
	bool goes_on = come(newcomer);
	while (goes_on && lines-- > 0 && soak_runs(talk->soak)) {
		goes_on = write_something(newcomer);
		soak_pause_ms(dice_roll(&newcomer->dice, THINK_MS));
	}
	if (dice_percent(&newcomer->dice, 50))
		talk_close(talk); /* else the account goes while its user is there */
	int status = UNSURE;
	for (int tries = 0; status == UNSURE && tries < TRIES; tries++)
		status = soak_ctl(talk->soak, talk->realm, NULL, NULL, output, sizeof(output),
		    (const char *const[]){ "user", "del", newcomer->name, NULL });
	if (status != 0 && status != 1) /* 1: it did not come into being, or is gone already */
		soak_fail(talk->soak, "%s: kabarctl user del %s: status %d: %s", talk->realm->name,
		    newcomer->name, status, output);
	talk_close(talk);
}

void *
soak_newcomer(void *arg)
{
	struct soak_role *role = arg;
	unsigned int number = SOAK_NEWCOMER(role->realm->index, role->index);
	struct newcomer newcomer = {
		.talk = { .soak = role->soak, .realm = role->realm, .fd = -1 }
	};
	unsigned int turn = 0;

	newcomer.sending = (struct sending){ .talk = &newcomer.talk,
		.dice = &newcomer.dice,
		.sender = number,
		.token = newcomer.token,
		.dialect = PORT_REALM };
	dice_init(&newcomer.dice, role->soak->seed, number);
	while (soak_runs(role->soak)) {
		snprintf(newcomer.name, sizeof(newcomer.name), "baru%u-%u", role->index,
		    turn++ % NAMES);
		live_through(&newcomer);
		soak_pause_ms(dice_roll(&newcomer.dice, AWAY_MS));
	}
	talk_free(&newcomer.talk);
	return NULL;
}
