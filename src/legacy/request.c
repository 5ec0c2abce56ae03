/*
 * legacy_request: what is said to an older server. Such servers take a line for whole when
 * what they have read ends with CR LF, and look at nothing else until they have answered.
 */
#include "legacy/request.h"

#include <stdio.h>
#include <string.h>

#define LINE_END "\r\n"
/* As Python prints bytes: some servers know a file by that, and none minds. */
#define FILE_BEGIN "b'"
#define FILE_END   "'"
/* They ask for a session where they need none. */
#define NO_SESSION "-"

static void
put(struct wire *wire, const char *text)
{
	(void)wire_put(wire, text, strlen(text));
}

static void
put_text(struct wire *wire, struct chat_text text)
{
	(void)wire_put(wire, text.data, text.len);
}

bool
legacy_request_possible(const struct chat_outbound *outbound)
{
	return memchr(outbound->text.data, '\r', outbound->text.len) == NULL &&
	    memchr(outbound->text.data, '\n', outbound->text.len) == NULL;
}

void
legacy_request_announce(struct wire *wire, const char *realm, const char *host, uint16_t port)
{
	char port_text[8];

	snprintf(port_text, sizeof(port_text), "%u", port);
	put(wire, "recvrealm ");
	put(wire, realm);
	put(wire, " ");
	put(wire, host);
	put(wire, " ");
	put(wire, port_text);
	put(wire, LINE_END);
}

void
legacy_request_members(struct wire *wire, const char *realm, struct chat_text group)
{
	put(wire, "getgrouprealm " NO_SESSION " ");
	put_text(wire, group);
	put(wire, " ");
	put(wire, realm);
	put(wire, LINE_END);
}

void
legacy_request_chat(struct wire *wire, const char *realm, const char *user)
{
	put(wire, "getrealmchat ");
	put(wire, realm);
	put(wire, " ");
	put(wire, user);
	put(wire, LINE_END);
}

/* A name is one word there. */
static void
put_file_name(struct wire *wire, struct chat_text name)
{
	for (size_t i = 0; i < name.len; i++)
		(void)wire_put(wire, name.data[i] == ' ' ? "_" : name.data + i, 1);
}

void
legacy_request_message(struct wire *wire, const char *realm, const struct chat_outbound *outbound,
    struct chat_text to)
{
	bool user = outbound->kind == CHAT_OUTBOUND_USER;

	if (outbound->file)
		put(wire, user ? "recvfilerealm " : "recvgroupfilerealm ");
	else
		put(wire, user ? "recvrealmprivatemsg " : "recvrealmgroupmsg ");
	put_text(wire, outbound->from);
	put(wire, " ");
	put(wire, realm);
	put(wire, " ");
	put_text(wire, to);
	put(wire, " ");
	if (outbound->file) {
		put_file_name(wire, outbound->text);
		put(wire, " " FILE_BEGIN);
	} else {
		put_text(wire, outbound->text);
		put(wire, LINE_END);
	}
}

void
legacy_request_end(struct wire *wire)
{
	put(wire, FILE_END LINE_END);
}
