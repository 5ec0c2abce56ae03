/*
 * local_socket: sockets that have a name in a directory, such as the state's. The path of the
 * directory may be longer than the 107 bytes that bind() takes.
 */
#ifndef KABAR_LOCAL_SOCKET_H
#define KABAR_LOCAL_SOCKET_H

#include <sys/types.h>

/*
 * Binds a socket to a name of 107 bytes at most in the directory, in place of what a process that
 * died has left there. The name has the mode from the beginning: a chmod() afterwards could meet a
 * link that another process has put in its place. 0, or -1 with errno.
 */
int local_socket_bind(int fd, const char *directory, const char *name, mode_t mode);
/* Removes the name. Keeps errno. */
void local_socket_remove(const char *directory, const char *name);
/* Closes a descriptor, unless it is negative, and keeps errno. Returns -1. */
int local_socket_give_up(int fd);

#endif
