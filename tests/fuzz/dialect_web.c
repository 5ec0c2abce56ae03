/*
 * A client of the dialect web, until it has a WebSocket: each reply is a whole one of HTTP, with
 * the headers that all have.
 */
#include <string.h>

#include "dialog.h"

#define HEAD_END "\r\n\r\n"
#define WORD     "Content-Length: "

const unsigned int fuzz_mutations = 60;

FUZZ_INIT(fuzz_realm_init)

/* The length of the reply that begins here. */
static size_t
check_reply(const char *text, size_t size)
{
	const char *end = strstr(text, HEAD_END), *length, *policy;
	size_t head, body;

	DEMAND(strncmp(text, "HTTP/1.1 ", 9) == 0 && end != NULL);
	head = (size_t)(end - text) + strlen(HEAD_END);
	if (strncmp(text + 9, "100 ", 4) == 0)
		return head;
	if (strncmp(text + 9, "101 ", 4) == 0)
		return size;
	policy = strstr(text, "Content-Security-Policy: ");
	DEMAND(policy != NULL && policy < end);
	length = strstr(text, WORD);
	if (length == NULL || length > end) {
		DEMAND(strncmp(text + 9, "304 ", 4) == 0);
		return head;
	}
	body = strtoul(length + strlen(WORD), NULL, 10);
	/* The reply to a HEAD has none. */
	if (head == size || strncmp(text + head, "HTTP/1.1 ", 9) == 0)
		return head;
	DEMAND(body <= size - head);
	return head + body;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len, at = 0;
	char *replies = fuzz_dialog_talk("web", "192.0.2.1", data, size, &len);

	while (at < len)
		at += check_reply(replies + at, len - at);
	free(replies);
	return 0;
}
