/*
 * chat_session: the records of tokens. A token's use is written now and then, not with each use.
 */
#include "chat/session.h"

#include <bsd/string.h>
#include <string.h>

#include "base/clock.h"
#include "base/pack.h"
#include "base/utf8.h"
#include "chat/key.h"
#include "chat/ring.h"
#include "chat/session_list.h"
#include "chat/table.h"

#define RECORD_BARE    1 /* without address and program */
#define RECORD_VERSION 2
#define HOUR_MS        (60 * 60 * 1000LL)
#define DAY_MS         (24 * 60 * 60 * 1000LL)
#define CLOCKS_MS      DAY_MS /* by which clocks may differ that are set meanwhile */
#define RENEWALS       4      /* in the lifetime of a token, at least */
#define EXPIRE_AT_ONCE 256
#define LIST_TRIES     4 /* then a session is opened that is in no list yet */

struct record {
	uint64_t user;
	uint32_t epoch;
	struct chat_session_use use; /* the time is at most renewal_ms() before the last one */
};

static size_t
pack_record(const struct record *record, unsigned char data[CHAT_SESSION_RECORD])
{
	struct pack p;

	pack_init(&p, data, CHAT_SESSION_RECORD);
	pack_u8(&p, RECORD_VERSION);
	pack_u64(&p, record->user);
	pack_u32(&p, record->epoch);
	pack_text(&p, record->use.address);
	pack_text(&p, record->use.program);
	pack_i64(&p, record->use.used_ms);
	return p.len;
}

/* What is noted of the use goes into replies as it is. */
static bool
is_good_text(const char *text)
{
	return utf8_printable(text, strlen(text));
}

static int
parse_record(struct record *record, const void *data, size_t len)
{
	struct unpack u;
	uint8_t version;

	*record = (struct record){ .user = 0 };
	unpack_init(&u, data, len);
	version = unpack_u8(&u);
	if (version != RECORD_BARE && version != RECORD_VERSION)
		return -1;
	record->user = unpack_u64(&u);
	record->epoch = unpack_u32(&u);
	if (version == RECORD_VERSION) {
		unpack_text(&u, record->use.address, sizeof(record->use.address));
		unpack_text(&u, record->use.program, sizeof(record->use.program));
	}
	record->use.used_ms = unpack_i64(&u);
	return u.bad || !is_good_text(record->use.address) || !is_good_text(record->use.program)
	    ? -1
	    : 0;
}

bool
chat_session_parse(const void *value, size_t len, uint64_t *user)
{
	struct record record;

	*user = 0;
	if (parse_record(&record, value, len) != 0)
		return false;
	*user = record.user;
	return true;
}

bool
chat_session_opens(const void *value, size_t len, const struct chat_user *user)
{
	struct record record;
	int64_t now = clock_now_ms();

	return parse_record(&record, value, len) == 0 && record.user == user->id &&
	    record.epoch == user->epoch && !user->locked && record.use.used_ms <= now + CLOCKS_MS &&
	    record.use.used_ms >= now - CLOCKS_MS;
}

bool
chat_session_renews(const void *before, size_t before_len, const void *after, size_t len)
{
	struct record old, new;

	return parse_record(&old, before, before_len) == 0 && parse_record(&new, after, len) == 0 &&
	    old.user == new.user &&old.epoch == new.epoch &&old.use.used_ms <= new.use.used_ms;
}

static bool
is_expired(const struct chat *chat, const struct record *record)
{
	return clock_now_ms() - record->use.used_ms > chat->config->token_lifetime * 1000;
}

/* The time after which the last use is written again. */
static int64_t
renewal_ms(const struct chat *chat)
{
	int64_t part_ms = chat->config->token_lifetime * 1000 / RENEWALS;

	return part_ms < DAY_MS ? part_ms : DAY_MS;
}

/* A token that is drawn twice is a session that is used again, if it is the same user's. */
static void
tx_put_session(struct chat *chat, struct store_tx *tx, const char *token,
    const struct record *record)
{
	unsigned char hash[TOKEN_HASH_LEN], data[CHAT_SESSION_RECORD], old[CHAT_SESSION_RECORD];
	size_t len = pack_record(record, data), old_len = 0;

	token_hash(token, hash);
	if (store_get(chat->store, CHAT_TABLE_TOKENS, hash, sizeof(hash), old, sizeof(old),
	        &old_len) != STORE_OK)
		old_len = 0;
	store_tx_init(tx);
	chat_key_swap(tx, CHAT_TABLE_TOKENS, hash, sizeof(hash), old, old_len, data, len);
}

/* A session that has ended meanwhile stays ended. */
static void
tx_renew(struct store_tx *tx, const unsigned char hash[TOKEN_HASH_LEN], const unsigned char *before,
    size_t before_len, const struct record *record)
{
	unsigned char data[CHAT_SESSION_RECORD];
	size_t len = pack_record(record, data);

	store_tx_init(tx);
	store_tx_expect(tx, CHAT_TABLE_TOKENS, hash, TOKEN_HASH_LEN, before, before_len);
	store_tx_put(tx, CHAT_TABLE_TOKENS, hash, TOKEN_HASH_LEN, data, len);
}

/* The client of this process uses the session now. */
static void
set_use(const struct chat *chat, struct chat_session_use *use)
{
	use->used_ms = clock_now_ms();
	if (chat->client_address != NULL)
		strlcpy(use->address, chat->client_address, sizeof(use->address));
	if (chat->client_program != NULL && chat->client_program[0] != '\0')
		strlcpy(use->program, chat->client_program, sizeof(use->program));
}

enum chat_result
chat_session_look(struct chat *chat, const unsigned char hash[TOKEN_HASH_LEN],
    const struct chat_user *user, struct chat_session_use *use)
{
	unsigned char data[CHAT_SESSION_RECORD];
	struct record record;
	size_t len;
	enum store_status status = store_get(chat->store, CHAT_TABLE_TOKENS, hash, TOKEN_HASH_LEN,
	    data, sizeof(data), &len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_SESSION : CHAT_FAILED;
	if (parse_record(&record, data, len) != 0 || record.user != user->id ||
	    record.epoch != user->epoch || is_expired(chat, &record))
		return CHAT_NO_SESSION;
	*use = record.use;
	return CHAT_OK;
}

struct owner {
	struct chat *chat;
	const struct chat_user *user;
};

static bool
has_ended(void *arg, const unsigned char hash[TOKEN_HASH_LEN])
{
	const struct owner *owner = arg;
	struct chat_session_use use;

	return chat_session_look(owner->chat, hash, owner->user, &use) == CHAT_NO_SESSION;
}

/* The session is in the list of its user from then on. */
static void
tx_list(struct chat *chat, struct store_tx *tx, const struct chat_user *user,
    const unsigned char hash[TOKEN_HASH_LEN])
{
	struct owner owner = { .chat = chat, .user = user };

	chat_session_list_tx_add(chat, tx, user->id, hash, has_ended, &owner);
}

/*
 * Others may open sessions of this user at the same moment, who all change the list: after a few
 * tries the session is opened without, and chat_session_note() puts it there later.
 */
enum chat_result
chat_session_open(struct chat *chat, const struct chat_user *user, struct chat_session *session)
{
	struct record record = { .user = user->id, .epoch = user->epoch };
	enum chat_result result = CHAT_CONFLICT;
	unsigned char hash[TOKEN_HASH_LEN];
	struct store_tx tx;

	session->user = *user;
	set_use(chat, &record.use);
	for (int tries = 0; result == CHAT_CONFLICT && tries <= LIST_TRIES; tries++) {
		token_make(session->token);
		token_hash(session->token, hash);
		tx_put_session(chat, &tx, session->token, &record);
		if (tries < LIST_TRIES)
			tx_list(chat, &tx, user, hash);
		result = chat_from_store(store_commit(chat->store, &tx, NULL));
	}
	return result == CHAT_CONFLICT ? CHAT_FAILED : result;
}

enum chat_result
chat_session_reopen(struct chat *chat, const struct chat_user *user, struct chat_session *session)
{
	unsigned char hash[TOKEN_HASH_LEN], data[CHAT_SESSION_RECORD];
	struct record record;
	struct store_tx tx;
	size_t len;
	enum store_status status;

	token_hash(session->token, hash);
	status =
	    store_get(chat->store, CHAT_TABLE_TOKENS, hash, sizeof(hash), data, sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_SESSION : CHAT_FAILED;
	if (parse_record(&record, data, len) != 0 || record.user != user->id)
		return CHAT_FAILED;
	record.epoch = user->epoch;
	record.use.used_ms = clock_now_ms();
	tx_renew(&tx, hash, data, len, &record);
	status = store_commit(chat->store, &tx, NULL);
	session->user = *user;
	return status == STORE_CONFLICT ? CHAT_NO_SESSION : chat_from_store(status);
}

enum chat_result
chat_session_find(struct chat *chat, struct chat_text token, struct chat_session *session)
{
	unsigned char hash[TOKEN_HASH_LEN], data[CHAT_SESSION_RECORD];
	struct record record;
	struct store_tx tx;
	size_t len;
	enum store_status status;

	if (!token_looks(token.data, token.len))
		return CHAT_NO_SESSION;
	token_hash(token.data, hash);
	status =
	    store_get(chat->store, CHAT_TABLE_TOKENS, hash, sizeof(hash), data, sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_SESSION : CHAT_FAILED;
	if (parse_record(&record, data, len) != 0)
		return CHAT_FAILED;
	enum chat_result result = chat_user_get(chat, record.user, &session->user);
	if (result == CHAT_FAILED)
		return result;
	if (result != CHAT_OK || session->user.epoch != record.epoch || session->user.locked ||
	    is_expired(chat, &record))
		return CHAT_NO_SESSION;
	memcpy(session->token, token.data, TOKEN_TEXT_LEN);
	session->token[TOKEN_TEXT_LEN] = '\0';
	if (clock_now_ms() - record.use.used_ms > renewal_ms(chat)) {
		record.use.used_ms = clock_now_ms();
		tx_renew(&tx, hash, data, len, &record);
		store_post(chat->store, &tx);
	}
	return CHAT_OK;
}

void
chat_session_note(struct chat *chat, const struct chat_session *session)
{
	unsigned char hash[TOKEN_HASH_LEN], data[CHAT_SESSION_RECORD];
	struct record record, noted;
	struct store_tx tx;
	size_t len;

	token_hash(session->token, hash);
	if (store_get(chat->store, CHAT_TABLE_TOKENS, hash, sizeof(hash), data, sizeof(data),
	        &len) != STORE_OK ||
	    parse_record(&record, data, len) != 0)
		return;
	noted = record;
	set_use(chat, &noted.use);
	bool listed = chat_session_list_has(chat, session->user.id, hash);
	if (listed && noted.use.used_ms - record.use.used_ms < HOUR_MS &&
	    strcmp(noted.use.address, record.use.address) == 0 &&
	    strcmp(noted.use.program, record.use.program) == 0)
		return;
	if (noted.use.used_ms < record.use.used_ms) /* the clock was set back */
		noted.use.used_ms = record.use.used_ms;
	tx_renew(&tx, hash, data, len, &noted);
	if (!listed)
		tx_list(chat, &tx, &session->user, hash);
	store_post(chat->store, &tx);
}

void
chat_session_drop(struct chat *chat, const struct chat_session *session)
{
	unsigned char hash[TOKEN_HASH_LEN];
	struct store_tx tx;

	token_hash(session->token, hash);
	store_tx_init(&tx);
	store_tx_delete(&tx, CHAT_TABLE_TOKENS, hash, sizeof(hash));
	store_post(chat->store, &tx);
}

static enum chat_result
end_session(struct chat *chat, const unsigned char hash[TOKEN_HASH_LEN], uint64_t user)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_delete(&tx, CHAT_TABLE_TOKENS, hash, TOKEN_HASH_LEN);
	store_tx_ring(&tx, CHAT_RING_SESSION, user, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_session_end(struct chat *chat, const struct chat_user *user, struct chat_text id)
{
	unsigned char hash[TOKEN_HASH_LEN];
	struct chat_session_use use;
	enum chat_result result = chat_session_list_find(chat, user->id, id, hash);

	if (result == CHAT_OK)
		result = chat_session_look(chat, hash, user, &use);
	return result == CHAT_OK ? end_session(chat, hash, user->id) : result;
}

enum chat_result
chat_session_end_all(struct chat *chat, const struct chat_user *user)
{
	struct owner owner = { .chat = chat, .user = user };
	struct chat_session_list list;
	struct store_tx tx;
	size_t n = 0;
	enum chat_result result = chat_session_list_read(chat, user->id, &list);

	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	/* A list may name what is no session of the user's. */
	for (size_t i = 0; i < list.n; i++) {
		if (has_ended(&owner, list.hashes[i]))
			continue;
		store_tx_delete(&tx, CHAT_TABLE_TOKENS, list.hashes[i], TOKEN_HASH_LEN);
		n++;
	}
	if (n == 0)
		return CHAT_NO_SESSION;
	store_tx_ring(&tx, CHAT_RING_SESSION, user->id, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_session_close(struct chat *chat, const struct chat_session *session)
{
	unsigned char hash[TOKEN_HASH_LEN];

	token_hash(session->token, hash);
	return end_session(chat, hash, session->user.id);
}

struct stale {
	struct chat *chat;
	struct store_tx *tx;
	uint64_t users[EXPIRE_AT_ONCE];
	size_t count;
};

static int
collect_stale(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct stale *stale = arg;
	struct record record;

	if (parse_record(&record, value, len) != 0 || !is_expired(stale->chat, &record))
		return 0;
	store_tx_delete(stale->tx, CHAT_TABLE_TOKENS, key, key_len);
	stale->users[stale->count++] = record.user;
	return stale->count == EXPIRE_AT_ONCE;
}

enum chat_result
chat_session_expire(struct chat *chat, size_t *count)
{
	struct store_tx tx;
	struct stale stale = { .chat = chat, .tx = &tx };

	*count = 0;
	do {
		store_tx_init(&tx);
		stale.count = 0;
		if (store_each(chat->store, CHAT_TABLE_TOKENS, collect_stale, &stale) != 0)
			return CHAT_FAILED;
		for (size_t i = 0; i < stale.count; i++)
			store_tx_ring(&tx, CHAT_RING_SESSION, stale.users[i], 0);
		enum store_status status = store_commit(chat->store, &tx, NULL);
		if (status != STORE_OK)
			return chat_from_store(status);
		*count += stale.count;
	} while (stale.count == EXPIRE_AT_ONCE);
	return CHAT_OK;
}
