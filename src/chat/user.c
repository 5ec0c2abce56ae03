/*
 * chat_user: accounts: who there is, how they are called, whether a password is theirs.
 */
#include "chat/user.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "chat/group.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/push.h"
#include "chat/realm/remote_log.h"

#define USER_VERSION    2
#define USER_NO_QUOTA   1 /* the version that knew none */
#define USER_FLAG_ADMIN 1
#define USER_FLAG_LOCK  2
#define USER_RECORD_MAX CHAT_USER_RECORD
#define ALTER_TRIES     100

struct record {
	unsigned char data[USER_RECORD_MAX];
	size_t len;
};

static void
user_write(struct record *record, const struct chat_user *user)
{
	struct pack p;

	pack_init(&p, record->data, sizeof(record->data));
	pack_u8(&p, USER_VERSION);
	pack_u8(&p,
	    (uint8_t)((user->admin ? USER_FLAG_ADMIN : 0) | (user->locked ? USER_FLAG_LOCK : 0)));
	pack_u32(&p, user->epoch);
	pack_i64(&p, user->created_ms);
	pack_text(&p, user->name);
	pack_text(&p, user->fullname);
	pack_text(&p, user->country);
	pack_text(&p, user->password);
	pack_u64(&p, user->quota);
	record->len = p.len;
}

static int
user_read(struct chat_user *user, uint64_t id, const void *data, size_t len)
{
	struct unpack u;
	uint8_t flags;

	unpack_init(&u, data, len);
	uint8_t version = unpack_u8(&u);
	if (version != USER_VERSION && version != USER_NO_QUOTA)
		return -1;
	*user = (struct chat_user){ .id = id };
	flags = unpack_u8(&u);
	user->admin = (flags & USER_FLAG_ADMIN) != 0;
	user->locked = (flags & USER_FLAG_LOCK) != 0;
	user->epoch = unpack_u32(&u);
	user->created_ms = unpack_i64(&u);
	unpack_text(&u, user->name, sizeof(user->name));
	unpack_text(&u, user->fullname, sizeof(user->fullname));
	unpack_text(&u, user->country, sizeof(user->country));
	unpack_text(&u, user->password, sizeof(user->password));
	user->quota = version == USER_NO_QUOTA ? 0 : unpack_u64(&u);
	return u.bad ? -1 : 0;
}

static enum chat_result
record_get(struct chat *chat, uint64_t id, struct record *record)
{
	unsigned char key[CHAT_KEY_ID];
	enum store_status status;

	chat_key_id(key, id);
	status = store_get(chat->store, STORE_USERS, key, sizeof(key), record->data,
	    sizeof(record->data), &record->len);
	return status == STORE_ABSENT ? CHAT_NO_USER : chat_from_store(status);
}

enum chat_result
chat_user_get(struct chat *chat, uint64_t id, struct chat_user *user)
{
	struct record record;
	enum chat_result result = record_get(chat, id, &record);

	if (result == CHAT_OK && user_read(user, id, record.data, record.len) != 0)
		return CHAT_FAILED;
	return result;
}

enum chat_result
chat_user_tx_expect(struct chat *chat, struct store_tx *tx, uint64_t id)
{
	unsigned char key[CHAT_KEY_ID];
	struct record record;
	enum chat_result result = record_get(chat, id, &record);

	chat_key_id(key, id);
	if (result == CHAT_OK)
		store_tx_expect(tx, STORE_USERS, key, sizeof(key), record.data, record.len);
	return result;
}

enum chat_result
chat_user_find(struct chat *chat, struct chat_text name, struct chat_user *user)
{
	char folded[NAME_MAX_BYTES];
	uint64_t id;
	enum store_status status;

	if (!name_valid(name.data, name.len))
		return CHAT_NO_USER;
	size_t len = name_fold(name.data, name.len, folded);
	status = store_get_number(chat->store, STORE_USER_NAMES, folded, len, &id);
	if (status != STORE_OK)
		return CHAT_FAILED;
	return id == 0 ? CHAT_NO_USER : chat_user_get(chat, id, user);
}

/* What is shown of people is text on one line. */
static bool
text_valid(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return utf8_valid(text, strlen(text));
}

static bool
user_valid(const struct chat_user *user)
{
	size_t len = strlen(user->name);

	return name_valid(user->name, len) && !name_reserved(user->name, len) &&
	    text_valid(user->fullname) && text_valid(user->country);
}

static enum chat_result
user_insert(struct chat *chat, const struct chat_user *user)
{
	struct store_tx tx;
	struct record record;
	unsigned char key[CHAT_KEY_ID];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(user->name, strlen(user->name), folded);
	enum store_status status;

	chat_key_id(key, user->id);
	user_write(&record, user);
	store_tx_init(&tx);
	store_tx_expect_absent(&tx, STORE_USER_NAMES, folded, len);
	store_tx_put(&tx, STORE_USER_NAMES, folded, len, key, sizeof(key));
	store_tx_put(&tx, STORE_USERS, key, sizeof(key), record.data, record.len);
	status = store_commit(chat->store, &tx, NULL);
	return status == STORE_CONFLICT ? CHAT_USER_EXISTS : chat_from_store(status);
}

enum chat_result
chat_user_add(struct chat *chat, struct chat_user *user, const char *password)
{
	struct chat_user other;
	enum chat_result result;

	if (!user_valid(user) || password[0] == '\0' || strlen(password) > PASSWORD_MAX_BYTES)
		return CHAT_BAD_ARGUMENT;
	/* Hashing is dear: look before. */
	result = chat_user_find(chat, chat_text(user->name), &other);
	if (result != CHAT_NO_USER)
		return result == CHAT_OK ? CHAT_USER_EXISTS : result;
	if (password_hash(password, (int)chat->config->password_cost, user->password,
	        sizeof(user->password)) != 0) {
		log_warn("cannot hash a password");
		return CHAT_FAILED;
	}
	user->locked = false;
	user->epoch = 1;
	user->created_ms = clock_now_ms();
	result = chat_new_id(chat, &user->id);
	return result == CHAT_OK ? user_insert(chat, user) : result;
}

enum chat_result
chat_user_import(struct chat *chat, struct chat_user *user)
{
	struct chat_user other;
	enum chat_result result;

	if (!user_valid(user) ||
	    (user->password[0] != '\0' && !password_hash_valid(user->password)))
		return CHAT_BAD_ARGUMENT;
	/* A number that is drawn in vain is lost. */
	result = chat_user_find(chat, chat_text(user->name), &other);
	if (result != CHAT_NO_USER)
		return result == CHAT_OK ? CHAT_USER_EXISTS : result;
	user->epoch = 1;
	result = chat_new_id(chat, &user->id);
	return result == CHAT_OK ? user_insert(chat, user) : result;
}

/* Whether it could be anybody's. */
static bool
possible(struct chat_text password)
{
	return password.len <= PASSWORD_MAX_BYTES &&
	    memchr(password.data, '\0', password.len) == NULL;
}

static bool
same_password(struct chat_text password, const char *hash)
{
	char secret[PASSWORD_MAX_BYTES + 1];
	int match;

	memcpy(secret, password.data, password.len);
	secret[password.len] = '\0';
	match = password_check(secret, hash);
	explicit_bzero(secret, sizeof(secret));
	return match == 1;
}

enum chat_result
chat_user_check(struct chat *chat, struct chat_text name, struct chat_text password,
    struct chat_user *user)
{
	enum chat_result result = chat_user_find(chat, name, user);

	if (result != CHAT_OK && result != CHAT_NO_USER)
		return result;
	/* Each refusal takes as long as the others. */
	if (result == CHAT_NO_USER || user->password[0] == '\0' || !possible(password)) {
		password_waste((int)chat->config->password_cost);
		return result == CHAT_OK ? CHAT_BAD_PASSWORD : result;
	}
	if (!same_password(password, user->password))
		return CHAT_BAD_PASSWORD;
	return user->locked ? CHAT_LOCKED : CHAT_OK;
}

enum chat_result
chat_user_alter(struct chat *chat, struct chat_text name, chat_user_change *change, void *arg)
{
	struct chat_user user;
	struct record before, after;
	unsigned char key[CHAT_KEY_ID];
	struct store_tx tx;
	bool was_locked;
	enum store_status status = STORE_CONFLICT;
	enum chat_result result = chat_user_find(chat, name, &user);

	for (int i = 0; result == CHAT_OK && status == STORE_CONFLICT && i < ALTER_TRIES; i++) {
		result = record_get(chat, user.id, &before);
		if (result != CHAT_OK || user_read(&user, user.id, before.data, before.len) != 0)
			break;
		was_locked = user.locked;
		change(&user, arg);
		if (user.locked && !was_locked)
			user.epoch++; /* so that what has ended does not begin again */
		user_write(&after, &user);
		chat_key_id(key, user.id);
		store_tx_init(&tx);
		store_tx_expect(&tx, STORE_USERS, key, sizeof(key), before.data, before.len);
		store_tx_put(&tx, STORE_USERS, key, sizeof(key), after.data, after.len);
		status = store_commit(chat->store, &tx, NULL);
	}
	if (result == CHAT_OK)
		result = chat_from_store(status);
	if (result == CHAT_OK)
		chat_push_session(chat, user.id); /* it may have been a change that ends them */
	return result;
}

static void
set_password(struct chat_user *user, void *arg)
{
	memcpy(user->password, arg, sizeof(user->password));
	user->epoch++;
}

enum chat_result
chat_user_passwd(struct chat *chat, struct chat_text name, const char *password)
{
	char hash[PASSWORD_HASH_SIZE];

	if (password[0] == '\0' || strlen(password) > PASSWORD_MAX_BYTES)
		return CHAT_BAD_ARGUMENT;
	if (password_hash(password, (int)chat->config->password_cost, hash, sizeof(hash)) != 0)
		return CHAT_FAILED;
	return chat_user_alter(chat, name, set_password, hash);
}

/* Whose sessions have ended begins nothing new. */
static void
lock(struct chat_user *user, void *arg)
{
	(void)arg;
	user->locked = true;
}

/* Out of all groups first: who is still in one, or again, stays. */
static enum chat_result
try_delete(struct chat *chat, const struct chat_user *user, enum store_status *status)
{
	size_t len = strlen(user->name);
	unsigned char key[CHAT_KEY_ID], cursor[CHAT_KEY_PAIR];
	char folded[NAME_MAX_BYTES];
	struct store_tx tx;
	struct chat_user now;
	enum chat_result result = chat_user_find(chat, chat_text(user->name), &now);

	*status = STORE_OK;
	if (result == CHAT_OK && now.id != user->id)
		result = CHAT_NO_USER; /* another was faster, and there is a new one already */
	if (result == CHAT_OK)
		result = chat_group_leave_all(chat, user->id);
	if (result != CHAT_OK)
		return result;
	len = name_fold(user->name, len, folded);
	chat_key_id(key, user->id);
	chat_key_pair(cursor, user->id, user->id);
	store_tx_init(&tx);
	store_tx_expect(&tx, STORE_USER_NAMES, folded, len, key, sizeof(key));
	chat_member_tx_expect_no_groups(&tx, user->id);
	store_tx_delete(&tx, STORE_USER_NAMES, folded, len);
	store_tx_delete(&tx, STORE_USERS, key, sizeof(key));
	store_tx_delete(&tx, STORE_CURSORS, cursor, sizeof(cursor));
	*status = store_commit(chat->store, &tx, NULL);
	return chat_from_store(*status);
}

enum chat_result
chat_user_delete(struct chat *chat, struct chat_text name)
{
	struct chat_user user;
	struct store_tx tx;
	enum store_status status = STORE_CONFLICT;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		result = chat_user_alter(chat, name, lock, NULL);
	if (result != CHAT_OK)
		return result;
	for (int i = 0; status == STORE_CONFLICT && i < ALTER_TRIES; i++)
		result = try_delete(chat, &user, &status);
	if (result != CHAT_OK)
		return result;
	chat_push_session(chat, user.id);
	/* The name is free from here on; the logs, named by ids, take nothing any more. */
	store_tx_init(&tx);
	store_tx_close_log(&tx, user.id);
	status = store_commit(chat->store, &tx, NULL);
	return status == STORE_OK ? chat_remote_log_clear(chat, user.id) : chat_from_store(status);
}

struct each {
	int (*visit)(void *arg, const struct chat_user *);
	void *arg;
};

static int
each_one(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct each *each = arg;
	struct chat_user user;

	if (key_len != CHAT_KEY_ID || user_read(&user, pack_get_u64(key), value, len) != 0)
		return 0;
	return each->visit(each->arg, &user);
}

enum chat_result
chat_user_each(struct chat *chat, int (*visit)(void *arg, const struct chat_user *), void *arg)
{
	struct each each = { .visit = visit, .arg = arg };

	return store_each(chat->store, STORE_USERS, each_one, &each) == 0 ? CHAT_OK : CHAT_FAILED;
}

size_t
chat_user_pack(unsigned char data[CHAT_USER_RECORD], const struct chat_user *user)
{
	struct record record;

	user_write(&record, user);
	memcpy(data, record.data, record.len);
	return record.len;
}

bool
chat_user_parse(struct chat_user *user, uint64_t id, const void *value, size_t len)
{
	return user_read(user, id, value, len) == 0 && name_valid(user->name, strlen(user->name));
}
