/* bridge_command: what the bridge does when it is asked or told something over its socket. */
#ifndef KABAR_BRIDGE_COMMAND_H
#define KABAR_BRIDGE_COMMAND_H

#include "bridge/peers.h"
#include "bridge/socket.h"

/* Stays where it is. */
struct bridge_command {
	struct bridge_commands table; /* for the socket */
	struct bridge_peers *peers;
	struct bridge_socket *socket; /* set when it is open: where answers go */
	enum bridge_answer (*reload)(void *arg);
	void *arg;
};

/* The environment's answers are from here on for those who asked. */
void bridge_command_init(struct bridge_command *, struct bridge_env *, struct bridge_peers *,
    enum bridge_answer (*reload)(void *arg), void *arg);

#endif
