/* dialect_realm: what another dialect takes from the default one. */
#ifndef KABAR_DIALECT_REALM_H
#define KABAR_DIALECT_REALM_H

#include "dialect/line.h"

#define DIALECT_REALM_BUSY     "Server penuh, coba lagi nanti"
#define DIALECT_REALM_TOO_FAST "Terlalu banyak permintaan, coba lagi 10 detik lagi"

/* As those of struct dialect, without their line ends. */
#define DIALECT_REALM_ERROR(text) "{\"status\":\"ERROR\",\"message\":\"" text "\"}"

extern const struct line_dialect dialect_realm_tables;

#endif
