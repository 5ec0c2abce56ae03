/*
 * realm: for integration tests: a realm of the test's own in a temporary directory, and the real
 * programs that serve and administer it. What is said to them is dialogue's business.
 */
#include "realm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "realm_int.h"

#define PASSWORD_LINE "surabaya\n"
#define NARROW        4096

int
realm_bind_port(uint16_t port, struct sockaddr_in *name)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	socklen_t len = sizeof(*name);

	ck_assert_int_ge(fd, 0);
	*name = (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)name, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)name, &len), 0);
	return fd;
}

/*
 * A port on which nobody else listens. Bound but not listening the socket keeps it from others,
 * while kabard, which sets SO_REUSEADDR too, can have it.
 */
static bool
reserve_port(struct realm *realm)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name = { .any = { .sa_family = AF_INET } };
	bool v6 = strchr(realm->address, ':') != NULL;
	socklen_t len = v6 ? sizeof(name.v6) : sizeof(name.v4);
	int on = 1;

	name.any.sa_family = v6 ? AF_INET6 : AF_INET;
	ck_assert_int_eq(inet_pton(name.any.sa_family, realm->address,
	                     v6 ? (void *)&name.v6.sin6_addr : (void *)&name.v4.sin_addr),
	    1);
	realm->port_fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (realm->port_fd < 0)
		return false;
	setsockopt(realm->port_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(realm->port_fd, &name.any, len) != 0 ||
	    getsockname(realm->port_fd, &name.any, &len) != 0) {
		close(realm->port_fd);
		return false;
	}
	realm->port = ntohs(v6 ? name.v6.sin6_port : name.v4.sin_port);
	return true;
}

/*
 * What these libraries do for a test in the process that they are in, a sandbox does not allow: one
 * kills it and looks at files by other names than it has, the other opens the file of its records
 * in those that hash passwords and those that log.
 */
static bool
breaks_out(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded != NULL &&
	    (strstr(preloaded, "preload_sync") != NULL ||
	        strstr(preloaded, "preload_watch") != NULL);
}

void
realm_configure(const struct realm *realm, const char *settings)
{
	const struct passwd *me = getpwuid(geteuid());
	FILE *file = fopen(realm->config, "we");

	ck_assert_ptr_nonnull(me);
	ck_assert_ptr_nonnull(file);
	/* Where a setting comes twice, the last one holds. */
	fprintf(file,
	    "realm = \"surabaya\"\n"
	    "user = \"%s\"\n"
	    "state = \"%s\"\n"
	    "sync = off  sandbox = %s\n"
	    "password_cost = 1\n"
	    "listen \"main\" { address = \"%s\"  port = %u  dialect = \"realm\" }\n"
	    "%s\n",
	    me->pw_name, realm->state, breaks_out() ? "off" : "on", realm->address,
	    (unsigned int)realm->port, settings == NULL ? "" : settings);
	ck_assert_int_eq(fclose(file), 0);
}

bool
realm_make_at(struct realm *realm, const char *address, const char *settings)
{
	*realm = (struct realm){ .address = address, .first_fd = -1 };
	if (!reserve_port(realm))
		return false;
	snprintf(realm->dir, sizeof(realm->dir), "%.100s/XXXXXX", realm_room());
	ck_assert_ptr_nonnull(mkdtemp(realm->dir));
	snprintf(realm->config, sizeof(realm->config), "%.120s/kabar.conf", realm->dir);
	snprintf(realm->state, sizeof(realm->state), "%.120s/state", realm->dir);
	snprintf(realm->log, sizeof(realm->log), "%.120s/log", realm->dir);
	realm_configure(realm, settings);
	REALM_CTL(realm, NULL, "init");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "messi", "-n", "Lionel Messi", "-C",
	    "Argentina");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "henderson", "-n", "Jordan Henderson", "-C",
	    "Inggris");
	REALM_CTL(realm, PASSWORD_LINE, "user", "add", "lineker", "-n", "Gary Lineker", "-C",
	    "Inggris");
	return true;
}

void
realm_make(struct realm *realm, const char *settings)
{
	ck_assert_msg(realm_make_at(realm, "127.0.0.1", settings), "bind: %s", strerror(errno));
}

/* A buffer of 0: as the system has it. */
static int
connect_with(const struct realm *realm, int receive_buffer)
{
	union {
		struct sockaddr any;
		struct sockaddr_storage storage;
	} name;
	socklen_t len = sizeof(name);
	int fd;

	ck_assert_int_eq(getsockname(realm->port_fd, &name.any, &len), 0);
	fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	/* Made smaller later, the window would no longer hold what is allowed to be on its way. */
	if (receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
	if (connect(fd, &name.any, len) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
realm_connect(const struct realm *realm)
{
	return connect_with(realm, 0);
}

int
realm_connect_narrow(const struct realm *realm)
{
	return connect_with(realm, NARROW);
}

bool
realm_accepts(void *arg)
{
	struct realm *realm = arg;

	realm->first_fd = realm_connect(realm);
	return realm->first_fd >= 0;
}

static bool
is_up(void *arg)
{
	struct realm *realm = arg;
	int status;

	if (waitpid(realm->kabard, &status, WNOHANG) != 0) {
		realm->kabard = 0;
		ck_abort_msg("kabard ended at once, status %#x", (unsigned int)status);
	}
	return realm_accepts(realm);
}

void
realm_start(struct realm *realm)
{
	const char *const argv[] = { realm_kabard_path, "-c", realm->config, "-f", NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(realm->kabard, 0);
	realm->kabard = realm_spawn(realm, null, null, argv);
	close(null);
	if (!realm_until(is_up, realm))
		ck_abort_msg("kabard does not accept connections");
}

int
realm_stop(struct realm *realm)
{
	pid_t kabard = realm->kabard;

	if (realm->first_fd >= 0)
		close(realm->first_fd);
	realm->first_fd = -1;
	realm->kabard = 0;
	ck_assert_int_eq(kill(kabard, SIGTERM), 0);
	return realm_await(kabard);
}

void
realm_remove(struct realm *realm)
{
	if (realm->kabard != 0)
		ck_assert_int_eq(realm_stop(realm), 0);
	ck_assert_msg(!realm_logged(realm, "Sanitizer"), "a sanitizer complained");
	ck_assert_msg(!realm_logged(realm, "runtime error"), "a sanitizer complained");
	close(realm->port_fd);
	ck_assert(realm_remove_tree(realm->dir));
}
