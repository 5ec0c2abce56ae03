/*
 * soak_user: one user's life: comes, in one dialect or another, sends, reads, leaves or vanishes,
 * comes again. Nobody else reads this user's inbox.
 */
#include <stdio.h>
#include <string.h>

#include "base/token.h"
#include "soak_talk.h"

#define REQUESTS_MAX  40
#define THINK_MS      500
#define AWAY_MS       2000
#define DOWN_PAUSE_MS 100
#define FOLLOW_MS     3000
#define DRAIN_MS      100

struct user {
	struct talk talk;
	struct dice dice;
	struct sending sending;
	unsigned int index;
	char token[TOKEN_TEXT_LEN + 1]; /* "": none; kept while the user is away */
};

typedef bool request(struct user *);

static bool
read_with(struct user *user, const char *command, const char *argument)
{
	struct talk *talk = &user->talk;
	const char *reply = talk_ask(talk, "%s %s%s\r\n", command, user->token, argument);

	if (reply == NULL)
		return false;
	if (!talk_is_ok(reply)) {
		if (strstr(reply, "esalahan ") == NULL)
			soak_fail(talk->soak, "%s: user %u: %s: %.200s", talk->realm->name,
			    user->index, command, reply);
		return true;
	}
	ledger_confirm(talk->soak->ledger, talk->reader, talk->connection);
	scan_reply(talk, reply);
	if (talk->hides_files)
		ledger_hide_files(talk->soak->ledger, talk->reader);
	return true;
}

static bool
read_inbox(struct user *user)
{
	return read_with(user, "inbox", "");
}

static bool
read_realm_inbox(struct user *user)
{
	char argument[80];

	snprintf(argument, sizeof(argument), " %s",
	    user->talk.soak->realms[1 - user->talk.realm->index].name);
	return read_with(user, "getrealminbox", argument);
}

/* Messages that arrived before the reply count as delivered, so all of them are read. */
static bool
read_follow(struct user *user)
{
	struct talk *talk = &user->talk;
	int64_t until = soak_now_ms() + dice_roll(&user->dice, FOLLOW_MS);
	const char *reply = talk_ask(talk, "follow %s\r\n", user->token);

	if (!talk_is_ok(reply))
		return reply != NULL;
	ledger_confirm(talk->soak->ledger, talk->reader, talk->connection);
	while (talk->fd >= 0 && soak_runs(talk->soak) && soak_now_ms() < until) {
		reply = talk_hear_soon(talk, (int)(until - soak_now_ms()));
		if (reply != NULL)
			scan_reply(talk, reply);
	}
	talk_sayf(talk, "info_\r\n");
	while ((reply = talk_hear(talk)) != NULL && strstr(reply, "\"event\":") != NULL)
		scan_reply(talk, reply);
	if (talk->hides_files)
		ledger_hide_files(talk->soak->ledger, talk->reader);
	return reply != NULL; /* an event may have crossed the request: the next one confirms */
}

static bool
look_around(struct user *user)
{
	static const char *const looks[] = { [PORT_REALM] = "info",
		[PORT_SHOW] = "show",
		[PORT_LOGIN] = "show_user",
		[PORT_FILES] = "my_file" };

	return talk_ask(&user->talk, "%s %s\r\n", looks[user->sending.dialect], user->token) !=
	    NULL;
}

static bool
talk_nonsense(struct user *user)
{
	static const char *const lines[] = { "", "halo apa kabar", "send", "\xff\xfe",
		"inbox x y z", "auth u00 salah", "{FLAG=NGAWUR}" };

	return talk_ask(&user->talk, "%s\r\n", lines[dice_roll(&user->dice, 7)]) != NULL;
}

/* The requests of a user, how often, and in which dialects. */
static const struct habit {
	unsigned int weight[PORT_PEER];
	request *request;
	bool (*send)(struct sending *);
} habits[] = {
	{ .weight = { 22, 40, 40, 20 }, .send = send_private },
	{ .weight = { 8, 0, 0, 10 }, .send = send_group },
	{ .weight = { 14 }, .send = send_abroad },
	{ .weight = { 4 }, .send = send_group_abroad },
	{ .weight = { 3 }, .send = send_list_abroad },
	{ .weight = { 14, 25, 25, 20 }, .request = read_inbox },
	{ .weight = { 10 }, .request = read_realm_inbox },
	{ .weight = { 4, 4, 4, 4 }, .request = read_follow },
	{ .weight = { 3, 0, 0, 10 }, .send = file_send_private },
	{ .weight = { 1, 0, 0, 4 }, .send = file_send_group },
	{ .weight = { 2 }, .send = file_send_abroad },
	{ .weight = { 1, 0, 0, 2 }, .send = file_break_off },
	{ .weight = { 6, 0, 0, 10 }, .send = file_fetch },
	{ .weight = { 1, 2, 2, 2 }, .send = send_and_vanish },
	{ .weight = { 3, 6, 6, 4 }, .request = look_around },
	{ .weight = { 2, 2, 2, 2 }, .request = talk_nonsense },
};

#define HABITS (sizeof(habits) / sizeof(habits[0]))

static bool
do_something(struct user *user)
{
	unsigned int sum = 0, rolled;

	for (size_t i = 0; i < HABITS; i++)
		sum += habits[i].weight[user->sending.dialect];
	rolled = dice_roll(&user->dice, sum);
	for (size_t i = 0; i < HABITS; i++) {
		const struct habit *habit = &habits[i];
		unsigned int weight = habit->weight[user->sending.dialect];

		if (rolled < weight)
			return habit->send != NULL ? habit->send(&user->sending)
			                           : habit->request(user);
		rolled -= weight;
	}
	return true;
}

/* A user who vanished comes back with the token of before, so that these do not add up. */
static bool
log_in(struct user *user)
{
	static const char field[] = "\"tokenid\":\"";
	struct talk *talk = &user->talk;

	if (user->token[0] != '\0')
		return read_inbox(user);
	const char *reply = talk_ask(talk, "auth " SOAK_USER " " SOAK_PASSWORD "\r\n", user->index);
	const char *token = reply == NULL ? NULL : strstr(reply, field);
	if (token == NULL) {
		if (reply != NULL && strstr(reply, "esalahan ") == NULL)
			soak_fail(talk->soak, "%s: user %u cannot log in: %.200s",
			    talk->realm->name, user->index, reply);
		return false;
	}
	snprintf(user->token, sizeof(user->token), "%.*s", TOKEN_TEXT_LEN,
	    token + sizeof(field) - 1);
	return true;
}

static void
log_out(struct user *user)
{
	const char *reply = talk_ask(&user->talk, "logout %s\r\n", user->token);

	user->token[0] = '\0'; /* without a reply it may be good or not */
	if (reply == NULL)
		return;
	ledger_confirm(user->talk.soak->ledger, user->talk.reader, user->talk.connection);
	if (!talk_is_ok(reply) && strstr(reply, "esalahan ") == NULL)
		soak_fail(user->talk.soak, "%s: user %u: logout: %.200s", user->talk.realm->name,
		    user->index, reply);
}

static void
leave(struct user *user)
{
	unsigned int way = dice_roll(&user->dice, 100);
	struct talk *talk = &user->talk;

	if (way < 50) {
		log_out(user);
		talk_close(talk);
		return;
	}
	soak_count(talk->soak, SOAK_VANISHED);
	if (way < 60)
		talk_say(talk, "send halo", 9); /* and no more of this line */
	if (way < 80)
		talk_reset(talk);
	talk_close(talk);
}

static enum soak_port
draw_dialect(struct dice *dice)
{
	static const enum soak_port ports[] = { PORT_REALM, PORT_REALM, PORT_REALM, PORT_REALM,
		PORT_SHOW, PORT_LOGIN, PORT_FILES, PORT_FILES };

	return ports[dice_roll(dice, sizeof(ports) / sizeof(ports[0]))];
}

static void
session(struct user *user)
{
	struct talk *talk = &user->talk;
	unsigned int requests = 1 + dice_roll(&user->dice, REQUESTS_MAX);

	if (dice_percent(&user->dice, 15)) {
		room_session(talk, &user->dice, user->index);
		return;
	}
	user->sending.dialect = draw_dialect(&user->dice);
	if (talk_open(talk, user->sending.dialect) != 0) {
		soak_pause_ms(DOWN_PAUSE_MS);
		return;
	}
	soak_count(talk->soak, SOAK_SESSIONS);
	bool goes_on = log_in(user);
	while (goes_on && requests-- > 0 && soak_runs(talk->soak)) {
		goes_on = do_something(user);
		soak_pause_ms(dice_roll(&user->dice, THINK_MS));
	}
	if (talk->fd >= 0)
		leave(user);
}

/* At the end: whatever was acknowledged has to be shown now. */
static void
read_everything(struct user *user)
{
	struct talk *talk = &user->talk;

	user->sending.dialect = PORT_REALM;
	if (talk->fd < 0 && (talk_open(talk, PORT_REALM) != 0 || !log_in(user)))
		talk_close(talk);
	else if (!read_inbox(user) || !read_realm_inbox(user))
		talk_close(talk);
}

void *
soak_user(void *arg)
{
	struct soak_role *role = arg;
	struct soak *soak = role->soak;
	unsigned int number = role->realm->index * SOAK_USERS + role->index;
	struct user user = { .index = role->index,
		.talk = { .soak = soak, .realm = role->realm, .reader = number, .fd = -1 } };

	user.sending = (struct sending){ .talk = &user.talk,
		.dice = &user.dice,
		.sender = number,
		.token = user.token };
	dice_init(&user.dice, soak->seed, number);
	while (soak_runs(soak)) {
		session(&user);
		soak_pause_ms(dice_roll(&user.dice, AWAY_MS));
	}
	while (atomic_load(&soak->phase) == SOAK_DRAINING) {
		read_everything(&user);
		soak_pause_ms(DRAIN_MS + dice_roll(&user.dice, DRAIN_MS));
	}
	talk_free(&user.talk);
	return NULL;
}
