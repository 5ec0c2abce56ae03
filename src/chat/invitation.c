/* chat_invitation: a record under the hash of its code, with those who came by it. */
#include "chat/invitation.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "chat/key.h"

#define INVITATION_VERSION 2
#define EXPIRE_AT_ONCE     256

size_t
chat_invitation_pack(unsigned char data[CHAT_INVITATION_RECORD],
    const struct chat_invitation *invitation)
{
	struct pack p;

	pack_init(&p, data, CHAT_INVITATION_RECORD);
	pack_u8(&p, INVITATION_VERSION);
	pack_u64(&p, invitation->id);
	pack_u64(&p, invitation->maker);
	pack_i64(&p, invitation->created_ms);
	pack_i64(&p, invitation->expires_ms);
	pack_i64(&p, invitation->used_ms);
	pack_text(&p, invitation->note);
	pack_u32(&p, invitation->uses);
	pack_u32(&p, invitation->n);
	for (uint32_t i = 0; i < invitation->n; i++)
		pack_u64(&p, invitation->users[i]);
	return p.len;
}

bool
chat_invitation_parse(struct chat_invitation *invitation, const void *value, size_t len)
{
	struct unpack u;

	*invitation = (struct chat_invitation){ .id = 0 };
	unpack_init(&u, value, len);
	if (unpack_u8(&u) != INVITATION_VERSION)
		return false;
	invitation->id = unpack_u64(&u);
	invitation->maker = unpack_u64(&u);
	invitation->created_ms = unpack_i64(&u);
	invitation->expires_ms = unpack_i64(&u);
	invitation->used_ms = unpack_i64(&u);
	unpack_text(&u, invitation->note, sizeof(invitation->note));
	invitation->uses = unpack_u32(&u);
	invitation->n = unpack_u32(&u);
	u.bad |= invitation->id == 0 || invitation->uses > CHAT_INVITATION_USES ||
	    invitation->n > invitation->uses;
	for (uint32_t i = 0; i < invitation->n && !u.bad; i++)
		invitation->users[i] = unpack_u64(&u);
	return !u.bad;
}

bool
chat_invitation_open(const struct chat_invitation *invitation, int64_t now_ms)
{
	return invitation->n < invitation->uses && now_ms < invitation->expires_ms;
}

enum chat_result
chat_invitation_find(struct chat *chat, const char *letters, struct chat_invitation *invitation)
{
	unsigned char hash[CODE_HASH_LEN], data[CHAT_INVITATION_RECORD];
	size_t len;
	enum store_status status;

	if (strlen(letters) != CODE_LETTERS)
		return CHAT_NO_INVITATION;
	code_hash(letters, hash);
	status = store_get(chat->store, CHAT_TABLE_INVITATIONS, hash, sizeof(hash), data,
	    sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_INVITATION : CHAT_FAILED;
	if (!chat_invitation_parse(invitation, data, len))
		return CHAT_FAILED;
	return chat_invitation_open(invitation, clock_now_ms()) ? CHAT_OK : CHAT_NO_INVITATION;
}

void
chat_invitation_use(struct store_tx *tx, const char *letters, struct chat_invitation *invitation,
    uint64_t user)
{
	unsigned char hash[CODE_HASH_LEN];
	unsigned char old[CHAT_INVITATION_RECORD], new[CHAT_INVITATION_RECORD];
	size_t old_len = chat_invitation_pack(old, invitation);

	code_hash(letters, hash);
	invitation->users[invitation->n++] = user;
	invitation->used_ms = clock_now_ms();
	chat_key_swap(tx, CHAT_TABLE_INVITATIONS, hash, sizeof(hash), old, old_len, new,
	    chat_invitation_pack(new, invitation));
}

struct visitor {
	int (*visit)(void *arg, const struct chat_invitation *);
	void *arg;
};

/* Damaged records are left to kabarctl check. */
static int
visit_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	const struct visitor *visitor = arg;
	struct chat_invitation invitation;

	(void)key;
	if (key_len != CODE_HASH_LEN || !chat_invitation_parse(&invitation, value, len))
		return 0;
	return visitor->visit(visitor->arg, &invitation);
}

enum chat_result
chat_invitation_each(struct chat *chat, int (*visit)(void *arg, const struct chat_invitation *),
    void *arg)
{
	struct visitor visitor = { .visit = visit, .arg = arg };

	return store_each(chat->store, CHAT_TABLE_INVITATIONS, visit_record, &visitor) == 0
	    ? CHAT_OK
	    : CHAT_FAILED;
}

struct counts {
	uint64_t maker;
	int64_t now_ms;
	int all;
	int own; /* open ones of the maker */
};

static int
count_one(void *arg, const struct chat_invitation *invitation)
{
	struct counts *counts = arg;

	counts->all++;
	counts->own +=
	    invitation->maker == counts->maker && chat_invitation_open(invitation, counts->now_ms);
	return 0;
}

/* Whether there is room for one more. Users leave half of it to administrators. */
static enum chat_result
find_room(struct chat *chat, uint64_t maker)
{
	struct counts counts = { .maker = maker, .now_ms = clock_now_ms() };
	int most = maker == 0 ? CHAT_INVITATION_MOST : CHAT_INVITATION_MOST / 2;
	enum chat_result result;

	if (maker != 0 && chat->config->user_invitations == 0)
		return CHAT_FORBIDDEN;
	result = chat_invitation_each(chat, count_one, &counts);
	if (result != CHAT_OK)
		return result;
	return counts.all >= most || (maker != 0 && counts.own >= chat->config->user_invitations)
	    ? CHAT_TOO_MANY
	    : CHAT_OK;
}

static bool
is_note(const char *note)
{
	for (const char *c = note; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	return utf8_valid(note, strlen(note));
}

enum chat_result
chat_invitation_make(struct chat *chat, struct chat_invitation *invitation, const char *letters)
{
	unsigned char hash[CODE_HASH_LEN], data[CHAT_INVITATION_RECORD];
	struct store_tx tx;
	enum chat_result result;

	invitation->created_ms = clock_now_ms();
	invitation->n = 0;
	if (invitation->uses == 0 || invitation->uses > CHAT_INVITATION_USES ||
	    invitation->expires_ms <= invitation->created_ms || !is_note(invitation->note) ||
	    strlen(letters) != CODE_LETTERS)
		return CHAT_BAD_ARGUMENT;
	result = find_room(chat, invitation->maker);
	if (result == CHAT_OK)
		result = chat_new_id(chat, &invitation->id);
	if (result != CHAT_OK)
		return result;
	code_hash(letters, hash);
	store_tx_init(&tx);
	chat_key_swap(&tx, CHAT_TABLE_INVITATIONS, hash, sizeof(hash), NULL, 0, data,
	    chat_invitation_pack(data, invitation));
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_invitation_make_by_user(struct chat *chat, uint64_t user, const char *letters)
{
	struct chat_invitation invitation = { .maker = user,
		.uses = 1,
		.expires_ms = clock_now_ms() + CHAT_INVITATION_USER_MS };

	return chat_invitation_make(chat, &invitation, letters);
}

/* Adds the removal of records to a transaction. */
struct removal {
	struct store_tx tx;
	uint64_t id; /* this one; 0: those that ended before `until_ms` */
	int64_t until_ms;
	size_t n;
};

/* When it ended, or will. */
static int64_t
end_of(const struct chat_invitation *invitation)
{
	return invitation->n == invitation->uses ? invitation->used_ms : invitation->expires_ms;
}

static int
collect_record(void *arg, const void *key, size_t key_len, const void *value, size_t len)
{
	struct removal *removal = arg;
	struct chat_invitation invitation;

	if (!chat_invitation_parse(&invitation, value, len) ||
	    (removal->id != 0 ? invitation.id != removal->id
	                      : end_of(&invitation) >= removal->until_ms))
		return 0;
	store_tx_delete(&removal->tx, CHAT_TABLE_INVITATIONS, key, key_len);
	return ++removal->n == EXPIRE_AT_ONCE;
}

/* Whoever uses a record meanwhile expects it to be there. */
static enum chat_result
remove_records(struct chat *chat, struct removal *removal)
{
	store_tx_init(&removal->tx);
	removal->n = 0;
	if (store_each(chat->store, CHAT_TABLE_INVITATIONS, collect_record, removal) != 0)
		return CHAT_FAILED;
	return removal->n == 0 ? CHAT_OK
	                       : chat_from_store(store_commit(chat->store, &removal->tx, NULL));
}

static enum chat_result
remove_code(struct chat *chat, const char *letters)
{
	unsigned char hash[CODE_HASH_LEN], data[CHAT_INVITATION_RECORD];
	struct store_tx tx;
	size_t len;
	enum store_status status;

	code_hash(letters, hash);
	status = store_get(chat->store, CHAT_TABLE_INVITATIONS, hash, sizeof(hash), data,
	    sizeof(data), &len);
	if (status != STORE_OK)
		return status == STORE_ABSENT ? CHAT_NO_INVITATION : CHAT_FAILED;
	store_tx_init(&tx);
	store_tx_delete(&tx, CHAT_TABLE_INVITATIONS, hash, sizeof(hash));
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

enum chat_result
chat_invitation_remove(struct chat *chat, const char *letters, uint64_t id)
{
	struct removal removal = { .id = id };
	enum chat_result result;

	if (letters != NULL)
		return remove_code(chat, letters);
	if (id == 0)
		return CHAT_NO_INVITATION;
	result = remove_records(chat, &removal);
	return result == CHAT_OK && removal.n == 0 ? CHAT_NO_INVITATION : result;
}

enum chat_result
chat_invitation_expire(struct chat *chat, size_t *count)
{
	struct removal removal = { .until_ms = clock_now_ms() - CHAT_INVITATION_KEEP_MS };
	enum chat_result result;

	*count = 0;
	do {
		result = remove_records(chat, &removal);
		*count += removal.n;
	} while (result == CHAT_OK && removal.n == EXPIRE_AT_ONCE);
	return result;
}
