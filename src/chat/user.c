/*
 * chat_user: an account is a record under its id, and the id under its folded name.
 */
#include "chat/user.h"

#include <bsd/string.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "chat/invitation.h"
#include "chat/key.h"
#include "chat/password.h"
#include "chat/ring.h"

#define USER_VERSION    4
#define USER_FLAG_ADMIN 1
#define USER_FLAG_LOCK  2
#define USER_FLAG_GUEST 4

size_t
chat_user_pack(unsigned char data[CHAT_USER_RECORD], const struct chat_user *user)
{
	struct pack p;

	pack_init(&p, data, CHAT_USER_RECORD);
	pack_u8(&p, USER_VERSION);
	pack_u8(&p,
	    (uint8_t)((user->admin ? USER_FLAG_ADMIN : 0) | (user->locked ? USER_FLAG_LOCK : 0) |
	        (user->guest ? USER_FLAG_GUEST : 0)));
	pack_u32(&p, user->epoch);
	pack_i64(&p, user->created_ms);
	pack_text(&p, user->name);
	pack_text(&p, user->fullname);
	pack_text(&p, user->country);
	pack_u64(&p, user->quota);
	return p.len;
}

bool
chat_user_parse(struct chat_user *user, uint64_t id, const void *value, size_t len)
{
	struct unpack u;
	uint8_t flags;

	unpack_init(&u, value, len);
	if (unpack_u8(&u) != USER_VERSION)
		return false;
	*user = (struct chat_user){ .id = id };
	flags = unpack_u8(&u);
	user->admin = (flags & USER_FLAG_ADMIN) != 0;
	user->locked = (flags & USER_FLAG_LOCK) != 0;
	user->guest = (flags & USER_FLAG_GUEST) != 0;
	user->epoch = unpack_u32(&u);
	user->created_ms = unpack_i64(&u);
	unpack_text(&u, user->name, sizeof(user->name));
	unpack_text(&u, user->fullname, sizeof(user->fullname));
	unpack_text(&u, user->country, sizeof(user->country));
	user->quota = unpack_u64(&u);
	return !u.bad && name_valid(user->name, strlen(user->name));
}

enum chat_result
chat_user_get(struct chat *chat, uint64_t id, struct chat_user *user)
{
	unsigned char key[CHAT_KEY_ID], data[CHAT_USER_RECORD];
	size_t len;
	enum store_status status;

	chat_key_id(key, id);
	status =
	    store_get(chat->store, CHAT_TABLE_USERS, key, sizeof(key), data, sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_USER : CHAT_FAILED;
	return chat_user_parse(user, id, data, len) ? CHAT_OK : CHAT_FAILED;
}

struct chat_set
chat_user_guests(void)
{
	return (struct chat_set){ .name = { CHAT_SET_PASSING }, .len = 1 };
}

/* Writes the record of an account that shall be as `before` says; NULL: there shall be none. */
static void
tx_put_user(struct store_tx *tx, const struct chat_user *before, const struct chat_user *user)
{
	unsigned char key[CHAT_KEY_ID], old[CHAT_USER_RECORD], new[CHAT_USER_RECORD];
	size_t old_len = before == NULL ? 0 : chat_user_pack(old, before);
	size_t new_len = chat_user_pack(new, user);

	chat_key_id(key, user->id);
	chat_key_swap(tx, CHAT_TABLE_USERS, key, sizeof(key), old, old_len, new, new_len);
}

void
chat_user_tx_change(struct store_tx *tx, const struct chat_user *before,
    const struct chat_user *after)
{
	tx_put_user(tx, before, after);
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
	status = store_get_number(chat->store, CHAT_TABLE_USER_NAMES, folded, len, &id);
	if (status != STORE_OK)
		return CHAT_FAILED;
	return id == 0 ? CHAT_NO_USER : chat_user_get(chat, id, user);
}

/* Full name and country are shown on one line. */
static bool
is_line(const char *text)
{
	for (const char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return utf8_valid(text, strlen(text));
}

bool
chat_user_valid(const struct chat_user *user)
{
	size_t len = strlen(user->name);

	return name_valid(user->name, len) && !name_reserved(user->name, len) &&
	    is_line(user->fullname) && is_line(user->country);
}

/* CHAT_USER_EXISTS, CHAT_NO_USER: the name is free; or CHAT_FAILED. */
static enum chat_result
find_name(struct chat *chat, const struct chat_user *user)
{
	struct chat_user other;
	enum chat_result result = chat_user_find(chat, chat_text(user->name), &other);

	return result == CHAT_OK ? CHAT_USER_EXISTS : result;
}

enum chat_result
chat_user_invitation(struct chat *chat, const char *letters, struct chat_invitation *invitation)
{
	enum chat_result result = chat_invitation_find(chat, letters, invitation);
	struct chat_user maker;

	if (result != CHAT_OK || invitation->maker == 0)
		return result;
	result = chat_user_get(chat, invitation->maker, &maker);
	if (result == CHAT_NO_USER || (result == CHAT_OK && maker.locked))
		return CHAT_NO_INVITATION;
	return result;
}

/* A guest's account is in the list of them, which has a bound. */
static enum chat_result
tx_add_guest(struct chat *chat, struct store_tx *tx, const struct chat_user *user)
{
	const struct chat_set guests = chat_user_guests();
	unsigned char id[CHAT_KEY_ID];
	uint32_t others;

	chat_key_id(id, user->id);
	enum chat_result result =
	    chat_from_store(chat_set_add(chat, tx, &guests, id, sizeof(id), &others));
	return result == CHAT_OK && others >= (uint32_t)chat->config->guests_max ? CHAT_TOO_MANY
	                                                                         : result;
}

/*
 * Tries to make the account, and to use up the invitation. CHAT_CONFLICT: another one has used it
 * meanwhile, or another guest has come or gone.
 */
static enum chat_result
try_insert(struct chat *chat, const struct chat_user *user, const char *letters)
{
	struct chat_invitation invitation;
	struct store_tx tx;
	unsigned char id[CHAT_KEY_ID];
	char folded[NAME_MAX_BYTES];
	size_t len = name_fold(user->name, strlen(user->name), folded);
	enum chat_result result = CHAT_OK, found;

	if (letters != NULL)
		result = chat_user_invitation(chat, letters, &invitation);
	if (result != CHAT_OK)
		return result;
	chat_key_id(id, user->id);
	store_tx_init(&tx);
	chat_key_swap(&tx, CHAT_TABLE_USER_NAMES, folded, len, NULL, 0, id, sizeof(id));
	tx_put_user(&tx, NULL, user);
	if (letters != NULL)
		chat_invitation_use(&tx, letters, &invitation, user->id);
	if (user->guest)
		result = tx_add_guest(chat, &tx, user);
	if (result == CHAT_OK)
		result = chat_from_store(store_commit(chat->store, &tx, NULL));
	if (result != CHAT_CONFLICT)
		return result;
	if (letters == NULL && !user->guest)
		return CHAT_USER_EXISTS;
	found = find_name(chat, user);
	return found == CHAT_NO_USER ? CHAT_CONFLICT : found;
}

/* The hash first: an account that has none yet is not found by its name. */
static enum chat_result
insert_user(struct chat *chat, struct chat_user *user, const char *hash, const char *letters)
{
	struct chat_password password = { .epoch = 1 };
	enum chat_result result = chat_new_id(chat, &user->id);

	user->epoch = password.epoch;
	strlcpy(password.hash, hash, sizeof(password.hash));
	if (result == CHAT_OK && hash[0] != '\0')
		result = chat_password_write(chat->config, user->id, &password);
	explicit_bzero(&password, sizeof(password));
	if (result != CHAT_OK)
		return result;
	result = CHAT_CONFLICT;
	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_insert(chat, user, letters);
	/* Of an outcome that is not known the hash stays: the account may be there. */
	if (result == CHAT_USER_EXISTS || result == CHAT_NO_INVITATION)
		(void)chat_password_remove(chat->config, user->id);
	return result;
}

/* Whether a user or an administrator may choose this password. */
static bool
is_password(const struct config *config, const char *password)
{
	size_t len = strlen(password);

	return len > 0 && len >= (size_t)config->password_min && len <= PASSWORD_MAX_BYTES;
}

static enum chat_result
hash_password(struct chat *chat, const char *password, char hash[PASSWORD_HASH_SIZE])
{
	if (password_hash(password, (int)chat->config->password_cost, hash, PASSWORD_HASH_SIZE) ==
	    0)
		return CHAT_OK;
	log_warn("cannot hash a password");
	return CHAT_FAILED;
}

enum chat_result
chat_user_judge(const struct config *config, const struct chat_user *user, const char *password)
{
	return chat_user_valid(user) && is_password(config, password) ? CHAT_OK : CHAT_BAD_ARGUMENT;
}

enum chat_result
chat_user_add(struct chat *chat, struct chat_user *user, const char *password)
{
	return chat_user_add_invited(chat, user, password, NULL);
}

enum chat_result
chat_user_add_invited(struct chat *chat, struct chat_user *user, const char *password,
    const char *letters)
{
	char hash[PASSWORD_HASH_SIZE];
	enum chat_result result = chat_user_judge(chat->config, user, password);

	/* The time shall not tell whether the name is taken. */
	if (result == CHAT_OK)
		result = hash_password(chat, password, hash);
	if (result != CHAT_OK)
		return result;
	user->locked = user->guest = false;
	user->created_ms = clock_now_ms();
	result = chat_user_import_invited(chat, user, hash, letters);
	explicit_bzero(hash, sizeof(hash));
	return result;
}

enum chat_result
chat_user_import(struct chat *chat, struct chat_user *user, const char *hash)
{
	return chat_user_import_invited(chat, user, hash, NULL);
}

enum chat_result
chat_user_import_invited(struct chat *chat, struct chat_user *user, const char *hash,
    const char *letters)
{
	struct chat_invitation invitation;
	enum chat_result result = CHAT_OK;

	if (!chat_user_valid(user) || (hash[0] != '\0' && !password_hash_valid(hash)))
		return CHAT_BAD_ARGUMENT;
	/* An id that is drawn for nothing is lost, so the code and the name are looked up first. */
	if (letters != NULL)
		result = chat_user_invitation(chat, letters, &invitation);
	if (result == CHAT_OK)
		result = find_name(chat, user);
	return result == CHAT_NO_USER ? insert_user(chat, user, hash, letters) : result;
}

/* A change that may end sessions of others tells their workers. */
enum telling { UNTOLD, TOLD };

static enum chat_result
try_change(struct chat *chat, uint64_t id, chat_user_change *change, void *arg,
    enum telling telling)
{
	struct chat_user before, user;
	struct store_tx tx;
	enum chat_result result = chat_user_get(chat, id, &before);

	if (result != CHAT_OK)
		return result;
	user = before;
	change(&user, arg);
	if (user.locked && !before.locked)
		user.epoch++; /* the sessions stay ended when the account is unlocked */
	store_tx_init(&tx);
	tx_put_user(&tx, &before, &user);
	if (telling == TOLD)
		store_tx_ring(&tx, CHAT_RING_SESSION, id, 0);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

static enum chat_result
alter_user(struct chat *chat, uint64_t id, chat_user_change *change, void *arg,
    enum telling telling)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_change(chat, id, change, arg, telling);
	return result;
}

enum chat_result
chat_user_alter_id(struct chat *chat, uint64_t id, chat_user_change *change, void *arg)
{
	return alter_user(chat, id, change, arg, TOLD);
}

enum chat_result
chat_user_alter(struct chat *chat, struct chat_text name, chat_user_change *change, void *arg)
{
	struct chat_user user;
	enum chat_result result = chat_user_find(chat, name, &user);

	if (result == CHAT_OK)
		result = alter_user(chat, user.id, change, arg, TOLD);
	return result;
}

static void
raise_epoch(struct chat_user *user, void *arg)
{
	const struct chat_password *password = arg;

	user->epoch = user->epoch < password->epoch ? password->epoch : user->epoch + 1;
}

/* The hash first: after a crash in between the new password is good, and was not acknowledged. */
static enum chat_result
rehash_user(struct chat *chat, struct chat_user *user, const char *hash, enum telling telling)
{
	struct chat_password password = { .epoch = user->epoch + 1 };
	struct chat_user now;
	enum chat_result result = chat_user_get(chat, user->id, &now);

	if (result == CHAT_OK && now.epoch != user->epoch)
		result = CHAT_BAD_PASSWORD;
	if (result == CHAT_OK && now.guest)
		result = CHAT_FORBIDDEN;
	strlcpy(password.hash, hash, sizeof(password.hash));
	if (result == CHAT_OK)
		result = chat_password_write(chat->config, user->id, &password);
	if (result == CHAT_OK)
		result = alter_user(chat, user->id, raise_epoch, &password, telling);
	explicit_bzero(&password, sizeof(password));
	return result == CHAT_OK ? chat_user_get(chat, user->id, user) : result;
}

enum chat_result
chat_user_rehash(struct chat *chat, struct chat_user *user, const char *hash)
{
	return rehash_user(chat, user, hash, UNTOLD);
}

enum chat_result
chat_user_passwd(struct chat *chat, struct chat_text name, const char *secret)
{
	char hash[PASSWORD_HASH_SIZE];
	struct chat_user user;
	enum chat_result result;

	if (!is_password(chat->config, secret))
		return CHAT_BAD_ARGUMENT;
	result = hash_password(chat, secret, hash);
	if (result == CHAT_OK)
		result = chat_user_find(chat, name, &user);
	if (result == CHAT_OK)
		result = rehash_user(chat, &user, hash, TOLD);
	explicit_bzero(hash, sizeof(hash));
	return result;
}

struct user_visit {
	int (*visit)(void *arg, const struct chat_user *);
	void *arg;
};

static int
visit_user(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct user_visit *users = arg;
	struct chat_user user;

	if (key_len != CHAT_KEY_ID || !chat_user_parse(&user, pack_get_u64(key), value, len))
		return 0;
	return users->visit(users->arg, &user);
}

enum chat_result
chat_user_each(struct chat *chat, int (*visit)(void *arg, const struct chat_user *), void *arg)
{
	struct user_visit users = { .visit = visit, .arg = arg };

	return store_each(chat->store, CHAT_TABLE_USERS, visit_user, &users) == 0 ? CHAT_OK
	                                                                          : CHAT_FAILED;
}
