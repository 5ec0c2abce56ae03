/*
 * legacy_dialect: requests of older servers on a listener of the dialect `realm`. Only peers that
 * the configuration calls legacy can use them, and only from their addresses: for all other clients
 * these commands do not exist.
 */
#ifndef KABAR_LEGACY_DIALECT_H
#define KABAR_LEGACY_DIALECT_H

#include "dialect/dialect.h"

extern const struct dialect_servers legacy_dialect;

#endif
