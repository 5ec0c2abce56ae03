/* auth_client: one request at a time. An answer that comes too late is known by its number. */
#include "auth/client.h"

#include <bsd/string.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "auth/socket.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/permit.h"

#define CONNECT_MS 10000

static int
send_request(const struct auth_client *client, const struct auth_request *request)
{
	unsigned char data[AUTH_PACKET_MAX];
	size_t len = auth_protocol_pack(data, request);
	int result = auth_socket_send(client->fd, data, len, NULL, 0);

	explicit_bzero(data, len);
	return result;
}

static void
hang_up(struct auth_client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	client->greeted = false;
}

static int
connect_gate(struct auth_client *client)
{
	if (client->fd >= 0)
		return 0;
	if (client->lost)
		return -1;
	client->fd = auth_socket_connect(client->state, CONNECT_MS);
	if (client->fd >= 0)
		return 0;
	log_warn("cannot reach the gate");
	return -1;
}

/* Says from which address the client comes, once. */
static int
greet_gate(struct auth_client *client)
{
	struct auth_request hello = { .kind = AUTH_HELLO, .near = client->near };

	if (client->greeted)
		return 0;
	memcpy(hello.key, client->key, sizeof(hello.key));
	memcpy(hello.address, client->address, sizeof(hello.address));
	client->greeted = send_request(client, &hello) == 0;
	return client->greeted ? 0 : -1;
}

int
auth_client_open(struct auth_client *client, char *state, const unsigned char key[ADDRESS_KEY_SIZE],
    const char *address, bool near)
{
	*client = (struct auth_client){ .fd = -1, .spare = -1, .state = state };
	auth_client_set_address(client, key, address, near);
	return connect_gate(client);
}

void
auth_client_set_address(struct auth_client *client, const unsigned char key[ADDRESS_KEY_SIZE],
    const char *address, bool near)
{
	if (client->greeted)
		hang_up(client);
	memcpy(client->key, key, sizeof(client->key));
	strlcpy(client->address, address, sizeof(client->address));
	client->near = near;
}

static void
drop_spare(struct auth_client *client)
{
	if (client->spare >= 0)
		close(client->spare);
	client->spare = -1;
}

void
auth_client_close(struct auth_client *client)
{
	hang_up(client);
	drop_spare(client);
}

static bool
wait_readable(const struct auth_client *client, int64_t ms)
{
	struct pollfd ready = { .fd = client->fd, .events = POLLIN };

	if (client->wait != NULL)
		return client->wait(client->wait_arg, client->fd, ms);
	return poll(&ready, 1, (int)ms) > 0;
}

/* Takes the descriptors of a yes. */
static bool
go_inside(struct auth_client *client, const int fds[AUTH_SOCKET_FDS])
{
	if (fds[0] < 0 || fds[1] < 0)
		return false;
	if (!client->inside && fchdir(fds[0]) != 0) {
		log_warn("cannot go into the state directory");
		return false;
	}
	memcpy(client->state, ".", 2);
	client->inside = true;
	drop_spare(client);
	client->spare = dup(fds[1]);
	return client->spare >= 0;
}

static void
close_all(const int fds[AUTH_SOCKET_FDS])
{
	for (size_t i = 0; i < AUTH_SOCKET_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/*
 * A worker with a user of its own may not open the gate's socket: only the connection that it was
 * born with leads there.
 */
static int
connect_again(struct auth_client *client)
{
	if (connect_gate(client) == 0)
		return 0;
	client->lost = client->lost || errno == EACCES || errno == EPERM || errno == ENOENT;
	return -1;
}

/* 1: the answer; 0: it has not come; -1: the gate has gone. */
static int
receive_reply(struct auth_client *client, struct auth_reply *reply, bool goes_inside)
{
	int64_t due = clock_monotonic_ms() + AUTH_ANSWER_MS, left;
	unsigned char data[AUTH_REPLY_SIZE + 1];
	int fds[AUTH_SOCKET_FDS];

	while ((left = due - clock_monotonic_ms()) > 0 && wait_readable(client, left)) {
		ssize_t len = auth_socket_receive(client->fd, data, sizeof(data), fds);
		bool mine;

		if (len < 0 && errno == EAGAIN)
			continue;
		if (len <= 0 || !auth_protocol_parse_reply(reply, data, (size_t)len)) {
			close_all(fds);
			return -1;
		}
		mine = reply->seq == client->seq;
		if (mine && goes_inside && reply->result == CHAT_OK && !go_inside(client, fds))
			reply->result = CHAT_FAILED;
		close_all(fds);
		if (mine)
			return 1;
	}
	return 0;
}

/* The descriptors of a yes come with these. */
static bool
goes_inside(enum auth_kind kind)
{
	return kind != AUTH_INVITE && kind != AUTH_CLAIM && kind != AUTH_RENAME &&
	    kind != AUTH_GONE && kind != AUTH_CERTIFY;
}

/* What is not to be asked twice. */
static bool
is_made_once(enum auth_kind kind)
{
	return kind == AUTH_REGISTER || kind == AUTH_INVITED || kind == AUTH_PASSWD ||
	    kind == AUTH_GUEST || !goes_inside(kind);
}

/*
 * A gate that has just been started again did not get the request: it is sent once more. The old
 * one may have made the account before it died, and then the name would be another's.
 */
static enum chat_result
ask(struct auth_client *client, struct auth_request *request, unsigned int principal, uint64_t *id)
{
	struct auth_reply reply = { .result = CHAT_FAILED };
	bool makes = is_made_once(request->kind);
	int got = -1;

	*id = 0;
	for (int tries = 0; tries < 2 && got < 0; tries++) {
		if (connect_again(client) != 0)
			return CHAT_FAILED;
		request->seq = ++client->seq;
		bool sent = greet_gate(client) == 0 && send_request(client, request) == 0;

		if (sent)
			got = receive_reply(client, &reply, goes_inside(request->kind));
		if (got < 0)
			hang_up(client);
		if (sent && makes)
			break;
	}
	if (got <= 0) {
		/* So that no account is made of which nobody hears. */
		if (got == 0 && makes)
			hang_up(client);
		log_debug("the gate does not answer");
		return CHAT_FAILED;
	}
	client->retry_s = reply.retry_s;
	if (reply.result != CHAT_OK || !goes_inside(request->kind))
		return reply.result;
	client->principal = principal;
	client->id = *id = reply.id;
	client->epoch = reply.epoch;
	return CHAT_OK;
}

/* What is no string of that size cannot be right: "" is no name. */
static bool
copy_string(char *to, size_t size, struct chat_text from)
{
	bool fits = from.len < size && (from.len == 0 || memchr(from.data, '\0', from.len) == NULL);

	if (fits && from.len > 0)
		memcpy(to, from.data, from.len);
	to[fits ? from.len : 0] = '\0';
	return fits;
}

enum chat_result
auth_client_login(struct auth_client *client, struct chat_text name, struct chat_text password,
    uint64_t *id)
{
	struct auth_request request = { .kind = AUTH_LOGIN };

	copy_string(request.name, sizeof(request.name), name);
	request.possible = copy_string(request.password, sizeof(request.password), password);
	enum chat_result result = ask(client, &request, CHAT_PRINCIPAL_USER, id);
	explicit_bzero(&request, sizeof(request));
	if (result == CHAT_OK)
		client->token[0] = '\0';
	return result;
}

enum chat_result
auth_client_session(struct auth_client *client, struct chat_text token, uint64_t *id)
{
	struct auth_request request = { .kind = AUTH_SESSION };

	if (!copy_string(request.token, sizeof(request.token), token) || token.len == 0)
		return CHAT_NO_SESSION;
	enum chat_result result = ask(client, &request, CHAT_PRINCIPAL_USER, id);
	if (result == CHAT_OK)
		auth_client_keep(client, request.token);
	return result;
}

enum chat_result
auth_client_register(struct auth_client *client, struct chat_user *user, const char *password,
    const char *letters)
{
	struct auth_request request = { .kind = *letters == '\0' ? AUTH_REGISTER : AUTH_INVITED };

	strlcpy(request.name, user->name, sizeof(request.name));
	strlcpy(request.fullname, user->fullname, sizeof(request.fullname));
	strlcpy(request.country, user->country, sizeof(request.country));
	strlcpy(request.code, letters, sizeof(request.code));
	request.possible =
	    copy_string(request.password, sizeof(request.password), chat_text(password));
	enum chat_result result = ask(client, &request, CHAT_PRINCIPAL_USER, &user->id);
	explicit_bzero(&request, sizeof(request));
	if (result == CHAT_OK)
		client->token[0] = '\0';
	return result;
}

enum chat_result
auth_client_guest(struct auth_client *client, struct chat_user *user)
{
	struct auth_request request = { .kind = AUTH_GUEST };

	strlcpy(request.name, user->name, sizeof(request.name));
	strlcpy(request.fullname, user->fullname, sizeof(request.fullname));
	enum chat_result result = ask(client, &request, CHAT_PRINCIPAL_USER, &user->id);
	if (result == CHAT_OK)
		client->token[0] = '\0';
	return result;
}

enum chat_result
auth_client_certificate(struct auth_client *client, struct chat_text name, const char *fingerprint,
    uint64_t *id)
{
	struct auth_request request = { .kind = AUTH_CERTIFICATE };

	if (!copy_string(request.name, sizeof(request.name), name))
		return CHAT_NO_USER;
	strlcpy(request.fingerprint, fingerprint, sizeof(request.fingerprint));
	enum chat_result result = ask(client, &request, CHAT_PRINCIPAL_USER, id);
	if (result == CHAT_OK)
		client->token[0] = '\0';
	return result;
}

enum chat_result
auth_client_peer(struct auth_client *client, const char *fingerprint, uint64_t *id)
{
	struct auth_request request = { .kind = AUTH_PEER };

	strlcpy(request.fingerprint, fingerprint, sizeof(request.fingerprint));
	strlcpy(client->fingerprint, request.fingerprint, sizeof(client->fingerprint));
	return ask(client, &request, CHAT_PRINCIPAL_PEER, id);
}

enum chat_result
auth_client_server(struct auth_client *client, uint64_t *id)
{
	struct auth_request request = { .kind = AUTH_SERVER };

	return ask(client, &request, CHAT_PRINCIPAL_SERVER, id);
}

void
auth_client_rest(struct auth_client *client)
{
	drop_spare(client);
}

void
auth_client_keep(struct auth_client *client, const char *token)
{
	strlcpy(client->token, token, sizeof(client->token));
}

/*
 * The gate knows the user to whom it said yes last. A new gate does not, and is shown the token, if
 * the login has come that far.
 */
static enum chat_result
ask_for_user(struct auth_client *client)
{
	struct auth_request request = { .kind = AUTH_AGAIN };
	uint64_t before = client->id, id;
	enum chat_result result = ask(client, &request, CHAT_PRINCIPAL_USER, &id);

	if (result != CHAT_NO_SESSION && (result != CHAT_OK || id == before))
		return result;
	drop_spare(client);
	client->id = before;
	return auth_client_session(client, chat_text(client->token), &id);
}

/* Asks for whom the last yes was once more. */
static enum chat_result
ask_again(struct auth_client *client)
{
	uint64_t id;

	switch (client->principal) {
	case CHAT_PRINCIPAL_USER:
		return ask_for_user(client);
	case CHAT_PRINCIPAL_PEER:
		return auth_client_peer(client, client->fingerprint, &id);
	case CHAT_PRINCIPAL_SERVER:
		return auth_client_server(client, &id);
	default:
		return CHAT_FAILED;
	}
}

/* Asks for something of the user to whom the last yes went. */
static enum chat_result
ask_as_user(struct auth_client *client, struct auth_request *request)
{
	uint64_t id;
	enum chat_result result = ask(client, request, client->principal, &id);

	if (result != CHAT_NO_SESSION)
		return result;
	/* A new gate has said yes to nobody yet. */
	result = auth_client_session(client, chat_text(client->token), &id);
	return result == CHAT_OK ? ask(client, request, client->principal, &id) : result;
}

enum chat_result
auth_client_invite(struct auth_client *client, const char *letters)
{
	struct auth_request request = { .kind = AUTH_INVITE };
	enum chat_result result;

	strlcpy(request.code, letters, sizeof(request.code));
	result = ask_as_user(client, &request);
	explicit_bzero(&request, sizeof(request));
	return result;
}

enum chat_result
auth_client_passwd(struct auth_client *client, struct chat_text password, struct chat_text wanted)
{
	struct auth_request request = { .kind = AUTH_PASSWD };
	enum chat_result result;

	request.possible = copy_string(request.password, sizeof(request.password), password);
	(void)copy_string(request.wanted, sizeof(request.wanted), wanted);
	result = ask_as_user(client, &request);
	explicit_bzero(&request, sizeof(request));
	return result;
}

enum chat_result
auth_client_claim(struct auth_client *client, struct chat_text password, const char *letters)
{
	struct auth_request request = { .kind = AUTH_CLAIM };
	enum chat_result result;

	request.possible = copy_string(request.password, sizeof(request.password), password);
	strlcpy(request.code, letters, sizeof(request.code));
	result = ask_as_user(client, &request);
	explicit_bzero(&request, sizeof(request));
	return result;
}

enum chat_result
auth_client_rename(struct auth_client *client, struct chat_text name)
{
	struct auth_request request = { .kind = AUTH_RENAME };

	copy_string(request.name, sizeof(request.name), name);
	return ask_as_user(client, &request);
}

enum chat_result
auth_client_certify(struct auth_client *client, struct chat_text password,
    struct chat_text fingerprint, bool adds)
{
	struct auth_request request = { .kind = AUTH_CERTIFY, .adds = adds };
	enum chat_result result;

	request.possible = copy_string(request.password, sizeof(request.password), password);
	/* What is too long is no fingerprint: the gate says so. */
	(void)copy_string(request.fingerprint, sizeof(request.fingerprint), fingerprint);
	result = ask_as_user(client, &request);
	explicit_bzero(&request, sizeof(request));
	return result;
}

enum chat_result
auth_client_gone(struct auth_client *client)
{
	struct auth_request request = { .kind = AUTH_GONE };

	return ask_as_user(client, &request);
}

int
auth_client_connect(void *arg)
{
	struct auth_client *client = arg;
	int fd;

	if (client->spare < 0 && ask_again(client) != CHAT_OK) {
		errno = EACCES;
		return -1;
	}
	fd = client->spare;
	client->spare = -1;
	return fd;
}
