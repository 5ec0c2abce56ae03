/* sync_directory: makes names durable that were made, moved or removed in a directory. */
#ifndef KABAR_SYNC_DIRECTORY_H
#define KABAR_SYNC_DIRECTORY_H

/* 0, or -1 with errno. */
int sync_directory(const char *path);
/* Syncs the directory that holds the file of this path. 0, or -1 with errno. */
int sync_directory_of(const char *path);

#endif
