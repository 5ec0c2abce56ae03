/*
 * chat_fsck block: whom users block. A block of a user who is gone, or by one, is of no use; what a
 * set still has is taken back.
 */
#include "chat/block.h"

#include <inttypes.h>
#include <string.h>

#include "chat/fsck/int.h"
#include "chat/table.h"

static void
put_block(struct chat_fsck *f, const void *key, size_t len)
{
	unsigned char data[CHAT_BLOCK_RECORD];

	chat_fsck_rows_put(&f->tables[CHAT_TABLE_BLOCKS], key, len, data, chat_block_pack(data, 0));
}

static bool
has_both(const struct chat_fsck *f, const struct chat_block *block)
{
	return chat_fsck_has_user(f, block->user) &&
	    (block->blocked == 0 || chat_fsck_has_user(f, block->blocked));
}

/* A damaged record loses only its time. */
static void
check_block(struct chat_fsck *f, struct chat_fsck_row *row, uint64_t *stale)
{
	unsigned char key[CHAT_BLOCK_KEY];
	struct chat_block block;
	int64_t since_ms;

	if (!chat_block_parse_key(&block, row->key, row->key_len)) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_BLOCKS, row,
		    "the record of a block is damaged");
		chat_fsck_rows_drop(row);
	} else if (!has_both(f, &block)) {
		++*stale;
		chat_fsck_rows_drop(row);
	} else if (!chat_block_parse(&since_ms, chat_fsck_value(row), row->len)) {
		chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_BLOCKS, row,
		    "the record of a block is damaged");
		memcpy(key, row->key, row->key_len);
		put_block(f, key, row->key_len);
	}
}

/* A block that a set has, by one of its two records, and that has no record of its own. */
static void
take_listed(struct chat_fsck *f, const struct chat_set_row *item)
{
	unsigned char key[CHAT_BLOCK_KEY];
	char name[CHAT_FSCK_NAME];
	struct chat_block block;
	uint64_t user;
	size_t len = CHAT_KEY_ID + item->member_len;

	if ((item->record != CHAT_SET_ITEM && item->record != CHAT_SET_INDEX) ||
	    !chat_set_owner(&item->set, CHAT_SET_BLOCKS, &user) || len > sizeof(key))
		return;
	chat_key_id(key, user);
	memcpy(key + CHAT_KEY_ID, item->member, item->member_len);
	if (!chat_block_parse_key(&block, key, len) || !has_both(f, &block) ||
	    chat_fsck_rows_find(&f->tables[CHAT_TABLE_BLOCKS], key, len) != NULL)
		return;
	chat_fsck_say(f, STORE_FOUND_DAMAGED, CHAT_TABLE_BLOCKS, NULL,
	    "user %s: a block is listed, but has no record", chat_fsck_name(f, user, name));
	put_block(f, key, len);
}

int
chat_fsck_blocks(struct chat_fsck *f)
{
	struct chat_fsck_row *row;
	struct chat_set_row item;
	uint64_t stale = 0;

	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_BLOCKS], &i)) != NULL;)
		check_block(f, row, &stale);
	chat_fsck_say_count(f, STORE_FOUND_STALE, CHAT_TABLE_BLOCKS, stale,
	    "blocks of users who are gone: they do no harm");
	for (size_t i = 0; (row = chat_fsck_rows_next(&f->tables[CHAT_TABLE_SETS], &i)) != NULL;) {
		chat_set_row(&item, row->key, row->key_len, chat_fsck_value(row), row->len);
		take_listed(f, &item);
	}
	return 0;
}
