/*
 * worker_inetd: finds out the listener and the address of the client on the standard input, and
 * becomes its worker.
 */
#include "worker/inetd.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/log.h"
#include "base/name.h"
#include "config/dialects.h"
#include "live/limits.h"
#include "net/address.h"
#include "net/address_list.h"
#include "worker/tls.h"
#include "worker/worker.h"

#define ERROR_SIZE 2048

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

bool
worker_inetd_stderr_is_client(void)
{
	struct stat in, err;

	return is_socket(STDERR_FILENO) && fstat(STDIN_FILENO, &in) == 0 &&
	    fstat(STDERR_FILENO, &err) == 0 && in.st_dev == err.st_dev && in.st_ino == err.st_ino;
}

/* The listener whose settings hold for the client: one of the configuration, or of -D's making. */
static int
choose_listener(const struct worker_inetd_options *options, const struct config *config,
    struct config_listen *listen)
{
	const char *dialect = options->dialect == NULL ? CONFIG_DIALECT_DEFAULT : options->dialect;

	if (options->listener == NULL) {
		*listen = (struct config_listen){ .name = "inetd" };
		snprintf(listen->dialect, sizeof(listen->dialect), "%s", dialect);
		return 0;
	}
	for (size_t i = 0; i < config->n_listens; i++) {
		*listen = config->listens[i];
		if (name_same(listen->name, options->listener))
			return 0;
	}
	log_warnx("there is no listener %s", options->listener);
	return -1;
}

/* Reads the certificate if the listener speaks TLS. */
static int
open_tls(const struct config *config, const struct config_listen *listen, struct tls **tls)
{
	char error[ERROR_SIZE];

	*tls = NULL;
	if (!worker_tls_wanted(listen))
		return 0;
	*tls = worker_tls_new(config, listen, error, sizeof(error));
	if (*tls != NULL)
		return 0;
	log_warnx("%s", error);
	return -1;
}

int
worker_inetd_serve(const struct config *config, const struct worker_inetd_options *options)
{
	struct config_listen listen;
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} peer = { .any = { .sa_family = AF_UNSPEC } };
	socklen_t len = sizeof(peer);
	char text[ADDRESS_TEXT_MAX];
	struct client client = { .in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.listener = &listen,
		.dialect = listen.dialect,
		.address = text,
		.connection = (uint64_t)getpid(),
		.start_bridge = options->start_bridge,
		.master_fd = -1 };
	int on = 1, status;

	if (choose_listener(options, config, &listen) != 0 ||
	    open_tls(config, &listen, &client.tls) != 0)
		return EX_CONFIG;
	if (is_socket(STDIN_FILENO)) {
		client.out_fd = STDIN_FILENO;
		daemon_to_null(STDOUT_FILENO);
		setsockopt(STDIN_FILENO, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		setsockopt(STDIN_FILENO, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		if (getpeername(STDIN_FILENO, &peer.any, &len) != 0)
			peer.any.sa_family = AF_UNSPEC;
	}
	if (!options->foreground)
		daemon_to_null(STDERR_FILENO);
	address_text(&peer.any, text, sizeof(text), &client.port);
	if (address_list_has(listen.trusted_proxy, &peer.any))
		client.trusted_proxy = listen.trusted_proxy;
	client.exempt = !config->limit_loopback && address_is_loopback(&peer.any);
	if (!client.exempt || client.trusted_proxy != NULL)
		client.limits = limits_open(config->state);
	worker_tag(&client);
	status = worker_main(config, &client);
	limits_close(client.limits);
	worker_tls_free(client.tls);
	return status;
}
