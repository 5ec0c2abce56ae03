/* auth_connection: workers, each with one request at a time. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/int.h"
#include "auth/socket.h"
#include "base/clock.h"
#include "base/log.h"
#include "chat/permit.h"
#include "store/store_admin.h"

#define ACCEPT_PAUSE_MS 100 /* when descriptors or memory have run out */
#define BIND_TRIES      2

/* While a task is at work only the end of the connection is of interest, which comes unasked. */
static int
watch(struct auth_gate *gate, struct auth_connection *connection, int operation)
{
	struct epoll_event event = { .events = connection->task == NULL ? EPOLLIN : 0,
		.data.ptr = connection };

	return epoll_ctl(gate->epoll, operation, connection->fd, &event);
}

static void
close_connection(struct auth_gate *gate, struct auth_connection *connection)
{
	if (connection->task != NULL)
		auth_task_abandon(gate, connection->task);
	/* A committer that was just forked may hold the descriptor for a moment. */
	epoll_ctl(gate->epoll, EPOLL_CTL_DEL, connection->fd, NULL);
	close(connection->fd);
	LIST_REMOVE(connection, others);
	gate->n_connections--;
	free(connection);
}

/* A process of another user has no business here: the socket is in the state directory. */
static bool
is_ours(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    (cred.uid == geteuid() || cred.uid == 0);
}

static bool
add_connection(struct auth_gate *gate, int fd)
{
	struct auth_connection *connection = calloc(1, sizeof(*connection));

	if (connection == NULL)
		return false;
	*connection = (struct auth_connection){ .source = AUTH_SOURCE_CONNECTION, .fd = fd };
	LIST_INSERT_HEAD(&gate->connections, connection, others);
	if (watch(gate, connection, EPOLL_CTL_ADD) == 0) {
		gate->n_connections++;
		return true;
	}
	LIST_REMOVE(connection, others);
	free(connection);
	return false;
}

/* Those who wait at the socket go on waiting there: it would wake the gate all the time. */
static void
hold_off(struct auth_gate *gate, const char *why)
{
	gate->paused_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
	if (log_pause_over(&gate->overflow))
		log_warnx("%s: %zu workers are connected, others wait", why, gate->n_connections);
}

bool
auth_connection_accept(struct auth_gate *gate)
{
	if (gate->n_connections >= gate->most_connections) {
		hold_off(gate, "no descriptors for more workers");
		return false;
	}
	int fd = accept4(gate->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		if (errno == ECONNABORTED || errno == EINTR)
			return true;
		if (errno != EAGAIN)
			hold_off(gate, strerror(errno));
		return false;
	}
	if (!is_ours(fd) || !add_connection(gate, fd)) {
		log_warnx("refused a connection");
		close(fd);
	}
	return true;
}

static void
greet(struct auth_connection *connection, const struct auth_request *request)
{
	connection->greeted = true;
	connection->near = request->near;
	memcpy(connection->key, request->key, sizeof(connection->key));
	memcpy(connection->address, request->address, sizeof(connection->address));
}

void
auth_connection_serve(struct auth_gate *gate, struct auth_connection *connection, bool hung_up)
{
	unsigned char data[AUTH_PACKET_MAX + 1];
	struct auth_request request;
	ssize_t len = 0;

	/* A request of a worker that has gone is not begun. */
	if (!hung_up)
		len = recv(connection->fd, data, sizeof(data), MSG_DONTWAIT);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		close_connection(gate, connection);
		return;
	}
	bool good = auth_protocol_parse(&request, data, (size_t)len) &&
	    (request.kind == AUTH_HELLO) == !connection->greeted;
	explicit_bzero(data, (size_t)len);
	if (!good) {
		log_warnx("a worker for %s sent what is no request", connection->address);
		close_connection(gate, connection);
	} else if (!connection->greeted) {
		greet(connection, &request);
	} else {
		auth_task_begin(gate, connection, &request);
	}
	explicit_bzero(&request, sizeof(request));
}

static void
send_reply(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_reply *reply, const int *fds, size_t n)
{
	unsigned char data[AUTH_REPLY_SIZE];

	auth_protocol_pack_reply(data, reply);
	if (auth_socket_send(connection->fd, data, sizeof(data), fds, n) == 0 &&
	    watch(gate, connection, EPOLL_CTL_MOD) == 0)
		return;
	/* Its end is told by epoll, which closes it. */
	log_debug("a worker for %s takes no reply", connection->address);
	shutdown(connection->fd, SHUT_RDWR);
}

void
auth_connection_answer(struct auth_gate *gate, struct auth_connection *connection,
    const struct auth_reply *reply)
{
	send_reply(gate, connection, reply, NULL, 0);
}

/* A connection to the committer for nobody else. The committer may die meanwhile. */
static int
connect_bound(struct auth_gate *gate, const struct store_principal *whom)
{
	for (int tries = 0; tries < BIND_TRIES; tries++) {
		int fd = store_committer_connect(gate->chat.store);

		if (fd < 0)
			return -1;
		if (store_committer_bind(fd, whom) == 0)
			return fd;
		close(fd);
	}
	return -1;
}

void
auth_connection_admit(struct auth_gate *gate, struct auth_connection *connection, uint32_t seq,
    unsigned int principal, uint64_t id, uint32_t epoch)
{
	const struct store_principal whom = { .kind = principal, .id = id };
	struct auth_reply reply = { .seq = seq, .result = CHAT_OK, .id = id, .epoch = epoch };
	int fds[AUTH_SOCKET_FDS] = { gate->state_fd, connect_bound(gate, &whom) };

	if (fds[1] < 0) {
		if (log_pause_over(&gate->no_committer))
			log_warn("cannot make a connection to the committer");
		reply.result = CHAT_FAILED;
		send_reply(gate, connection, &reply, NULL, 0);
		return;
	}
	connection->principal = principal;
	connection->id = id;
	connection->epoch = epoch;
	send_reply(gate, connection, &reply, fds, AUTH_SOCKET_FDS);
	close(fds[1]);
}
