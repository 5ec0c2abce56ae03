/*
 * tell_master: a process that may not signal the processes of another user, or any, has the master
 * do it.
 */
#include "live/tell_master.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/chdir_guard.h"

#define WORD_SIZE 64

int
tell_master(const char *state, const char *word)
{
	const struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = TELL_MASTER_SOCKET };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), way_back;
	ssize_t sent = -1;
	int saved;

	if (fd < 0)
		return -1;
	way_back = chdir_guard_enter(state);
	if (way_back >= 0) {
		sent = sendto(fd, word, strlen(word), MSG_NOSIGNAL, (const struct sockaddr *)&name,
		    sizeof(name));
		chdir_guard_leave(way_back);
	}
	saved = errno;
	close(fd);
	errno = saved;
	return sent < 0 ? -1 : 0;
}

int
tell_master_number(const char *state, const char *word, unsigned long long number)
{
	char text[WORD_SIZE];

	snprintf(text, sizeof(text), "%s%llu", word, number);
	return tell_master(state, text);
}
