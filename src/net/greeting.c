/* greeting: the first bytes of other protocols. */
#include "net/greeting.h"

#include <string.h>

#define TLS_HANDSHAKE '\x16' /* the type of TLS's first record */

/* A dialect's command may begin like a method of HTTP: only the space behind it tells. */
static const struct {
	const char *begin;
	const char *seems;
} protocols[] = {
	{ "\x16", "a TLS hello" },
	{ "\x80", "a pickle" },
	{ "\xef\xbb\xbf", "a byte order mark" },
	{ "SSH-", "an SSH client" },
	{ "GET ", GREETING_HTTP },
	{ "HEAD ", GREETING_HTTP },
	{ "POST ", GREETING_HTTP },
	{ "PUT ", GREETING_HTTP },
	{ "DELETE ", GREETING_HTTP },
	{ "OPTIONS ", GREETING_HTTP },
	{ "PATCH ", GREETING_HTTP },
	{ "TRACE ", GREETING_HTTP },
	{ "CONNECT ", GREETING_HTTP },
	{ "PRI * HTTP", GREETING_HTTP },
};

/* Printable characters, white space, and the first byte of telnet's negotiation. */
static bool
may_begin_text(unsigned char c)
{
	return (c >= ' ' && c < 0x7f) || c == '\r' || c == '\n' || c == '\t' || c == 0xff;
}

enum greeting
greeting_judge(const char *data, size_t len, const char **seems)
{
	enum greeting judged = GREETING_GOOD;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		size_t begin = strlen(protocols[i].begin);

		if (memcmp(data, protocols[i].begin, len < begin ? len : begin) != 0)
			continue;
		*seems = protocols[i].seems;
		if (len >= begin)
			return GREETING_STRANGE;
		judged = GREETING_OPEN;
	}
	if (may_begin_text((unsigned char)data[0]))
		return judged;
	if (judged == GREETING_GOOD)
		*seems = "binary data";
	return GREETING_STRANGE;
}

bool
greeting_is_tls(const char *data, size_t len)
{
	return len > 0 && data[0] == TLS_HANDSHAKE;
}
