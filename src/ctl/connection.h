/*
 * ctl_connection: a connection as kabarctl shows one.
 */
#ifndef KABAR_CTL_CONNECTION_H
#define KABAR_CTL_CONNECTION_H

#include "ctl/ctl.h"
#include "ctl/field.h"

struct ctl_connection {
	char user[NAME_MAX_BYTES + 2]; /* "@" and a realm; "": not logged in */
	struct scoreboard_entry entry;
};
extern const struct ctl_fields ctl_connection_fields;

#endif
