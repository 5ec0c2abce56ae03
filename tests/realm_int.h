/* The files of realm share these declarations among themselves. */
#ifndef REALM_INT_H
#define REALM_INT_H

#include "realm.h"

#define REALM_LOOK_PAUSE_MS 2 /* between two looks at a condition */

/* The directory for all realms of a test case. */
const char *realm_room(void);
/* False when something cannot be removed. */
bool realm_remove_tree(const char *path);
void realm_pause_ms(long ms);

#endif
