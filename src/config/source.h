/*
 * config_source: the text of the configuration, made fit for libconfuse: without comments, with the
 * files that it includes in their places, and with the file and line of each of its lines.
 * libconfuse 3.3 counts the lines of comments twice, takes the end of the file for the end of a
 * section, and tells no file of what it includes.
 */
#ifndef KABAR_CONFIG_SOURCE_H
#define KABAR_CONFIG_SOURCE_H

#include <stddef.h>

struct config_line {
	const char *file; /* as it was named; owned by the source */
	int number;
};

struct config_source {
	char *text; /* never empty, and ends with a newline */
	size_t len;
	struct config_line *lines; /* of the text, from 1 on */
	size_t n_lines;
	char **files;
	size_t n_files;
};

/*
 * Reads the file at `path` and all that it includes by lines such as
 *   include = "peers.conf"
 * outside of sections; a relative name is looked for beside the file that names it. In each file
 * the strings, comments and sections must end. 0, or -1 with a line for the administrator and
 * nothing to free.
 */
int config_source_read(struct config_source *, const char *path, char *error, size_t size);
void config_source_free(struct config_source *);

#endif
