/*
 * peering_parse: what another realm asks for, a line at a time. What is wrong with the line itself
 * ends the link; what is wrong with a message makes it one that is refused, so that it does not
 * come again and again.
 */
#include "peering/parse.h"

#include <stdlib.h>
#include <string.h>

#include "peering/object.h"

#define WORDS_MAX    4
#define EPOCH_DIGITS 16
#define DIGITS       "0123456789"

static const char out_of_memory[] = "out of memory";

/* A command's words; the last one may be the rest of the line. */
struct words {
	struct chat_text list[WORDS_MAX];
	size_t n;
};

struct command {
	const char *name;
	size_t words;
	bool rest; /* the last word goes to the end of the line */
	const char *(*read)(struct peering_request_read *, const struct words *, const char *realm);
};

static bool
same_text(struct chat_text text, const char *string)
{
	return text.len == strlen(string) && memcmp(text.data, string, text.len) == 0;
}

static bool
read_number(struct chat_text text, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit = (uint64_t)(text.data[i] - '0');

		if (text.data[i] < '0' || text.data[i] > '9' ||
		    *number > ((uint64_t)INT64_MAX - digit) / 10)
			return false;
		*number = *number * 10 + digit;
	}
	return text.len > 0;
}

static bool
read_epoch(struct chat_text text, uint64_t *epoch)
{
	*epoch = 0;
	for (size_t i = 0; i < text.len; i++) {
		int digit = peering_object_digit(text.data[i]);

		if (digit < 0)
			return false;
		*epoch = *epoch << 4 | (uint64_t)digit;
	}
	return text.len == EPOCH_DIGITS && *epoch != 0;
}

static const char *
read_outbound(struct peering_request_read *request, const struct words *words, const char *realm)
{
	json_error_t error;

	if (!read_number(words->list[0], &request->number) || request->number == 0)
		return "that is no number of a message";
	request->object = json_loadb(words->list[1].data, words->list[1].len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (request->object == NULL && json_error_code(&error) == json_error_out_of_memory)
		return out_of_memory;
	return peering_object_read(request->object, realm, &request->inbound, &request->list) == 0
	    ? NULL
	    : out_of_memory;
}

static const char *
read_hello(struct peering_request_read *request, const struct words *words, const char *realm)
{
	(void)realm;
	request->own = words->list[1];
	request->peer = words->list[2];
	return read_number(words->list[0], &request->number) ? NULL : "that is no version";
}

static const char *
read_resume(struct peering_request_read *request, const struct words *words, const char *realm)
{
	(void)realm;
	if (!read_epoch(words->list[0], &request->epoch))
		return "that is no epoch";
	return read_number(words->list[1], &request->number) ? NULL : "that is no number";
}

static const char *
read_message(struct peering_request_read *request, const struct words *words, const char *realm)
{
	return read_outbound(request, words, realm);
}

static const char *
read_offer(struct peering_request_read *request, const struct words *words, const char *realm)
{
	request->inbound.outbound.file = true;
	return read_outbound(request, words, realm);
}

static const char *
read_void(struct peering_request_read *request, const struct words *words, const char *realm)
{
	(void)realm;
	return read_number(words->list[0], &request->number) &&
	        read_number(words->list[1], &request->last) && request->number > 0 &&
	        request->number <= request->last
	    ? NULL
	    : "those are no numbers of messages";
}

static const char *
read_chunk(struct peering_request_read *request, const struct words *words, const char *realm)
{
	(void)realm;
	request->base64 = words->list[2];
	return read_number(words->list[0], &request->number) &&
	        read_number(words->list[1], &request->offset)
	    ? NULL
	    : "those are no numbers";
}

static const char *
read_one_number(struct peering_request_read *request, const struct words *words, const char *realm)
{
	(void)realm;
	return read_number(words->list[0], &request->number) ? NULL : "that is no number";
}

static const char *
read_ask(struct peering_request_read *request, const struct words *words, const char *realm)
{
	request->user = words->list[2];
	return same_text(words->list[1], "info") ? read_one_number(request, words, realm)
	                                         : "there is no such question";
}

static const struct command commands[] = {
	[PEERING_HELLO] = { .name = "hello", .words = 3, .read = read_hello },
	[PEERING_RESUME] = { .name = "resume", .words = 2, .read = read_resume },
	[PEERING_MESSAGE] = { .name = "message", .words = 2, .rest = true, .read = read_message },
	[PEERING_VOID] = { .name = "void", .words = 2, .read = read_void },
	[PEERING_CHUNK] = { .name = "chunk", .words = 3, .read = read_chunk },
	[PEERING_SETTLED] = { .name = "settled", .words = 1, .read = read_one_number },
	[PEERING_ASK] = { .name = "ask", .words = 3, .read = read_ask },
	[PEERING_PING] = { .name = "ping", .words = 1, .read = read_one_number },
};
static const struct command offer = { .name = "file",
	.words = 2,
	.rest = true,
	.read = read_offer };

static const struct command *
find_command(struct chat_text name, enum peering_command *which)
{
	*which = PEERING_MESSAGE;
	if (same_text(name, offer.name))
		return &offer;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		*which = (enum peering_command)i;
		if (same_text(name, commands[i].name))
			return &commands[i];
	}
	return NULL;
}

/* The text up to the next space, which is taken off the line, too. False: there is none more. */
static bool
next_word(struct chat_text *line, struct chat_text *word)
{
	const char *space = memchr(line->data, ' ', line->len);

	*word = *line;
	if (space != NULL)
		word->len = (size_t)(space - line->data);
	line->data += word->len + (space != NULL);
	line->len -= word->len + (space != NULL);
	return word->len > 0;
}

/* False: there are more or fewer than there are to be. */
static bool
cut_words(const struct command *command, struct chat_text line, struct words *words)
{
	for (words->n = 0; words->n + 1 < command->words; words->n++)
		if (!next_word(&line, &words->list[words->n]))
			return false;
	words->list[words->n++] = line;
	return line.len > 0 && (command->rest || memchr(line.data, ' ', line.len) == NULL);
}

int
peering_parse(struct peering_request_read *request, const char *data, size_t len, const char *realm,
    const char **error)
{
	struct chat_text line = { .data = data, .len = len }, name;
	const struct command *command;
	struct words words;

	*request = (struct peering_request_read){ .number = 0 };
	*error = NULL;
	next_word(&line, &name);
	command = find_command(name, &request->command);
	if (command == NULL)
		*error = "there is no such command";
	else if (!cut_words(command, line, &words))
		*error = "the command has other words";
	else
		*error = command->read(request, &words, realm);
	if (*error == NULL)
		return 0;
	peering_parse_free(request);
	return -1;
}

void
peering_parse_free(struct peering_request_read *request)
{
	json_decref(request->object);
	free(request->list);
	request->object = NULL;
	request->list = NULL;
}
