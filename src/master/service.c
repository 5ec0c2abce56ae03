/* master_service: finds the manager in the environment, and writes to it. */
#include "master/service.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

#define SOCKET_VARIABLE "NOTIFY_SOCKET"
#define MESSAGE_MAX     2048

/* The length of the manager's address, 0: there is no manager. */
static socklen_t
find_manager(struct sockaddr_un *manager)
{
	const char *path = getenv(SOCKET_VARIABLE);
	size_t len = path == NULL ? 0 : strlen(path);

	*manager = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (len == 0 || len >= sizeof(manager->sun_path) || (path[0] != '/' && path[0] != '@'))
		return 0;
	memcpy(manager->sun_path, path, len);
	if (path[0] == '@')
		manager->sun_path[0] = '\0'; /* in the abstract namespace */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void
master_service_notify(const char *format, ...)
{
	struct sockaddr_un manager;
	/* The longest that a manager with a full queue is waited for. */
	const struct timeval patience = { .tv_sec = 1 };
	socklen_t manager_len = find_manager(&manager);
	char message[MESSAGE_MAX];
	va_list ap;
	int len, fd;

	if (manager_len == 0)
		return;
	va_start(ap, format);
	len = vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	if (len < 0 || len >= (int)sizeof(message))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) != 0 ||
	    sendto(fd, message, (size_t)len, MSG_NOSIGNAL, (const struct sockaddr *)&manager,
	        manager_len) < 0)
		log_warn("cannot tell the service manager at %s", getenv(SOCKET_VARIABLE));
	if (fd >= 0)
		close(fd);
}

void
master_service_reloading(void)
{
	master_service_notify("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_monotonic_us());
}

/* A number above 0 from the environment; 0: there is none. */
static int64_t
read_variable(const char *variable)
{
	const char *text = getenv(variable);
	char *end;

	if (text == NULL || *text == '\0')
		return 0;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	return errno != 0 || *end != '\0' || number < 0 ? 0 : number;
}

int64_t
master_service_watchdog_ms(void)
{
	int64_t pid = read_variable("WATCHDOG_PID"), limit_us = read_variable("WATCHDOG_USEC");

	if (limit_us == 0 || (pid != 0 && pid != getpid()))
		return 0;
	/* Twice as often as it must be. */
	return limit_us >= 2000 ? limit_us / 2000 : 1;
}
