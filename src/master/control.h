/*
 * master_control: requests of an administrator to a running master, over a datagram socket in the
 * state directory. A request is a word, an answer begins with "OK" or "ERROR" and a space.
 */
#ifndef KABAR_MASTER_CONTROL_H
#define KABAR_MASTER_CONTROL_H

#include <sys/socket.h>
#include <sys/un.h>

#include <stdbool.h>
#include <stddef.h>

#define MASTER_CONTROL_ANSWER 16384 /* bytes, with the NUL */
#define MASTER_CONTROL_WORD   32

/*
 * The master's side. Listens in a state directory of which it is the only master; the descriptor
 * becomes readable with a request. -1 with errno set.
 */
int master_control_open(const char *state);
void master_control_close(int fd, const char *state);
/* The address that waits for an answer; it outlives an exec(). */
struct master_control_asker {
	struct sockaddr_un name;
	socklen_t len; /* of the name; 0: nobody */
};

/*
 * Takes one request, without waiting. *pid and *uid are the process that asks and its user, as the
 * kernel says; 0 and (uid_t)-1: it does not say. False: there was none.
 */
bool master_control_receive(int fd, char word[MASTER_CONTROL_WORD], struct master_control_asker *,
    pid_t *pid, uid_t *uid);
/* Answers with a sentence, which is cut where it is too long. A failure is logged. */
void master_control_answer(int fd, const struct master_control_asker *, bool done,
    const char *text);

/*
 * The other side: asks the master of a state directory and waits for its answer. 0 done, 1 refused,
 * both with the sentence in answer; -1 with errno set: ESRCH no master runs, ETIMEDOUT it does not
 * answer within so many milliseconds.
 */
int master_control_ask(const char *state, const char *word, int timeout_ms,
    char answer[MASTER_CONTROL_ANSWER]);

#endif
