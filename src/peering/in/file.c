/*
 * peering_file: files from another realm: an offer, and the chunks of a content that this realm
 * lacks. chat_partial keeps a content until it is whole.
 */
#include "base/base64.h"
#include "base/clock.h"
#include "base/log.h"
#include "peering/in/int.h"

#define BUSY_MS 5000 /* the other side waits for an answer for 30 s */

/*
 * Bytes of a content that are paid before they come: no more than a day always has room for, and
 * little enough for a link that ends before they do.
 */
#define PAY_SIZE STORE_TX_MAX

/* Chunks of an earlier link are read again, which may take a while. */
static void
tell_busy(void *arg)
{
	struct peering_link *link = arg;

	if (clock_monotonic_ms() - link->busy_ms < BUSY_MS)
		return;
	link->busy_ms = clock_monotonic_ms();
	peering_reply_have(&link->frame, link->receive.have);
	frame_flush(&link->frame);
}

void
peering_file_end(struct peering_link *link)
{
	if (link->file_number == 0)
		return;
	chat_partial_end(&link->part);
	peering_request_free(&link->file);
	link->file_number = 0;
}

/* The last byte has come. */
static void
finish_file(struct peering_link *link)
{
	struct chat_inbound *inbound = &link->file.inbound;
	bool resumed = link->part.resumed;
	enum chat_result result = chat_partial_finish(link->config, &link->part);

	if (result == CHAT_BAD_ARGUMENT && resumed) {
		/* Perhaps the machine has crashed since the first chunk came. */
		peering_fatal(link, "the content is another one: send it again from its beginning",
		    true);
		return;
	}
	if (result == CHAT_BAD_ARGUMENT)
		inbound->refused = CHAT_REASON_BAD_FILE;
	else if (result != CHAT_OK) {
		peering_fail(link, result);
		return;
	}
	peering_deliver_file(link, inbound);
	peering_file_end(link);
}

/* Bytes that are here already were paid when they came. */
static enum chat_result
pay_for(struct peering_link *link, uint64_t len)
{
	uint64_t have = chat_partial_have(&link->part), left = link->part.size - have;
	enum chat_result result;

	if (link->file_paid < have)
		link->file_paid = have;
	if (have + len <= link->file_paid || len == 0 || len > left)
		return CHAT_OK;
	left = link->part.size - link->file_paid;
	if (left > PAY_SIZE)
		left = PAY_SIZE;
	result = chat_peer_pay(&link->chat, link->receive.peer.id, left);
	if (result == CHAT_OK)
		link->file_paid += left;
	return result;
}

/* A peer that cannot pay is asked for nothing. */
static enum chat_result
begin_part(struct peering_link *link, const struct chat_inbound *inbound)
{
	enum chat_result result = chat_partial_begin(link->config, &link->part,
	    link->receive.peer.id, inbound->outbound.hash, inbound->outbound.size, tell_busy, link);

	link->file_paid = 0;
	if (result != CHAT_OK || chat_partial_have(&link->part) == link->part.size)
		return result;
	result = pay_for(link, 1);
	if (result != CHAT_OK)
		chat_partial_end(&link->part);
	return result;
}

void
peering_file_offer(struct peering_link *link, struct peering_request *request)
{
	struct chat_inbound *inbound = &request->inbound;
	enum chat_result result = chat_inbound_offer(&link->chat, &link->receive.peer, inbound);

	if (result == CHAT_OK && inbound->refused != CHAT_REASON_NONE) {
		peering_deliver_file(link, inbound);
		peering_request_free(request);
		return;
	}
	link->busy_ms = clock_monotonic_ms();
	if (result == CHAT_OK)
		result = begin_part(link, inbound);
	if (result != CHAT_OK) {
		peering_request_free(request);
		peering_fail(link, result);
		return;
	}
	link->file = *request;
	link->file_number = request->number;
	if (chat_partial_have(&link->part) == inbound->outbound.size)
		finish_file(link);
	else
		peering_reply_want(&link->frame, link->file_number, chat_partial_have(&link->part));
}

/* Returns the number of bytes, or -1. */
static ssize_t
decode_chunk(struct chat_text text, unsigned char *bytes, size_t size)
{
	struct base64_decoder decoder;
	ssize_t len;

	base64_decode_init(&decoder);
	len = base64_decode(&decoder, text.data, text.len, bytes, size);
	return base64_decode_end(&decoder) == 0 ? len : -1;
}

void
peering_file_chunk(struct peering_link *link, struct peering_request *request)
{
	unsigned char bytes[BASE64_DECODED_MAX(BASE64_ENCODED_MAX(PEERING_CHUNK_MAX))];
	ssize_t len;
	enum chat_result result;

	if (link->file_number == 0 || request->number != link->file_number ||
	    request->offset != chat_partial_have(&link->part)) {
		peering_fatal(link, "this chunk is not the one that is wanted", false);
		return;
	}
	len = decode_chunk(request->base64, bytes, sizeof(bytes));
	if (len < 0 || len > PEERING_CHUNK_MAX) {
		peering_fatal(link, "this chunk is no BASE64, or too long", false);
		return;
	}
	result = pay_for(link, (uint64_t)len);
	if (result == CHAT_OK)
		result = chat_partial_write(&link->part, bytes, (size_t)len);
	if (result == CHAT_BAD_ARGUMENT)
		peering_fatal(link, "the content is longer than it was said to be", false);
	else if (result != CHAT_OK)
		peering_fail(link, result);
	else if (chat_partial_have(&link->part) == link->part.size)
		finish_file(link);
}
