/*
 * chat_outbox: the bridge's side of an outbox: what is settled, who is told what. The number of
 * the last letter that is over stands beside the log, and every transaction expects it as it was
 * read: so nothing is told twice, even when a bridge that was killed has left a transaction on its
 * way.
 */
#include "chat/realm/outbox.h"

#include "chat/file/file.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/push.h"

#define NUMBER_RECORD 8
#define TX_OUTBOUNDS  256  /* whose senders are told in one transaction */
#define TX_SPARE      1024 /* bytes for what else stands in it */
#define DROP_AT_ONCE  256
#define TRIES         100 /* how often others may be faster */

static enum chat_result
number_get(struct chat *chat, char what, uint64_t peer, uint64_t *number)
{
	unsigned char key[CHAT_KEY_STATE];

	chat_key_state(key, what, peer);
	return chat_from_store(
	    store_get_number(chat->store, STORE_LOG_STATE, key, sizeof(key), number));
}

static void
tx_number(struct store_tx *tx, char what, uint64_t peer, uint64_t before, uint64_t after)
{
	unsigned char key[CHAT_KEY_STATE], old[NUMBER_RECORD], new[NUMBER_RECORD];

	chat_key_state(key, what, peer);
	pack_put_u64(old, before);
	pack_put_u64(new, after);
	chat_key_swap(tx, STORE_LOG_STATE, key, sizeof(key), old, before == 0 ? 0 : sizeof(old),
	    new, sizeof(new));
}

/* The senders who are told something in a transaction. */
struct told {
	struct store_reader reader; /* of the letters of which they are told */
	uint64_t users[TX_OUTBOUNDS];
	size_t n;
};

static void
wake(struct chat *chat, const struct told *told)
{
	for (size_t i = 0; i < told->n; i++)
		if (i == 0 || told->users[i] != told->users[i - 1])
			chat_push_user(chat, told->users[i]);
}

/* What the sender of a letter is told of it. */
static struct chat_message
notice_of(const struct chat_peer *peer, const struct chat_outbound *outbound, enum chat_kind kind,
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
 * Reads one of the outbox's letters, of which the next one is wanted mostly; ABSENT: it is gone.
 * Its texts are the store's. A reader all zero is at no place.
 */
static enum store_status
read_outbound(struct chat *chat, struct store_reader *reader, uint64_t peer, uint64_t number,
    struct chat_outbound *outbound)
{
	struct store_entry entry;
	enum store_status status = STORE_OK;
	uint64_t seq;

	if (reader->next != number || number > reader->last)
		status = store_reader_init(reader, chat->store, peer, number - 1);
	if (status == STORE_OK)
		status = store_reader_peek(reader, &seq);
	if (status == STORE_OK && reader->next != number)
		return STORE_ABSENT;
	if (status == STORE_OK)
		status = store_entry(chat->store, seq, &entry);
	if (status != STORE_OK)
		return status;
	store_reader_skip(reader);
	return chat_outbound_read(outbound, entry.data, entry.len) == 0 ? STORE_OK : STORE_FAILED;
}

/* Whether a notice can be put into a log: what went wrong is said however full it is. */
static enum chat_result
log_takes(struct chat *chat, uint64_t log, enum chat_kind kind, bool *takes)
{
	struct store_log_info info;

	if (kind == CHAT_DELAY) {
		enum chat_result result = chat_message_room(chat, log, log);

		*takes = result == CHAT_OK;
		return result == CHAT_FAILED ? CHAT_FAILED : CHAT_OK;
	}
	if (store_log_info(chat->store, log, &info) != STORE_OK)
		return CHAT_FAILED;
	*takes = !info.closed;
	return CHAT_OK;
}

/*
 * Adds what the sender of a letter is told. *full: no room in this transaction. Who is gone, or
 * whose letter is, is told nothing.
 */
static enum chat_result
tx_tell(struct chat *chat, struct store_tx *tx, const struct chat_peer *peer, uint64_t number,
    enum chat_kind kind, enum chat_reason reason, struct told *told, bool *full)
{
	unsigned char entry[CHAT_MESSAGE_RECORD];
	struct chat_outbound outbound;
	struct chat_message notice;
	size_t len;
	bool takes;
	enum store_status status = read_outbound(chat, &told->reader, peer->id, number, &outbound);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_OK : CHAT_FAILED;
	notice = notice_of(peer, &outbound, kind, reason);
	len = chat_message_write(entry, sizeof(entry), &notice);
	uint64_t log = outbound.from_id;
	if (len == 0 || log_takes(chat, log, kind, &takes) != CHAT_OK)
		return CHAT_FAILED;
	if (!takes)
		return CHAT_OK;
	*full = told->n == TX_OUTBOUNDS || tx->len + len + TX_SPARE > STORE_TX_MAX;
	if (*full)
		return CHAT_OK;
	store_tx_append(tx, log, entry, len, 0, STORE_NO_LIMIT);
	told->users[told->n++] = log;
	return CHAT_OK;
}

/* Letters that are settled in one transaction. */
struct part {
	size_t begin;
	size_t end;
	uint64_t bytes;
	struct told told;
};

static enum chat_result
tx_settle(struct chat *chat, struct store_tx *tx, const struct chat_peer *peer,
    const struct chat_retired *settled, size_t n, struct part *part)
{
	uint64_t first = settled[part->begin].number;
	bool full = false;
	enum chat_result result = CHAT_OK;

	for (part->end = part->begin; part->end < n; part->end++) {
		const struct chat_retired *at = &settled[part->end];

		if (at->number != first + (part->end - part->begin))
			return CHAT_BAD_ARGUMENT;
		if (at->bounce != CHAT_REASON_NONE)
			result = tx_tell(chat, tx, peer, at->number, CHAT_BOUNCE, at->bounce,
			    &part->told, &full);
		if (result != CHAT_OK || full)
			break;
		part->bytes += at->bytes;
	}
	if (result != CHAT_OK)
		return result;
	tx_number(tx, CHAT_STATE_SETTLED, peer->id, first - 1, settled[part->end - 1].number);
	store_tx_trim(tx, peer->id, settled[part->end - 1].number + 1, part->bytes);
	return CHAT_OK;
}

/* What is not released here, the janitor finds. */
static void
release_files(struct chat *chat, const struct chat_retired *settled, const struct part *part)
{
	for (size_t i = part->begin; i < part->end; i++)
		if (settled[i].file_id != 0)
			(void)chat_file_release(chat, settled[i].file_id);
}

/* As many as fit into a transaction; *done is how far that is. */
static enum chat_result
settle_part(struct chat *chat, const struct chat_peer *peer, const struct chat_retired *settled,
    size_t n, size_t *done, enum store_status *status)
{
	struct part part = { .begin = *done };
	struct store_tx tx;
	uint64_t before;
	enum chat_result result = number_get(chat, CHAT_STATE_SETTLED, peer->id, &before);

	*status = STORE_OK;
	if (result != CHAT_OK)
		return result;
	while (part.begin < n && settled[part.begin].number <= before)
		part.begin++;
	*done = part.begin;
	if (part.begin == n)
		return CHAT_OK;
	if (settled[part.begin].number != before + 1)
		return CHAT_BAD_ARGUMENT;
	store_tx_init(&tx);
	result = tx_settle(chat, &tx, peer, settled, n, &part);
	if (result != CHAT_OK)
		return result;
	*status = store_commit(chat->store, &tx, NULL);
	if (*status != STORE_OK)
		return chat_from_store(*status);
	*done = part.end;
	wake(chat, &part.told);
	release_files(chat, settled, &part);
	return CHAT_OK;
}

enum chat_result
chat_outbox_retire(struct chat *chat, const struct chat_peer *peer,
    const struct chat_retired *settled, size_t n)
{
	enum store_status status;
	int tries = 0;

	for (size_t done = 0; done < n;) {
		enum chat_result result = settle_part(chat, peer, settled, n, &done, &status);

		/* Another was faster, or a sender was removed in this moment. */
		if ((status == STORE_CONFLICT || status == STORE_CLOSED) && ++tries < TRIES)
			continue;
		if (result != CHAT_OK)
			return result;
	}
	return CHAT_OK;
}

/* From the number behind which it was done before. *status as above. */
static enum chat_result
try_delay(struct chat *chat, const struct chat_peer *peer, uint64_t last, uint64_t *told_up_to,
    enum store_status *status)
{
	struct store_log_info info;
	struct told told = { .n = 0 };
	struct store_tx tx;
	uint64_t before, number;
	bool full = false;
	enum chat_result result = number_get(chat, CHAT_STATE_TOLD, peer->id, &before);

	*status = STORE_OK;
	*told_up_to = before;
	if (result != CHAT_OK || store_log_info(chat->store, peer->id, &info) != STORE_OK)
		return CHAT_FAILED;
	if (last > info.last)
		last = info.last;
	store_tx_init(&tx);
	for (number = before + 1 < info.first ? info.first : before + 1; number <= last; number++) {
		result =
		    tx_tell(chat, &tx, peer, number, CHAT_DELAY, CHAT_REASON_NONE, &told, &full);
		if (result != CHAT_OK)
			return result;
		if (full)
			break;
	}
	if (number - 1 <= before)
		return CHAT_OK;
	tx_number(&tx, CHAT_STATE_TOLD, peer->id, before, number - 1);
	*status = store_commit(chat->store, &tx, NULL);
	if (*status != STORE_OK)
		return chat_from_store(*status);
	*told_up_to = number - 1;
	wake(chat, &told);
	return CHAT_OK;
}

enum chat_result
chat_outbox_delay(struct chat *chat, const struct chat_peer *peer, uint64_t last, uint64_t *told)
{
	enum store_status status = STORE_CONFLICT;
	enum chat_result result = CHAT_FAILED;

	for (int i = 0; (status == STORE_CONFLICT || status == STORE_CLOSED) && i < TRIES; i++)
		result = try_delay(chat, peer, last, told, &status);
	return result;
}

enum chat_result
chat_outbox_info(struct chat *chat, uint64_t peer, struct chat_outbox_info *out)
{
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;
	enum store_status status = store_log_info(chat->store, peer, &info);

	if (status == STORE_OK)
		status = store_reader_init(&reader, chat->store, peer, 0);
	if (status != STORE_OK)
		return chat_from_store(status);
	*out = (struct chat_outbox_info){ .first = info.first,
		.last = info.last,
		.bytes = info.bytes };
	status = store_reader_peek(&reader, &seq);
	if (status == STORE_OK)
		status = store_entry(chat->store, seq, &entry);
	if (status == STORE_OK)
		out->oldest_ms = entry.time_ms;
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

enum chat_result
chat_outbox_each(struct chat *chat, uint64_t peer, uint64_t after, chat_outbox_visit *visit,
    void *arg)
{
	struct store_reader reader;
	struct store_entry entry;
	struct chat_outbound outbound;
	uint64_t seq;
	int stop = 0;
	enum store_status status = store_reader_init(&reader, chat->store, peer, after);

	while (status == STORE_OK && stop == 0) {
		status = store_reader_peek(&reader, &seq);
		if (status == STORE_OK)
			status = store_entry(chat->store, seq, &entry);
		if (status == STORE_ABSENT && reader.next <= reader.last)
			status = STORE_OK; /* settled meanwhile */
		else if (status == STORE_OK)
			stop = visit(arg, &entry,
			    chat_outbound_read(&outbound, entry.data, entry.len) == 0 ? &outbound
			                                                              : NULL);
		if (status == STORE_OK)
			store_reader_skip(&reader);
	}
	return status == STORE_FAILED ? CHAT_FAILED : CHAT_OK;
}

struct gathered {
	struct chat_retired settled[DROP_AT_ONCE];
	size_t n;
	uint64_t last; /* number; 0: none yet */
};

static int
gather(void *arg, const struct store_entry *entry, const struct chat_outbound *outbound)
{
	struct gathered *gathered = arg;
	uint64_t number = gathered->last + 1;

	/* Numbers that no letter has any more are over, too. */
	for (; gathered->last != 0 && number < entry->number; number++) {
		if (gathered->n == DROP_AT_ONCE)
			return 1;
		gathered->settled[gathered->n++] = (struct chat_retired){ .number = number };
		gathered->last = number;
	}
	if (gathered->n == DROP_AT_ONCE)
		return 1;
	gathered->last = entry->number;
	gathered->settled[gathered->n++] = (struct chat_retired){ .number = entry->number,
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
		result = chat_outbox_each(chat, peer->id, 0, gather, &gathered);
		if (result == CHAT_OK)
			result = chat_outbox_retire(chat, peer, gathered.settled, gathered.n);
		if (result == CHAT_OK)
			*dropped += gathered.n;
	} while (result == CHAT_OK && gathered.n > 0);
	return result;
}
