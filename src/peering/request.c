/*
 * peering_request: the writers come first, then the reader. The wire remembers a line for which it
 * had no memory. A fault of the line itself ends the link; a fault of a message makes it one that
 * is refused, so that it does not come again and again.
 */
#include "peering/request.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/json_out.h"
#include "peering/object.h"
#include "peering/peering.h"

#define LINE_END   "\r\n"
#define SHORT_LINE 256
#define WORDS_MAX  4

static const char out_of_memory[] = "out of memory";

static void __attribute__((format(printf, 2, 3)))
write_line(struct wire *wire, const char *fmt, ...)
{
	char line[SHORT_LINE];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len > 0)
		wire_put(wire, line, (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

void
peering_request_hello(struct wire *wire, const char *own, const char *peer)
{
	write_line(wire, "hello %d %s %s" LINE_END, PEERING_VERSION, own, peer);
}

void
peering_request_resume(struct wire *wire, uint64_t epoch, uint64_t settled)
{
	char text[PEERING_EPOCH_SIZE];

	peering_write_epoch(text, epoch);
	write_line(wire, "resume %s %" PRIu64 LINE_END, text, settled);
}

void
peering_request_message(struct wire *wire, uint64_t number, const struct chat_outbound *outbound,
    int64_t time_ms, const char *own)
{
	struct json_out j;

	write_line(wire, "%s %" PRIu64 " ", outbound->file ? "file" : "message", number);
	json_out_init(&j, wire_put, wire);
	peering_object_write(&j, outbound, time_ms, own);
	write_line(wire, LINE_END);
}

void
peering_request_void(struct wire *wire, uint64_t from, uint64_t to)
{
	write_line(wire, "void %" PRIu64 " %" PRIu64 LINE_END, from, to);
}

void
peering_request_chunk(struct wire *wire, uint64_t number, uint64_t offset,
    const unsigned char *data, size_t len)
{
	struct base64_encoder encoder;
	char text[BASE64_ENCODED_MAX(PEERING_CHUNK_MAX) + BASE64_TAIL_MAX];
	ssize_t n;

	base64_encode_init(&encoder);
	n = base64_encode(&encoder, data, len, text, sizeof(text));
	if (n < 0)
		return; /* longer than a chunk may be */
	n += (ssize_t)base64_encode_end(&encoder, text + n);
	write_line(wire, "chunk %" PRIu64 " %" PRIu64 " ", number, offset);
	wire_put(wire, text, (size_t)n);
	write_line(wire, LINE_END);
}

void
peering_request_settled(struct wire *wire, uint64_t number)
{
	write_line(wire, "settled %" PRIu64 LINE_END, number);
}

void
peering_request_info(struct wire *wire, uint64_t id, const char *user)
{
	write_line(wire, "ask %" PRIu64 " info %s" LINE_END, id, user);
}

void
peering_request_ping(struct wire *wire, uint64_t id)
{
	write_line(wire, "ping %" PRIu64 LINE_END, id);
}

/* A command's words; the last one may be the rest of the line. */
struct words {
	struct chat_text list[WORDS_MAX];
	size_t n;
};

struct command {
	const char *name;
	enum peering_command command;
	size_t words;
	bool rest; /* the last word goes to the end of the line */
	const char *(*read)(struct peering_request *, const struct words *, const char *realm);
};

static bool
same_text(struct chat_text text, const char *string)
{
	return text.len == strlen(string) && memcmp(text.data, string, text.len) == 0;
}

static bool
read_word_number(struct chat_text text, uint64_t *number)
{
	return peering_read_number(text.data, text.len, number);
}

/*
 * Whether a text that is no JSON may be good. Jansson does not always tell a lack of memory from a
 * wrong text; but a wrong text is always explained, and a lack of memory lasts.
 */
static bool
lacks_memory(const json_error_t *error, size_t len)
{
	void *probe;

	if (json_error_code(error) == json_error_out_of_memory || error->text[0] == '\0')
		return true;
	probe = malloc(len);
	free(probe);
	return probe == NULL;
}

static const char *
read_message(struct peering_request *request, const struct words *words, const char *realm)
{
	json_error_t error;

	if (!read_word_number(words->list[0], &request->number) || request->number == 0)
		return "that is no number of a message";
	request->object = json_loadb(words->list[1].data, words->list[1].len,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
	if (request->object == NULL && lacks_memory(&error, words->list[1].len))
		return out_of_memory;
	return peering_object_read(request->object, realm, &request->inbound, &request->list) == 0
	    ? NULL
	    : out_of_memory;
}

static const char *
read_hello(struct peering_request *request, const struct words *words, const char *realm)
{
	(void)realm;
	request->own = words->list[1];
	request->peer = words->list[2];
	return read_word_number(words->list[0], &request->number) ? NULL : "that is no version";
}

static const char *
read_resume(struct peering_request *request, const struct words *words, const char *realm)
{
	(void)realm;
	if (!peering_read_epoch(words->list[0].data, words->list[0].len, &request->epoch) ||
	    request->epoch == 0)
		return "that is no epoch";
	return read_word_number(words->list[1], &request->number) ? NULL : "that is no number";
}

static const char *
read_offer(struct peering_request *request, const struct words *words, const char *realm)
{
	request->inbound.outbound.file = true;
	return read_message(request, words, realm);
}

static const char *
read_void(struct peering_request *request, const struct words *words, const char *realm)
{
	(void)realm;
	return read_word_number(words->list[0], &request->number) &&
	        read_word_number(words->list[1], &request->last) && request->number > 0 &&
	        request->number <= request->last
	    ? NULL
	    : "those are no numbers of messages";
}

static const char *
read_chunk(struct peering_request *request, const struct words *words, const char *realm)
{
	(void)realm;
	request->base64 = words->list[2];
	return read_word_number(words->list[0], &request->number) &&
	        read_word_number(words->list[1], &request->offset)
	    ? NULL
	    : "those are no numbers";
}

static const char *
read_one_number(struct peering_request *request, const struct words *words, const char *realm)
{
	(void)realm;
	return read_word_number(words->list[0], &request->number) ? NULL : "that is no number";
}

static const char *
read_ask(struct peering_request *request, const struct words *words, const char *realm)
{
	request->user = words->list[2];
	return same_text(words->list[1], "info") ? read_one_number(request, words, realm)
	                                         : "there is no such question";
}

static const struct command commands[] = {
	{ .name = "hello", .command = PEERING_HELLO, .words = 3, .read = read_hello },
	{ .name = "resume", .command = PEERING_RESUME, .words = 2, .read = read_resume },
	{ .name = "message",
	    .command = PEERING_MESSAGE,
	    .words = 2,
	    .rest = true,
	    .read = read_message },
	{ .name = "file",
	    .command = PEERING_MESSAGE,
	    .words = 2,
	    .rest = true,
	    .read = read_offer },
	{ .name = "void", .command = PEERING_VOID, .words = 2, .read = read_void },
	{ .name = "chunk", .command = PEERING_CHUNK, .words = 3, .read = read_chunk },
	{ .name = "settled", .command = PEERING_SETTLED, .words = 1, .read = read_one_number },
	{ .name = "ask", .command = PEERING_ASK, .words = 3, .read = read_ask },
	{ .name = "ping", .command = PEERING_PING, .words = 1, .read = read_one_number },
};

static const struct command *
find_request(struct chat_text name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (same_text(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* Takes the next word and the space behind it off the line. False: the line has no more. */
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

/* False: the line has more or fewer words than the command. */
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
peering_request_read(struct peering_request *request, const char *data, size_t len,
    const char *realm, const char **error)
{
	struct chat_text line = { .data = data, .len = len }, name;
	const struct command *command;
	struct words words;

	*request = (struct peering_request){ .number = 0 };
	*error = NULL;
	next_word(&line, &name);
	command = find_request(name);
	if (command != NULL)
		request->command = command->command;
	if (command == NULL)
		*error = "there is no such command";
	else if (!cut_words(command, line, &words))
		*error = "the command has other words";
	else
		*error = command->read(request, &words, realm);
	if (*error == NULL)
		return 0;
	request->no_memory = *error == out_of_memory;
	peering_request_free(request);
	return -1;
}

void
peering_request_free(struct peering_request *request)
{
	json_decref(request->object);
	free(request->list);
	request->object = NULL;
	request->list = NULL;
}
