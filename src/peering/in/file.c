/*
 * peering_file: files from another realm: an offer, and the chunks of a content that is not here
 * yet. Where a content lies until it is whole is left to chat_partial.
 */
#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "peering/in/int.h"

#define BUSY_MS 5000 /* the other side waits for an answer for 30 s */

/* What came earlier is being read again, which may take a while. */
static void
say_busy(void *arg)
{
	struct peering_worker *peer = arg;

	if (clock_monotonic_ms() - peer->busy_ms < BUSY_MS)
		return;
	peer->busy_ms = clock_monotonic_ms();
	peering_reply_have(&peer->frame, peer->receive.have);
	frame_flush(&peer->frame);
}

void
peering_file_end(struct peering_worker *peer)
{
	if (peer->file_number == 0)
		return;
	chat_partial_end(&peer->part);
	peering_request_free(&peer->file);
	peer->file_number = 0;
}

/* The last byte is here. */
static void
finish(struct peering_worker *peer)
{
	struct chat_inbound *inbound = &peer->file.inbound;
	bool resumed = peer->part.resumed;
	enum chat_result result = chat_partial_finish(peer->config, &peer->part);

	if (result == CHAT_BAD_ARGUMENT && resumed) {
		/* Perhaps the machine has crashed since the first part came. */
		peering_fatal(peer, "the content is another one: send it again from its beginning",
		    true);
		return;
	}
	if (result == CHAT_BAD_ARGUMENT)
		inbound->refused = CHAT_REASON_BAD_FILE;
	else if (result != CHAT_OK) {
		peering_fail(peer, result);
		return;
	}
	peering_deliver_file(peer, inbound);
	peering_file_end(peer);
}

void
peering_file_offer(struct peering_worker *peer, struct peering_request *request)
{
	struct chat_inbound *inbound = &request->inbound;
	enum chat_result result = chat_inbound_offer(&peer->chat, &peer->receive.peer, inbound);

	if (result == CHAT_OK && inbound->refused != CHAT_REASON_NONE) {
		peering_deliver_file(peer, inbound);
		peering_request_free(request);
		return;
	}
	peer->busy_ms = clock_monotonic_ms();
	if (result == CHAT_OK)
		result = chat_partial_begin(peer->config, &peer->part, peer->receive.peer.id,
		    inbound->outbound.hash, inbound->outbound.size, say_busy, peer);
	if (result != CHAT_OK) {
		peering_request_free(request);
		peering_fail(peer, result);
		return;
	}
	peer->file = *request;
	peer->file_number = request->number;
	if (chat_partial_have(&peer->part) == inbound->outbound.size)
		finish(peer);
	else
		peering_reply_want(&peer->frame, peer->file_number, chat_partial_have(&peer->part));
}

/* How many bytes the text stands for, or -1. */
static ssize_t
decode(struct chat_text text, unsigned char *bytes, size_t size)
{
	struct base64_decoder decoder;
	ssize_t len;

	base64_decode_init(&decoder);
	len = base64_decode(&decoder, text.data, text.len, bytes, size);
	return base64_decode_end(&decoder) == 0 ? len : -1;
}

void
peering_file_chunk(struct peering_worker *peer, const struct peering_request *request)
{
	unsigned char bytes[BASE64_DECODED_MAX(BASE64_ENCODED_MAX(PEERING_CHUNK_MAX))];
	ssize_t len;
	enum chat_result result;

	if (peer->file_number == 0 || request->number != peer->file_number ||
	    request->offset != chat_partial_have(&peer->part)) {
		peering_fatal(peer, "this chunk is not the one that is wanted", false);
		return;
	}
	len = decode(request->base64, bytes, sizeof(bytes));
	if (len < 0 || len > PEERING_CHUNK_MAX) {
		peering_fatal(peer, "this chunk is no BASE64, or too long", false);
		return;
	}
	result = chat_partial_write(&peer->part, bytes, (size_t)len);
	if (result == CHAT_BAD_ARGUMENT)
		peering_fatal(peer, "the content is longer than it was said to be", false);
	else if (result != CHAT_OK)
		peering_fail(peer, result);
	else if (chat_partial_have(&peer->part) == peer->part.size)
		finish(peer);
}
