/*
 * chat/file/put: the transactions that store and forget a file. They expect all that they have read
 * and are tried again where another process was faster.
 */
#include "chat/file/put.h"

#include <string.h>

#include "chat/choice.h"
#include "chat/file/quota.h"
#include "chat/table.h"

/*
 * Adds or removes a name. With its first file a conversation comes into the sets of its users, with
 * its last one it goes.
 */
static enum store_status
tx_list(struct chat *chat, struct store_tx *tx, struct chat_conversation conversation,
    struct chat_text name, chat_set_change *change)
{
	struct chat_set names = chat_file_names(conversation), partners;
	unsigned char id[CHAT_KEY_ID];
	uint32_t others;
	enum store_status status = change(chat, tx, &names, name.data, name.len, &others);

	if (status != STORE_OK || others > 0 || conversation.first == 0)
		return status;
	partners = chat_file_partners(conversation.first);
	chat_key_id(id, conversation.second);
	status = change(chat, tx, &partners, id, sizeof(id), &others);
	if (status != STORE_OK || conversation.first == conversation.second)
		return status;
	partners = chat_file_partners(conversation.second);
	chat_key_id(id, conversation.first);
	return change(chat, tx, &partners, id, sizeof(id), &others);
}

/* The steps by which `after` takes the place of `before`, both of one name; NULL: none. */
static enum chat_result
tx_replace(struct chat *chat, struct store_tx *tx, struct chat_conversation conversation,
    struct chat_text name, const struct chat_file *before, const struct chat_file *after)
{
	unsigned char key[CHAT_FILE_KEY], old[CHAT_FILE_RECORD], new[CHAT_FILE_RECORD];
	size_t key_len = chat_file_key(key, conversation, name);
	size_t old_len = before == NULL ? 0 : chat_file_pack(old, before);
	size_t new_len = after == NULL ? 0 : chat_file_pack(new, after);
	enum chat_result result = chat_quota_tx(chat, tx, before, after);

	if (result != CHAT_OK)
		return result;
	chat_key_swap(tx, CHAT_TABLE_FILES, key, key_len, old, old_len, new, new_len);
	if ((before != NULL && after != NULL) || chat_conversation_is_outbound(conversation))
		return CHAT_OK;
	return chat_from_store(
	    tx_list(chat, tx, conversation, name, after != NULL ? chat_set_add : chat_set_remove));
}

/*
 * Whether a member may put a file in the place of another's: the group's owner may, and everybody
 * where the owner has chosen so, or the setting says so.
 */
static enum chat_result
check_owner(struct chat *chat, struct chat_conversation conversation,
    const struct chat_file *before, const struct chat_file *file)
{
	struct chat_group group;
	enum chat_result result;

	if (before == NULL || conversation.first != 0 || before->owner == file->owner)
		return CHAT_OK;
	result = chat_group_get(chat, conversation.second, &group);
	if (result == CHAT_OK && group.owner != file->owner &&
	    !chat_choice_shares_files(chat->config, &group))
		result = CHAT_FORBIDDEN;
	return result;
}

static enum chat_result
try_put(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
    const struct chat_file *file)
{
	struct chat_file older;
	struct store_tx tx;
	enum chat_result result = chat_file_get(chat, conversation, name, &older);
	const struct chat_file *before = result == CHAT_OK ? &older : NULL;

	if (result != CHAT_OK && result != CHAT_NO_FILE)
		return result;
	result = check_owner(chat, conversation, before, file);
	if (result != CHAT_OK)
		return result;
	store_tx_init(&tx);
	result = tx_replace(chat, &tx, conversation, name, before, file);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_file_put(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
    const struct chat_file *file)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_put(chat, conversation, name, file);
	return result;
}

static bool
is_same(const struct chat_file *left, const struct chat_file *right)
{
	return left->owner == right->owner && left->size == right->size &&
	    left->sent_ms == right->sent_ms &&
	    memcmp(left->hash, right->hash, sizeof(left->hash)) == 0;
}

static enum chat_result
try_remove(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
    const struct chat_file *file)
{
	struct chat_file present;
	struct store_tx tx;
	enum chat_result result = chat_file_get(chat, conversation, name, &present);

	if (result != CHAT_OK)
		return result;
	if (!is_same(&present, file))
		return CHAT_NO_FILE;
	store_tx_init(&tx);
	result = tx_replace(chat, &tx, conversation, name, file, NULL);
	return result == CHAT_OK ? chat_from_store(store_commit(chat->store, &tx, NULL)) : result;
}

enum chat_result
chat_file_remove(struct chat *chat, struct chat_conversation conversation, struct chat_text name,
    const struct chat_file *file)
{
	enum chat_result result = CHAT_CONFLICT;

	for (unsigned int tries = 0; chat_retry(&result, &tries);)
		result = try_remove(chat, conversation, name, file);
	return result;
}

enum chat_result
chat_file_release(struct chat *chat, uint64_t file_id)
{
	struct chat_conversation conversation = chat_conversation_outbound(file_id);
	struct chat_file file;
	enum chat_result result = chat_file_get(chat, conversation, chat_file_enclosed(), &file);

	if (result == CHAT_OK)
		result = chat_file_remove(chat, conversation, chat_file_enclosed(), &file);
	return result == CHAT_NO_FILE ? CHAT_OK : result;
}
