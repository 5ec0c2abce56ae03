/* linger: closing a connection without taking away what its other side has not read yet. */
#ifndef KABAR_LINGER_H
#define KABAR_LINGER_H

/*
 * Says that nothing more will come, and takes what the other side still sends, until it closes
 * too, or has everything and is silent; at most for max_ms. Then the socket can be closed: with
 * bytes unread that would be a reset, which overtakes the replies that are under way. Returns at
 * once when fd is no socket.
 */
void linger(int fd, int max_ms);

#endif
