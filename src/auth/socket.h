/*
 * auth_socket: the gate's socket in the state directory, and descriptors that are sent over it.
 */
#ifndef KABAR_AUTH_SOCKET_H
#define KABAR_AUTH_SOCKET_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define AUTH_SOCKET     "auth.sock"
#define AUTH_SOCKET_FDS 2 /* descriptors that come with a yes */

/* Makes the socket anew, and listens. -1 with errno set. */
int auth_socket_listen(const char *state);
void auth_socket_close(int fd, const char *state);
/* Connects, waiting so long at most if the gate is busy. -1 with errno set. */
int auth_socket_connect(const char *state, int64_t ms);

/* Sends a packet, with descriptors if there are any. 0, or -1 with errno set. */
int auth_socket_send(int fd, const void *data, size_t len, const int *fds, size_t n_fds);
/*
 * Receives a packet, without waiting. fds become descriptors that are the caller's, or -1. Its
 * length; 0: the other end has gone; -1 with errno set.
 */
ssize_t auth_socket_receive(int fd, void *data, size_t size, int fds[AUTH_SOCKET_FDS]);

#endif
