/* rmtree: removes a directory with everything in it. */
#ifndef KABAR_RMTREE_H
#define KABAR_RMTREE_H

/* Removes it; follows no links. 0, also where there is none, or -1 with errno set. */
int rmtree(const char *path);

#endif
