/* tell_master: a word for the master of a state directory, which nobody answers. */
#ifndef KABAR_TELL_MASTER_H
#define KABAR_TELL_MASTER_H

#define TELL_MASTER_SOCKET "control" /* of the state directory; master_control listens there */

/* Words; a number follows those that end with a space. */
#define TELL_MASTER_BRIDGE  "bridge"   /* there is a peer: start the bridge */
#define TELL_MASTER_SESSION "session " /* a session of this user has ended */
#define TELL_MASTER_KICK    "kick "    /* end this user's connections */

/* Never waits. 0, or -1 with errno; ENOENT and ECONNREFUSED: there is no master. */
int tell_master(const char *state, const char *word);
int tell_master_number(const char *state, const char *word, unsigned long long number);

#endif
