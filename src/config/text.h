/* The configuration file's text, made fit for libconfuse. */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stddef.h>

/*
 * Reads the file whole, with its comments blanked out but its lines where they were: libconfuse
 * 3.3 counts a comment's line twice, and takes the end of the file for the end of a section.
 * Returns a string to free, never an empty one, or NULL with the line for the administrator.
 */
char *config_text_read(const char *path, char *error, size_t size);

#endif
