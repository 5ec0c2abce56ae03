/*
 * attack_login: an honest login every 100 ms, whether or not the earlier ones have their replies.
 */
#include <sys/epoll.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "attack.h"

#define EACH_NS     INT64_C(100000000)
#define LATEST_NS   INT64_C(10000000000)
#define EXPECTED_NS INT64_C(1000000000) /* at the end only later ones are taken for failed */
#define ADDRESSES   250
#define AT_ONCE     128 /* more than a hundred are later than LATEST_NS */
#define EVENTS      16
#define END         "\r\n\r\n"
#define OK_HEAD     "{\"status\":\"OK\""

struct login {
	int fd; /* -1: none */
	int64_t begun_ns;
	size_t len;
	char reply[1024];
};

struct logins {
	struct attack_logins *counts;
	int epoll;
	int port;
	unsigned int turn;
	struct login logins[AT_ONCE];
};

static void
end_login(struct logins *all, struct login *login, const char *failure)
{
	int64_t took_ns = stat_now_ns() - login->begun_ns;
	struct attack_logins *counts = all->counts;

	close(login->fd);
	login->fd = -1;
	stat_hist_add(&counts->hist, took_ns);
	counts->max_ns = took_ns > counts->max_ns ? took_ns : counts->max_ns;
	if (failure == NULL)
		counts->done++;
	else if (counts->failed++ == 0)
		snprintf(counts->failure, sizeof(counts->failure), "%.*s",
		    (int)strcspn(failure, "\r\n"), failure);
}

static void
begin_login(struct logins *all)
{
	struct login *login = all->logins;
	char request[LOAD_REQUEST];

	while (login < all->logins + AT_ONCE && login->fd >= 0)
		login++;
	if (login == all->logins + AT_ONCE)
		return;
	*login = (struct login){ .begun_ns = stat_now_ns() };
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = login };
	int len = snprintf(request, sizeof(request), "auth " ATTACK_NAME " " ATTACK_PASSWORD "\r\n",
	    ATTACK_HONEST + all->turn % ATTACK_LOGINS);
	login->fd = load_connect_from(ATTACK_FROM_LOGINS + all->turn++ % ADDRESSES, all->port);
	if (login->fd < 0 || epoll_ctl(all->epoll, EPOLL_CTL_ADD, login->fd, &event) != 0 ||
	    send(login->fd, request, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) != len)
		end_login(all, login, strerror(errno));
}

static void
read_login(struct logins *all, struct login *login)
{
	ssize_t got = recv(login->fd, login->reply + login->len,
	    sizeof(login->reply) - 1 - login->len, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		end_login(all, login, got == 0 ? "no reply" : strerror(errno));
		return;
	}
	login->len += (size_t)got;
	login->reply[login->len] = '\0';
	if (strstr(login->reply, END) == NULL)
		return;
	bool good = strncmp(login->reply, OK_HEAD, sizeof(OK_HEAD) - 1) == 0;
	end_login(all, login, good ? NULL : login->reply);
}

static void
end_late(struct logins *all)
{
	int64_t now_ns = stat_now_ns();

	for (size_t i = 0; i < AT_ONCE; i++)
		if (all->logins[i].fd >= 0 && now_ns - all->logins[i].begun_ns > LATEST_NS)
			end_login(all, &all->logins[i], "late");
}

void
attack_login(struct attack_logins *counts, int port)
{
	static struct logins all;
	struct epoll_event events[EVENTS];
	int64_t next_ns = stat_now_ns();

	all = (struct logins){ .counts = counts, .port = port };
	all.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < AT_ONCE; i++)
		all.logins[i].fd = -1;
	while (all.epoll >= 0 && !load_stopped()) {
		int64_t wait_ns = next_ns - stat_now_ns();
		int n = epoll_wait(all.epoll, events, EVENTS,
		    wait_ns <= 0 ? 0 : (int)(wait_ns / 1000000) + 1);

		for (int i = 0; i < n; i++) {
			struct login *login = events[i].data.ptr;

			if (login->fd >= 0)
				read_login(&all, login);
		}
		if (stat_now_ns() < next_ns)
			continue;
		end_late(&all);
		begin_login(&all);
		next_ns += EACH_NS;
	}
	for (size_t i = 0; i < AT_ONCE; i++)
		if (all.logins[i].fd >= 0 && stat_now_ns() - all.logins[i].begun_ns > EXPECTED_NS)
			end_login(&all, &all.logins[i], "no reply until the end");
}
