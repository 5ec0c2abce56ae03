/* kabar: the client. What its words mean is left to client/. */
#include "client/command.h"
#include "client/i18n.h"

int
main(int argc, char **argv)
{
	client_i18n_start();
	return client_command_run(argc, argv);
}
