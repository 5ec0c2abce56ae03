/* config_motd: the message of the day, which is read with the configuration. */
#ifndef KABAR_CONFIG_MOTD_H
#define KABAR_CONFIG_MOTD_H

#include "config/config.h"

#define CONFIG_MOTD_MOST 8192 /* bytes */

/*
 * Reads the file that `motd` names into motd_text; without one there is none. 0, or -1 with a
 * sentence in error: it cannot be read, is too long, or is no text.
 */
int config_motd_read(struct config *, char *error, size_t size);

#endif
