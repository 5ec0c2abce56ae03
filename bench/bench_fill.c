/*
 * bench_fill: accounts, groups and old messages, put into a store that nobody serves yet. How
 * records look is left to chat: one is made by chat, read back, and copied with changes.
 */
#include "bench_fill.h"

#include <stdio.h>
#include <string.h>

#include "chat/group.h"
#include "chat/key.h"
#include "chat/message.h"
#include "chat/password.h"
#include "chat/user.h"

#define NAME_LEN   7 /* of FILL_NAME */
#define RECORD_MAX 4096
#define TX_ROOM    2048 /* left free for the steps of one more record */

struct record {
	unsigned char data[RECORD_MAX];
	size_t len;
	uint64_t logs[STORE_ENTRY_LOGS]; /* of a message: where it is */
	unsigned int n_logs;
};

const char *
fill_text(void)
{
	static char text[FILL_TEXT + 1];

	if (text[0] == '\0')
		for (size_t i = 0; i < FILL_TEXT; i++)
			text[i] = i % 6 == 5 ? ' ' : (char)('a' + i % 23);
	text[FILL_TEXT - 1] = '.';
	return text;
}

static int
failed(const char *what, enum chat_result result)
{
	fprintf(stderr, "%s: %s\n", what, chat_strerror(result));
	return -1;
}

/* Commits what there is when it is nearly full, or at the end. 0 or -1. */
static int
tx_flush(struct chat *chat, struct store_tx *tx, bool end)
{
	if (!end && tx->len < STORE_TX_MAX - TX_ROOM && tx->steps < STORE_TX_STEPS - 4)
		return 0;
	enum store_status status = store_commit(chat->store, tx, NULL);
	store_tx_init(tx);
	return status == STORE_OK ? 0 : failed("filling", chat_from_store(status));
}

static int
find_id(struct chat *chat, unsigned int account, uint64_t *id)
{
	char name[16];

	snprintf(name, sizeof(name), FILL_NAME, account);
	if (store_get_number(chat->store, CHAT_TABLE_USER_NAMES, name, strlen(name), id) ==
	        STORE_OK &&
	    *id != 0)
		return 0;
	return failed(name, CHAT_NO_USER);
}

/* Makes the first account as anybody would, and gets its record. */
static int
account_template(struct chat *chat, unsigned int first, int cost, struct record *record)
{
	struct config config = *chat->config;
	struct chat maker = *chat;
	struct chat_user user = { .fullname = "Bench", .country = "Indonesia" };
	unsigned char key[CHAT_KEY_ID];

	config.password_cost = cost;
	maker.config = &config;
	snprintf(user.name, sizeof(user.name), FILL_NAME, first);
	enum chat_result result = chat_user_add(&maker, &user, FILL_PASSWORD);
	if (result != CHAT_OK)
		return failed("making an account", result);
	chat_key_id(key, user.id);
	if (store_get(chat->store, CHAT_TABLE_USERS, key, sizeof(key), record->data,
	        sizeof(record->data), &record->len) != STORE_OK)
		return failed("reading an account", CHAT_FAILED);
	return 0;
}

static int
new_ids(struct chat *chat, unsigned int count, uint64_t *first)
{
	struct store_tx tx;
	struct store_outcome outcome;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "id", 2, count);
	store_commit(chat->store, &tx, &outcome);
	*first = outcome.value;
	return outcome.status == STORE_OK ? 0 : failed("new ids", CHAT_FAILED);
}

static unsigned char *
find_bytes(struct record *record, const char *bytes, size_t len)
{
	for (size_t i = 0; i + len <= record->len; i++)
		if (memcmp(record->data + i, bytes, len) == 0)
			return record->data + i;
	return NULL;
}

int
fill_accounts(struct chat *chat, unsigned int first, unsigned int count, int cost)
{
	struct config config = *chat->config;
	struct chat_password password;
	struct record record;
	struct store_tx tx;
	char name[16];
	uint64_t id;

	if (account_template(chat, first, cost, &record) != 0 || find_id(chat, first, &id) != 0)
		return -1;
	config.sync = false;
	if (chat_password_read(&config, id, &password) != CHAT_OK)
		return failed("reading a password", CHAT_FAILED);
	if (count < 2)
		return 0;
	snprintf(name, sizeof(name), FILL_NAME, first);
	unsigned char *in_record = find_bytes(&record, name, NAME_LEN);
	if (in_record == NULL || new_ids(chat, count - 1, &id) != 0)
		return failed("a record without the name", CHAT_FAILED);
	store_tx_init(&tx);
	for (unsigned int i = 1; i < count; i++) {
		unsigned char key[CHAT_KEY_ID];

		if (chat_password_write(&config, id, &password) != CHAT_OK)
			return failed("writing a password", CHAT_FAILED);
		chat_key_id(key, id++);
		snprintf(name, sizeof(name), FILL_NAME, first + i);
		memcpy(in_record, name, NAME_LEN);
		store_tx_put(&tx, CHAT_TABLE_USER_NAMES, name, NAME_LEN, key, sizeof(key));
		store_tx_put(&tx, CHAT_TABLE_USERS, key, sizeof(key), record.data, record.len);
		if (tx_flush(chat, &tx, i + 1 == count) != 0)
			return -1;
	}
	return 0;
}

int
fill_group(struct chat *chat, unsigned int members)
{
	char name[16];
	uint64_t id;

	snprintf(name, sizeof(name), FILL_GROUP, members);
	for (unsigned int i = 0; i < members; i++) {
		if (find_id(chat, i, &id) != 0)
			return -1;
		enum chat_result result = i == 0 ? chat_group_add(chat, chat_text(name), id)
		                                 : chat_group_join(chat, chat_text(name), id);
		if (result != CHAT_OK)
			return failed("filling a group", result);
	}
	return 0;
}

static int
find_user(struct chat *chat, unsigned int account, struct chat_user *user)
{
	char name[16];

	snprintf(name, sizeof(name), FILL_NAME, account);
	return chat_user_find(chat, chat_text(name), user) == CHAT_OK ? 0
	                                                              : failed(name, CHAT_NO_USER);
}

/* Reads the newest entry of a log. */
static int
read_newest(struct chat *chat, uint64_t log, struct record *record)
{
	struct store_log_info info;
	struct store_reader reader;
	struct store_entry entry;
	uint64_t seq;

	if (store_log_info(chat->store, log, &info) != STORE_OK || info.last == 0 ||
	    store_reader_init(&reader, chat->store, log, info.last - 1) != STORE_OK ||
	    store_reader_peek(&reader, &seq) != STORE_OK ||
	    store_entry(chat->store, seq, &entry) != STORE_OK || entry.len > RECORD_MAX)
		return failed("reading a message", CHAT_FAILED);
	memcpy(record->data, entry.data, entry.len);
	record->len = entry.len;
	record->n_logs = entry.n_places;
	for (unsigned int i = 0; i < entry.n_places; i++)
		record->logs[i] = entry.places[i].log;
	return 0;
}

/* Sends one message, and reads it back as it lies in the receiver's log. */
static int
message_template(struct chat *chat, unsigned int from, unsigned int to, struct record *record)
{
	struct chat_session session = { 0 };
	struct chat_user receiver;

	if (find_user(chat, from, &session.user) != 0 || find_user(chat, to, &receiver) != 0)
		return -1;
	enum chat_result result =
	    chat_message_send(chat, &session, chat_text(receiver.name), chat_text(fill_text()));
	if (result != CHAT_OK)
		return failed("sending", result);
	return read_newest(chat, receiver.id, record);
}

int
fill_messages(struct chat *chat, unsigned int first, unsigned int accounts, unsigned int count)
{
	struct record record;
	struct store_tx tx;
	uint64_t id;

	if (message_template(chat, first, first, &record) != 0)
		return -1;
	store_tx_init(&tx);
	for (unsigned int i = 1; i < accounts * count; i++) { /* one is there already */
		if ((i == 1 || accounts > 1) && find_id(chat, first + i % accounts, &id) != 0)
			return -1;
		store_tx_append(&tx, id, record.data, record.len, 0, STORE_NO_LIMIT);
		if (tx_flush(chat, &tx, i + 1 == accounts * count) != 0)
			return -1;
	}
	return 0;
}

int
fill_conversation(struct chat *chat, unsigned int one, unsigned int other, unsigned int count)
{
	struct record records[2];
	struct store_tx tx;

	if (message_template(chat, one, other, &records[0]) != 0 ||
	    message_template(chat, other, one, &records[1]) != 0)
		return -1;
	store_tx_init(&tx);
	for (unsigned int i = 2; i < count; i++) {
		const struct record *record = &records[i % 2];

		store_tx_append_to(&tx, record->logs, record->n_logs, record->data, record->len, 0,
		    STORE_NO_LIMIT);
		if (tx_flush(chat, &tx, i + 1 == count) != 0)
			return -1;
	}
	return 0;
}

int
fill_read_all(struct chat *chat, unsigned int account)
{
	struct store_log_info info;
	struct store_tx tx;
	unsigned char key[CHAT_KEY_PAIR];
	uint64_t id;

	if (find_id(chat, account, &id) != 0 || store_log_info(chat->store, id, &info) != STORE_OK)
		return -1;
	store_tx_init(&tx);
	chat_key_pair(key, id, id);
	store_tx_advance(&tx, STORE_CURSORS, key, sizeof(key), info.last);
	return tx_flush(chat, &tx, true);
}
