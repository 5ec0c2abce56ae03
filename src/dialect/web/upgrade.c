/*
 * dialect_web_upgrade: the handshake, and the dialect behind it: that of realm, in messages instead
 * of lines, or that of IRC (IRCv3, websocket).
 */
#include "dialect/web/upgrade.h"

#include <sha1.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/comma_list.h"
#include "dialect/realm.h"
#include "dialect/web/session.h"

#define WEBSOCKET_VERSION "13"
#define GUID              "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455, 1.3 */
#define KEY_LEN           24                                     /* 16 bytes in BASE64 */
#define KEY_BYTES         16
#define ACCEPT_LEN        BASE64_ENCODED_MAX(SHA1_DIGEST_LENGTH)

/* Texts have no CRLF elsewhere, where it ends a request: clients of lines would be shown two. */
static bool
has_line_end(const struct frame_line *line)
{
	return line_end_find(LINE_END_CRLF, line->data, 0, line->len) != NULL;
}

static void
read_message(struct dialog *dialog, const struct frame_line *message)
{
	if (has_line_end(message))
		dialect_realm.too_long(dialog); /* which says that the words are wrong */
	else
		dialect_realm.line(dialog, message);
}

static bool
read_head(struct dialog *dialog, const struct frame_line *head)
{
	return !has_line_end(head) && dialect_realm.head(dialog, head);
}

static void
refuse_message(struct dialog *dialog)
{
	dialect_realm.too_long(dialog);
}

static void
wake(struct dialog *dialog)
{
	dialect_realm.wake(dialog);
}

static void
end_session(struct dialog *dialog)
{
	dialect_realm.session_over(dialog);
}

static const struct dialect messages = {
	.name = CONFIG_DIALECT_WEB,
	.line = read_message,
	.head = read_head,
	.too_long = refuse_message,
	.wake = wake,
	.session_over = end_session,
	.too_fast = DIALECT_REALM_ERROR(DIALECT_REALM_TOO_FAST),
	.tables = &dialect_realm_tables,
};

/* What proves to the client that this server has understood. False: the key is none. */
static bool
make_accept(struct chat_text key, char accept[ACCEPT_LEN + 1])
{
	struct base64_decoder decoder;
	struct base64_encoder encoder;
	unsigned char decoded[BASE64_DECODED_MAX(KEY_LEN)];
	uint8_t digest[SHA1_DIGEST_LENGTH];
	SHA1_CTX sha1;
	ssize_t len;

	base64_decode_init(&decoder);
	if (key.len != KEY_LEN ||
	    base64_decode(&decoder, key.data, key.len, decoded, sizeof(decoded)) != KEY_BYTES ||
	    base64_decode_end(&decoder) != 0)
		return false;
	SHA1Init(&sha1);
	SHA1Update(&sha1, (const uint8_t *)key.data, key.len);
	SHA1Update(&sha1, (const uint8_t *)GUID, sizeof(GUID) - 1);
	SHA1Final(digest, &sha1);
	base64_encode_init(&encoder);
	len = base64_encode(&encoder, digest, sizeof(digest), accept, ACCEPT_LEN);
	len += (ssize_t)base64_encode_end(&encoder, accept + len);
	accept[len] = '\0';
	return true;
}

/* The status of the refusal, or 0. */
static int
judge_handshake(const struct dialect_web_request *request, char accept[ACCEPT_LEN + 1])
{
	struct chat_text value;

	if (!dialect_web_request_lists(request, "Connection", "upgrade") ||
	    !dialect_web_request_lists(request, "Upgrade", "websocket"))
		return 426;
	if (!dialect_web_request_header(request, "Sec-WebSocket-Version", &value) ||
	    !dialect_web_request_is(value, WEBSOCKET_VERSION))
		return 426;
	if (!dialect_web_request_header(request, "Sec-WebSocket-Key", &value) ||
	    !make_accept(value, accept) || request->length > 0)
		return 400;
	return 0;
}

static void
refuse(struct dialect_web_exchange *x, int status)
{
	x->close = true;
	dialect_web_reply_refuse(x, status,
	    status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: " WEBSOCKET_VERSION "\r\n"
	                  : "");
}

/* The subprotocols of IRC. */
static const struct subprotocol {
	const char *name;
	enum websocket_kind kind;
} subprotocols[] = {
	{ .name = "text.ircv3.net", .kind = WEBSOCKET_BOTH },
	{ .name = "binary.ircv3.net", .kind = WEBSOCKET_BINARIES },
};

/* The first of those that the client names which is known here; NULL: it names none. */
static const struct subprotocol *
find_subprotocol(const struct dialect_web_request *request)
{
	struct chat_text value, name;
	struct comma_list names;

	if (!dialect_web_request_header(request, "Sec-WebSocket-Protocol", &value))
		return NULL;
	names = comma_list(value.data, value.len);
	while (comma_list_next(&names, &name.data, &name.len)) {
		name = chat_text_trim(name, " \t");
		for (size_t i = 0; i < sizeof(subprotocols) / sizeof(subprotocols[0]); i++)
			if (chat_text_is(name, subprotocols[i].name))
				return &subprotocols[i];
	}
	return NULL;
}

static void
switch_protocols(struct dialect_web_exchange *x, const char *accept,
    const struct chat_session *session, const struct subprotocol *subprotocol)
{
	char cookie[DIALECT_WEB_COOKIE_SIZE] = "";

	x->close = false;
	if (session != NULL)
		dialect_web_session_write_cookie(x, session->token, cookie);
	dialect_web_reply_begin(x, 101, NULL, DIALECT_WEB_NO_BODY);
	dialect_web_reply_header(x, "Upgrade", "websocket");
	dialect_web_reply_header(x, "Connection", "Upgrade");
	dialect_web_reply_header(x, "Sec-WebSocket-Accept", "%s", accept);
	if (subprotocol != NULL)
		dialect_web_reply_header(x, "Sec-WebSocket-Protocol", "%s", subprotocol->name);
	frame_write(&x->dialog->frame, cookie, strlen(cookie));
	(void)dialect_web_reply_end(x);
	explicit_bzero(cookie, sizeof(cookie));
}

void
dialect_web_upgrade(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	struct dialog *dialog = x->dialog;
	char accept[ACCEPT_LEN + 1];
	struct chat_session session;
	enum chat_result result;
	int status = judge_handshake(request, accept);

	if (status != 0) {
		refuse(x, status);
		return;
	}
	result = dialect_web_session_find(x, &session);
	if (result != CHAT_OK && result != CHAT_NO_SESSION) {
		x->close = true;
		dialect_web_reply_result(x, CHAT_FAILED);
		return;
	}
	switch_protocols(x, accept, result == CHAT_OK ? &session : NULL, NULL);
	if (frame_set_messages(&dialog->frame, WEBSOCKET_TEXTS) != 0) {
		dialog->ending = true;
		return;
	}
	dialog->dialect = &messages;
	dialog->servers = NULL;
	if (result != CHAT_OK)
		return;
	dialect_note(dialog, &session);
	dialect_welcome(dialog, &session);
}

bool
dialect_web_upgrade_is_irc(const struct dialect_web_request *request)
{
	return dialect_web_request_lists(request, "Upgrade", "websocket") &&
	    find_subprotocol(request) != NULL;
}

/* IRC knows no cookies: the client logs in as over any connection. */
void
dialect_web_upgrade_irc(struct dialect_web_exchange *x, const struct dialect_web_request *request)
{
	const struct subprotocol *subprotocol = find_subprotocol(request);
	struct dialog *dialog = x->dialog;
	char accept[ACCEPT_LEN + 1];
	int status = judge_handshake(request, accept);

	if (status != 0) {
		refuse(x, status);
		return;
	}
	switch_protocols(x, accept, NULL, subprotocol);
	if (frame_set_messages(&dialog->frame, subprotocol->kind) != 0) {
		dialog->ending = true;
		return;
	}
	dialog->client[0] = '\0';
	dialog->dialect = &dialect_irc;
	dialog->servers = NULL;
	dialect_irc.begin(dialog);
}
