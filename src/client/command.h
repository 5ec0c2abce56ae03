/*
 * client_command: the command line of kabar: its options, and which command is called with what.
 */
#ifndef KABAR_CLIENT_COMMAND_H
#define KABAR_CLIENT_COMMAND_H

#include "client/int.h"

/* Runs the command that the words name, options and all. Returns the exit status. */
int client_command_run(int argc, char **argv);

#endif
