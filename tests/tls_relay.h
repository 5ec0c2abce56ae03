/* tls_relay: for tests: a process that speaks TLS on one side and hands on the plain bytes. */
#ifndef TLS_RELAY_H
#define TLS_RELAY_H

struct tls_config;

/*
 * Takes a connected socket over, on which it is TLS's client. The other end of the plain side is
 * returned: closing it ends the connection, shutdown() says goodbye and still hears. The process
 * ends when either side does.
 */
int tls_relay(int fd, struct tls_config *);

#endif
