/* config_table_limits: the settings that bound what clients, users and realms may use. */
#ifndef KABAR_CONFIG_TABLE_LIMITS_H
#define KABAR_CONFIG_TABLE_LIMITS_H

#include "config/tunable.h"

/* A part of config_table(). */
const struct config_tunable *config_table_limits(size_t *n);

#endif
