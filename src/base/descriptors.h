/* descriptors: how many files and sockets a process may have open. */
#ifndef KABAR_DESCRIPTORS_H
#define KABAR_DESCRIPTORS_H

#include <stddef.h>

/* Raises the limit of this process to what the system allows it; what it is now, afterwards. */
size_t descriptors_raise(void);

#endif
