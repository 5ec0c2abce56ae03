/*
 * client_who: with whom one talks, as people write it: a user "henderson", a group "#kopi", either
 * of another realm "lineker@malang" and "#kopi@malang", or the server itself, "kabar".
 */
#ifndef KABAR_CLIENT_WHO_H
#define KABAR_CLIENT_WHO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/name.h"

/* Any of them with its NUL: "#", a name, "@" and a realm. */
#define CLIENT_WHO_TEXT (2 * NAME_MAX_BYTES + 3)

enum client_who_kind {
	CLIENT_WHO_USER,
	CLIENT_WHO_GROUP,
	CLIENT_WHO_SERVER, /* nobody can write to it */
};

struct client_who {
	enum client_who_kind kind;
	char name[NAME_MAX_BYTES + 1];
	char realm[NAME_MAX_BYTES + 1]; /* "": the own realm */
};

/* Reads the whole text. False: it names nobody, and the struct holds no more than before. */
bool client_who_parse(const char *text, struct client_who *);
/* Writes it as people and the server write it, ended by NUL. */
void client_who_write(const struct client_who *, char text[CLIENT_WHO_TEXT]);
/* Whether both are the same: letters in any case. */
bool client_who_same(const struct client_who *, const struct client_who *);

#endif
