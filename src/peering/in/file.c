/*
 * peer_file: files from another realm: an offer, and the chunks of a content that is not here yet.
 * Where a content lies until it is whole is left to chat_part.
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
	struct peer *peer = arg;

	if (tick_ms() - peer->busy_ms < BUSY_MS)
		return;
	peer->busy_ms = tick_ms();
	peer_reply_have(&peer->line, peer->receive.have);
	peer_line_flush(&peer->line);
}

void
peer_file_end(struct peer *peer)
{
	if (peer->file_number == 0)
		return;
	chat_part_end(&peer->part);
	peer_parse_free(&peer->file);
	peer->file_number = 0;
}

/* The last byte is here. */
static void
finish(struct peer *peer)
{
	struct chat_arrival *arrival = &peer->file.arrival;
	bool resumed = peer->part.resumed;
	enum chat_result result = chat_part_finish(peer->config, &peer->part);

	if (result == CHAT_BAD_ARGUMENT && resumed) {
		/* Perhaps the machine has crashed since the first part came. */
		peer_fatal(peer, "the content is another one: send it again from its beginning",
		    true);
		return;
	}
	if (result == CHAT_BAD_ARGUMENT)
		arrival->refused = CHAT_REASON_BAD_FILE;
	else if (result != CHAT_OK) {
		peer_fail(peer, result);
		return;
	}
	peer_take_file(peer, arrival);
	peer_file_end(peer);
}

void
peer_file_offer(struct peer *peer, struct peer_request *request)
{
	struct chat_arrival *arrival = &request->arrival;
	enum chat_result result = chat_arrival_offer(&peer->chat, &peer->receive.peer, arrival);

	if (result == CHAT_OK && arrival->refused != CHAT_REASON_NONE) {
		peer_take_file(peer, arrival);
		peer_parse_free(request);
		return;
	}
	peer->busy_ms = tick_ms();
	if (result == CHAT_OK)
		result = chat_part_begin(peer->config, &peer->part, peer->receive.peer.id,
		    arrival->letter.hash, arrival->letter.size, say_busy, peer);
	if (result != CHAT_OK) {
		peer_parse_free(request);
		peer_fail(peer, result);
		return;
	}
	peer->file = *request;
	peer->file_number = request->number;
	if (chat_part_have(&peer->part) == arrival->letter.size)
		finish(peer);
	else
		peer_reply_want(&peer->line, peer->file_number, chat_part_have(&peer->part));
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
peer_file_chunk(struct peer *peer, const struct peer_request *request)
{
	unsigned char bytes[BASE64_DECODED_MAX(BASE64_ENCODED_MAX(PEER_CHUNK_MAX))];
	ssize_t len;
	enum chat_result result;

	if (peer->file_number == 0 || request->number != peer->file_number ||
	    request->offset != chat_part_have(&peer->part)) {
		peer_fatal(peer, "this chunk is not the one that is wanted", false);
		return;
	}
	len = decode(request->base64, bytes, sizeof(bytes));
	if (len < 0 || len > PEER_CHUNK_MAX) {
		peer_fatal(peer, "this chunk is no BASE64, or too long", false);
		return;
	}
	result = chat_part_write(&peer->part, bytes, (size_t)len);
	if (result == CHAT_BAD_ARGUMENT)
		peer_fatal(peer, "the content is longer than it was said to be", false);
	else if (result != CHAT_OK)
		peer_fail(peer, result);
	else if (chat_part_have(&peer->part) == peer->part.size)
		finish(peer);
}
