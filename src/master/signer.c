/* master_signer: what the master does, and the process itself. */
#include "master/signer.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/socket.h"
#include "base/capabilities.h"
#include "base/clock.h"
#include "base/daemon.h"
#include "base/log.h"
#include "base/log_pause.h"
#include "base/sandbox.h"
#include "base/signals.h"
#include "net/tls_key.h"
#include "worker/tls.h"

#define MASTER_FD  3 /* its end of the pair, in the signer */
#define REASON_MAX 4096
#define AT_ONCE    64
#define STARTED    (1 + sizeof(uint64_t)) /* bytes of the packet that is no sentence */
#define NUMBER_AT  32 /* the bit of an event's data at which the key's number begins */

struct signer {
	size_t n_keys;
	struct tls_key **keys;
	int epoll;
	size_t n_askers;
	bool retired; /* the master is heard no more */
	struct log_pause lost;
};

/*
 * The process
 */

static int
load_keys(struct signer *signer, const struct config *config, char *error, size_t size)
{
	signer->keys = calloc(config->n_listens + 1, sizeof(struct tls_key *));
	if (signer->keys == NULL) {
		snprintf(error, size, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < config->n_listens; i++) {
		struct tls_key *key;

		if (!worker_tls_wanted(&config->listens[i]))
			continue;
		key = worker_tls_key(config, &config->listens[i], error, size);
		if (key == NULL)
			return -1;
		signer->keys[signer->n_keys++] = key;
	}
	return 0;
}

int
master_signer_confine(const struct config *config, char *error, size_t size)
{
	/* It computes, as a hasher does, and has sockets that are open. */
	const struct sandbox sandbox = { .kind = SANDBOX_HASHER };

	if (capabilities_drop() == 0)
		return config->sandbox ? sandbox_enter(&sandbox, error, size) : 0;
	snprintf(error, size, "cannot give up capabilities: %s", strerror(errno));
	return -1;
}

static int
watch(const struct signer *signer, int fd, uint32_t number)
{
	struct epoll_event event = { .events = EPOLLIN,
		.data.u64 = (uint64_t)number << NUMBER_AT | (uint32_t)fd };

	return epoll_ctl(signer->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Takes a client's socket from the master, who is believed but for his death. */
static void
take_asker(struct signer *signer)
{
	int fds[AUTH_SOCKET_FDS];
	uint32_t number;
	ssize_t got = auth_socket_receive(MASTER_FD, &number, sizeof(number), fds);

	if (got == 0 || (got < 0 && errno != EAGAIN)) {
		/* If the master lives he learns of it: a packet for nobody would be a lost client.
		 */
		close(MASTER_FD);
		signer->retired = true;
	}
	if (fds[1] >= 0)
		close(fds[1]);
	if (fds[0] < 0) {
		if (got > 0 && log_pause_over(&signer->lost))
			log_warnx("the socket of a client did not arrive: too many are open? "
			          "(%" PRIu64 " so far)",
			    signer->lost.count);
		return;
	}
	if (got == sizeof(number) && number < signer->n_keys && watch(signer, fds[0], number) == 0)
		signer->n_askers++;
	else
		close(fds[0]);
}

/* One signature, and the socket has served. */
static void
serve_asker(struct signer *signer, int fd, const struct tls_key *key)
{
	struct tls_key_request request;
	struct tls_key_reply reply;
	ssize_t got = recv(fd, &request, sizeof(request), MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0) {
		tls_key_sign(key, &request, (size_t)got, &reply);
		(void)send(fd, &reply, offsetof(struct tls_key_reply, data) + reply.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	close(fd);
	signer->n_askers--;
}

static void
serve(struct signer *signer)
{
	struct epoll_event events[AT_ONCE];

	while (!signer->retired || signer->n_askers > 0) {
		int n = epoll_wait(signer->epoll, events, AT_ONCE, -1);

		if (n < 0 && errno != EINTR)
			fatal("epoll_wait");
		for (int i = 0; i < n; i++) {
			int fd = (int)(uint32_t)events[i].data.u64;

			if (fd == MASTER_FD)
				take_asker(signer);
			else
				serve_asker(signer, fd,
				    signer->keys[events[i].data.u64 >> NUMBER_AT]);
		}
	}
}

/* It outlives signals to all processes: clients shake hands as long as the master serves. */
static void
leave_master(int fd)
{
	signals_reset_all();
	signals_ignore((const int[]){ SIGHUP, SIGINT, SIGTERM, 0 });
	signals_unblock_all();
	log_set_tag("signer");
	if (fd != MASTER_FD && dup2(fd, MASTER_FD) != MASTER_FD)
		fatal("dup2");
	closefrom(MASTER_FD + 1);
	if (!log_detach())
		daemon_to_null(STDERR_FILENO);
	setproctitle("signer");
}

/* The master waits for one packet: "" and the stamp, or why there is no signer. */
static void __attribute__((noreturn)) run_signer(int fd, const struct config *config)
{
	struct signer signer = { .n_keys = 0 };
	char error[REASON_MAX] = "";
	uint64_t stamp;
	int result;

	leave_master(fd);
	stamp = worker_tls_stamp(config);
	result = load_keys(&signer, config, error, sizeof(error));
	if (result == 0)
		result = master_signer_confine(config, error, sizeof(error));
	signer.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (result == 0 && (signer.epoll < 0 || watch(&signer, MASTER_FD, 0) != 0)) {
		snprintf(error, sizeof(error), "cannot start the signer: %s", strerror(errno));
		result = -1;
	}
	if (result == 0)
		memcpy(error + 1, &stamp, sizeof(stamp));
	if (send(MASTER_FD, error, result == 0 ? STARTED : strlen(error) + 1, MSG_NOSIGNAL) < 0 ||
	    result != 0)
		_exit(1);
	serve(&signer);
	_exit(0);
}

/*
 * The master
 */

/* 0: the signer serves; -1 with its sentence; 1 with a sentence: it has said nothing in time. */
static int
await_start(int fd, int64_t limit_ms, uint64_t *stamp, char *error, size_t size)
{
	int64_t due = clock_monotonic_ms() + limit_ms, left;
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char said[REASON_MAX];
	ssize_t got;
	int n;

	do {
		left = due - clock_monotonic_ms();
		n = poll(&ready, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n <= 0) {
		snprintf(error, size, "the signer of TLS does not start: are all keys readable?");
		return 1;
	}
	got = recv(fd, said, sizeof(said), MSG_DONTWAIT);
	if (got == STARTED && said[0] == '\0') {
		memcpy(stamp, said + 1, sizeof(*stamp));
		return 0;
	}
	if (got <= 0)
		snprintf(error, size, "the signer of TLS died at its start");
	else
		snprintf(error, size, "%.*s", (int)got, said);
	return -1;
}

/* A signer that hangs, at its start or later, must not stop the master. */
int
master_signer_start(struct master_signer *signer, const struct config *config, int64_t limit_ms,
    char *error, size_t size)
{
	int ends[2], result;
	uint64_t stamp;
	pid_t pid;

	*signer = (struct master_signer){ .pid = 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		snprintf(error, size, "cannot start the signer: %s", strerror(errno));
		return -1;
	}
	pid = fork();
	if (pid == 0)
		run_signer(ends[1], config);
	close(ends[1]);
	if (pid > 0) {
		result = await_start(ends[0], limit_ms, &stamp, error, size);
	} else {
		snprintf(error, size, "cannot start the signer: %s", strerror(errno));
		result = -1;
	}
	if (result == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0) {
		*signer = (struct master_signer){ .pid = pid, .fd = ends[0], .stamp = stamp };
		return 0;
	}
	close(ends[0]);
	/* Where a file system hangs it ends later, and is reaped as any child. */
	if (result > 0)
		kill(pid, SIGKILL);
	while (pid > 0 && result <= 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return -1;
}

int
master_signer_open(const struct master_signer *signer, unsigned int number)
{
	uint32_t packet = number;
	int ends[2];

	if (signer->pid == 0) {
		errno = ESRCH;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	if (auth_socket_send(signer->fd, &packet, sizeof(packet), &ends[1], 1) == 0) {
		close(ends[1]);
		return ends[0];
	}
	int saved = errno;
	close(ends[0]);
	close(ends[1]);
	errno = saved;
	return -1;
}

void
master_signer_stop(struct master_signer *signer)
{
	if (signer->pid != 0)
		close(signer->fd);
	*signer = (struct master_signer){ .pid = 0 };
}
