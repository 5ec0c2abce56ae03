/* legacy_answer: hands the elements of legacy_split to chat_legacy_pull. */
#include "legacy/answer.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/name.h"
#include "legacy/protocol.h"
#include "legacy/split.h"

#define PIECE 4096 /* characters of BASE64 that are decoded at a time */

struct legacy_answer {
	const struct config *config;
	const struct chat_peer *peer;
	struct chat_text user;
	struct legacy_split split;
	struct chat_legacy_pull *pull;
	uint64_t bytes;
	bool ended; /* nothing more is taken */
	bool whole; /* nothing more is to come either */
	bool refused;
	bool no_realm;
	/* The file of the element that comes. */
	struct chat_blob *file;
	enum chat_result file_result;
	struct base64_decoder decoder;
};

struct legacy_answer *
legacy_answer_new(struct chat *chat, const struct chat_peer *peer, const char *user,
    const struct chat_legacy_pull_until *until)
{
	struct legacy_answer *answer = calloc(1, sizeof(*answer));

	if (answer == NULL)
		return NULL;
	answer->config = chat->config;
	answer->peer = peer;
	answer->user = chat_text(user);
	legacy_split_init(&answer->split);
	answer->pull = chat_legacy_pull_new(chat, peer, answer->user, until);
	if (answer->pull != NULL)
		return answer;
	free(answer);
	return NULL;
}

static void
drop_file(struct legacy_answer *answer)
{
	if (answer->file != NULL)
		chat_blob_end(answer->file);
	free(answer->file);
	answer->file = NULL;
}

void
legacy_answer_free(struct legacy_answer *answer)
{
	if (answer == NULL)
		return;
	drop_file(answer);
	legacy_split_free(&answer->split);
	chat_legacy_pull_free(answer->pull);
	free(answer);
}

uint64_t
legacy_answer_stored(const struct legacy_answer *answer)
{
	return chat_legacy_pull_stored(answer->pull);
}

bool
legacy_answer_no_realm(const struct legacy_answer *answer)
{
	return answer->no_realm;
}

/* Makes the file of an element, of which the first bytes have come. */
static void
begin_file(struct legacy_answer *answer)
{
	answer->file = malloc(sizeof(*answer->file));
	answer->file_result =
	    answer->file == NULL ? CHAT_FAILED : chat_blob_begin(answer->config, answer->file);
	if (answer->file_result != CHAT_OK) {
		free(answer->file);
		answer->file = NULL;
	}
	base64_decode_init(&answer->decoder);
}

static enum chat_result
write_piece(struct legacy_answer *answer, const char *text, size_t len)
{
	unsigned char bytes[BASE64_DECODED_MAX(PIECE)];
	ssize_t n = base64_decode(&answer->decoder, text, len, bytes, sizeof(bytes));
	enum chat_result result =
	    n < 0 ? CHAT_BAD_ARGUMENT : chat_blob_write(answer->file, bytes, (size_t)n);

	return result == CHAT_OK && answer->file->size > answer->config->file_max ? CHAT_TOO_BIG
	                                                                          : result;
}

/* A file that cannot be kept leaves the disk at once; the rest of it is passed over. */
static void
add_content(struct legacy_answer *answer, const char *text, size_t len)
{
	if (answer->file == NULL && answer->file_result == CHAT_OK)
		begin_file(answer);
	while (len > 0 && answer->file_result == CHAT_OK) {
		size_t n = len < PIECE ? len : PIECE;

		answer->file_result = write_piece(answer, text, n);
		text += n;
		len -= n;
	}
	if (answer->file_result != CHAT_OK)
		drop_file(answer);
}

static void
end_file(struct legacy_answer *answer)
{
	add_content(answer, "", 0); /* the content may be empty */
	if (answer->file_result == CHAT_OK && base64_decode_end(&answer->decoder) != 0)
		answer->file_result = CHAT_BAD_ARGUMENT;
	if (answer->file_result != CHAT_OK)
		drop_file(answer);
}

static void
add_element(struct legacy_answer *answer)
{
	const struct legacy_split *split = &answer->split;
	enum chat_result result = CHAT_OK;
	struct legacy_element element;
	struct chat_legacy_item item;

	if (split->file)
		end_file(answer);
	if (split->too_long)
		result = CHAT_TOO_BIG;
	else if (split->file)
		result = answer->file_result;
	if (result != CHAT_OK) {
		chat_legacy_pull_lose(answer->pull, result);
	} else if (legacy_protocol_element(&element, split->element.data, split->element.len,
	               split->file)) {
		item = (struct chat_legacy_item){ .from = element.from,
			.text = element.text,
			.file = answer->file };
		answer->file = NULL;
		chat_legacy_pull_add(answer->pull, &item,
		    name_same_n(element.to, strlen(element.to), answer->user.data,
		        answer->user.len));
		json_decref(element.object);
	}
	drop_file(answer);
	answer->file_result = CHAT_OK;
}

/* The reply is whole. False: it is none. */
static bool
end_reply(struct legacy_answer *answer)
{
	const struct legacy_split_text *envelope = &answer->split.envelope;
	struct legacy_reply reply;

	if (legacy_protocol_read(&reply, envelope->data, envelope->len) != 0)
		return false;
	answer->no_realm = reply.reason == CHAT_REASON_NO_REALM;
	answer->ended = true;
	/* Some servers reply with an error if they keep nothing. Other errors may mean: not now. */
	answer->whole = reply.ok || reply.missing;
	answer->refused = !answer->whole;
	legacy_protocol_free(&reply);
	return true;
}

/* Whether more has come than one answer may have. Then nothing more is taken. */
static bool
is_too_much(struct legacy_answer *answer)
{
	if (answer->split.elements <= LEGACY_ANSWER_ELEMENTS &&
	    answer->bytes <= LEGACY_ANSWER_BYTES)
		return false;
	log_warnx("%s: it handed over too much for %.*s; the rest of that is lost",
	    answer->peer->name, (int)answer->user.len, answer->user.data);
	answer->ended = true;
	return true;
}

/* False: it is no answer. */
static bool
act_on_event(struct legacy_answer *answer, enum legacy_split_event event)
{
	if (is_too_much(answer))
		return true;
	switch (event) {
	case LEGACY_SPLIT_ELEMENT:
		add_element(answer);
		break;
	case LEGACY_SPLIT_CONTENT:
		add_content(answer, answer->split.content, answer->split.content_len);
		break;
	case LEGACY_SPLIT_END:
		return end_reply(answer);
	case LEGACY_SPLIT_MORE:
		break;
	case LEGACY_SPLIT_BAD:
		return false;
	}
	return true;
}

/* Stores what has come. True: for now there is nothing more to do. */
static bool
store_elements(struct legacy_answer *answer, int64_t until_us)
{
	bool more;
	enum chat_result result = chat_legacy_pull_step(answer->pull, until_us, &more);

	if (result == CHAT_OK && more)
		return false;
	if (result == CHAT_OK && answer->ended)
		result = chat_legacy_pull_end(answer->pull, answer->whole);
	if (result == CHAT_OK)
		return true;
	log_warnx("%s: the messages that it kept for %.*s cannot be stored: %s", answer->peer->name,
	    (int)answer->user.len, answer->user.data, chat_strerror(result));
	answer->ended = true;
	return true;
}

enum legacy_answer_state
legacy_answer_take(struct legacy_answer *answer, const char **data, size_t *len, int64_t until_us)
{
	for (;;) {
		enum legacy_split_event event;
		size_t before = *len;

		if (answer->refused)
			return LEGACY_ANSWER_DONE;
		if ((answer->ended || chat_legacy_pull_full(answer->pull)) &&
		    !store_elements(answer, until_us))
			return LEGACY_ANSWER_BUSY;
		if (answer->ended)
			return LEGACY_ANSWER_DONE;
		event = legacy_split_next(&answer->split, data, len);
		answer->bytes += before - *len;
		if (!act_on_event(answer, event))
			return LEGACY_ANSWER_BAD;
		if (event == LEGACY_SPLIT_MORE && !answer->ended)
			return LEGACY_ANSWER_MORE;
		if (!answer->ended && clock_monotonic_us() >= until_us)
			return LEGACY_ANSWER_BUSY;
	}
}
