/*
 * bridge_legacy_ask: questions to an older server: what it holds for a user, and who is in a group.
 * Existing servers do not answer at all what they do not expect, as the name of a user whom they do
 * not know. So each question has a connection of its own and a short time, and its failure is
 * nobody's but its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "legacy/int.h"
#include "legacy/request.h"

#define ANSWER_MS 5000   /* without a sign of life */
#define LIMIT_MS  600000 /* for a reply, however it trickles */
#define ASKS      (BRIDGE_LEGACY_ASKS + 1)

static void
end(struct bridge_legacy_ask *ask)
{
	bridge_dial_stop(&ask->dial);
	bridge_wire_close(&ask->wire);
	ask->busy = false;
}

static void
tell_no_answer(struct bridge_link *link, const struct bridge_legacy_fetch *fetch)
{
	link->env->answered(link->env->arg, link->peer.id, fetch->id, false, NULL);
}

static void
fail(struct bridge_link *link, struct bridge_legacy_ask *ask, const char *why)
{
	log_debug("%s: asked about %s: %s", link->peer.name, ask->about.user, why);
	end(ask);
	link->restless = true;
	if (ask->letter == 0)
		tell_no_answer(link, &ask->about);
	else if (tick_ms() < ask->deadline)
		ask->busy = true; /* not again at once */
	else if (ask->letter == link->legacy.letter)
		bridge_legacy_take_no_members(link);
}

static void
begin(struct bridge_link *link, struct bridge_legacy_ask *ask, uint64_t letter,
    const struct bridge_legacy_fetch *about)
{
	int64_t tick = tick_ms();

	*ask = (struct bridge_legacy_ask){ .busy = true,
		.letter = letter,
		.about = *about,
		.deadline = tick + ANSWER_MS,
		.limit = tick + LIMIT_MS,
		.place = BRIDGE_POLLS_NONE };
	bridge_wire_init(&ask->wire);
	bridge_dial_init(&ask->dial);
	bridge_dial_start(&ask->dial, link->env->resolver, link->peer.address, link->peer.port);
	link->restless = true;
}

void
bridge_legacy_ask_members(struct bridge_link *link, uint64_t letter, struct chat_text group)
{
	struct bridge_legacy_ask *ask = &link->legacy.asks[BRIDGE_LEGACY_ASKS];
	struct bridge_legacy_fetch about = { .id = 0 };

	if (ask->busy)
		return;
	memcpy(about.user, group.data, group.len < NAME_MAX_BYTES ? group.len : NAME_MAX_BYTES);
	begin(link, ask, letter, &about);
}

static bool
is_asked_for(const struct bridge_legacy *legacy, const char *user)
{
	for (size_t i = 0; i < BRIDGE_LEGACY_ASKS; i++)
		if (legacy->asks[i].busy && strcasecmp(legacy->asks[i].about.user, user) == 0)
			return true;
	for (size_t i = 0; i < legacy->n_fetches; i++)
		if (strcasecmp(legacy->fetches[i].user, user) == 0)
			return true;
	return false;
}

bool
bridge_legacy_fetch(struct bridge_link *link, uint64_t id, const char *user)
{
	struct bridge_legacy *legacy = &link->legacy;
	struct bridge_legacy_fetch *fetch = &legacy->fetches[legacy->n_fetches];
	size_t len = strlen(user);

	if (link->state == BRIDGE_LINK_DOWN || legacy->n_fetches == BRIDGE_LEGACY_FETCHES ||
	    len > NAME_MAX_BYTES || is_asked_for(legacy, user))
		return false;
	*fetch = (struct bridge_legacy_fetch){ .id = id };
	memcpy(fetch->user, user, len + 1);
	legacy->n_fetches++;
	link->restless = true;
	return true;
}

/* What waits, as far as there is room for it. */
static void
begin_waiting(struct bridge_link *link)
{
	struct bridge_legacy *legacy = &link->legacy;

	if (link->state != BRIDGE_LINK_OPEN || link->env->stopping)
		return;
	for (size_t i = 0; i < BRIDGE_LEGACY_ASKS && legacy->n_fetches > 0; i++) {
		if (legacy->asks[i].busy)
			continue;
		begin(link, &legacy->asks[i], 0, &legacy->fetches[0]);
		memmove(legacy->fetches, legacy->fetches + 1,
		    --legacy->n_fetches * sizeof(legacy->fetches[0]));
	}
}

static void
say(struct bridge_link *link, struct bridge_legacy_ask *ask)
{
	const char *user = ask->about.user;

	if (ask->letter != 0) {
		bridge_legacy_request_members(&ask->wire, link->peer.name, chat_text(user));
		return;
	}
	if (chat_fetched_begin(&link->env->chat, &link->peer, chat_text(user), link->legacy.noted,
	        &ask->until) != CHAT_OK)
		/* Then it is compared with more than it need be. */
		ask->until = (struct chat_fetched_until){ .delivered = 0 };
	bridge_legacy_request_chat(&ask->wire, link->peer.name, user);
}

/* Looks what has become of dialling. False: the question is over. */
static bool
dial(struct bridge_link *link, struct bridge_legacy_ask *ask, short got)
{
	bool members = ask->letter != 0;

	bridge_dial_turn(&ask->dial, got, tick_ms());
	if (ask->dial.state == BRIDGE_DIAL_DONE) {
		bridge_wire_open(&ask->wire, bridge_dial_take(&ask->dial));
		ask->wire.reply_max = BRIDGE_LEGACY_REPLY_MAX;
		ask->deadline = tick_ms() + ANSWER_MS;
		say(link, ask);
	}
	if (ask->dial.state != BRIDGE_DIAL_FAILED)
		return true;
	/* Nobody is there, who could be asked or be told anything. */
	if (members)
		bridge_link_drop(link, "%s", ask->dial.error);
	else
		fail(link, ask, ask->dial.error);
	return false;
}

static void
take_chat(struct bridge_link *link, const struct bridge_legacy_ask *ask,
    const struct bridge_legacy_reply *reply)
{
	struct bridge_env *env = link->env;
	const char *user = ask->about.user;
	struct chat_fetched *list = NULL;
	uint64_t stored = 0;
	size_t n = 0;
	bool by_name;

	if (reply->reason == CHAT_REASON_NO_REALM)
		link->legacy.announced = false;
	/* For whom nothing is held some servers have an error. Others may mean: not now. */
	if ((reply->ok || reply->missing) &&
	    (bridge_legacy_reply_messages(reply, user, &list, &n, &by_name) != 0 ||
	        chat_fetched_take(&env->chat, &link->peer, chat_text(user), by_name, list, n,
	            &ask->until, &stored) != CHAT_OK))
		log_warnx("%s: what it held for %s cannot be kept", link->peer.name, user);
	free(list);
	env->fetched(env->arg, link->peer.id, ask->about.id, stored);
}

static void
take(struct bridge_link *link, struct bridge_legacy_ask *ask, const char *data, size_t len)
{
	struct bridge_legacy_reply reply;

	if (bridge_legacy_reply_read(&reply, data, len) != 0) {
		fail(link, ask, "it answered something that is no reply");
		return;
	}
	if (ask->letter == 0)
		take_chat(link, ask, &reply);
	else if (ask->letter == link->legacy.letter)
		bridge_legacy_take_members(link, &reply);
	bridge_legacy_reply_free(&reply);
	end(ask);
	link->restless = true;
}

/* Reads what has come; the end of the connection may be how a reply ends. */
static void
hear(struct bridge_link *link, struct bridge_legacy_ask *ask)
{
	int64_t due = tick_ms() + ANSWER_MS;
	int got = bridge_wire_fill(&ask->wire), error = errno, found;
	const char *data;
	size_t len;

	if (got > 0)
		ask->deadline = due < ask->limit ? due : ask->limit;
	found = bridge_wire_reply(&ask->wire, &data, &len);
	if (found == 0 && got < 0 && error == 0)
		found = (len = bridge_wire_rest(&ask->wire, &data)) > 0;
	if (found > 0)
		take(link, ask, data, len);
	else if (found < 0)
		fail(link, ask, "its reply is longer than replies may be");
	else if (got < 0)
		fail(link, ask, error == 0 ? "it closed the connection" : strerror(error));
	else
		link->restless |= got > 0;
}

static void
turn(struct bridge_link *link, struct bridge_legacy_ask *ask, short got)
{
	if (ask->dial.state != BRIDGE_DIAL_IDLE && !dial(link, ask, got))
		return;
	if (ask->wire.fd >= 0) {
		/* Who closed may have answered before. */
		(void)bridge_wire_flush(&ask->wire);
		hear(link, ask);
	}
	if (ask->busy && tick_ms() >= ask->deadline)
		fail(link, ask, "it has not answered in time");
}

void
bridge_legacy_ask_turn(struct bridge_link *link, const struct bridge_polls *polls)
{
	begin_waiting(link);
	for (size_t i = 0; i < ASKS; i++) {
		struct bridge_legacy_ask *ask = &link->legacy.asks[i];

		if (ask->busy)
			turn(link, ask, bridge_polls_got(polls, ask->place));
	}
}

void
bridge_legacy_ask_polls(struct bridge_link *link, struct bridge_polls *polls)
{
	for (size_t i = 0; i < ASKS; i++) {
		struct bridge_legacy_ask *ask = &link->legacy.asks[i];

		ask->place = BRIDGE_POLLS_NONE;
		if (!ask->busy)
			continue;
		if (ask->dial.state == BRIDGE_DIAL_CONNECT && ask->dial.fd >= 0)
			ask->place = bridge_polls_add(polls, ask->dial.fd, POLLOUT);
		else if (ask->wire.fd >= 0)
			ask->place =
			    bridge_polls_add(polls, ask->wire.fd, bridge_wire_events(&ask->wire));
	}
}

bool
bridge_legacy_ask_got(const struct bridge_link *link, const struct bridge_polls *polls)
{
	for (size_t i = 0; i < ASKS; i++)
		if (link->legacy.asks[i].busy &&
		    bridge_polls_got(polls, link->legacy.asks[i].place) != 0)
			return true;
	return false;
}

int64_t
bridge_legacy_ask_due(const struct bridge_link *link)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < ASKS; i++) {
		const struct bridge_legacy_ask *ask = &link->legacy.asks[i];

		if (!ask->busy)
			continue;
		if (ask->dial.state == BRIDGE_DIAL_DONE || ask->dial.state == BRIDGE_DIAL_FAILED)
			return 0; /* the resolver has ended it */
		due = ask->deadline < due ? ask->deadline : due;
		if (ask->dial.state == BRIDGE_DIAL_CONNECT && ask->dial.deadline < due)
			due = ask->dial.deadline;
	}
	return due;
}

void
bridge_legacy_ask_end(struct bridge_link *link)
{
	struct bridge_legacy *legacy = &link->legacy;

	for (size_t i = 0; i < legacy->n_fetches; i++)
		tell_no_answer(link, &legacy->fetches[i]);
	legacy->n_fetches = 0;
	if (legacy->asks[BRIDGE_LEGACY_ASKS].busy)
		end(&legacy->asks[BRIDGE_LEGACY_ASKS]);
}

void
bridge_legacy_ask_end_all(struct bridge_link *link)
{
	bridge_legacy_ask_end(link);
	for (size_t i = 0; i < BRIDGE_LEGACY_ASKS; i++)
		if (link->legacy.asks[i].busy) {
			tell_no_answer(link, &link->legacy.asks[i].about);
			end(&link->legacy.asks[i]);
		}
}
