/*
 * chat_outbox: the number of the newest retired message stands beside the log, and every
 * transaction expects it as it was read. So no sender is told twice, even when a killed bridge has
 * left a transaction on its way.
 */
#include "chat/realm/outbox.h"

#include <string.h>

#include "chat/file/put.h"
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/realm/log.h"
#include "chat/realm/outcome.h"
#include "chat/ring.h"

#define TX_NOTICES   192 /* in one transaction */
#define DROP_AT_ONCE 256

/* The senders who get a notice in a transaction. */
struct told {
	struct store_reader reader; /* of their messages; all zero: not begun */
	uint64_t users[TX_NOTICES];
	size_t n;
	struct chat_outcomes outcomes;
};

/* Another was faster, or a sender was removed at this moment: then the caller begins again. */
static enum chat_result
commit_notices(struct chat *chat, struct store_tx *tx, const struct told *told)
{
	enum store_status status;

	chat_ring_tx_users(tx, told->users, told->n);
	chat_outcome_tx_ring(tx, &told->outcomes);
	status = store_commit(chat->store, tx, NULL);
	return status == STORE_CLOSED ? CHAT_CONFLICT : chat_from_store(status);
}

/* The notice that the sender of a message reads. */
static struct chat_message
make_notice(const struct chat_peer *peer, const struct chat_outbound *outbound, enum chat_kind kind,
    enum chat_reason reason)
{
	return (struct chat_message){ .kind = kind,
		.from = chat_text(NAME_SERVER),
		.from_name = chat_text(NAME_SERVER),
		.realm = chat_text(""),
		.to = outbound->to,
		.to_name = outbound->from_name,
		.text = outbound->text,
		.to_realm = chat_text(peer->name),
		.of_file = outbound->file,
		.reason = reason };
}

/*
 * Reads a message of the outbox, mostly the one behind the last. ABSENT: it is gone. Its texts are
 * the store's.
 */
static enum store_status
read_outbound(struct chat *chat, struct store_reader *reader, uint64_t peer, uint64_t number,
    struct chat_outbound *outbound, struct store_entry *entry)
{
	enum store_status status = STORE_OK;
	uint64_t seq;

	if (reader->next != number || number > reader->last)
		status = store_reader_init(reader, chat->store, peer, number - 1);
	if (status == STORE_OK)
		status = store_reader_peek(reader, &seq);
	if (status == STORE_OK && reader->next != number)
		return STORE_ABSENT;
	if (status == STORE_OK)
		status = store_entry(chat->store, seq, entry);
	if (status != STORE_OK)
		return status;
	store_reader_skip(reader);
	return chat_outbound_read(outbound, entry->data, entry->len) == 0 ? STORE_OK : STORE_FAILED;
}

/* Whether a notice can be put into a log. A bounce goes into a full one, too. */
static enum chat_result
log_takes_notice(struct chat *chat, uint64_t log, enum chat_kind kind, bool *takes)
{
	struct store_log_info info;

	if (kind == CHAT_DELAY) {
		enum chat_result result = chat_message_fits(chat, log, log);

		*takes = result == CHAT_OK;
		return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
	}
	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	*takes = !info.closed;
	return CHAT_OK;
}

/*
 * Adds a notice to the sender of a message. *full: this transaction has no room for it. A sender
 * who is removed gets none.
 */
static enum chat_result
add_notice(struct chat *chat, struct store_tx *tx, const struct chat_peer *peer,
    const struct chat_outbound *outbound, enum chat_kind kind, enum chat_reason reason,
    struct told *told, bool *full)
{
	struct chat_message notice = make_notice(peer, outbound, kind, reason);
	unsigned char entry[CHAT_MESSAGE_RECORD];
	size_t len = chat_message_write(entry, sizeof(entry), &notice);
	uint64_t log = outbound->from_id, logs[1 + CHAT_HISTORY_LOGS] = { log };
	struct chat_history_logs also;
	enum chat_result result;
	bool takes;

	if (len == 0 || log_takes_notice(chat, log, kind, &takes) != CHAT_OK)
		return CHAT_FAILED;
	if (!takes)
		return CHAT_OK;
	*full = told->n == TX_NOTICES ||
	    tx->len + len + told->outcomes.n * CHAT_OUTCOME_BYTES + CHAT_OUTCOME_SPARE >
	        STORE_TX_MAX;
	if (*full)
		return CHAT_OK;
	result = chat_history_of_message(chat, CHAT_HISTORY_SERVER, log, &also);
	if (result != CHAT_OK && result != CHAT_NO_USER)
		return result;
	memcpy(logs + 1, also.list, also.n * sizeof(*logs));
	store_tx_append_to(tx, logs, 1 + also.n, entry, len, 0, STORE_NO_LIMIT);
	told->users[told->n++] = log;
	return CHAT_OK;
}

/*
 * Adds what the sender of a message that is over reads of it, and the conversation. *full: this
 * transaction has no room for that. A message that is retired already is over.
 */
static enum chat_result
add_end(struct chat *chat, struct store_tx *tx, const struct chat_peer *peer,
    const struct chat_retired *retired, struct told *told, bool *full)
{
	struct chat_outcome_message message;
	struct chat_outbound outbound;
	struct store_entry entry;
	enum store_status status;
	enum chat_result result = CHAT_OK;

	if (retired->bounce == CHAT_REASON_NONE && !chat->config->history)
		return CHAT_OK;
	*full = chat_outcome_full(&told->outcomes, tx);
	if (*full)
		return CHAT_OK;
	status = read_outbound(chat, &told->reader, peer->id, retired->number, &outbound, &entry);
	if (status == STORE_ABSENT ||
	    (status == STORE_FAILED && retired->bounce == CHAT_REASON_NONE))
		return CHAT_OK;
	if (status != STORE_OK)
		return CHAT_FAILED;
	message = chat_outcome_message(&entry, outbound.from_id);
	if (retired->bounce != CHAT_REASON_NONE)
		result =
		    add_notice(chat, tx, peer, &outbound, CHAT_BOUNCE, retired->bounce, told, full);
	if (result != CHAT_OK || *full)
		return result;
	return chat_outcome_tx_add(chat, tx, &told->outcomes, &message,
	    retired->bounce != CHAT_REASON_NONE ? retired->bounce : retired->told);
}

/* Messages that are retired in one transaction. */
struct run {
	size_t begin;
	size_t end;
	uint64_t bytes;
	struct told told;
};

static enum chat_result
tx_retire(struct chat *chat, struct store_tx *tx, const struct chat_peer *peer,
    const struct chat_retired *retired, size_t n, struct run *run)
{
	uint64_t first = retired[run->begin].number;
	bool full = false;
	enum chat_result result = CHAT_OK;

	for (run->end = run->begin; run->end < n; run->end++) {
		const struct chat_retired *at = &retired[run->end];

		if (at->number != first + (run->end - run->begin))
			return CHAT_BAD_ARGUMENT;
		result = add_end(chat, tx, peer, at, &run->told, &full);
		if (result != CHAT_OK || full)
			break;
		run->bytes += at->bytes;
	}
	if (result != CHAT_OK)
		return result;
	chat_outcome_tx_end(tx, &run->told.outcomes);
	chat_log_tx_number(tx, CHAT_STATE_RETIRED, peer->id, first - 1,
	    retired[run->end - 1].number);
	store_tx_trim(tx, peer->id, retired[run->end - 1].number + 1, run->bytes);
	return CHAT_OK;
}

/* The janitor releases what fails here. */
static void
release_files(struct chat *chat, const struct chat_retired *retired, const struct run *run)
{
	for (size_t i = run->begin; i < run->end; i++)
		if (retired[i].file_id != 0)
			(void)chat_file_release(chat, retired[i].file_id);
}

/* Retires as many as fit into a transaction; *done is how far that is. */
static enum chat_result
retire_some(struct chat *chat, const struct chat_peer *peer, const struct chat_retired *retired,
    size_t n, size_t *done)
{
	struct run run = { .begin = *done };
	struct store_tx tx;
	uint64_t before;
	enum chat_result result = chat_log_number(chat, CHAT_STATE_RETIRED, peer->id, &before);

	if (result != CHAT_OK)
		return result;
	while (run.begin < n && retired[run.begin].number <= before)
		run.begin++;
	*done = run.begin;
	if (run.begin == n)
		return CHAT_OK;
	if (retired[run.begin].number != before + 1)
		return CHAT_BAD_ARGUMENT;
	store_tx_init(&tx);
	result = tx_retire(chat, &tx, peer, retired, n, &run);
	if (result == CHAT_OK)
		result = commit_notices(chat, &tx, &run.told);
	if (result != CHAT_OK)
		return result;
	*done = run.end;
	release_files(chat, retired, &run);
	return CHAT_OK;
}

enum chat_result
chat_outbox_retire(struct chat *chat, const struct chat_peer *peer,
    const struct chat_retired *retired, size_t n)
{
	enum chat_result result = CHAT_OK;

	for (size_t done = 0; done < n && result == CHAT_OK;) {
		result = CHAT_CONFLICT;
		for (unsigned int tries = 0; chat_retry(&result, &tries);)
			result = retire_some(chat, peer, retired, n, &done);
	}
	return result;
}

/* Goes on behind the number up to which this was done before. */
static enum chat_result
try_delay(struct chat *chat, const struct chat_peer *peer, uint64_t last, uint64_t *told_up_to)
{
	struct store_log_info info;
	struct told told = { .n = 0 };
	struct chat_outbound outbound;
	struct store_entry entry;
	enum store_status status;
	struct store_tx tx;
	uint64_t before, number;
	bool full = false;
	enum chat_result result = chat_log_number(chat, CHAT_STATE_TOLD, peer->id, &before);

	*told_up_to = before;
	if (result != CHAT_OK || store_log_info(chat->store, peer->id, &info) != STORE_OK)
		return CHAT_FAILED;
	if (last > info.last)
		last = info.last;
	store_tx_init(&tx);
	for (number = before + 1 < info.first ? info.first : before + 1; number <= last; number++) {
		status = read_outbound(chat, &told.reader, peer->id, number, &outbound, &entry);
		if (status == STORE_OK)
			result = add_notice(chat, &tx, peer, &outbound, CHAT_DELAY,
			    CHAT_REASON_NONE, &told, &full);
		else if (status != STORE_ABSENT)
			result = CHAT_FAILED;
		if (result != CHAT_OK)
			return result;
		if (full)
			break;
	}
	if (number - 1 <= before)
		return CHAT_OK;
	chat_log_tx_number(&tx, CHAT_STATE_TOLD, peer->id, before, number - 1);
	result = commit_notices(chat, &tx, &told);
	if (result == CHAT_OK)
		*told_up_to = number - 1;
	return result;
}

enum chat_result
chat_outbox_delay(struct chat *chat, const struct chat_peer *peer, uint64_t last, uint64_t *told)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_delay(chat, peer, last, told);
	return result;
}

/* The oldest entry that is still there: the first number may be a gap. */
static int
note_oldest(void *arg, const struct store_entry *entry)
{
	struct chat_outbox_info *info = arg;

	info->oldest_ms = entry->time_ms;
	return 1;
}

enum chat_result
chat_outbox_info(struct chat *chat, uint64_t peer, struct chat_outbox_info *out)
{
	struct store_log_info info;
	enum store_status status = store_log_info(chat->store, peer, &info);

	if (status != STORE_OK)
		return chat_from_store(status);
	*out = (struct chat_outbox_info){ .first = info.first,
		.last = info.last,
		.bytes = info.bytes };
	return chat_log_each(chat, peer, 0, note_oldest, out);
}

struct visiting {
	chat_outbox_visit *visit;
	void *arg;
};

static int
visit_outbound(void *arg, const struct store_entry *entry)
{
	const struct visiting *visiting = arg;
	struct chat_outbound outbound;
	bool good = chat_outbound_read(&outbound, entry->data, entry->len) == 0;

	return visiting->visit(visiting->arg, entry, good ? &outbound : NULL);
}

enum chat_result
chat_outbox_each(struct chat *chat, uint64_t peer, uint64_t after, chat_outbox_visit *visit,
    void *arg)
{
	struct visiting visiting = { .visit = visit, .arg = arg };

	return chat_log_each(chat, peer, after, visit_outbound, &visiting);
}

struct gathered {
	struct chat_retired retired[DROP_AT_ONCE];
	size_t n;
	uint64_t last; /* number; 0: none yet */
};

static int
gather_retired(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct gathered *gathered = arg;
	uint64_t number = gathered->last + 1;

	/* Numbers that no message has any more are retired, too. */
	for (; gathered->last != 0 && number < entry->number; number++) {
		if (gathered->n == DROP_AT_ONCE)
			return 1;
		gathered->retired[gathered->n++] = (struct chat_retired){ .number = number };
		gathered->last = number;
	}
	if (gathered->n == DROP_AT_ONCE)
		return 1;
	gathered->last = entry->number;
	gathered->retired[gathered->n++] = (struct chat_retired){ .number = entry->number,
		.bytes = entry->len,
		.file_id = outbound != NULL && outbound->file ? outbound->file_id : 0,
		.bounce = outbound != NULL ? CHAT_REASON_DROPPED : CHAT_REASON_NONE };
	return gathered->n == DROP_AT_ONCE;
}

enum chat_result
chat_outbox_drop(struct chat *chat, const struct chat_peer *peer, uint64_t *dropped)
{
	struct gathered gathered = { .last = 0 };
	enum chat_result result = CHAT_OK;

	*dropped = 0;
	do {
		gathered.n = 0;
		result = chat_outbox_each(chat, peer->id, 0, gather_retired, &gathered);
		if (result == CHAT_OK)
			result = chat_outbox_retire(chat, peer, gathered.retired, gathered.n);
		if (result == CHAT_OK)
			*dropped += gathered.n;
	} while (result == CHAT_OK && gathered.n > 0);
	return result;
}
