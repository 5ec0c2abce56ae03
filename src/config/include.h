/*
 * config_include: the text of the configuration with the files that it includes in their places,
 * and from which file and line each of its lines came.
 */
#ifndef CONFIG_INCLUDE_H
#define CONFIG_INCLUDE_H

#include <stddef.h>

struct config_line {
	const char *file; /* as it was named; owned by the source */
	int number;
};

struct config_source {
	char *text; /* as config_text_read() makes it */
	size_t len;
	struct config_line *lines; /* of the text, from 1 on */
	size_t n_lines;
	char **files;
	size_t n_files;
};

/*
 * Reads the file at `path` and all that it includes by lines such as
 *   include = "peers.conf"
 * outside of sections; a relative name is looked for beside the file that names it. 0, or -1 with
 * a line for the administrator and nothing to free.
 */
int config_include_read(struct config_source *, const char *path, char *error, size_t size);
void config_include_free(struct config_source *);

#endif
