/*
 * workdir: going into a directory for a moment: names of sockets have 107 bytes, paths of state
 * directories may have more.
 */
#ifndef KABAR_WORKDIR_H
#define KABAR_WORKDIR_H

/* Goes there. Returns the way back, or -1 with errno set: we are where we were. */
int chdir_guard_enter(const char *directory);
/* Goes back. Keeps errno. */
void chdir_guard_leave(int way_back);

#endif
