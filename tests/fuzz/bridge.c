/*
 * What a peer answers to the bridge: the input is all that it sends, from the greeting on. Messages
 * of each kind wait in its outbox. A reply that makes no sense drops the link and nothing else: no
 * message leaves the outbox that the peer has not acknowledged or refused, and a check finds
 * nothing wrong with the realm afterwards.
 */
#include <sys/socket.h>

#include <string.h>
#include <unistd.h>

#include "bridge/link.h"
#include "chat/realm/realm.h"
#include "fuzz.h"
#include "realm.h"

#define MESSAGES     4
#define END_OF_REPLY "\r\n\r\n"
#define EPOCH_WORD   "EPOCH"

FUZZ_INIT(fuzz_realm_init)

const unsigned int fuzz_mutations = 60;

static void
pass_answer(void *arg, uint64_t peer, uint64_t id, bool answer, const struct chat_person *person)
{
	(void)arg;
	(void)peer;
	(void)id;
	(void)answer;
	(void)person;
}

/* Puts messages for a user, a group and a list there into the outbox. */
static void
fill_outbox(struct chat *chat)
{
	struct chat_text realm = chat_text("malang");
	const struct chat_session *from = &fuzz_sessions[0];
	static const struct {
		enum chat_outbound_kind kind;
		const char *to;
	} messages[MESSAGES] = { { CHAT_OUTBOUND_USER, "lineker" }, { CHAT_OUTBOUND_GROUP, "kopi" },
		{ CHAT_OUTBOUND_USER, "a,b" }, { CHAT_OUTBOUND_USER, "zidane" } };

	for (size_t i = 0; i < MESSAGES; i++)
		(void)chat_realm_send(chat, from, realm, messages[i].kind,
		    chat_text(messages[i].to), chat_text("halo"));
}

struct input {
	const uint8_t *data;
	size_t left;
	char epoch[PEERING_EPOCH_SIZE];
};

static void
send_bytes(int fd, const void *data, size_t len)
{
	DEMAND(write(fd, data, len) == (ssize_t)len);
}

/* The next reply. The word EPOCH stands for that of the outbox, which is random. */
static void
send_reply(struct input *in, int fd)
{
	const uint8_t *end = memmem(in->data, in->left, END_OF_REPLY, 4);
	size_t len = end == NULL ? in->left : (size_t)(end - in->data) + 4;
	const uint8_t *word = memmem(in->data, len, EPOCH_WORD, 5);
	size_t before = word == NULL ? len : (size_t)(word - in->data);

	send_bytes(fd, in->data, before);
	if (word != NULL) {
		send_bytes(fd, in->epoch, strlen(in->epoch));
		send_bytes(fd, word + 5, len - before - 5);
	}
	in->data += len;
	in->left -= len;
	if (in->left == 0)
		DEMAND(shutdown(fd, SHUT_WR) == 0);
}

/* Goes on until the link is dropped: at the latest when the peer has nothing more to say. */
static void
run_link(struct bridge_link *link, struct input *in, int other)
{
	char rest[4096];

	for (int i = 0; link->state != BRIDGE_LINK_DOWN; i++) {
		if (in->left > 0)
			send_reply(in, other);
		link->more_work = false; /* as at the beginning of each step */
		if (!bridge_protocol_receive(link) || !bridge_protocol_send(link))
			return;
		while (recv(other, rest, sizeof(rest), MSG_DONTWAIT) > 0)
			continue;
		if (link->state == BRIDGE_LINK_OPEN && i == 1) {
			bridge_protocol_ping(link);
			(void)bridge_protocol_ask(link, 7, "lineker");
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bridge_link link;
	struct bridge_env env = { .answered = pass_answer };
	struct input in = { .data = data, .left = size };
	uint64_t epoch;
	int ends[2];

	if (size == 0)
		return 0;
	fuzz_realm_open(&env.chat);
	env.chat.links = link_status_open(fuzz_config.state);
	fill_outbox(&env.chat);
	struct chat_peer peer = fuzz_realm_peer(&env.chat, "malang");
	DEMAND(env.chat.links != NULL && bridge_link_init(&link, &env, &peer) == CHAT_OK);
	DEMAND(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
	DEMAND(chat_outbound_epoch(&env.chat, peer.id, &epoch) == CHAT_OK);
	peering_write_epoch(in.epoch, epoch);
	wire_open(&link.wire, ends[0], PEERING_REPLY_MAX);
	bridge_link_set(&link, BRIDGE_LINK_GREETING);
	bridge_protocol_hello(&link);
	run_link(&link, &in, ends[1]);
	DEMAND(link.queue.retired <= link.queue.last && link.queue.retired <= MESSAGES);
	bridge_link_free(&link);
	close(ends[1]);
	fuzz_realm_check(&env.chat);
	fuzz_realm_close(&env.chat);
	return 0;
}
