/*
 * chat_reason: why something could not be delivered, as it stands in records and between realms.
 */
#include "chat/reason.h"

#include <string.h>

struct reason {
	const char *word;
	enum chat_result result;
	bool of_peer; /* a peer may give it: kabar-peering(7) */
};

static const struct reason reasons[CHAT_REASONS] = {
	[CHAT_REASON_NONE] = { .word = "none", .result = CHAT_OK },
	[CHAT_REASON_NO_USER] = { .word = "no_user", .result = CHAT_NO_USER, .of_peer = true },
	[CHAT_REASON_NO_GROUP] = { .word = "no_group", .result = CHAT_NO_GROUP, .of_peer = true },
	[CHAT_REASON_NOT_MEMBER] = { .word = "not_member",
	    .result = CHAT_NOT_MEMBER,
	    .of_peer = true },
	[CHAT_REASON_INBOX_FULL] = { .word = "inbox_full",
	    .result = CHAT_INBOX_FULL,
	    .of_peer = true },
	[CHAT_REASON_TOO_BIG] = { .word = "too_big", .result = CHAT_TOO_BIG, .of_peer = true },
	[CHAT_REASON_QUOTA] = { .word = "quota", .result = CHAT_QUOTA, .of_peer = true },
	[CHAT_REASON_BAD_MESSAGE] = { .word = "bad_message",
	    .result = CHAT_BAD_ARGUMENT,
	    .of_peer = true },
	[CHAT_REASON_BAD_FILE] = { .word = "bad_file", .result = CHAT_REFUSED, .of_peer = true },
	[CHAT_REASON_EXPIRED] = { .word = "expired", .result = CHAT_REFUSED },
	[CHAT_REASON_DROPPED] = { .word = "dropped", .result = CHAT_REFUSED },
	[CHAT_REASON_NO_REALM] = { .word = "no_realm", .result = CHAT_NO_REALM },
	[CHAT_REASON_REFUSED] = { .word = "refused", .result = CHAT_REFUSED, .of_peer = true },
	[CHAT_REASON_NO_ANSWER] = { .word = "no_answer", .result = CHAT_NO_ANSWER },
	[CHAT_REASON_BLOCKED] = { .word = "blocked", .result = CHAT_BLOCKED, .of_peer = true },
};

const char *
chat_reason_word(enum chat_reason reason)
{
	return reasons[reason < CHAT_REASONS ? reason : CHAT_REASON_REFUSED].word;
}

enum chat_reason
chat_reason_find(struct chat_text word)
{
	for (unsigned int i = CHAT_REASON_NONE + 1; i < CHAT_REASONS; i++)
		if (strlen(reasons[i].word) == word.len &&
		    memcmp(reasons[i].word, word.data, word.len) == 0)
			return (enum chat_reason)i;
	return CHAT_REASON_REFUSED;
}

enum chat_reason
chat_reason_find_of_peer(struct chat_text word)
{
	enum chat_reason reason = chat_reason_find(word);

	return reasons[reason].of_peer ? reason : CHAT_REASON_REFUSED;
}

enum chat_reason
chat_reason_of(enum chat_result result)
{
	if (result == CHAT_REFUSED)
		return CHAT_REASON_REFUSED;
	for (unsigned int i = 0; i < CHAT_REASONS; i++)
		if (reasons[i].result == result)
			return (enum chat_reason)i;
	return CHAT_REASON_REFUSED;
}

enum chat_result
chat_reason_result(enum chat_reason reason)
{
	return reasons[reason < CHAT_REASONS ? reason : CHAT_REASON_REFUSED].result;
}
