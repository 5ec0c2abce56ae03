/* kabar: the client. What its words mean is left to client/. */
#include <fcntl.h>
#include <unistd.h>

#include "client/command.h"
#include "client/i18n.h"

/*
 * Opens what is closed of descriptors 0 to 2: else the connection became one of them, and what is
 * printed would be sent. Nothing can be read of it, and writing fails, so that it is noticed.
 */
static void
open_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int
main(int argc, char **argv)
{
	open_standard();
	client_i18n_start();
	return client_command_run(argc, argv);
}
