/* lost_reply: a child plays each committer, at one end of a pair of sockets. */
#include "lost_reply.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

static struct {
	struct store *store;
	const enum lost_reply *list;
	size_t n;
	size_t made;
	unsigned int served; /* requests that the first connection serves */
} lost;

static pid_t child; /* 0: none */

static void
end_child(void)
{
	if (child == 0)
		return;
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	child = 0;
}

/* A request of the client. Its length, 0: the client has gone. */
static size_t
take_request(int fd, unsigned char *request, size_t size)
{
	ssize_t len = recv(fd, request, size, 0);

	return len > 0 ? (size_t)len : 0;
}

/* Has the real committer do a request. The reply's length, 0: none is due, or none comes. */
static size_t
do_request(int real, const unsigned char *request, size_t len,
    unsigned char reply[STORE_REPLY_SIZE])
{
	static struct store_step steps[STORE_TX_STEPS];
	struct store_request known;

	if (send(real, request, len, 0) != (ssize_t)len ||
	    store_request_read(&known, steps, request, len) != 0 ||
	    (known.flags & STORE_REQUEST_POST) != 0)
		return 0;
	return take_request(real, reply, STORE_REPLY_SIZE);
}

/* The first requests get replies; the one after them is lost. */
static void __attribute__((noreturn))
play_committer(enum lost_reply how, unsigned int serve, int fd, int real)
{
	static unsigned char request[2 * STORE_TX_MAX], reply[STORE_REPLY_SIZE];
	size_t len = 0, reply_len;

	for (unsigned int i = 0; (len = take_request(fd, request, sizeof(request))) > 0; i++) {
		if (i == serve)
			break;
		reply_len = do_request(real, request, len, reply);
		if (reply_len > 0)
			(void)send(fd, reply, reply_len, MSG_NOSIGNAL);
	}
	if (len > 0 && how == LOST_REPLY_SILENT)
		(void)take_request(fd, request, sizeof(request));
	else if (len > 0 && how == LOST_REPLY_DONE)
		(void)do_request(real, request, len, reply);
	_exit(0);
}

static int
play(enum lost_reply how)
{
	struct timeval limit = { .tv_sec = lost.store->answer_ms / 1000,
		.tv_usec = lost.store->answer_ms % 1000 * 1000 };
	unsigned int serve = lost.made == 1 ? lost.served : 0;
	int real = store_committer_connect(lost.store), fds[2];

	ck_assert_int_ge(real, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	ck_assert_int_eq(setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		close(fds[0]);
		play_committer(how, serve, fds[1], real);
	}
	close(fds[1]);
	close(real);
	return fds[0];
}

static int
connect_lost(void *arg)
{
	pid_t committer;

	(void)arg;
	end_child();
	if (lost.made > 0 && lost.made <= lost.n && lost.list[lost.made - 1] == LOST_REPLY_DONE) {
		committer = fixture_committer(lost.store->state);
		if (committer != 0)
			ck_assert_int_eq(kill(committer, SIGKILL), 0);
		fixture_committer_ended(lost.store->state);
	}
	if (lost.made == lost.n)
		return store_committer_connect(lost.store);
	enum lost_reply how = lost.list[lost.made++];
	return how == LOST_REPLY_GONE ? -1 : play(how);
}

void
lost_reply_begin(struct store *store, const enum lost_reply *list, size_t n, int64_t answer_ms)
{
	lost.store = store;
	lost.list = list;
	lost.n = n;
	lost.made = 0;
	lost.served = 0;
	store_rest(store);
	store->opt.connect = connect_lost;
	store->answer_ms = answer_ms;
}

void
lost_reply_later(unsigned int requests)
{
	lost.served = requests;
}

size_t
lost_reply_end(void)
{
	store_rest(lost.store);
	end_child();
	lost.store->opt.connect = NULL;
	lost.store->answer_ms = STORE_ANSWER_MS;
	return lost.made;
}
