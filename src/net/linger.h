/* linger: closing a connection so that its other side can still read all bytes under way. */
#ifndef KABAR_LINGER_H
#define KABAR_LINGER_H

#include <stdbool.h>

/*
 * Shuts the socket down for writing and reads what the other side still sends, until it closes too,
 * or has everything and is silent; at most for max_ms. Then the socket can be closed: with bytes
 * unread that would be a reset, which overtakes the replies under way. Returns at once when fd is
 * no socket.
 */
void linger(int fd, int max_ms);

/*
 * Instead of that: waits until the other side's kernel has all that was written, and has the socket
 * reset when it is closed. The reset takes nothing away: it comes behind what was acknowledged, and
 * Linux hands that out first. Where not all is acknowledged within max_ms, or the other side has
 * closed, there will be no reset. Nothing may have been shut down: the other side would take that
 * for the end, and never see the reset. Pipes and sockets of one machine know no reset: they are
 * closed as usual.
 */
void linger_reset(int fd, int max_ms);
/* The socket is reset when it is closed, if the other side has everything now; false: it has not.
 */
bool linger_try_reset(int fd);
/* Reads and drops what the other side has sent. False: nothing more will come. Does not wait. */
bool linger_drain(int fd);

#endif
