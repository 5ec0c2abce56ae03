/* dialect_block: handlers of the commands about whom a user blocks. */
#include "dialect/block.h"

#include "chat/block.h"
#include "dialect/names.h"

enum chat_result
dialect_block_add(struct dialog *dialog, struct line_request *request)
{
	return chat_block_add(&dialog->chat, request->session.user.id, request->words[0]);
}

enum chat_result
dialect_block_remove(struct dialog *dialog, struct line_request *request)
{
	return chat_block_remove(&dialog->chat, request->session.user.id, request->words[0]);
}

enum chat_result
dialect_block_show(struct dialog *dialog, struct line_request *request)
{
	uint64_t user = request->session.user.id;
	struct dialect_names names = { .n = 0 };
	enum chat_result result = CHAT_OK;
	char who[CHAT_BLOCK_TEXT];

	for (uint32_t i = 0; result == CHAT_OK || result == CHAT_NO_USER; i++) {
		result = chat_block_at(&dialog->chat, user, i, who);
		if (result == CHAT_OK)
			result = dialect_names_add(&names, who);
	}
	return dialect_names_reply(&names, dialog, "blocks",
	    result == CHAT_NOT_MEMBER ? CHAT_OK : result);
}
