/*
 * chdir_guard: goes into a directory for a moment. The name of a socket has at most 107 bytes, and
 * the path of a state directory may have more.
 */
#ifndef KABAR_CHDIR_GUARD_H
#define KABAR_CHDIR_GUARD_H

/*
 * Goes there. Returns the way back, or -1 with errno set: we are where we were. If this process may
 * not search the present directory, the way leads to the root directory.
 */
int chdir_guard_enter(const char *directory);
/* Goes back. Keeps errno. */
void chdir_guard_leave(int way_back);

#endif
