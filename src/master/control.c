/*
 * master_control: what an administrator says to a running master. Who may speak is settled by the
 * state directory, into which nobody but its owner comes, and for its workers by master_command.
 */
#include "master/control.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"
#include "base/state_directory.h"
#include "live/tell_master.h"
#include "net/local_socket.h"

#define SOCKET_NAME TELL_MASTER_SOCKET
#define DONE        "OK "
#define REFUSED     "ERROR "

static const struct sockaddr_un control_address = { .sun_family = AF_UNIX,
	.sun_path = SOCKET_NAME };

static int
make_socket(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

int
master_control_open(const char *state)
{
	int fd = make_socket(), on = 1;

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	if (local_socket_bind(fd, state, SOCKET_NAME, STATE_DIRECTORY_SHARED) == 0)
		return fd;
	return local_socket_give_up(fd);
}

void
master_control_close(int fd, const char *state)
{
	local_socket_remove(state, SOCKET_NAME);
	close(fd);
}

/* Tells which process sent a message, as far as the kernel says it. */
static void
find_asker(struct msghdr *message, pid_t *pid, uid_t *uid)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	struct ucred credentials;

	*pid = 0;
	*uid = (uid_t)-1;
	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_CREDENTIALS ||
	    header->cmsg_len != CMSG_LEN(sizeof(credentials)))
		return;
	memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
	*pid = credentials.pid;
	*uid = credentials.uid;
}

bool
master_control_receive(int fd, char word[MASTER_CONTROL_WORD], struct master_control_asker *asker,
    pid_t *pid, uid_t *uid)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = { .iov_base = word, .iov_len = MASTER_CONTROL_WORD - 1 };
	struct msghdr message = { .msg_name = &asker->name,
		.msg_namelen = sizeof(asker->name),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (len < 0)
		return false;
	word[len] = '\0';
	asker->len = message.msg_namelen;
	find_asker(&message, pid, uid);
	if (asker->len <= sizeof(sa_family_t))
		asker->len = 0;
	return true;
}

void
master_control_answer(int fd, const struct master_control_asker *asker, bool done, const char *text)
{
	char answer[MASTER_CONTROL_ANSWER];
	int len = snprintf(answer, sizeof(answer), "%s%s", done ? DONE : REFUSED, text);

	if (asker->len == 0)
		return;
	if (len >= (int)sizeof(answer))
		len = (int)sizeof(answer) - 1;
	/* Who does not read the answer goes without. */
	sendto(fd, answer, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL,
	    (const struct sockaddr *)&asker->name, asker->len);
}

/* A socket to which the master can answer, connected to it. -1 with errno. */
static int
connect_master(const char *state)
{
	const struct sockaddr_un nameless = { .sun_family = AF_UNIX };
	int fd = make_socket(), way_back;

	/* Bound to nothing: the kernel chooses a name. */
	if (fd < 0 ||
	    bind(fd, (const struct sockaddr *)&nameless, sizeof(nameless.sun_family)) != 0)
		return local_socket_give_up(fd);
	way_back = chdir_guard_enter(state);
	if (way_back < 0)
		return local_socket_give_up(fd);
	int result =
	    connect(fd, (const struct sockaddr *)&control_address, sizeof(control_address));
	chdir_guard_leave(way_back);
	if (result == 0)
		return fd;
	if (errno == ENOENT || errno == ECONNREFUSED)
		errno = ESRCH;
	return local_socket_give_up(fd);
}

/* 0, 1 or -1 as master_control_ask. */
static int
receive(int fd, int timeout_ms, char answer[MASTER_CONTROL_ANSWER])
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int n = poll(&ready, 1, timeout_ms);
	ssize_t len;

	if (n == 0)
		errno = ETIMEDOUT;
	if (n <= 0)
		return -1;
	len = recv(fd, answer, MASTER_CONTROL_ANSWER - 1, 0);
	if (len < 0)
		return -1;
	answer[len] = '\0';
	bool done = strncmp(answer, DONE, strlen(DONE)) == 0;
	size_t skip = done ? strlen(DONE) : strlen(REFUSED);
	if (!done && strncmp(answer, REFUSED, skip) != 0) {
		errno = EPROTO;
		return -1;
	}
	memmove(answer, answer + skip, strlen(answer + skip) + 1);
	return done ? 0 : 1;
}

int
master_control_ask(const char *state, const char *word, int timeout_ms,
    char answer[MASTER_CONTROL_ANSWER])
{
	int fd = connect_master(state), result = -1;

	if (fd < 0)
		return -1;
	if (send(fd, word, strlen(word), MSG_NOSIGNAL) >= 0)
		result = receive(fd, timeout_ms, answer);
	int saved = errno;
	close(fd);
	errno = saved;
	return result;
}
