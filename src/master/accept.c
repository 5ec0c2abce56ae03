/* master_accept: a client gets a worker, or is refused. */
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "auth/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "dialect/dialect.h"
#include "master/int.h"
#include "net/address_list.h"
#include "net/tls_key.h"
#include "worker/tls.h"
#include "worker/worker.h"

#define ACCEPT_TURN     64  /* clients taken before signals and other sockets have their turn */
#define ACCEPT_PAUSE_MS 100 /* when descriptors or memory have run out */

struct visitor {
	int fd;
	const struct config_listen *section;
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} address;
	unsigned char key[ADDRESS_KEY_SIZE];
	bool exempt; /* a client of this machine, where that is not limited */
	bool proxy;  /* which is trusted, and has the clients of many addresses */
};

static bool
may_complain(struct master *master, enum master_complaint which)
{
	return log_pause_over(&master->complaints[which]);
}

/*
 * Tells the client in its dialect that there is no room; without waiting for it to listen. In TLS
 * only a handshake could say it, and that is work for a worker.
 */
static void
refuse_visitor(struct master *master, const struct visitor *visitor)
{
	const struct dialect *dialect = dialect_find(visitor->section->dialect);
	bool plain = !worker_tls_wanted(visitor->section);
	bool orderly = dialect != NULL && dialect->refusal_ends;

	master_refuse(&master->refuse, visitor->fd, dialect != NULL && plain ? dialect->busy : NULL,
	    !orderly && master->config->close == CONFIG_CLOSE_RESET);
}

/* Counts and logs why a visitor is refused, or another one makes way. */
static void
note_limit(struct master *master, const struct visitor *visitor, enum limits_kind limit)
{
	const struct config *config = master->config;
	char text[ADDRESS_TEXT_MAX];
	uint16_t port;

	limits_count(master->limits, limit);
	address_text(&visitor->address.any, text, sizeof(text), &port);
	if (limit == LIMITS_CLIENTS && may_complain(master, MASTER_TOO_MANY))
		log_warnx("max_clients (%d) are connected: refusing more", config->max_clients);
	else if (limit == LIMITS_ADDRESS && may_complain(master, MASTER_TOO_MANY_OF_ONE))
		log_warnx("max_clients_per_address (%d) are connected from %s: refusing more",
		    config->max_clients_per_address, text);
	else if (limit == LIMITS_CONNECT_RATE && may_complain(master, MASTER_TOO_FAST))
		log_warnx("clients connect faster than connect_rate (%d/s) from %s: refusing more",
		    config->connect_rate, text);
	else if (limit == LIMITS_UNKNOWN && may_complain(master, MASTER_TOO_MANY_UNKNOWN))
		log_warnx("max_unknown (%d) have not logged in: the oldest make way, or new ones "
		          "are refused, the last from %s",
		    config->max_unknown, text);
}

/* The limit on the connections of one address, 0: none. The default is not for this machine. */
static unsigned int
limit_each(const struct master *master, const struct visitor *visitor)
{
	int limit = master->config->max_clients_per_address;

	if (visitor->proxy || (visitor->exempt && limit == CONFIG_PER_ADDRESS))
		return 0;
	return (unsigned int)limit;
}

/* Whether the visitor counts among those who have not logged in yet. */
static bool
is_unknown(const struct visitor *visitor)
{
	return !visitor->exempt || visitor->proxy;
}

static bool
has_room_for(struct master *master, const struct visitor *visitor)
{
	const struct config *config = master->config;
	/* A proxy may have many clients: no rate is too high. */
	const int rate = visitor->proxy ? 0 : config->connect_rate;
	const struct master_admit_limits limits = { .rate = rate, .unknown = config->max_unknown };
	unsigned int each = limit_each(master, visitor);
	enum limits_kind limit = LIMITS_CLIENTS;
	pid_t ended = 0;
	bool room = master_children_count(master->children) < (unsigned int)config->max_clients;

	if (room && each != 0) {
		limit = LIMITS_ADDRESS;
		room = master_children_from(master->children, visitor->key, each) < each;
	}
	if (room && is_unknown(visitor))
		room = master_admit(master->admit, &limits, visitor->key, clock_monotonic_ms(),
		    &limit, &ended);
	if (!room || ended != 0)
		note_limit(master, visitor, limit);
	return room;
}

/*
 * The worker starts with nothing of the master's but its memory. Signals stay blocked until it
 * has its own handlers: a SIGTERM that comes before must reach those.
 */
void
master_leave(const struct master *master)
{
	for (size_t i = 0; i < master->listen.n; i++)
		close(master->listen.polls[i].fd);
	close(master->pidfile);
	close(master->control);
	close(master->gate.listen_fd);
	close(master->gate.ask_fd);
	if (master->tls.signer.pid != 0)
		close(master->tls.signer.fd);
	close(master->alive[1]);
	master_housekeeping_abandon(&master->housekeeping);
	master_refuse_close(&master->refuse);
	/* The scoreboard is not mapped here, and its descriptor costs less than closing it. */
	master_forget_signals();
}

/*
 * Prepares before the fork whatever it can: a page that the child is the first to touch costs more
 * than this work.
 */
static pid_t
start_worker(struct master *master, const struct visitor *visitor)
{
	char text[ADDRESS_TEXT_MAX];
	struct auth_client auth;
	struct client client = { .in_fd = visitor->fd,
		.out_fd = visitor->fd,
		.listener = visitor->section,
		.dialect = visitor->section->dialect,
		.address = text,
		.trusted_proxy = visitor->proxy ? visitor->section->trusted_proxy : NULL,
		.connection = master->connections,
		.start_bridge = master_bridge_ask,
		.limits = master->limits,
		.exempt = visitor->exempt,
		.worker_uid = master->opt->worker_uid,
		.master_fd = master->alive[0] };
	pid_t pid;
	int signer;

	client.tls = master_tls_of(&master->tls, visitor->section, &signer);
	if (client.tls != NULL && signer < 0)
		return -1;
	address_text(&visitor->address.any, text, sizeof(text), &client.port);
	worker_tag(&client);
	if (is_unknown(visitor))
		client.known =
		    master_admit_begin(master->admit, visitor->key, clock_monotonic_ms());
	pid = fork();
	if (pid != 0) {
		if (signer >= 0)
			close(signer);
		master_admit_started(master->admit, pid);
		log_clear_tag();
		return pid;
	}
	master_leave(master);
	tls_key_ask_at(signer);
	/* Before the first byte of the client is read. */
	(void)auth_client_open(&auth, master->config->state, visitor->key, text, visitor->exempt);
	client.auth = &auth;
	/* Not exit(): what was registered with atexit() and stdio is the master's. */
	_exit(worker_main(master->config, &client));
}

/* The descriptor of the visitor goes to its worker, or to master_refuse(). */
static void
serve_visitor(struct master *master, struct visitor *visitor)
{
	pid_t pid;

	address_key(&visitor->address.any, visitor->key);
	visitor->exempt =
	    !master->config->limit_loopback && address_is_loopback(&visitor->address.any);
	visitor->proxy = address_list_has(visitor->section->trusted_proxy, &visitor->address.any);
	if (!has_room_for(master, visitor)) {
		refuse_visitor(master, visitor);
		return;
	}
	master->connections++;
	pid = start_worker(master, visitor);
	if (pid > 0) {
		master_children_add(master->children, pid, master->connections, visitor->key);
		close(visitor->fd);
		return;
	}
	if (may_complain(master, MASTER_CANNOT_FORK))
		log_warn("cannot start a worker, refusing clients");
	refuse_visitor(master, visitor);
}

/* Whether it is worth trying the next client now. */
static bool
accept_failed(struct master *master, const struct config_listen *section)
{
	switch (errno) {
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
		return false;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		/* The client stays in the queue, so poll() would call us again at once. */
		if (may_complain(master, MASTER_CANNOT_ACCEPT))
			log_warn("listen \"%s\": cannot accept", section->name);
		master->paused_until_ms = clock_monotonic_ms() + ACCEPT_PAUSE_MS;
		return false;
	case EBADF:
	case EINVAL:
	case ENOTSOCK:
		fatal("listen \"%s\": accept", section->name);
	default:
		return true; /* this client has gone already, or its network has */
	}
}

void
master_accept(struct master *master, size_t listener)
{
	struct visitor visitor = { .section = &master->listen.sections[listener] };

	for (int i = 0; i < ACCEPT_TURN; i++) {
		socklen_t len = sizeof(visitor.address);
		int64_t now = clock_monotonic_ms();
		int64_t pause = master_admit_pause_ms(master->admit, now);

		if (pause > 0) {
			master->paused_until_ms = now + pause;
			return;
		}
		visitor.fd = accept4(master->listen.polls[listener].fd, &visitor.address.any, &len,
		    SOCK_CLOEXEC);
		if (visitor.fd < 0) {
			if (accept_failed(master, visitor.section))
				continue;
			return;
		}
		serve_visitor(master, &visitor);
	}
}
