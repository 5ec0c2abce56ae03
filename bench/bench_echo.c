/*
 * bench_echo: the least that a server with a process per connection can be: accepts, forks,
 * sends back what it gets. The floor under kabard's connections and memory. Prints its port,
 * and ends with the one who started it.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BUFFER 4096

static void __attribute__((noreturn)) echo(int fd)
{
	char data[BUFFER];
	ssize_t got;

	while ((got = read(fd, data, sizeof(data))) > 0)
		if (write(fd, data, (size_t)got) != got)
			break;
	_exit(0);
}

static void __attribute__((noreturn)) serve(int listener)
{
	for (;;) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			continue;
		if (fork() == 0) {
			close(listener);
			echo(fd);
		}
		close(fd);
	}
}

int
main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for the children */
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, len) != 0 ||
	    listen(fd, SOMAXCONN) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		perror("bench_echo");
		return 1;
	}
	printf("%d\n", ntohs(address.sin_port));
	fflush(stdout);
	serve(fd);
}
