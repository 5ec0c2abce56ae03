/*
 * peering_request: what is said to a peer, line by line. That a line had no memory the wire
 * remembers.
 */
#include "peering/request.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/json_out.h"

#define LINE_END   "\r\n"
#define SHORT_LINE 256

static void __attribute__((format(printf, 2, 3))) put(struct wire *wire, const char *fmt, ...)
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
	put(wire, "hello %d %s %s" LINE_END, PEERING_VERSION, own, peer);
}

void
peering_request_resume(struct wire *wire, uint64_t epoch, uint64_t settled)
{
	put(wire, "resume %016" PRIx64 " %" PRIu64 LINE_END, epoch, settled);
}

static void
put_text(struct json_out *j, const char *key, struct chat_text text)
{
	json_out_key(j, key);
	json_out_string(j, text.data, text.len);
}

static void
put_from(struct json_out *j, struct chat_text user, const char *own)
{
	json_out_key(j, "from");
	json_out_string_begin(j);
	json_out_string_part(j, user.data, user.len);
	json_out_string_part(j, "@", 1);
	json_out_string_part(j, own, strlen(own));
	json_out_string_end(j);
}

static void
put_list(struct json_out *j, struct chat_text list)
{
	const char *at = list.data, *end = list.data + list.len;

	json_out_key(j, "users");
	json_out_array_begin(j);
	for (;;) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma == NULL ? end : comma;

		json_out_string(j, at, (size_t)(stop - at));
		if (comma == NULL)
			break;
		at = comma + 1;
	}
	json_out_array_end(j);
}

static void
put_content(struct json_out *j, const struct chat_outbound *outbound)
{
	char hex[2 * CHAT_BLOB_HASH + 1];

	if (!outbound->file) {
		put_text(j, "text", outbound->text);
		return;
	}
	for (size_t i = 0; i < CHAT_BLOB_HASH; i++)
		snprintf(hex + 2 * i, 3, "%02x", outbound->hash[i]);
	put_text(j, "file", outbound->text);
	json_out_key(j, "size");
	json_out_int(j, (int64_t)outbound->size);
	json_out_key(j, "hash");
	json_out_cstring(j, hex);
}

void
peering_request_message(struct wire *wire, uint64_t number, const struct chat_outbound *outbound,
    int64_t time_ms, const char *own)
{
	struct json_out j;

	put(wire, "%s %" PRIu64 " ", outbound->file ? "file" : "message", number);
	json_out_init(&j, wire_put, wire);
	json_out_object_begin(&j);
	json_out_key(&j, "time");
	json_out_int(&j, time_ms);
	put_from(&j, outbound->from, own);
	put_text(&j, "name", outbound->from_name);
	if (outbound->kind == CHAT_OUTBOUND_LIST)
		put_list(&j, outbound->to);
	else
		put_text(&j, outbound->kind == CHAT_OUTBOUND_USER ? "to" : "group", outbound->to);
	put_content(&j, outbound);
	json_out_object_end(&j);
	put(wire, LINE_END);
}

void
peering_request_void(struct wire *wire, uint64_t from, uint64_t to)
{
	put(wire, "void %" PRIu64 " %" PRIu64 LINE_END, from, to);
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
	put(wire, "chunk %" PRIu64 " %" PRIu64 " ", number, offset);
	wire_put(wire, text, (size_t)n);
	put(wire, LINE_END);
}

void
peering_request_settled(struct wire *wire, uint64_t number)
{
	put(wire, "settled %" PRIu64 LINE_END, number);
}

void
peering_request_info(struct wire *wire, uint64_t id, const char *user)
{
	put(wire, "ask %" PRIu64 " info %s" LINE_END, id, user);
}

void
peering_request_ping(struct wire *wire, uint64_t id)
{
	put(wire, "ping %" PRIu64 LINE_END, id);
}
