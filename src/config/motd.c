/*
 * config_motd: whoever reads the configuration reads it, since those who serve clients see no
 * files.
 */
#include "config/motd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

/* Lines without control characters; a tab is none. */
static bool
is_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)text[i] < ' ' && text[i] != '\n' && text[i] != '\t') ||
		    text[i] == '\177')
			return false;
	return utf8_valid(text, len);
}

int
config_motd_read(struct config *config, char *error, size_t size)
{
	FILE *file;
	char *text;
	size_t len;

	if (config->motd[0] == '\0')
		return 0;
	file = fopen(config->motd, "re");
	text = malloc(CONFIG_MOTD_MOST + 2);
	len = file == NULL || text == NULL ? 0 : fread(text, 1, CONFIG_MOTD_MOST + 1, file);
	if (file == NULL || text == NULL || ferror(file))
		snprintf(error, size, "motd: %s: %s", config->motd, strerror(errno));
	else if (len > CONFIG_MOTD_MOST)
		snprintf(error, size, "motd: %s is longer than %d bytes", config->motd,
		    CONFIG_MOTD_MOST);
	else if (!is_text(text, len))
		snprintf(error, size, "motd: %s is no text in UTF-8", config->motd);
	else {
		text[len] = '\0';
		free(config->motd_text);
		config->motd_text = text;
		fclose(file);
		return 0;
	}
	if (file != NULL)
		fclose(file);
	free(text);
	return -1;
}
