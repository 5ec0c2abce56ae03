/* dialect_code: the names of enum chat_result without their prefix. */
#include "dialect/code.h"

#define CODE(name) [CHAT_##name] = #name

const char *
dialect_code(enum chat_result result)
{
	static const char *const codes[CHAT_RESULTS] = {
		CODE(NO_SESSION),
		CODE(NO_USER),
		CODE(BAD_PASSWORD),
		CODE(LOCKED),
		CODE(USER_EXISTS),
		CODE(NEEDS_INVITATION),
		CODE(NO_INVITATION),
		CODE(NO_GROUP),
		CODE(GROUP_EXISTS),
		CODE(ALREADY_MEMBER),
		CODE(NOT_MEMBER),
		CODE(NOT_INVITED),
		CODE(BAD_KEY),
		CODE(GROUP_FULL),
		CODE(BANNED),
		CODE(NO_REALM),
		CODE(REALM_EXISTS),
		CODE(BAD_ARGUMENT),
		CODE(FORBIDDEN),
		CODE(INBOX_FULL),
		CODE(NO_FILE),
		CODE(TOO_BIG),
		CODE(QUOTA),
		CODE(BUDGET),
		CODE(TOO_MANY),
		CODE(QUEUE_FULL),
		CODE(REFUSED),
		CODE(NO_ANSWER),
		CODE(NO_SPACE),
		CODE(BLOCKED),
		CODE(TOO_SOON),
		CODE(HISTORY_OFF),
		CODE(UNSURE),
		CODE(FAILED),
	};

	return result < CHAT_RESULTS && codes[result] != NULL ? codes[result] : codes[CHAT_FAILED];
}
