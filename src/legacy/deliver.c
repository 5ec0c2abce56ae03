/*
 * legacy_deliver: what is said to an older server: who we are, and letters; one at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "legacy/int.h"
#include "legacy/request.h"
#include "net/address.h"

#define PIECE (48 * 1024) /* bytes of a file */

/* One at a time, of any size. */
static const struct bridge_window window = { .outbounds = 1,
	.bytes = UINT64_MAX,
	.file_max = UINT64_MAX };

void
legacy_deliver_step(struct legacy_link *legacy, uint64_t next)
{
	free(legacy->members);
	legacy->members = NULL;
	legacy->outbound = next;
	legacy->cuts = 0;
	legacy->vouched = legacy->decided = legacy->noted = legacy->held = false;
	legacy->delivery_result = CHAT_REASON_NONE;
}

/* Where an older server reaches us; 0: nowhere. */
static uint16_t
own_port(const struct config *config)
{
	for (size_t i = 0; i < config->n_listens; i++)
		if (strcmp(config->listens[i].dialect, "realm") == 0 && !config->listens[i].tls)
			return config->listens[i].port;
	return 0;
}

static void
own_address(int fd, char text[ADDRESS_TEXT_MAX])
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

void
legacy_deliver_known(struct bridge_link *link)
{
	legacy_link_state(link)->announced = true;
	if (link->state != BRIDGE_LINK_OPEN)
		bridge_link_opened(link, &window);
}

static void
announce(struct bridge_link *link)
{
	uint16_t port = own_port(link->env->chat.config);
	char host[ADDRESS_TEXT_MAX];

	if (port == 0) {
		legacy_deliver_known(link);
		return;
	}
	own_address(link->wire.fd, host);
	legacy_request_announce(&link->wire, link->peer.name, host, port);
	legacy_link_await(link, LEGACY_LINK_ANNOUNCE);
	if (link->state != BRIDGE_LINK_OPEN)
		bridge_link_set(link, BRIDGE_LINK_GREETING);
}

bool
legacy_deliver_again(struct bridge_link *link, enum chat_reason reason)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (reason != CHAT_REASON_NO_REALM || legacy->vouched)
		return false;
	legacy->vouched = true;
	legacy->announced = false;
	bridge_queue_end(&link->queue);
	bridge_queue_begin(&link->queue, &window);
	return true;
}

static bool
note_sent(struct bridge_link *link, const struct bridge_todo *todo)
{
	if (bridge_queue_sent(&link->queue, todo, 0) == 0)
		return true;
	legacy_link_fail(link, "out of memory");
	return false;
}

/* What there is to be known of a letter without asking. */
static void
decide(struct bridge_link *link, const struct bridge_todo *todo)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (legacy->outbound != todo->number)
		legacy_deliver_step(legacy, todo->number);
	if (!legacy_request_possible(&todo->outbound)) {
		legacy->decided = true;
		legacy->delivery_result = CHAT_REASON_BAD_MESSAGE;
	}
}

/* False: the letter's file cannot be sent now, or never. */
static bool
open_file(struct bridge_link *link, const struct bridge_todo *todo)
{
	if (!todo->outbound.file ||
	    bridge_file_open(&link->file, link->env->chat.config, todo->number, &todo->outbound) ==
	        0)
		return true;
	legacy_link_state(link)->decided = errno == ENOENT;
	legacy_link_state(link)->delivery_result = CHAT_REASON_BAD_FILE;
	if (!legacy_link_state(link)->decided)
		legacy_link_fail(link, "the content of a file cannot be opened");
	return false;
}

static bool
say_outbound(struct bridge_link *link, const struct bridge_todo *todo)
{
	struct legacy_link *legacy = legacy_link_state(link);
	const struct chat_outbound *outbound = &todo->outbound;
	struct chat_text to = outbound->to;

	decide(link, todo);
	if (legacy->decided)
		return note_sent(link, todo) && legacy_response_verdict(link);
	if (!legacy_link_connected(link))
		return false;
	if (outbound->kind == CHAT_OUTBOUND_GROUP && legacy->members == NULL) {
		legacy_query_members(link, todo->number, outbound->to);
		return false;
	}
	if (outbound->kind == CHAT_OUTBOUND_GROUP)
		to = chat_text(legacy->members);
	/* That uses the store: then the letter is read again. */
	if (!legacy->noted)
		return legacy->noted = legacy_response_keep(link, chat_legacy_spool_note);
	if (!open_file(link, todo))
		return legacy->decided;
	legacy_request_message(&link->wire, link->peer.name, outbound, to);
	base64_encode_init(&legacy->encoder);
	if (note_sent(link, todo))
		legacy_link_await(link, LEGACY_LINK_MESSAGE);
	return false;
}

/* What the queue has next. False: for now nothing more can be said. */
static bool
next_outbound(struct bridge_link *link)
{
	struct bridge_queue *queue = &link->queue;
	struct bridge_todo todo;

	if (queue->acked > 0)
		return false; /* sent again after a crash it would be there twice */
	bridge_queue_next(queue, &todo);
	switch (todo.step) {
	case BRIDGE_NEXT_NONE:
		return false;
	case BRIDGE_NEXT_PASSED:
	case BRIDGE_NEXT_SETTLED:
		return true;
	case BRIDGE_NEXT_RESUME:
		/* Such a server does not know what it has: what is not settled is to be sent. */
		return bridge_ack_resumed(queue, todo.epoch, queue->settled) == NULL;
	case BRIDGE_NEXT_VOID:
		if (bridge_queue_sent(queue, &todo, 0) != 0)
			break;
		return bridge_ack_have(queue, todo.number) == NULL;
	case BRIDGE_NEXT_MESSAGE:
		return say_outbound(link, &todo);
	case BRIDGE_NEXT_FAILED:
		break;
	}
	legacy_link_fail(link, "the outbox cannot be read");
	return false;
}

bool
legacy_deliver(struct bridge_link *link)
{
	struct legacy_link *legacy = legacy_link_state(link);

	if (legacy->asked != LEGACY_LINK_NONE || link->env->stopping)
		return false;
	if (!legacy->announced) {
		if (legacy_link_connected(link))
			announce(link);
		return legacy->announced;
	}
	return next_outbound(link);
}

int
legacy_deliver_piece(struct bridge_link *link)
{
	char text[BASE64_ENCODED_MAX(PIECE + 2) + BASE64_TAIL_MAX];
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
	encoded =
	    base64_encode(&legacy_link_state(link)->encoder, piece, (size_t)n, text, sizeof(text));
	file->offset += (uint64_t)n;
	if (file->offset == file->size)
		encoded +=
		    (ssize_t)base64_encode_end(&legacy_link_state(link)->encoder, text + encoded);
	(void)wire_put(&link->wire, text, (size_t)encoded);
	if (file->offset == file->size) {
		legacy_request_end(&link->wire);
		bridge_file_close(file);
	}
	return 0;
}
