/* copy_file: copies all bytes of a file, without space of its own where the file system can. */
#ifndef KABAR_COPY_FILE_H
#define KABAR_COPY_FILE_H

/*
 * Makes a file at this path, which must not exist, and copies the bytes of an open file to it,
 * whatever that one's position. Syncs nothing. 0, or -1 with errno set: part of it may be there.
 */
int copy_file(int from, const char *path);

#endif
