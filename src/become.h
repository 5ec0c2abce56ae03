/* become: leaving root for the user of the configuration. */
#ifndef KABAR_BECOME_H
#define KABAR_BECOME_H

#include <stddef.h>

/*
 * Started by root, this process becomes the named user for good, with that user's groups; root
 * stays root where that is the name. Not started by root, it stays who it is. 0, or -1 with a
 * sentence in error.
 */
int become_user(const char *name, char *error, size_t size);

#endif
