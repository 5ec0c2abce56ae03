/* bridge_command: the questions and commands that come over the bridge's socket. */
#ifndef KABAR_BRIDGE_COMMAND_H
#define KABAR_BRIDGE_COMMAND_H

#include "bridge/peers.h"
#include "bridge/socket.h"

/* For the socket, with a struct bridge_command as the argument. */
extern const struct bridge_socket_command bridge_command_table[];

/* Stays where it is. */
struct bridge_command {
	struct bridge_env *env;
	struct bridge_peers *peers;
	struct bridge_socket *socket; /* set when it is open; answers go there */
	enum bridge_answer (*reload)(void *arg);
	void *arg;
};

/* Answers of the environment's links go to the socket from here on. */
void bridge_command_init(struct bridge_command *, struct bridge_env *, struct bridge_peers *,
    enum bridge_answer (*reload)(void *arg), void *arg);

#endif
