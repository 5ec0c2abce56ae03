/* chat_permit_find: what the store says to the rules. A failure is a no. */
#include "chat/history/logs.h"
#include "chat/key.h"
#include "chat/member.h"
#include "chat/owner.h"
#include "chat/permit.h"
#include "chat/permit_int.h"
#include "chat/realm/peer.h"
#include "chat/realm/remote_user.h"
#include "chat/role.h"
#include "chat/speak.h"
#include "chat/user.h"

bool
chat_permit_find_user(struct permit *permit, uint64_t id)
{
	struct chat_user user;

	return chat_user_get(&permit->chat, id, &user) == CHAT_OK;
}

bool
chat_permit_find_admin(struct permit *permit)
{
	struct chat_user user;

	return permit->who.kind == CHAT_PRINCIPAL_USER &&
	    chat_user_get(&permit->chat, permit->who.id, &user) == CHAT_OK && user.admin &&
	    !user.locked;
}

/* Logs that no other record names, those of remote messages, have entries. */
bool
chat_permit_find_fresh(struct permit *permit, uint64_t id)
{
	struct chat_remote_user remote_user;
	struct chat_history_owner owner;
	struct store_log_info info;
	struct chat_peer peer;
	uint64_t last;

	return id != 0 &&
	    store_get_number(permit->chat.store, STORE_COUNTERS, "id", 2, &last) == STORE_OK &&
	    id <= last && chat_owner_find(&permit->chat, id) == CHAT_NO_USER &&
	    chat_peer_get(&permit->chat, id, &peer) == CHAT_NO_REALM &&
	    chat_remote_user_get(&permit->chat, id, &remote_user) == CHAT_NO_USER &&
	    chat_history_owner(&permit->chat, id, &owner) == CHAT_NO_USER &&
	    store_log_info(permit->chat.store, id, &info) == STORE_OK && info.last == 0 &&
	    !info.closed;
}

bool
chat_permit_find_member(struct permit *permit, uint64_t group, uint64_t user)
{
	return chat_member_find(&permit->chat, group, user) == CHAT_OK;
}

bool
chat_permit_find_welcome(struct permit *permit, uint64_t user,
    const struct chat_block_sender *sender)
{
	return chat_block_judge(&permit->chat, user, sender) == CHAT_OK;
}

bool
chat_permit_find_nameless(struct permit *permit, const struct chat_group *group)
{
	struct chat_group other;
	enum chat_result result = chat_group_find(&permit->chat, chat_text(group->name), &other);

	return result == CHAT_NO_GROUP || (result == CHAT_OK && other.id != group->id);
}

bool
chat_permit_find_operator(struct permit *permit, const struct chat_group *group)
{
	return permit->who.kind == CHAT_PRINCIPAL_USER &&
	    ((chat_role_of(&permit->chat, group, permit->who.id) &
	         (CHAT_ROLE_OWNER | CHAT_ROLE_OPERATOR)) != 0 ||
	        group->owner == permit->who.id || chat_permit_find_admin(permit));
}

bool
chat_permit_find_manager(struct permit *permit, const struct chat_group *group)
{
	return chat_permit_find_operator(permit, group) || chat_permit_find_nameless(permit, group);
}

bool
chat_permit_find_voice(struct permit *permit, const struct chat_group *group)
{
	struct chat_user user = { .id = permit->who.id };

	/* The rest of the account is asked for by bans alone. */
	return (!group->banned || chat_user_get(&permit->chat, permit->who.id, &user) == CHAT_OK) &&
	    chat_speak_judge(&permit->chat, group, &user) == CHAT_OK;
}
