/*
 * A peer that has proven its key and delivers here: the input is what it sends. Whatever that is,
 * every answer is a reply that the other side could read, and a check finds nothing wrong with the
 * realm afterwards.
 */
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "peering/in/int.h"
#include "realm.h"

#define END_OF_REPLY "\r\n\r\n"

FUZZ_INIT(fuzz_realm_init)

const unsigned int fuzz_mutations = 60;

static void
check_replies(const char *text, size_t len)
{
	struct peering_reply reply;
	const char *at = text, *end;

	DEMAND(strlen(text) == len);
	for (; (end = strstr(at, END_OF_REPLY)) != NULL; at = end + strlen(END_OF_REPLY)) {
		DEMAND(peering_reply_read(&reply, at, (size_t)(end - at)) == 0);
		DEMAND(reply.kind != PEERING_REPLY_UNKNOWN);
	}
	DEMAND(*at == '\0');
}

/* What the worker does with the lines that are here. */
static void
serve_lines(struct peering_link *link)
{
	struct frame_line line;
	enum frame_result result = FRAME_WAIT;

	while (link->state != PEERING_OVER &&
	    (result = frame_next(&link->frame, &line)) != FRAME_WAIT) {
		if (result == FRAME_LINE)
			peering_protocol_line(link, line.data, line.len);
		else if (result == FRAME_TOO_LONG)
			peering_fatal(link, "this line is too long", false);
		else
			DEMAND(frame_grow(&link->frame) == 0);
	}
	peering_deliver(link);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peering_link link;
	int in = fuzz_realm_file(data, size), out = fuzz_realm_file("", 0);
	size_t len;

	link = (struct peering_link){ .config = &fuzz_config,
		.state = PEERING_PROVEN,
		.chat_open = true };
	fuzz_realm_open(&link.chat);
	link.receive.peer = fuzz_realm_peer(&link.chat, "malang");
	DEMAND(scoreboard_enter(link.chat.scoreboard) >= 0);
	frame_init(&link.frame, in, out, 0);
	frame_set_lines(&link.frame, PEERING_LINE_MAX);
	do
		serve_lines(&link);
	while (link.state != PEERING_OVER && frame_fill(&link.frame) == FRAME_GOT);
	peering_file_end(&link);
	DEMAND(frame_flush(&link.frame) == 0 && link.n == 0);
	char *replies = fuzz_realm_contents(out, &len);
	check_replies(replies, len);
	free(replies);
	fuzz_realm_check(&link.chat);
	frame_free(&link.frame);
	fuzz_realm_close(&link.chat);
	close(in);
	close(out);
	return 0;
}
