/*
 * chat_set: a set has a record of its count, one for each index and one for each member. All their
 * keys begin with the length of the set's name and the name.
 */
#include "chat/set.h"

#include <string.h>

#include "chat/key.h"

#define TAG_COUNT  'n' /* how many members there are */
#define TAG_ITEM   'i' /* index -> member */
#define TAG_MEMBER 'm' /* member -> index */
#define NUMBER     4

struct key {
	unsigned char bytes[1 + CHAT_SET_NAME + 1 + CHAT_SET_MEMBER];
	size_t len;
};

static struct key
key_of(const struct chat_set *set, char tag, const void *rest, size_t rest_len)
{
	struct key key;
	struct pack p;

	pack_init(&p, key.bytes, sizeof(key.bytes));
	pack_u8(&p, (uint8_t)set->len);
	pack_raw(&p, set->name, set->len);
	pack_u8(&p, (uint8_t)tag);
	pack_raw(&p, rest, rest_len);
	key.len = p.len;
	return key;
}

struct chat_set
chat_set_of(enum chat_set_kind kind, uint64_t id)
{
	struct chat_set set = { .name = { (unsigned char)kind }, .len = 1 + CHAT_KEY_ID };

	chat_key_id(set.name + 1, id);
	return set;
}

struct chat_set
chat_set_part(enum chat_set_kind kind, uint64_t id, unsigned char part)
{
	struct chat_set set = chat_set_of(kind, id);

	set.name[set.len++] = part;
	return set;
}

bool
chat_set_owner(const struct chat_set *set, enum chat_set_kind kind, uint64_t *id)
{
	const size_t len = 1 + CHAT_KEY_ID + (kind == CHAT_SET_CONVERSATIONS ? 1 : 0);

	if (set->len != len || set->name[0] != (unsigned char)kind)
		return false;
	*id = pack_get_u64(set->name + 1);
	return true;
}

static void
put_number(unsigned char out[NUMBER], uint32_t number)
{
	struct pack p;

	pack_init(&p, out, NUMBER);
	pack_u32(&p, number);
}

static struct key
key_of_item(const struct chat_set *set, uint32_t index)
{
	unsigned char number[NUMBER];

	put_number(number, index);
	return key_of(set, TAG_ITEM, number, sizeof(number));
}

static uint32_t
get_number(const unsigned char *from)
{
	struct unpack u;

	unpack_init(&u, from, NUMBER);
	return unpack_u32(&u);
}

static enum store_status
read_number_at(struct chat *chat, const struct key *key, uint32_t *number)
{
	unsigned char value[NUMBER];
	size_t len;
	enum store_status status = store_get(chat->store, CHAT_TABLE_SETS, key->bytes, key->len,
	    value, sizeof(value), &len);

	*number = 0;
	if (status != STORE_OK)
		return status;
	*number = get_number(value);
	return len == sizeof(value) ? STORE_OK : STORE_FAILED;
}

enum store_status
chat_set_count(struct chat *chat, const struct chat_set *set, uint32_t *count)
{
	struct key key = key_of(set, TAG_COUNT, NULL, 0);
	enum store_status status = read_number_at(chat, &key, count);

	return status == STORE_ABSENT ? STORE_OK : status;
}

enum store_status
chat_set_index(struct chat *chat, const struct chat_set *set, const void *member, size_t len,
    uint32_t *index)
{
	struct key key = key_of(set, TAG_MEMBER, member, len);

	return read_number_at(chat, &key, index);
}

enum store_status
chat_set_item(struct chat *chat, const struct chat_set *set, uint32_t index,
    unsigned char member[CHAT_SET_MEMBER], size_t *len)
{
	struct key key = key_of_item(set, index);

	return store_get(chat->store, CHAT_TABLE_SETS, key.bytes, key.len, member, CHAT_SET_MEMBER,
	    len);
}

enum store_status
chat_set_item_id(struct chat *chat, const struct chat_set *set, uint32_t index, uint64_t *id)
{
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	enum store_status status = chat_set_item(chat, set, index, member, &len);

	if (status != STORE_OK)
		return status;
	*id = pack_get_u64(member);
	return len == CHAT_KEY_ID ? STORE_OK : STORE_FAILED;
}

static void
tx_put_number(struct store_tx *tx, const struct key *key, uint32_t number)
{
	unsigned char value[NUMBER];

	put_number(value, number);
	store_tx_put(tx, CHAT_TABLE_SETS, key->bytes, key->len, value, sizeof(value));
}

static void
tx_expect_number(struct store_tx *tx, const struct key *key, uint32_t number)
{
	unsigned char value[NUMBER];

	put_number(value, number);
	store_tx_expect(tx, CHAT_TABLE_SETS, key->bytes, key->len, value, sizeof(value));
}

static void
tx_expect_count(struct store_tx *tx, const struct chat_set *set, uint32_t count)
{
	struct key key = key_of(set, TAG_COUNT, NULL, 0);

	if (count == 0)
		store_tx_expect_absent(tx, CHAT_TABLE_SETS, key.bytes, key.len);
	else
		tx_expect_number(tx, &key, count);
}

void
chat_set_expect_empty(struct store_tx *tx, const struct chat_set *set)
{
	tx_expect_count(tx, set, 0);
}

/* All else in a set changes together with the count, so expecting the count guards the set. */
static void
tx_change_count(struct store_tx *tx, const struct chat_set *set, uint32_t before, uint32_t after)
{
	struct key key = key_of(set, TAG_COUNT, NULL, 0);

	tx_expect_count(tx, set, before);
	if (after == 0)
		store_tx_delete(tx, CHAT_TABLE_SETS, key.bytes, key.len);
	else
		tx_put_number(tx, &key, after);
}

enum store_status
chat_set_add(struct chat *chat, struct store_tx *tx, const struct chat_set *set, const void *member,
    size_t len, uint32_t *others)
{
	struct key key = key_of(set, TAG_MEMBER, member, len);
	struct key item;
	uint32_t index;
	enum store_status status = read_number_at(chat, &key, &index);

	if (status != STORE_ABSENT)
		return status == STORE_OK ? STORE_CONFLICT : status;
	status = chat_set_count(chat, set, others);
	if (status != STORE_OK)
		return status;
	tx_change_count(tx, set, *others, *others + 1);
	store_tx_expect_absent(tx, CHAT_TABLE_SETS, key.bytes, key.len);
	tx_put_number(tx, &key, *others);
	item = key_of_item(set, *others);
	store_tx_put(tx, CHAT_TABLE_SETS, item.bytes, item.len, member, len);
	return STORE_OK;
}

/* Moves the last member to the index that becomes free. */
static enum store_status
tx_move_last(struct chat *chat, struct store_tx *tx, const struct chat_set *set, uint32_t last,
    uint32_t index)
{
	unsigned char member[CHAT_SET_MEMBER];
	size_t len;
	struct key from = key_of_item(set, last), to = key_of_item(set, index), key;
	enum store_status status = chat_set_item(chat, set, last, member, &len);

	if (status != STORE_OK)
		return status == STORE_ABSENT ? STORE_CONFLICT : status;
	store_tx_expect(tx, CHAT_TABLE_SETS, from.bytes, from.len, member, len);
	store_tx_put(tx, CHAT_TABLE_SETS, to.bytes, to.len, member, len);
	key = key_of(set, TAG_MEMBER, member, len);
	tx_expect_number(tx, &key, last);
	tx_put_number(tx, &key, index);
	return STORE_OK;
}

enum store_status
chat_set_remove(struct chat *chat, struct store_tx *tx, const struct chat_set *set,
    const void *member, size_t len, uint32_t *others)
{
	struct key key = key_of(set, TAG_MEMBER, member, len);
	struct key item;
	uint32_t index, count = 0;
	enum store_status found = read_number_at(chat, &key, &index);
	enum store_status status =
	    found == STORE_FAILED ? found : chat_set_count(chat, set, &count);

	if (status != STORE_OK)
		return status;
	if (found == STORE_ABSENT) {
		*others = count;
		tx_expect_count(tx, set, count);
		store_tx_expect_absent(tx, CHAT_TABLE_SETS, key.bytes, key.len);
		return STORE_OK;
	}
	if (index >= count)
		return STORE_CONFLICT;
	*others = count - 1;
	tx_change_count(tx, set, count, *others);
	tx_expect_number(tx, &key, index);
	if (index != *others)
		status = tx_move_last(chat, tx, set, *others, index);
	store_tx_delete(tx, CHAT_TABLE_SETS, key.bytes, key.len);
	item = key_of_item(set, *others);
	store_tx_delete(tx, CHAT_TABLE_SETS, item.bytes, item.len);
	return status;
}

void
chat_set_row(struct chat_set_row *row, const void *key, size_t key_len, const void *value,
    size_t len)
{
	struct unpack u;
	const unsigned char *name, *rest;
	size_t rest_len;
	uint8_t tag;

	*row = (struct chat_set_row){ .record = CHAT_SET_BAD };
	unpack_init(&u, key, key_len);
	row->set.len = unpack_u8(&u);
	if (row->set.len == 0 || row->set.len > CHAT_SET_NAME)
		return;
	name = unpack_raw(&u, row->set.len);
	tag = unpack_u8(&u);
	if (u.bad)
		return;
	memcpy(row->set.name, name, row->set.len);
	rest = u.data + u.pos;
	rest_len = key_len - u.pos;
	if (tag == TAG_ITEM && rest_len == NUMBER && len <= CHAT_SET_MEMBER) {
		row->record = CHAT_SET_ITEM;
		row->number = get_number(rest);
		row->member = value;
		row->member_len = len;
	} else if (len == NUMBER &&
	    ((tag == TAG_COUNT && rest_len == 0) ||
	        (tag == TAG_MEMBER && rest_len <= CHAT_SET_MEMBER))) {
		row->record = tag == TAG_COUNT ? CHAT_SET_COUNT : CHAT_SET_INDEX;
		row->number = get_number(value);
		row->member = rest;
		row->member_len = rest_len;
	}
}

size_t
chat_set_key(unsigned char key[CHAT_SET_KEY], const struct chat_set_row *row)
{
	static const char tags[] = { [CHAT_SET_COUNT] = TAG_COUNT,
		[CHAT_SET_ITEM] = TAG_ITEM,
		[CHAT_SET_INDEX] = TAG_MEMBER };
	unsigned char number[NUMBER];
	struct key made;

	put_number(number, row->number);
	if (row->record == CHAT_SET_ITEM)
		made = key_of(&row->set, TAG_ITEM, number, sizeof(number));
	else
		made = key_of(&row->set, tags[row->record], row->member,
		    row->record == CHAT_SET_INDEX ? row->member_len : 0);
	memcpy(key, made.bytes, made.len);
	return made.len;
}

size_t
chat_set_value(unsigned char value[CHAT_SET_MEMBER], const struct chat_set_row *row)
{
	if (row->record != CHAT_SET_ITEM) {
		put_number(value, row->number);
		return NUMBER;
	}
	memcpy(value, row->member, row->member_len);
	return row->member_len;
}
