/*
 * legacy_dialect: what an older server says on a listener of the dialect `realm`. Only the peers
 * that the configuration calls legacy are understood, and only from their addresses: for all others
 * there are no such commands.
 */
#ifndef KABAR_LEGACY_DIALECT_H
#define KABAR_LEGACY_DIALECT_H

#include "dialect/dialect.h"

extern const struct dialect_servers legacy_dialect;

#endif
