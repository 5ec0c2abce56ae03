/*
 * chat_permit_block: a user changes the own list of blocks alone, and names in it users who are
 * there. The two sets of a block are left to chat_permit_set.
 */
#include "chat/block.h"
#include "chat/permit_int.h"

bool
chat_permit_block_may(struct permit *permit, const struct store_step *step)
{
	struct chat_block block;
	int64_t since_ms;
	size_t len;
	const unsigned char *key = chat_permit_step_key(step, &len);

	if (!chat_block_parse_key(&block, key, len) || block.user != permit->who.id ||
	    chat_permit_step_expected(permit, step) == NULL)
		return false;
	if (step->kind == STORE_STEP_DELETE)
		return true;
	return step->kind == STORE_STEP_PUT && chat_permit_step_is_new(permit, step) &&
	    chat_block_parse(&since_ms, step->value, step->len) && block.blocked != block.user &&
	    (block.blocked == 0 || chat_permit_find_user(permit, block.blocked));
}
