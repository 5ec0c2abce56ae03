/*
 * chat_permit_block: a user changes the own list of blocks alone, and names in it users and realms
 * that are there. A record changes with the sets that name it, so the list's length is its bound;
 * how the sets change is left to chat_permit_set.
 */
#include <string.h>

#include "chat/block.h"
#include "chat/key.h"
#include "chat/permit_int.h"
#include "chat/realm/peer.h"

/* Whether the user's list, and the blocked user's, change with the record. */
static bool
changes_sets(const struct permit *permit, const struct chat_block *block, bool comes)
{
	struct chat_set blocks = chat_set_of(CHAT_SET_BLOCKS, block->user);
	struct chat_set blockers = chat_set_of(CHAT_SET_BLOCKERS, block->blocked);
	unsigned char user[CHAT_KEY_ID];

	chat_key_id(user, block->user);
	if (comes)
		return chat_permit_set_gains(permit, &blocks, block->member, block->member_len,
		           CHAT_BLOCKS_MOST) &&
		    (block->blocked == 0 ||
		        chat_permit_set_gains(permit, &blockers, user, sizeof(user), UINT32_MAX));
	return chat_permit_set_loses(permit, &blocks, block->member, block->member_len) &&
	    (block->blocked == 0 || chat_permit_set_loses(permit, &blockers, user, sizeof(user)));
}

/* Whether it blocks another user of this realm, or one of a realm that is known, or all of it. */
static bool
names_somebody(struct permit *permit, const struct chat_block *block)
{
	struct chat_peer peer;

	if (block->blocked != 0)
		return block->blocked != block->user &&
		    chat_permit_find_user(permit, block->blocked);
	const char *realm = memchr(block->text.data, '@', block->text.len);
	if (realm == NULL)
		return false;
	realm++;
	return chat_peer_find(&permit->chat,
	           (struct chat_text){ .data = realm,
	               .len = block->text.len - (size_t)(realm - block->text.data) },
	           &peer) == CHAT_OK;
}

bool
chat_permit_block_may(struct permit *permit, const struct store_step *step)
{
	struct chat_block block;
	int64_t since_ms;
	size_t len;
	const unsigned char *key = chat_permit_step_key(step, &len);

	if (!chat_block_parse_key(&block, key, len) || block.user != permit->who.id ||
	    chat_permit_step_expected(permit, step) == NULL ||
	    chat_permit_step_change(permit, CHAT_TABLE_BLOCKS, key, len) != step ||
	    !changes_sets(permit, &block, step->kind == STORE_STEP_PUT))
		return false;
	if (step->kind == STORE_STEP_DELETE)
		return true;
	return step->kind == STORE_STEP_PUT && chat_permit_step_is_new(permit, step) &&
	    chat_block_parse(&since_ms, step->value, step->len) && names_somebody(permit, &block);
}
