/*
 * legacy_query: questions to an older server: what it holds for a user, and who is in a group.
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
#define ASKS      (LEGACY_LINK_ASKS + 1)

static void
end(struct legacy_query *ask)
{
	dial_stop(&ask->dial);
	wire_close(&ask->wire);
	ask->busy = false;
}

static void
tell_no_answer(struct bridge_link *link, const struct legacy_link_fetch *fetch)
{
	link->env->answered(link->env->arg, link->peer.id, fetch->id, false, NULL);
}

static void
fail(struct bridge_link *link, struct legacy_query *ask, const char *why)
{
	log_debug("%s: asked about %s: %s", link->peer.name, ask->about.user, why);
	end(ask);
	link->restless = true;
	if (ask->outbound == 0)
		tell_no_answer(link, &ask->about);
	else if (clock_monotonic_ms() < ask->deadline)
		ask->busy = true; /* not again at once */
	else if (ask->outbound == legacy_link_state(link)->outbound)
		legacy_response_no_members(link);
}

static void
begin(struct bridge_link *link, struct legacy_query *ask, uint64_t outbound,
    const struct legacy_link_fetch *about)
{
	int64_t tick = clock_monotonic_ms();

	*ask = (struct legacy_query){ .busy = true,
		.outbound = outbound,
		.about = *about,
		.deadline = tick + ANSWER_MS,
		.limit = tick + LIMIT_MS,
		.place = POLLS_NONE };
	wire_init(&ask->wire);
	dial_init(&ask->dial);
	dial_start(&ask->dial, link->env->resolver, link->peer.address, link->peer.port);
	link->restless = true;
}

void
legacy_query_members(struct bridge_link *link, uint64_t outbound, struct chat_text group)
{
	struct legacy_query *ask = &legacy_link_state(link)->asks[LEGACY_LINK_ASKS];
	struct legacy_link_fetch about = { .id = 0 };

	if (ask->busy)
		return;
	memcpy(about.user, group.data, group.len < NAME_MAX_BYTES ? group.len : NAME_MAX_BYTES);
	begin(link, ask, outbound, &about);
}

static bool
is_asked_for(const struct legacy_link *legacy, const char *user)
{
	for (size_t i = 0; i < LEGACY_LINK_ASKS; i++)
		if (legacy->asks[i].busy && strcasecmp(legacy->asks[i].about.user, user) == 0)
			return true;
	for (size_t i = 0; i < legacy->n_fetches; i++)
		if (strcasecmp(legacy->fetches[i].user, user) == 0)
			return true;
	return false;
}

bool
legacy_query_pull(struct bridge_link *link, uint64_t id, const char *user)
{
	struct legacy_link *legacy = legacy_link_state(link);
	struct legacy_link_fetch *fetch = &legacy->fetches[legacy->n_fetches];
	size_t len = strlen(user);

	if (link->state == BRIDGE_LINK_DOWN || legacy->n_fetches == LEGACY_LINK_FETCHES ||
	    len > NAME_MAX_BYTES || is_asked_for(legacy, user))
		return false;
	*fetch = (struct legacy_link_fetch){ .id = id };
	memcpy(fetch->user, user, len + 1);
	legacy->n_fetches++;
	link->restless = true;
	return true;
}

/* What waits, as far as there is room for it. */
static void
begin_waiting(struct bridge_link *link)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (link->state != BRIDGE_LINK_OPEN || link->env->stopping)
		return;
	for (size_t i = 0; i < LEGACY_LINK_ASKS && legacy->n_fetches > 0; i++) {
		if (legacy->asks[i].busy)
			continue;
		begin(link, &legacy->asks[i], 0, &legacy->fetches[0]);
		memmove(legacy->fetches, legacy->fetches + 1,
		    --legacy->n_fetches * sizeof(legacy->fetches[0]));
	}
}

static void
say(struct bridge_link *link, struct legacy_query *ask)
{
	const char *user = ask->about.user;

	if (ask->outbound != 0) {
		legacy_request_members(&ask->wire, link->peer.name, chat_text(user));
		return;
	}
	if (chat_legacy_pull_begin(&link->env->chat, &link->peer, chat_text(user),
	        legacy_link_state(link)->noted, &ask->until) != CHAT_OK)
		/* Then it is compared with more than it need be. */
		ask->until = (struct chat_legacy_pull_until){ .delivered = 0 };
	legacy_request_chat(&ask->wire, link->peer.name, user);
}

/* Looks what has become of dialling. False: the question is over. */
static bool
dial(struct bridge_link *link, struct legacy_query *ask, short got)
{
	bool members = ask->outbound != 0;

	dial_step(&ask->dial, got, clock_monotonic_ms());
	if (ask->dial.state == DIAL_DONE) {
		wire_open(&ask->wire, dial_take(&ask->dial));
		ask->wire.reply_max = LEGACY_REPLY_MAX;
		ask->deadline = clock_monotonic_ms() + ANSWER_MS;
		say(link, ask);
	}
	if (ask->dial.state != DIAL_FAILED)
		return true;
	/* Nobody is there, who could be asked or be told anything. */
	if (members)
		bridge_link_drop(link, "%s", ask->dial.error);
	else
		fail(link, ask, ask->dial.error);
	return false;
}

static void
take_chat(struct bridge_link *link, const struct legacy_query *ask,
    const struct legacy_reply *reply)
{
	struct bridge_env *env = link->env;
	const char *user = ask->about.user;
	struct chat_legacy_pull *list = NULL;
	uint64_t stored = 0;
	size_t n = 0;
	bool by_name;

	if (reply->reason == CHAT_REASON_NO_REALM)
		legacy_link_state(link)->announced = false;
	/* For whom nothing is held some servers have an error. Others may mean: not now. */
	if ((reply->ok || reply->missing) &&
	    (legacy_reply_messages(reply, user, &list, &n, &by_name) != 0 ||
	        chat_legacy_pull_store(&env->chat, &link->peer, chat_text(user), by_name, list, n,
	            &ask->until, &stored) != CHAT_OK))
		log_warnx("%s: what it held for %s cannot be kept", link->peer.name, user);
	free(list);
	env->pulled(env->arg, link->peer.id, ask->about.id, stored);
}

static void
take(struct bridge_link *link, struct legacy_query *ask, const char *data, size_t len)
{
	struct legacy_reply reply;

	if (legacy_reply_read(&reply, data, len) != 0) {
		fail(link, ask, "it answered something that is no reply");
		return;
	}
	if (ask->outbound == 0)
		take_chat(link, ask, &reply);
	else if (ask->outbound == legacy_link_state(link)->outbound)
		legacy_response_members(link, &reply);
	legacy_reply_free(&reply);
	end(ask);
	link->restless = true;
}

/* Reads what has come; the end of the connection may be how a reply ends. */
static void
hear(struct bridge_link *link, struct legacy_query *ask)
{
	int64_t due = clock_monotonic_ms() + ANSWER_MS;
	int got = wire_fill(&ask->wire), error = errno, found;
	const char *data;
	size_t len;

	if (got > 0)
		ask->deadline = due < ask->limit ? due : ask->limit;
	found = wire_reply(&ask->wire, &data, &len);
	if (found == 0 && got < 0 && error == 0)
		found = (len = wire_rest(&ask->wire, &data)) > 0;
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
turn(struct bridge_link *link, struct legacy_query *ask, short got)
{
	if (ask->dial.state != DIAL_IDLE && !dial(link, ask, got))
		return;
	if (ask->wire.fd >= 0) {
		/* Who closed may have answered before. */
		(void)wire_flush(&ask->wire);
		hear(link, ask);
	}
	if (ask->busy && clock_monotonic_ms() >= ask->deadline)
		fail(link, ask, "it has not answered in time");
}

void
legacy_query_step(struct bridge_link *link, const struct polls *polls)
{
	begin_waiting(link);
	for (size_t i = 0; i < ASKS; i++) {
		struct legacy_query *ask = &legacy_link_state(link)->asks[i];

		if (ask->busy)
			turn(link, ask, polls_got(polls, ask->place));
	}
}

void
legacy_query_polls(struct bridge_link *link, struct polls *polls)
{
	for (size_t i = 0; i < ASKS; i++) {
		struct legacy_query *ask = &legacy_link_state(link)->asks[i];

		ask->place = POLLS_NONE;
		if (!ask->busy)
			continue;
		if (ask->dial.state == DIAL_CONNECT && ask->dial.fd >= 0)
			ask->place = polls_add(polls, ask->dial.fd, POLLOUT);
		else if (ask->wire.fd >= 0)
			ask->place = polls_add(polls, ask->wire.fd, wire_events(&ask->wire));
	}
}

bool
legacy_query_got(const struct bridge_link *link, const struct polls *polls)
{
	for (size_t i = 0; i < ASKS; i++)
		if (legacy_link_state(link)->asks[i].busy &&
		    polls_got(polls, legacy_link_state(link)->asks[i].place) != 0)
			return true;
	return false;
}

int64_t
legacy_query_due(const struct bridge_link *link)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < ASKS; i++) {
		const struct legacy_query *ask = &legacy_link_state(link)->asks[i];

		if (!ask->busy)
			continue;
		if (ask->dial.state == DIAL_DONE || ask->dial.state == DIAL_FAILED)
			return 0; /* the resolver has ended it */
		due = ask->deadline < due ? ask->deadline : due;
		if (ask->dial.state == DIAL_CONNECT && ask->dial.deadline < due)
			due = ask->dial.deadline;
	}
	return due;
}

void
legacy_query_end(struct bridge_link *link)
{
	struct legacy_link *legacy = legacy_link_state(link);

	for (size_t i = 0; i < legacy->n_fetches; i++)
		tell_no_answer(link, &legacy->fetches[i]);
	legacy->n_fetches = 0;
	if (legacy->asks[LEGACY_LINK_ASKS].busy)
		end(&legacy->asks[LEGACY_LINK_ASKS]);
}

void
legacy_query_end_all(struct bridge_link *link)
{
	legacy_query_end(link);
	for (size_t i = 0; i < LEGACY_LINK_ASKS; i++)
		if (legacy_link_state(link)->asks[i].busy) {
			tell_no_answer(link, &legacy_link_state(link)->asks[i].about);
			end(&legacy_link_state(link)->asks[i]);
		}
}
