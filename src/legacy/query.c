/* legacy_query: questions to a legacy peer, each on a connection of its own. */
#include "legacy/query.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/name.h"
#include "legacy/outbound.h"

#define ANSWER_MS 5000   /* without a sign of life */
#define LIMIT_MS  600000 /* for a whole reply, however slowly it comes */
#define QUERIES   (LEGACY_PULLS + 1)

static void
end_query(struct legacy_query *query)
{
	dial_stop(&query->dial);
	wire_close(&query->wire);
	legacy_answer_free(query->answer);
	query->answer = NULL;
	query->busy = false;
}

static void
tell_no_answer(struct bridge_link *link, const struct legacy_pull *pull)
{
	link->env->answered(link->env->arg, link->peer.id, pull->id, false, NULL);
}

static void
fail_query(struct bridge_link *link, struct legacy_query *query, const char *why)
{
	log_debug("%s: asked about %s: %s", link->peer.name, query->about.user, why);
	end_query(query);
	link->more_work = true;
	if (query->outbound == 0)
		tell_no_answer(link, &query->about);
	else if (clock_monotonic_ms() < query->deadline)
		query->busy = true; /* not again at once */
	else if (query->outbound == legacy_state(link)->outbound.number)
		legacy_outbound_no_members(link);
}

static void
begin_query(struct bridge_link *link, struct legacy_query *query, uint64_t outbound,
    const struct legacy_pull *about)
{
	int64_t tick = clock_monotonic_ms();

	*query = (struct legacy_query){ .busy = true,
		.outbound = outbound,
		.about = *about,
		.deadline = tick + ANSWER_MS,
		.limit = tick + LIMIT_MS,
		.poll_index = POLLS_NONE };
	wire_init(&query->wire);
	dial_init(&query->dial);
	dial_start(&query->dial, link->env->resolver, link->peer.address, link->peer.port);
	link->more_work = true;
}

void
legacy_query_members(struct bridge_link *link, uint64_t outbound, struct chat_text group)
{
	struct legacy_query *query = &legacy_state(link)->pulls[LEGACY_PULLS];
	struct legacy_pull about = { .id = 0 };

	if (query->busy)
		return;
	memcpy(about.user, group.data, group.len < NAME_MAX_BYTES ? group.len : NAME_MAX_BYTES);
	begin_query(link, query, outbound, &about);
}

static bool
is_pulled(const struct legacy_state *state, const char *user)
{
	for (size_t i = 0; i < LEGACY_PULLS; i++)
		if (state->pulls[i].busy && name_same(state->pulls[i].about.user, user))
			return true;
	for (size_t i = 0; i < state->n_waiting; i++)
		if (name_same(state->waiting[i].user, user))
			return true;
	return false;
}

bool
legacy_query_pull(struct bridge_link *link, uint64_t id, const char *user)
{
	struct legacy_state *state = legacy_state(link);
	struct legacy_pull *pull = &state->waiting[state->n_waiting];
	size_t len = strlen(user);

	if (link->state == BRIDGE_LINK_DOWN || state->n_waiting == LEGACY_PULLS_WAITING ||
	    len > NAME_MAX_BYTES || is_pulled(state, user) ||
	    !chat_legacy_pull_may(&link->env->chat, &link->peer))
		return false;
	*pull = (struct legacy_pull){ .id = id };
	memcpy(pull->user, user, len + 1);
	state->n_waiting++;
	link->more_work = true;
	return true;
}

/* Begins pulls that wait, as many as may be under way. */
static void
begin_pulls(struct bridge_link *link)
{
	struct legacy_state *state = legacy_state(link);

	if (link->state != BRIDGE_LINK_OPEN || link->env->stopping)
		return;
	for (size_t i = 0; i < LEGACY_PULLS && state->n_waiting > 0; i++) {
		if (state->pulls[i].busy)
			continue;
		begin_query(link, &state->pulls[i], 0, &state->waiting[0]);
		memmove(state->waiting, state->waiting + 1,
		    --state->n_waiting * sizeof(state->waiting[0]));
	}
}

/* False: the question is over. */
static bool
send_query(struct bridge_link *link, struct legacy_query *query)
{
	const char *user = query->about.user;

	if (query->outbound != 0) {
		legacy_protocol_ask_members(&query->wire, link->peer.name, chat_text(user));
		return true;
	}
	if (chat_legacy_pull_begin(&link->env->chat, &link->peer, chat_text(user),
	        legacy_state(link)->outbound.noted, &query->until) != CHAT_OK)
		/* Then more messages than needed count as known later ones. */
		query->until = (struct chat_legacy_pull_until){ .delivered = 0 };
	query->answer = legacy_answer_new(&link->env->chat, &link->peer, user, &query->until);
	if (query->answer == NULL) {
		fail_query(link, query, "out of memory");
		return false;
	}
	legacy_protocol_ask_messages(&query->wire, link->peer.name, user);
	return true;
}

/* Goes on with dialling. False: the question is over. */
static bool
dial_query(struct bridge_link *link, struct legacy_query *query, short got)
{
	bool members = query->outbound != 0;

	dial_step(&query->dial, got, clock_monotonic_ms());
	if (query->dial.state == DIAL_DONE) {
		wire_open(&query->wire, dial_take(&query->dial), LEGACY_REPLY_MAX);
		query->deadline = clock_monotonic_ms() + ANSWER_MS;
		return send_query(link, query);
	}
	if (query->dial.state != DIAL_FAILED)
		return true;
	/* For members the message waits, which the peer cannot get either. */
	if (members)
		bridge_link_drop(link, "%s", query->dial.error);
	else
		fail_query(link, query, query->dial.error);
	return false;
}

/* The answer is whole: tells the asker how many messages are new. */
static void
end_pull(struct bridge_link *link, struct legacy_query *query)
{
	uint64_t stored = legacy_answer_stored(query->answer);

	if (legacy_answer_no_realm(query->answer))
		legacy_state(link)->announced = false;
	end_query(query);
	link->more_work = true;
	link->env->pulled(link->env->arg, link->peer.id, query->about.id, stored);
}

/* Hands the bytes that are here to the answer. True: it takes more. */
static bool
take_answer(struct bridge_link *link, struct legacy_query *query, int64_t until_us)
{
	const char *data;
	size_t len = wire_rest(&query->wire, &data), left = len;
	enum legacy_answer_state state = legacy_answer_take(query->answer, &data, &left, until_us);

	wire_take(&query->wire, len - left);
	switch (state) {
	case LEGACY_ANSWER_MORE:
		return true;
	case LEGACY_ANSWER_BUSY:
		link->more_work = true;
		/* The peer may have to wait for us. */
		query->deadline = clock_monotonic_ms() + ANSWER_MS;
		return false;
	case LEGACY_ANSWER_DONE:
		end_pull(link, query);
		return false;
	case LEGACY_ANSWER_BAD:
		fail_query(link, query, "it answered something that is no reply");
		return false;
	}
	return false;
}

/* Bytes have come: the peer gets more time. */
static void
prolong_query(struct legacy_query *query)
{
	int64_t due = clock_monotonic_ms() + ANSWER_MS;

	query->deadline = due < query->limit ? due : query->limit;
}

static void
fail_closed(struct bridge_link *link, struct legacy_query *query, int error)
{
	fail_query(link, query, error == 0 ? "it closed the connection" : strerror(error));
}

/* Reads what has come of an answer, until this tick at the latest. */
static void
read_answer(struct bridge_link *link, struct legacy_query *query, int64_t until_us)
{
	while (take_answer(link, query, until_us)) {
		int got = wire_fill(&query->wire);

		if (got < 0)
			fail_closed(link, query, errno);
		if (got <= 0)
			return;
		prolong_query(query);
		if (clock_monotonic_us() >= until_us) {
			link->more_work = true;
			return;
		}
	}
}

static void
read_reply(struct bridge_link *link, struct legacy_query *query, const char *data, size_t len)
{
	struct legacy_reply reply;

	if (legacy_protocol_read(&reply, data, len) != 0) {
		fail_query(link, query, "it answered something that is no reply");
		return;
	}
	if (query->outbound == legacy_state(link)->outbound.number)
		legacy_outbound_members(link, &reply);
	legacy_protocol_free(&reply);
	end_query(query);
	link->more_work = true;
}

/* Reads what has come of the members. The end of the connection may be the end of the reply. */
static void
read_members(struct bridge_link *link, struct legacy_query *query)
{
	int got = wire_fill(&query->wire), error = errno, found;
	const char *data;
	size_t len;

	if (got > 0)
		prolong_query(query);
	found = wire_reply(&query->wire, &data, &len);
	if (found == 0 && got < 0 && error == 0)
		found = (len = wire_rest(&query->wire, &data)) > 0;
	if (found > 0)
		read_reply(link, query, data, len);
	else if (found < 0)
		fail_query(link, query, "its reply is longer than replies may be");
	else if (got < 0)
		fail_closed(link, query, error);
	else
		link->more_work |= got > 0;
}

static void
step_query(struct bridge_link *link, struct legacy_query *query, short got, int64_t until_us)
{
	if (query->dial.state != DIAL_IDLE && !dial_query(link, query, got))
		return;
	if (query->wire.fd >= 0) {
		/* A peer that closed may have replied before. */
		(void)wire_flush(&query->wire);
		if (query->answer != NULL)
			read_answer(link, query, until_us);
		else
			read_members(link, query);
	}
	if (query->busy && clock_monotonic_ms() >= query->deadline)
		fail_query(link, query, "it has not answered in time");
}

void
legacy_query_step(struct bridge_link *link, const struct polls *polls)
{
	int64_t until_us = clock_monotonic_us() + BRIDGE_LINK_SLICE_US;

	begin_pulls(link);
	for (size_t i = 0; i < QUERIES; i++) {
		struct legacy_query *query = &legacy_state(link)->pulls[i];

		if (query->busy)
			step_query(link, query, polls_got(polls, query->poll_index), until_us);
	}
}

void
legacy_query_polls(struct bridge_link *link, struct polls *polls)
{
	for (size_t i = 0; i < QUERIES; i++) {
		struct legacy_query *query = &legacy_state(link)->pulls[i];

		query->poll_index = POLLS_NONE;
		if (!query->busy)
			continue;
		if (query->dial.state == DIAL_CONNECT && query->dial.fd >= 0)
			query->poll_index = polls_add(polls, query->dial.fd, POLLOUT);
		else if (query->wire.fd >= 0)
			query->poll_index =
			    polls_add(polls, query->wire.fd, wire_events(&query->wire));
	}
}

bool
legacy_query_got(const struct bridge_link *link, const struct polls *polls)
{
	for (size_t i = 0; i < QUERIES; i++)
		if (legacy_state(link)->pulls[i].busy &&
		    polls_got(polls, legacy_state(link)->pulls[i].poll_index) != 0)
			return true;
	return false;
}

int64_t
legacy_query_due(const struct bridge_link *link)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < QUERIES; i++) {
		const struct legacy_query *query = &legacy_state(link)->pulls[i];

		if (!query->busy)
			continue;
		int64_t other = dial_due(&query->dial);

		other = other < query->deadline ? other : query->deadline;
		due = other < due ? other : due;
	}
	return due;
}

void
legacy_query_end(struct bridge_link *link)
{
	struct legacy_state *state = legacy_state(link);

	for (size_t i = 0; i < state->n_waiting; i++)
		tell_no_answer(link, &state->waiting[i]);
	state->n_waiting = 0;
	if (state->pulls[LEGACY_PULLS].busy)
		end_query(&state->pulls[LEGACY_PULLS]);
}

void
legacy_query_end_all(struct bridge_link *link)
{
	legacy_query_end(link);
	for (size_t i = 0; i < LEGACY_PULLS; i++)
		if (legacy_state(link)->pulls[i].busy) {
			tell_no_answer(link, &legacy_state(link)->pulls[i].about);
			end_query(&legacy_state(link)->pulls[i]);
		}
}
