/*
 * A client of the dialect irc: each line that it gets is UTF-8, as long as lines may be, and has a
 * command.
 */
#include <string.h>

#include "base/utf8.h"
#include "dialect/irc/line.h"
#include "dialog.h"

#define LINE_END  "\r\n"
#define TAGS_MOST 8191 /* bytes, with the @ and the space behind them */

const unsigned int fuzz_mutations = 60;

FUZZ_INIT(fuzz_realm_init)

static void
check_line(const char *line, size_t len)
{
	const char *body = line;

	if (line[0] == '@') {
		body = memchr(line, ' ', len);
		DEMAND(body != NULL && (size_t)(++body - line) <= TAGS_MOST);
	}
	len -= (size_t)(body - line);
	DEMAND(len > 0 && len <= IRC_BODY_MOST && utf8_valid(body, len));
	DEMAND(memchr(body, '\r', len) == NULL && memchr(body, '\n', len) == NULL);
	if (body[0] == ':') {
		body = memchr(body, ' ', len);
		DEMAND(body++ != NULL);
	}
	DEMAND((*body >= 'A' && *body <= 'Z') || (*body >= '0' && *body <= '9'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	char *replies = fuzz_dialog_talk("irc", "192.0.2.1", data, size, &len);
	const char *at = replies, *end;

	DEMAND(strlen(replies) == len);
	for (; (end = strstr(at, LINE_END)) != NULL; at = end + strlen(LINE_END))
		check_line(at, (size_t)(end - at));
	DEMAND(*at == '\0');
	free(replies);
	return 0;
}
