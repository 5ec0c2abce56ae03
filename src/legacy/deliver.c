/* legacy_deliver: sends an announcement, messages and files to a legacy peer. */
#include "legacy/deliver.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "chat/realm/legacy_spool.h"
#include "legacy/connection.h"
#include "legacy/outbound.h"
#include "legacy/query.h"
#include "net/address.h"

#define PIECE (48 * 1024) /* bytes of a file */

/* The port on which a legacy peer reaches this realm; 0: none. */
static uint16_t
find_own_port(const struct config *config)
{
	for (size_t i = 0; i < config->n_listens; i++)
		if (strcmp(config->listens[i].dialect, "realm") == 0 && !config->listens[i].tls)
			return config->listens[i].port;
	return 0;
}

static void
find_own_address(int fd, char text[ADDRESS_TEXT_MAX])
{
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} name = { .any = { .sa_family = AF_UNSPEC } };
	socklen_t len = sizeof(name);
	uint16_t port;

	(void)getsockname(fd, &name.any, &len);
	address_text(&name.any, text, ADDRESS_TEXT_MAX, &port);
}

static void
announce(struct bridge_link *link)
{
	uint16_t port = find_own_port(link->env->chat.config);
	char host[ADDRESS_TEXT_MAX];

	if (port == 0) {
		legacy_outbound_open(link);
		return;
	}
	find_own_address(link->wire.fd, host);
	legacy_protocol_announce(&link->wire, link->peer.name, host, port);
	legacy_connection_await(link, LEGACY_REQUEST_ANNOUNCE);
	if (link->state != BRIDGE_LINK_OPEN)
		bridge_link_set(link, BRIDGE_LINK_GREETING);
}

static bool
note_sent(struct bridge_link *link, const struct bridge_next *next)
{
	if (bridge_queue_sent(&link->queue, next, 0) == 0)
		return true;
	legacy_outbound_fail(link, "out of memory");
	return false;
}

/* False: the file of the message cannot be sent now, or, if that is decided, never. */
static bool
open_file(struct bridge_link *link, const struct bridge_next *next)
{
	if (!next->outbound.file ||
	    bridge_file_open(&link->file, link->env->chat.config, next->number, &next->outbound) ==
	        0)
		return true;
	if (errno == ENOENT)
		legacy_outbound_decide(&legacy_state(link)->outbound, CHAT_REASON_BAD_FILE);
	else
		legacy_outbound_fail(link, "the content of a file cannot be opened");
	return false;
}

/* Sends a message, or does what comes before that. True: the queue may have more to do at once. */
static bool
send_message(struct bridge_link *link, const struct bridge_next *next)
{
	struct legacy_outbound *outbound = &legacy_state(link)->outbound;
	const struct chat_outbound *message = &next->outbound;
	struct chat_text to = message->to;

	if (outbound->number != next->number)
		legacy_outbound_begin(outbound, next->number, message->from_id);
	if (!legacy_protocol_carries(message))
		legacy_outbound_decide(outbound, CHAT_REASON_BAD_MESSAGE);
	if (outbound->decided)
		return note_sent(link, next) &&
		    legacy_outbound_finish(link) == LEGACY_OUTBOUND_DONE;
	if (!legacy_connection_up(link))
		return false;
	if (message->kind == CHAT_OUTBOUND_GROUP) {
		if (outbound->members == NULL) {
			legacy_query_members(link, next->number, message->to);
			return false;
		}
		to = chat_text(outbound->members);
	}
	/* Noting uses the store, so that the message has to be read again. */
	if (!outbound->noted) {
		outbound->noted =
		    legacy_outbound_keep(link, chat_legacy_spool_note) == LEGACY_OUTBOUND_DONE;
		return outbound->noted;
	}
	if (!open_file(link, next))
		return outbound->decided;
	legacy_protocol_message(&link->wire, link->peer.name, message, to);
	base64_encode_init(&outbound->encoder);
	if (note_sent(link, next))
		legacy_connection_await(link, LEGACY_REQUEST_MESSAGE);
	return false;
}

/* Does what the queue has next. False: nothing more can be done now. */
static bool
serve_queue(struct bridge_link *link)
{
	struct bridge_queue *queue = &link->queue;
	struct bridge_next next;

	if (queue->acked > 0)
		return false; /* after a crash it would be sent twice */
	bridge_queue_next(queue, &next);
	switch (next.kind) {
	case BRIDGE_NEXT_NONE:
		return false;
	case BRIDGE_NEXT_PASSED:
	case BRIDGE_NEXT_SETTLED:
		return true;
	case BRIDGE_NEXT_RESUME:
		/* Such a peer does not know what it has: it gets what is not retired. */
		return bridge_ack_resumed(queue, next.epoch, queue->retired) == NULL;
	case BRIDGE_NEXT_VOID:
		if (bridge_queue_sent(queue, &next, 0) != 0)
			break;
		return bridge_ack_have(queue, next.number) == NULL;
	case BRIDGE_NEXT_MESSAGE:
		return send_message(link, &next);
	case BRIDGE_NEXT_FAILED:
		break;
	}
	legacy_outbound_fail(link, "the outbox cannot be read");
	return false;
}

bool
legacy_deliver(struct bridge_link *link)
{
	struct legacy_state *state = legacy_state(link);

	if (state->request != LEGACY_REQUEST_NONE || link->env->stopping)
		return false;
	if (!state->announced) {
		if (legacy_connection_up(link))
			announce(link);
		return state->announced;
	}
	return serve_queue(link);
}

int
legacy_deliver_piece(struct bridge_link *link)
{
	char text[BASE64_ENCODED_MAX(PIECE + 2) + BASE64_TAIL_MAX];
	struct base64_encoder *encoder = &legacy_state(link)->outbound.encoder;
	struct bridge_file *file = &link->file;
	unsigned char piece[PIECE];
	uint64_t left = file->size - file->offset;
	size_t len = left < sizeof(piece) ? (size_t)left : sizeof(piece);
	ssize_t n = len == 0 ? 0 : pread(file->fd, piece, len, (off_t)file->offset);
	ssize_t encoded;

	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0 || (n == 0 && len > 0)) {
		file->broken = file->number;
		return -1;
	}
	encoded = base64_encode(encoder, piece, (size_t)n, text, sizeof(text));
	file->offset += (uint64_t)n;
	if (file->offset == file->size)
		encoded += (ssize_t)base64_encode_end(encoder, text + encoded);
	(void)wire_put(&link->wire, text, (size_t)encoded);
	if (file->offset == file->size) {
		legacy_protocol_file_end(&link->wire);
		bridge_file_close(file);
	}
	return 0;
}
