/*
 * chat: opening a realm, and what the groups of verbs have in common. The verbs themselves are
 * in files of their own.
 */
#include "chat/chat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/name.h"
#include "chat/key.h"
#include "live/delivery_wait.h"
#include "live/limits.h"
#include "live/link_status.h"

/* Slots of the scoreboard for workers that no master counts. */
#define SCOREBOARD_SPARE 256
#define TRIES            1000

struct store_options
chat_store_options(const struct config *config)
{
	return (struct store_options){ .state = config->state,
		.sync = config->sync,
		.sandbox = config->sandbox,
		.log_file_size = config->log_file_size,
		.checkpoint_bytes = config->checkpoint_size,
		.min_free = config->min_free,
		.permit = chat_permit,
		.ring = chat_ring };
}

int
chat_open(struct chat *chat, const struct config *config, char *error, size_t size)
{
	return chat_open_through(chat, config, NULL, NULL, error, size);
}

int
chat_open_through(struct chat *chat, const struct config *config, int (*connect)(void *arg),
    void *arg, char *error, size_t size)
{
	struct store_options opt = chat_store_options(config);

	opt.connect = connect;
	opt.connect_arg = arg;
	*chat = (struct chat){ .config = config };
	chat->store = store_open(&opt, error, size);
	if (chat->store == NULL)
		return -1;
	chat->scoreboard =
	    scoreboard_open(config->state, (unsigned int)config->max_clients + SCOREBOARD_SPARE);
	if (chat->scoreboard != NULL)
		return 0;
	snprintf(error, size, "cannot open the scoreboard in %s: %s", config->state,
	    strerror(errno));
	chat_close(chat);
	return -1;
}

void
chat_close(struct chat *chat)
{
	link_status_close(chat->links);
	delivery_wait_close(chat->waits);
	if (chat->wakeup != NULL)
		wakeup_close(chat->wakeup);
	if (chat->scoreboard != NULL)
		scoreboard_close(chat->scoreboard);
	store_close(chat->store);
	*chat = (struct chat){ .config = chat->config };
}

enum chat_result
chat_from_store(enum store_status status)
{
	switch (status) {
	case STORE_OK:
		return CHAT_OK;
	case STORE_FULL:
		return CHAT_INBOX_FULL;
	case STORE_CLOSED:
		return CHAT_NO_USER;
	case STORE_CONFLICT:
		return CHAT_CONFLICT;
	case STORE_NO_SPACE:
		return CHAT_NO_SPACE;
	case STORE_OVER:
		return CHAT_BUDGET;
	case STORE_FORBIDDEN:
		return CHAT_FORBIDDEN;
	case STORE_REPEATED:
		return CHAT_REPEATED;
	case STORE_UNSURE:
		return CHAT_UNSURE;
	default:
		return CHAT_FAILED;
	}
}

bool
chat_is_failure(enum chat_result result)
{
	return result == CHAT_NO_SPACE || result == CHAT_FAILED || result == CHAT_UNSURE;
}

void
chat_count(const struct chat *chat, enum chat_result result, bool of_peer)
{
	if (result == chat->abroad)
		return;
	switch (result) {
	case CHAT_INBOX_FULL:
		limits_count(chat->limits, LIMITS_INBOX);
		break;
	case CHAT_QUEUE_FULL:
		limits_count(chat->limits, LIMITS_QUEUE);
		break;
	case CHAT_QUOTA:
		limits_count(chat->limits, LIMITS_QUOTA);
		break;
	case CHAT_BUDGET:
		limits_count(chat->limits, of_peer ? LIMITS_PEER_BYTES : LIMITS_SEND_BYTES);
		break;
	case CHAT_NO_SPACE:
		limits_count(chat->limits, LIMITS_MIN_FREE);
		break;
	default:
		break;
	}
}

bool
chat_retry(enum chat_result *result, unsigned int *tries)
{
	if (*result != CHAT_CONFLICT)
		return false;
	if (++*tries <= TRIES)
		return true;
	log_warnx("a change met with %d conflicts: records of the store contradict each other, "
	          "see `kabarctl check`",
	    TRIES);
	*result = CHAT_FAILED;
	return false;
}

enum chat_result
chat_new_ids(struct chat *chat, unsigned int n, uint64_t *first)
{
	struct store_tx tx;
	struct store_outcome outcome;

	store_tx_init(&tx);
	store_tx_next(&tx, STORE_COUNTERS, "id", 2, n);
	store_commit(chat->store, &tx, &outcome);
	*first = outcome.value;
	return chat_from_store(outcome.status);
}

enum chat_result
chat_new_id(struct chat *chat, uint64_t *id)
{
	return chat_new_ids(chat, 1, id);
}

enum chat_result
chat_cursor(struct chat *chat, uint64_t user, uint64_t log, uint64_t *number)
{
	unsigned char key[CHAT_KEY_PAIR];

	chat_key_pair(key, user, log);
	return chat_from_store(
	    store_get_number(chat->store, STORE_CURSORS, key, sizeof(key), number));
}

enum chat_result
chat_close_log(struct chat *chat, uint64_t log)
{
	struct store_tx tx;

	store_tx_init(&tx);
	store_tx_close_log(&tx, log);
	return chat_from_store(store_commit(chat->store, &tx, NULL));
}

const char *
chat_strerror(enum chat_result result)
{
	static const char *const texts[CHAT_RESULTS] = {
		[CHAT_OK] = "done",
		[CHAT_NO_SESSION] = "not logged in",
		[CHAT_NO_USER] = "no such user",
		[CHAT_BAD_PASSWORD] = "wrong password",
		[CHAT_LOCKED] = "the account is locked",
		[CHAT_USER_EXISTS] = "there is a user of this name already",
		[CHAT_NEEDS_INVITATION] = "only with the code of an invitation",
		[CHAT_NO_INVITATION] = "no such invitation, or it is used up or has expired",
		[CHAT_NO_GROUP] = "no such group",
		[CHAT_GROUP_EXISTS] = "there is a group of this name already",
		[CHAT_ALREADY_MEMBER] = "a member already",
		[CHAT_NOT_MEMBER] = "not a member",
		[CHAT_NOT_INVITED] = "not invited",
		[CHAT_BAD_KEY] = "not the key of the group",
		[CHAT_GROUP_FULL] = "the group is full",
		[CHAT_BANNED] = "banned from the group",
		[CHAT_NO_REALM] = "no such realm",
		[CHAT_REALM_EXISTS] = "there is a realm of this name already",
		[CHAT_BAD_ARGUMENT] = "not a valid name, password or text",
		[CHAT_FORBIDDEN] = "not allowed",
		[CHAT_INBOX_FULL] = "the inbox is full",
		[CHAT_NO_FILE] = "no such file",
		[CHAT_TOO_BIG] = "the file is too big",
		[CHAT_QUOTA] = "the sender's quota for files is used up",
		[CHAT_BUDGET] = "the sender has sent too much today, try again later",
		[CHAT_TOO_MANY] = "the settings allow no more",
		[CHAT_QUEUE_FULL] = "too much is queued for the other realm",
		[CHAT_QUEUED] = "queued for another realm",
		[CHAT_REFUSED] = "the other realm refuses it",
		[CHAT_HISTORY_OFF] = "conversations are not kept",
		[CHAT_REPEATED] = "done before",
		[CHAT_NO_ANSWER] = "the other realm does not answer",
		[CHAT_NO_SPACE] = "the disk is full",
		[CHAT_BLOCKED] = "the receiver takes no messages from the sender",
		[CHAT_CONFLICT] = "another changed it at the same moment, try again",
		[CHAT_TOO_SOON] = "tried too often",
		[CHAT_UNSURE] = "it is not known whether this was done, see the log",
		[CHAT_FAILED] = "the store failed, see the log",
	};

	return result < CHAT_RESULTS ? texts[result] : "unknown";
}

struct chat_text
chat_text(const char *string)
{
	return (struct chat_text){ .data = string, .len = strlen(string) };
}

static bool
is_among(char c, const char *characters)
{
	return c != '\0' && strchr(characters, c) != NULL;
}

struct chat_text
chat_text_trim(struct chat_text text, const char *characters)
{
	while (text.len > 0 && is_among(text.data[0], characters)) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_among(text.data[text.len - 1], characters))
		text.len--;
	return text;
}

bool
chat_text_is(struct chat_text text, const char *name)
{
	return name_same_n(text.data, text.len, name, strlen(name));
}
