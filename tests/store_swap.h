/* store_swap: rewrites a file of the store as a machine of the other byte order would have it. */
#ifndef KABAR_STORE_SWAP_H
#define KABAR_STORE_SWAP_H

/* Fails the running test by itself. The file must not be open in this process. */
void store_swap(const char *path, char kind);

#endif
