/* chat_delivery: sending to another realm, and waiting for the delivery result. */
#include "chat/realm/delivery.h"

#include "base/clock.h"
#include "chat/push.h"
#include "chat/realm/bridge.h"
#include "chat/reason.h"
#include "live/delivery_wait.h"

/* Whether the link is up and this process can wait. *fd becomes readable with each wakeup. */
static bool
can_await(struct chat *chat, const struct chat_peer *peer, int *fd)
{
	struct link_status status;

	if (chat->config->delivery_wait == 0 || chat->scoreboard == NULL ||
	    scoreboard_slot(chat->scoreboard) < 0 || chat_bridge_links(chat) == NULL ||
	    !link_status_get(chat->links, peer->id, &status) || status.state != LINK_STATUS_UP)
		return false;
	if (chat->waits == NULL)
		chat->waits = delivery_wait_open(chat->config->state);
	if (chat->waits == NULL)
		return false;
	*fd = chat_push_await(chat);
	return *fd >= 0;
}

static enum chat_result
await_delivery_result(struct chat *chat, const struct chat_outbound *outbound, int fd)
{
	int64_t due_ms = clock_monotonic_ms() + chat->config->delivery_wait * 1000;
	unsigned int delivery_result;
	bool woken = false, told;

	while (!(told = delivery_wait_poll(chat->waits, outbound->slot, outbound->wait_id,
	             &delivery_result)) &&
	    chat_bridge_wait(chat, fd, due_ms)) {
		wakeup_drain(chat->wakeup);
		woken = true;
	}
	if (!told &&
	    delivery_wait_give_up(chat->waits, outbound->slot, outbound->wait_id, &delivery_result))
		delivery_result = CHAT_REASONS;
	if (woken)
		wakeup_notify_self(chat->wakeup);
	if (delivery_result == CHAT_REASONS)
		return CHAT_QUEUED;
	chat->abroad = chat_reason_result((enum chat_reason)delivery_result);
	return chat->abroad;
}

enum chat_result
chat_delivery_send(struct chat *chat, const struct chat_peer *peer, struct chat_outbound *outbound,
    bool *queued)
{
	uint64_t id;
	int fd = -1;
	bool waits = can_await(chat, peer, &fd);

	outbound->slot = waits ? (unsigned int)scoreboard_slot(chat->scoreboard) : 0;
	outbound->wait_id = waits ? delivery_wait_begin(chat->waits, outbound->slot) : 0;
	enum chat_result result = chat_outbound_put(chat, peer, outbound, &id);
	if (queued != NULL)
		*queued = result == CHAT_OK;
	if (result != CHAT_OK)
		return result;
	return waits ? await_delivery_result(chat, outbound, fd) : CHAT_QUEUED;
}
