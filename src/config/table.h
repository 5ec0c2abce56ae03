/* config_table: the table of all settings, from which they are read, printed and documented. */
#ifndef KABAR_CONFIG_TABLE_H
#define KABAR_CONFIG_TABLE_H

#include "config/tunable.h"

/* The settings outside of sections, inside `listen` and inside `peer`, in the order of printing. */
const struct config_tunable *config_table(size_t *n);
const struct config_tunable *config_table_listen(size_t *n);
const struct config_tunable *config_table_peer(size_t *n);

#endif
