/*
 * mapped_guard: a mapped file can be made shorter by another process that may write to it. Whoever
 * then touches the part that is gone gets a SIGBUS; in guarded memory it reads zeros instead.
 */
#ifndef KABAR_MAPPED_GUARD_H
#define KABAR_MAPPED_GUARD_H

#include <stddef.h>

/*
 * Guards a mapping of this process and its children, until it is forgotten. From the first call on
 * the process handles SIGBUS; elsewhere it kills as before. Some mappings can be guarded at a time;
 * further ones stay as they are.
 */
void mapped_guard_add(const void *begin, size_t size);
void mapped_guard_forget(const void *begin);

#endif
