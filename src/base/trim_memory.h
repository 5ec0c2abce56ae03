/*
 * rest: gives memory back to the system that a process needed for its last request and would only
 * hold while it waits for the next.
 */
#ifndef KABAR_REST_H
#define KABAR_REST_H

/*
 * Gives back what lies unused in the heap, and on the stack below the caller. It costs two system
 * calls, and a page fault for each page that is needed again.
 */
void trim_memory(void);

#endif
